"""Elements that were passed on or must go, and the cases linked by them (ITI 15)."""

from sqlalchemy import Index
from sqlmodel import Field, SQLModel

from tracing.tables.columns import index_where, ms

__all__ = ["CaseLink", "Deletion", "PassedElement"]


class CaseLink(SQLModel, table=True):
    """An onward request: a case opened because of the answer in another one of this node (domain 7b.1 no. 18)."""

    __tablename__ = "case_links"
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    parent: str = Field(foreign_key="cases.id", index=True)


class PassedElement(SQLModel, table=True):
    """An element of one case that was passed on in another; whoever got it hears when it is corrected."""

    __tablename__ = "passed_elements"
    __table_args__ = (
        Index("passed_by_source", "from_case", "mid", "element"),
        index_where("passed_to_tell", "case_id", "corrected_by IS NOT NULL AND told_by IS NULL"),
    )
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    mid: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    from_case: str = Field(foreign_key="cases.id")
    passed_ms: int = Field(sa_column=ms())
    corrected_by: str | None = None  # mid of the correction that arrived
    told_by: str | None = None  # mid of our message that told the recipient


class Deletion(SQLModel, table=True):
    """An element that its provider wants deleted after a day (``delete_by``): when it is due, and when it was done."""

    __tablename__ = "deletions"
    __table_args__ = (index_where("deletions_due", "after_day", "done_ms IS NULL"),)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    mid: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    after_day: str  # ISO date: the last day it may be kept
    done_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    certified_by: str | None = None  # mid of our certificate
