"""Deadlines as rows: which duties run in a case, when each is due and where its number comes from.

``follow`` is called in the transaction of every change. It starts rows for duties that began, ends those whose duty is
done (and resumes them when the counterpart rejects what had done it) and moves a date only where a notice names a new
one; the original date stays. Which clock an act starts or stops is ``protocol.deadlines.duties``; this room only knows
when things happened here.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, delete, func, insert, select, update

from protocol import strictjson
from protocol.deadlines import Basis, ClockName, Due, Duty, Profile, SaidAt, WorkingCalendar, due, due_on, duties
from protocol.messages.members import Day
from tracing.casework.matters.agreed import profile_with
from tracing.casework.thread import Thread, cases
from tracing.clock import from_ms, to_ms
from tracing.store import AnyRow, Tx
from tracing.store.spelt import Spelt
from tracing.tables import Deadline, Reminder, table_of

__all__ = ["Timetable", "follow"]

_deadlines, _reminders = table_of(Deadline), table_of(Reminder)

_OF_CASE = Spelt(select(_deadlines).where(_deadlines.c.case_id == bindparam("case")))
_ADD = Spelt(insert(_deadlines))
_NEAREST = (
    select(func.min(_deadlines.c.due_ms))
    .where(_deadlines.c.case_id == bindparam("case"), _deadlines.c.ended_ms.is_(None))
    .scalar_subquery()
)
_REMEMBER_NEAREST = Spelt(update(cases).where(cases.c.id == bindparam("case")).values(due_ms=_NEAREST))


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


def follow(tx: Tx, timetable: Timetable, thread: Thread) -> None:
    """Bring the deadline rows of a case in line with its messages, and its nearest date onto the case row."""
    found = duties(_said_at(thread), thread.view)
    known = {(row.clock, row.started_by): row for row in _OF_CASE.rows(tx.conn, {"case": thread.case.id})}
    changed = False
    for duty in found:
        if duty.clock is not ClockName.REVISED:
            changed |= _bring_in_line(tx, timetable, thread, duty, known.pop((str(duty.clock), duty.started_by), None))
    for row in known.values():
        if row.ended_ms is None:
            _end(tx, row, tx.now_ms, None)
            changed = True
    changed |= _revise(tx, timetable, thread, [duty for duty in found if duty.clock is ClockName.REVISED])
    if changed:
        _REMEMBER_NEAREST.run(tx.conn, {"case": thread.case.id})


def _bring_in_line(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, row: AnyRow | None) -> bool:
    """Start, end or resume the row of one duty; whether anything changed."""
    if row is None:
        return _start(tx, timetable, thread, duty)
    changed = row.counted_by != duty.counted_by and _count_anew(tx, timetable, thread, duty, row)
    if row.ended_ms is None and not duty.is_running:
        _end(tx, row, _ended_ms(tx, duty), duty.ended_by)
    elif row.ended_ms is not None and duty.is_running:
        _resume(tx, row)
    else:
        return changed
    return True


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


def _start(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty) -> bool:
    """A new row, unless no number is set for this clock; what was done in the same breath is written as done."""
    reckoning = _reckon(tx, timetable, thread, duty)
    if reckoning is None:
        return False
    reckoned, source, basis = reckoning
    due_ms, started_ms = to_ms(reckoned.due_at), to_ms(duty.started_at)
    row = {
        "case_id": thread.case.id,
        "clock": str(duty.clock),
        "owed_by": "us" if duty.owed_by is thread.us else "them",
        "started_by": duty.started_by,
        "started_ms": started_ms,
        "counted_by": duty.counted_by,
        "due_ms": due_ms,
        "original_due_ms": due_ms,
        "basis": str(basis),
        "source": source,
        "steps": strictjson.dump(list(reckoned.steps)).decode(),
        "near_ms": max(started_ms, due_ms - timetable.near_span_ms(thread.priority)),
        "ended_ms": None if duty.is_running else _ended_ms(tx, duty),
        "ended_by": duty.ended_by,
    }
    _ADD.run(tx.conn, row)
    return True


def _reckon(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty) -> tuple[Due, str, Basis] | None:
    """When a duty is due, where that comes from and what it binds by; None where no number is set for its clock.

    What both sides agreed on comes before the node's own targets (domain 7b.3).
    """
    if duty.named is not None and duty.clock in _NAMED:
        return due_on(duty.named, timetable.calendar), _NAMED[duty.clock], timetable.profile.basis
    for profile in (profile_with(tx, thread.case.counterpart, duty.counted_at.date()), timetable.profile):
        limit = None if profile is None else profile.limit(duty.clock, thread.priority)
        if profile is not None and limit is not None:
            return due(duty.counted_at, limit, timetable.calendar), profile.source, profile.basis
    return None


_NAMED = {
    ClockName.INFO: "the date the question names (ITI 21)",
    ClockName.CONSENT: "the date the request for consent names (ITI 15(c))",
}


def _count_anew(tx: Tx, timetable: Timetable, thread: Thread, duty: Duty, row: AnyRow) -> bool:
    """Another priority counts from its own instant on; the original date stays, earlier reminders are void."""
    reckoning = _reckon(tx, timetable, thread, duty)
    if reckoning is None:
        return False
    reckoned, source, basis = reckoning
    due_ms = to_ms(reckoned.due_at)
    values = {
        "counted_by": duty.counted_by,
        "basis": str(basis),
        "due_ms": due_ms,
        "source": f"{source}; counted from the change of priority {duty.counted_by}",
        "steps": strictjson.dump(list(reckoned.steps)).decode(),
        "near_ms": max(tx.now_ms, due_ms - timetable.near_span_ms(thread.priority)),
        "near_told_ms": None,
        "passed_told_ms": None,
    }
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values(values))
    tx.conn.execute(delete(_reminders).where(_reminders.c.deadline_id == row.id))
    return True


def _end(tx: Tx, row: AnyRow, ended_ms: int, ended_by: str | None) -> None:
    """The duty is done, or there is none any more: the clock stops, and its reminders are off the desk."""
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values(ended_ms=ended_ms, ended_by=ended_by))
    tx.conn.execute(
        update(_reminders)
        .where(_reminders.c.deadline_id == row.id, _reminders.c.done_ms.is_(None))
        .values(done_ms=tx.now_ms)
    )


def _resume(tx: Tx, row: AnyRow) -> None:
    """What had done the duty was rejected by its recipient: the clock runs on as if it had never been said."""
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values(ended_ms=None, ended_by=None))
    tx.conn.execute(update(_reminders).where(_reminders.c.deadline_id == row.id).values(done_ms=None))


def _ended_ms(tx: Tx, duty: Duty) -> int:
    """When it was done; what we said counts from its saying until its receipt is there."""
    return to_ms(duty.ended_at) if duty.ended_at is not None else tx.now_ms


def _revise(tx: Tx, timetable: Timetable, thread: Thread, notices: list[Duty]) -> bool:
    """A delay notice moves the date of the answer; the original date stays beside it (domain 7b.2)."""
    running = [notice for notice in notices if notice.is_running and notice.named is not None]
    if not running or running[-1].named is None:
        return False
    reckoned = due_on(running[-1].named, timetable.calendar)
    due_ms = to_ms(reckoned.due_at)
    is_answer = (
        (_deadlines.c.case_id == thread.case.id)
        & (_deadlines.c.clock == str(ClockName.ANSWER))
        & _deadlines.c.ended_ms.is_(None)
    )
    source = (
        f"the date named in the delay notice {running[-1].started_by} (ITI 22, 23); the original date stands beside it"
    )
    values = {
        "due_ms": due_ms,
        "source": source,
        "steps": strictjson.dump(list(reckoned.steps)).decode(),
        "near_told_ms": None,
        "passed_told_ms": None,
    }
    near_ms = max(tx.now_ms, due_ms - timetable.near_span_ms(thread.priority))
    moved = tx.conn.execute(
        update(_deadlines).where(is_answer, _deadlines.c.due_ms != due_ms).values(values | {"near_ms": near_ms})
    )
    if moved.rowcount:
        ids = select(_deadlines.c.id).where(is_answer)
        tx.conn.execute(delete(_reminders).where(_reminders.c.deadline_id.in_(ids)))
    return moved.rowcount > 0
