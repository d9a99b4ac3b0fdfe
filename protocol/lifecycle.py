"""The life of one tracing request, the same law for both sides.

What it is: one transition table and a fold. The shared state of a case is a pure function of the *set* of messages
both sides hold (domain rule P2); nobody keeps a state by hand, and the order of arrival never matters.

Rules
- A message is judged against what its sender had seen: the messages its ``re`` names, and theirs in turn. The tracing
  request is in the past of every other message of its case. What ``re`` names and we do not hold is left out; the
  message is judged again when it arrives, because the fold is computed anew.
- A message that was not allowed in the state its sender saw is *kept*: shown, without effect.
- Effects of messages that did not know of each other are merged by ``PRECEDENCE``: a withdrawal crossing an answer
  gives ``withdrawn`` on both sides, whichever came first.
- ``sent`` becomes ``delivered`` when the request's mid is in ``opened``, or when the requested State has said anything.
- A message in ``rejected`` (for good: never to be retried) was never taken over by its receiver, so it does not exist
  for the fold; if it is the request itself, and no other copy of it stands, the case is ``rejected_invalid``.
- Overlays live beside the state while the request is open, and end with the answer.
- ``lapsed`` is a private mark of the requester and not a state here.

Example
    >>> ask = Said(mid="br:1", kind=Kind.TRACE_REQUEST, sender=Role.REQUESTER)
    >>> view = fold([ask], opened={"br:1"})
    >>> view.state.value, view.waiting_on.value
    ('delivered', 'requested')
    >>> sorted(kind.value for kind in view.allowed(Role.REQUESTER))
    ['information_supply', 'withdrawal']
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import reduce
from operator import or_
from types import MappingProxyType

__all__ = [
    "CONTRACT_VERBS", "TABLE", "VERBS", "CaseView", "Effect", "Kind", "Overlay", "Role", "Said", "State",
    "diagram", "fold", "kind_of",
]  # fmt: skip


class State(StrEnum):
    """The shared states of a case (domain 7b, S0 to S11)."""

    DRAFT = "draft"
    SENT = "sent"
    DELIVERED = "delivered"
    ACKNOWLEDGED = "acknowledged"
    IN_PROGRESS = "in_progress"
    PARTIAL = "partial"
    ANSWERED = "answered"
    REFUSED = "refused"
    CLOSED = "closed"
    REJECTED_INVALID = "rejected_invalid"
    MISDIRECTED = "misdirected"
    WITHDRAWN = "withdrawn"


class Overlay(StrEnum):
    """What may run beside an open state (domain 7b, O1 to O5)."""

    INFORMATION_PENDING = "information_pending"
    DELAYED = "delayed"
    CLARIFICATION_PENDING = "clarification_pending"
    CONSENT_PENDING = "consent_pending"
    URGENCY_DISPUTED = "urgency_disputed"


class Role(StrEnum):
    """Which of the two States of a case somebody is."""

    REQUESTER = "requester"
    REQUESTED = "requested"

    @property
    def other(self) -> "Role":
        return Role.REQUESTED if self is Role.REQUESTER else Role.REQUESTER


class Kind(StrEnum):
    """The kinds of message (domain 7b.1); each is one class in ``protocol/messages``."""

    TRACE_REQUEST = "trace_request"
    ACKNOWLEDGEMENT = "acknowledgement"
    INFORMATION_REQUEST = "information_request"
    INFORMATION_SUPPLY = "information_supply"
    DELAY_NOTICE = "delay_notice"
    INTERIM_RESPONSE = "interim_response"
    FINAL_RESPONSE = "final_response"
    REFUSAL = "refusal"
    WITHDRAWAL = "withdrawal"
    CLOSURE = "closure"


class Effect(StrEnum):
    """What became of a message in the fold: it counts, or it is kept and shown without effect."""

    EFFECTIVE = "effective"
    KEPT = "kept"


VERBS: Mapping[str, Kind] = MappingProxyType(
    {
        "acknowledge": Kind.ACKNOWLEDGEMENT,
        "ask": Kind.INFORMATION_REQUEST,
        "supply": Kind.INFORMATION_SUPPLY,
        "answer": Kind.FINAL_RESPONSE,  # with "final": false an interim response, see kind_of
        "delay": Kind.DELAY_NOTICE,
        "refuse": Kind.REFUSAL,
        "withdraw": Kind.WITHDRAWAL,
        "close": Kind.CLOSURE,
    }
)
"""The verbs of the officers' API that say something to the counterpart in this version."""

