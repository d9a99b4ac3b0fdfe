"""A case whose deadlines run on a clock that a test turns."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select, update

from tests.given import TurnedClock
from tests.world import OFFICER, World, ask, world
from tracing.calendar.watch import Watch
from tracing.node import Node
from tracing.tables import Deadline, Leaf, Reminder, table_of

deadlines, leaves, reminders = map(table_of, (Deadline, Leaf, Reminder))


@dataclass
class Waiting:
    """Two nodes on one clock, and a request that at has to answer within 30 days; at's own watch does not run."""

    w: World
    clock: TurnedClock
    case: str

    def watch(self, authority: str = "at", **options: Any) -> Watch:
        """A watch of its own on the node's database, looked through by hand."""
        node = self.w[authority]
        return Watch(node.store, node.signals, self.clock, **options)

    async def rows(self, table: Any, *where: Any, authority: str = "at") -> list[Any]:
        """Rows of the case at a node."""
        query = select(table).where(table.c.case_id == self.case, *where)
        return await self.w[authority].store.read(lambda view: list(view.conn.execute(query)))

    async def said(self, authority: str = "at") -> list[tuple[str, str, bool]]:
        """Every reminder: which clock, which event, late or not."""
        query = (
            select(deadlines.c.clock, reminders.c.event, reminders.c.late)
            .join(deadlines, deadlines.c.id == reminders.c.deadline_id)
            .where(reminders.c.case_id == self.case)
            .order_by(reminders.c.at_ms, deadlines.c.clock)
        )
        store = self.w[authority].store
        return [tuple(row) for row in await store.read(lambda view: list(view.conn.execute(query)))]

    async def reminding_leaves(self) -> int:
        """Entries of the private tree of at that are reminders of this case."""
        return sum(b'"act":"remind"' in one for one in await self.leaves_of_case())

    async def leaves_of_case(self) -> list[bytes]:
        """The objects of the private tree of at that are about this case."""
        query = select(leaves.c.object).where(leaves.c.tree == "private", leaves.c.ref == self.case)
        return await self.w["at"].store.read(lambda view: list(view.conn.execute(query).scalars()))

    async def until_near(self, clock: str) -> None:
        """Turn the clock to the instant a deadline of at begins to be near."""
        await self._until(clock, "near_ms", timedelta())

    async def until_due(self, clock: str, *, after: timedelta = timedelta(seconds=1)) -> None:
        """Turn the clock to shortly after a deadline of at is due."""
        await self._until(clock, "due_ms", after)

    async def _until(self, clock: str, column: str, after: timedelta) -> None:
        (row,) = await self.rows(deadlines, deadlines.c.clock == clock)
        self.clock.turn(timedelta(milliseconds=row._mapping[column] - self.clock.now_ms()) + after)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def turning(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Two nodes on one clock; every test turns it on."""
    async with world(tmp_path_factory.mktemp("turning"), "br", "at", clock=TurnedClock()) as w:
        yield w


async def _blind(node: Node) -> None:
    """End its own watch and what else looks by real time; its keys are kept here, by the clock that was turned."""
    running = node._running
    assert running is not None
    if running._watch is not None:
        await running._watch.stop()
    for task in [one for one in running._tasks if one.get_name() in {"keys", "leading", "webhooks"}]:
        running._tasks.remove(task)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    await node.keep_keys()


@pytest_asyncio.fixture(loop_scope="session")
async def waiting(turning: World) -> Waiting:
    """A fresh request; the deadlines of the tests before are ended, and no watch looks but the test's own."""
    w = turning
    for node in w.nodes.values():
        await _blind(node)
        await node.store.write(lambda tx: tx.conn.execute(update(deadlines).values(ended_ms=0)))
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    await w.settled()
    return Waiting(w, w.clock, asked.case)
