"""The state of a case, computed from its messages: the same on both sides, whatever the order of arrival.

Rules
- The shared state of a case is a pure function of the *set* of messages both sides hold (domain rule P2); nobody keeps
  a state by hand.
- A message is judged against what its sender had seen: the messages its ``re`` names, and theirs in turn. The tracing
  request is in the past of every other message of its case. What ``re`` names and we do not hold is left out; the
  message is judged again when it arrives, because the fold is computed anew.
- A message that was not allowed in the state its sender saw is *kept*: shown, without effect.
- Effects of messages that did not know of each other are merged by ``PRECEDENCE``: a withdrawal crossing an answer
  gives ``withdrawn`` on both sides, whichever came first.
- ``sent`` becomes ``delivered`` when the request's mid is in ``opened``, or when the requested State has said anything:
  in the end and for every message judged, so that what ``allows`` says now counts once it is said.
- A message in ``rejected`` (for good: never to be retried) was never taken over by its receiver, so it does not exist
  for the fold; if it is the request itself, and no other copy of it stands, the case is ``rejected_invalid``.
- ``lapsed`` is a private mark of the requester and not a state here.

Example
    >>> ask = Said(mid="br:1", kind=Kind.TRACE_REQUEST, sender=Role.REQUESTER)
    >>> view = fold([ask], opened={"br:1"})
    >>> view.state.value, view.waiting_on.value
    ('delivered', 'requested')
    >>> Kind.REFUSAL in view.allowed(Role.REQUESTED), Kind.CLOSURE in view.allowed(Role.REQUESTER)
    (True, False)
"""

from collections.abc import Container, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from types import MappingProxyType

from protocol.lifecycle.conditions import Seen, met
from protocol.lifecycle.said import Said
from protocol.lifecycle.table import OPEN, PRECEDENCE, TABLE, WAITING_ON, Rule, When
from protocol.lifecycle.words import Effect, Kind, Overlay, Role, State

__all__ = ["CaseView", "fold"]


@dataclass(frozen=True, slots=True)
class CaseView:
    """A case as both sides must see it.

    ``heads`` is what the next message must name in its ``re``; ``past`` is what each message builds on; ``pending``
    names, for each overlay, the messages that make it run; ``priority`` is the last one the requester gave, or None;
    ``late`` says that the answer came after the closure.
    """

    seen: Seen
    pending: Mapping[Overlay, tuple[str, ...]]
    effects: Mapping[str, Effect]
    heads: tuple[str, ...]
    waiting_on: Role | None
    priority: str | None
    late: bool

    @property
    def state(self) -> State:
        return self.seen.state

    @property
    def overlays(self) -> frozenset[Overlay]:
        """What runs beside the state."""
        return frozenset(self.pending)

    @property
    def past(self) -> Mapping[str, frozenset[str]]:
        return self.seen.past

    def allowed(self, role: Role) -> frozenset[Kind]:
        """The kinds of message ``role`` may say now, whatever it says in them."""
        rules = _RULES.get((self.state, role), ())
        return frozenset(kind for kind, rule in rules if self._meets(rule, role, frozenset()))

    def allows(self, role: Role, kind: Kind, facts: frozenset[str] = frozenset()) -> bool:
        """Whether ``role`` may say a message of this kind with these facts now."""
        rule = TABLE.get((self.state, kind, role))
        return rule is not None and self._meets(rule, role, facts)

    def _meets(self, rule: Rule, role: Role, facts: frozenset[str]) -> bool:
        return rule.when is When.ALWAYS or met(rule.when, self.seen, role, facts)


def _rules() -> Mapping[tuple[State, Role], Sequence[tuple[Kind, Rule]]]:
    found: dict[tuple[State, Role], list[tuple[Kind, Rule]]] = {}
    for (state, kind, role), rule in TABLE.items():
        found.setdefault((state, role), []).append((kind, rule))
    return MappingProxyType(found)


_RULES = _rules()
"""The table by who speaks in which state."""


def fold(said: Iterable[Said], *, opened: Container[str] = (), rejected: Container[str] = ()) -> CaseView:
    """The state of a case from all its messages, in any order.

    ``opened``: mids whose ``opened`` receipt exists (on the receiving side: all it opened). ``rejected``: mids
    rejected for good. Raises ValueError when two different messages carry one mid (the inbox keeps those out).
    """
    case = _Case(_by_mid(said), opened, rejected)
    seen = case.seen(case.everything, case.state_after(case.everything))
    return CaseView(
        seen,
        seen.pending(),
        case.effects(),
        case.heads(),
        _waiting_on(seen),
        _priority(seen),
        late=case.is_late(seen.state),
    )


