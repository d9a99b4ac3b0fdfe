"""What is asked at home before a State answers."""

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import index_where, ms

__all__ = ["Enquiry"]


class Enquiry(SQLModel, table=True):
    """What the answering State asks at home in a received case: a task with an addressee, a date and a result."""

    __tablename__ = "enquiries"
    __table_args__ = (
        Index("enquiries_by_case", "case_id"),
        index_where("enquiries_open", "due_ms", "state = 'open'"),
    )
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    kind: str  # manufacturer | dealer | customs | military | police | licensing | other
    asked: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted {addressee, question, told}
    state: str = "open"  # open | answered | withdrawn; an open one past its date reads overdue
    due_ms: int = Field(sa_column=ms())
    opened_ms: int = Field(sa_column=ms())
    opened_by: str
    link_sha256: str = Field(unique=True)  # of the newest link to its reply form; the link itself is nowhere
    link_until_ms: int = Field(sa_column=ms())
    reply: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))  # encrypted; or why not
    channel: str | None = None  # form, or how the reply reached the officer who recorded it
    replied_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    replied_by: str | None = None  # enquiry:<id> for the form, else an officer
    ended_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    passed_told_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # when the watch said so
