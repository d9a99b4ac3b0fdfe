"""Coming to know each other: cards that wait for a second officer, introductions, contact cards and their changes."""

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import index_where, ms

__all__ = ["ContactChange", "FirstContact", "Introduction", "OwnContact"]


class FirstContact(SQLModel, table=True):
    """A card whose digest one officer has compared. Nothing is believed of it until another one has."""

    __tablename__ = "first_contacts"
    authority: str = Field(primary_key=True)
    country: str
    name: str
    url: str | None = None
    digest: str
    card: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    alike: bool  # officers looked twice at an id that the eye takes for another's
    compared_by: str
    compared_ms: int = Field(sa_column=ms())


class Introduction(SQLModel, table=True):
    """A counterpart said, in a signed statement, by which digest it knows another State. A hint and no more."""

    __tablename__ = "introductions"
    introducer: str = Field(primary_key=True)
    authority: str = Field(primary_key=True, index=True)
    digest: str = Field(primary_key=True)
    country: str
    name: str
    mid: str  # the statement that says it
    said_ms: int = Field(sa_column=ms())


class OwnContact(SQLModel, table=True):
    """Our contact card as officers edited it; one row, none while the card in the settings counts."""

    __tablename__ = "own_contact"
    id: int = Field(default=1, primary_key=True)
    members: str  # JSON of keys.keyset.Contact
    changed_ms: int = Field(sa_column=ms())
    changed_by: str


class ContactChange(SQLModel, table=True):
    """A counterpart's contact card before and after a keyset of its, until an officer says that he has seen it."""

    __tablename__ = "contact_changes"
    __table_args__ = (index_where("contact_changes_unseen", ("authority",), "seen_ms IS NULL"),)
    id: int | None = Field(default=None, primary_key=True)
    authority: str = Field(index=True)
    keyset: int  # the version that brought it
    before: str  # JSON of keys.keyset.Contact
    after: str
    at_ms: int = Field(sa_column=ms())
    seen_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    seen_by: str | None = None
