"""Storing what must not be left half said.

outcome = await keep(store, lambda tx: ...)
"""

import asyncio
from collections.abc import Callable
from typing import TypeVar

from tracing.store import Store, Tx

__all__ = ["keep"]

T = TypeVar("T")


async def keep(store: Store, work: Callable[[Tx], T]) -> T:
    """Run ``work`` in a transaction. Once begun it is finished, though whoever waits for it is cancelled."""
    return await asyncio.shield(store.write(work))
