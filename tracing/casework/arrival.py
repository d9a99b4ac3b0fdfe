"""How far something just said has come: waiting for the counterpart's receipt of it, at most so long.

arrival = Arrival.of(signals, mid, wait_s)   # before the message can have left
...                                          # the commit; arrival.drop() if it failed
delivery = await arrival.stage(store)
"""

import asyncio
from dataclasses import dataclass

from sqlalchemy import select

from tracing.casework.thread import envelopes
from tracing.signals import Signals
from tracing.store import Store, View

__all__ = ["Arrival", "stage_of"]


@dataclass(frozen=True, slots=True)
class Arrival:
    """Somebody may wait for the receipt of ``mid``; without ``wait_s``, or where nothing runs, nobody does."""

    signals: Signals
    mid: str
    wait_s: float
    coming: "asyncio.Future[str] | None"

    @classmethod
    def of(cls, signals: Signals, mid: str, wait_s: float) -> "Arrival":
        """Taken before the message can have left."""
        return cls(signals, mid, wait_s, signals.expect(mid) if wait_s and signals.is_bound else None)

    def drop(self) -> None:
        """Nothing was said after all."""
        self.signals.forget(self.mid)

    async def stage(self, store: Store) -> str:
        """``queued`` when nobody waits; else the stage reached once the receipt is here or the time is up."""
        if self.coming is None:
            return "queued"
        try:
            async with asyncio.timeout(self.wait_s):
                return await self.coming
        except TimeoutError:
            pass
        except asyncio.CancelledError:
            if (task := asyncio.current_task()) and task.cancelling():
                raise  # whoever waited gave up; else the node stops, and the wait ended with it
        finally:
            self.drop()
        return await store.read(lambda view: stage_of(view, self.mid))


def stage_of(view: View, mid: str) -> str:
    """How far our message came; ``recorded`` for one that never travelled by wire."""
    query = select(envelopes.c.stage).where(envelopes.c.mid == mid, envelopes.c.direction == "out")
    return str(view.conn.execute(query).scalar() or "recorded")
