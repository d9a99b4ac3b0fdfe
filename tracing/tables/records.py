"""National records that answers come from, and rows of lists that were taken."""

from sqlalchemy import Column, String
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, ms

__all__ = ["ImportedRow", "NationalRecord"]


class NationalRecord(SQLModel, table=True):
    """One entry of the national registers an answer can come from."""

    __tablename__ = "national_records"
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    row_digest: str = Field(unique=True)
    held_in: str = Field(sa_column=Column("registry", String, nullable=False))  # the attribute name is the mapper's own
    serial_text: str
    serial_key: str = Field(index=True)  # folded, see records/serials.py
    make: str = ""
    make_key: str = Field(default="", index=True)
    model: str = ""
    calibre: str = ""
    event: str  # one of records.national.EVENTS
    event_date: str = ""  # ISO date, year-month or year
    state: str = ""  # other State of the event, alpha-3
    licence: str = ""
    party: str = ""  # consignee or holder
    source: str = ""  # file and row it came from


class ImportedRow(SQLModel, table=True):
    """A row of a list that was taken: importing the same file again does nothing twice."""

    __tablename__ = "imported_rows"
    row_digest: str = Field(primary_key=True)
    case_id: str
    imported_ms: int = Field(sa_column=ms())
