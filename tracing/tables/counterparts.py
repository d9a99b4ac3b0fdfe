"""Whom we talk to: counterparts, the documents their trust rests on, and what was wrong with some of them."""

from sqlalchemy import Column, LargeBinary, UniqueConstraint
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["Confirmation", "Counterpart", "Revocation", "TrustAlarm", "TrustDocument"]


class Counterpart(SQLModel, table=True):
    """Another State's authority, pinned by officers; ``on_node`` is false for a State reached by letter only."""

    __tablename__ = "counterparts"
    authority: str = Field(primary_key=True)
    country: str
    name: str
    on_node: bool = True
    status: str = "active"  # active | suspended
    url: str | None = None
    root_digest: str | None = None
    pinned_ms: int = Field(sa_column=ms())
    pinned_by: str
    out_seq: int = Field(default=0, sa_type=WHOLE)  # seq of the last envelope we issued to it
    out_prev: str | None = None  # env digest of that envelope
    in_hi: int = Field(default=0, sa_type=WHOLE)  # highest seq seen from it
    last_contact_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    clock_offset_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    last_hello_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    refreshed_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # its documents were last looked for
    recovery: str | None = None  # asking | behind | running: it may know more of us than this database does
    carriage: str = Field(default="online", sa_column_kwargs={"server_default": "online"})  # online | file
    recovered_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # it began to give back what was lost
    twice_from: int | None = Field(default=None, sa_type=WHOLE)  # the lowest seq under which it said two messages
    # the last of ours it named, of those it holds under one seq, up to which all are here
    same_seq: int = Field(default=0, sa_type=WHOLE, sa_column_kwargs={"server_default": "0"})
    same_mid: str | None = None


class TrustDocument(SQLModel, table=True):
    """Roots and keysets, ours and the counterparts', byte for byte. Retired ones stay: old evidence needs them.

    A root that names other keyset keys lets the versions of keysets begin anew, so ``under`` is part of the name.
    """

    __tablename__ = "trust_documents"
    authority: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # root | keyset
    # version of the newest root when a keyset came; of the root itself
    under: int = Field(default=1, primary_key=True, sa_type=WHOLE)
    version: int = Field(primary_key=True, sa_type=WHOLE)
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: str
    received_ms: int = Field(sa_column=ms())


class TrustAlarm(SQLModel, table=True):
    """A trust document that was refused, or something about keys that an officer must know; said once for each."""

    __tablename__ = "trust_alarms"
    __table_args__ = (
        UniqueConstraint("authority", "code", name="one_alarm_per_fault"),
        index_where("trust_alarms_open", ("authority", "code"), "done_ms IS NULL"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    authority: str
    code: str  # of keys.errors, or a word of tracing/trust/alarms
    sha256: str  # of the document refused last; empty where it is not about one
    said: str  # words of ours, for an officer
    document: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))  # kept as evidence
    first_ms: int = Field(sa_column=ms())
    last_ms: int = Field(sa_column=ms())
    done_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    done_by: str | None = None
    done_why: str | None = None  # an officer's words


class Revocation(SQLModel, table=True):
    """A key of a counterpart that was revoked: since when it says so, and when we came to know."""

    __tablename__ = "revocations"
    authority: str = Field(primary_key=True)
    kid: str = Field(primary_key=True)
    since_ms: int = Field(sa_column=ms())
    received_ms: int = Field(sa_column=ms())


class Confirmation(SQLModel, table=True):
    """A message of the time between a key's loss and our knowledge of it, which its sender was asked about."""

    __tablename__ = "confirmations"
    authority: str = Field(primary_key=True)
    mid: str = Field(primary_key=True)
    at_ms: int = Field(sa_column=ms())
    actor: str
    answer: str = Field(default="confirmed", sa_column_kwargs={"server_default": "confirmed"})  # confirmed | disowned
    why: str | None = None  # an officer's words: who was asked, and how
