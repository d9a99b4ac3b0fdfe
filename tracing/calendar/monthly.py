"""The monthly reconciliation: on the first working day each active counterpart on a node is told what is open.

Rules
- Once a month and counterpart: the matter bears a name that only one can have, however many processes look.
- It needs no person: it is a list of the node's own books, and nothing in a case changes by it.
- A node that was down on that day sends the list when it is back. Who became a counterpart on that day or later has its
  first list in the next month.
"""

from datetime import UTC, date, datetime, time
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from protocol.deadlines import WorkingCalendar
from tracing.casework.errors import CaseworkError
from tracing.casework.matters.relations import Relations
from tracing.casework.policy import NODE
from tracing.clock import to_ms
from tracing.partners import ACTIVE
from tracing.signals import Signals
from tracing.store import StoreUnavailable, View
from tracing.tables import Counterpart, Matter, table_of

__all__ = ["Monthly", "first_working_day"]

_counterparts, _matters = table_of(Counterpart), table_of(Matter)


def first_working_day(calendar: WorkingCalendar, day: date) -> date:
    """The first working day of the month that ``day`` is in; the last day of it where the office never opens."""
    month = [day.replace(day=number) for number in range(1, 32) if _exists(day, number)]
    return next((each for each in month if calendar.closed(each) is None), month[-1])


def _exists(day: date, number: int) -> bool:
    try:
        day.replace(day=number)
    except ValueError:
        return False
    return True


class Monthly:
    """Sends what is due this month and was not sent."""

    def __init__(self, relations: Relations, calendar: WorkingCalendar) -> None:
        self._relations = relations
        self._calendar = calendar

    async def run(self, signals: Signals, every_s: float) -> None:
        """Look for ever; ends by cancellation. What cannot be done for want of the database is tried again."""
        while True:
            try:
                await self.look()
            except StoreUnavailable as error:
                structlog.get_logger().warning("monthly.store_unavailable", reason=str(error))
            await signals.wait("monthly", every_s)

    async def look(self) -> int:
        """Send what is due; returns how many lists went out."""
        zone = ZoneInfo(self._calendar.zone)
        today = self._relations.clock.now().astimezone(zone).date()
        first = first_working_day(self._calendar, today)
        if today < first:
            return 0
        began_ms = to_ms(datetime.combine(first, time(), zone).astimezone(UTC))
        due = await self._relations.store.read(lambda view: _due(view, f"{today:%Y-%m}", began_ms))
        return sum([await self._send(name, authority) for name, authority in due])

    async def _send(self, name: str, authority: str) -> bool:
        try:
            await self._relations.say(NODE, authority, "reconcile", {}, once=name)
        except IntegrityError:  # another process was quicker
            return False
        except CaseworkError as refused:
            structlog.get_logger().warning("monthly.waits", counterpart=authority, code=refused.code)
            return False
        return True


def _due(view: View, month: str, began_ms: int) -> list[tuple[str, str]]:
    """(name of the list, authority) of each that was a counterpart before the day and has no list of this month."""
    active = _counterparts.c.on_node & (_counterparts.c.status == ACTIVE) & (_counterparts.c.pinned_ms < began_ms)
    known = view.conn.execute(select(_counterparts.c.authority).where(active).order_by(_counterparts.c.authority))
    names = {f"reconciliation {authority} {month}": authority for authority in known.scalars()}
    sent = set(view.conn.execute(select(_matters.c.once).where(_matters.c.once.in_(names))).scalars())
    return [(name, authority) for name, authority in names.items() if name not in sent]
