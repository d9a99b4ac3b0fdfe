"""INSERT with ON CONFLICT, which SQLite and PostgreSQL spell alike: this construct compiles for both."""

from sqlalchemy.dialects.postgresql import insert

__all__ = ["insert"]
