"""The node's own acts: it tells of corrections and certifies deletions, without waiting for an officer.

Rules
- Rows say what is to be done (``following``); each ends in the transaction that stores the statement about it, so a
  crash between two of them repeats nothing and forgets nothing.
- A State without a node is told by an officer's letter; the row stays and the desk shows it.
- What a case does not allow now stays too, and is tried at the next look.

    follower = Follower(office)
    await follower.follow()
"""

from collections.abc import Callable
from functools import partial
from typing import Any

import structlog
from sqlalchemy import select, update

from tracing.casework.elements.following import (
    certificate,
    certified,
    corrected_body,
    delete_due,
    deletions_due,
    to_certify,
    to_tell,
)
from tracing.casework.errors import CaseworkError, Unavailable
from tracing.casework.office import Office
from tracing.casework.policy import NODE
from tracing.casework.thread import load
from tracing.signals import Signals
from tracing.store import AnyRow, StoreUnavailable, Tx, View
from tracing.tables import CaseLink, PassedElement, table_of

__all__ = ["Follower"]

_links, _passed = table_of(CaseLink), table_of(PassedElement)


class Follower:
    """Does what messages oblige this node to. Called at start and at every look of the watch."""

    def __init__(self, office: Office) -> None:
        self._office = office

    async def run(self, signals: Signals, every_s: float) -> None:
        """Follow for ever; ends by cancellation. What cannot be done for want of the database is tried again."""
        while True:
            try:
                await self.follow()
            except (StoreUnavailable, Unavailable) as error:
                structlog.get_logger().warning("following.store_unavailable", reason=str(error))
            await signals.wait("following", every_s)

    async def follow(self) -> int:
        """Everything that is due now; returns how many statements were made."""
        store = self._office.store
        told = [await self._tell(case_id) for case_id in await store.read(to_tell)]
        today = self._office.today()
        for row in await store.read(lambda view: deletions_due(view, today)):
            await self._delete(row)
        certified = [await self._certify(*one) for one in (await store.read(to_certify)).items()]
        return sum(told) + sum(certified)

    async def _delete(self, row: AnyRow) -> None:
        try:
            await self._office.store.write(lambda tx: delete_due(tx, NODE, row))
        except CaseworkError as refused:
            structlog.get_logger().warning("following.not_deleted", case=row.case_id, code=refused.code)

    async def _certify(self, case_id: str, rows: list[AnyRow]) -> bool:
        """Tell the provider what was deleted."""
        body = certificate(rows, self._office.today())
        return await self._say(case_id, "notify", body, lambda tx, mid: certified(tx, rows, mid))

    async def _tell(self, case_id: str) -> bool:
        """Tell the recipient of passed elements that they were corrected."""
        body = await self._office.store.read(partial(self._body, case_id))
        return await self._say(case_id, "inform", body, partial(_told, case_id))

    async def _say(self, case_id: str, verb: str, body: dict[str, Any], done: Callable[[Tx, str], None]) -> bool:
        try:
            await self._office.move(NODE, case_id, verb, body, also=done)
        except Unavailable:
            raise
        except CaseworkError as refused:
            structlog.get_logger().warning("following.waits", case=case_id, code=refused.code)
            return False
        return True

    def _body(self, case_id: str, view: View) -> dict[str, object]:
        parent = view.conn.execute(select(_links.c.parent).where(_links.c.case_id == case_id)).scalar_one()
        house = self._office.house
        return corrected_body(view, load(view, case_id), load(view, parent), house.authority, self._office.today())


def _told(case_id: str, tx: Tx, mid: str) -> None:
    waiting = (_passed.c.case_id == case_id) & _passed.c.corrected_by.is_not(None) & _passed.c.told_by.is_(None)
    tx.conn.execute(update(_passed).where(waiting).values(told_by=mid))
