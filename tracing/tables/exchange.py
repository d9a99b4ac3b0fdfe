"""What travels: envelopes, receipts, what must still reach a counterpart, and the blobs of attachments."""

from sqlalchemy import Column, Index, LargeBinary, UniqueConstraint
from sqlmodel import BigInteger, Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["Attachment", "Carried", "Envelope", "Outbox", "Receipt", "Returned", "Upload"]

_UNPROVED = "proved_ms IS NULL AND direction = 'in' AND arrived_ms IS NOT NULL"


class Envelope(SQLModel, table=True):
    """A sealed message as it travels. (sender, mid) for ever identifies one envelope: the idempotency key."""

    __tablename__ = "envelopes"
    __table_args__ = (
        index_where("envelopes_to_open", "accepted_ms", "stage = 'accepted' AND direction = 'in'"),
        index_where("envelopes_waiting", ("sender", "mid"), "stage = 'waiting'"),
        Index("envelopes_by_case", "case_id"),
        Index("envelopes_by_number", "sender", "recipient", "seq", "mid"),
        index_where("envelopes_unopened", "sender", "direction = 'in' AND stage IN ('accepted', 'held', 'waiting')"),
        index_where("envelopes_rejected", "case_id", "stage = 'rejected'"),
    )
    sender: str = Field(primary_key=True)
    mid: str = Field(primary_key=True)
    recipient: str
    direction: str  # out | in
    digest: str  # env: SHA-256 of the manifest bytes
    wire: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seq: int = Field(sa_type=WHOLE)
    priority: str
    stage: str  # out: queued | sent | accepted | opened | rejected; in: accepted | held | waiting | opened | rejected
    code: str | None = None  # of a rejection
    case_id: str | None = None
    stored_ms: int = Field(sa_column=ms())
    accepted_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # `at` of the accepted receipt
    opened_ms: int | None = Field(default=None, sa_column=ms(nullable=True))


class Receipt(SQLModel, table=True):
    """A signed receipt, ours or theirs, byte for byte."""

    __tablename__ = "receipts"
    __table_args__ = (UniqueConstraint("sender", "recipient", "mid", "stage", "env", name="one_receipt_per_stage"),)
    sender: str = Field(primary_key=True)
    rid: str = Field(primary_key=True)
    recipient: str
    direction: str  # out | in
    mid: str = Field(index=True)
    env: str
    stage: str  # accepted | opened | rejected
    code: str | None = None
    wire: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at_ms: int = Field(sa_column=ms())
    stored_ms: int = Field(sa_column=ms())


class Outbox(SQLModel, table=True):
    """What must still reach a counterpart: envelopes, and receipts after the first. A row leaves when answered."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("item", "ref", name="one_row_per_item"),
        Index("outbox_due", "counterpart", "state", "rank", "next_ms"),
        index_where("outbox_parked", "counterpart", "parked_ms IS NOT NULL"),
    )
    id: int | None = Field(default=None, primary_key=True, sa_type=WHOLE)
    counterpart: str
    item: str  # envelope | receipt
    ref: str  # mid or rid
    rank: int  # 0 urgent, 1 routine and receipts, 2 low
    state: str = "due"  # due | parked | behind (the request of its case, which is not taken)
    next_ms: int = Field(sa_column=ms())
    attempts: int = 0
    last_error: str | None = None
    parked_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # the first time; stays while it is tried


class Returned(SQLModel, table=True):
    """A message on its way back to who said it and lost it: with the counterpart, or here again and not read yet.

    ``gone``: one of ours that a copy of this home said under a number of ours, and that cannot come back any more.
    """

    __tablename__ = "returned"
    counterpart: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)  # give | take | gone
    mid: str = Field(primary_key=True)
    seq: int = Field(sa_type=WHOLE)
    # give: the item of the answer, once it is made; take: what was sealed to us
    sealed: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class Carried(SQLModel, table=True):
    """What goes by file: what was put into a bundle, bundles that came, what of them is to be told (``back``)."""

    __tablename__ = "carried"
    counterpart: str = Field(primary_key=True)
    direction: str = Field(primary_key=True)  # out | in | back
    item: str = Field(primary_key=True)  # envelope | receipt | blob | bundle
    ref: str = Field(primary_key=True)  # mid, rid or digest
    bundle: str  # its id: the newest one
    at_ms: int = Field(sa_column=ms())


class Attachment(SQLModel, table=True):
    """A sealed attachment of one message: how far it came. What it is rests in the message, under the case's key."""

    __tablename__ = "attachments"
    __table_args__ = (
        Index("attachments_by_digest", "digest"),
        Index("attachments_by_mid", "mid"),
        index_where("attachments_missing", "counterpart", "arrived_ms IS NULL"),
        index_where("attachments_unproved", "mid", _UNPROVED),
    )
    sender: str = Field(primary_key=True)
    mid: str = Field(primary_key=True)
    n: int = Field(primary_key=True)  # its place in the message
    counterpart: str
    direction: str  # out | in
    digest: str  # of the sealed bytes, under which the folder keeps them
    ct_len: int = Field(sa_type=WHOLE)
    on_demand: bool  # travels only when the receiver asks
    wanted_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # since when it is to travel
    begun_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # in: since when its space is reserved
    arrived_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # whole at its receiver, digest checked
    proved_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # in: opened under its key, or found bad
    fault: str | None = None  # why it does not come, or what is wrong with it: words of ours


class Upload(SQLModel, table=True):
    """What an officer brought in for a message to come: one document, or a photograph with its review copy."""

    __tablename__ = "uploads"
    id: str = Field(primary_key=True)
    user_name: str
    digests: str  # blank-separated, of the sealed bytes
    ct_len: int = Field(sa_column=Column(BigInteger, nullable=False))  # of all of them
    content_key: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # wrapped
    about: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted: names, digests, keys
    added_ms: int = Field(sa_column=ms())
    drafted_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # named by a draft