CONTRACT_VERBS = (
    "approve", "acknowledge", "ask", "supply", "amend", "answer", "delay", "restrict", "refuse", "refer", "clarify",
    "explain", "remind", "withdraw", "correct", "progress", "prioritise", "not-competent", "notify", "object",
    "consent-request", "consent-decision", "record", "close", "reopen",
)  # fmt: skip
"""Every verb the contract names, built or still to come."""


def kind_of(verb: str, *, final: bool = True) -> Kind | None:
    """The kind a verb says, or None for a verb that says nothing yet; ``answer`` with ``final=False`` is interim."""
    if verb == "answer" and not final:
        return Kind.INTERIM_RESPONSE
    return VERBS.get(verb)


Cell = tuple[State, Kind, Role]

_OPEN = (State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL)


def _table() -> dict[Cell, State]:
    asks, asked = Role.REQUESTER, Role.REQUESTED
    table: dict[Cell, State] = {
        (State.DRAFT, Kind.TRACE_REQUEST, asks): State.SENT,
        (State.SENT, Kind.INFORMATION_SUPPLY, asks): State.SENT,  # unsolicited, domain 7b.1 no. 7
        (State.SENT, Kind.WITHDRAWAL, asks): State.WITHDRAWN,
        (State.DELIVERED, Kind.ACKNOWLEDGEMENT, asked): State.ACKNOWLEDGED,  # ITI 19, once
        (State.CLOSED, Kind.FINAL_RESPONSE, asked): State.ANSWERED,  # a late answer reopens, domain 7b.2
    }
    for state in _OPEN:
        table |= {
            (state, Kind.INFORMATION_REQUEST, asked): state,  # ITI 21
            (state, Kind.INFORMATION_SUPPLY, asks): state,  # ITI 21
            (state, Kind.DELAY_NOTICE, asked): state,  # ITI 22, 23
            (state, Kind.INTERIM_RESPONSE, asked): State.PARTIAL,  # ITI 20; before an acknowledgement it implies one
            (state, Kind.FINAL_RESPONSE, asked): State.ANSWERED,  # ITI 18, 20
            (state, Kind.REFUSAL, asked): State.REFUSED,  # ITI 22, 23
            (state, Kind.WITHDRAWAL, asks): State.WITHDRAWN,
        }
    for state in (State.ANSWERED, State.REFUSED, State.MISDIRECTED):
        table[state, Kind.CLOSURE, asks] = State.CLOSED  # MOSAIC 05.31 step 5
    return table


TABLE: Mapping[Cell, State] = MappingProxyType(_table())
"""(state, kind, sender) -> next state. What is not here is an illegal move."""

PRECEDENCE: tuple[State, ...] = (
    State.SENT, State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL, State.CLOSED,
    State.MISDIRECTED, State.REFUSED, State.ANSWERED, State.WITHDRAWN,
)  # fmt: skip
"""Of effects that did not know of each other the last one here stands.

An answer outranks a closure that had not seen it (the requester must look at it); a withdrawal outranks all.
"""

