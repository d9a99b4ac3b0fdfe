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
    "DossierItem",
    "DossierList",
    "DossierSaid",
    "DossierWholeSaid",
    "ElementList",
    "EnquiryList",
    "EnquirySaid",
    "Entry",
    "EntryList",
    "LedgerSaid",
    "OutcomesSaid",
    "ProblemSaid",
    "Proof",
    "RouteSaid",
    "Said",
    "SeizureSaid",
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


class SeizureSaid(BaseModel):
    """An act for a dossier as ``DossierSaid``; of a seizure at several counterparts the list of them under its id."""

    dossier: str | None = None
    counterpart: str | None = None
    cases: dict[str, str] | None = None
    seizure: str | None = None
    dossiers: list[DossierSaid] | None = None


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


class DossierItem(_Said):
    """One row of the list of dossiers. ``title`` is ours: a dossier of another State has none here."""

    dossier: str
    title: str | None
    counterpart: str
    direction: Direction
    cases: int
    waiting_on_us: int
    waiting_on_them: int
    seizure: str | None
    opened: str


class DossierList(_Said):
    """A page of dossiers."""

    items: list[DossierItem]
    next: str | None


class DossierWholeSaid(_Said):
    """A dossier or a seizure: ``counts`` of its cases by state, and the cases, at most 1,000 (``more``: not all)."""

    dossier: str
    title: str | None
    counterparts: list[str]
    direction: Direction
    opened: str
    dossiers: list[str]
    counts: dict[str, int]
    waiting_on: dict[str, int]
    cases: list[CaseItem]
    more: bool


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
    consents: list[dict[str, Any]]
    superseded: list[dict[str, Any]]
    parent: str | None
    onward: list[str]
    drafts: list[dict[str, Any]]
    reminders: list[dict[str, Any]]
    proposal: dict[str, Any] | None
    enquiries: list[dict[str, Any]]
    awaiting: list[str]


class EnquiryItem(_Said):
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


class EnquiryList(_Said):
    """All enquiries of a case; the list has one page."""

    items: list[EnquiryItem]
    next: None = None


class RouteSaid(BaseModel):
    """The way of one weapon: linked cases, steps between States with their evidence, and where one is missing."""

    root: str
    cases: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    gaps: list[dict[str, Any]]


class OutcomesSaid(_Said):
    """Findings by kind. A count below five is not shown; ``left_out`` findings may not be counted (ITI 15)."""

    year: int | None
    counterpart: str | None
    rows: list[dict[str, Any]]
    left_out: int


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
    """One leaf. ``object`` and ``salt`` stand in the private tree, and in the others for its daily head only."""

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


class ElementItem(_Said):
    """One element of a signed message; ``position`` counts from 1. Of an erased one the value is null."""

    name: str
    position: int
    restrictions: list[str]
    value: Any
    erased: bool


class MessageElements(_Said):
    """One signed message and its elements in the signed order."""

    mid: str
    sender: str
    kind: str
    statement: str
    elements: list[ElementItem]


class ElementList(_Said):
    """The signed messages of a case; the list has one page."""

    items: list[MessageElements]
    next: None = None


class Proof(BaseModel):
    """A proof of elements (protocol/README.md, section 16): the file as it is handed on."""

    itx_elements: Literal[1]
    statement: dict[str, Any]
    disclosures: list[str]
    sender: dict[str, Any]
    carriage: dict[str, Any] | None = None
