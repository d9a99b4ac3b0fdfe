"""Every table of a node, one class each.

Rules
- Instants are whole milliseconds UTC in columns named ``*_ms`` (``clock.py`` converts); dates of the work are ISO text.
- What a counterpart or an officer wrote about a case rests encrypted under the case's content key
  (``Case.content_key``), so that destroying the key erases the case. Search runs on HMAC tokens.
- Wire bytes (``Envelope.wire``, ``Receipt.wire``) are stored as they came. They never change, but for the sealed copy
  of a message of which an element was erased (``casework/erasing.py``).
- Uniqueness and idempotency are constraints here, not habits of the code.
- Identifiers are text, never blobs.
"""

from typing import Any

from sqlalchemy import Column, Index, LargeBinary, String, Table, UniqueConstraint, text
from sqlmodel import BigInteger, Field, SQLModel

__all__ = [
    "ApiToken", "Case", "CaseLink", "Counterpart", "Deadline", "Deletion", "Dossier", "Draft", "Enquiry", "Envelope",
    "IdempotentCall", "ImportedRow", "Leaf", "Message", "NationalRecord", "Outbox", "PassedElement", "Receipt",
    "Reminder", "SearchToken", "Tree", "TreeTile", "TrustDocument", "User", "WebSession", "table_of",
]  # fmt: skip


def table_of(model: Any) -> Table:
    """The Core table of a model, for statements on the hot path."""
    table: Table = model.__table__  # the library types it away
    return table


def _ms(*, nullable: bool = False, default: int | None = None) -> Column:  # type: ignore[type-arg]
    return Column(BigInteger, nullable=nullable, default=default)


def _index_where(name: str, column: str, condition: str) -> Index:
    """An index of the few rows that are looked for again and again."""
    return Index(name, column, sqlite_where=text(condition), postgresql_where=text(condition))


# ---------------------------------------------------------------- whom we talk to


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
    pinned_ms: int = Field(sa_column=_ms())
    pinned_by: str
    out_seq: int = 0  # seq of the last envelope we issued to it
    out_prev: str | None = None  # env digest of that envelope
    in_hi: int = 0  # highest seq seen from it
    last_contact_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    clock_offset_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    last_hello_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class TrustDocument(SQLModel, table=True):
    """Roots and keysets, ours and the counterparts', byte for byte. Retired ones stay: old evidence needs them."""

    __tablename__ = "trust_documents"
    authority: str = Field(primary_key=True)
    kind: str = Field(primary_key=True)  # root | keyset
    version: int = Field(primary_key=True)
    document: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    sha256: str
    received_ms: int = Field(sa_column=_ms())


# ---------------------------------------------------------------- the work


class Case(SQLModel, table=True):
    """One weapon between one requesting and one requested authority. ``state`` is what ``lifecycle.fold`` gave last."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_by_box", "direction", "updated_ms", "id"),
        Index("cases_by_state", "direction", "state", "updated_ms", "id"),
        Index("cases_by_counterpart", "counterpart", "direction", "updated_ms", "id"),
        Index("cases_by_dossier", "dossier"),
    )
    id: str = Field(primary_key=True)
    counterpart: str = Field(foreign_key="counterparts.authority")
    direction: str  # sent (we ask) | received (they ask)
    state: str
    overlays: str = ""  # blank-separated wire words
    waiting_on: str | None = None  # us | them | None
    priority: str
    dossier: str | None = None
    version: int = 0  # grows with each message or draft; the ETag of the case
    content_key: bytes | None = Field(sa_column=Column(LargeBinary, nullable=True))  # wrapped; NULL once erased
    summary: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted JSON, see store.py
    opened_ms: int = Field(sa_column=_ms())
    updated_ms: int = Field(sa_column=_ms())
    requested_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))  # `at` of its accepted receipt
    due_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))  # nearest open deadline
    owner: str | None = None


class Message(SQLModel, table=True):
    """One act in a case: a verified statement (``channel`` NULL) or a reply recorded from another channel."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_by_case", "case_id", "position"),)
    mid: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")  # one act may speak of all cases of a dossier
    position: int  # order in which this node logged it within the case
    leaf: int = Field(unique=True)  # its entry in the private tree
    direction: str  # out | in
    sender: str
    kind: str  # wire word of lifecycle.Kind
    effect: str = "effective"  # effective | kept (well formed but not allowed now)
    re: str = ""  # blank-separated mids
    facts: str = ""  # blank-separated lifecycle facts, e.g. "blocking"
    named_day: str | None = None  # ISO date the message itself names: a delay's new date, a question's "needed by"
    iat_ms: int = Field(sa_column=_ms())
    logged_ms: int = Field(sa_column=_ms())
    statement_digest: str | None = None
    inner: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted {statement, salt, disclosures}
    channel: str | None = None  # how a recorded reply reached us; NULL when signed by its sender
    actor: str | None = None  # our officer, for what we said or recorded


