"""The processes of a node killed at random while they remind: each reminder once in the record, once at the receivers.

Real processes of the real command: three workers of ``br`` on a PostgreSQL of their own, then one process on SQLite. Of
``--reminders`` duties the date nears, bit by bit; each is told by mail and by webhook, to a real mail server
(aiosmtpd) and a real HTTP server in this process. All the while one process after the other, chosen by chance, gets
``kill -9``; what ends is started again as a unit of systemd would. Then all run until nothing waits: every duty must be
one reminder with one leaf, each told by one mail and one call with one leaf each, and what came twice at a server must
bear the same Message-ID or webhook-id, at most once for each kill.

A claim of whoever died ends after five minutes, which the campaign waits for. With ``--lets-go S`` those from before
the last kill are ended once nothing has moved for S seconds, and what was killed rests no longer than that, so that a
short slice is short.

    python -m tests.faults.reminding [--reminders 5000] [--kills 40] [--layouts postgresql sqlite] [--seed 1]
"""

import argparse
import asyncio
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path

from sqlalchemy import update

from tests.channels.postoffice import opened
from tests.channels.receiving import receiving
from tests.faults.killing import TRACING
from tests.faults.reminded import Reminded
from tests.faults.supervising import UNIT, Policy, Supervisor
from tests.postgres import server
from tracing.channels.claims import CLAIM_MS
from tracing.clock import SystemClock
from tracing.tables import Notice, table_of

LAYOUTS = {"postgresql": ("worker:1", "worker:2", "worker:3"), "sqlite": ("all:1",)}
PATIENCE_S = 600.0  # a claim lasts five minutes
BATCHES, LEAST = 25, 10  # the dates come near in so many steps, of no fewer than that
notices = table_of(Notice)


@dataclass(frozen=True)
class Tally:
    """What a campaign came to. Of mails and calls: how many were noted as sent, came, and came again."""

    layout: str
    seed: int
    due: int
    kills: int
    reminded: int
    doubled: int
    leaves: dict[str, int]
    sent: dict[str, int]
    came: dict[str, int]
    strangers: int
    repeats: dict[str, int]
    trees_ok: bool
    ends: dict[int, int]
    wall_s: float

    @property
    def holds(self) -> bool:
        counts = [self.reminded, *self.leaves.values(), *self.sent.values(), *self.came.values()]
        return (
            set(counts) == {self.due}
            and not self.doubled
            and not self.strangers
            and max(self.repeats.values()) <= self.kills
            and self.trees_ok
        )


