"""A live node notices what other processes committed to its database: commands beside it, and its other parts.

Rules
- What is kept in memory is read anew, at most every ``NOTICE_EVERY_S``: our keys, the counterparts.
- Every bell rings: whoever waits for rows looks at them. Who waits for a receipt that another process took is told.
- A process that opened some keys only ends when others are needed: whoever watches over it starts it again.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable

import structlog
from sqlalchemy import bindparam, select

from keys.errors import KeyNotHeld
from tracing.partners import Partners
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, View
from tracing.tables import Envelope, table_of
from tracing.trust.keyring import Keyring

__all__ = ["Notice"]

NOTICE_EVERY_S = 0.25
_envelopes = table_of(Envelope)
_STAGES = select(_envelopes.c.mid, _envelopes.c.stage).where(
    _envelopes.c.mid.in_(bindparam("mids", expanding=True)), _envelopes.c.direction == "out"
)
REACHED = {"accepted", "opened", "rejected"}


class Notice:
    """``refresh`` and ``ring`` are what the node does when somebody else committed; ``end`` when it cannot go on."""

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        partners: Partners,
        signals: Signals,
        *,
        refresh: Callable[[], Awaitable[None]] | None,
        ring: Callable[[], None],
        end: Callable[[], None],
    ) -> None:
        self._store, self._keyring, self._partners, self._signals = store, keyring, partners, signals
        self._refresh, self._ring, self._end = refresh, ring, end

    async def run(self) -> None:
        """For ever; ends by cancellation."""
        seen = -1
        while True:
            await self._store.others.wait(NOTICE_EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                version = await self._store.foreign_version()
                if version != seen:
                    seen = version
                    await self._take_over()

    async def _take_over(self) -> None:
        try:
            await asyncio.to_thread(self._keyring.reload)
        except KeyNotHeld as error:
            structlog.get_logger().error("keys.needs_a_new_start", reason=str(error))
            self._end()
            return
        await asyncio.to_thread(self._partners.reload)
        if self._refresh is not None:
            await self._refresh()
        self._ring()
        if mids := self._signals.awaited():
            for mid, stage in await self._store.read(lambda view: _reached(view, mids)):
                self._signals.reached(mid, stage)


def _reached(view: View, mids: list[str]) -> list[tuple[str, str]]:
    """The messages of ours among these that a receipt has come for."""
    rows = view.conn.execute(_STAGES, {"mids": mids})
    return [(row.mid, row.stage) for row in rows if row.stage in REACHED]
