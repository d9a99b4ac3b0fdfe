"""How a case shows the handling of its elements: what lies on each now, what was consented to, what was corrected."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from protocol.handling import Grant, Handling
from tracing.casework.elements.gate import handling_of
from tracing.casework.elements.held import Held
from tracing.casework.thread import Thread
from tracing.store import View
from tracing.tables import CaseLink, table_of

__all__ = ["Handled", "Links", "handling_shown", "links_shown"]

_links = table_of(CaseLink)


@dataclass(frozen=True, slots=True)
class Handled:
    """What lies on which element now; the consents that stand; which elements were corrected, and by which message."""

    restrictions: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    superseded: list[dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Links:
    """The case this one goes on from, and those that go on from it."""

    parent: str | None
    onward: list[str]


def handling_shown(thread: Thread, held: Iterable[Held]) -> Handled:
    """The handling of a case whole."""
    past = thread.view.past
    counting = [one for one in held if one.row.effect == "effective" and one.row.mid in past]
    handling = handling_of(sorted(counting, key=lambda one: (len(past[one.row.mid]), one.row.mid)))
    superseded = [{"mid": ref.mid, "element": ref.element, "by": by} for ref, by in sorted(handling.superseded.items())]
    return Handled(_lying(handling), [_consent(one) for one in handling.grants], superseded)


def _lying(handling: Handling) -> list[dict[str, Any]]:
    return [
        {"mid": ref.mid, "element": ref.element, "provider": one.provider, "restrictions": sorted(one.words)}
        for ref, one in handling.lies.items()
        if one.words
    ]


def _consent(grant: Grant) -> dict[str, Any]:
    to = {"kind": grant.to.kind, "state": grant.to.state, "name": grant.to.name}
    elements = [{"mid": ref.mid, "element": ref.element} for ref in sorted(grant.elements)]
    shown: dict[str, Any] = {"by": grant.by, "said_in": grant.said_in, "elements": elements, "recipient": to}
    shown |= {"purpose": grant.to.purpose, "until": grant.until.isoformat() if grant.until else None}
    return shown | {"conditions": grant.conditions, "restrictions": list(grant.restrictions)}


def links_shown(view: View, case_id: str) -> Links:
    """The cases linked to one."""
    parent = view.conn.execute(select(_links.c.parent).where(_links.c.case_id == case_id)).scalar()
    onward = select(_links.c.case_id).where(_links.c.parent == case_id).order_by(_links.c.case_id)
    return Links(parent, list(view.conn.execute(onward).scalars()))
