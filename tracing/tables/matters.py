"""What two authorities say to each other outside any case."""

from sqlalchemy import Column, Index, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["Matter", "MatterMessage", "ProfileProposed"]


class Matter(SQLModel, table=True):
    """What two authorities say to each other outside any case: information, a deadline profile, a reconciliation."""

    __tablename__ = "matters"
    __table_args__ = (
        Index("matters_by_counterpart", "counterpart", "kind", "updated_ms", "id"),
        index_where("matters_unread", "unread_ms", "unread_ms IS NOT NULL"),
    )
    id: str = Field(primary_key=True)
    counterpart: str = Field(foreign_key="counterparts.authority")
    direction: str  # sent (we began it) | received
    kind: str  # of its first message, as this node logged them
    once: str | None = Field(default=None, unique=True)  # what the node itself sends once: "reconciliation at 2026-11"
    content_key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))  # wrapped; NULL once erased
    opened_ms: int = Field(sa_column=ms())
    updated_ms: int = Field(sa_column=ms())
    unread_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # since when something waits to be read


class MatterMessage(SQLModel, table=True):
    """One verified statement of a matter, ours or theirs; its columns are those of a message in a case."""

    __tablename__ = "matter_messages"
    __table_args__ = (Index("matter_messages_by_matter", "matter_id", "position"),)
    mid: str = Field(primary_key=True)
    matter_id: str = Field(foreign_key="matters.id")
    position: int
    leaf: int = Field(unique=True, sa_type=WHOLE)  # its entry in the private tree
    direction: str  # out | in
    sender: str
    kind: str
    effect: str = "effective"  # effective | kept (about nothing that was proposed here)
    re: str = ""
    facts: str = ""
    iat_ms: int = Field(sa_column=ms())
    logged_ms: int = Field(sa_column=ms())
    statement_digest: str
    inner: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    compared: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))  # encrypted JSON
    actor: str | None = None


class ProfileProposed(SQLModel, table=True):
    """A proposal of deadlines and what became of it, as ``protocol.agreements`` judged its matter last."""

    __tablename__ = "profiles_proposed"
    __table_args__ = (
        Index("profiles_by_matter", "matter_id"),
        Index("profiles_by_counterpart", "counterpart", "iat_ms"),
        index_where("profiles_open", ("counterpart", "sender"), "status = 'proposed'"),
        index_where("profiles_agreed", ("counterpart", "since", "iat_ms", "uuid"), "status = 'accepted'"),
    )
    mid: str = Field(primary_key=True, foreign_key="matter_messages.mid")
    matter_id: str = Field(foreign_key="matters.id")
    counterpart: str
    sender: str
    status: str  # proposed | accepted | declined | ended
    since: str | None = None  # ISO date from which an accepted one holds
    iat_ms: int = Field(sa_column=ms())
    uuid: str  # of the mid: what decides between two of the same day and instant
