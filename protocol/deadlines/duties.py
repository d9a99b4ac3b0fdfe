"""Which clocks run in a case, by whom something is owed, and what ended each clock (domain 7b.3).

Rules
- Only messages that count in the fold move a clock.
- A response before any acknowledgement implies one and ends the clock of ITI 19.
- The clock of the answer runs on through a delay: the original date stays visible, the new one is a clock of its own.
  The last notice that no later one and no later change of priority took the place of moves its date (``moved_by``).
- A change of priority counts acknowledgement and answer anew from its own instant, never backwards; what was done
  when the change was made stays counted as it was.
- A case opened again owes an answer again, from that instant.
- A limit is that of the priority in force where it is counted from: the last one given by then.
- All of this follows from the set of messages and their instants; what was held earlier or in which order they came is
  nothing.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from types import MappingProxyType

from protocol.deadlines.profiles import ClockName
from protocol.lifecycle import CaseView, Effect, Kind, Role, Said

__all__ = ["Duty", "SaidAt", "duties"]


@dataclass(frozen=True, slots=True)
class SaidAt:
    """A message and when clocks count it from: ``at`` of its accepted receipt, None while there is none.

    ``named`` is the date the message itself names: ``new_date`` of a delay, ``needed_by`` of a question.
    """

    said: Said
    at: datetime | None
    named: date | None = None


@dataclass(frozen=True, slots=True)
class Given:
    """A priority in force, and the message that gave it; neither where nobody gave one."""

    by: str | None = None
    priority: str | None = None


@dataclass(frozen=True, slots=True)
class Duty:
    """Somebody owes something: which clock, since which message, and by which message it was done, if it was.

    ``counted_by`` and ``counted_at`` are what the limit is counted from: the start, or a later change of priority.
    ``first`` and ``last`` are the priorities in force at the start and where it is counted from; ``moved_by`` and
    ``moved_to`` the delay notice that moved the date of an answer, and the date it names.
    """

    clock: ClockName
    owed_by: Role
    started_by: str
    started_at: datetime
    counted_by: str
    counted_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None
    named: date | None = None
    first: Given = Given()
    last: Given = Given()
    moved_by: str | None = None
    moved_to: date | None = None

    @property
    def is_running(self) -> bool:
        return self.ended_by is None

    @property
    def dated_by(self) -> tuple[str, ...]:
        """The messages its original date and its date come from: the same ones give the same dates."""
        return tuple(dict.fromkeys(filter(None, (self.counted_by, self.first.by, self.last.by, self.moved_by))))


@dataclass(frozen=True, slots=True)
class _Start:
    """A clock that a kind of message starts; ``owed_by`` None: by whoever it was said to."""

    clock: ClockName
    owed_by: Role | None
    ended_by: frozenset[Kind]


_ENDS_ALL = frozenset({Kind.FINAL_RESPONSE, Kind.REFUSAL, Kind.NOT_COMPETENT, Kind.WITHDRAWAL, Kind.CLOSURE})
_IMPLIES_ACKNOWLEDGEMENT = frozenset({Kind.ACKNOWLEDGEMENT, Kind.INTERIM_RESPONSE, Kind.RESTRICTION_NOTICE})
_ANSWER = _Start(ClockName.ANSWER, Role.REQUESTED, _ENDS_ALL)
_STARTS: Mapping[Kind, tuple[_Start, ...]] = MappingProxyType(
    {
        Kind.TRACE_REQUEST: (_Start(ClockName.ACK, Role.REQUESTED, _ENDS_ALL | _IMPLIES_ACKNOWLEDGEMENT), _ANSWER),
        Kind.REOPENING: (_ANSWER,),
        Kind.INFORMATION_REQUEST: (_Start(ClockName.INFO, Role.REQUESTER, _ENDS_ALL | {Kind.INFORMATION_SUPPLY}),),
        Kind.CLARIFICATION_REQUEST: (
            _Start(
                ClockName.CLARIFY,
                Role.REQUESTED,
                frozenset({Kind.CLARIFICATION_REPLY, Kind.NOT_COMPETENT, Kind.CLOSURE, Kind.WITHDRAWAL}),
            ),
        ),
        Kind.CONSENT_REQUEST: (_Start(ClockName.CONSENT, None, frozenset({Kind.CONSENT_DECISION})),),
        Kind.DELAY_NOTICE: (
            _Start(ClockName.REVISED, Role.REQUESTED, _ENDS_ALL | {Kind.DELAY_NOTICE, Kind.PRIORITY_CHANGE}),
        ),
    }
)
"""Kind -> the clocks it starts, who owes, and what ends them (domain 7b.3)."""

Past = Mapping[str, frozenset[str]]
_COUNTED_ANEW = frozenset({ClockName.ACK, ClockName.ANSWER})


def duties(messages: Sequence[SaidAt], view: CaseView) -> tuple[Duty, ...]:
    """Which clocks the messages of one case started and ended, in the order they started.

    ``view`` is the fold of the same messages, with what was opened and rejected of them. What ends a clock comes after
    what started it: it had seen it, or ends the whole case. A message that nobody has accepted yet starts no clock but
    ends those it answers.
    """
    by_mid = {one.said.mid: one for one in messages}
    counting = [one for mid, one in sorted(by_mid.items()) if view.effects[mid] is Effect.EFFECTIVE]
    found = [duty for one in counting for duty in _duties_of(one, counting, view.past)]
    return tuple(sorted(found, key=lambda duty: (duty.started_at, duty.started_by, duty.clock)))


def _duties_of(start: SaidAt, counting: Sequence[SaidAt], past: Past) -> Iterator[Duty]:
    for one in _STARTS.get(start.said.kind, ()):
        if start.at is None or (one.clock is ClockName.REVISED and start.named is None):
            continue
        ends = [each for each in counting if each.said.kind in one.ended_by and _answers(each, start, past)]
        end = min(ends, key=_when, default=None)
        duty = Duty(
            one.clock, one.owed_by or start.said.sender.other, start.said.mid, start.at, start.said.mid, start.at,
            end.said.mid if end else None, end.at if end else None, start.named,
        )  # fmt: skip
        yield _dated(duty, start, counting if end is None else _until(end, counting, past), past)


def _dated(duty: Duty, start: SaidAt, until: Sequence[SaidAt], past: Past) -> Duty:
    """With what its dates come from. ``until``: what was said before it ended, or crossed its end."""
    before = [one for one in until if one.said.mid in past[start.said.mid]] + [start]
    first = _given(before, past)
    if duty.clock not in _COUNTED_ANEW:
        return replace(duty, first=first, last=first)
    after = [one for one in until if one.at is not None and start.said.mid in past[one.said.mid]]
    changes = [one for one in after if one.said.kind is Kind.PRIORITY_CHANGE]
    counted = _last(changes, past) or start
    notice = _notice(after, past) if duty.clock is ClockName.ANSWER else None
    return replace(
        duty,
        counted_by=counted.said.mid,
        counted_at=max(duty.started_at, counted.at or duty.started_at),
        first=first,
        last=_given([*before, *changes], past),
        moved_by=notice.said.mid if notice else None,
        moved_to=notice.named if notice else None,
    )


def _given(messages: Sequence[SaidAt], past: Past) -> Given:
    """The last priority that these give."""
    given = _last([one for one in messages if one.said.fact("priority")], past)
    return Given(given.said.mid, given.said.fact("priority")) if given else Given()


def _notice(after: Sequence[SaidAt], past: Past) -> SaidAt | None:
    """The delay notice that stands: the last in the place of which came no other notice and no change of priority."""
    notices = [one for one in after if one.said.kind is Kind.DELAY_NOTICE and one.named is not None]
    moves = [*notices, *(one for one in after if one.said.kind is Kind.PRIORITY_CHANGE)]
    return _last([one for one in notices if not any(one.said.mid in past[other.said.mid] for other in moves)], past)


def _last(messages: Sequence[SaidAt], past: Past) -> SaidAt | None:
    """The one that builds on most; of two that did not know of each other, that of the greater mid."""
    return max(messages, key=lambda one: (len(past[one.said.mid]), one.said.mid), default=None)


def _until(end: SaidAt, counting: Sequence[SaidAt], past: Past) -> Sequence[SaidAt]:
    """What was said before a clock ended, or crossed its end."""
    return [one for one in counting if end.said.mid not in past[one.said.mid]]


_LATEST = datetime.max.replace(tzinfo=UTC)


def _when(one: SaidAt) -> tuple[datetime, str]:
    return one.at or _LATEST, one.said.mid


def _answers(end: SaidAt, start: SaidAt, past: Past) -> bool:
    """Whether ``end`` had seen ``start`` and is about it, or ends all the work that it does not lie before.

    A new delay needs a new date; a decision of one's own is none about what one asked for.
    """
    if end.said.kind is Kind.CONSENT_DECISION and end.said.sender is start.said.sender:
        return False
    if end.said.kind is Kind.DELAY_NOTICE and end.named is None:
        return False
    if end.said.kind in _ENDS_ALL:
        return end.said.mid not in past[start.said.mid]
    return start.said.mid in past[end.said.mid] and end.said.fact("about") in (None, start.said.mid)
