"""When a request that nobody answers may lapse: a date on which whoever asked decides whether to wait on. Pure.

Rules (domain 7b.3, and S12 in 7b)
- It begins when the date of an answer that is owed to us has passed, and ends with any answer, an interim one too, or
  with whatever else ends that duty. Where the date moves ahead it is as if it had never begun.
- It falls as long after that date as our own target says, or with the last of so many reminders that we sent since and
  that stayed without an answer, whichever is sooner.
- It is a private mark: nothing is sent by it. Who decides closes the case as unanswered, asks again, or waits on.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocol import strictjson
from protocol.deadlines import ClockName, Duty
from protocol.deadlines.duties import Given
from protocol.lifecycle import Effect, Kind, Role
from tracing.casework.thread import Thread
from tracing.clock import from_ms, to_ms

__all__ = ["Lapse", "lapses"]

MOST_BYTES = 1 << 20


@dataclass(frozen=True, slots=True)
class Lapse:
    """The date that follows from one answer. ``reminded``: our last reminder, where there were enough, and when."""

    duty: Duty
    answer: Any  # the row of the answer that is owed
    reminded: tuple[str, datetime] | None
    count: int

    @property
    def is_running(self) -> bool:
        return self.duty.is_running

    @property
    def dated_by(self) -> str:
        """What the date comes from: that of the answer, and the reminder."""
        return " ".join([self.answer.counted_by, str(self.answer.due_ms), *(self.reminded or ())[:1]])

    def dates(self, counted: Mapping[str, Any]) -> dict[str, Any]:
        """``counted``: as a row has it by the target alone."""
        values = dict(counted) | {"counted_by": self.dated_by}
        if self.reminded is None or (at_ms := to_ms(self.reminded[1])) >= values["due_ms"]:
            return values
        when = f"{self.reminded[1]:%Y-%m-%d %H:%M} UTC"
        told = f"{self.count} reminders stayed without an answer; the last of them was taken over at {when}."
        steps = [*strictjson.load(values["steps"].encode(), MOST_BYTES), told]
        return values | {"due_ms": at_ms, "steps": strictjson.dump(steps).decode()}


def lapses(thread: Thread, rows: Sequence[Any], now_ms: int, reminders: int) -> Iterator[Lapse]:
    """Of each answer owed to us that is, or was, late; ``rows`` are the duties of the case."""
    for row in rows:
        if row.clock != ClockName.ANSWER or row.owed_by != "them" or row.due_ms > now_ms:
            continue
        end = _end(thread, row)
        if end is None or to_ms(end[1]) > row.due_ms:
            yield Lapse(_duty(thread, row, end), row, _reminded(thread, row, reminders), reminders)


def _end(thread: Thread, row: Any) -> tuple[str, datetime] | None:
    """What ended it: the first interim answer after its start, or what ended the duty."""
    told = [one for one in _said(thread, Kind.INTERIM_RESPONSE) if row.started_by in thread.view.past[one[0]]]
    first = min(told, key=lambda one: one[1], default=None)
    done = None if row.ended_by is None else (str(row.ended_by), from_ms(row.ended_ms))
    return min((one for one in (first, done) if one is not None), key=lambda one: one[1], default=None)


def _said(thread: Thread, kind: Kind) -> Iterator[tuple[str, datetime]]:
    """The messages of a kind that took effect, with the instant each was taken over."""
    for row in thread.rows:
        at_ms = row.iat_ms if row.channel is not None else row.accepted_ms
        if row.kind == kind and thread.view.effects[row.mid] is Effect.EFFECTIVE and at_ms is not None:
            yield row.mid, from_ms(at_ms)


def _reminded(thread: Thread, row: Any, reminders: int) -> tuple[str, datetime] | None:
    """The reminder with which there were enough since the date passed."""
    sent = [one for one in _said(thread, Kind.REMINDER) if to_ms(one[1]) >= row.due_ms and _is_ours(thread, one[0])]
    since = sorted(sent, key=lambda one: (one[1], one[0]))
    return since[reminders - 1] if len(since) >= reminders else None


def _is_ours(thread: Thread, mid: str) -> bool:
    return any(row.mid == mid and row.direction == "out" for row in thread.rows)


def _duty(thread: Thread, row: Any, end: tuple[str, datetime] | None) -> Duty:
    at, given = from_ms(row.due_ms - 1), Given(priority=thread.priority)  # 24:00 belongs to the day that closes
    ended_by, ended_at = end or (None, None)
    return Duty(
        ClockName.LAPSE, Role.REQUESTER, row.started_by, at, row.started_by, at, ended_by, ended_at, first=given,
        last=given,
    )  # fmt: skip
