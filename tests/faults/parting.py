"""A node of several processes on one PostgreSQL, each killed in turn under load, and the database started anew.

Real processes of the real command: ``br`` runs as one, two or three processes on a PostgreSQL of its own, ``at`` as one
on SQLite. Officers of both post requests with idempotency keys and go on posting a key until it is answered 201, at
least ``--requests`` of them and until the last kill; all the while one process after the other gets ``kill -9``, and
the server of the database ``stop -m immediate``. What ends is started again as a unit of systemd would. Then all run
until nothing is on its way: every key that was answered must be one case at both nodes, opened once, every tree must
verify, and no process may have ended in a way that nobody foresaw. No wait is without an end, and one that ends says
what it waited for and how each process stands.

    python -m tests.faults.parting [--requests 60] [--kills 4] [--processes 1 2 3] [--seed 1]     a JSON document each
"""

import argparse
import asyncio
import itertools
import json
import random
import signal
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

import aiohttp
from sqlalchemy import Engine, text

from tests.faults.killing import TRACING, is_ready
from tests.faults.supervising import UNIT, Policy, Supervisor
from tests.postgres import Server, server
from tests.world import PASSPHRASE, World, ask
from tracing import audit
from tracing.cli.exits import Exit
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.store import open_engine, people

LAYOUTS = {1: ("all",), 2: ("all", "worker"), 3: ("exchange", "desk", "worker")}
PATIENCE_S = 240.0
AT_ONCE = 4  # requests under way at each desk, each until its receipt or for WAIT_S
WAIT_S = 5
NODES = {"br": "at", "at": "br"}  # and whom each asks
FORESEEN = {-signal.SIGKILL, Exit.UNREACHABLE, Exit.TEMPORARY}  # ours; the database was away; keys or database, later
UNSENT = "SELECT count(*) FROM outbox"
UNOPENED = "SELECT count(*) FROM envelopes WHERE stage = 'accepted' AND direction = 'in'"
DELIVERED = "SELECT count(*) FROM envelopes WHERE direction = 'out' AND stage = 'opened'"


@dataclass(frozen=True)
class Tally:
    """What a campaign came to. ``answered`` are keys that got a 201, of both nodes together; ``ends`` tells how often
    processes ended with which exit code, or signal below zero."""

    seed: int
    processes: int
    kills: int
    restarts_of_database: int
    requests: int
    answered: int
    tries: int
    sent: int
    received: int
    opened: int
    lost: int
    doubled: int
    trees_ok: bool
    ends: dict[int, int]
    slowest_start_s: float
    load_s: float
    wall_s: float
    per_second: float

    @property
    def holds(self) -> bool:
        return (
            self.requests == self.answered == self.sent == self.received == self.opened
            and not self.lost
            and not self.doubled
            and self.trees_ok
            and FORESEEN.issuperset(self.ends)
        )


