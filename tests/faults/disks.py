"""Disks that fill and fail under a running node: a small file system, a limit on files, calls that come back an error.

    with small(home, 32) as room:                     # root: a tmpfs of so many MiB
        room.fill(pid); room.clear(pid)
    room = Limited(); room.fill(pid)                  # anybody: the process may make no file longer
    with failing(pid, home, "pwrite64", nth=3) as failed: ...
    failed.count

``failing`` is strace's injection: the n-th such call on a file of the database is not made and returns the error.
"""

import os
import re
import resource
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

__all__ = ["CALLS", "Failed", "Limited", "Room", "can_inject", "can_mount", "failing", "small"]

CALLS = ("pwrite64", "fdatasync")  # all that SQLite makes for a commit into its log
ATTACH_S = 10.0
LITTLE = 4096  # of a process that may make no file longer: what is there may be written anew


class Room(Protocol):
    """Room for the files of a node, that can end."""

    def fill(self, pid: int) -> None: ...
    def clear(self, pid: int) -> None: ...


@dataclass(frozen=True)
class Small:
    """A file system of its own; one file takes what is left of it."""

    place: Path

    def fill(self, pid: int) -> None:
        """No byte is left."""
        with suppress(OSError), (self.place / "ballast").open("ab", buffering=0) as ballast:
            while ballast.write(bytes(LITTLE)):
                pass

    def clear(self, pid: int) -> None:
        """There is room again."""
        (self.place / "ballast").unlink()


@dataclass(frozen=True)
class Limited:
    """RLIMIT_FSIZE of a running process: no file may grow beyond it."""

    def fill(self, pid: int) -> None:
        """It may make no file longer."""
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (LITTLE, resource.RLIM_INFINITY))

    def clear(self, pid: int) -> None:
        """It may again."""
        resource.prlimit(pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def can_mount() -> bool:
    """Whether a small file system can be had here."""
    return os.geteuid() == 0 and shutil.which("mount") is not None


@contextmanager
def small(place: Path, mib: int) -> Iterator[Room]:
    """A tmpfs at a place, for as long as this is open. CalledProcessError where mounting is not allowed."""
    place.mkdir(parents=True, exist_ok=True)
    options = f"size={mib}m,mode=0700"
    subprocess.run(["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(place)], check=True, capture_output=True)
    try:
        yield Small(place)
    finally:
        subprocess.run(["umount", "-l", str(place)], check=True, capture_output=True)


@dataclass
class Failed:
    """How many calls were made to fail."""

    count: int = 0


def can_inject() -> bool:
    """Whether calls of another process can be made to fail here."""
    return shutil.which("strace") is not None


@contextmanager
def failing(pid: int, home: Path, call: str, *, nth: int, every: int = 0, error: str = "EIO") -> Iterator[Failed]:
    """The ``nth`` call of each thread on the files of the database fails, and then each ``every``-th."""
    when = f"{nth}+{every}" if every else str(nth)
    paths = [word for name in ("node.db", "node.db-wal", "node.db-journal") for word in ("-P", str(home / name))]
    told, failed = home.parent / f"calls-{pid}", Failed()
    argv = ["strace", "-f", "-qq", "-o", str(told), *paths, "-e", f"inject={call}:error={error}:when={when}"]
    argv += ["-e", f"trace={call}", "-p", str(pid)]
    strace = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        _await_attached(strace, pid)
        yield failed
    finally:
        strace.send_signal(signal.SIGINT)
        strace.wait()
        failed.count = told.read_text().count("(INJECTED)") if told.exists() else 0


def _await_attached(strace: subprocess.Popen[bytes], pid: int) -> None:
    """Until every thread is traced. RuntimeError where that is not allowed."""
    until = time.monotonic() + ATTACH_S
    while time.monotonic() < until and strace.poll() is None:
        tracers = [_tracer(task) for task in Path(f"/proc/{pid}/task").iterdir()]
        if all(tracer == strace.pid for tracer in tracers):
            return
        time.sleep(0.02)
    msg = "strace may not look at the node"
    raise RuntimeError(msg)


def _tracer(task: Path) -> int:
    with suppress(OSError):
        if found := re.search(r"^TracerPid:\s+(\d+)", (task / "status").read_text(), re.MULTILINE):
            return int(found[1])
    return 0
