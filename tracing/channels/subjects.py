"""What a notice is about: its reminders with their duties as they stand now, and whether any is left to tell."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from protocol.deadlines import Basis
from tracing.casework.telling import event_of
from tracing.phrases import CASE_DIGITS
from tracing.store import View
from tracing.tables import Case, Counterpart, Deadline, NoticeReminder, Reminder, table_of

__all__ = ["Subject", "subjects"]

PAUSED_MS = 3_600_000  # a clock that stands still is looked at again
_cases, _counterparts, _deadlines = map(table_of, (Case, Counterpart, Deadline))
_noticed, _reminders = map(table_of, (NoticeReminder, Reminder))


@dataclass(frozen=True, slots=True)
class Subject:
    """One reminder. ``case`` is the end of the case's number; ``from_ms``: not told before."""

    reminder: int
    case_id: str
    case: str
    counterpart: str
    clock: str
    owed_by: str
    due_ms: int
    is_binding: bool
    event: str
    to_role: str
    is_late: bool
    is_open: bool
    from_ms: int


def subjects(view: View, notice: int, now_ms: int) -> list[Subject]:
    """The reminders of a notice, the nearest date first."""
    query = (
        select(
            _reminders, _cases.c.counterpart, _counterparts.c.name.label("counterpart_name"),
            *(_deadlines.c[name] for name in ("clock", "owed_by", "basis", "due_ms", "ended_ms", "paused_due_ms")),
        )
        .join(_noticed, _noticed.c.reminder_id == _reminders.c.id)
        .join(_deadlines, _deadlines.c.id == _reminders.c.deadline_id)
        .join(_cases, _cases.c.id == _reminders.c.case_id)
        .outerjoin(_counterparts, _counterparts.c.authority == _cases.c.counterpart)
        .where(_noticed.c.notice_id == notice)
        .order_by(_deadlines.c.due_ms, _reminders.c.id)
    )  # fmt: skip
    return [_subject(row, now_ms) for row in view.conn.execute(query)]


def _subject(row: Any, now_ms: int) -> Subject:
    stands_still = row.paused_due_ms is not None
    from_ms = row.at_ms if row.from_ms is None else row.from_ms
    return Subject(
        reminder=row.id, case_id=row.case_id, case=row.case_id[-CASE_DIGITS:],
        counterpart=row.counterpart_name or row.counterpart, clock=row.clock, owed_by=row.owed_by, due_ms=row.due_ms,
        is_binding=Basis(row.basis).makes_late, event=event_of(row.event, row.to_role), to_role=row.to_role,
        is_late=bool(row.late), is_open=row.done_ms is None and row.ended_ms is None,
        from_ms=now_ms + PAUSED_MS if stands_still else from_ms,
    )  # fmt: skip
