"""Asking the next State: a request that names its parent case and carries only what may be passed on (ITI 15(c)).

Rules
- ``parent`` is a case of this node; ``pass_on`` names the elements given there that are to be carried along. What we
  found ourselves may always be told.
- Each element goes with its disclosure and the signed statement it belongs to, so that the next State can verify who
  said it, and with the conditions of the consent it goes under.
- What may not be passed on may not be written into the request by hand either (``leaks``).
- What was judged is the parent case of one version: where it moved before the request is stored, it is judged anew.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from protocol import envelope
from protocol.handling import Handling, Passing, Ref
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.elements.gate import handling_of, held_in_order, require_given, require_release
from tracing.casework.elements.held import Held
from tracing.casework.elements.leaks import leaks
from tracing.casework.elements.pointing import named_elements
from tracing.casework.errors import Incomplete, NotFound, Problem, Restricted
from tracing.casework.thread import Thread, counterparts, hold, load
from tracing.store import AnyRow, Tx, View
from tracing.tables import CaseLink, PassedElement, table_of

__all__ = ["Onward", "carried", "follow_on", "follow_up", "inherit", "link"]

_links, _passed = table_of(CaseLink), table_of(PassedElement)


@dataclass(frozen=True, slots=True)
class Onward:
    """From which case it goes on, as of which version, and which of its elements are carried."""

    parent: str
    version: int
    refs: tuple[Ref, ...]


def follow_on(
    view: View, me: str, to: AnyRow, body: Mapping[str, Any], today: date
) -> tuple[dict[str, Any], Onward | None]:
    """The body of an onward request with what it carries, or the body as it is where it names no parent.

    Raises Incomplete for a parent that is none or an element that is not there, Restricted for one that may not go.
    """
    content = {name: value for name, value in body.items() if name != "pass_on"}
    if content.get("passed_on"):
        raise Incomplete((Problem("passed_on", "elements named in pass_on; the node adds what proves them", "a list"),))
    if not body.get("parent"):
        if body.get("pass_on"):
            raise Incomplete((Problem("parent", "the case whose answer is passed on", "nothing"),))
        return content, None
    thread = _parent(view, body["parent"])
    held = held_in_order(view, thread)
    handling = handling_of(held)
    refs = tuple(Ref(one["mid"], one["element"]) for one in named_elements(view, thread, body.get("pass_on")))
    ways = _ways(to, body)
    require_given(handling, refs)
    if to.authority != thread.case.counterpart:  # whoever gave it may hear it again
        require_release(thread.case.id, handling, refs, ways, me=me, today=today)
        if found := leaks(held, handling, refs, ways, content, me=me, today=today):
            raise Restricted(thread.case.id, found)
    parts = [carried(_holder(held, ref), ref, handling, ways[0], today) for ref in refs]
    return content | ({"passed_on": parts} if parts else {}), Onward(thread.case.id, thread.case.version, refs)


def follow_up(
    view: View, me: str, thread: Thread, body: Mapping[str, Any], today: date, *, by_node: bool
) -> tuple[dict[str, Any], Onward | None]:
    """What is said in a case under the same rules: ``pass_on`` of elements of its parent, and no back door.

    Only the node itself writes ``passed_on``. Raises Incomplete or Restricted.
    """
    if by_node:
        return dict(body), None
    if body.get("passed_on"):
        raise Incomplete((Problem("passed_on", "elements named in pass_on; the node adds what proves them", "a list"),))
    parent = view.conn.execute(select(_links.c.parent).where(_links.c.case_id == thread.case.id)).scalar()
    if parent is None:
        if body.get("pass_on"):
            raise Incomplete((Problem("pass_on", "a case that goes on from another one", "one that does not"),))
        return dict(body), None
    to = view.conn.execute(select(counterparts).where(counterparts.c.authority == thread.case.counterpart)).one()
    content, onward = follow_on(view, me, to, {**body, "parent": parent}, today)
    return {name: value for name, value in content.items() if name != "parent"}, onward


def inherit(view: View, thread: Thread, body: Mapping[str, Any]) -> dict[str, Any]:
    """A correction whose new elements lie under what lies on the elements they replace, unless they say otherwise."""
    lies = handling_of(held_in_order(view, thread)).lies
    refs = [Ref(ref["mid"], ref["element"]) for ref in body.get("replaces", ()) if isinstance(ref, dict)]
    words = sorted({word for ref in refs if ref in lies for word in lies[ref].words})
    days = [lies[ref].details.model_dump(exclude_none=True, exclude_defaults=True) for ref in refs if ref in lies]
    told: dict[str, Any] = {"restrictions": words} if words else {}
    told |= {"restriction_details": next((one for one in days if one), {})} if any(days) else {}
    return told | dict(body)


def _parent(view: View, parent: Any) -> Thread:
    try:
        return load(view, str(parent))
    except NotFound as error:
        raise Incomplete((Problem("parent", "a case of this node", str(parent)[:80]),)) from error


def _ways(to: AnyRow, body: Mapping[str, Any]) -> tuple[Passing, ...]:
    """To the State of the new request, once for each use its answer will have."""
    uses = body.get("intended_use")
    purposes = [use for use in uses if isinstance(use, str)] if isinstance(uses, list) else []
    way = Passing(RecipientKind.THIRD_STATE, to.country, to.name)
    return tuple(replace(way, purpose=use) for use in purposes) or (way,)


def _holder(held: list[Held], ref: Ref) -> Held:
    return next(one for one in held if one.row.mid == ref.mid)


def carried(held: Held, ref: Ref, handling: Handling, way: Passing, today: date) -> dict[str, Any]:
    """One element as it is passed on: what lies on it now, its disclosure, and its statement where one was signed."""
    element = next(one for one in held.elements if one.name == ref.element)
    grant, lying = handling.grant(ref, way, today), handling.lies[ref]
    restrictions = sorted({*lying.words, *(grant.restrictions if grant else ())})
    part: dict[str, Any] = {"provider": held.row.sender, "mid": ref.mid, "element": ref.element}
    part |= {"disclosure": element.text, "restrictions": restrictions}
    if not held.is_recorded:
        part["statement"] = envelope.statement_of(held.inner)
    if details := lying.details.model_dump(exclude_none=True, exclude_defaults=True):
        part["restriction_details"] = details
    if grant and grant.conditions:
        part["conditions"] = grant.conditions
    return part


# ---------------------------------------------------------------- what is remembered


def link(tx: Tx, case_id: str, onward: Onward) -> None:
    """Remember where a case goes on from and what was carried, in the transaction that sends it.

    Stale where the parent moved since it was judged: a restriction may have come that forbids it now.
    """
    hold(tx, onward.parent, onward.version)
    if tx.conn.execute(select(_links.c.parent).where(_links.c.case_id == case_id)).first() is None:
        tx.conn.execute(insert(_links).values(case_id=case_id, parent=onward.parent))
    told = select(_passed.c.mid, _passed.c.element).where(_passed.c.case_id == case_id)
    known = {Ref(row.mid, row.element) for row in tx.conn.execute(told)}
    for ref in (one for one in dict.fromkeys(onward.refs) if one not in known):
        row = {"case_id": case_id, "mid": ref.mid, "element": ref.element, "from_case": onward.parent}
        tx.conn.execute(insert(_passed).values(row | {"passed_ms": tx.now_ms}))
