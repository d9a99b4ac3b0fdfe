"""The node's own acts: it tells of corrections and certifies deletions, without waiting for an officer.

Rules
- Rows say what is to be done (``following``); each ends in the transaction that stores the statement about it, so a
  crash between two of them repeats nothing and forgets nothing.
- A State without a node is told by an officer's letter; the row stays.
- Two that look at the same rows (a lease that changes hands) say each thing once: the later one looks again.
- What a case does not allow now stays too, and is tried at the next look.

    follower = Follower(office)
    await follower.follow()
"""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import structlog

from tracing.casework.elements.following import (
    SaidBeside,
    certificate,
    certified,
    corrected_body,
    delete_due,
    deletions_due,
    to_certify,
    to_tell,
    told,
    untold,
)
from tracing.casework.elements.retaining import keep_dates, undated
from tracing.casework.errors import CaseworkError, Unavailable
from tracing.casework.office import Office
from tracing.casework.policy import NODE
from tracing.signals import Signals
from tracing.store import AnyRow, StoreUnavailable, Tx

__all__ = ["Follower"]

BETWEEN_S = 0.2  # what comes together is looked at once


class Follower:
    """Does what messages oblige this node to. Called at start and at every look of the watch."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def run(self, signals: Signals, every_s: float) -> None:
        """Follow for ever; ends by cancellation. What cannot be done for want of the database is tried again."""
        is_new = True
        while True:
            try:
                if is_new:
                    await self.date_undated()
                    is_new = False
                await self.follow()
            except (StoreUnavailable, Unavailable) as error:
                structlog.get_logger().warning("following.store_unavailable", reason=str(error))
            await signals.wait("following", every_s)
            await asyncio.sleep(BETWEEN_S)

    async def date_undated(self) -> None:
        """What must be deleted, and was noted before dates of it were kept, gets its date."""
        store, timetable = self._office.store, self._office.house.timetable
        for row in await store.read(undated):
            await store.write(lambda tx, row=row: keep_dates(tx, timetable, row.case_id, row.mid))  # type: ignore[misc]

    async def follow(self) -> int:
        """Everything that is due now; returns how many statements were made."""
        store, today = self._office.store, self._office.today()
        cases, due, gone = await store.read(lambda view: (to_tell(view), deletions_due(view, today), to_certify(view)))
        said = [await self._one(self._tell, case_id) for case_id in cases]
        for row in due:
            await self._one(self._delete, row)
        if due:
            gone = await store.read(to_certify)
        said += [await self._one(self._certify, *one) for one in gone.items()]
        return sum(said)

    async def _one(self, act: Callable[..., Awaitable[bool]], *about: Any) -> bool:
        """One duty. What cannot be done waits for the next look and keeps no other from being done."""
        try:
            return await act(*about)
        except (StoreUnavailable, Unavailable):
            raise
        except SaidBeside:
            self._office.signals.ring("following")
        except CaseworkError as refused:
            structlog.get_logger().warning("following.waits", duty=act.__name__.strip("_"), code=refused.code)
        except Exception:  # noqa: BLE001 - the one border of this queue: a fault of ours in one duty stops no other
            structlog.get_logger().exception("following.failed", duty=act.__name__.strip("_"))
        return False

    async def _delete(self, row: AnyRow) -> bool:
        def work(tx: Tx) -> None:
            delete_due(tx, NODE, row)
            keep_dates(tx, self._office.house.timetable, row.case_id, row.mid)

        await self._office.store.write(work)
        self._office.signals.ring("sweeping")
        return False  # nothing was said yet: the certificate follows

    async def _certify(self, case_id: str, rows: list[AnyRow]) -> bool:
        """Tell the provider what was deleted."""
        body = certificate(rows, self._office.today())

        def note(tx: Tx, mid: str) -> None:
            certified(tx, rows, mid)
            for of in {row.mid for row in rows}:
                keep_dates(tx, self._office.house.timetable, case_id, of)

        await self._office.move(NODE, case_id, "notify", body, also=note)
        return True

    async def _tell(self, case_id: str) -> bool:
        """Tell the recipient of passed elements that they were corrected."""
        rows = await self._office.store.read(lambda view: untold(view, case_id))
        body = await self._office.store.read(lambda view: corrected_body(view, rows))
        await self._office.move(NODE, case_id, "inform", body, also=lambda tx, mid: told(tx, rows, mid))
        return True
