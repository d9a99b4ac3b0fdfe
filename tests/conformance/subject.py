"""A node under test: a home made by the command, a process of its own on loopback, faithful or with a deviation."""

import contextlib
import io
import json
import shutil
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.conformance.author import Author, request_body
from tests.world import free_port
from tracing.cli.app import hoist, run

__all__ = ["Subject", "found"]

PATIENCE_S = 240.0  # a machine may have much else to do


@dataclass(frozen=True)
class Subject:
    """The home of a node and the kit's folder beside it."""

    folder: Path
    exchange: str
    desk: str
    deviation: str = "faithful"

    def copy(self, folder: Path, deviation: str) -> "Subject":
        """The same node and the same kit, to be run with a deviation. Not while the first one runs."""
        shutil.copytree(self.folder, folder)
        return Subject(folder, self.exchange, self.desk, deviation)

    def argv(self, *words: object) -> list[str]:
        """A command at the home of the node."""
        home = ["--home", str(self.folder / "node"), "--passphrase-file", str(self.folder / "passphrase")]
        starter = [sys.executable, "-m", "tests.conformance.deviant", self.deviation]
        return [*starter, *home, "--json", "--yes", *map(str, words)]

    def do(self, *words: object) -> None:
        """One command at the home, in this process."""
        said = io.StringIO()
        given = [*map(str, words), "--home", str(self.folder / "node")]
        with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
            code = run(hoist([*given, "--passphrase-file", str(self.folder / "passphrase"), "--yes"]))
        if code:
            raise AssertionError(f"{words}: {code}: {said.getvalue()[-2000:]}")

    @contextlib.contextmanager
    def running(self) -> Iterator["Subject"]:
        """While its process runs."""
        with (self.folder / "node.log").open("ab") as log:
            process = subprocess.Popen(self.argv("run"), stdout=log, stderr=log)
        try:
            self._wait(process)
            yield self
        finally:
            process.terminate()
            process.wait(20)

    def _wait(self, process: subprocess.Popen[bytes]) -> None:
        until = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the node did not start: {(self.folder / 'node.log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.desk}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def words(self, *more: str) -> list[str]:
        """What the kit is called with to test this node."""
        folders = ("--card", str(self.folder / "node.card"), "--kit", str(self.folder / "kit"))
        return [f"http://{self.exchange}", *folders, *more]

    def admitting(self) -> list[str]:
        """``--admit`` with the node's own command."""
        return ["--admit", subprocess.list2cmdline(self.argv("counterpart", "add", "{card}", "--confirm", "{digest}"))]

    def asking(self) -> list[str]:
        """``--request`` with the node's own command."""
        return ["--request", subprocess.list2cmdline(self.argv("request", "send", self.folder / "request.json"))]


def found(folder: Path) -> Subject:
    """A training node that has pinned the kit, and the kit's keys and card: made by the command, in this process."""
    made = Subject(folder, f"127.0.0.1:{free_port()}", f"127.0.0.1:{free_port()}")
    (folder / "passphrase").write_text("for tests only\n")
    (folder / "passphrase").chmod(0o600)
    who = ("--authority", "at", "--country", "AUT", "--name", "Point under test")
    made.do("init", "--training", *who, "--exchange", made.exchange, "--desk", made.desk)
    made.do("card", "-o", folder / "node.card")
    author = Author.made("kit", "XXA", "training", f"http://127.0.0.1:{free_port()}")
    author.save(folder / "kit")
    made.do("counterpart", "add", folder / "kit" / "kit.card", "--confirm", author.digest)
    request = {"to": "kit"} | request_body("ASKED 1")
    (folder / "request.json").write_text(json.dumps(request))
    return made
