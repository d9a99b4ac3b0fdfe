"""What processes spend, read from /proc and SQLite: CPU, memory, bytes, fsyncs; and how much others used meanwhile."""

import contextlib
import os
import re
import shutil
import signal
import sqlite3
import subprocess
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
SYNCS = "fsync,fdatasync"
ATTACH_S = 5.0  # strace says nothing when it is attached; it is looked for this long


def cpu_s(pid: int) -> float:
    """CPU seconds of a process and the children it has waited for."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return sum(map(int, fields[11:15])) / TICKS


def family_cpu_s(pid: int) -> float:
    """CPU seconds of a process and of all its children, those that have ended among them."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    spent = cpu_s(pid)
    for child in map(int, children):
        with contextlib.suppress(FileNotFoundError, ProcessLookupError):  # it has ended meanwhile
            spent += cpu_s(child)
    return spent


def machine_cpu_s() -> float:
    """CPU seconds of everything on this machine."""
    fields = [int(field) for field in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:]]
    return sum(fields[at] for at in (0, 1, 2, 5, 6)) / TICKS


def memory_mb(pid: int) -> float:
    """Resident memory of a process."""
    found = re.search(r"^VmRSS:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(), re.MULTILINE)
    return int(found[1]) / 1024 if found else 0.0


def stored_bytes(database: Path) -> int:
    """Bytes of a node's database, after what its WAL holds was moved into it."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        pages, size = db.execute("PRAGMA page_count").fetchone()[0], db.execute("PRAGMA page_size").fetchone()[0]
    return int(pages * size)


def bytes_by_table(database: Path) -> dict[str, int]:
    """Bytes of each table with its indexes, the largest first; empty where SQLite was built without ``dbstat``."""
    query = (
        "SELECT schema.tbl_name, sum(pgsize) FROM dbstat JOIN sqlite_schema AS schema USING (name) "
        "GROUP BY schema.tbl_name ORDER BY 2 DESC"
    )
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        try:
            return {name: int(size) for name, size in db.execute(query)}
        except sqlite3.OperationalError:
            return {}


def number(database: Path, query: str) -> int:
    """The number a query finds."""
    with contextlib.closing(sqlite3.connect(database, timeout=30)) as db:
        return int(db.execute(query).fetchone()[0])


class SyncCount:
    """Counts the fsyncs of a process between ``begin`` and ``end``, where strace may look at it."""

    def __init__(self, pid: int, folder: Path) -> None:
        self._told = folder / f"syncs-{pid}"
        self._pid = pid
        self._strace: subprocess.Popen[bytes] | None = None

    def begin(self) -> bool:
        """False where strace is absent or not allowed to look."""
        if shutil.which("strace") is None:
            return False
        argv = ["strace", "-f", "-qq", "-e", f"trace={SYNCS}", "-o", str(self._told), "-p", str(self._pid)]
        self._strace = subprocess.Popen(argv, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        until = time.monotonic() + ATTACH_S
        while time.monotonic() < until and self._strace.poll() is None:
            if not _tracer(self._pid).startswith("0"):
                return True
            time.sleep(0.02)
        self.end()
        return False

    def end(self) -> int:
        """How many it were."""
        if self._strace is not None:
            self._strace.send_signal(signal.SIGINT)
            self._strace.wait(timeout=10)
        if not self._told.exists():
            return 0
        return sum("sync(" in line for line in self._told.read_text().splitlines())


def _tracer(pid: int) -> str:
    return Path(f"/proc/{pid}/status").read_text().partition("TracerPid:\t")[2]
