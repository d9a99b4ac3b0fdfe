"""A case as one row of a page: what it is, how it stands, why it is here, where a click leads.

rows = [row_of(line, frame.here, desk.partners) for line in lines]
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracing.clock import to_ms
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.looks import Line
from tracing.desk.pages.moments import Badge, Here, standing_badge
from tracing.desk.pages.steps import step_of
from tracing.partners import Partners
from tracing.store.cases import standing

__all__ = ["RowOfCase", "name_of", "row_of"]


@dataclass(frozen=True, slots=True)
class RowOfCase:
    """What the templates of lists show."""

    href: str
    next_href: str
    weapon: Mapping[str, Any]
    plain_title: str
    who: str
    state: str
    overlays: tuple[str, ...]
    priority: str
    reference: str | None
    due: int | None
    badge: Badge
    why: str
    next: str


def row_of(line: Line, here: Here, partners: Partners) -> RowOfCase:
    """The row of a line; one without a weapon to show (erased) still has its place."""
    step = step_of(line.direction, line.state, line.overlays, line.waiting_on)
    href = f"/cases/{line.case}"
    return RowOfCase(
        href, f"{href}?do={step.verb}#act" if step.verb else href, weapon_of(line.weapon), line.title,
        name_of(line.counterpart, partners), line.state,
        line.overlays, line.priority, line.reference, line.due_ms,
        standing_badge(here, line.due_ms, _standing(line, here), line.basis), step.why, step.next,
    )  # fmt: skip


def weapon_of(weapon: Mapping[str, Any] | None) -> dict[str, Any]:
    """The weapon with every member a template asks for, None where it is not known."""
    empty: dict[str, Any] = dict.fromkeys(
        ("class", "type", "make", "model", "calibre", "country_of_manufacture", "serial")
    )
    found = empty | dict(weapon or {})
    return found | {"serial": {"text": None, "status": None, "component": None} | dict(found["serial"] or {})}


def name_of(authority: str, partners: Partners) -> str:
    """How a page names a counterpart: its country, and the authority where that is not plain from it."""
    partner = partners.get(authority)
    return country_name(partner.country) if partner else authority


def _standing(line: Line, here: Here) -> str | None:
    if line.due_ms is None:
        return None
    return standing(line.due_ms, line.near_ms or line.due_ms, to_ms(here.now))
