"""Cleaning up: uploads nobody used, files that no row names any more, and at once those whose key was erased."""

import asyncio
import contextlib
from typing import Final

import structlog

from tracing.attachments import rows, uploads
from tracing.attachments.folder import Folder
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, View

__all__ = ["sweep", "sweep_for_ever"]

EVERY_S: Final = 3600.0
GRACE_MS: Final = 24 * 3600 * 1000  # a file is made before its row: it is left alone for so long


async def sweep_for_ever(store: Store, folder: Folder, signals: Signals) -> None:
    """Sweep now, every hour and whenever something was erased; ends by cancellation."""
    while True:
        with contextlib.suppress(StoreUnavailable):
            await sweep(store, folder)
        await signals.wait("sweeping", EVERY_S)


async def sweep(store: Store, folder: Folder) -> int:
    """Forget old uploads, remove files nobody names; how many files went."""
    await store.write(uploads.forget)
    named, erased = await store.read(lambda view: (_named(view), rows.erased_digests(view)))
    gone = await asyncio.to_thread(folder.sweep, named, (store.clock.now_ms() - GRACE_MS) / 1000, erased)
    if gone:
        structlog.get_logger().info("attachments.swept", files=gone)
    return gone


def _named(view: View) -> set[str]:
    return rows.digests(view) | uploads.unused_digests(view)
