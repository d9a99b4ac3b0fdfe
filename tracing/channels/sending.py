"""How the worker of a channel sends: what is claimed, one notice after the other over one connection, each noted.

It looks when a reminder was written, and again from time to time; what cannot be sent now stays in its row.
"""

from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import structlog

from tracing.channels import standing
from tracing.channels.claims import Claimed, give_back, park_old, put_off, refuse, settle
from tracing.channels.faults import NoticeRefused, TargetAway
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx

__all__ = ["Turn", "send_for_ever"]

T = TypeVar("T")
Send = Callable[[Claimed[T]], Awaitable[None]]
"""Returns once the target has taken the notice. TargetAway or NoticeRefused."""


async def send_for_ever(
    store: Store, channel: str, look: Callable[[], Awaitable[object]], signals: Signals, every_s: float
) -> None:
    """Ends by cancellation. A pause that a former run had with a target does not hold for this one."""
    is_new = True
    while True:
        try:
            if is_new:
                await store.write(lambda tx: standing.try_at_once(tx, channel))
                is_new = False
            await look()
        except StoreUnavailable as error:
            structlog.get_logger().warning(f"{channel}.store_unavailable", reason=str(error))
        except Exception:  # noqa: BLE001 - the border of the worker: a fault of ours in one notice never ends the sending
            structlog.get_logger().exception(f"{channel}.failed")
        await signals.wait(channel, every_s)


@dataclass(frozen=True, slots=True)
class Turn(Generic[T]):
    """What was claimed for one target. ``most_ms``: how long a notice may wait before it is parked; None: for ever."""

    store: Store
    target: str
    most_ms: int | None = None

    async def send_all(
        self, claimed: deque[Claimed[T]], connected: Callable[[], AbstractAsyncContextManager[Send[T]]], for_s: float
    ) -> int:
        """Send for so many seconds, and give back what is left; returns how many were tried."""
        clock, done = self.store.clock, 0
        until = clock.monotonic() + for_s
        try:
            async with connected() as send:
                while claimed and clock.monotonic() < until:
                    await self._send(send, claimed.popleft())
                    done += 1
        except TargetAway as error:
            said = str(error)
            await self.store.write(lambda tx: self._fail(tx, said))
        await self.store.write(lambda tx: give_back(tx, claimed))
        return done

    async def _send(self, send: Send[T], one: Claimed[Any]) -> None:
        """TargetAway when nothing can be said of this notice: it waits its time, so that one stops no other."""
        try:
            await send(one)
        except NoticeRefused as error:
            refused = error
            await self.store.write(lambda tx: refuse(tx, one, refused, self.most_ms))
        except TargetAway:
            await self.store.write(lambda tx: put_off(tx, one, None))
            raise
        else:
            await self.store.write(lambda tx: settle(tx, one))

    def _fail(self, tx: Tx, said: str) -> None:
        standing.fail(tx, self.target, said)
        if self.most_ms is not None:
            park_old(tx, self.target, tx.now_ms - self.most_ms, said)
