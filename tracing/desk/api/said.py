"""What the API answers, described: the members of the contract, each once. OpenAPI is made from these models.

Answers are built as plain values and described here; a test holds the answers to the descriptions.
"""

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

__all__ = [
    "CaseItem",
    "CaseList",
    "CaseWhole",
    "Checkpoint",
    "CounterpartItem",
    "CounterpartList",
    "CounterpartWhole",
    "DeadlineItem",
    "DeadlineList",
    "DossierSaid",
    "Entry",
    "EntryList",
    "LedgerSaid",
    "ProblemSaid",
    "Said",
]

Delivery = Literal["draft", "queued", "sent", "accepted", "opened", "rejected", "recorded"]
Standing = Literal["on_time", "due_soon", "overdue"]
Direction = Literal["sent", "received"]
Owed = Literal["us", "them"]


class _Said(BaseModel):
    model_config = ConfigDict(extra="forbid")


class ProblemSaid(BaseModel):
    """RFC 9457. ``code`` is stable; ``problems`` stands with the code ``incomplete``."""

    type: str
    title: str
    status: int
    code: str
    detail: str
    problems: list[dict[str, str]] | None = None


class Said(_Said):
    """What an act came to. ``delivery`` is ``recorded`` where nothing travels by wire: a letter, a reply entered."""

    case: str
    state: str
    counterpart: str
    mid: str | None
    delivery: Delivery


class DossierSaid(_Said):
    """What an act for a whole dossier came to: the state of each case by its id."""

    dossier: str
    counterpart: str
    cases: dict[str, str]


class CaseItem(_Said):
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


class CaseList(_Said):
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
    version: int
    allowed: list[str]
    recordable: list[str]
    messages: list[dict[str, Any]]
    delivery: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    restrictions: list[dict[str, Any]]
    drafts: list[dict[str, Any]]
    reminders: list[dict[str, Any]]
    proposal: dict[str, Any] | None


class DeadlineItem(_Said):
    """One open duty and where its date comes from. ``basis`` internal means our own target and nobody's obligation."""

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
    basis: Literal["treaty", "agreed", "internal"]
    source: str
    standing: Standing


class DeadlineList(_Said):
    """A page of deadlines."""

    items: list[DeadlineItem]
    next: str | None


class CounterpartItem(_Said):
    """One counterpart of the list."""

    authority: str
    country: str
    name: str
    on_node: bool
    status: str
    url: str | None
    last_contact: str | None


class CounterpartList(_Said):
    """All counterparts; the list has one page."""

    items: list[CounterpartItem]
    next: None = None


class CounterpartWhole(CounterpartItem):
    """One counterpart with the health of the contact and what its pinned documents say."""

    digest: str | None
    pinned: str
    last_hello: str | None
    clock_offset_ms: int | None
    keyset: dict[str, Any] | None


class LedgerSaid(BaseModel):
    """The bilateral ledger, both directions mirrored; ``tracing/reports/ledger.py`` says how each figure is counted."""

    counterpart: str
    year: int | None
    as_of: str
    sent: dict[str, Any]
    received: dict[str, Any]


class Entry(_Said):
    """One leaf. ``object`` and ``salt`` stand in the private tree only."""

    tree: str
    index: int
    at: str
    kind: str
    ref: str
    h: str
    hash: str
    salt: str | None
    object: dict[str, Any] | None


class EntryList(_Said):
    """A page of entries, the newest first."""

    items: list[Entry]
    next: str | None


class Checkpoint(_Said):
    """The newest signed checkpoint of a tree (C2SP signed note), and how far the tree has grown since."""

    tree: str
    origin: str
    size: int
    checkpoint: str | None
    checkpoint_size: int
    at: str | None
