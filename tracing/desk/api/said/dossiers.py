"""Dossiers and seizures."""

from pydantic import BaseModel

from tracing.desk.api.said.cases import CaseItem
from tracing.desk.api.said.words import Answer, Direction

__all__ = ["DossierItem", "DossierList", "DossierSaid", "DossierWholeSaid", "SeizureSaid"]


class DossierSaid(Answer):
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


class DossierItem(Answer):
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


class DossierList(Answer):
    """A page of dossiers."""

    items: list[DossierItem]
    next: str | None


class DossierWholeSaid(Answer):
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
