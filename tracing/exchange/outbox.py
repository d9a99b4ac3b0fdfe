"""Delivering: a courier for each counterpart, started and ended as counterparts come and go.

outbox = Outbox(means)
outbox.start()
outbox.heard("br", started=False)   # an authentic word came from it
await outbox.stop()
"""

import asyncio
from collections.abc import Callable, Collection

from sqlalchemy import select

from tracing.exchange.courier import Courier
from tracing.exchange.means import Means
from tracing.tables import Counterpart, table_of

__all__ = ["Outbox"]

Ours = Callable[[Collection[str]], Collection[str]]
LOOK_S = 1.0
DUTY = "counterpart:"  # of writing to one, where several processes divide them
_counterparts = table_of(Counterpart)
_SPOKE = select(_counterparts.c.authority, _counterparts.c.last_contact_ms, _counterparts.c.last_hello_ms)


class Outbox:
    """All couriers. The rows are the truth; nothing here needs to survive a crash."""

    def __init__(self, means: Means, ours: Ours = lambda duties: duties) -> None:
        self._means = means
        self._ours = ours
        self._spoke: dict[str, tuple[int, int]] = {}  # when each counterpart spoke last, and greeted
        self._couriers: dict[str, Courier] = {}
        self._watch: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin to deliver."""
        self._watch = asyncio.create_task(self._match_for_ever(), name="outbox")

    async def stop(self) -> None:
        """End: posts under way get a few seconds to be answered; what is not answered stays in the outbox."""
        if self._watch is not None:
            self._watch.cancel()
            await asyncio.wait([self._watch])
        couriers, self._couriers = list(self._couriers.values()), {}
        await asyncio.gather(*(courier.stop() for courier in couriers))

    def heard(self, authority: str, started: bool) -> None:  # noqa: FBT001 - one of two words, and a callback
        """An authentic word came from ``authority``; ``started`` if it was its hello."""
        courier = self._couriers.get(authority)
        if courier is not None:
            courier.hear(started=started)

    async def match(self) -> None:
        """A courier for every counterpart that can be written to; none while another node speaks with our keys."""
        partners = () if self._means.partners.is_doubled else self._means.partners.all()
        reachable = {f"{DUTY}{one.authority}": one.authority for one in partners if one.is_reachable}
        wanted = {reachable[duty] for duty in self._ours(reachable)}
        for authority in set(self._couriers) - wanted:
            await self._couriers.pop(authority).stop()
        for authority in sorted(wanted):
            courier = self._couriers.get(authority)
            if courier is None or courier.has_failed:
                if courier is not None:
                    await courier.stop()  # what it began beside itself still runs
                self._couriers[authority] = Courier(authority, self._means)
                self._couriers[authority].start()

    async def overhear(self) -> None:
        """Counterparts that spoke to another process of this node."""
        for row in await self._means.store.read(lambda view: view.conn.execute(_SPOKE).all()):
            now = (row.last_contact_ms or 0, row.last_hello_ms or 0)
            before = self._spoke.get(row.authority, now)
            self._spoke[row.authority] = now
            if now != before:
                self.heard(row.authority, now[1] > before[1])

    async def _match_for_ever(self) -> None:
        while True:
            await self.match()
            await asyncio.sleep(LOOK_S)