class Draft(SQLModel, table=True):
    """An act prepared by one officer and waiting for a second one's release."""

    __tablename__ = "drafts"
    __table_args__ = (_index_where("drafts_pending", "case_id", "status = 'pending'"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    verb: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted under the case's content key
    drafted_by: str
    drafted_ms: int = Field(sa_column=_ms())
    status: str = "pending"  # pending | released | void
    released_by: str | None = None


class Dossier(SQLModel, table=True):
    """One seizure: many weapons asked about in one go, at one counterpart."""

    __tablename__ = "dossiers"
    __table_args__ = (_index_where("dossiers_of_seizure", "seizure", "seizure IS NOT NULL"),)
    id: str = Field(primary_key=True)
    counterpart: str
    direction: str
    title: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted under the key of its first case
    title_case: str | None = None  # that case
    seizure: str | None = None  # what the dossiers of one seizure at several counterparts have in common
    opened_ms: int = Field(sa_column=_ms())


class Enquiry(SQLModel, table=True):
    """What the answering State asks at home in a received case: a task with an addressee, a date and a result."""

    __tablename__ = "enquiries"
    __table_args__ = (
        Index("enquiries_by_case", "case_id"),
        _index_where("enquiries_open", "due_ms", "state = 'open'"),
    )
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    kind: str  # manufacturer | dealer | customs | military | police | licensing | other
    asked: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted {addressee, question, told}
    state: str = "open"  # open | answered | withdrawn; an open one past its date reads overdue
    due_ms: int = Field(sa_column=_ms())
    opened_ms: int = Field(sa_column=_ms())
    opened_by: str
    link_sha256: str = Field(unique=True)  # of the newest link to its reply form; the link itself is nowhere
    link_until_ms: int = Field(sa_column=_ms())
    reply: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))  # encrypted; or why not
    channel: str | None = None  # form, or how the reply reached the officer who recorded it
    replied_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    replied_by: str | None = None  # enquiry:<id> for the form, else an officer
    ended_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    passed_told_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))  # when the watch said so


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
        _index_where("passed_to_tell", "case_id", "corrected_by IS NOT NULL AND told_by IS NULL"),
    )
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    mid: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    from_case: str = Field(foreign_key="cases.id")
    passed_ms: int = Field(sa_column=_ms())
    corrected_by: str | None = None  # mid of the correction that arrived
    told_by: str | None = None  # mid of our message that told the recipient


class Deletion(SQLModel, table=True):
    """An element that its provider wants deleted after a day (``delete_by``): when it is due, and when it was done."""

    __tablename__ = "deletions"
    __table_args__ = (_index_where("deletions_due", "after_day", "done_ms IS NULL"),)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")
    mid: str = Field(primary_key=True)
    element: str = Field(primary_key=True)
    after_day: str  # ISO date: the last day it may be kept
    done_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    certified_by: str | None = None  # mid of our certificate


class SearchToken(SQLModel, table=True):
    """HMAC of a normalised word of a case (serial, make, reference): found without being readable."""

    __tablename__ = "search_tokens"
    token: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")


class Deadline(SQLModel, table=True):
    """A duty with a date. The row is the truth; the scheduler only looks at it."""

    __tablename__ = "deadlines"
    __table_args__ = (
        UniqueConstraint("case_id", "clock", "started_by", name="one_deadline_per_start"),
        _index_where("deadlines_open", "due_ms", "ended_ms IS NULL"),
    )
    id: int | None = Field(default=None, primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    clock: str  # one of protocol.deadlines.ClockName
    owed_by: str  # us | them
    started_by: str  # mid of the message that started it
    started_ms: int = Field(sa_column=_ms())
    counted_by: str  # mid of what the limit counts from: the start, or a later change of priority
    due_ms: int = Field(sa_column=_ms())
    original_due_ms: int = Field(sa_column=_ms())
    basis: str  # treaty | agreed | internal
    source: str  # sentence: where the number comes from
    steps: str  # JSON list of sentences: how the date was computed
    ended_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    ended_by: str | None = None  # mid
    near_ms: int = Field(sa_column=_ms())  # when the first reminder is due
    near_told_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))
    passed_told_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class Reminder(SQLModel, table=True):
    """What the desk shows because a deadline nears or has passed; UNIQUE so that it is said once."""

    __tablename__ = "reminders"
    __table_args__ = (UniqueConstraint("deadline_id", "event", name="one_reminder_per_event"),)
    id: int | None = Field(default=None, primary_key=True)
    deadline_id: int = Field(foreign_key="deadlines.id")
    case_id: str = Field(foreign_key="cases.id", index=True)
    event: str  # near | passed
    at_ms: int = Field(sa_column=_ms())
    late: bool = False  # the node was down when it fell due
    done_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class NationalRecord(SQLModel, table=True):
    """One entry of the national registers an answer can come from."""

    __tablename__ = "national_records"
    id: int | None = Field(default=None, primary_key=True)
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
    imported_ms: int = Field(sa_column=_ms())


