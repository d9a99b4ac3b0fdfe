"""Nodes that do not hear of each other for a month, with messages queued at both ends; then they meet again.

Whole nodes with real sockets in one process, whose clock is turned. First the counterparts run alone and ask ``br``;
they end; then ``br`` runs alone, asks them, and a month passes day by day, each noticed as the node's own looks would.
Then the counterparts start again. Everything must be delivered and opened in minutes, and nothing may have lapsed while
nobody could have answered: duties count from the receipt.

    python -m tests.faults.reuniting [--queued 2000] [--days 30] [--counterparts 5]     prints one JSON document
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog

from tests.faults.reckoning import Reckoning, reckon
from tests.given import TurnedClock
from tests.world import COUNTRIES, OFFICER, World, ask
from tracing.tables import Deadline, table_of

HUB = "br"
DAY = timedelta(days=1)
PATIENCE_S = MOST_S = 600.0
AT_ONCE = 32
_deadlines = table_of(Deadline)


@dataclass(frozen=True)
class Reunited:
    """What it came to. ``lapsed``: duties passed, anywhere; ``reunion_s``: from their start to all opened."""

    counterparts: int
    days: int
    queued: int
    waited: int
    reunion_s: float
    lapsed: int
    reckoning: Reckoning
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        all_waited = self.waited == self.queued == self.reckoning.answered
        return all_waited and self.reckoning.holds and self.trees_ok and not self.lapsed and self.reunion_s < MOST_S


class Campaign:
    """One node, its counterparts, and the clock they share."""

    def __init__(self, folder: Path, counterparts: int) -> None:
        self.clock = TurnedClock()
        self.others = [name for name in COUNTRIES if name != HUB][:counterparts]
        self.world = World(folder, self.clock, reconciliation="off")
        self.answered: set[str] = set()

    async def run(self, queued: int, days: int) -> Reunited:
        """Queue, part, turn, meet, count."""
        began = time.monotonic()
        self._found()
        each = queued // 2 // len(self.others)
        await self._start(self.others)
        for one in self.others:
            await self._ask(one, HUB, each)
        waited = await self._waiting(self.others)
        await self._stop(self.others)
        await self._start([HUB])
        for one in self.others:
            await self._ask(HUB, one, each)
        waited += await self._waiting([HUB])
        for _ in range(days):
            self.clock.turn(DAY)
            await self.world[HUB].keep_keys()
        reunion_s = await self._meet()
        lapsed = sum([await self._lapsed(one) for one in (HUB, *self.others)])
        trees_ok = all(self.world.audit(one).ok for one in (HUB, *self.others))
        await self._stop([HUB, *self.others])
        found = reckon({one: self.world.folder / one / "node.db" for one in (HUB, *self.others)}, self.answered)
        return Reunited(
            len(self.others), days, 2 * each * len(self.others), waited, reunion_s, lapsed, found, trees_ok,
            round(time.monotonic() - began, 1),
        )  # fmt: skip

    def _found(self) -> None:
        for one in (HUB, *self.others):
            self.world.found(one)
        for one in self.others:
            self.world.introduce(HUB, one)
            self.world.introduce(one, HUB)
        for one in (HUB, *self.others):
            self.world.nodes.pop(one).close()

    async def _start(self, names: Iterable[str]) -> None:
        for one in names:
            self.world.found(one)
            await self.world[one].start()

    async def _stop(self, names: Iterable[str]) -> None:
        for one in names:
            await self.world.stop(one)

    async def _ask(self, one: str, other: str, count: int) -> None:
        """So many requests, some of them under way."""
        numbers = iter(range(count))

        async def officer() -> None:
            for number in numbers:
                outcome = await self.world[one].office.request(OFFICER, ask(other, f"R{number:05d}"))
                self.answered.add(outcome.case)

        await asyncio.gather(*(officer() for _ in range(AT_ONCE)))

    async def _waiting(self, names: Iterable[str]) -> int:
        return sum([await self.world.count(one, "outbox") for one in names])

    async def _meet(self) -> float:
        """Start them; seconds until nothing is on its way any more."""
        began = time.monotonic()
        await self._start(self.others)
        while await self._is_busy():
            assert time.monotonic() - began < PATIENCE_S, f"not delivered in {PATIENCE_S:.0f} s"
            await asyncio.sleep(0.2)
        return round(time.monotonic() - began, 1)

    async def _is_busy(self) -> bool:
        names = (HUB, *self.others)
        return any([await self.world.count(one, "outbox") + await self.world.unopened(one) for one in names])

    async def _lapsed(self, one: str) -> int:
        """Duties that passed, told of or not."""
        is_over = (_deadlines.c.ended_ms.is_(None)) & (_deadlines.c.due_ms < self.clock.now_ms())
        query = _deadlines.select().where(is_over | _deadlines.c.passed_told_ms.is_not(None))
        return len(await self.world[one].store.read(lambda view: view.conn.execute(query).all()))


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Nodes a month apart, with messages queued; then they meet.")
    parser.add_argument("--queued", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--counterparts", type=int, default=5)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    with tempfile.TemporaryDirectory() as folder:
        reunited = asyncio.run(Campaign(Path(folder), given.counterparts).run(given.queued, given.days))
    told: dict[str, Any] = {"figure": "reunion", "holds": reunited.holds} | asdict(reunited)
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if reunited.holds else 1


if __name__ == "__main__":
    sys.exit(main())
