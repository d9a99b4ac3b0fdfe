"""Spans in which a clock stands still, because the other side owes an answer first.

Rules
- A pause is half open: it holds from ``since`` on and no more at ``until``; None means it goes on.
- Pauses that touch are one. One that goes on does not move the date: it is the earliest there can be, and says so.
- A day counts when the clock ran at its end. A pause that ends where it began moves nothing.
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

__all__ = ["Pause", "Pauses"]


@dataclass(frozen=True, slots=True)
class Pause:
    """One span (aware instants), and what the clock waits for, in words."""

    since: datetime
    until: datetime | None
    why: str


@dataclass(frozen=True, slots=True)
class Pauses:
    """All pauses of one clock, each once: ``over`` in order, and the one that goes on."""

    over: tuple[Pause, ...]
    running: Pause | None

    @classmethod
    def of(cls, pauses: Iterable[Pause]) -> "Pauses":
        """Joined where they touch; what ends before it began, or as it began, is none."""
        ordered = sorted(pauses, key=lambda one: (one.since, one.why))
        running = next((one for one in ordered if one.until is None), None)
        found: list[Pause] = []
        for one in ordered:
            until = _least(one.until, running.since if running else None)
            if until is None or until <= one.since:
                continue
            if found and one.since <= _end(found[-1]):
                found[-1] = replace(found[-1], until=max(_end(found[-1]), until))
            else:
                found.append(replace(one, until=until))
        return cls(tuple(found), running)

    def at_end_of(self, instant: datetime) -> Pause | None:
        """The pause that holds just before ``instant``: a day that ends then is not counted."""
        return next((one for one in self.over if one.since < instant <= _end(one)), None)

    def stretch(self, start: datetime, length: timedelta) -> datetime:
        """When ``length`` of running time is over that began at ``start`` (UTC)."""
        end = start + length
        for one in self.over:
            if one.since < end and _end(one) > start:
                end += _end(one) - max(one.since, start)
        return end

    def left_of(self, begin: datetime, end: datetime) -> tuple[tuple[datetime, datetime], ...]:
        """What pauses leave of a span."""
        spans, at = [], begin
        for one in self.over:
            if one.since < end and _end(one) > at:
                spans.append((at, max(at, one.since)))
                at = min(end, _end(one))
        return tuple(span for span in (*spans, (at, end)) if span[0] < span[1])


def _end(pause: Pause) -> datetime:
    """Of one that is over."""
    return pause.until or datetime.max.replace(tzinfo=UTC)


def _least(*instants: datetime | None) -> datetime | None:
    return min((one for one in instants if one is not None), default=None)