@dataclass
class Campaign:
    """Two homes, a server, and the processes that run."""

    folder: Path
    database: Server
    processes: int
    seed: int
    parts: Supervisor = field(default_factory=lambda: Supervisor(Policy.of_unit(UNIT)))
    desks: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)  # by key
    begun: int = 0
    tries: int = 0
    is_harmed: bool = False  # the last kill is over

    def found(self) -> None:
        """Two training nodes that know each other, with an officer each."""
        urls = {"br": self.database.migrated(), "at": f"sqlite:///{self.folder / 'at' / 'node.db'}"}
        world = World(self.folder, SystemClock())
        for authority, url in urls.items():
            world.found(authority, database=url)
            node = world[authority]
            self.desks[authority] = f"http://{node.settings.desk}"
            node.store.write_now(lambda tx: people.add_user(tx, "ada", "officer", "-", "en", "test"))
            self.tokens[authority] = node.store.write_now(lambda tx: people.new_token(tx, "ada", "test"))
            passphrase = self.folder / authority / "secrets" / "passphrase"
            passphrase.parent.mkdir(mode=0o700)
            passphrase.write_bytes(PASSPHRASE)
            passphrase.chmod(0o600)
            self.engines[authority] = open_engine(url)
        for one, other in NODES.items():
            world.introduce(one, other)
        for node in world.nodes.values():
            node.close()

    def trees(self) -> bool:
        """Whether every tree of both nodes is what its entries come to."""
        sound = []
        for authority in NODES:
            node = Node.open(self.folder / authority, PASSPHRASE)
            sound.append(node.store.read_now(lambda view, node=node: audit.verify(view, node.checkpoints.check)).ok)
            node.close()
        return all(sound)

    def start(self, name: str) -> None:
        """``at``, or ``br:PART``."""
        authority, _, part = name.partition(":")
        argv = [*TRACING, "--home", str(self.folder / authority), "run", part or "all"]
        self.parts.start(name, argv, self.folder / f"{name}.log")

    @asynccontextmanager
    async def alive(self) -> AsyncIterator[list[str]]:
        """All processes, up and watched over, ended politely at the end; the names of those that may be killed."""
        names = [f"br:{part}" for part in LAYOUTS[self.processes]]
        for name in ("at", *names):
            self.start(name)
        tending = asyncio.create_task(self.parts.tend())
        try:
            for name in ("at", *names):
                await self.until(lambda name=name: self.parts.is_up(name), f"{name} to start")
            for authority, desk in self.desks.items():
                await self.until(lambda desk=desk: is_ready(f"{desk}/readyz"), f"{authority} to be ready")
            yield names
        finally:
            tending.cancel()
            await asyncio.gather(tending, return_exceptions=True)
            await asyncio.to_thread(self.parts.stop)
            for engine in self.engines.values():
                engine.dispose()

    # ------------------------------------------------------------ load

    async def load(self, authority: str, count: int) -> None:
        """Requests of the officers of one node, ``AT_ONCE`` under way: so many, and more until the harm is done."""
        numbers = itertools.count()
        headers = {"Authorization": f"Bearer {self.tokens[authority]}"}
        async with aiohttp.ClientSession(self.desks[authority], headers=headers) as session:

            async def officer() -> None:
                while (number := next(numbers)) < count or not self.is_harmed:
                    await self._post(session, authority, f"{authority}-{number}")

            await asyncio.gather(*(officer() for _ in range(AT_ONCE)))

    async def _post(self, session: aiohttp.ClientSession, authority: str, key: str) -> None:
        """Again and again under one key until it is answered; each waits for its receipt a while, as officers do."""
        self.begun += 1
        body, end, said = ask(NODES[authority], key), time.monotonic() + PATIENCE_S, "nothing"
        while True:
            self.tries += 1
            try:
                headers, limit = {"Idempotency-Key": key, "Prefer": f"wait={WAIT_S}"}, aiohttp.ClientTimeout(20)
                async with session.post("/api/v1/requests", json=body, headers=headers, timeout=limit) as answer:
                    if answer.status == 201:
                        self.cases[key] = (await answer.json())["case"]
                        return
                    said = f"{answer.status} {await answer.text()}"
                    assert answer.status in {409, 503}, said
            except (aiohttp.ClientError, TimeoutError) as error:
                said = repr(error)
            self.bear(end, f"{key} to be answered, last by {said}")
            await asyncio.sleep(0.2)

    async def harm(self, names: list[str], kills: int, restarts: int) -> None:
        """Kill one process after the other, and start the server of the database anew, spread evenly over the kills.

        A kill waits until the node has carried something since the last one; every fourth does not, and may meet a
        process that is starting.
        """
        chance = random.Random(self.seed)
        for number in range(kills):
            await asyncio.sleep(chance.uniform(0.5, 2.0))
            victim, carried = names[number % len(names)], self.carried()
            if chance.random() < 1 / 4:
                await self.until(lambda victim=victim: self.parts.is_there(victim), f"{victim} to be there")
            else:
                await self.until(
                    lambda victim=victim, carried=carried: self.parts.is_up(victim) and self.carried() > carried,
                    f"{victim} to be up and br to carry a request again",
                )
            self.parts.kill(victim)
            if number * restarts // kills < (number + 1) * restarts // kills:
                await asyncio.sleep(chance.uniform(0.5, 2.0))
                await asyncio.to_thread(self.database.stop)
                await asyncio.to_thread(self.database.start)
        self.is_harmed = True

    # ------------------------------------------------------------ looking

    def carried(self) -> int:
        """How many requests the node of several processes has answered so far."""
        return sum(key.startswith("br-") for key in tuple(self.cases))

    def number(self, authority: str, query: str) -> int:
        with self.engines[authority].connect() as conn, conn.begin():
            return int(conn.execute(text(query)).scalar_one())

    def left(self) -> int:
        """What is still on its way: rows to be delivered, envelopes to be opened, cases the other side did not open."""
        found = sum(self.number(one, query) for one in NODES for query in (UNSENT, UNOPENED))
        return found + max(0, len(self.cases) - sum(self.number(one, DELIVERED) for one in NODES))

    def bear(self, end: float, what: str) -> None:
        """AssertionError once there is no sense in waiting any longer: it says for what, and who runs."""
        if self.parts.given_up:
            raise AssertionError(f"{self.parts.given_up} will not be started again; processes: {self.parts}")
        if time.monotonic() > end:
            raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}; processes: {self.parts}")

    async def until(self, is_so: Callable[[], bool], what: str) -> None:
        """Wait until it is so; looked at beside the loop, for it may ask a database."""
        end = time.monotonic() + PATIENCE_S
        while not await asyncio.to_thread(is_so):
            self.bear(end, what)
            await asyncio.sleep(0.2)

    async def until_all_arrived(self) -> None:
        """Until nothing is on its way; patience is with what stands still."""
        least, end = 0, 0.0
        while left := await asyncio.to_thread(self.left):
            if not least or left < least:
                least, end = left, time.monotonic() + PATIENCE_S
            self.bear(end, f"one of {left} things on their way to move")
            await asyncio.sleep(0.2)

    async def run(self, requests: int, kills: int, restarts: int) -> Tally:
        """Load both ways, harm, wait, count."""
        began = time.monotonic()
        self.found()
        async with self.alive() as names:
            loaded = time.monotonic()
            both = [self.load(one, requests // 2) for one in NODES]
            await asyncio.gather(*both, self.harm(names, kills, restarts))
            await self.until_all_arrived()
            load_s = time.monotonic() - loaded
            counts = self.count()
        trees_ok = self.trees()
        return Tally(
            seed=self.seed, processes=self.processes, kills=kills, restarts_of_database=restarts, requests=self.begun,
            answered=len(self.cases), tries=self.tries, trees_ok=trees_ok, load_s=round(load_s, 1),
            ends=dict(self.parts.ends), slowest_start_s=round(self.parts.slowest_start_s, 1),
            wall_s=round(time.monotonic() - began, 1), per_second=round(self.begun / load_s, 1), **counts,
        )  # fmt: skip

    def count(self) -> dict[str, int]:
        """What is left, in both databases."""
        found: dict[str, list[str]] = {}
        for one in NODES:
            with self.engines[one].connect() as conn, conn.begin():
                query = "SELECT case_id FROM messages WHERE kind = 'trace_request' AND direction = '{}'"
                for direction in ("out", "in"):
                    rows = conn.execute(text(query.format(direction))).scalars()
                    found[f"{one} {direction}"] = list(rows)
        sent, received = found["br out"] + found["at out"], found["br in"] + found["at in"]
        answered = set(self.cases.values())
        return {
            "sent": len(sent),
            "received": len(received),
            "opened": sum(self.number(one, DELIVERED) for one in NODES),
            "lost": len(answered - set(received)) + len(answered - set(sent)),
            "doubled": len(sent) - len(set(sent)) + len(received) - len(set(received)) + len(set(sent) - answered),
        }


def campaign(processes: int, seed: int, requests: int, kills: int, restarts: int) -> Tally:
    """One campaign on a server of its own."""
    with tempfile.TemporaryDirectory() as folder, server() as database:
        made = Campaign(Path(folder), database, processes, seed)
        try:
            return asyncio.run(made.run(requests, kills, restarts))
        except AssertionError:
            for log in sorted(Path(folder).glob("*.log")):
                sys.stderr.write(f"---- {log.name}\n{log.read_text()[-3000:]}\n")
            raise


def main() -> int:
    """The campaigns as a command."""
    parser = argparse.ArgumentParser(description="Kill the processes of one node in turn, and count what is left.")
    parser.add_argument("--requests", type=int, default=60)
    parser.add_argument("--kills", type=int, default=4)
    parser.add_argument("--restarts", type=int, default=1)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 3])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    holds = True
    for processes in given.processes:
        tally = campaign(processes, given.seed, given.requests, given.kills, given.restarts)
        sys.stdout.write(json.dumps(asdict(tally) | {"holds": tally.holds}) + "\n")
        sys.stdout.flush()
        holds = holds and tally.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
