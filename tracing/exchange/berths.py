"""Which sealed attachments are taken, whoever brings them: named, wanted, and with room for them.

Rules
- Only a digest of a length that an accepted envelope names is taken, while it is wanted here, from whom we talk to.
- Space is reserved before the first byte, against the quota of its sender.
- It is here once all of it is on disk and has that digest. Once its row says so a crash is safe.

    named_by = await berths.require_named(blob); await berths.reserve(blob)
    ...bytes into the folder...
    await berths.settle(blob)   # False: they were others
"""

import asyncio
from dataclasses import dataclass

from tracing.attachments import Folder, rows
from tracing.exchange.client import Blob
from tracing.exchange.keeping import keep
from tracing.partners import Partners
from tracing.signals import Signals
from tracing.store import Store, Tx

__all__ = ["Berths", "NoRoom", "NotNamed"]


class NotNamed(Exception):
    """No accepted envelope names it in this length, or it was not asked for."""


class NoRoom(Exception):
    """What its sender may leave here would be exceeded."""


@dataclass(frozen=True, slots=True)
class Berths:
    """The places attachments of counterparts may take; ``quota_bytes`` for each counterpart."""

    store: Store
    folder: Folder
    partners: Partners
    signals: Signals
    quota_bytes: int

    async def require_named(self, blob: Blob) -> list[str]:
        """Those we talk to who named it, while we want it. NotNamed without one."""
        found = await self.store.read(lambda view: rows.named(view, blob.digest, blob.length))
        named_by = [name for name in dict.fromkeys(row.counterpart for row in found) if self._is_met(name)]
        if not named_by:
            raise NotNamed("expected the digest and length of an attachment this node waits for")
        return named_by

    def _is_met(self, counterpart: str) -> bool:
        partner = self.partners.get(counterpart)
        return partner is not None and not partner.is_suspended

    async def reserve(self, blob: Blob) -> None:
        """Keep space for it. NoRoom, which its officers see."""
        try:
            await keep(self.store, lambda tx: rows.begin(tx, blob.digest, blob.length, self.quota_bytes))
        except rows.OverQuota as error:
            await keep(self.store, lambda tx: rows.note_quota(tx, blob.digest, blob.length))
            raise NoRoom("there is no room for more from its sender") from error

    async def received(self, blob: Blob) -> int:
        """How many of its bytes are here."""
        return await asyncio.to_thread(self.folder.received, blob.digest, blob.length)

    async def settle(self, blob: Blob) -> bool:
        """All of its bytes came: are they what was named? Those that are not are thrown away."""
        if not await asyncio.to_thread(self._is_whole, blob):
            return False
        await keep(self.store, lambda tx: self._arrived(tx, blob))
        return True

    def _is_whole(self, blob: Blob) -> bool:
        return self.folder.holds(blob.digest) or self.folder.settle(blob.digest, blob.length)

    def _arrived(self, tx: Tx, blob: Blob) -> None:
        rows.arrive(tx, blob.digest, blob.length)
        tx.after_commit(lambda: self.signals.ring("opening"))
