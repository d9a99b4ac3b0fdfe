"""How long this node may keep what others gave it, as dates: the clock of retention (domain 7b.3).

Rules
- One date for each message, the first day on which something of it must go; it moves or goes with the rows of
  ``deletions``, in their transactions, and ends when nothing of the message is left to delete. The certificate ends it
  in name.
- It falls at 24:00 of the day here. Whoever owns the case is reminded before: until then the provider may be asked for
  longer.
- The node deletes by itself; the date needs nobody.
"""

from datetime import date
from typing import Any

from sqlalchemy import ColumnElement, bindparam, func, insert, literal_column, select, update

from protocol import strictjson
from protocol.deadlines import Basis, ClockName, due_on
from tracing.casework.clocks import end, forget, unsay
from tracing.casework.dating import Timetable
from tracing.clock import to_ms
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Deadline, Deletion, table_of

__all__ = ["keep_dates", "undated"]

_cases, _deadlines, _deletions = map(table_of, (Case, Deadline, Deletion))
_THIS = (_deletions.c.case_id == bindparam("case"), _deletions.c.mid == bindparam("mid"))
_IS_OPEN = _deletions.c.done_ms.is_(None)
_DAYS = Spelt(
    select(
        func.min(_deletions.c.after_day).filter(_IS_OPEN).label("first_day"),
        func.max(_deletions.c.done_ms).label("done_ms"),
        func.max(_deletions.c.certified_by).label("certified_by"),
    ).where(*_THIS)
)
_RETENTION: ColumnElement[str] = literal_column(f"'{ClockName.RETENTION}'")
_ROW = Spelt(
    select(_deadlines).where(
        _deadlines.c.case_id == bindparam("case"), _deadlines.c.clock == _RETENTION,
        _deadlines.c.started_by == bindparam("mid"),
    )
)  # fmt: skip
_UNDATED = Spelt(
    select(_deletions.c.case_id, _deletions.c.mid)
    .where(_IS_OPEN)
    .where(
        ~select(_deadlines.c.id)
        .where(_deadlines.c.case_id == _deletions.c.case_id, _deadlines.c.started_by == _deletions.c.mid)
        .where(_deadlines.c.clock == _RETENTION)
        .exists()
    )
    .distinct()
)


def keep_dates(tx: Tx, timetable: Timetable, case_id: str, mid: str) -> None:
    """Bring the date of one message in line with what of it must go."""
    this = {"case": case_id, "mid": mid}
    days, row = _DAYS.first(tx.conn, this), _ROW.first(tx.conn, this)
    if days.first_day is not None:
        _date(tx, timetable, this, row, date.fromisoformat(days.first_day))
    elif row is not None and days.done_ms is None:
        forget(tx, row)  # nothing of it has to go any more
    elif row is not None:
        end(tx, row, days.done_ms, days.certified_by)


def undated(view: View) -> list[AnyRow]:
    """Messages of which something must go and that have no date yet: those of before this node kept such dates."""
    return _UNDATED.rows(view.conn)


def _date(tx: Tx, timetable: Timetable, this: dict[str, str], row: AnyRow | None, day: date) -> None:
    found = due_on(day, timetable.calendar)
    due_ms = to_ms(found.due_at)
    if row is not None and (row.due_ms, row.ended_ms) == (due_ms, None):
        return
    near_ms = max(tx.now_ms, due_ms - timetable.near_span_ms(""))
    values: dict[str, Any] = {
        "due_ms": due_ms, "near_ms": near_ms, "near_told_ms": None, "passed_told_ms": None,
        "rung_ms": timetable.ladder.first(due_ms, tx.now_ms), "steps": strictjson.dump(list(found.steps)).decode(),
        "ended_ms": None, "ended_by": None,
    }  # fmt: skip
    if row is None:
        tx.conn.execute(insert(_deadlines).values(_begun(tx, this, due_ms) | values))
        return
    unsay(tx, row)
    moved = {"moves": row.moves + 1, "moved_ms": tx.now_ms}
    tx.conn.execute(update(_deadlines).where(_deadlines.c.id == row.id).values(values | moved))


def _begun(tx: Tx, this: dict[str, str], due_ms: int) -> dict[str, Any]:
    owner = tx.conn.execute(select(_cases.c.owner).where(_cases.c.id == this["case"])).scalar()
    return {
        "case_id": this["case"], "clock": str(ClockName.RETENTION), "owed_by": "us", "owner": owner,
        "started_by": this["mid"], "started_ms": tx.now_ms, "counted_by": this["mid"], "rules": "",
        "original_due_ms": due_ms, "basis": str(Basis.PROVIDER), "moves": 0,
        "source": "the last day its provider allows it to be kept (ITI 15)",
    }  # fmt: skip
