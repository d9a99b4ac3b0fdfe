"""How a case stands at one side: all that both must agree on, and whether its clocks are those its messages make."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, select

from protocol.lifecycle import Role
from tests.talks.pair import Side
from tracing.casework import clocks
from tracing.casework.thread import Thread, load
from tracing.store import Tx
from tracing.tables import Deadline, table_of
from tracing.tables.deadlines import is_duty

__all__ = ["Standing", "standings"]

_deadlines = table_of(Deadline)
_OF_NODE = {"id", "near_ms", "near_told_ms", "passed_told_ms", "rung_ms", "moves", "moved_ms"}
"""When a node reminds its own officers, and its numbers of rows: nothing a message decides."""


@dataclass(frozen=True)
class Standing:
    """``shared`` is what the other side must have, too. ``clocks`` are all rows of clocks, running or over; ``anew``
    those of a node that held no row before and sees the same messages at once.
    """

    shared: dict[str, Any]
    clocks: list[dict[str, Any]]
    anew: list[dict[str, Any]]


class _Looked(Exception):
    """Carries what was seen out of a transaction that must leave nothing."""

    def __init__(self, seen: list[Standing]) -> None:
        self.seen = seen


async def standings(side: Side, cases: Sequence[str]) -> list[Standing]:
    """Of each case, in this order; the node is left as it was."""

    def look(tx: Tx) -> None:
        raise _Looked([_standing(tx, side, case_id) for case_id in cases])

    try:
        await side.node.store.write(look)
    except _Looked as looked:
        return looked.seen
    raise AssertionError("the look ends by what it saw")


def _standing(tx: Tx, side: Side, case_id: str) -> Standing:
    thread = load(tx, case_id)
    rows = _clocks(tx, case_id)
    tx.conn.exec_driver_sql("DELETE FROM reminders WHERE case_id = ?", (case_id,))
    tx.conn.execute(delete(_deadlines).where(_deadlines.c.case_id == case_id))
    clocks.follow(tx, side.node.house.timetable, thread)
    shared = _shared(thread) | {"clocks": [_as_both_have_it(thread, row) for row in rows]}
    return Standing(shared, rows, _clocks(tx, case_id))


def _clocks(tx: Tx, case_id: str) -> list[dict[str, Any]]:
    order = (_deadlines.c.clock, _deadlines.c.started_by)
    of_both = (_deadlines.c.case_id == case_id, is_duty())  # what a node keeps for itself follows from the hour, too
    rows = tx.conn.execute(select(_deadlines).where(*of_both).order_by(*order)).mappings()
    return [{name: value for name, value in row.items() if name not in _OF_NODE} for row in rows]


_SAME = ("clock", "started_by", "started_ms", "counted_by", "ended_by", "ended_ms")


def _as_both_have_it(thread: Thread, row: dict[str, Any]) -> tuple[Any, ...]:
    """All but the dates: those are reckoned in each node's own calendar, and by its own targets."""
    owed_by = thread.us if row["owed_by"] == "us" else thread.us.other
    return (str(owed_by), *(row[name] for name in _SAME))


def _shared(thread: Thread) -> dict[str, Any]:
    """State, overlays and all the rest; of the messages those that both hold, and who owes by name of the part."""
    gone = {row.mid for row in thread.rows if row.stage == "rejected"}
    view, row = thread.view, thread.case
    owing = {None: None, "us": thread.us, "them": thread.us.other}[row.waiting_on]
    return {
        "state": str(view.state),
        "pending": {str(overlay): sorted(mids) for overlay, mids in view.pending.items()},
        "effects": {mid: str(effect) for mid, effect in sorted(view.effects.items()) if mid not in gone},
        "heads": sorted(view.heads),
        "waiting_on": view.waiting_on,
        "priority": view.priority,
        "late": view.late,
        "allowed": {role: sorted(view.allowed(role)) for role in Role},
        "row": (row.state, row.overlays, owing, row.priority),
        "rows": {one.mid: one.effect for one in thread.rows if one.mid not in gone},
    }
