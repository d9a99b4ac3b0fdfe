"""Cases, their channels and enquiries, the way of a weapon, and duties."""

from typing import Any, Literal

from pydantic import BaseModel

from tracing.desk.api.said.words import Answer, Direction, Owed, Standing

__all__ = [
    "CaseItem",
    "CaseList",
    "CaseWhole",
    "ChannelsSaid",
    "DeadlineItem",
    "DeadlineList",
    "EnquiryItem",
    "EnquiryList",
    "EnquirySaid",
    "RouteSaid",
]


class CaseItem(Answer):
    """One row of a list. ``weapon`` is the summary: class, type, make, model, calibre, country, serial."""

    case: str
    state: str
    counterpart: str
    direction: Direction
    priority: str
    weapon: dict[str, Any] | None
    title: str
    reference: str | None
    due: str | None
    standing: Standing | None
    waiting_on: Owed | None
    overlays: list[str]
    dossier: str | None
    opened: str
    updated: str
    version: int


class CaseList(Answer):
    """A page of cases."""

    items: list[CaseItem]
    next: str | None


class CaseWhole(BaseModel):
    """Everything about one case."""

    case: str
    state: str
    counterpart: str
    direction: Direction
    priority: str
    weapon: dict[str, Any] | None
    reference: str | None
    overlays: list[str]
    pending: dict[str, list[str]]
    waiting_on: Owed | None
    owner: str | None
    version: int
    allowed: list[str]
    recordable: list[str]
    messages: list[dict[str, Any]]
    delivery: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    restrictions: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    superseded: list[dict[str, Any]]
    parent: str | None
    onward: list[str]
    drafts: list[dict[str, Any]]
    reminders: list[dict[str, Any]]
    proposal: dict[str, Any] | None
    enquiries: list[dict[str, Any]]
    awaiting: list[str]
    channels: list[dict[str, Any]]


class ChannelsSaid(Answer):
    """Every other channel noted on a case."""

    case: str
    channels: list[dict[str, Any]]


class EnquiryItem(Answer):
    """One domestic enquiry. ``told`` is what of the request its addressee sees; ``reply`` what he said."""

    enquiry: str
    case: str
    addressee: dict[str, str]
    question: str
    told: dict[str, Any]
    state: Literal["open", "overdue", "answered", "withdrawn"]
    due: str
    opened: str
    opened_by: str
    link_until: str | None
    reply: dict[str, Any] | None
    channel: str | None
    replied: str | None
    replied_by: str | None
    ended: str | None


class EnquirySaid(EnquiryItem):
    """The enquiry; ``link`` is the path of its reply form, given once to whoever asked for it."""

    link: str | None


class EnquiryList(Answer):
    """All enquiries of a case; the list has one page."""

    items: list[EnquiryItem]
    next: None = None


class RouteSaid(BaseModel):
    """The way of one weapon: linked cases, steps between States with their evidence, and where one is missing.

    A step that was passed on of a third State's answer says by whom (``passed_on_by``). ``why``: why there is no step.
    """

    root: str
    cases: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    why: str | None


class DeadlineItem(Answer):
    """One open duty and where its date comes from. ``basis`` treaty or agreed binds; any other is nobody's obligation.

    ``paused``: the clock stands still until a question is answered, and ``due`` is the earliest date there can be.
    """

    case: str
    counterpart: str
    direction: Direction
    state: str
    priority: str
    title: str
    reference: str | None
    clock: str
    owed_by: Owed
    started: str
    due: str
    original_due: str
    paused: bool
    basis: Literal["treaty", "agreed", "internal", "unverified", "provider"]
    source: str
    standing: Standing


class DeadlineList(Answer):
    """A page of deadlines."""

    items: list[DeadlineItem]
    next: str | None