def _waiting_on(seen: Seen) -> Role | None:
    """Who owes the next move: what was asked beside the state comes before what the state itself asks for."""
    if seen.state in OPEN:
        return Role.REQUESTER if seen.questions(blocking=True) else Role.REQUESTED
    owing = [role for role in Role if seen.owes(role)]
    return owing[0] if owing else WAITING_ON[seen.state]


def _priority(seen: Seen) -> str | None:
    """The last priority the requester gave; of two it gave without knowing of each other, that of the greater mid."""
    given = [one for one in seen.said if one.fact("priority")]
    last = max(given, key=lambda one: (len(seen.past[one.mid]), one.mid), default=None)
    return last.fact("priority") if last else None


def _by_mid(said: Iterable[Said]) -> dict[str, Said]:
    found: dict[str, Said] = {}
    for one in said:
        if found.setdefault(one.mid, one) != one:
            problem = f"two different messages carry the mid {one.mid}"
            raise ValueError(problem)
    return found


_RANK = {state: rank for rank, state in enumerate(PRECEDENCE)}


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
        self.moves: dict[str, State] = {}  # of those that led to another state than they met: which
        self._judge()

    @property
    def everything(self) -> frozenset[str]:
        return frozenset(self.said)

    def _judge(self) -> None:
        """Each message against its own past; pasts come before their futures."""
        for mid in sorted(self.said, key=lambda mid: (len(self.past[mid]), mid)):
            one, past = self.said[mid], self.past[mid]
            state = self.state_after(past, seen_by=one.sender) if mid != self.root else State.DRAFT
            rule = TABLE.get((state, one.kind, one.sender))
            if rule is None or not (rule.when is When.ALWAYS or self._met(rule, one, state)):
                continue
            self.reached[mid] = (state, rule.leads_to)
            if rule.leads_to is not state:
                self.moves[mid] = rule.leads_to

    def _met(self, rule: Rule, one: Said, state: State) -> bool:
        return met(rule.when, self.seen(self.past[one.mid], state), one.sender, one.facts)

    def seen(self, past: frozenset[str], state: State) -> Seen:
        """What counts of ``past``."""
        return Seen(state, tuple(self.said[mid] for mid in self.said if mid in past and mid in self.reached), self.past)

    def state_after(self, past: frozenset[str], seen_by: Role | None = None) -> State:
        """The merged state after ``past``; the requested State has always opened what it speaks about.

        Receipts are no messages, so nobody can name the one it had seen: once the request was opened, whatever was
        said about it counts as said after that. This makes nothing illegal that was legal before.
        """
        if self.root is None:
            return State.REJECTED_INVALID if self.was_rejected else State.DRAFT
        latest = [self.moves[mid] for mid in self._latest(past)]
        state = max(latest, key=_RANK.__getitem__, default=State.SENT)
        if state is State.SENT and (seen_by is Role.REQUESTED or self.was_opened):
            return State.DELIVERED
        return state

    def _latest(self, past: frozenset[str]) -> list[str]:
        """The moves of ``past`` that no other move of it knew of."""
        moves = [mid for mid in self.moves if mid in past]
        overtaken = frozenset[str]().union(*(self.past[mid] for mid in moves))
        return [mid for mid in moves if mid not in overtaken]

    def is_late(self, state: State) -> bool:
        """Whether the answer that stands met a closed case; one that was given anew after a reopening did not."""
        return state is State.ANSWERED and any(
            self.reached[mid] == (State.CLOSED, State.ANSWERED) for mid in self._latest(self.everything)
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
    places = {mid: at for at, mid in enumerate(mids)}
    reach = _reach([_named(one, places, root) for one in said.values()])
    return {
        mid: frozenset(mids[other] for other in _places(reach[at]) if not reach[other] >> at & 1)
        for at, mid in enumerate(mids)
    }


def _named(one: Said, places: Mapping[str, int], root: str | None) -> int:
    """What a message names, the request included, as bits by its place; the request itself names nothing."""
    if root is None or one.mid == root:
        return 0
    return reduce(or_, (1 << places[mid] for mid in (root, *one.re) if mid in places))


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
