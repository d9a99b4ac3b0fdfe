"""The parts of a node that may run as processes of their own, where several share one database.

Rules
- ``exchange`` is what counterparts touch and the only one that calls them; it opens no decryption key. ``desk`` is what
  officers touch. ``worker`` opens what came, watches deadlines, signs checkpoints and keeps the keys. ``all`` is one
  process with everything, the only one there is on SQLite.
- Any number of each may run. Listeners need no agreement; counterparts are divided between exchanges, what is to be
  opened between workers; the single duties are the one worker's that has the lease ``leader``.

    if part.listens_to_officers: ...
    await while_leading(leases, lead)
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import Enum

from keys.rest import ContentCipher
from keys.vault import Vault
from tracing.clock import Ids
from tracing.store.leases import Leases

__all__ = ["LEADER", "Part", "cipher_of", "while_leading"]

LEADER = "leader"
LOOK_S = 0.5
SECRET_BYTES = 32


class Part(Enum):
    """What one process does; its value is the word of the command."""

    ALL = "all"
    EXCHANGE = "exchange"
    DESK = "desk"
    WORKER = "worker"

    @property
    def exchanges(self) -> bool:
        """Whether counterparts are listened to and written to."""
        return self in {Part.ALL, Part.EXCHANGE}

    @property
    def has_desk(self) -> bool:
        """Whether officers are listened to."""
        return self in {Part.ALL, Part.DESK}

    @property
    def works(self) -> bool:
        """Whether it opens, watches and keeps keys."""
        return self in {Part.ALL, Part.WORKER}

    @property
    def uses(self) -> frozenset[str] | None:
        """The keys it opens: in the outer network those of receipts and of the log, else all."""
        return frozenset({"rcpt", "log"}) if self is Part.EXCHANGE else None


def cipher_of(vault: Vault, ids: Ids) -> ContentCipher:
    """What opens content at rest; of a vault that was opened without its secrets, one that opens nothing."""
    rest, search = (
        vault.secret(use) if vault.opens(use) else ids.random_bytes(SECRET_BYTES) for use in ("rest", "search")
    )
    return ContentCipher(rest, search, ids.random_bytes)


async def while_leading(leases: Leases, lead: Callable[[], Awaitable[None]]) -> None:
    """Run ``lead`` whenever the single duties are ours, for ever; it ends by cancellation when they are no more."""
    leases.want(LEADER)
    leading: asyncio.Future[None] | None = None
    try:
        while True:
            if leading is None and leases.has(LEADER):
                leading = asyncio.ensure_future(lead())
            elif leading is not None and (leading.done() or not leases.has(LEADER)):
                await _end(leading)
                leading = None
            await asyncio.sleep(LOOK_S)
    finally:
        if leading is not None:
            await _end(leading)


async def _end(leading: "asyncio.Future[None]") -> None:
    """A fault of ours is told by whoever raised it; the duty is begun anew."""
    leading.cancel()
    await asyncio.gather(leading, return_exceptions=True)
