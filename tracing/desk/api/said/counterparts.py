"""Counterparts, figures, and what is said to them outside any case."""

from typing import Any, Literal

from pydantic import BaseModel

from tracing.desk.api.said.words import Answer, Delivery, Direction

__all__ = [
    "CounterpartItem",
    "CounterpartList",
    "CounterpartWhole",
    "DirectorySaid",
    "LedgerSaid",
    "MatterItem",
    "MatterList",
    "MatterSaid",
    "MatterWhole",
    "OutcomesSaid",
    "ProfilesSaid",
    "ReconciliationSaid",
]


class OutcomesSaid(Answer):
    """Findings by kind. A count below five is not shown; ``left_out`` findings may not be counted (ITI 15)."""

    year: int | None
    counterpart: str | None
    rows: list[dict[str, Any]]
    left_out: int


class CounterpartItem(Answer):
    """One counterpart of the list."""

    authority: str
    country: str
    name: str
    on_node: bool
    status: str
    url: str | None
    last_contact: str | None


class CounterpartList(Answer):
    """All counterparts; the list has one page."""

    items: list[CounterpartItem]
    next: None = None


class CounterpartWhole(CounterpartItem):
    """One counterpart with the health of the contact and what its pinned documents say."""

    digest: str | None
    pinned: str
    last_hello: str | None
    clock_offset_ms: int | None
    carriage: Literal["online", "file"]
    keyset: dict[str, Any] | None


class LedgerSaid(BaseModel):
    """The bilateral ledger, both directions mirrored; ``tracing/reports/ledger.py`` says how each figure is counted."""

    counterpart: str
    year: int | None
    as_of: str
    sent: dict[str, Any]
    received: dict[str, Any]
    promise: dict[str, Any] | None


class MatterSaid(Answer):
    """What was said to a counterpart outside any case came to."""

    matter: str
    kind: str
    counterpart: str
    mid: str
    delivery: Delivery


class MatterItem(Answer):
    """One matter of the list; ``kind`` is that of its first statement."""

    matter: str
    counterpart: str
    direction: Direction
    kind: str
    opened: str
    updated: str


class MatterList(Answer):
    """A page of matters."""

    items: list[MatterItem]
    next: str | None


class MatterWhole(MatterItem):
    """One matter with every statement of it, in the order this node logged them."""

    messages: list[dict[str, Any]]


class ReconciliationSaid(Answer):
    """The last list each side sent; in ``received``, ``compared`` says what differed when it came."""

    counterpart: str
    sent: dict[str, Any] | None
    received: dict[str, Any] | None


class ProfilesSaid(Answer):
    """Every proposal and what became of it; ``stands`` is the mid of the one in force today."""

    counterpart: str
    stands: str | None
    proposals: list[dict[str, Any]]


class DirectorySaid(Answer):
    """Points of contact as the two made them known to each other."""

    counterpart: str
    items: list[dict[str, Any]]
