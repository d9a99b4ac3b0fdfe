"""Deadlines as rows: which duties run in a case, when each is due and where its number comes from.

``follow`` is called in the transaction of every change. Its rows are those of ``protocol.deadlines.duties`` and no
others: they follow from the messages of the case alone, whatever was held or believed before, so that both sides of a
case have the same clocks. A duty that began gets a row, the row of one that never was (its message was judged again, or
rejected) goes; ends come and go with what did the duty; dates are reckoned anew when they come from other messages than
before. What is the node's own is only when it reminds its officers.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from protocol import strictjson
from protocol.deadlines import Basis, ClockName, Due, Duty, Profile, SaidAt, WorkingCalendar, due, due_on, duties
from protocol.messages.members import Day
from tracing.casework.matters.agreed import profile_with
from tracing.casework.thread import Thread
from tracing.clock import from_ms, to_ms
from tracing.store import AnyRow, Tx
from tracing.store.spelt import Spelt
from tracing.tables import Deadline, Reminder, table_of

__all__ = ["Timetable", "as_rows", "begin", "first", "follow", "nearest"]

_deadlines, _reminders = table_of(Deadline), table_of(Reminder)

_OF_CASE = Spelt(select(_deadlines).where(_deadlines.c.case_id == bindparam("case")))
_ADD = Spelt(insert(_deadlines))
_END = Spelt(
    update(_deadlines)
    .where(_deadlines.c.id == bindparam("of"))
    .values(ended_ms=bindparam("to_ended_ms"), ended_by=bindparam("to_ended_by"))
)


@dataclass(frozen=True, slots=True)
class Timetable:
    """The limits in force at this node and the calendar they are counted in. ``near`` is how early the desk reminds."""

    profile: Profile
    calendar: WorkingCalendar
    near: timedelta
    near_urgent: timedelta

    def near_span_ms(self, priority: str) -> int:
        """How long before its date a duty of this priority is near."""
        return int((self.near_urgent if priority == "urgent" else self.near).total_seconds() * 1000)


def follow(tx: Tx, timetable: Timetable, thread: Thread) -> Sequence[Any]:
    """Bring the deadline rows of a case in line with its messages; the rows as they are now."""
    of_case = {"case": thread.case.id}
    rows = _OF_CASE.rows(tx.conn, of_case)
    known = {(row.clock, row.started_by): row for row in rows}
    started, changed = [], False
    for duty in _duties(thread):
        row = known.pop((str(duty.clock), duty.started_by), None)
        if row is not None:
            changed |= _bring_in_line(tx, timetable, thread, duty, row)
        elif (begun := _start(tx, timetable, thread, duty)) is not None:
            started.append(begun)
    for row in known.values():
        _forget(tx, row)
    begin(tx, started)
    return _OF_CASE.rows(tx.conn, of_case) if changed or known else [*rows, *map(_as_row, started)]


def first(tx: Tx, timetable: Timetable, thread: Thread) -> list[dict[str, Any]]:
    """The rows of a case that is about to be written, for ``begin``."""
    rows = (_start(tx, timetable, thread, duty) for duty in _duties(thread))
    return [row for row in rows if row is not None]


def begin(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of new duties."""
    _ADD.run_each(tx.conn, rows)


def nearest(rows: Iterable[Any]) -> int | None:
    """The next date of what still runs."""
    return min((row.due_ms for row in rows if row.ended_ms is None), default=None)


def as_rows(values: Iterable[Mapping[str, Any]]) -> list[Any]:
    """New rows as ``follow`` gives them."""
    return [_as_row(one) for one in values]


def _as_row(values: Mapping[str, Any]) -> Any:
    return SimpleNamespace(**values, passed_told_ms=None)


def _duties(thread: Thread) -> Iterator[Duty]:
    """Those that have rows: a revised date moves the date of an answer and has no row of its own."""
    return (duty for duty in duties(_said_at(thread), thread.view) if duty.clock is not ClockName.REVISED)


def _bring_in_line(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, row: AnyRow) -> bool:
    """End, resume or date anew the row of one duty; whether anything changed."""
    changed = _bring_end_in_line(tx, duty, row)
    return (row.counted_by != _dated_by(duty) and _date_anew(tx, timetable, thread, duty, row)) or changed


def _said_at(thread: Thread) -> list[SaidAt]:
    """The messages with the instants clocks count from: the accepted receipt; by letter the day it was recorded."""
    rows = zip(thread.said, thread.rows, strict=True)
    return [SaidAt(one, _instant(row, row.accepted_ms), _day(row.named_day)) for one, row in rows]


def _instant(row: Any, accepted_ms: int | None) -> datetime | None:
    if row.channel is not None:
        return from_ms(row.iat_ms)
    return None if accepted_ms is None else from_ms(accepted_ms)


def _day(text: str | None) -> date | None:
    """The day a message names; what another node wrote may be none, and then starts and moves no clock."""
    return Day().first(text) if text else None


def _start(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty) -> dict[str, Any] | None:
    """A new row, unless no number is set for this clock; what was done in the same breath is written as done."""
    dates = _dates(tx, timetable, thread, duty)
    if dates is None:
        return None
    return dates | {
        "case_id": thread.case.id,
        "clock": str(duty.clock),
        "owed_by": "us" if duty.owed_by is thread.us else "them",
        "started_by": duty.started_by,
        "started_ms": (started_ms := to_ms(duty.started_at)),
        "near_ms": _near_ms(timetable, duty, dates["due_ms"], not_before=started_ms),
        "ended_ms": None if duty.is_running else _ended_ms(tx, duty),
        "ended_by": duty.ended_by,
    }


