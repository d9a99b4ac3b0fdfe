"""The database as it stands at one instant, copied into a file while the node goes on writing.

Rules
- SQLite: its online backup, over a connection that holds a snapshot, so that writers neither wait nor make it begin
  again; what they write meanwhile is not in it.
- PostgreSQL: ``pg_dump`` in its own format, which takes a snapshot by itself, and ``pg_restore`` in one transaction.
  The password goes to them in a file of its own (``PGPASSFILE``), never on the command line.

    copy_sqlite(Path("node.db"), scratch / "node.db", progress)
"""

import errno
import os
import shutil
import sqlite3
import subprocess
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from sqlalchemy import URL, make_url

from tracing.backups.errors import ToolFailed
from tracing.store import DatabaseInvalid
from tracing.store.postgresql import Password

__all__ = ["copy_sqlite", "dump", "load", "place_of_sqlite"]

PAGES: Final = 4096  # 16 MB a step: between two steps the progress is told
BUSY_S: Final = 30.0
MOST_SAID: Final = 500


def place_of_sqlite(url: str) -> Path:
    """Where the file of ``sqlite:///FILE`` lies."""
    return Path(str(make_url(url).database))


def copy_sqlite(source: Path, target: Path, progress: Callable[[int, int], None]) -> None:
    """``progress`` hears the pages done and all of them. OSError where the disk is full, else DatabaseInvalid."""

    def told(_status: int, remaining: int, total: int) -> None:
        progress(total - remaining, total)

    try:
        with (
            closing(
                sqlite3.connect(f"{source.as_uri()}?mode=rw", uri=True, timeout=BUSY_S, isolation_level=None)
            ) as reading,
            closing(sqlite3.connect(target)) as writing,
        ):
            reading.execute("BEGIN")
            reading.execute("SELECT count(*) FROM sqlite_master").fetchone()  # from here on it is a snapshot
            reading.backup(writing, pages=PAGES, progress=told)
            reading.execute("ROLLBACK")
            writing.execute("PRAGMA journal_mode=DELETE")  # one file, complete by itself
    except sqlite3.Error as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_FULL:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), str(target)) from error
        raise DatabaseInvalid(f"the database {source} cannot be copied: {error}") from error
    target.chmod(0o600)


def dump(url: str, password: Password, target: Path, snapshot: str) -> None:
    """A PostgreSQL database as an exported snapshot shows it, into a file. ToolFailed."""
    with _access(url, password) as access:
        options = ["--format=custom", "--no-owner", "--no-privileges", "--compress=0", f"--snapshot={snapshot}"]
        options.append(f"--file={target}")
        _run("pg_dump", *options, dbname=_address(url), environment=access)


def load(url: str, password: Password, source: Path) -> None:
    """Such a file into an empty database: all of it or nothing. ToolFailed."""
    with _access(url, password) as access:
        options = ["--single-transaction", "--exit-on-error", "--no-owner", "--no-privileges"]
        _run("pg_restore", *options, str(source), dbname=_address(url), environment=access)


def _address(url: str) -> str:
    """For the tools of the server; no password is in it."""
    return make_url(url).set(drivername="postgresql", password=None).render_as_string(hide_password=False)


@contextmanager
def _access(url: str, password: Password) -> Iterator[dict[str, str]]:
    """The environment of a tool. The file of the password lives as long as the tool runs."""
    plain = {name: value for name, value in os.environ.items() if not name.startswith("PGPASS")}
    secret = password()
    if secret is None:
        yield plain
        return
    with TemporaryDirectory(prefix="tracing-") as folder:
        place = Path(folder) / "pgpass"
        with os.fdopen(os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            file.write(_line(make_url(url), secret))
        yield plain | {"PGPASSFILE": str(place)}


def _line(_url: URL, secret: str) -> str:
    """For any host and database: the tool connects to the one of its address only."""
    escaped = secret.replace("\\", "\\\\").replace(":", "\\:")
    return f"*:*:*:*:{escaped}\n"


def _run(tool: str, *options: str, dbname: str, environment: dict[str, str]) -> None:
    found = _tool(tool)
    done = subprocess.run(  # noqa: S603 - a tool of the server, by its full path
        [found, *options, "--no-password", f"--dbname={dbname}"], env=environment, capture_output=True, check=False
    )
    if done.returncode:
        said = " ".join(done.stderr.decode(errors="replace").split())[:MOST_SAID]
        raise ToolFailed(f"{tool} failed: {said}")


def _tool(name: str) -> str:
    """From the path, else where Debian puts the newest server's."""
    homes = sorted(Path("/usr/lib/postgresql").glob(f"*/bin/{name}"), key=lambda place: int(place.parts[4]))
    found = shutil.which(name) if not homes else str(homes[-1])
    if found is None:
        raise ToolFailed(f"{name} is not installed here: the client tools of PostgreSQL are needed for backups")
    return found
