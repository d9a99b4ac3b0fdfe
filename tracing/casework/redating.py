"""Another calendar, other dates: what a changed calendar proposes for open deadlines, and what an officer does with it.

Rules
- Dates of open deadlines are held against the calendars when these changed, some cases in each transaction; where it
  stopped is remembered, so that a node that dies goes on there.
- A date of our own target moves by itself, with its leaf. One that binds both is only proposed: a person who binds the
  authority takes it or leaves it.
- A deadline that ended, or that the old date fits again, has no proposal.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, delete, insert, select, update

from protocol import strictjson
from protocol.deadlines import Basis
from tracing import audit
from tracing.casework import tallies
from tracing.casework.clocks import OneDuty, Timetable, date_anew, follow_anew, remember_nearest, running
from tracing.casework.errors import NotFound
from tracing.casework.policy import Actor, permit
from tracing.casework.thread import load
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import CalendarDay, CalendarSeen, DateProposal, Deadline, table_of

__all__ = ["Proposal", "correct", "hold_against", "leave", "proposals", "take"]

CASES_AT_ONCE = 50  # in one transaction
MOST_SHOWN = 200
MOST_BYTES = 1 << 20
_days, _seen, _proposals, _deadlines = map(table_of, (CalendarDay, CalendarSeen, DateProposal, Deadline))
_NEXT = Spelt(
    select(_deadlines.c.case_id)
    .where(_deadlines.c.ended_ms.is_(None), _deadlines.c.case_id > bindparam("after"))
    .group_by(_deadlines.c.case_id)
    .order_by(_deadlines.c.case_id)
    .limit(CASES_AT_ONCE)
)


@dataclass(frozen=True, slots=True)
class Proposal:
    """Another date for one deadline. ``left``: an officer left the old one standing."""

    deadline: int
    case: str
    counterpart: str
    clock: str
    owed_by: str
    due_ms: int
    proposed_ms: int
    steps: tuple[str, ...]
    left: bool


# ---------------------------------------------------------------- calendars


def correct(tx: Tx, actor: Actor, authority: str, day: date, *, kind: str, name: str) -> None:
    """A day of an office is off (with a name), worked, or again ``as listed``. ValueError for another kind."""
    permit(actor, "correct-calendar")
    if kind not in {"off", "worked", "listed"}:
        raise ValueError(f"expected off, worked or listed, got {kind[:40]!r}")
    where = (_days.c.authority == authority, _days.c.day == day.isoformat())
    tx.conn.execute(delete(_days).where(*where))
    own = {"authority": authority, "day": day.isoformat(), "kind": kind, "name": name}
    if kind != "listed":
        tx.conn.execute(insert(_days).values(own | {"set_by": actor.name, "set_ms": tx.now_ms}))
    audit.note(tx, "cfg", authority, {"act": "correct-calendar", "actor": actor.name} | own)


def hold_against(tx: Tx, timetable: Timetable, listed: str) -> bool:
    """Hold the dates of some cases against the calendars; whether more are to do.

    ``listed``: what stands for the calendars outside the database, such as the settings and the edition of the library.
    """
    now = hashlib.sha256(strictjson.dump([listed, *_corrections(tx)])).hexdigest()
    seen = tx.conn.execute(select(_seen)).first()
    if seen is None or seen.sha256 != now:
        is_first = seen is None and not tx.conn.execute(select(_deadlines.c.id).limit(1)).first()
        _remember(tx, now, "", is_done=is_first)
        return not is_first
    if seen.is_done:
        return False
    cases = [row.case_id for row in _NEXT.rows(tx.conn, {"after": seen.after})]
    for case_id in cases:
        _hold_case(tx, timetable, case_id)
    _remember(tx, now, cases[-1] if cases else "", is_done=not cases)
    return bool(cases)


def _corrections(view: View) -> Iterator[list[str]]:
    for row in view.conn.execute(select(_days).order_by(_days.c.authority, _days.c.day)):
        yield [row.authority, row.day, row.kind]


def _remember(tx: Tx, sha256: str, after: str, *, is_done: bool) -> None:
    tx.conn.execute(delete(_seen))
    values = {"id": 1, "sha256": sha256, "after": after, "is_done": is_done, "at_ms": tx.now_ms}
    tx.conn.execute(insert(_seen).values(values))


def _hold_case(tx: Tx, timetable: Timetable, case_id: str) -> None:
    for one, row in running(tx, load(tx, case_id)):
        values = one.dates(tx, timetable)
        if values is None or values["due_ms"] == row.due_ms:
            tx.conn.execute(delete(_proposals).where(_proposals.c.deadline_id == row.id))
        elif Basis(row.basis).makes_late:
            _propose(tx, row, values)
        else:
            _move(tx, timetable, one, row, {"actor": "node"})


def _propose(tx: Tx, row: AnyRow, values: dict[str, Any]) -> None:
    """Once for each date: what was left stays left."""
    known = tx.conn.execute(select(_proposals.c.due_ms).where(_proposals.c.deadline_id == row.id)).scalar()
    if known == values["due_ms"]:
        return
    tx.conn.execute(delete(_proposals).where(_proposals.c.deadline_id == row.id))
    own = {"deadline_id": row.id, "case_id": row.case_id, "due_ms": values["due_ms"], "steps": values["steps"]}
    tx.conn.execute(insert(_proposals).values(own | {"proposed_ms": tx.now_ms}))
    what = {"act": "propose-date", "case": row.case_id, "clock": row.clock, "due_ms": values["due_ms"]}
    audit.note(tx, "op", row.case_id, what)


def _move(tx: Tx, timetable: Timetable, one: OneDuty, row: AnyRow, whose: dict[str, str]) -> None:
    date_anew(tx, timetable, one, row)
    follow_anew(tx, timetable, row.case_id)
    tx.conn.execute(delete(_proposals).where(_proposals.c.deadline_id == row.id))
    remember_nearest(tx, row.case_id)
    tallies.keep_of(tx, row.case_id)
    audit.note(tx, "op", row.case_id, {"act": "redate", "case": row.case_id, "clock": row.clock} | whose)


# ---------------------------------------------------------------- an officer decides


def proposals(view: View) -> list[Proposal]:
    """What waits for an officer, the nearest old date first."""
    rows = view.conn.execute(
        select(_proposals, _deadlines.c.clock, _deadlines.c.owed_by, _deadlines.c.due_ms.label("now_ms"))
        .join(_deadlines, _deadlines.c.id == _proposals.c.deadline_id)
        .where(_deadlines.c.ended_ms.is_(None), _proposals.c.left_ms.is_(None))
        .order_by(_deadlines.c.due_ms)
        .limit(MOST_SHOWN)
    )
    return [_proposal(view, row) for row in rows]


def _proposal(view: View, row: Any) -> Proposal:
    steps = tuple(strictjson.load(row.steps.encode(), MOST_BYTES))
    counterpart = load(view, row.case_id).case.counterpart
    return Proposal(
        row.deadline_id, row.case_id, counterpart, row.clock, row.owed_by, row.now_ms, row.due_ms, steps,
        row.left_ms is not None,
    )  # fmt: skip


def take(tx: Tx, timetable: Timetable, actor: Actor, deadline: int) -> None:
    """The date moves as the calendars have it now. NotFound where nothing is proposed."""
    permit(actor, "redate")
    row = _waiting(tx, deadline)
    for one, its in running(tx, load(tx, row.case_id)):
        if its.id == deadline:
            _move(tx, timetable, one, its, {"actor": actor.name})


def leave(tx: Tx, actor: Actor, deadline: int) -> None:
    """The old date stands; the same date is not proposed again. NotFound where nothing is proposed."""
    permit(actor, "redate")
    row = _waiting(tx, deadline)
    tx.conn.execute(update(_proposals).where(_proposals.c.deadline_id == deadline).values(left_ms=tx.now_ms))
    audit.note(tx, "op", row.case_id, {"act": "leave-date", "actor": actor.name, "case": row.case_id})


def _waiting(view: View, deadline: int) -> AnyRow:
    waiting = select(_proposals).where(_proposals.c.deadline_id == deadline, _proposals.c.left_ms.is_(None))
    row = view.conn.execute(waiting).first()
    if row is None:
        raise NotFound(f"no other date is proposed for deadline {deadline}")
    return row
