"""INSERT with ON CONFLICT, which SQLite and PostgreSQL spell alike: this construct compiles for both.

``rowcount`` says on both how many rows were inserted or updated.
"""

from sqlalchemy import Table
from sqlalchemy.dialects import postgresql

__all__ = ["insert"]


def insert(table: Table) -> postgresql.Insert:
    """``insert(table).on_conflict_do_nothing()`` and the like."""
    return postgresql.insert(table).execution_options(preserve_rowcount=True)
