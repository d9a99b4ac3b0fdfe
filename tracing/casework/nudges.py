"""What one person is reminded of now, and putting a reminder off.

Rules
- A person sees what goes to him, to his role, and to whoever is away and has him for a deputy; from the instant it is
  meant for, until the duty is done.
- A reminder can be put off by whoever sees it, for 30 days at most. The ladder goes on: who comes next in it is told
  all the same.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, and_, func, or_, select, update

from tracing import audit
from tracing.casework.attendance import absent_for
from tracing.casework.errors import NotFound
from tracing.casework.policy import Actor, permit
from tracing.clock import from_ms, to_ms
from tracing.store import Tx, View
from tracing.tables import Case, Deadline, Reminder, table_of

__all__ = ["Nudge", "case_of", "nudges", "off_until", "snooze"]

MOST_SHOWN = 200
LONGEST_SNOOZE = timedelta(days=30)
_cases, _deadlines, _reminders = map(table_of, (Case, Deadline, Reminder))
_ROLES = {"officer": ("officer",), "approver": ("officer", "approver")}


@dataclass(frozen=True, slots=True)
class Nudge:
    """One reminder: of which duty of which case, when it is due, and why it comes now."""

    reminder: int
    case: str
    counterpart: str
    clock: str
    owed_by: str
    basis: str
    due_ms: int
    event: str
    to_role: str
    at_ms: int
    late: bool


def nudges(view: View, actor: Actor, now: datetime) -> list[Nudge]:
    """What this person is reminded of now, the nearest date first; of each duty the latest reminder."""
    query = (
        select(
            _reminders, _cases.c.counterpart, *(_deadlines.c[name] for name in ("clock", "owed_by", "basis", "due_ms"))
        )
        .join(_deadlines, _deadlines.c.id == _reminders.c.deadline_id)
        .join(_cases, _cases.c.id == _reminders.c.case_id)
        .where(_reminders.c.done_ms.is_(None), _deadlines.c.ended_ms.is_(None), _is_for(view, actor, now))
        .where(func.coalesce(_reminders.c.from_ms, _reminders.c.at_ms) <= to_ms(now))
        .order_by(_deadlines.c.due_ms, _reminders.c.at_ms.desc(), _reminders.c.id.desc())
        .limit(MOST_SHOWN)
    )
    latest: dict[int, Any] = {}
    for row in view.conn.execute(query):
        latest.setdefault(row.deadline_id, row)
    return [
        Nudge(
            row.id, row.case_id, row.counterpart, row.clock, row.owed_by, row.basis, row.due_ms, row.event, row.to_role,
            row.at_ms, bool(row.late),
        )
        for row in latest.values()
    ]  # fmt: skip


def case_of(view: View, actor: Actor, reminder: int, end: str) -> str:
    """The case of a reminder, open or done, whose number ends so. NotFound, where its date was moved since."""
    permit(actor, "read")
    case = view.conn.execute(select(_reminders.c.case_id).where(_reminders.c.id == reminder)).scalar()
    if case is None or not end or not case.endswith(end):
        raise NotFound("no such reminder any more; look for the end of the case's number in the lists")
    return str(case)


def off_until(view: View, reminder: int) -> int | None:
    """From when on a reminder is shown."""
    until_ms: int | None = view.conn.execute(select(_reminders.c.from_ms).where(_reminders.c.id == reminder)).scalar()
    return until_ms


def snooze(tx: Tx, actor: Actor, reminder: int, until: datetime) -> None:
    """Put off what a person is reminded of one duty. NotFound, or ValueError for a time that is none to wait for."""
    permit(actor, "reminders")
    now = from_ms(tx.now_ms)
    if not now < until <= now + LONGEST_SNOOZE:
        raise ValueError(
            f"expected a time from now to {LONGEST_SNOOZE.days} days from now, got {until:%Y-%m-%d %H:%M} UTC"
        )
    open_one = (_reminders.c.id == reminder, _reminders.c.done_ms.is_(None), _is_for(tx, actor, now))
    row = tx.conn.execute(select(_reminders.c.case_id, _reminders.c.deadline_id).where(*open_one)).first()
    if row is None:
        raise NotFound("no such reminder, or none of yours")
    of_duty = (_reminders.c.deadline_id == row.deadline_id, _reminders.c.done_ms.is_(None), _is_for(tx, actor, now))
    tx.conn.execute(update(_reminders).where(*of_duty).values(from_ms=to_ms(until)))
    what = {"act": "snooze", "actor": actor.name, "case": row.case_id, "until_ms": to_ms(until)}
    audit.note(tx, "op", row.case_id, what)


def _is_for(view: View, actor: Actor, now: datetime) -> ColumnElement[bool]:
    names = [actor.name, *absent_for(view, actor.name, now)]
    of_role = and_(_reminders.c.to_user.is_(None), _reminders.c.to_role.in_(_ROLES.get(actor.role, ())))
    return or_(_reminders.c.to_user.in_(names), of_role)
