"""Opening the database: SQLite in one file, or PostgreSQL, every commit durable.

Why these settings of SQLite (those of PostgreSQL stand in ``postgresql``): WAL lets readers go on beside the writer;
``synchronous=FULL`` makes a commit survive a power cut (the promise behind every receipt); ``BEGIN IMMEDIATE`` for
writers means what a unit read cannot have changed before it writes.
"""

import fcntl
import os
import sqlite3
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError

from tracing.store import postgresql
from tracing.store.postgresql import Password

__all__ = [
    "DatabaseAway",
    "DatabaseInvalid",
    "Turn",
    "kind_of",
    "open_engine",
    "open_writer",
]

BUSY_MS = 10_000  # how long a writer waits for a command that writes to the same file
WRITER_CACHE_KIB = 16 * 1024  # the leaves of the indexes that new rows fall into
WAL_PAGES = 4000  # 16 MB before what was written moves into the database: pages written again and again move once


class DatabaseInvalid(Exception):
    """The database address or its schema is not one this version can use; the message says what to do."""


class DatabaseAway(Exception):
    """The server of the database does not answer, or lets us not in; the message says what it said."""


def kind_of(url: str) -> str:
    """``sqlite`` or ``postgresql``. DatabaseInvalid for any other, and for an address of no form."""
    try:
        kind = make_url(url).get_backend_name()
    except ArgumentError as error:
        msg = "the database has no address: expected sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise DatabaseInvalid(msg) from error
    if kind not in {"sqlite", "postgresql"}:
        msg = f"a database of the kind {kind!r} is not known: use sqlite:///FILE or postgresql://USER@HOST/NAME"
        raise DatabaseInvalid(msg)
    return kind


def open_engine(url: str, password: Password | None = None) -> Engine:
    """An engine for ``sqlite:///FILE`` or ``postgresql://USER@HOST/NAME``; ``password`` is asked at each connection."""
    if kind_of(url) == "postgresql":
        return postgresql.make_engine(url, password)
    options = {"timeout": BUSY_MS / 1000, "check_same_thread": False}
    engine = create_engine(url, connect_args=options, hide_parameters=True)  # an error is logged; values stay out of it
    event.listen(engine, "connect", _prepare)
    event.listen(engine, "begin", _begin)
    return engine


def _prepare(connection: sqlite3.Connection, _record: Any) -> None:
    connection.isolation_level = None  # we say BEGIN ourselves
    for pragma in (
        "journal_mode=WAL",
        "synchronous=FULL",
        "foreign_keys=ON",
        "trusted_schema=OFF",
        "temp_store=MEMORY",  # what a savepoint keeps to undo itself is no file, and holds nothing anybody needs later
        f"busy_timeout={BUSY_MS}",
    ):
        connection.execute(f"PRAGMA {pragma}")


def open_writer(engine: Engine) -> Connection:
    """The one connection of a process that writes; it keeps more pages at hand than SQLite's 2 MB."""
    conn = engine.connect().execution_options(write=True)
    if conn.dialect.name == "sqlite":
        for pragma in (f"cache_size=-{WRITER_CACHE_KIB}", f"wal_autocheckpoint={WAL_PAGES}"):
            conn.connection.cursor().execute(f"PRAGMA {pragma}")  # beside any transaction
    return conn


def _begin(conn: Connection) -> None:
    conn.exec_driver_sql("BEGIN IMMEDIATE" if conn.get_execution_options().get("write") else "BEGIN")


class Turn:
    """Whose turn it is to write, between the processes of one machine: a lock on a file beside the database.

    SQLite makes a second writer try again and again, and a busy first one can starve it; the kernel's lock queues both.
    The file is empty and may be lost at any time; what keeps the data right is SQLite's own lock.
    """

    def __init__(self, path: str | None) -> None:
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600) if path else None

    @classmethod
    def of(cls, engine: Engine) -> "Turn":
        """The turn of this database; one without a file has nobody to share with, and a server keeps its own."""
        place = engine.url.database if engine.dialect.name == "sqlite" else None
        return cls(f"{place}-turn" if place else None)

    def __enter__(self) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_EX)

    def __exit__(self, *_: object) -> None:
        if self._file is not None:
            fcntl.flock(self._file, fcntl.LOCK_UN)

    def close(self) -> None:
        """Let go of the file."""
        if self._file is not None:
            os.close(self._file)
            self._file = None
