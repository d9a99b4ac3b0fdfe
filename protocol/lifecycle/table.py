"""The one table of a case: who may say what in which state, on which condition, and where it leads (domain 7b.1).

Rules
- A cell that is not here is an illegal move. The table does not know which side we are.
- ``When`` is what must be so beside the state; what it means is in ``conditions.py``.
- A message that leaves the state as it is may still start or end something beside it (``Overlay``).

Example
    >>> TABLE[State.DELIVERED, Kind.REFUSAL, Role.REQUESTED].leads_to.value
    'refused'
    >>> (State.SENT, Kind.REMINDER, Role.REQUESTER) in TABLE
    False
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from protocol.lifecycle.words import Kind, Role, State

__all__ = ["OPEN", "OUTSIDE_CASES", "PRECEDENCE", "TABLE", "WAITING_ON", "Cell", "Rule", "When"]


class When(StrEnum):
    """What must be so beside the state, as the sender had seen the case."""

    ALWAYS = "always"
    LAPSED = "the closure says that nobody answered"
    LIMITED_OR_ANSWERED = "the other side has delayed, limited, refused or answered"
    ANSWER_GIVEN = "an answer was given, interim or final"
    CLARIFICATION_OPEN = "an explanation is owed"
    CONSENT_ASKED = "the other side asked for this consent"
    DISCLOSURE_ANNOUNCED = "the other side announced this disclosure"
    OWED = "the other side owes something"
    UNCONFIRMED = "the withdrawal is not confirmed yet"


@dataclass(frozen=True, slots=True)
class Rule:
    """One cell: the state it leads to, and what must be so for it."""

    leads_to: State
    when: When = When.ALWAYS


Cell = tuple[State, Kind, Role]

OPEN = (State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL)
"""An answer is owed."""

_TAKEN_OVER = (*OPEN, State.ANSWERED, State.REFUSED, State.CLOSED, State.MISDIRECTED, State.WITHDRAWN)
"""Both sides hold the request: what may be said "in any state" of domain 7b.1 may be said in these."""

_AFTER_AN_ANSWER = (State.PARTIAL, State.ANSWERED, State.REFUSED, State.CLOSED)
"""Where an answer, interim or final, may lie behind."""

OUTSIDE_CASES = frozenset(
    {
        Kind.SPONTANEOUS_INFORMATION, Kind.DIRECTORY_UPDATE, Kind.PROFILE_PROPOSAL, Kind.PROFILE_DECISION,
        Kind.RECONCILIATION,
    }
)  # fmt: skip
"""What two authorities may say to each other outside any case; only spontaneous information may be of a case too."""

_ASKS, _ASKED = Role.REQUESTER, Role.REQUESTED

Row = tuple[Iterable[State], Kind, Role | None, State | None, When]
"""States, kind, sender (None: either), where it leads (None: nowhere), on which condition."""

_ROWS: tuple[Row, ...] = (
    # the request and what the requester may do with it
    ((State.DRAFT,), Kind.TRACE_REQUEST, _ASKS, State.SENT, When.ALWAYS),  # ITI 16, 17
    ((State.SENT, *OPEN), Kind.INFORMATION_SUPPLY, _ASKS, None, When.ALWAYS),  # ITI 21, or unasked
    ((State.SENT, *OPEN), Kind.AMENDMENT, _ASKS, None, When.ALWAYS),  # ITI 17
    ((State.SENT, *OPEN), Kind.PRIORITY_CHANGE, _ASKS, None, When.ALWAYS),
    ((State.SENT, *OPEN), Kind.WITHDRAWAL, _ASKS, State.WITHDRAWN, When.ALWAYS),
    ((State.SENT,), Kind.HANDLING_NOTICE, _ASKS, None, When.ALWAYS),  # ITI 15: as soon as the law changes
    ((State.SENT,), Kind.SPONTANEOUS_INFORMATION, _ASKS, None, When.ALWAYS),
    # what the requested State does with it
    ((State.DELIVERED,), Kind.ACKNOWLEDGEMENT, _ASKED, State.ACKNOWLEDGED, When.ALWAYS),  # ITI 19
    ((State.WITHDRAWN,), Kind.ACKNOWLEDGEMENT, _ASKED, None, When.UNCONFIRMED),  # of the withdrawal, no. 16
    (OPEN[:3], Kind.NOT_COMPETENT, _ASKED, State.MISDIRECTED, When.ALWAYS),
    (OPEN[1:], Kind.PROGRESS, _ASKED, State.IN_PROGRESS, When.ALWAYS),  # ITI 18
    (OPEN, Kind.INFORMATION_REQUEST, _ASKED, None, When.ALWAYS),  # ITI 21
    (OPEN, Kind.DELAY_NOTICE, _ASKED, None, When.ALWAYS),  # ITI 22, 23
    (OPEN, Kind.INTERIM_RESPONSE, _ASKED, State.PARTIAL, When.ALWAYS),  # ITI 20; implies an acknowledgement
    (OPEN, Kind.RESTRICTION_NOTICE, _ASKED, State.PARTIAL, When.ALWAYS),  # ITI 22, 23; before or after what it limits
    ((State.ANSWERED,), Kind.RESTRICTION_NOTICE, _ASKED, None, When.ALWAYS),
    (OPEN, Kind.FINAL_RESPONSE, _ASKED, State.ANSWERED, When.ALWAYS),  # ITI 18, 20
    ((State.CLOSED,), Kind.FINAL_RESPONSE, _ASKED, State.ANSWERED, When.ALWAYS),  # late: reopens, domain 7b.2
    (OPEN, Kind.REFUSAL, _ASKED, State.REFUSED, When.ALWAYS),  # ITI 22, 23
    ((State.IN_PROGRESS, *_AFTER_AN_ANSWER), Kind.REFERRAL, _ASKED, None, When.ANSWER_GIVEN),  # with nos. 10, 11
    (_AFTER_AN_ANSWER, Kind.CORRECTION, _ASKED, None, When.ANSWER_GIVEN),  # S5 to S8
    # reasons and their explanation
    ((*OPEN, State.ANSWERED, State.REFUSED), Kind.CLARIFICATION_REQUEST, _ASKS, None, When.LIMITED_OR_ANSWERED),
    ((*OPEN, State.ANSWERED, State.REFUSED), Kind.CLARIFICATION_REPLY, _ASKED, None, When.CLARIFICATION_OPEN),
    # the end, and what follows it
    ((State.ANSWERED, State.REFUSED, State.MISDIRECTED), Kind.CLOSURE, _ASKS, State.CLOSED, When.ALWAYS),
    (OPEN, Kind.CLOSURE, _ASKS, State.CLOSED, When.LAPSED),  # S12 is a private mark; its closure is shared
    ((State.CLOSED,), Kind.REOPENING, None, State.IN_PROGRESS, When.ALWAYS),
    # what either may say once both hold the request
    (_TAKEN_OVER, Kind.REMINDER, None, None, When.OWED),
    (_TAKEN_OVER, Kind.CONSENT_REQUEST, None, None, When.ALWAYS),  # ITI 15(c)
    (_TAKEN_OVER, Kind.CONSENT_DECISION, None, None, When.CONSENT_ASKED),  # ITI 15(c); later ones revoke
    (_TAKEN_OVER, Kind.HANDLING_NOTICE, None, None, When.ALWAYS),  # ITI 15
    (_TAKEN_OVER, Kind.OBJECTION, None, None, When.DISCLOSURE_ANNOUNCED),  # Firearms Protocol 12.5
    (_TAKEN_OVER, Kind.SPONTANEOUS_INFORMATION, None, None, When.ALWAYS),
)  # fmt: skip


def _table(rows: Iterable[Row]) -> dict[Cell, Rule]:
    table: dict[Cell, Rule] = {}
    for states, kind, sender, leads_to, when in rows:
        for state in states:
            for role in (sender,) if sender else Role:
                table[state, kind, role] = Rule(leads_to or state, when)
    return table


TABLE: Mapping[Cell, Rule] = MappingProxyType(_table(_ROWS))
"""(state, kind, sender) -> rule. What is not here is an illegal move."""

PRECEDENCE: tuple[State, ...] = (
    State.SENT, State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL, State.CLOSED,
    State.MISDIRECTED, State.REFUSED, State.ANSWERED, State.WITHDRAWN,
)  # fmt: skip
"""Of effects that did not know of each other the last one here stands.

An answer outranks a closure that had not seen it (the requester must look at it); a withdrawal outranks all.
"""

WAITING_ON: Mapping[State, Role | None] = MappingProxyType(
    {
        State.DRAFT: Role.REQUESTER,
        State.SENT: Role.REQUESTED,
        State.DELIVERED: Role.REQUESTED,
        State.ACKNOWLEDGED: Role.REQUESTED,
        State.IN_PROGRESS: Role.REQUESTED,
        State.PARTIAL: Role.REQUESTED,
        State.ANSWERED: Role.REQUESTER,  # the feedback that closes a case
        State.REFUSED: Role.REQUESTER,
        State.MISDIRECTED: Role.REQUESTER,
        State.REJECTED_INVALID: Role.REQUESTER,  # to mend the request and send it again
        State.CLOSED: None,
        State.WITHDRAWN: None,
    }
)
"""Who owes the next move where nothing beside the state says otherwise."""
