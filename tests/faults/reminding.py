"""The processes of a node killed at random while they remind: each reminder once in the record, once at the receivers.

Real processes of the real command: three workers of ``br`` on a PostgreSQL of their own, then one process on SQLite. Of
``--reminders`` duties the date nears, bit by bit; each is told by mail and by webhook, to a real mail server
(aiosmtpd) and a real HTTP server in this process. All the while one process after the other, chosen by chance, gets
``kill -9``; what ends is started again as a unit of systemd would. Then all run until nothing waits: every duty must be
one reminder with one leaf, each told by one mail and one call with one leaf each, and what came twice at a server must
bear the same Message-ID or webhook-id, at most once for each kill.

A claim of whoever died ends after five minutes, which the campaign waits for. With ``--lets-go S`` claims are ended
once nothing has moved for S seconds, so that a short slice is short.

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
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import ExitStack, asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from sqlalchemy import Engine, insert, select, text

from tests.channels.postoffice import PostOffice, opened
from tests.channels.receiving import Receiving, receiving
from tests.faults.killing import TRACING
from tests.faults.supervising import UNIT, Policy, Supervisor
from tests.postgres import server
from tests.world import OFFICER, PASSPHRASE, World, ask
from tracing import audit
from tracing.channels.mail.choices import Choice, choose
from tracing.channels.ways import SOUND
from tracing.channels.webhooks import hooks
from tracing.channels.webhooks.hooks import Hook
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.settings import Mailbox
from tracing.store import Tx, open_engine, people
from tracing.tables import Deadline, Leaf, Notice, Reminder, table_of

LAYOUTS = {"postgresql": ("worker:1", "worker:2", "worker:3"), "sqlite": ("all:1",)}
CASES = 20
PATIENCE_S = 600.0  # a claim lasts five minutes
BATCHES = 25  # the dates come near in so many steps
MONTH_MS = 30 * 86_400_000
AT_ONCE = dict.fromkeys(SOUND, "at_once")
deadlines, leaves, notices, reminders = map(table_of, (Deadline, Leaf, Notice, Reminder))
WAITING = "SELECT count(*) FROM notices WHERE state = 'waiting'"


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

    folder: Path
    url: str
    layout: str
    seed: int
    lets_go_s: float | None
    office: PostOffice
    receiver: Receiving
    parts: Supervisor = field(default_factory=lambda: Supervisor(Policy.of_unit(UNIT)))
    engine: Engine = field(init=False)
    cases: Sequence[str] = ()

    async def found(self) -> None:
        """A training node with an officer who is written to, a webhook, and some cases."""
        mail = self.office.settings(security="none", authorities_file="")
        world = World(self.folder, SystemClock(), mail=mail)
        world.found("br", database=self.url)
        world.add_by_letter("br", "fr")
        node = world["br"]

        def work(tx: Tx) -> None:
            people.add_user(tx, "ada", "officer", "-", "en", "test")
            choose(tx, "ada", Choice(Mailbox("ada@tracing.example"), AT_ONCE), "test")
            hooks.add(tx, Hook("chat", to_user="ada", ways=AT_ONCE), self.receiver.url, "test")

        await node.store.write(work)
        asked = [await node.office.request(OFFICER, ask("fr", f"X{number}")) for number in range(CASES)]
        self.cases = [one.case for one in asked]
        await asyncio.to_thread(node.close)
        passphrase = self.folder / "br" / "secrets" / "passphrase"
        passphrase.parent.mkdir(mode=0o700)
        passphrase.write_bytes(PASSPHRASE)
        passphrase.chmod(0o600)
        self.engine = open_engine(self.url)
        with self.engine.connect().execution_options(write=True) as conn, conn.begin():
            conn.execute(text("UPDATE cases SET owner = 'ada'"))
            conn.execute(text("UPDATE deadlines SET ended_ms = 1"))

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[None]:
        """All processes, up and watched over, ended politely at the end."""
        for name in LAYOUTS[self.layout]:
            argv = [*TRACING, "--home", str(self.folder / "br"), "run", name.partition(":")[0]]
            self.parts.start(name, argv, self.folder / f"{name}.log")
        tending = asyncio.create_task(self.parts.tend())
        try:
            for name in LAYOUTS[self.layout]:
                await self.until(lambda name=name: self.parts.is_up(name), f"{name} to start")
            yield
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await asyncio.to_thread(self.parts.stop)
            self.engine.dispose()

    # ------------------------------------------------------------ what is due, and the harm

    def make_due(self, first: int, count: int) -> None:
        """So many duties of ours whose date is near from now on."""
        now_ms = SystemClock().now_ms()
        same = {
            "clock": "answer", "owed_by": "us", "started_ms": now_ms, "counted_by": "[]", "due_ms": now_ms + MONTH_MS,
            "original_due_ms": now_ms + MONTH_MS, "basis": "internal", "source": "a test", "steps": "[]", "rules": "",
            "near_ms": now_ms,
        }  # fmt: skip
        rows = [
            same | {"case_id": self.cases[number % CASES], "started_by": f"m{number}"}
            for number in range(first, first + count)
        ]
        with self.engine.connect().execution_options(write=True) as conn, conn.begin():
            conn.execute(insert(deadlines), rows)

    async def load(self, due: int) -> None:
        """All of them, batch by batch."""
        size = -(-due // BATCHES)
        for first in range(0, due, size):
            await asyncio.to_thread(self.make_due, first, min(size, due - first))
            await asyncio.sleep(1.0)

    async def harm(self, due: int, kills: int) -> None:
        """Kill one process after the other, whenever a random part of what is to be told has been told."""
        chance, names = random.Random(self.seed), LAYOUTS[self.layout]
        for number in range(kills):
            aim = int((number + chance.random()) * 2 * due / kills)
            await self.until(lambda aim=aim: self.told >= aim or self.told >= 2 * due, f"{aim} to be told")
            victim = chance.choice(names)
            await self.until(lambda victim=victim: self.parts.is_there(victim), f"{victim} to be there")
            self.parts.kill(victim)

    @property
    def told(self) -> int:
        """What came to both servers."""
        return len(self.office.kept) + len(self.receiver.calls)

    async def until_all_left(self, due: int) -> None:
        """Until every duty is a reminder and nothing waits; patience is with what stands still."""
        seen, since = (-1, -1), time.monotonic()
        while (now := await asyncio.to_thread(self.left, due)) != (0, 0):
            if now != seen:
                seen, since = now, time.monotonic()
            still_s = time.monotonic() - since
            assert still_s < PATIENCE_S, f"{now} stood still for {still_s:.0f} s; processes: {self.parts}"
            assert not self.parts.given_up, f"{self.parts.given_up} will not be started again; {self.parts}"
            await asyncio.sleep(0.5)

    def left(self, due: int) -> tuple[int, int]:
        """Duties without a reminder, and notices that wait."""
        with self.engine.connect() as conn, conn.begin():
            reminded = conn.execute(text("SELECT count(*) FROM reminders")).scalar_one()
            return due - int(reminded), int(conn.execute(text(WAITING)).scalar_one())

    async def let_go(self) -> None:
        """End claims whenever all were up and nothing moved for a while: whoever lives has none then. For ever."""
        told, since = -1, time.monotonic()
        while self.lets_go_s is not None:
            if self.told != told or not all(map(self.parts.is_up, LAYOUTS[self.layout])):
                told, since = self.told, time.monotonic()
            elif time.monotonic() - since > self.lets_go_s:
                await asyncio.to_thread(self.end_claims)
                since = time.monotonic()
            await asyncio.sleep(0.5)

    def end_claims(self) -> None:
        with self.engine.connect().execution_options(write=True) as conn, conn.begin():
            conn.execute(text("UPDATE notices SET next_ms = 0 WHERE state = 'waiting'"))

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            assert time.monotonic() < end, f"waited {PATIENCE_S:.0f} s for {what}; processes: {self.parts}"
            await asyncio.sleep(0.05)

    # ------------------------------------------------------------ counting

    async def run(self, due: int, kills: int) -> Tally:
        """Remind, harm, wait, count."""
        began = time.monotonic()
        await self.found()
        async with self.alive():
            letting_go = asyncio.create_task(self.let_go())
            await asyncio.gather(self.load(due), self.harm(due, kills))
            await self.until_all_left(due)
            letting_go.cancel()
        node = await asyncio.to_thread(Node.open, self.folder / "br", PASSPHRASE)
        trees_ok = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check)).ok
        counts = node.store.read_now(lambda view: self.count(view.conn))
        await asyncio.to_thread(node.close)
        return Tally(
            layout=self.layout, seed=self.seed, due=due, kills=kills, trees_ok=trees_ok, ends=dict(self.parts.ends),
            wall_s=round(time.monotonic() - began, 1), **counts,
        )  # fmt: skip

    def count(self, conn: Any) -> dict[str, Any]:
        """The record and what came, held to each other."""
        of = Counter(conn.execute(select(reminders.c.deadline_id)).scalars())
        objects = list(conn.execute(select(leaves.c.object).where(leaves.c.tree == "private")).scalars())
        sent = conn.execute(select(notices.c.target, notices.c.message_id).where(notices.c.state == "sent")).all()
        noted = {
            "mail": [f"<{row.message_id}>" for row in sent if row.target == "mail"],
            "webhook": [row.message_id for row in sent if row.target != "mail"],
        }
        came = {"mail": [str(one) for one in self.office.ids], "webhook": self.receiver.ids}
        return {
            "reminded": len(of), "doubled": sum(of.values()) - len(of),
            "leaves": {act: sum(f'"act":"{act}"'.encode() in (one or b"") for one in objects)
                       for act in ("remind", "mail", "webhook")},
            "sent": {name: len(ids) for name, ids in noted.items()},
            "came": {name: len(set(ids)) for name, ids in came.items()},
            "strangers": sum(len(set(came[name]) - set(noted[name])) for name in came),
            "repeats": {name: len(ids) - len(set(ids)) for name, ids in came.items()},
        }  # fmt: skip


def campaign(layout: str, seed: int, due: int, kills: int, lets_go_s: float | None = None) -> Tally:
    """One campaign, with a database and servers of its own."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory()))
        on_server = layout == "postgresql"
        url = stack.enter_context(server()).migrated() if on_server else f"sqlite:///{folder / 'br' / 'node.db'}"

        async def work() -> Tally:
            async with opened(folder, speaks_tls=False) as office, receiving() as receiver:
                return await Campaign(folder, url, layout, seed, lets_go_s, office, receiver).run(due, kills)

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
