"""Counting what was refused without a signature: one leaf a minute at most, so that strangers cannot grow the log.

refusals.count("bad-signature")
await refusals.run()        # a task: writes the counts, ends by cancellation
await refusals.write()      # what is left, at shutdown
"""

import asyncio
from collections import Counter

import structlog

from tracing import audit
from tracing.exchange.keeping import keep
from tracing.store import Store, StoreUnavailable, Tx

__all__ = ["Refusals"]

EVERY_S = 60.0
REF = "exchange"


class Refusals:
    """The counts since the last leaf, by code."""

    def __init__(self, store: Store, every_s: float = EVERY_S) -> None:
        self._store = store
        self._every_s = every_s
        self._counts: Counter[str] = Counter()
        self._any = asyncio.Event()

    def count(self, code: str, times: int = 1) -> None:
        """Something was refused."""
        self._counts[code] += times
        self._any.set()

    async def run(self) -> None:
        """Write a leaf for the first refusal at once, and for those that follow once a minute."""
        while True:
            await self._any.wait()
            await self.write()
            await asyncio.sleep(self._every_s)

    async def write(self) -> None:
        """One leaf with the counts, if there are any. They are kept if the database cannot take them."""
        self._any.clear()
        counts = dict(self._counts)
        if not counts:
            return
        try:
            await keep(self._store, lambda tx: _note(tx, counts))
        except StoreUnavailable as error:
            structlog.get_logger().warning("exchange.refusals_not_noted", reason=str(error))
        else:
            self._counts.subtract(counts)
            self._counts = +self._counts


def _note(tx: Tx, counts: dict[str, int]) -> int:
    return audit.note(tx, "refused", REF, {"counts": counts})
