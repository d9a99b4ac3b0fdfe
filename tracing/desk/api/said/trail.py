"""The audit trail, elements and their proofs."""

from typing import Any, Literal

from pydantic import BaseModel

from tracing.desk.api.said.words import Answer

__all__ = [
    "Checkpoint", "ElementItem", "ElementList", "Entry", "EntryList", "MessageElements", "Proof", "ReaderItem",
    "ReaderList", "ReleaseList", "ReleaseSaid", "WitnessItem", "WitnessList",
]  # fmt: skip


class Entry(Answer):
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


class EntryList(Answer):
    """A page of entries, the newest first."""

    items: list[Entry]
    next: str | None


class ReaderItem(Answer):
    """One person's readings of a case. ``releases``: those by which an auditor read it."""

    who: str
    times: int
    first: str
    last: str
    ways: list[str]
    releases: list[str]


class ReaderList(Answer):
    """Who read a case, who read last first; the list has one page. ``whole``: no reading was left out."""

    case: str
    items: list[ReaderItem]
    whole: bool
    next: None = None


class ReleaseSaid(Answer):
    """The content of one case, asked for by an auditor. ``reason`` is null where the case was erased."""

    release: str
    case: str
    auditor: str
    reason: str | None
    asked: str
    state: Literal["asked", "given", "refused", "expired", "ended"]
    decided_by: str | None
    decided: str | None
    until: str | None
    ended_by: str | None
    ended: str | None


class ReleaseList(Answer):
    """The newest first, 500 at most; the list has one page. An auditor sees his own."""

    items: list[ReleaseSaid]
    next: None = None


class Checkpoint(Answer):
    """The newest signed checkpoint of a tree (C2SP signed note), and how far the tree has grown since."""

    tree: str
    origin: str
    size: int
    checkpoint: str | None
    checkpoint_size: int
    at: str | None


class WitnessItem(Answer):
    """One counterpart: entries of the tree with it, how many of them it cosigned, and when, by its clock."""

    witness: str
    entries: int
    cosigned: int
    at: str | None
    state: Literal["current", "late", "never"]


class WitnessList(Answer):
    """Who cosigns our trees; green while as many are current as the settings ask for. The list has one page."""

    state: Literal["green", "amber"]
    needed: int
    current: int
    items: list[WitnessItem]
    next: None = None


class ElementItem(Answer):
    """One element of a signed message; ``position`` counts from 1. Of an erased one the value is null."""

    name: str
    position: int
    restrictions: list[str]
    value: Any
    erased: bool


class MessageElements(Answer):
    """One signed message and its elements in the signed order."""

    mid: str
    sender: str
    kind: str
    statement: str
    elements: list[ElementItem]


class ElementList(Answer):
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
