"""What the columns and indexes of the tables have in common."""

from typing import Any

from sqlalchemy import Column, Index, Integer, Table, text
from sqlmodel import BigInteger

__all__ = ["WHOLE", "index_where", "ms", "table_of"]

WHOLE: Any = BigInteger().with_variant(Integer(), "sqlite")
"""A whole number as wide as the wire's. SQLite has one kind of integer, and numbers rows by no other name."""


def table_of(model: Any) -> Table:
    """The Core table of a model, for statements on the hot path."""
    table: Table = model.__table__  # the library types it away
    return table


def ms(*, nullable: bool = False, default: int | None = None) -> Column:  # type: ignore[type-arg]
    """An instant in whole milliseconds UTC."""
    return Column(BigInteger, nullable=nullable, default=default)


def index_where(name: str, columns: str | tuple[Any, ...], condition: str) -> Index:
    """An index of the few rows that are looked for again and again."""
    names = (columns,) if isinstance(columns, str) else columns
    return Index(name, *names, sqlite_where=text(condition), postgresql_where=text(condition))
