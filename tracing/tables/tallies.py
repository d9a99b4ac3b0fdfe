"""How many cases count under each heading of the ledger."""

from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE

__all__ = ["Tally"]


class Tally(SQLModel, table=True):
    """``n`` cases count under ``what``; level 0 are plain counts, from 1 up ``place`` tells spans or instants apart."""

    __tablename__ = "tallies"
    __table_args__ = ({"sqlite_with_rowid": False},)
    counterpart: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    what: str = Field(primary_key=True)
    place: int = Field(primary_key=True, sa_type=WHOLE)
    year: int = Field(primary_key=True)
    n: int = Field(sa_type=WHOLE)
