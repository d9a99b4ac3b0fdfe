"""Deadlines as rows: which duties run in a case, when each is due and where its number comes from.

``follow`` is called in the transaction of every change. It starts rows for duties that began, ends those whose duty is
done and moves a date only where a notice names a new one; the original date stays. Which clock an act starts or stops is
``protocol.deadlines.duties``; this room only knows when things happened here.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, func, insert, select, update

from protocol import strictjson
from protocol.deadlines import Duty, Profile, SaidAt, WorkingCalendar, due, duties
from protocol.lifecycle import Effect, Kind
from tracing.casework.thread import Thread, cases, envelopes, messages
from tracing.clock import from_ms, to_ms
from tracing.store import Tx, View
from tracing.tables import Deadline, Reminder

__all__ = ["Timetable", "accepted_at", "follow"]

_deadlines, _reminders = Deadline.__table__, Reminder.__table__  # type: ignore[attr-defined]


@dataclass(frozen=True, slots=True)
class Timetable:
    """The limits in force at this node and the calendar they are counted in. ``near`` is how early the desk reminds."""

    profile: Profile
    calendar: WorkingCalendar
    near: timedelta


def accepted_at(view: View, sender: str, mid: str) -> int | None:
    """``at`` of the accepted receipt of a message, from which its clocks run; None while there is none."""
    return view.conn.execute(select(envelopes.c.accepted_ms).where(envelopes.c.sender == sender, envelopes.c.mid == mid)).scalar()
