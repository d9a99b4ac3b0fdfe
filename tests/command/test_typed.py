"""A new passphrase typed at a terminal: twice, and not short. On a real pseudo-terminal."""

import os
import subprocess
import sys
from pathlib import Path

from tracing.cli.exits import Exit

AT_TERMINAL = """
import fcntl, termios
fcntl.ioctl(0, termios.TIOCSCTTY, 0)
from tracing.cli import main
main()
"""
INIT = ("init", "--training", "--authority", "ke", "--country", "KEN", "--name", "Tracing point")


def at_a_terminal(home: Path, *typed: str) -> tuple[int, str]:
    """How ``tracing init`` ended for somebody who typed these lines, and what he saw."""
    ours, theirs = os.openpty()
    process = subprocess.Popen(
        [sys.executable, "-c", AT_TERMINAL, "--home", str(home), *INIT],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
    )
    os.close(theirs)
    seen, lines = "", list(typed)
    try:
        while chunk := os.read(ours, 4096):
            seen += chunk.decode()
            if lines and seen.endswith(": "):
                os.write(ours, f"{lines.pop(0)}\n".encode())
    except OSError:  # the other side is closed
        pass
    os.close(ours)
    return process.wait(60), seen


def test_a_short_passphrase_is_refused_and_nothing_is_made(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "ke", "elevenchars")
    assert (code, "at least 12 characters" in seen) == (Exit.FAILED, True)
    assert not (tmp_path / "ke").exists()


def test_two_that_differ_make_nothing(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "ke", "a long enough one", "a long enough two")
    assert (code, "the two differ" in seen) == (Exit.FAILED, True)
    assert not (tmp_path / "ke").exists()


def test_what_was_typed_twice_makes_the_node_and_is_shown_to_nobody(tmp_path: Path) -> None:
    code, seen = at_a_terminal(tmp_path / "ke", "a long enough one", "a long enough one")
    assert (code, "a long enough" in seen) == (Exit.DONE, False)
    assert (tmp_path / "ke" / "keys" / "vault.json").exists()
