"""The way of one weapon: read from all linked cases of this node, as steps between States with their evidence.

Rules
- The tree of cases goes from the first request down to every onward one (``case_links``).
- A step comes from an element of an answer that stands: a finding or a transaction that was not corrected since.
- Nothing is guessed: where one step ends in a State and the next begins in another, the gap is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from protocol.handling import Ref
from protocol.lifecycle import Kind
from protocol.vocabulary.outcomes import OutcomeCode
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.elements.held import Held
from tracing.casework.thread import Thread, counterparts, load
from tracing.store import View
from tracing.tables import CaseLink, table_of

__all__ = ["Route", "read_route"]

_links = table_of(CaseLink)
MOST_CASES = 200  # of one tree; a weapon that went through more States has yet to be found
_ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.CORRECTION})
_EVENTS = {
    OutcomeCode.TRACED_EXPORTED: "export",
    OutcomeCode.TRACED_LAST_LEGAL_HOLDER: "last_legal_holder",
    OutcomeCode.TRACED_DIVERSION_POINT: "diversion",
    OutcomeCode.TRACED_STATE_STOCK: "state_stock",
    OutcomeCode.RECORDED_LOST: "loss",
    OutcomeCode.RECORDED_STOLEN: "theft",
    OutcomeCode.RECORDED_DESTROYED: "destruction",
    OutcomeCode.RECORDED_DEACTIVATED: "deactivation",
    OutcomeCode.MANUFACTURE_CONFIRMED_NO_FURTHER_RECORD: "manufacture",
}


@dataclass(frozen=True, slots=True)
class Route:
    """``cases``: the tree, parents first; ``steps`` by their dates; ``gaps``: where one does not meet the next."""

    root: str
    cases: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    gaps: list[dict[str, Any]]


def read_route(view: View, case_id: str) -> Route:
    """The route of the weapon of this case. Raises NotFound."""
    root = _root(view, case_id)
    threads = list(_tree(view, root))
    of_tree = _links.c.case_id.in_([one.case.id for one in threads])
    links = view.conn.execute(select(_links.c.case_id, _links.c.parent).where(of_tree)).all()
    parents = {row.case_id: row.parent for row in links}
    steps = sorted((step for thread in threads for step in _steps(view, thread)), key=_when)
    cases = [
        {"case": one.case.id, "parent": parents.get(one.case.id), "counterpart": one.case.counterpart,
         "state": one.state, "direction": one.case.direction}
        for one in threads
    ]  # fmt: skip
    return Route(root, cases, steps, list(_gaps(steps)))


def _root(view: View, case_id: str) -> str:
    seen = {case_id}
    while (
        parent := view.conn.execute(select(_links.c.parent).where(_links.c.case_id == case_id)).scalar()
    ) is not None:
        if parent in seen:
            break
        seen.add(case_id := str(parent))
    return case_id


def _tree(view: View, root: str) -> Iterator[Thread]:
    waiting, seen = [root], {root}
    while waiting and len(seen) <= MOST_CASES:
        case_id = waiting.pop(0)
        yield load(view, case_id)
        children = view.conn.execute(
            select(_links.c.case_id).where(_links.c.parent == case_id).order_by(_links.c.case_id)
        ).scalars()
        new = [child for child in children if child not in seen]
        waiting += new
        seen.update(new)


def _steps(view: View, thread: Thread) -> Iterator[dict[str, Any]]:
    held = held_in_order(view, thread)
    superseded = handling_of(held).superseded
    for one in held:
        if Kind(one.row.kind) in _ANSWERS:
            country = _country(view, one.row.sender)
            yield from (step for step in _told(one, country) if Ref(one.row.mid, step["element"]) not in superseded)


def _country(view: View, authority: str) -> str | None:
    found = view.conn.execute(select(counterparts.c.country).where(counterparts.c.authority == authority)).scalar()
    return str(found) if found else None


def _told(one: Held, country: str | None) -> Iterator[dict[str, Any]]:
    for element in one.elements:
        name, value = element.name.partition(".")[0], element.value
        if name not in ("outcomes", "transactions") or not isinstance(value, dict):
            continue
        own = _of_outcome(value, country) if name == "outcomes" else _of_transaction(value, country)
        if own is not None:
            evidence = {"case": one.row.case_id, "mid": one.row.mid, "element": element.name}
            told_by = {"told_by": one.row.sender, "signed": not one.is_recorded}
            yield own | evidence | told_by | {"restrictions": list(element.restrictions)}


def _of_outcome(value: dict[str, Any], country: str | None) -> dict[str, Any] | None:
    event = _EVENTS.get(value.get("code", ""))
    if event is None:
        return None
    to_state = value.get("state") if event == "export" else None
    party = value.get("consignee") or value.get("holder")
    step = {"event": event, "from_state": country, "to_state": to_state, "date": value.get("date"), "party": party}
    return step | {"licence": value.get("licence"), "place": value.get("place")}


def _of_transaction(value: dict[str, Any], country: str | None) -> dict[str, Any]:
    parties = ", ".join(str(one.get("name")) for one in value.get("parties") or () if one.get("name"))
    step = {"event": value.get("type"), "from_state": value.get("from_state") or country, "party": parties or None}
    step |= {"to_state": value.get("to_state"), "date": value.get("date"), "licence": value.get("licence")}
    return step | {"place": None}


def _when(step: dict[str, Any]) -> tuple[str, str, str]:
    """By date, those without one last; a year before the months in it."""
    return step["date"] or "9999", step["mid"], step["element"]


def _gaps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for before, after in pairwise(steps):
        reached = before["to_state"] or before["from_state"]
        if reached and after["from_state"] and reached != after["from_state"]:
            yield {"after": before["element"], "mid": before["mid"], "reached": reached, "goes_on": after["from_state"]}