_WAITING_ON: Mapping[State, Role | None] = MappingProxyType(
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


@dataclass(frozen=True, slots=True)
class Said:
    """One message as the lifecycle sees it: who said what, having seen which messages.

    ``facts`` are what ``Message.facts()`` gives: ``blocking`` of a question, ``urgency_declined`` of an
    acknowledgement.
    """

    mid: str
    kind: Kind
    sender: Role
    re: tuple[str, ...] = ()
    facts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as both sides must see it.

    ``heads`` is what the next message must name in its ``re``; ``past`` is what each message builds on; ``late`` says
    that the answer came after the closure.
    """

    state: State
    overlays: frozenset[Overlay]
    effects: Mapping[str, Effect]
    heads: tuple[str, ...]
    past: Mapping[str, frozenset[str]]
    waiting_on: Role | None
    late: bool

    def allowed(self, role: Role) -> frozenset[Kind]:
        """The kinds of message ``role`` may say now."""
        return frozenset(kind for kind in Kind if (self.state, kind, role) in TABLE)


def fold(said: Iterable[Said], *, opened: Container[str] = (), rejected: Container[str] = ()) -> CaseView:
    """The state of a case from all its messages, in any order.

    ``opened``: mids whose ``opened`` receipt exists (on the receiving side: all it opened). ``rejected``: mids
    rejected for good. Raises ValueError when two different messages carry one mid (the inbox keeps those out).
    """
    case = _Case(_by_mid(said), opened, rejected)
    state = case.state_after(case.everything)
    overlays = case.overlays() if state in _OPEN else frozenset[Overlay]()
    waiting_on = _WAITING_ON[state]
    if state in _OPEN and case.open_questions(blocking=True):
        waiting_on = Role.REQUESTER
    return CaseView(state, overlays, case.effects(), case.heads(), case.past, waiting_on, late=case.is_late(state))


def _by_mid(said: Iterable[Said]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for one in said:
        if found.setdefault(one.mid, one) != one:
            problem = f"two different messages carry the mid {one.mid}"
            raise ValueError(problem)
    return found


class _Case:
    """The working of one fold: pasts, legality and effects, each computed once. Never outlives ``fold``."""

    def __init__(self, said: Mapping[str, Said], opened: Container[str], rejected: Container[str]) -> None:
        self.held = {mid: said[mid] for mid in sorted(said)}
        self.said = {mid: one for mid, one in self.held.items() if mid not in rejected}
        requests = [mid for mid, one in self.said.items() if _is_request(one)]
        self.root = requests[0] if requests else None
        self.was_rejected = not requests and any(_is_request(one) for one in self.held.values())
        self.was_opened = self.root in opened or any(one.sender is Role.REQUESTED for one in self.said.values())
        self.past = MappingProxyType(_pasts(self.said, self.root))
        self.reached: dict[str, tuple[State, State]] = {}  # of every effective message: the state it met, and led to
        self._judge()

    @property
    def everything(self) -> frozenset[str]:
        return frozenset(self.said)

    def _judge(self) -> None:
        """Each message against its own past; pasts come before their futures."""
        for mid in sorted(self.said, key=lambda mid: (len(self.past[mid]), mid)):
            one = self.said[mid]
            met = self.state_after(self.past[mid], seen_by=one.sender) if mid != self.root else State.DRAFT
            if (led_to := TABLE.get((met, one.kind, one.sender))) is not None:
                self.reached[mid] = (met, led_to)

    def state_after(self, past: frozenset[str], seen_by: Role | None = None) -> State:
        """The merged state after ``past``; the requested State has always opened what it speaks about."""
        if self.root is None:
            return State.REJECTED_INVALID if self.was_rejected else State.DRAFT
        moves = {mid: reached for mid in past if (reached := self.reached.get(mid)) and reached[0] is not reached[1]}
        overtaken = frozenset[str]().union(*(self.past[mid] for mid in moves))
        latest = [led_to for mid, (_, led_to) in moves.items() if mid not in overtaken]
        state = max(latest, key=PRECEDENCE.index, default=State.SENT)
        if state is State.SENT and (seen_by is Role.REQUESTED or (seen_by is None and self.was_opened)):
            return State.DELIVERED
        return state

    def is_late(self, state: State) -> bool:
        """Whether the answer that stands met a closed case."""
        return state is State.ANSWERED and any(
            reached == (State.CLOSED, State.ANSWERED) for reached in self.reached.values()
        )

    def overlays(self) -> frozenset[Overlay]:
        """What runs beside an open state."""
        effective = [self.said[mid] for mid in self.reached]
        runs = {
            Overlay.INFORMATION_PENDING: bool(self.open_questions(blocking=False)),
            Overlay.DELAYED: any(one.kind is Kind.DELAY_NOTICE for one in effective),
            Overlay.URGENCY_DISPUTED: any("urgency_declined" in one.facts for one in effective),
        }
        return frozenset(overlay for overlay, is_running in runs.items() if is_running)

    def open_questions(self, *, blocking: bool) -> tuple[str, ...]:
        """Questions of ITI 21 that no later supply has in its past; with ``blocking`` only those that stop the work."""
        return tuple(
            mid
            for mid in self.reached
            if self.said[mid].kind is Kind.INFORMATION_REQUEST
            and (not blocking or "blocking" in self.said[mid].facts)
            and not self.supplies(mid)
        )

    def supplies(self, question: str) -> tuple[str, ...]:
        """The supplies whose sender had seen this question."""
        return tuple(
            mid for mid in self.reached if self.said[mid].kind is Kind.INFORMATION_SUPPLY and question in self.past[mid]
        )

    def effects(self) -> Mapping[str, Effect]:
        """Every message handed in, the rejected ones included."""
        return MappingProxyType({mid: Effect.EFFECTIVE if mid in self.reached else Effect.KEPT for mid in self.held})

    def heads(self) -> tuple[str, ...]:
        """The messages nobody has answered or built on yet."""
        seen = frozenset[str]().union(*self.past.values())
        return tuple(mid for mid in self.said if mid not in seen)


def _is_request(one: Said) -> bool:
    return one.kind is Kind.TRACE_REQUEST and one.sender is Role.REQUESTER


def _pasts(said: Mapping[str, Said], root: str | None) -> dict[str, frozenset[str]]:
    """Of every message all it builds on.

    Mids are chosen by their senders, so two may name each other in a circle: neither is then in the other's past,
    which keeps this a strict order for whatever arrives.
    """
    mids = tuple(said)
    reach = _reach([_named(one, mids, root) for one in said.values()])
    return {
        mid: frozenset(mids[other] for other in _places(reach[at]) if not reach[other] >> at & 1)
        for at, mid in enumerate(mids)
    }


def _named(one: Said, mids: Sequence[str], root: str | None) -> int:
    """What a message names, the request included, as bits by place in ``mids``; the request itself names nothing."""
    if root is None or one.mid == root:
        return 0
    named = {root, *one.re}
    return sum(1 << at for at, mid in enumerate(mids) if mid in named)


def _reach(named: Sequence[int]) -> list[int]:
    """All that is named, directly or by what is named. In bits: hundreds that all name all others are no burden."""
    reached = []
    for direct in named:
        seen, new = 0, direct
        while new:
            seen |= new
            new = reduce(or_, (named[at] for at in _places(new))) & ~seen
        reached.append(seen)
    return reached


def _places(bits: int) -> Iterator[int]:
    while bits:
        lowest = bits & -bits
        yield lowest.bit_length() - 1
        bits ^= lowest


def diagram() -> str:
    """The table as a Mermaid state diagram, for the documents (drawn, never copied by hand)."""
    lines = ["stateDiagram-v2", "    [*] --> draft", "    sent --> delivered: opened", "    sent --> rejected_invalid"]
    for (state, kind, role), after in TABLE.items():
        lines.append(f"    {state} --> {after}: {kind} ({role})")
    return "\n".join(lines) + "\n"
