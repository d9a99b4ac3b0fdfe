"""Which clocks run in a case, by whom something is owed, and what ended each clock (domain 7b.3).

Rules
- Only messages that count in the fold move a clock.
- A response before any acknowledgement implies one and ends the clock of ITI 19.
- The clock of the answer runs on through a delay: the original date stays visible, the new one is a clock of its own.
"""

from collections.abc import Container, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from types import MappingProxyType

from protocol.deadlines.profiles import ClockName
from protocol.lifecycle import Effect, Kind, Role, Said, fold

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
class Duty:
    """Somebody owes something: which clock, since which message, and by which message it was done, if it was."""

    clock: ClockName
    owed_by: Role
    started_by: str
    started_at: datetime
    ended_by: str | None = None
    ended_at: datetime | None = None
    named: date | None = None

    @property
    def is_running(self) -> bool:
        return self.ended_by is None


_ENDS_ALL = frozenset({Kind.FINAL_RESPONSE, Kind.REFUSAL, Kind.WITHDRAWAL, Kind.CLOSURE})
_STARTS: Mapping[Kind, tuple[tuple[ClockName, Role, frozenset[Kind]], ...]] = MappingProxyType(
    {
        Kind.TRACE_REQUEST: (
            (ClockName.ACK, Role.REQUESTED, _ENDS_ALL | {Kind.ACKNOWLEDGEMENT, Kind.INTERIM_RESPONSE}),
            (ClockName.ANSWER, Role.REQUESTED, _ENDS_ALL),
        ),
        Kind.INFORMATION_REQUEST: ((ClockName.INFO, Role.REQUESTER, _ENDS_ALL | {Kind.INFORMATION_SUPPLY}),),
        Kind.DELAY_NOTICE: ((ClockName.REVISED, Role.REQUESTED, _ENDS_ALL | {Kind.DELAY_NOTICE}),),
    }
)
"""Kind -> the clocks it starts, who owes, and what ends them (domain 7b.3). A response implies an acknowledgement."""


def duties(messages: Sequence[SaidAt], *, rejected: Container[str] = ()) -> tuple[Duty, ...]:
    """Which clocks the messages of one case started and ended, in the order they started.

    Only messages that count in the fold move a clock. What ends a clock comes after what started it: it had seen it,
    or ends the whole case. A message that nobody has accepted yet starts no clock but ends those it answers.
    """
    by_mid = {one.said.mid: one for one in messages}
    view = fold((one.said for one in messages), rejected=rejected)
    counting = [one for mid, one in sorted(by_mid.items()) if view.effects[mid] is Effect.EFFECTIVE]
    found = [duty for one in counting for duty in _duties_of(one, counting, view.past)]
    return tuple(sorted(found, key=lambda duty: (duty.started_at, duty.started_by, duty.clock)))


def _duties_of(start: SaidAt, counting: Sequence[SaidAt], past: Mapping[str, frozenset[str]]) -> Iterator[Duty]:
    for clock, owed_by, ended_by in _STARTS.get(start.said.kind, ()):
        if start.at is None or (clock is ClockName.REVISED and start.named is None):
            continue
        ends = [one for one in counting if one.said.kind in ended_by and _answers(one, start, past[one.said.mid])]
        end = min(ends, key=_when, default=None)
        mid, at = (end.said.mid, end.at) if end else (None, None)
        yield Duty(clock, owed_by, start.said.mid, start.at, mid, at, start.named)


_LATEST = datetime.max.replace(tzinfo=UTC)


def _when(one: SaidAt) -> tuple[datetime, str]:
    return one.at or _LATEST, one.said.mid


def _answers(end: SaidAt, start: SaidAt, past: frozenset[str]) -> bool:
    """Whether ``end`` had seen ``start``, or ends everything whatever it had seen; a new delay needs a new date."""
    if end.said.kind is Kind.DELAY_NOTICE and end.named is None:
        return False
    return end.said.kind in _ENDS_ALL or start.said.mid in past
