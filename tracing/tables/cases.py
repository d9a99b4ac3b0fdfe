"""The work: cases, what was said in them, drafts, dossiers, and how they are found."""

from typing import Any

from sqlalchemy import Column, Index, LargeBinary, text
from sqlmodel import Field, SQLModel

from tracing.tables.columns import WHOLE, index_where, ms

__all__ = ["ENDED", "NO_DATE", "Case", "CaseChannel", "Dossier", "Draft", "Message", "SearchToken"]

# An index by the next date, the last instant where there is none, serves only queries that spell both exactly so.
NO_DATE, ENDED = 2**53 - 1, ("closed", "withdrawn", "rejected_invalid")
_PLACE, _ENDED = text(f"coalesce(due_ms, {NO_DATE})"), repr(ENDED)
_ENDED_DUE = f"state IN {_ENDED} AND due_ms IS NOT NULL"
# What lists are narrowed by: each combination has an index, so that no list walks over what it does not show.
_BY = {
    "": ("direction",),
    "_by_state": ("direction", "state"),
    "_by_counterpart": ("counterpart", "direction"),
    "_by_counterpart_state": ("counterpart", "direction", "state"),
}


def _dated(by: tuple[str, ...]) -> tuple[Any, ...]:
    """The next date first; the state beside it, where it does not stand before, spares looking at the row."""
    return (_PLACE, "id") if "state" in by else (_PLACE, "id", "state")


class Case(SQLModel, table=True):
    """One weapon between one requesting and one requested authority. ``state`` is what ``lifecycle.fold`` gave last."""

    __tablename__ = "cases"
    __table_args__ = (
        Index("cases_by_box", "direction", "updated_ms", "id"),
        Index("cases_by_state", "direction", "state", "updated_ms", "id"),
        Index("cases_by_counterpart", "counterpart", "direction", "updated_ms", "id"),
        Index("cases_by_counterpart_state", "counterpart", "direction", "state", "updated_ms", "id"),
        index_where("cases_by_dossier", ("dossier", "direction", "updated_ms", "id"), "dossier IS NOT NULL"),
        *(
            index_where(f"cases_waiting{name}", (*by, "waiting_on", "updated_ms", "id"), "waiting_on IS NOT NULL")
            for name, by in _BY.items()
        ),
        *(
            index_where(f"cases_pressing{name}", (*by, "waiting_on", *_dated(by)), "waiting_on IS NOT NULL")
            for name, by in _BY.items()
        ),
        *(index_where(f"cases_open{name}", (*by, *_dated(by)), f"state NOT IN {_ENDED}") for name, by in _BY.items()),
        index_where("cases_open_with", ("counterpart", "waiting_on", _PLACE, "id", "state"), f"state NOT IN {_ENDED}"),
        index_where("cases_ended", ("direction", "updated_ms", "id"), f"state IN {_ENDED}"),
        index_where(
            "cases_ended_by_counterpart", ("counterpart", "direction", "updated_ms", "id"), f"state IN {_ENDED}"
        ),
        index_where("cases_ended_due", ("direction", "state", _PLACE, "id"), _ENDED_DUE),
        index_where("cases_ended_due_by_counterpart", ("counterpart", "direction", "state", _PLACE, "id"), _ENDED_DUE),
        index_where("cases_uncounted", "id", "counted IS NULL"),
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
    opened_ms: int = Field(sa_column=ms())
    updated_ms: int = Field(sa_column=ms())
    requested_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # `at` of its accepted receipt
    due_ms: int | None = Field(default=None, sa_column=ms(nullable=True))  # nearest open deadline
    owner: str | None = None
    counted: str | None = None  # what the tallies count of it (casework/tallies); NULL: not counted yet


class Message(SQLModel, table=True):
    """One act in a case: a verified statement (``channel`` NULL) or a reply recorded from another channel."""

    __tablename__ = "messages"
    __table_args__ = (Index("messages_by_case", "case_id", "position"),
        index_where("messages_kept", "case_id", "effect = 'kept'"))  # fmt: skip
    mid: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")  # one act may speak of all cases of a dossier
    position: int  # order in which this node logged it within the case
    leaf: int = Field(unique=True, sa_type=WHOLE)  # its entry in the private tree
    direction: str  # out | in
    sender: str
    kind: str  # wire word of lifecycle.Kind
    effect: str = "effective"  # effective | kept (well formed but not allowed now)
    re: str = ""  # blank-separated mids
    facts: str = ""  # blank-separated lifecycle facts, e.g. "blocking"
    named_day: str | None = None  # ISO date the message itself names: a delay's new date, a question's "needed by"
    iat_ms: int = Field(sa_column=ms())
    logged_ms: int = Field(sa_column=ms())
    statement_digest: str | None = None
    inner: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted {statement, salt, disclosures}
    channel: str | None = None  # how a recorded reply reached us; NULL when signed by its sender
    actor: str | None = None  # our officer, for what we said or recorded


class Draft(SQLModel, table=True):
    """An act prepared by one officer and waiting for a second one's release."""

    __tablename__ = "drafts"
    __table_args__ = (index_where("drafts_pending", "case_id", "status = 'pending'"),)
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id")
    verb: str
    body: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted under the case's content key
    drafted_by: str
    drafted_ms: int = Field(sa_column=ms())
    status: str = "pending"  # pending | released | void
    released_by: str | None = None


class Dossier(SQLModel, table=True):
    """One seizure: many weapons asked about in one go, at one counterpart."""

    __tablename__ = "dossiers"
    __table_args__ = (index_where("dossiers_of_seizure", "seizure", "seizure IS NOT NULL"),)
    id: str = Field(primary_key=True)
    counterpart: str
    direction: str
    title: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted under the key of its first case
    title_case: str | None = None  # that case
    seizure: str | None = None  # what the dossiers of one seizure at several counterparts have in common
    opened_ms: int = Field(sa_column=ms())


class SearchToken(SQLModel, table=True):
    """HMAC of a normalised word of a case (serial, make, reference): found without being readable."""

    __tablename__ = "search_tokens"
    __table_args__ = (Index("search_tokens_by_case", "case_id"),)
    token: str = Field(primary_key=True)
    case_id: str = Field(primary_key=True, foreign_key="cases.id")


class CaseChannel(SQLModel, table=True):
    """Another channel used for the weapon of a case, noted for our own file."""

    __tablename__ = "case_channels"
    id: str = Field(primary_key=True)
    case_id: str = Field(foreign_key="cases.id", index=True)
    noted: bytes = Field(sa_column=Column(LargeBinary, nullable=False))  # encrypted under the case's content key
    noted_ms: int = Field(sa_column=ms())
    noted_by: str
