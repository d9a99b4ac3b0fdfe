"""A node of several processes on one PostgreSQL, each killed in turn under load, and the database started anew.

Real processes of the real command: ``br`` runs as one, two or three processes on a PostgreSQL of its own, ``at`` as one
on SQLite. Officers of both post requests with idempotency keys and go on posting a key until it is answered 201; all
the while one process after the other gets ``kill -9``, and the server of the database ``stop -m immediate``. Then all
run until nothing is on its way: every key that was answered must be one case at both nodes, opened once, and every
tree must verify.

    python -m tests.faults.parting [--requests 60] [--kills 4] [--processes 1 2 3] [--seed 1]     a JSON document each
"""

import argparse
import asyncio
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import Engine, text

from tests.faults.killing import TRACING, is_ready
from tests.postgres import Server, server
from tests.world import PASSPHRASE, World, ask
from tracing import audit
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.store import open_engine, people

LAYOUTS = {1: ("all",), 2: ("all", "worker"), 3: ("exchange", "desk", "worker")}
PATIENCE_S = 400.0
AT_ONCE = 4  # requests under way at each desk
NODES = {"br": "at", "at": "br"}  # and whom each asks


@dataclass(frozen=True)
class Tally:
    """What a campaign came to. ``answered`` are keys that got a 201, of both nodes together."""

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
        )


@dataclass
class Campaign:
    """Two homes, a server, and the processes that run."""

    folder: Path
    database: Server
    processes: int
    seed: int
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    desks: dict[str, str] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    engines: dict[str, Engine] = field(default_factory=dict)
    cases: dict[str, str] = field(default_factory=dict)  # by key
    tries: int = 0

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
        log = (self.folder / f"{name}.log").open("ab")
        argv = [*TRACING, "--home", str(self.folder / authority), "run", part or "all"]
        self.running[name] = subprocess.Popen(argv, stdout=log, stderr=log)

    def kill(self, name: str) -> None:
        """``kill -9``: no handler runs, nothing is flushed."""
        process = self.running.pop(name)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()

    @contextmanager
    def alive(self) -> Iterator[list[str]]:
        """All processes, ended politely at the end; the names of those that may be killed."""
        names = [f"br:{part}" for part in LAYOUTS[self.processes]]
        for name in ("at", *names):
            self.start(name)
        try:
            yield names
        finally:
            for process in self.running.values():
                process.terminate()
            for process in self.running.values():
                process.wait(60)
            for engine in self.engines.values():
                engine.dispose()

    # ------------------------------------------------------------ load

    async def load(self, authority: str, count: int) -> None:
        """``count`` requests of the officers of one node, ``AT_ONCE`` under way."""
        waiting = iter(range(count))
        headers = {"Authorization": f"Bearer {self.tokens[authority]}"}
        async with aiohttp.ClientSession(self.desks[authority], headers=headers) as session:

            async def officer() -> None:
                for number in waiting:
                    await self._post(session, authority, f"{authority}-{number}")

            await asyncio.gather(*(officer() for _ in range(AT_ONCE)))

    async def _post(self, session: aiohttp.ClientSession, authority: str, key: str) -> None:
        """Again and again under one key until it is answered."""
        body = ask(NODES[authority], key)
        while True:
            self.tries += 1
            try:
                headers, limit = {"Idempotency-Key": key}, aiohttp.ClientTimeout(20)
                async with session.post("/api/v1/requests", json=body, headers=headers, timeout=limit) as answer:
                    if answer.status == 201:
                        self.cases[key] = (await answer.json())["case"]
                        return
                    assert answer.status in {409, 503}, (answer.status, await answer.text())
            except (aiohttp.ClientError, TimeoutError):
                pass
            await asyncio.sleep(0.2)

    async def harm(self, names: list[str], kills: int, restarts: int) -> None:
        """Kill one process after the other, and start the server of the database anew in between."""
        chance = random.Random(self.seed)
        for number in range(kills):
            await asyncio.sleep(chance.uniform(1.0, 3.0))
            victim = names[number % len(names)]
            self.kill(victim)
            await asyncio.sleep(chance.uniform(0.1, 1.0))
            self.start(victim)
            if number < restarts:
                await asyncio.sleep(chance.uniform(1.0, 3.0))
                await asyncio.to_thread(self.database.stop)
                await asyncio.to_thread(self.database.start)

    # ------------------------------------------------------------ looking

    def number(self, authority: str, query: str) -> int:
        with self.engines[authority].connect() as conn, conn.begin():
            return int(conn.execute(text(query)).scalar_one())

    def is_quiet(self) -> bool:
        unsent = "SELECT count(*) FROM outbox"
        unopened = "SELECT count(*) FROM envelopes WHERE stage = 'accepted' AND direction = 'in'"
        return not any(self.number(one, query) for one in NODES for query in (unsent, unopened))

    async def until(self, is_so: Any, what: str) -> None:
        end = time.monotonic() + PATIENCE_S
        while not is_so():
            if time.monotonic() > end:
                raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}")
            await asyncio.sleep(0.2)

    async def run(self, requests: int, kills: int, restarts: int) -> Tally:
        """Load both ways, harm, wait, count."""
        began = time.monotonic()
        self.found()
        with self.alive() as names:
            for authority in NODES:
                ready = f"{self.desks[authority]}/readyz"
                await self.until(lambda ready=ready: is_ready(ready), f"{authority} to be ready")
            loaded = time.monotonic()
            both = [self.load(one, requests // 2) for one in NODES]
            await asyncio.gather(*both, self.harm(names, kills, restarts))
            total = len(self.cases)
            delivered = "SELECT count(*) FROM envelopes WHERE direction = 'out' AND stage = 'opened'"
            await self.until(
                lambda: self.is_quiet() and sum(self.number(one, delivered) for one in NODES) >= total,
                "everything to be delivered and opened",
            )
            load_s = time.monotonic() - loaded
            counts = self.count(delivered)
        trees_ok = self.trees()
        return Tally(
            seed=self.seed, processes=self.processes, kills=kills, restarts_of_database=restarts, requests=requests,
            answered=total, tries=self.tries, trees_ok=trees_ok, load_s=round(load_s, 1),
            wall_s=round(time.monotonic() - began, 1), per_second=round(requests / load_s, 1), **counts,
        )  # fmt: skip

    def count(self, delivered: str) -> dict[str, int]:
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
            "opened": sum(self.number(one, delivered) for one in NODES),
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
    holds = True
    for processes in given.processes:
        tally = campaign(processes, given.seed, given.requests, given.kills, given.restarts)
        sys.stdout.write(json.dumps(asdict(tally) | {"holds": tally.holds}) + "\n")
        sys.stdout.flush()
        holds = holds and tally.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
