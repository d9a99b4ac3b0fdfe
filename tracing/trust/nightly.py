"""The trail recomputed once a day, by the node itself: what it came to is a leaf, and an alarm where it does not hold.

Rules
- Once a night, from one to five o'clock where the node stands; at any hour where that was not done for three days.
- It reads a snapshot beside the work. Attachments are hashed by ``tracing audit verify`` alone.
- An alarm that names the first bad entry ends by itself when all holds again.

    nightly = Nightly(store, checkpoints.check, me="br", zone="America/Sao_Paulo", reload=partners.reload)
    await nightly.run(every_s=900)
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import literal_column, select

from protocol import strictjson
from tracing import audit
from tracing.audit import PRIVATE, AuditResult, CheckNote
from tracing.store import Store, StoreUnavailable, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Leaf, table_of
from tracing.trust.alarms import end_alarms, raise_alarm

__all__ = ["BROKEN", "Nightly", "Verified", "last_verified"]

BROKEN: Final = "trail-broken"
REF: Final = "verified"
NIGHT: Final = range(1, 5)  # hours
SINCE_MS: Final = 20 * 3_600_000  # so that one night has one
LATE_MS: Final = 3 * 86_400_000
MOST_BYTES: Final = 64 * 1024
_leaves = table_of(Leaf)
_PRIVATE = _leaves.c.tree == literal_column(f"'{PRIVATE}'")
_BEGAN = Spelt(select(_leaves.c.at_ms).where(_PRIVATE, _leaves.c.idx == literal_column("0")))
_LAST = Spelt(
    select(_leaves.c.at_ms, _leaves.c.object)
    .where(_PRIVATE, _leaves.c.ref == literal_column(f"'{REF}'"), _leaves.c.kind == literal_column("'op'"))
    .order_by(_leaves.c.idx.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Verified:
    """What the last verification of the node itself came to."""

    at_ms: int
    leaves: int
    first_bad: str | None


def last_verified(view: View) -> Verified | None:
    """None before the first."""
    row = _LAST.first(view.conn)
    if row is None:
        return None
    what: dict[str, Any] = strictjson.load(row.object, MOST_BYTES)
    return Verified(row.at_ms, what["leaves"], what["first_bad"])


def _since(view: View) -> int:
    """When the trail was verified last; before the first time, when it began."""
    last = last_verified(view)
    return last.at_ms if last is not None else int(_BEGAN.scalar(view.conn) or 0)


@dataclass(frozen=True, slots=True)
class Nightly:
    """The duty. ``reload`` lets the desk see an alarm at once."""

    store: Store
    check_note: CheckNote
    me: str
    zone: str
    reload: Callable[[], None]

    async def run(self, every_s: float) -> None:
        """For ever; it ends by cancellation."""
        while True:
            try:
                await self.verify_due()
            except StoreUnavailable as error:
                structlog.get_logger().warning("audit.verified_later", reason=str(error))
            await asyncio.sleep(every_s)

    async def verify_due(self) -> AuditResult | None:
        """Verify where it is time to; None where it is not."""
        since_ms = self.store.clock.now_ms() - await self.store.read(_since)
        hour = self.store.clock.now().astimezone(ZoneInfo(self.zone)).hour
        if since_ms < SINCE_MS or (hour not in NIGHT and since_ms < LATE_MS):
            return None
        found = await self.store.read(lambda view: audit.verify(view, self.check_note))
        await self.store.write(lambda tx: self._note(tx, found))
        if not found.ok:
            structlog.get_logger().error("audit.does_not_hold", first_bad=found.first_bad)
            await asyncio.to_thread(self.reload)
        return found

    def _note(self, tx: Tx, found: AuditResult) -> None:
        audit.note(tx, "op", REF, {"act": "verify", "leaves": found.leaves, "first_bad": found.first_bad})
        if found.ok:
            end_alarms(tx, self.me, BROKEN)
        else:
            raise_alarm(tx, self.me, BROKEN, f"the audit trail does not hold: {found.first_bad}")
