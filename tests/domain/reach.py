"""Every standing a case can come to in turn: main state, what runs beside it, and whatever a condition asks about.

Searched breadth-first over the ledger, one shortest conversation for each standing.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import replace
from functools import cache

from protocol.lifecycle import Kind, Overlay, Role, State
from tests.domain.ledger import BEGUN, Ledger
from tests.domain.page import PAGE

__all__ = ["OPENED", "Standing", "contents", "standing", "standings"]

OPENED = replace(BEGUN, state=State.DELIVERED)
"""The same request after its receipt."""

Standing = tuple[State, frozenset[Overlay], tuple[bool, ...]]
_WORD = {
    Kind.ACKNOWLEDGEMENT: "urgency_declined",
    Kind.INFORMATION_REQUEST: "blocking",
    Kind.CLOSURE: "lapsed",
    Kind.HANDLING_NOTICE: "prior_disclosure",
    Kind.PRIORITY_CHANGE: "priority:urgent",
}


def standing(one: Ledger) -> Standing:
    """State, overlays, and what the conditions of the page ask."""
    sides = [any(entry.by is role for entry in some) for some in (one.asked, one.consents) for role in Role]
    more = (any(question.blocking for question in one.questions), bool(one.explainable), one.has_answer, one.confirmed)
    return one.state, frozenset(one.pending), (*more, *sides, bool(one.announced))


def contents(one: Ledger, kind: Kind, role: Role) -> Iterator[frozenset[str]]:
    """What a message may say that the lifecycle hears: nothing, the word of its kind, or which message it is about."""
    yield frozenset()
    if kind in _WORD:
        yield frozenset({_WORD[kind]})
    yield from (frozenset({f"about:{mid}"}) for mid in _named(one, kind, role))


def _named(one: Ledger, kind: Kind, role: Role) -> list[str]:
    """The last message that can be meant, and one that cannot: the request."""
    theirs = {
        Kind.CLARIFICATION_REPLY: [entry.mid for entry in one.explanations],
        Kind.CONSENT_DECISION: [entry.mid for entry in one.asked if entry.by is role.other],
        Kind.OBJECTION: [entry.mid for entry in one.announced if entry.by is role.other],
        Kind.CLARIFICATION_REQUEST: list(one.explainable),
    }
    return [*theirs[kind][-1:], "m001"] if kind in theirs else []


@cache
def standings() -> dict[Standing, Ledger]:
    """One conversation for each standing."""
    found = {standing(one): one for one in (BEGUN, OPENED)}
    waiting = deque(found.values())
    while waiting:
        for after in _next(waiting.popleft()):
            if (where := standing(after)) not in found:
                found[where] = after
                waiting.append(after)
    return found


def _next(one: Ledger) -> Iterator[Ledger]:
    for state, kind, role in PAGE:
        if state is one.state:
            legal = (facts for facts in contents(one, kind, role) if one.allows(kind, role, facts))
            yield from (one.say(kind, role, facts) for facts in legal)
