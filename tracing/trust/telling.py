"""A look once a minute at what a counterpart is to be alarmed about: most find nothing, and write nothing.

await Telling(store, signals, partners.reload, untaken.is_to_tell, untaken.tell).run()
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import structlog

from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx, View

__all__ = ["Telling"]

LOOK_S: Final = 60.0


@dataclass(frozen=True, slots=True)
class Telling:
    """``tell`` says whether there was something to say. ``reload`` lets the desk see an alarm at once."""

    store: Store
    signals: Signals
    reload: Callable[[], None]
    is_to_tell: Callable[[View], bool]
    tell: Callable[[Tx], bool]

    async def run(self) -> None:
        """For ever; ends by cancellation. A database that is away is looked into later."""
        while True:
            try:
                if await self.store.read(self.is_to_tell) and await self.store.write(self.tell):
                    await asyncio.to_thread(self.reload)
                    self.signals.ring("desk")
            except StoreUnavailable as error:
                structlog.get_logger().warning("telling.store_unavailable", of=self.tell.__module__, reason=str(error))
            await asyncio.sleep(LOOK_S)
