"""Restore a backup that is 1 to 1,000 messages old in the middle of an exchange, and count what is left (R7).

Real processes of the real command; every post of the node that comes back goes through a proxy that reads it. Officers
of both nodes ask and acknowledge; a backup of ``br`` is made meanwhile; after so many further messages ``br`` gets
``kill -9``, its home is deleted, the backup is restored and started. When nobody gives anything back any more and
nothing is on its way, both nodes must hold the same messages with the same effect, and the same receipts byte for byte.

    python -m tests.faults.restoring [--behind 1 10 100 1000] [--seed 1]      prints JSON, one document a line

``early`` are envelopes and receipts sent to the counterpart before it had answered a hello of this start. Messages that
an officer entered and that had not left the node when it died are nowhere but in the lost home: ``never_left`` counts
them, and they are not among the lost.
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import aiohttp
from aiohttp import web

from tests.bench.pair import BOTH, Pair
from tests.world import ask, free_port
from tracing import audit
from tracing.node import Node

LOST, OTHER = BOTH  # who comes back, and who holds what it lost
PATIENCE_S = 400.0
AT_ONCE = 6
BEFORE = 12  # messages while the backup is made


@dataclass(frozen=True)
class Restored:
    """What one restoring came to."""

    seed: int
    behind: int
    early: int
    lost: int
    doubled: int
    differing: int
    receipts_differing: int
    never_left: int
    given_back: int
    told_here: bool
    told_there: bool
    trees_ok: bool
    whole_s: float
    wall_s: float

    @property
    def holds(self) -> bool:
        wrong = self.early + self.lost + self.doubled + self.differing + self.receipts_differing
        return wrong == 0 and self.trees_ok and self.told_here and self.told_there


@dataclass
class Proxy:
    """Passes on what a node sends to its counterpart, and reads it."""

    to: str = ""
    answered: bool = False  # a hello of the node was, since ``begin``
    early: int = 0
    given_back: int = 0

    def begin(self) -> None:
        """The node starts anew."""
        self.answered = False

    async def pass_on(self, http_request: web.BaseRequest) -> web.StreamResponse:
        body = await http_request.read()
        posted = json.loads(body) if http_request.method == "POST" else {}
        if not self.answered:
            self.early += len(posted.get("envelopes", ())) + len(posted.get("receipts", ()))
        try:
            said = await self._asked(http_request, body)
        except aiohttp.ClientError:
            return web.Response(status=502)
        if posted.get("hello") and said.status == 200 and isinstance(said.body, bytes):
            answered = json.loads(said.body)
            self.answered = self.answered or "hello" in answered
            self.given_back += len(answered.get("returned", ()))
        return said

    async def _asked(self, http_request: web.BaseRequest, body: bytes) -> web.Response:
        """What the node behind the proxy answers."""
        sent = {name: value for name, value in http_request.headers.items() if name not in {"Host", "Connection"}}
        async with (
            aiohttp.ClientSession(auto_decompress=False) as session,
            session.request(http_request.method, f"{self.to}{http_request.path_qs}", data=body, headers=sent) as answer,
        ):
            kept = {name: value for name, value in answer.headers.items() if name in {"Retry-After", "Upload-Offset"}}
            said = await answer.read()
            return web.Response(status=answer.status, body=said, headers=kept, content_type=answer.content_type)


@dataclass
class Campaign:
    """Two homes, two processes, a proxy between them."""

    folder: Path
    behind: int
    seed: int
    proxy: Proxy = field(default_factory=Proxy)
    tokens: dict[str, str] = field(default_factory=dict)
    entered: int = 0

    def __post_init__(self) -> None:
        self.pair = Pair(self.folder)
        self.chance = random.Random(self.seed)

    # ------------------------------------------------------------ officers

    @asynccontextmanager
    async def proxied(self) -> AsyncIterator[None]:
        """The address of the other node leads through the proxy."""
        port = free_port()
        self.pair.urls[OTHER] = f"http://127.0.0.1:{port}"
        runner = web.ServerRunner(web.Server(self.proxy.pass_on), shutdown_timeout=0.1)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port).start()
        try:
            yield
        finally:
            await runner.cleanup()

    def found(self) -> None:
        self.pair.found()
        self.proxy.to = self.pair.exchange[OTHER]
        for side in BOTH:
            self.pair.call(side, "user", "add", "eve", "--role", "officer")
            self.tokens[side] = self.pair.call(side, "token", "create", "eve")["token"]

    async def say(self, count: int) -> None:
        """So many messages of both sides, ``AT_ONCE`` under way: requests, and acknowledgements of what came."""
        waiting = iter([self.chance.choice(("request", "request", "acknowledge")) for _ in range(count)])
        sides = {side: self.session(side) for side in BOTH}

        async def officer(number: int) -> None:
            for what in waiting:
                side = BOTH[(number + self.entered) % 2]
                self.entered += 1
                await self.act(sides[side], side, what)

        try:
            await asyncio.gather(*(officer(number) for number in range(AT_ONCE)))
        finally:
            await asyncio.gather(*(session.close() for session in sides.values()))

    def session(self, side: str) -> aiohttp.ClientSession:
        headers = {"Authorization": f"Bearer {self.tokens[side]}"}
        return aiohttp.ClientSession(self.pair.desk[side], headers=headers)

    async def act(self, session: aiohttp.ClientSession, side: str, what: str) -> None:
        """One message: an acknowledgement where a case waits for one, else a request."""
        if what == "acknowledge":
            async with session.get("/api/v1/cases", params={"box": "received", "state": "delivered"}) as answer:
                items = (await answer.json()).get("items", [])
            if items:
                case = self.chance.choice(items)["case"]
                async with session.post(f"/api/v1/cases/{case}/acknowledge", json={"reference": "R-1"}) as answer:
                    if answer.status in {200, 201}:
                        return
        other = BOTH[side == BOTH[0]]
        async with session.post("/api/v1/requests", json=ask(other, f"R{self.entered:06d}")) as answer:
            assert answer.status == 201, await answer.text()

    # ------------------------------------------------------------ what happens

    async def run(self) -> Restored:
        began = time.monotonic()
        async with self.proxied():
            await asyncio.to_thread(self.found)
            with self.pair:
                for side in BOTH:
                    await asyncio.to_thread(self.pair.start, side)
                made, _ = await asyncio.gather(asyncio.to_thread(self.back_up), self.say(BEFORE))
                await self.say(self.behind)
                await asyncio.sleep(self.chance.uniform(0, 0.3))
                before = await asyncio.to_thread(self.lose)
                await asyncio.to_thread(self.come_back, made)
                back = time.monotonic()
                await self.until(self.is_over, "everything to be given back and delivered")
                whole_s = time.monotonic() - back
            return self.count(before, whole_s=round(whole_s, 1), wall_s=round(time.monotonic() - began, 1))

    def back_up(self) -> Path:
        """While officers work."""
        (self.folder / "of-backups").write_text("for measuring only, too\n")
        (self.folder / "of-backups").chmod(0o600)
        secret = ("--backup-passphrase-file", self.folder / "of-backups")
        return Path(self.pair.call(LOST, "backup", "create", self.folder / "br.itxbackup", *secret)["file"])

    def lose(self) -> set[str]:
        """``kill -9``, and the disk is gone; what it had said last."""
        process = self.pair.running.pop(LOST)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        said = {row[0] for row in self.rows(LOST, "SELECT mid FROM envelopes WHERE direction = 'out'")}
        shutil.rmtree(self.folder / LOST)
        return said

    def come_back(self, made: Path) -> None:
        self.pair.call(LOST, "backup", "restore", made, "--backup-passphrase-file", self.folder / "of-backups")
        self.proxy.begin()
        self.pair.start(LOST)

    # ------------------------------------------------------------ looking

    def rows(self, side: str, query: str) -> list[Any]:
        with closing(sqlite3.connect(self.pair.database(side), timeout=30)) as db:
            return db.execute(query).fetchall()

    def is_over(self) -> bool:
        """Nobody asks, nothing is on its way, nothing waits to be opened or to be read again."""
        queries = (
            "SELECT count(*) FROM counterparts WHERE recovery IS NOT NULL", "SELECT count(*) FROM outbox",
            "SELECT count(*) FROM returned WHERE direction = 'take'",
            "SELECT count(*) FROM envelopes WHERE direction = 'in' AND stage IN ('accepted', 'held')",
        )  # fmt: skip
        return not any(self.rows(side, query)[0][0] for side in BOTH for query in queries)

    async def until(self, is_so: Any, what: str) -> None:
        end, quiet = time.monotonic() + PATIENCE_S, 0
        while quiet < 3:
            if time.monotonic() > end:
                raise AssertionError(f"waited {PATIENCE_S:.0f} s for {what}")
            quiet = quiet + 1 if await asyncio.to_thread(is_so) else 0
            await asyncio.sleep(0.2)

    def count(self, before: set[str], **took: float) -> Restored:
        said = "SELECT mid, case_id, kind, effect, iat_ms FROM messages"
        here, there = self.rows(LOST, said), self.rows(OTHER, said)
        known = {row[0] for row in self.rows(OTHER, "SELECT mid FROM envelopes")}
        states = "SELECT id, state, overlays FROM cases"
        differing = set(self.rows(LOST, states)) ^ set(self.rows(OTHER, states)) | set(here) ^ set(there)
        wires = "SELECT wire FROM receipts"
        alarms = "SELECT count(*) FROM trust_alarms WHERE code = '{}'"
        return Restored(
            seed=self.seed, behind=self.behind, early=self.proxy.early, lost=len({*there} - {*here}),
            doubled=sum(len(rows) - len({row[:2] for row in rows}) for rows in (here, there)), differing=len(differing),
            receipts_differing=len(set(self.rows(LOST, wires)) ^ set(self.rows(OTHER, wires))),
            never_left=len(before - known), given_back=self.proxy.given_back, trees_ok=self.trees(),
            told_here=bool(self.rows(LOST, alarms.format("restored"))[0][0]),
            told_there=bool(self.rows(OTHER, alarms.format("came-back"))[0][0]), **took,
        )  # fmt: skip

    def trees(self) -> bool:
        """Whether every tree of both nodes is what its entries come to."""
        sound = []
        for side in BOTH:
            node = Node.open(self.folder / side, self.pair.passphrase_file.read_bytes().strip())
            sound.append(node.store.read_now(lambda view, node=node: audit.verify(view, node.checkpoints.check)).ok)
            node.close()
        return all(sound)


def campaign(folder: Path, behind: int, seed: int) -> Restored:
    """One restoring, in an empty folder."""
    made = Campaign(folder, behind, seed)
    try:
        return asyncio.run(made.run())
    except AssertionError:
        for log in sorted(folder.glob("*.log")):
            sys.stderr.write(f"---- {log.name}\n{log.read_text(errors='replace')[-3000:]}\n")
        raise


def main() -> int:
    """The campaigns as a command."""
    parser = argparse.ArgumentParser(description="Restore older and older backups, and count what is left.")
    parser.add_argument("--behind", type=int, nargs="+", default=[1, 10, 100, 1000])
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    holds = True
    for behind in given.behind:
        with tempfile.TemporaryDirectory() as folder:
            restored = campaign(Path(folder), behind, given.seed)
        sys.stdout.write(json.dumps(asdict(restored) | {"holds": restored.holds}) + "\n")
        sys.stdout.flush()
        holds = holds and restored.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
