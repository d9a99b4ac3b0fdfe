"""What stands in the database: whether a node was founded in it, at which schema, and bringing that up.

Rules of an upgrade
- Each migration is a transaction of its own, under the turn of the writers: whoever writes goes on between two, and one
  that is cut short goes on where it ended.
- A migration that only adds (tables, indexes, columns that may be left out) leaves programs of the schema before it at
  work: they go on, and may be started again. One that does more names in ``oldest`` the oldest program that can work on
  its schema, and is not begun while a part of the node runs. The database keeps that name (``schema_floor``).
- A program that is older than the schema starts where it reaches that floor, and is refused elsewhere.

    bring_up_to_date(engine, running=lambda: who_runs(home, engine))
"""

import errno
import os
import shutil
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sqlalchemy import Column, Connection, Engine, Index, MetaData, inspect, select, text
from sqlalchemy.exc import DatabaseError, OperationalError
from sqlmodel import SQLModel

from tracing.store import postgresql
from tracing.store.engine import DatabaseAway, DatabaseInvalid
from tracing.tables import SchemaFloor, table_of

__all__ = [
    "HEAD",
    "Step",
    "UpgradeHeld",
    "bring_up_to_date",
    "differences",
    "first_damage",
    "pending",
    "require_database",
    "require_empty",
    "require_reach",
    "schema_version",
]

HEAD: Final = "0026"  # the newest migration; a test holds it to the folder migrations/versions
MIGRATIONS: Final = Path(__file__).resolve().parents[1] / "migrations"
LEAST_ROOM: Final = 256 * 1024  # bytes below which a disk is full: the files SQLite lays beside a database to read it
_floor = table_of(SchemaFloor)


class UpgradeHeld(Exception):
    """A migration that programs at work cannot go on with, and one is at work."""


@dataclass(frozen=True, slots=True)
class Step:
    """A migration that is missing. ``online``: the programs of the schema before it go on beside it."""

    revision: str
    what: str
    online: bool


def nobody() -> str | None:
    """Where it is known that nothing runs on the database."""
    return None


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
            return _version_in(conn)
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


def bring_up_to_date(
    engine: Engine, running: Callable[[], str | None] = nobody, told: Callable[[Step], None] | None = None
) -> None:
    """Run the migrations that are missing, ``told`` of each when it is done. UpgradeHeld where one must wait.

    ``running`` says what of the node is at work, None for nothing. DatabaseInvalid where the database stands at a
    schema that this program is too old for.
    """
    version = schema_version(engine)
    if version is None:
        with engine.connect().execution_options(write=True) as conn, conn.begin():
            _migrate(conn, "head")
        return
    require_reach(engine, version)
    for step in pending(version) if version < HEAD else ():
        if not step.online and (who := running()) is not None:
            msg = f"schema {step.revision} ({step.what}) is not for the programs at work, and {who}"
            raise UpgradeHeld(f"{msg}: stop every part of the node, then run this again")
        with engine.connect().execution_options(write=True) as conn, conn.begin():
            if _version_in(conn) < step.revision:  # another process may have been quicker
                _migrate(conn, step.revision)
        if told is not None:
            told(step)


def pending(version: str | None) -> list[Step]:
    """The migrations a database at ``version`` lacks, in their order."""
    from alembic.script import ScriptDirectory

    found = []
    for one in ScriptDirectory.from_config(_config()).walk_revisions():
        if version is not None and one.revision <= version:
            break
        floor = getattr(one.module, "oldest", None)
        online = floor is not None and floor < one.revision
        found.append(Step(one.revision, one.doc.strip().splitlines()[0].rstrip("."), online))
    return found[::-1]


def differences(engine: Engine) -> list[str]:
    """Where the tables and indexes are not those of this program's schema; of a database that stands at it."""
    from alembic.autogenerate import compare_metadata
    from alembic.migration import MigrationContext

    with engine.connect() as conn, conn.begin(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of indexes by an expression: looked for by name below
        changes = compare_metadata(MigrationContext.configure(conn), SQLModel.metadata)
        there = {str(name) for name in conn.execute(text(_INDEXES[conn.dialect.name])).scalars()}
    by_expression = {str(one.name) for one in _by_expression(SQLModel.metadata)} - there
    return [*map(_worded, changes), *(f"missing index {name}" for name in sorted(by_expression))]


_INDEXES: Final = {
    "sqlite": "SELECT name FROM sqlite_schema WHERE type = 'index'",
    "postgresql": "SELECT indexname FROM pg_indexes WHERE schemaname = current_schema()",
}


def _by_expression(metadata: MetaData) -> Iterator[Index]:
    for one in metadata.tables.values():
        yield from (index for index in one.indexes if not all(isinstance(each, Column) for each in index.expressions))


def first_damage(engine: Engine, *, whole: bool = False) -> str | None:
    """The first thing that is wrong with SQLite's file, None for nothing; a server looks after its own.

    ``whole`` also compares each index with its table: minutes for millions of rows.
    """
    if engine.dialect.name != "sqlite":
        return None
    with engine.connect() as conn, conn.begin():
        said = conn.execute(text("PRAGMA integrity_check(1)" if whole else "PRAGMA quick_check(1)")).scalar()
    return None if said == "ok" else str(said)


def _worded(change: Any) -> str:
    if isinstance(change, list):
        return "; ".join(map(_worded, change))
    what, *about = change
    names = (one if isinstance(one, str) else getattr(one, "name", None) for one in about)
    return " ".join((what.replace("_", " "), *(str(name) for name in names if name)))


def require_reach(engine: Engine, version: str) -> None:
    """DatabaseInvalid where ``version`` is newer than this program, and not one it can work on."""
    if version <= HEAD:
        return
    with engine.connect() as conn, conn.begin():
        known = inspect(conn).has_table(_floor.name)
        floor = conn.execute(select(_floor.c.oldest)).scalar() if known else None
    if floor is None or floor > HEAD:
        msg = f"the database stands at schema {version}, newer than this program ({HEAD}) can work on"
        raise DatabaseInvalid(f"{msg}: install the newer program")


def _version_in(conn: Connection) -> str:
    return str(conn.execute(text("SELECT version_num FROM alembic_version")).scalar())


def _migrate(conn: Connection, to: str) -> None:
    from alembic import command  # loads on use: 60 ms that an up-to-date node need not pay

    config = _config()
    config.attributes["connection"] = conn
    command.upgrade(config, to)


def _config() -> Any:
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    return config
