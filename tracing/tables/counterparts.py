"""Whom we talk to: counterparts and the documents their trust rests on."""

from sqlalchemy import Column, LargeBinary
from sqlmodel import Field, SQLModel

from tracing.tables.columns import ms

__all__ = ["Counterpart", "TrustDocument"]


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
    out_seq: int = 0  # seq of the last envelope we issued to it
    out_prev: str | None = None  # env digest of that envelope
    in_hi: int = 0  # highest seq seen from it
    last_contact_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    clock_offset_ms: int | None = Field(default=None, sa_column=ms(nullable=True))
    last_hello_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class TrustDocument(SQLModel, table=True):
    """Roots and keysets, ours and the counterparts', byte for byte. Retired ones stay: old evidence needs them."""

    __tablename__ = "trust_documents"
    authority: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # root | keyset
    version: int = Field(primary_key=True)
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: str
    received_ms: int = Field(sa_column=ms())
