"""Deadlines as rows: which duties run in a case, when each is due and where its number comes from.

``follow`` is called in the transaction of every change. Its rows are those of ``protocol.deadlines.duties`` and no
others: they follow from the messages of the case alone, whatever was held or believed before, so that both sides of a
case have the same clocks. A duty that began gets a row, the row of one that never was (its message was judged again, or
rejected) goes; ends come and go with what did the duty; dates are reckoned anew when they come from other messages than
before. What is the node's own is only when it reminds its officers, and two kinds of rows that are no duties
(``tables.deadlines.is_duty``): when a request may lapse, which follows from the rows of answers (``lapsing``), and when
information must go, which follows from its restrictions (``elements/retaining``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from protocol.deadlines import ClockName, Duty, SaidAt, Talk, duties
from protocol.lifecycle import Role
from protocol.messages.members import Day
from tracing.casework.dating import Timetable, dated_by, dates
from tracing.casework.lapsing import Lapse, lapses
from tracing.casework.thread import Thread, cases, load
from tracing.clock import from_ms, to_ms
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import DateProposal, Deadline, NoticeReminder, Reminder, table_of

__all__ = [
    "OneDuty", "Timetable", "as_rows", "begin", "date_anew", "end", "first", "follow",
    "follow_anew", "forget", "nearest", "remember_nearest", "running", "talk_of", "unsay",
]  # fmt: skip

_deadlines, _proposals, _reminders, _noticed = map(table_of, (Deadline, DateProposal, Reminder, NoticeReminder))

OWN = frozenset(one.value for one in ClockName if not one.is_duty)
_OF_CASE = Spelt(select(_deadlines).where(_deadlines.c.case_id == bindparam("case")))
_ADD = Spelt(insert(_deadlines))
_END = Spelt(
    update(_deadlines)
    .where(_deadlines.c.id == bindparam("of"))
    .values(ended_ms=bindparam("to_ended_ms"), ended_by=bindparam("to_ended_by"))
)
_REMEMBER_NEAREST = Spelt(update(cases).where(cases.c.id == bindparam("case")).values(due_ms=bindparam("to_due_ms")))


def follow(tx: Tx, timetable: Timetable, thread: Thread) -> Sequence[Any]:
    """Bring the deadline rows of a case in line with its messages; its duties as they are now."""
    held = _rows_of(tx, thread.case.id)
    rows = [row for row in held if row.clock not in OWN]
    started, changed = _hold_to(tx, timetable, list(_with_rows(thread)), rows)
    duties_now = _of_duties(tx, thread.case.id) if changed else [*rows, *as_rows(started)]
    if thread.us is Role.REQUESTER:
        _follow_lapses(tx, timetable, thread, duties_now, [row for row in held if row.clock == ClockName.LAPSE])
    return duties_now


def follow_anew(tx: Tx, timetable: Timetable, case_id: str) -> None:
    """The same for a case of which something else changed: a date has passed, or moved with a calendar."""
    follow(tx, timetable, load(tx, case_id))


def _follow_lapses(tx: Tx, timetable: Timetable, thread: Thread, duties_now: Sequence[Any], held: list[AnyRow]) -> None:
    """A private mark of who asked: it is in no tally, and presses nobody in a list."""
    found = [one for one in lapses(thread, duties_now, tx.now_ms, timetable.lapse_reminders) if held or one.is_running]
    if found or held:
        talk = talk_of(thread)
        _hold_to(tx, timetable, [OneDuty(thread, talk, one.duty, one) for one in found], held)


def _hold_to(
    tx: Tx, timetable: Timetable, ones: Sequence["OneDuty"], rows: Sequence[AnyRow]
) -> tuple[list[dict[str, Any]], bool]:
    """Hold rows to duties: what was begun and written, and whether any other row changed or went."""
    known = {(row.clock, row.started_by): row for row in rows}
    started, changed = [], False
    for one in ones:
        row = known.pop((str(one.duty.clock), one.duty.started_by), None)
        if row is not None:
            changed |= _bring_in_line(tx, timetable, one, row)
        elif (begun := _start(tx, timetable, one)) is not None:
            started.append(begun)
    for row in known.values():
        forget(tx, row)
    begin(tx, started)
    return started, changed or bool(known)


def first(tx: Tx, timetable: Timetable, thread: Thread) -> list[dict[str, Any]]:
    """The rows of a case that is about to be written, for ``begin``."""
    rows = (_start(tx, timetable, one) for one in _with_rows(thread))
    return [row for row in rows if row is not None]


def begin(tx: Tx, rows: Sequence[Mapping[str, Any]]) -> None:
    """Write rows of new duties."""
    _ADD.run_each(tx.conn, rows)


def nearest(rows: Iterable[Any]) -> int | None:
    """The next date of what still runs; a clock that stands still presses nobody."""
    return min((row.due_ms for row in rows if row.ended_ms is None and row.paused_due_ms is None), default=None)


def as_rows(values: Iterable[Mapping[str, Any]]) -> list[Any]:
    """New rows as ``follow`` gives them."""
    return [SimpleNamespace(**one, passed_told_ms=None) for one in values]


def remember_nearest(tx: Tx, case_id: str) -> None:
    """The nearest date of a case that presses, onto its row."""
    _REMEMBER_NEAREST.run(tx.conn, {"case": case_id, "to_due_ms": nearest(_of_duties(tx, case_id))})


def running(view: View, thread: Thread) -> list[tuple["OneDuty", AnyRow]]:
    """The duties of a case that are not done, each with its row."""
    rows = {(row.clock, row.started_by): row for row in _of_duties(view, thread.case.id)}
    found = ((one, rows.get((str(one.duty.clock), one.duty.started_by))) for one in _with_rows(thread))
    return [(one, row) for one, row in found if row is not None and row.ended_ms is None]


def _of_duties(view: View, case_id: str) -> list[AnyRow]:
    return [row for row in _rows_of(view, case_id) if row.clock not in OWN]


def _rows_of(view: View, case_id: str) -> list[AnyRow]:
    return _OF_CASE.rows(view.conn, {"case": case_id})


def talk_of(thread: Thread) -> Talk:
    """What was said in a case, as clocks see it."""
    said = _said_at(thread)
    return Talk({one.said.mid: one for one in said}, duties(said, thread.view), thread.view)


@dataclass(frozen=True, slots=True)
class OneDuty:
    """A duty, and the case it belongs to; or the date on which a request may lapse."""

    thread: Thread
    talk: Talk
    duty: Duty
    lapse: Lapse | None = None

    def dates(self, tx: Tx, timetable: Timetable) -> dict[str, Any] | None:
        """When it is due and why, as a row has it."""
        found = dates(tx, timetable, self.thread, self.duty, self.talk)
        return found if found is None or self.lapse is None else self.lapse.dates(found)

    def dated_by(self, rules: str) -> str:
        """What its dates come from, under the rules its row remembers."""
        return dated_by(self.duty, self.talk, rules) if self.lapse is None else self.lapse.dated_by


def _with_rows(thread: Thread) -> Iterator[OneDuty]:
    """The duties that have rows: a revised date moves the date of an answer and has no row of its own."""
    talk = talk_of(thread)
    return (OneDuty(thread, talk, duty) for duty in talk.duties if duty.clock is not ClockName.REVISED)


def _bring_in_line(tx: Tx, timetable: Timetable, one: OneDuty, row: AnyRow) -> bool:
    """End, resume or date anew the row of one duty; whether anything changed."""
    changed = _bring_end_in_line(tx, one.duty, row)
    is_dated_otherwise = row.counted_by != one.dated_by(row.rules)
    return (is_dated_otherwise and date_anew(tx, timetable, one, row)) or changed


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


def _start(tx: Tx, timetable: Timetable, one: OneDuty) -> dict[str, Any] | None:
    """A new row, unless no number is set for this clock; what was done in the same breath is written as done."""
    found, duty = one.dates(tx, timetable), one.duty
    if found is None:
        return None
    started_ms = to_ms(duty.started_at)
    known_ms = started_ms if one.lapse is None else tx.now_ms  # what is found out later is not reminded of backwards
    return found | {
        "case_id": one.thread.case.id,
        "clock": str(duty.clock),
        "owed_by": "us" if duty.owed_by is one.thread.us else "them",
        "owner": one.thread.case.owner,
        "started_by": duty.started_by,
        "started_ms": started_ms,
        "near_ms": _near_ms(timetable, duty, found["due_ms"], not_before=started_ms),
        "rung_ms": timetable.ladder.first(found["due_ms"], known_ms),
        "ended_ms": None if duty.is_running else _ended_ms(tx, duty),
        "ended_by": duty.ended_by,
        "moves": 0,
    }


# ---------------------------------------------------------------- dates


def date_anew(tx: Tx, timetable: Timetable, one: OneDuty, row: AnyRow) -> bool:
    """Its dates come from other messages now. Another date makes earlier reminders void, and is reminded of anew."""
    values = one.dates(tx, timetable)
    if values is None:
        forget(tx, row)
        return True
    if (values["due_ms"], values["paused_due_ms"]) != (row.due_ms, row.paused_due_ms):
        values |= {"moves": row.moves + 1, "moved_ms": tx.now_ms}
    if values["due_ms"] != row.due_ms:
        near_ms = _near_ms(timetable, one.duty, values["due_ms"], not_before=tx.now_ms)
        rung_ms = timetable.ladder.first(values["due_ms"], tx.now_ms)
        values |= {"near_ms": near_ms, "near_told_ms": None, "passed_told_ms": None, "rung_ms": rung_ms}
        unsay(tx, row)
    tx.conn.execute(delete(_proposals).where(_proposals.c.deadline_id == row.id))
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
    end(tx, row, ended_ms, duty.ended_by)
    return True


def end(tx: Tx, row: AnyRow, ended_ms: int | None, ended_by: str | None) -> None:
    """A clock stops, or runs on; its reminders leave the desk with it, or are there again."""
    _END.run(tx.conn, {"of": row.id, "to_ended_ms": ended_ms, "to_ended_by": ended_by})
    if row.near_told_ms is not None or row.passed_told_ms is not None:
        _clear_desk(tx, row, is_over=ended_ms is not None)


def _ended_ms(tx: Tx, duty: Duty) -> int:
    """When it was done; what we said counts from its saying until its receipt is there."""
    return to_ms(duty.ended_at) if duty.ended_at is not None else tx.now_ms


def _clear_desk(tx: Tx, row: AnyRow, *, is_over: bool) -> None:
    """A clock that stops takes its reminders off the desk until it runs on."""
    is_done = _reminders.c.done_ms.is_not(None)
    of_row = update(_reminders).where(_reminders.c.deadline_id == row.id, ~is_done if is_over else is_done)
    tx.conn.execute(of_row.values(done_ms=tx.now_ms if is_over else None))


def forget(tx: Tx, row: AnyRow) -> None:
    """There never was such a duty: neither is there a row, nor a reminder of it."""
    tx.conn.execute(delete(_proposals).where(_proposals.c.deadline_id == row.id))
    unsay(tx, row)
    tx.conn.execute(delete(_deadlines).where(_deadlines.c.id == row.id))


def unsay(tx: Tx, row: AnyRow) -> None:
    """Its reminders, and their lines in notices that have not left: such a one may then have nothing to say."""
    of_row = select(_reminders.c.id).where(_reminders.c.deadline_id == row.id)
    tx.conn.execute(delete(_noticed).where(_noticed.c.reminder_id.in_(of_row)))
    tx.conn.execute(delete(_reminders).where(_reminders.c.deadline_id == row.id))
