"""Pouring a node's database from the file of SQLite into an empty one of PostgreSQL, for measuring on both.

Rules
- Every row of every table goes over as it is, in one transaction, by COPY; indexes are made when all rows are there.
- What both spell differently is said in one place: a truth value is a number in SQLite.
- Afterwards the server knows its figures (ANALYZE) and has nothing left to tidy, as after a night.

    pour(home / "node.db", server.migrated())
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from psycopg import Connection, sql
from sqlalchemy import Boolean, Column, Table
from sqlmodel import SQLModel

from tracing import tables as _tables  # noqa: F401 - declares them
from tracing.store import open_engine

__all__ = ["pour"]

Row = tuple[Any, ...]
MAKING_INDEXES = "512MB"
INDEXES = (
    "SELECT indexname, indexdef FROM pg_indexes WHERE schemaname = 'public'"
    " AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace)"
)


def pour(file: Path, url: str) -> None:
    """Everything in ``file`` into the database at ``url``, which stands at the newest schema and holds nothing."""
    engine = open_engine(url)
    with closing(sqlite3.connect(file)) as source, engine.connect() as held:
        target: Any = held.connection.dbapi_connection
        with target.transaction():
            _pour_all(source, target)
        target.execute("VACUUM (FREEZE, ANALYZE)")
        target.execute("CHECKPOINT")
    engine.dispose()


def _pour_all(source: sqlite3.Connection, target: Connection[Row]) -> None:
    target.execute("SET LOCAL session_replication_role = replica")  # the rows refer to each other as they did before
    target.execute(f"SET LOCAL maintenance_work_mem = '{MAKING_INDEXES}'")
    indexes = target.execute(INDEXES).fetchall()
    for name, _ in indexes:
        target.execute(sql.SQL("DROP INDEX {}").format(sql.Identifier(name)))
    for table in SQLModel.metadata.sorted_tables:
        _pour_table(source, target, table)
    for _, made in indexes:
        target.execute(made)


def _pour_table(source: sqlite3.Connection, target: Connection[Row], table: Table) -> None:
    name, names = sql.Identifier(table.name), [column.name for column in table.columns]
    target.execute(sql.SQL("TRUNCATE {} CASCADE").format(name))
    columns = sql.SQL(", ").join(map(sql.Identifier, names))
    with target.cursor().copy(sql.SQL("COPY {} ({}) FROM STDIN").format(name, columns)) as into:
        for row in _rows(source, table):
            into.write_row(row)
    for column in table.primary_key.columns:
        _continue_numbers(target, table, column)


def _rows(source: sqlite3.Connection, table: Table) -> Iterator[Row]:
    """In the order in which they were written."""
    names = ", ".join(column.name for column in table.columns)
    spelt: list[Callable[[Any], Any] | None] = [
        _truth if isinstance(column.type, Boolean) else None for column in table.columns
    ]
    found = source.execute(f"SELECT {names} FROM {table.name}")
    if not any(spelt):
        return found
    return (tuple(value if say is None else say(value) for value, say in zip(row, spelt, strict=True)) for row in found)


def _truth(value: int | None) -> bool | None:
    return None if value is None else bool(value)


def _continue_numbers(target: Connection[Row], table: Table, column: Column[Any]) -> None:
    """The server goes on numbering where SQLite had come to."""
    (sequence,) = target.execute("SELECT pg_get_serial_sequence(%s, %s)", (table.name, column.name)).fetchone() or (
        None,
    )
    if sequence is not None:
        most = sql.SQL("SELECT setval(%s, coalesce(max({}), 0) + 1, false) FROM {}")
        target.execute(most.format(sql.Identifier(column.name), sql.Identifier(table.name)), (sequence,))