# ---------------------------------------------------------------- dates


@dataclass(frozen=True, slots=True)
class _Reckoned:
    """When a duty is due, where that comes from and what it binds by."""

    due: Due
    source: str
    basis: Basis


def _dates(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty) -> dict[str, Any] | None:
    """All of a row that says when it is due and why; the date as it was at its start stays beside it (domain 7b.2)."""
    first = _reckon(tx, timetable, thread, duty, (duty.started_at, duty.first.priority))
    last = first
    if (duty.counted_by, duty.last) != (duty.started_by, duty.first):
        last = _reckon(tx, timetable, thread, duty, (duty.counted_at, duty.last.priority))
    if first is None or last is None:
        return None
    now = _moved(timetable, duty, last)
    return {
        "counted_by": _dated_by(duty),
        "due_ms": to_ms(now.due.due_at),
        "original_due_ms": to_ms(first.due.due_at),
        "basis": str(now.basis),
        "source": now.source,
        "steps": strictjson.dump(list(now.due.steps)).decode(),
    }


def _dated_by(duty: Duty) -> str:
    return " ".join(duty.dated_by)


def _reckon(
    tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, counted: tuple[datetime, str | None]
) -> _Reckoned | None:
    """``counted``: from when, and at which priority. None where no number is set for the clock.

    What both sides agreed on comes before the node's own targets (domain 7b.3).
    """
    if duty.named is not None and duty.clock in _NAMED:
        return _Reckoned(due_on(duty.named, timetable.calendar), _NAMED[duty.clock], timetable.profile.basis)
    at, priority = counted
    for profile in (profile_with(tx, thread.case.counterpart, at.date()), timetable.profile):
        limit = None if profile is None else profile.limit(duty.clock, priority or "")
        if profile is not None and limit is not None:
            return _Reckoned(due(at, limit, timetable.calendar), profile.source, profile.basis)
    return None


_NAMED = {
    ClockName.INFO: "the date the question names (ITI 21)",
    ClockName.CONSENT: "the date the request for consent names (ITI 15(c))",
}


def _moved(timetable: Timetable, duty: Duty, counted: _Reckoned) -> _Reckoned:
    """A delay notice moves the date of the answer (domain 7b.2); a change of priority is named as the source."""
    if duty.moved_to is not None:
        source = f"the date named in the delay notice {duty.moved_by} (ITI 22, 23); the original date stands beside it"
        return replace(counted, due=due_on(duty.moved_to, timetable.calendar), source=source)
    if duty.counted_by != duty.started_by:
        return replace(counted, source=f"{counted.source}; counted from the change of priority {duty.counted_by}")
    return counted


def _date_anew(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, row: AnyRow) -> bool:
    """Its dates come from other messages now. Another date makes earlier reminders void, and is reminded of anew."""
    values = _dates(tx, timetable, thread, duty)
    if values is None:
        _forget(tx, row)
        return True
    if values["due_ms"] != row.due_ms:
        near_ms = _near_ms(timetable, duty, values["due_ms"], not_before=tx.now_ms)
        values |= {"near_ms": near_ms, "near_told_ms": None, "passed_told_ms": None}
        tx.conn.execute(delete(_reminders).where(_reminders.c.deadline_id == row.id))
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values(values))
    return True


def _near_ms(timetable: Timetable, duty: Duty, due_ms: int, *, not_before: int) -> int:
    return max(not_before, due_ms - timetable.near_span_ms(duty.last.priority or ""))


# ---------------------------------------------------------------- ends


def _bring_end_in_line(tx: Tx, duty: Duty, row: AnyRow) -> bool:
    """The duty is done, done by something else or since another instant, or runs on; whether anything changed.

    It runs on as if it had never been done when its recipient rejects what had done it.
    """
    if duty.is_running:
        ended_ms = None
    elif duty.ended_at is None and duty.ended_by == row.ended_by:
        ended_ms = row.ended_ms
    else:
        ended_ms = _ended_ms(tx, duty)
    if (ended_ms, duty.ended_by) == (row.ended_ms, row.ended_by):
        return False
    _END.run(tx.conn, {"of": row.id, "to_ended_ms": ended_ms, "to_ended_by": duty.ended_by})
    if row.near_told_ms is not None or row.passed_told_ms is not None:
        _clear_desk(tx, row, is_over=ended_ms is not None)
    return True


def _ended_ms(tx: Tx, duty: Duty) -> int:
    """When it was done; what we said counts from its saying until its receipt is there."""
    return to_ms(duty.ended_at) if duty.ended_at is not None else tx.now_ms


def _clear_desk(tx: Tx, row: AnyRow, *, is_over: bool) -> None:
    """A clock that stops takes its reminders off the desk until it runs on."""
    is_done = _reminders.c.done_ms.is_not(None)
    of_row = update(_reminders).where(_reminders.c.deadline_id == row.id, ~is_done if is_over else is_done)
    tx.conn.execute(of_row.values(done_ms=tx.now_ms if is_over else None))


def _forget(tx: Tx, row: AnyRow) -> None:
    """There never was such a duty: neither is there a row, nor a reminder of it."""
    tx.conn.execute(delete(_reminders).where(_reminders.c.deadline_id == row.id))
    tx.conn.execute(delete(_deadlines).where(_deadlines.c.id == row.id))
