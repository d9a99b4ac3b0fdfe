"""The way of one weapon: read from all linked cases of this node, as steps between States with their evidence.

Rules
- The tree of cases goes from the first request down to every onward one (``case_links``).
- A step comes from an element of an answer that stands: a finding or a transaction that was not corrected since; or
  from one that was passed on to us of a third State's answer, as far as its disclosure is one.
- Nothing is guessed: where one step ends in a State and the next begins in another, the gap is said.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import select

from protocol.handling import CARRIED, Ref
from protocol.lifecycle import Kind
from protocol.vocabulary.outcomes import OutcomeCode
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.elements.held import Held
from tracing.casework.elements.passed import passed_on
from tracing.casework.thread import Thread, counterparts, load
from tracing.store import View
from tracing.tables import CaseLink, table_of

__all__ = ["Route", "read_route"]

_links = table_of(CaseLink)
_PROVED = frozenset({"of_its_statement", "unsigned"})
NOTHING_SAID = "Nothing that was said yet tells where the weapon went."
ASKED_ON = (
    "The requesting State asks on from another case, and passed on nothing of it that tells the route: "
    "what was answered to it goes no further than its provider allows (ITI 15(c))."
)
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
    """``cases``: the tree, parents first; ``steps`` by their dates; ``gaps``: where one does not meet the next.

    ``why``: why there is no step.
    """

    root: str
    cases: list[dict[str, Any]]
    steps: list[dict[str, Any]]
    gaps: list[dict[str, Any]]
    why: str | None = None


def read_route(view: View, case_id: str) -> Route:
    """The route of the weapon of this case. Raises NotFound."""
    root = _root(view, case_id)
    threads = list(_tree(view, root))
    of_tree = _links.c.case_id.in_([one.case.id for one in threads])
    links = view.conn.execute(select(_links.c.case_id, _links.c.parent).where(of_tree)).all()
    parents = {row.case_id: row.parent for row in links}
    held = [held_in_order(view, thread) for thread in threads]
    steps = sorted((step for some in held for step in _steps(view, some)), key=_when)
    cases = [
        {"case": one.case.id, "parent": parents.get(one.case.id), "counterpart": one.case.counterpart,
         "state": one.state, "direction": one.case.direction}
        for one in threads
    ]  # fmt: skip
    return Route(root, cases, steps, list(_gaps(steps)), None if steps else _why(held))


def _why(held: list[list[Held]]) -> str:
    asked_on = any(one.row.direction == "in" and getattr(one.message, "parent", None) for some in held for one in some)
    return ASKED_ON if asked_on else NOTHING_SAID


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


def _steps(view: View, held: list[Held]) -> Iterator[dict[str, Any]]:
    handling = handling_of(held)
    for one in held:
        if Kind(one.row.kind) in _ANSWERS:
            country = _country(view, one.row.sender)
            told = _told(one, country)
            yield from (step for step in told if Ref(one.row.mid, step["element"]) not in handling.superseded)
    came = [one for one in held if one.row.direction == "in"]
    passed = [(one, n, part) for one in came for n, part in enumerate(passed_on(one.message))]
    fallen = {(part["mid"], part["element"]) for _, _, part in passed if part["superseded_by"]}
    for one, n, part in passed:
        lying = handling.lies.get(Ref(one.row.mid, f"{CARRIED}.{n}"))
        if lying is not None and part["proof"] in _PROVED and (part["mid"], part["element"]) not in fallen:
            lies = {"restrictions": sorted(lying.words)}
            yield from (step | lies for step in _heard(one, part, _country(view, part["provider"] or "")))


def _heard(one: Held, part: dict[str, Any], country: str | None) -> Iterator[dict[str, Any]]:
    """A step that ``one`` passes on: told by its provider, in a message this node may not have."""
    own = _step(part["element"] or "", part["value"], country)
    if own is not None:
        own = {name: value if isinstance(value, str) else None for name, value in own.items()}  # nobody checked it
        told_by = {"told_by": part["provider"], "signed": part["proof"] == "of_its_statement"}
        evidence = {"case": one.row.case_id, "mid": part["mid"], "element": part["element"]}
        by = {"passed_on_by": one.row.sender, "passed_on_in": one.row.mid, "conditions": part["conditions"]}
        yield own | evidence | told_by | by


def _country(view: View, authority: str) -> str | None:
    found = view.conn.execute(select(counterparts.c.country).where(counterparts.c.authority == authority)).scalar()
    return str(found) if found else None


def _told(one: Held, country: str | None) -> Iterator[dict[str, Any]]:
    for element in one.elements:
        own = _step(element.name, element.value, country)
        if own is not None:
            evidence = {"case": one.row.case_id, "mid": one.row.mid, "element": element.name}
            told_by = {"told_by": one.row.sender, "signed": not one.is_recorded}
            yield own | evidence | told_by | {"restrictions": list(element.restrictions)}


def _step(element: str, value: Any, country: str | None) -> dict[str, Any] | None:
    name = element.partition(".")[0]
    if name not in ("outcomes", "transactions") or not isinstance(value, dict):
        return None
    return _of_outcome(value, country) if name == "outcomes" else _of_transaction(value, country)


def _of_outcome(value: dict[str, Any], country: str | None) -> dict[str, Any] | None:
    code = value.get("code")
    event = _EVENTS.get(code) if isinstance(code, str) else None  # type: ignore[call-overload]
    if event is None:
        return None
    to_state = value.get("state") if event == "export" else None
    party = value.get("consignee") or value.get("holder")
    step = {"event": event, "from_state": country, "to_state": to_state, "date": value.get("date"), "party": party}
    return step | {"licence": value.get("licence"), "place": value.get("place")}


def _of_transaction(value: dict[str, Any], country: str | None) -> dict[str, Any]:
    step = {"event": value.get("type"), "from_state": value.get("from_state") or country, "party": _parties(value)}
    step |= {"to_state": value.get("to_state"), "date": value.get("date"), "licence": value.get("licence")}
    return step | {"place": None}


def _parties(value: dict[str, Any]) -> str | None:
    some = value.get("parties")
    named = [one.get("name") for one in some if isinstance(one, dict)] if isinstance(some, list) else []
    return ", ".join(str(one) for one in named if one) or None


def _when(step: dict[str, Any]) -> tuple[str, str, str]:
    """By date, those without one last; a year before the months in it."""
    return str(step["date"] or "9999"), step["mid"] or "", step["element"] or ""


def _gaps(steps: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for before, after in pairwise(step for step in steps if step["date"]):  # no date, no order
        reached = before["to_state"] or before["from_state"]
        if reached and after["from_state"] and reached != after["from_state"]:
            yield {"after": before["element"], "mid": before["mid"], "reached": reached, "goes_on": after["from_state"]}
