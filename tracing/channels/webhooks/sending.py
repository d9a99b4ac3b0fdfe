"""The worker that calls webhooks: one process of a node; receivers side by side, each one call after the other.

A receiver that is slow or dead has a turn of bounded length and delays another by no more than that.
"""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Final

import structlog

from tracing.channels import standing
from tracing.channels.claims import Claimed, claim, is_due
from tracing.channels.sending import Turn, send_for_ever
from tracing.channels.webhooks.caller import Pace, opened
from tracing.channels.webhooks.calls import Endpoint, Receiver
from tracing.channels.webhooks.hooks import Hook, all_hooks, named, private_of
from tracing.channels.webhooks.payload import body, test_body
from tracing.channels.webhooks.signing import headers
from tracing.phrases import Reader
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, View

__all__ = ["WEBHOOK", "Calling", "call_test"]

WEBHOOK: Final = "webhook"
TURN_S: Final = 20.0
AT_ONCE: Final = 8  # receivers that are called at the same time
MOST_WAIT_MS: Final = 3 * 86_400_000  # a notice that was not taken so long is parked


@dataclass(frozen=True, slots=True)
class Calling:
    """Of every webhook of the node."""

    store: Store
    settings: Settings
    pace: Pace = field(default_factory=Pace)

    async def run(self, signals: Signals, every_s: float) -> None:
        """Ends by cancellation."""
        await send_for_ever(self.store, WEBHOOK, self.look, signals, every_s)

    async def look(self) -> int:
        """Call all that is due now; returns how many calls were tried."""
        total = 0
        while tried := await self._round():
            total += tried
        return total

    async def _round(self) -> int:
        """One turn of each webhook that something waits for."""
        due, places = await self.store.read(self._due), asyncio.Semaphore(AT_ONCE)
        ended = await asyncio.gather(*(self._turn(hook, places) for hook in due), return_exceptions=True)
        for fault in (one for one in ended if isinstance(one, Exception)):
            structlog.get_logger().error("webhook.turn_failed", exc_info=fault)
        return sum(one for one in ended if isinstance(one, int))

    def _due(self, view: View) -> list[Hook]:
        now_ms = self.store.clock.now_ms()
        return [hook for hook in all_hooks(view) if is_due(view, hook.target, now_ms)]

    async def _turn(self, hook: Hook, places: asyncio.Semaphore) -> int:
        async with places:
            claimed = await self.store.write(lambda tx: claim(tx, Receiver(hook, self.settings)))
            if not claimed:
                return 0
            turn: Turn[Endpoint] = Turn(self.store, hook.target, MOST_WAIT_MS)
            return await turn.send_all(deque(claimed), self._connected, TURN_S)

    @asynccontextmanager
    async def _connected(self) -> AsyncIterator[Callable[[Claimed[Endpoint]], Awaitable[None]]]:
        async with opened(self.settings, self.pace) as caller:

            async def send(one: Claimed[Endpoint]) -> None:
                data, now_ms = body(one, self.settings), self.store.clock.now_ms()
                signed = headers(one.to.private.valid(now_ms), one.message_id, now_ms // 1000, data)
                await caller.post(one.to.private.url, signed, data)

            yield send


async def call_test(store: Store, settings: Settings, name: str, notice: str) -> None:
    """Try a webhook at once, without a row. LookupError, TargetAway or NoticeRefused.

    What waits for one that takes it need wait no longer.
    """
    to = await store.read(lambda view: _named(view, name))
    now_ms = store.clock.now_ms()
    data = test_body(Reader(to.hook.language, settings.zone), settings, notice, now_ms)
    async with opened(settings) as caller:
        await caller.post(to.private.url, headers(to.private.valid(now_ms), notice, now_ms // 1000, data), data)
    await store.write(lambda tx: standing.well(tx, to.hook.target, took=True))


def _named(view: View, name: str) -> Endpoint:
    hook = named(view, name)
    return Endpoint(hook, private_of(view, hook))
