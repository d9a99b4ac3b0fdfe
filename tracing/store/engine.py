"""Opening the database: SQLite in one file, or PostgreSQL, every commit durable, brought to the newest schema.

Why these settings of SQLite (those of PostgreSQL stand in ``postgresql``): WAL lets readers go on beside the writer;
``synchronous=FULL`` makes a commit survive a power cut (the promise behind every receipt); ``BEGIN IMMEDIATE`` for
writers means what a unit read cannot have changed before it writes.
"""

import errno
import fcntl
import os
import shutil
import sqlite3
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event, inspect, make_url, text
from sqlalchemy.exc import ArgumentError, DatabaseError, OperationalError

from tracing.store import postgresql
from tracing.store.postgresql import Password

__all__ = [
    "HEAD",
    "DatabaseAway",
    "DatabaseInvalid",
    "Turn",
    "bring_up_to_date",
    "kind_of",
    "open_engine",
    "open_writer",
    "require_database",
    "require_empty",
    "schema_version",
]

HEAD = "0025"  # the newest migration; a test holds it to the folder migrations/versions
BUSY_MS = 10_000  # how long a writer waits for a command that writes to the same file
WRITER_CACHE_KIB = 16 * 1024  # the leaves of the indexes that new rows fall into
WAL_PAGES = 4000  # 16 MB before what was written moves into the database: pages written again and again move once
LEAST_ROOM = 256 * 1024  # bytes below which a disk is full: the files SQLite lays beside a database to read it
MIGRATIONS = Path(__file__).resolve().parents[1] / "migrations"


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


def require_database(engine: Engine) -> None:
    """DatabaseInvalid where a founded node's database is gone: only founding makes one, so nothing is made up here."""
    if engine.dialect.name == "postgresql":
        if not _is_settled(engine):
            msg = f"the database {_shown(engine)} is empty, but this home has keys: restore it from the backup"
            raise DatabaseInvalid(msg)
        return
    place = engine.url.database
    if place and (not Path(place).exists() or Path(place).stat().st_size == 0):
        msg = (
            f"the database {place} is missing or empty, but this home has keys: found nothing anew, "
            "restore it from the backup (deploy/runbook.md)"
        )
        raise DatabaseInvalid(msg)


def require_empty(engine: Engine) -> None:
    """DatabaseInvalid where a server's database holds a node already: two on one would speak with one voice."""
    if engine.dialect.name == "postgresql" and _is_settled(engine):
        msg = f"the database {_shown(engine)} holds a node already: make another one for this node"
        raise DatabaseInvalid(msg)


def _is_settled(engine: Engine) -> bool:
    """Whether a node was founded in it: its trail has begun."""
    if schema_version(engine) is None:
        return False
    with engine.connect() as conn, conn.begin():
        return conn.execute(text("SELECT 1 FROM trees LIMIT 1")).first() is not None


def _shown(engine: Engine) -> str:
    return engine.url.set(drivername=engine.dialect.name, password=None).render_as_string()


def schema_version(engine: Engine) -> str | None:
    """The migration the database stands at, None for an empty one. DatabaseAway where its server is.

    OSError where the disk is full.
    """
    try:
        with engine.connect() as conn:
            if wrong := postgresql.require_promises(conn) if conn.dialect.name == "postgresql" else []:
                raise DatabaseInvalid(f"the database {_shown(engine)} will not do: {'; '.join(wrong)}")
            if not inspect(conn).has_table("alembic_version"):
                return None
            return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar())
    except DatabaseError as error:
        if engine.dialect.name == "postgresql" and isinstance(error, OperationalError):
            said = " ".join(str(error.orig).split())[:300]
            raise DatabaseAway(f"the database {_shown(engine)} is not reached: {said}") from error
        if place := _full_place(engine):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), place) from error
        msg = f"the database cannot be read: {error.orig}. Check the file, its permissions and the disk"
        raise DatabaseInvalid(msg) from error


def _full_place(engine: Engine) -> str | None:
    """The file of a database on a disk with no room: even to read it SQLite lays files beside it."""
    place = engine.url.database if engine.dialect.name == "sqlite" else None
    if place and (parent := Path(place).parent).is_dir() and shutil.disk_usage(parent).free < LEAST_ROOM:
        return place
    return None


def bring_up_to_date(engine: Engine) -> None:
    """Run the migrations that are missing. A database newer than this program is refused."""
    version = schema_version(engine)
    if version == HEAD:
        return
    if version is not None and version > HEAD:
        msg = f"the database stands at schema {version}, newer than this program ({HEAD}): install the newer program"
        raise DatabaseInvalid(msg)
    from alembic import command  # loads on use: 60 ms that an up-to-date node need not pay
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.upgrade(config, "head")