# ---------------------------------------------------------------- the exchange


class Envelope(SQLModel, table=True):
    """A sealed message as it travels. (sender, mid) for ever identifies one envelope: the idempotency key."""

    __tablename__ = "envelopes"
    __table_args__ = (
        _index_where("envelopes_to_open", "accepted_ms", "stage = 'accepted' AND direction = 'in'"),
        Index("envelopes_by_case", "case_id"),
    )
    sender: str = Field(primary_key=True)
    mid: str = Field(primary_key=True)
    recipient: str
    direction: str  # out | in
    digest: str  # env: SHA-256 of the manifest bytes
    wire: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    seq: int
    priority: str
    stage: str  # out: queued | sent | accepted | opened | rejected; in: accepted | opened | rejected
    code: str | None = None  # of a rejection
    case_id: str | None = None
    stored_ms: int = Field(sa_column=_ms())
    accepted_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))  # `at` of the accepted receipt
    opened_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


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
    at_ms: int = Field(sa_column=_ms())
    stored_ms: int = Field(sa_column=_ms())


class Outbox(SQLModel, table=True):
    """What must still reach a counterpart: envelopes, and receipts after the first. A row leaves when answered."""

    __tablename__ = "outbox"
    __table_args__ = (
        UniqueConstraint("item", "ref", name="one_row_per_item"),
        Index("outbox_due", "counterpart", "state", "rank", "next_ms"),
    )
    id: int | None = Field(default=None, primary_key=True)
    counterpart: str
    item: str  # envelope | receipt
    ref: str  # mid or rid
    rank: int  # 0 urgent, 1 routine and receipts, 2 low
    state: str = "due"  # due | parked
    next_ms: int = Field(sa_column=_ms())
    attempts: int = 0
    last_error: str | None = None


# ---------------------------------------------------------------- the audit trail


class Tree(SQLModel, table=True):
    """One RFC 6962 tree: ``private``, or the authority of a counterpart. ``peaks`` is its compact range."""

    __tablename__ = "trees"
    name: str = Field(primary_key=True)
    origin: str
    size: int = 0
    peaks: bytes = Field(default=b"", sa_column=Column(LargeBinary, nullable=False))
    checkpoint: str | None = None  # latest signed note
    checkpoint_size: int = 0
    checkpoint_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class Leaf(SQLModel, table=True):
    """One entry: canonical {v, t, k, h}. Private leaves carry their object and a salt."""

    __tablename__ = "leaves"
    __table_args__ = (Index("leaves_by_ref", "ref"),)
    tree: str = Field(primary_key=True)
    idx: int = Field(primary_key=True)
    at_ms: int = Field(sa_column=_ms())
    kind: str  # env.out, env.in, rcpt.out, rcpt.in, key, op, read, erase, cfg, ckpt.peer, private.head, refused
    ref: str  # mid, rid or the name of the object
    h: str  # hex SHA-256 of the object, salted in the private tree
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # RFC 6962 leaf hash
    salt: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))
    object: bytes | None = Field(default=None, sa_column=Column(LargeBinary, nullable=True))


class TreeTile(SQLModel, table=True):
    """Root of a complete subtree of 256**level leaves, so that a proof reads few rows."""

    __tablename__ = "tree_tiles"
    tree: str = Field(primary_key=True)
    level: int = Field(primary_key=True)
    idx: int = Field(primary_key=True)
    hash: bytes = Field(sa_column=Column(LargeBinary, nullable=False))


# ---------------------------------------------------------------- people


class User(SQLModel, table=True):
    """A person with one role at this node."""

    __tablename__ = "users"
    name: str = Field(primary_key=True)
    role: str
    password_hash: str
    language: str = "en"
    active: bool = True
    created_ms: int = Field(sa_column=_ms())


class ApiToken(SQLModel, table=True):
    """A bearer token, kept as its SHA-256 only."""

    __tablename__ = "api_tokens"
    sha256: str = Field(primary_key=True)
    user_name: str = Field(foreign_key="users.name")
    created_ms: int = Field(sa_column=_ms())
    revoked_ms: int | None = Field(default=None, sa_column=_ms(nullable=True))


class WebSession(SQLModel, table=True):
    """A signed-in browser; revocable, kept as the SHA-256 of its cookie."""

    __tablename__ = "web_sessions"
    sha256: str = Field(primary_key=True)
    user_name: str = Field(foreign_key="users.name")
    csrf: str
    created_ms: int = Field(sa_column=_ms())
    expires_ms: int = Field(sa_column=_ms())


class IdempotentCall(SQLModel, table=True):
    """The answer to a POST with an Idempotency-Key, kept 30 days and given again byte for byte."""

    __tablename__ = "idempotent_calls"
    user_name: str = Field(primary_key=True)
    key: str = Field(primary_key=True)
    request_sha256: str
    status: int
    response: bytes = Field(sa_column=Column(LargeBinary, nullable=False))
    at_ms: int = Field(sa_column=_ms())
