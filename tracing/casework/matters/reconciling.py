"""Reconciliation: every open case with a counterpart as one side sees it, and what differs on the other (domain 7b.2).

Rules
- A case is open until it is closed or withdrawn; one that its recipient could never read is none between the two.
- A list that came is compared with what this node saw at that moment, in the transaction that took it; the outcome is
  kept beside the statement and changes no case. A message on its way makes a difference that the next list has not.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import func, select

from protocol.lifecycle import State
from protocol.messages import Reconciliation
from protocol.messages.reconciliation import MAX_CASES
from tracing.casework.thread import cases, messages
from tracing.store import View

__all__ = ["Compared", "compare", "standings"]

_OVER = frozenset({str(State.CLOSED), str(State.WITHDRAWN), str(State.REJECTED_INVALID), "draft"})


@dataclass(frozen=True, slots=True)
class Compared:
    """What differs: cases of the list that are unknown here, those that stand otherwise, those the list lacks."""

    unknown_here: list[str]
    differing: list[dict[str, Any]]
    missing_there: list[str]

    @property
    def agrees(self) -> bool:
        """Whether both sides see the same."""
        return not (self.unknown_here or self.differing or self.missing_there)

    def as_json(self) -> dict[str, Any]:
        """For keeping and for the API."""
        return asdict(self) | {"agrees": self.agrees}


def standings(view: View, counterpart: str) -> tuple[list[dict[str, Any]], int]:
    """The open cases with a counterpart, the latest moved first, and how many had no place in the list."""
    rows = list(_open_with(view, counterpart).values())
    return rows[:MAX_CASES], max(0, len(rows) - MAX_CASES)


def compare(view: View, counterpart: str, theirs: Reconciliation) -> Compared:
    """Their list against what this node sees now."""
    ours = _open_with(view, counterpart)
    named = {one.case: one for one in theirs.cases if one.case is not None}
    known = _states(view, counterpart, list(named.keys() - ours.keys()))
    differing = [
        {"case": case, "theirs": _said(said), "ours": seen}
        for case, said in named.items()
        if (seen := ours.get(case) or known.get(case)) is not None and _said(said) != _shape(seen)
    ]
    unknown = sorted(named.keys() - ours.keys() - known.keys())
    missing = [] if theirs.not_listed else sorted(ours.keys() - named.keys())
    return Compared(unknown, differing, missing)


def _said(one: Any) -> dict[str, Any]:
    return {"state": one.state, "overlays": sorted(one.overlays), "messages": one.messages}


def _shape(seen: Mapping[str, Any]) -> dict[str, Any]:
    return {"state": seen["state"], "overlays": seen.get("overlays", []), "messages": seen["messages"]}


def _open_with(view: View, counterpart: str) -> dict[str, dict[str, Any]]:
    mine = (cases.c.counterpart == counterpart) & cases.c.state.not_in(_OVER)
    return _rows(view, mine)


def _states(view: View, counterpart: str, named: list[str]) -> dict[str, dict[str, Any]]:
    """Cases of the list that are over here. The counterpart learns of no case that is not its own."""
    mine = (cases.c.counterpart == counterpart) & cases.c.id.in_(named)
    return _rows(view, mine)


def _rows(view: View, mine: Any) -> dict[str, dict[str, Any]]:
    counted = select(func.count()).where(messages.c.case_id == cases.c.id).scalar_subquery()
    query = select(cases.c.id, cases.c.state, cases.c.overlays, counted.label("messages")).where(mine)
    return {
        row.id: {"case": row.id, "state": row.state, "messages": row.messages}
        | ({"overlays": sorted(row.overlays.split())} if row.overlays else {})
        for row in view.conn.execute(query.order_by(cases.c.updated_ms.desc(), cases.c.id))
    }
