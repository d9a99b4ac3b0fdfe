"""What of a request an addressee at home is told, and which restriction of which element stands in the way (ITI 15).

Rules
- Particulars that identify the weapon may always be told: to search for them is what the request asks (ITI 20).
- Circumstances of the find, the grounds and the name of the requesting State are the other State's affairs: told only
  when the officer chooses them and the gate of every release lets them pass; no question tells them either. An agency
  is an authority of our own, a maker or dealer is somebody else.
"""

from datetime import date
from typing import Any

from protocol.elements import REST
from protocol.handling import Passing, Ref
from protocol.lifecycle import Kind
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.asked import current_request
from tracing.casework.elements.gate import handling_of, held_in_order, require_release
from tracing.casework.elements.held import Held
from tracing.casework.elements.leaks import leaks
from tracing.casework.enquiries.entered import CIRCUMSTANCES, PARTICULARS, Addressee, AddresseeKind
from tracing.casework.errors import Restricted
from tracing.casework.thread import Thread
from tracing.store import View

__all__ = ["told_in", "told_of"]

OF_NO_STATE = frozenset({AddresseeKind.MANUFACTURER, AddresseeKind.DEALER, AddresseeKind.OTHER})
_SAYS = (Kind.TRACE_REQUEST, Kind.AMENDMENT)


def told_of(
    view: View, thread: Thread, to: Addressee, chosen: tuple[str, ...], question: str, *, me: str, today: date
) -> dict[str, Any]:
    """The chosen members of the request as it stands, those it leaves open left out.

    Raises Restricted, also where the question itself repeats what may not be told.
    """
    held, ways = held_in_order(view, thread), [_passing(to)]
    handling = handling_of(held)
    refs = [ref for name in chosen if name in CIRCUMSTANCES for ref in _elements(held, name)]
    require_release(thread.case.id, handling, refs, ways, me=me, today=today)
    free = {*refs, *(ref for name in ("weapon", "markings") for ref in _elements(held, name))}
    if found := leaks(held, handling, free, ways, question, me=me, today=today):
        raise Restricted(thread.case.id, found)
    body = current_request(view, thread)
    values = {name: _value(body, name, thread.case.counterpart) for name in dict.fromkeys(chosen)}
    return {name: value for name, value in values.items() if value not in (None, [], {})}


def told_in(element: str) -> frozenset[str]:
    """The members of what is told that stand in an element of a request."""
    name = element.partition(".")[0]
    if name == "weapon":
        return frozenset(PARTICULARS)
    return frozenset({name}).intersection((*PARTICULARS, *CIRCUMSTANCES))


def _passing(to: Addressee) -> Passing:
    kind = RecipientKind.OTHER if to.kind in OF_NO_STATE else RecipientKind.OWN_AUTHORITY
    return Passing(kind.value, name=to.name)


def _elements(held: list[Held], name: str) -> list[Ref]:
    """The elements a member was told in, in the request and its amendments; who asks stands with the rest of it."""
    of = REST if name == "requester" else name
    said = [one for one in held if one.message.KIND in _SAYS]
    return [Ref(one.row.mid, each.name) for one in said for each in one.elements if each.name.partition(".")[0] == of]


def _value(body: dict[str, Any], name: str, requester: str) -> Any:
    if name == "requester":
        return requester
    return _bare((body.get("weapon") or {} if name in PARTICULARS else body).get(name))


def _bare(value: Any) -> Any:
    """The value without its handling, which is between the two States."""
    if isinstance(value, dict):
        return {name: _bare(inner) for name, inner in value.items() if name != "restrictions"}
    return [_bare(one) for one in value] if isinstance(value, list) else value