@dataclass
class Campaign:
    """A home, its processes, and what they tell."""

    home: Reminded
    layout: str
    seed: int
    lets_go_s: float | None
    parts: Supervisor = field(init=False)
    killed_ms: int = 0  # when the last one had died

    def __post_init__(self) -> None:
        policy = Policy.of_unit(UNIT)
        rest_s = policy.rest_s if self.lets_go_s is None else min(policy.rest_s, self.lets_go_s)
        self.parts = Supervisor(replace(policy, rest_s=rest_s))

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """All processes, up and watched over, ended politely at the end."""
        for name in LAYOUTS[self.layout]:
            argv = [*TRACING, "--home", str(self.home.home), "run", name.partition(":")[0]]
            self.parts.start(name, argv, self.home.folder / f"{name}.log")
        tending = asyncio.create_task(self.parts.tend())
        try:
            for name in LAYOUTS[self.layout]:
                await self.until(lambda name=name: self.parts.is_up(name), f"{name} to start")
            yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await asyncio.to_thread(self.parts.stop)
            self.home.engine.dispose()

    # ------------------------------------------------------------ what is due, and the harm

    def make_due(self, first: int, count: int) -> None:
        """So many duties of ours whose date is near from now on."""
        now_ms = SystemClock().now_ms()
        self.home.add({"started_by": f"m{number}", "near_ms": now_ms} for number in range(first, first + count))

    async def load(self, due: int) -> None:
        """All of them, batch by batch."""
        size = max(LEAST, -(-due // BATCHES))
        for first in range(0, due, size):
            await asyncio.to_thread(self.make_due, first, min(size, due - first))
            await asyncio.sleep(1.0)

    async def harm(self, due: int, kills: int) -> None:
        """Kill one process after the other, whenever a random part of what is to be told has been told."""
        chance, names = random.Random(self.seed), LAYOUTS[self.layout]
        for number in range(kills):
            aim = int((number + chance.random()) * 2 * due / kills)
            await self.until(lambda aim=aim: self.home.told >= aim or self.home.told >= 2 * due, f"{aim} to be told")
            victim = chance.choice(names)
            await self.until(lambda victim=victim: self.parts.is_there(victim), f"{victim} to be there")
            self.parts.kill(victim)
            await self.until(lambda victim=victim: not self.parts.is_there(victim), f"{victim} to be dead")
            self.killed_ms = SystemClock().now_ms()

    async def until_all_left(self, due: int) -> None:
        """Until every duty is a reminder and nothing waits; patience is with what stands still."""
        seen, since = (-1, -1), time.monotonic()
        while (now := await asyncio.to_thread(self.home.left, due)) != (0, 0):
            if now != seen:
                seen, since = now, time.monotonic()
            still_s = time.monotonic() - since
            assert still_s < PATIENCE_S, f"{now} stood still for {still_s:.0f} s; processes: {self.parts}"
            assert not self.parts.given_up, f"{self.parts.given_up} will not be started again; {self.parts}"
            await asyncio.sleep(0.5)

    async def let_go(self) -> None:
        """End claims of the dead whenever nothing has moved for a while: whoever lives is done with his. For ever."""
        told, since = -1, time.monotonic()
        while self.lets_go_s is not None:
            if self.home.told != told:
                told, since = self.home.told, time.monotonic()
            elif time.monotonic() - since > self.lets_go_s:
                await asyncio.to_thread(self.end_claims)
                since = time.monotonic()
            await asyncio.sleep(0.2)

    def end_claims(self) -> None:
        """Those from before the last kill; a claim of later is of somebody who lives."""
        of_dead = notices.c.next_ms.between(SystemClock().now_ms() + 1, self.killed_ms + CLAIM_MS)
        self.home.write(update(notices).where(notices.c.state == "waiting", of_dead).values(next_ms=0))

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s for {what}; processes: {self.parts}"
            await asyncio.sleep(0.05)

    # ------------------------------------------------------------ counting

    async def run(self, due: int, kills: int) -> Tally:
        """Remind, harm, wait, count."""
        began = time.monotonic()
        await self.home.found()
        async with self.alive():
            letting_go = asyncio.create_task(self.let_go())
            await asyncio.gather(self.load(due), self.harm(due, kills))
            await self.until_all_left(due)
            letting_go.cancel()
        counts = await asyncio.to_thread(self.home.reckon)
        return Tally(
            layout=self.layout, seed=self.seed, due=due, kills=kills, ends=dict(self.parts.ends),
            wall_s=round(time.monotonic() - began, 1), **counts,
        )  # fmt: skip


def campaign(layout: str, seed: int, due: int, kills: int, lets_go_s: float | None = None) -> Tally:
    """One campaign, with a database and servers of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        on_server = layout == "postgresql"
        url = stack.enter_context(server()).migrated() if on_server else f"sqlite:///{folder / 'br' / 'node.db'}"

        async def work() -> Tally:
            async with opened(folder, speaks_tls=False) as office, receiving() as receiver:
                return await Campaign(Reminded(folder, url, office, receiver), layout, seed, lets_go_s).run(due, kills)

        try:
            return asyncio.run(work())
        except AssertionError:
            for log in sorted(folder.glob("*.log")):
                sys.stderr.write(f"---- {log.name}\n{log.read_text()[-3000:]}\n")
            raise


def main() -> int:
    """The campaigns as a command."""
    parser = argparse.ArgumentParser(description="Kill the processes of a node while they remind, and count.")
    parser.add_argument("--reminders", type=int, default=5000)
    parser.add_argument("--kills", type=int, default=40)
    parser.add_argument("--layouts", nargs="+", choices=LAYOUTS, default=list(LAYOUTS))
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--lets-go", type=float, default=None)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    holds = True
    for layout in given.layouts:
        tally = campaign(layout, given.seed, given.reminders, given.kills, given.lets_go)
        sys.stdout.write(json.dumps(asdict(tally) | {"holds": tally.holds}) + "\n")
        sys.stdout.flush()
        holds = holds and tally.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
