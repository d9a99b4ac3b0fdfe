"""``tracing audit verify``: its result and nothing else, a bar at a terminal, and going on where it was cut short."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.command.conftest import PASSPHRASE, Command
from tracing import audit
from tracing.audit import Marks
from tracing.cli.exits import Exit
from tracing.node import Node

ENDED = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # a suite in the background hands it on as ignored
from tracing.audit.verifying import marks, whole
told = whole._Run._pass
def passed(self, course, count):
    told(self, course, count)
    if self.sizes["private"] == 1000:
        self.unmarked = self.marks.every
        told(self, course, 0)
        os.kill(os.getpid(), signal.{end})
whole._Run._pass = passed
from tracing.cli import main
main()
"""


class _CutShortError(Exception):
    pass


def grow(home: Path, entries: int) -> int:
    """Private acts; how many entries there are then."""
    node = Node.open(home, PASSPHRASE.encode())
    try:
        node.store.write_now(lambda tx: [audit.note(tx, "op", "x", {"act": "x"}) for _ in range(entries)])
        return node.store.read_now(lambda view: audit.read_head(view, audit.PRIVATE)).range.size
    finally:
        node.close()


def cut_short(home: Path, at: int) -> None:
    """As an interrupted run leaves a home."""

    def hear(done: int) -> None:
        if done >= at:
            raise _CutShortError

    node = Node.open(home, PASSPHRASE.encode())
    kept = Marks(home / audit.MARKS, node.store.cipher, node.clock.now_ms(), every=200)
    try:
        with pytest.raises(_CutShortError):
            node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check, hear, marks=kept))
    finally:
        node.close()


def test_nothing_but_the_result_is_said_where_nobody_watches(at_home: Command) -> None:
    plain, document = at_home("audit", "verify"), at_home("audit", "verify", "--json")
    assert (plain.err, document.err) == ("", "")
    assert plain.out.startswith("all ")
    assert list(document.json)[:3] == ["leaves", "ok", "first_bad"]
    assert document.json["resumed_from"] is None


def test_it_goes_on_where_it_was_cut_short_and_says_so(home: Path, at_home: Command) -> None:
    size = grow(home, 2500)
    cut_short(home, 1000)
    ended = at_home("audit", "verify", "--json")
    assert (ended.code, ended.json["leaves"], ended.json["resumed_from"]["trees"]) == (0, size, {"private": 1000})
    cut_short(home, 1000)
    assert "resumed from entry 1000" in at_home("audit", "verify").out


def test_a_run_that_came_to_its_end_leaves_no_mark(home: Path, at_home: Command) -> None:
    grow(home, 2500)
    cut_short(home, 1000)
    assert at_home("audit", "verify").code == Exit.DONE
    assert not (home / audit.MARKS).exists()
    assert at_home("audit", "verify", "--json").json["resumed_from"] is None


def test_afresh_looks_at_every_object(home: Path, at_home: Command) -> None:
    grow(home, 2500)
    cut_short(home, 1000)
    ended = at_home("audit", "verify", "--afresh", "--json")
    assert (ended.code, ended.json["resumed_from"]) == (Exit.DONE, None)


@pytest.mark.parametrize("end", ["SIGKILL", "SIGINT"])
def test_a_process_that_is_ended_is_gone_on_from(home: Path, kept: Path, at_home: Command, end: str) -> None:
    grow(home, 2500)
    words = [sys.executable, "-c", ENDED.format(end=end), "audit", "verify", "--home", home, "--passphrase-file", kept]
    ended = subprocess.run(list(map(str, words)), capture_output=True, timeout=60, check=False)
    assert ended.returncode == (-signal.SIGKILL if end == "SIGKILL" else 130), ended.stderr
    resumed = at_home("audit", "verify", "--json").json["resumed_from"]
    assert (resumed["trees"]["private"] >= 1000, at_home("audit", "verify").code) == (True, Exit.DONE)


def test_a_bar_is_shown_at_a_terminal(home: Path, kept: Path) -> None:
    grow(home, 2500)
    ours, theirs = os.openpty()
    words = [sys.executable, "-c", "from tracing.cli import main; main()", "audit", "verify", "--json", "--home", home]
    with subprocess.Popen(
        [*map(str, words), "--passphrase-file", str(kept)], stdout=subprocess.PIPE, stderr=theirs
    ) as process:
        os.close(theirs)
        seen = b""
        try:
            while chunk := os.read(ours, 4096):
                seen += chunk
        except OSError:  # the other side is closed
            pass
        os.close(ours)
        out = process.communicate(timeout=60)[0]
    assert (process.returncode, b"entries" in seen, out[:1]) == (0, True, b"{")
