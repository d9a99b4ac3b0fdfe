"""A node under test: a home made by the command, a process of its own on loopback, faithful or with a deviation."""

import json
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self

from tests.conformance import __main__ as kit
from tests.world import free_port

__all__ = ["Subject"]

PATIENCE_S = 60.0


@dataclass
class Subject:
    """One node and the kit's folder beside it."""

    folder: Path
    deviation: str = "faithful"
    exchange: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    desk: str = field(default_factory=lambda: f"127.0.0.1:{free_port()}")
    process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        self.found()
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    # ------------------------------------------------------------ through the command

    def argv(self, *words: object) -> list[str]:
        """A command at the home of the node."""
        home = ["--home", str(self.folder / "node"), "--passphrase-file", str(self.folder / "passphrase")]
        starter = [sys.executable, "-m", "tests.conformance.deviant", self.deviation]
        return [*starter, *home, "--json", "--yes", *map(str, words)]

    def call(self, *words: object) -> Any:
        done = subprocess.run(self.argv(*words), capture_output=True, text=True, timeout=PATIENCE_S, check=False)
        if done.returncode:
            raise AssertionError(f"{words}: {done.returncode}: {done.stderr[-2000:]}")
        return json.loads(done.stdout) if done.stdout.strip() else {}

    def found(self) -> None:
        """A training node that has pinned the kit."""
        (self.folder / "passphrase").write_text("for tests only\n")
        (self.folder / "passphrase").chmod(0o600)
        who = ("--authority", "at", "--country", "AUT", "--name", "Point under test")
        self.call("init", "--training", *who, "--exchange", self.exchange, "--desk", self.desk)
        self.call("card", "-o", self.folder / "node.card")
        kit.main(["card", str(self.folder / "kit"), "--listen", f"127.0.0.1:{free_port()}", "--json"])
        digest = kit.Author.of(self.folder / "kit").digest
        self.call("counterpart", "add", self.folder / "kit" / "kit.card", "--confirm", digest)

    # ------------------------------------------------------------ the process

    def start(self) -> None:
        with (self.folder / "node.log").open("ab") as log:
            self.process = subprocess.Popen(self.argv("run"), stdout=log, stderr=log)
        until = time.monotonic() + PATIENCE_S
        while not self._is_ready():
            if self.process.poll() is not None or time.monotonic() > until:
                raise AssertionError(f"the node did not start: {(self.folder / 'node.log').read_text()[-2000:]}")
            time.sleep(0.02)

    def _is_ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://{self.desk}/readyz", timeout=5) as answer:
                return bool(answer.status == 200)
        except (urllib.error.URLError, OSError):
            return False

    def stop(self) -> None:
        if self.process is not None:
            self.process.terminate()
            self.process.wait(20)

    # ------------------------------------------------------------ the kit

    def kit_words(self, *words: str) -> list[str]:
        """What the kit is called with to test this node."""
        admit = subprocess.list2cmdline(self.argv("counterpart", "add", "{card}", "--confirm", "{digest}"))
        return [f"http://{self.exchange}", "--card", str(self.folder / "node.card"), "--kit", str(self.folder / "kit"),
                "--admit", admit, *words]  # fmt: skip
