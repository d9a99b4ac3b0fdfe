"""Whether a node with a million cases is as quick as one with a thousand, measured through the API of a running node.

    make scale                     a thousand and a million cases: some 12 GB for some minutes
    make scale SCALE="--sizes 1000 20000"
    make scale SCALE="--database postgresql --sizes 1000 100000"     a server of its own for each size

Each line of kind ``call`` is one thing an officer or a program does: the median of 60 calls on the clock and the CPU
the node (and its server of PostgreSQL) spent for one, at both sizes, and their ratios. On a busy machine the CPU says
more. The counterpart's node does not run, so that nothing but this node is measured: ``take a request`` posts what it
composed before, on the clock until the receipt, in CPU until the case stands at the desk. ``full_case``: bytes in the
rows of one case with request, acknowledgement, question, supply, answer and closure, with what its indexes hold again;
``beyond_messages`` leaves out messages, envelopes and receipts. Bytes are those of the file of SQLite.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import aiohttp
import structlog
from sqlalchemy import text

from tests.bench import spending
from tests.bench.arriving import posted
from tests.bench.copying import STUB, fill
from tests.bench.filling import SAID, SERIAL, patterns
from tests.bench.pair import TRACING
from tests.bench.pouring import pour
from tests.casework.voice import BODIES
from tests.postgres import Server, server
from tests.world import PASSPHRASE, free_port
from tracing.calendar.watch import look
from tracing.node import Node
from tracing.store import Tx, cursors, people

CALLS = 60
OPENED_S = 0.5  # what was taken is opened, and its receipt tried at a counterpart that is not there
WARM_UP = 5
MOST_RATIO = 1.5
BESIDE = (
    "cases",
    "deadlines",
    "reminders",
    "search_tokens",
    "leaves",
    "leaf_marks",
)  # what a case costs beyond its messages and envelopes
FRESH = "SELECT id FROM cases WHERE direction = 'received' AND state = 'delivered' AND counterpart = 'at' ORDER BY id"
WHOLE = f"SELECT case_id FROM messages WHERE position = 0 AND length(inner) > {len(STUB)}"
TICK_CALLS = 20
DAY_MS = 86_400_000
TAKING = "take a request"
JSON = {"Content-Type": "application/json"}
UNTELL = (
    "UPDATE deadlines SET passed_told_ms = NULL WHERE id IN (SELECT id FROM deadlines WHERE ended_ms IS NULL"
    " AND passed_told_ms IS NOT NULL ORDER BY due_ms LIMIT :overdue)"
)
FORGET = (
    "DELETE FROM reminders WHERE event = 'passed' AND deadline_id IN (SELECT id FROM deadlines WHERE ended_ms IS NULL"
    " AND passed_told_ms IS NULL ORDER BY due_ms LIMIT :overdue)"
)
SERVER_SETTINGS = ("shared_buffers=256MB", "max_wal_size=4GB")
Ask = Callable[[int], tuple[str, str, Any]]


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=(1_000, 1_000_000))
    parser.add_argument("--database", choices=("sqlite", "postgresql"), default="sqlite")
    parser.add_argument("--only", nargs="+", default=(), metavar="CALL", help='e.g. move "take a request"')
    parser.add_argument("--dir", type=Path, default=None, help="where the homes are made; removed at the end")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder, ExitStack() as servers:
        on = servers if asked.database == "postgresql" else None
        for line in measure(Path(folder), tuple(asked.sizes), on, tuple(asked.only)):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


@dataclass(frozen=True)
class Filled:
    """A home with so many cases. ``file`` holds what its database held when it was made."""

    home: Path
    file: Path
    server: Server | None

    def server_cpu_s(self) -> float:
        """CPU seconds of the server, where it has one."""
        return 0.0 if self.server is None else spending.family_cpu_s(self.server.pid)

    def spent_s(self, node: int) -> float:
        """CPU seconds of a process of the node, and of the server."""
        return spending.cpu_s(node) + self.server_cpu_s()


def move_to(made: Server, home: Path) -> None:
    """From now on the home keeps its data there."""
    url, settings = made.migrated(), home / "node.toml"
    pour(home / "node.db", url)
    said = settings.read_text()
    settings.write_text(said.replace('"sqlite:///node.db"', json.dumps(url)))
    assert said != settings.read_text(), "node.toml names another database than was filled"


def measure(
    folder: Path, sizes: tuple[int, ...], servers: ExitStack | None = None, only: tuple[str, ...] = ()
) -> Iterator[dict[str, Any]]:
    """Every line, or of calls those named; on servers of PostgreSQL where there is a stack that will stop them."""
    made, cipher, cost = asyncio.run(patterns(folder / "first"))
    yield {"line": "full_case", "bytes": cost, "beyond_messages": sum(cost[table] for table in BESIDE)}
    homes = []
    for size in sizes:
        home, began = folder / str(size), time.perf_counter()
        fill(folder / "first" / "br", home, size, made, cipher)
        own = servers.enter_context(server(*SERVER_SETTINGS)) if servers is not None else None
        if own is not None:
            move_to(own, home)
        tables = spending.bytes_by_table(home / "node.db")
        yield {
            "line": "filled", "cases": size, "s": round(time.perf_counter() - began, 1),
            "mb": round(spending.stored_bytes(home / "node.db") / 1e6),
            "bytes_per_case": {table: round(n / size) for table, n in tables.items() if n > size},
        }  # fmt: skip
        homes.append(Filled(home, home / "node.db", own))
    arriving = asyncio.run(posted(folder / "first" / "at", "br", CALLS + WARM_UP))
    costs = {
        what: [_tick(home, overdue) for home in homes] for what, overdue in TICKS.items() if what in (only or TICKS)
    }
    for what, (few, many) in (costs | asyncio.run(_timed(homes, arriving, only))).items():
        ratio, cpu = round(many.p50_ms / few.p50_ms, 2), round(many.cpu_ms / max(few.cpu_ms, 0.1), 2)
        line = {"line": "call", "what": what, "p50_ms": [few.p50_ms, many.p50_ms], "ratio": ratio}
        yield line | {"cpu_ms": [few.cpu_ms, many.cpu_ms], "cpu_ratio": cpu, "holds": min(ratio, cpu) <= MOST_RATIO}


# ---------------------------------------------------------------- the watch


TICKS = {"tick with nothing to say": 0, "tick that says 50": 50}


def _tick(filled: Filled, overdue: int) -> "Cost":
    """A look of the watch, as often as a call is made; before each so many deadlines are made to be told anew."""
    node = Node.open(filled.home, PASSPHRASE)
    took, spent_s = [], 0.0
    try:
        while node.store.write_now(lambda tx: look(tx, late_after_ms=DAY_MS)):
            pass
        for _ in range(TICK_CALLS):
            for statement in map(text, (UNTELL, FORGET)):
                node.store.write_now(lambda tx, sql=statement: tx.conn.execute(sql, {"overdue": overdue}))  # type: ignore[misc]
            began, used_s = time.perf_counter(), time.process_time() + filled.server_cpu_s()
            node.store.write_now(lambda tx: look(tx, late_after_ms=DAY_MS))
            took.append((time.perf_counter() - began) * 1000)
            spent_s += time.process_time() + filled.server_cpu_s() - used_s
    finally:
        node.close()
    return Cost(round(statistics.median(took), 2), round(spent_s * 1000 / TICK_CALLS, 2))


# ---------------------------------------------------------------- both sizes, call by call


@dataclass(frozen=True)
class Cost:
    """What one kind of call costs at one size: the median on the clock, and the node's CPU for each."""

    p50_ms: float
    cpu_ms: float


@dataclass
class Station:
    """A running node and what it is asked."""

    spent_s: Callable[[], float]  # CPU, so far
    http: aiohttp.ClientSession
    asks: dict[str, Ask]
    pid: int


async def _timed(homes: Sequence[Filled], arriving: Sequence[bytes], only: Sequence[str]) -> dict[str, list[Cost]]:
    """Everything that is asked, at every size. Calls take turns, so that what else the machine does meets all alike."""
    async with AsyncExitStack() as stack:
        stations = [await stack.enter_async_context(running(home, _asked(home, arriving))) for home in homes]
        return {what: await _costs(stations, what) for what in only or stations[0].asks if what not in TICKS}


async def _costs(stations: Sequence[Station], what: str) -> list[Cost]:
    took: list[list[float]] = [[] for _ in stations]
    spent = [0.0 for _ in stations]
    for number in range(CALLS + WARM_UP):
        for at, station in enumerate(stations):
            before = station.spent_s()
            took[at].append(await call_s(station, what, number))
            await asyncio.sleep(OPENED_S if what == TAKING else 0)
            spent[at] += station.spent_s() - before
    return [
        Cost(round(statistics.median(times[WARM_UP:]) * 1000, 2), round(cpu_s * 1000 / (CALLS + WARM_UP), 2))
        for times, cpu_s in zip(took, spent, strict=True)
    ]


async def call_s(station: Station, what: str, number: int) -> float:
    method, path, body = station.asks[what](number)
    data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
    began = time.perf_counter()
    async with station.http.request(method, path, data=data, headers=JSON, allow_redirects=False) as answer:
        said = await answer.read()
    if answer.status != 200:
        raise AssertionError(f"{method} {path}: {answer.status} {said[:300]!r}")
    return time.perf_counter() - began


def _asked(filled: Filled, arriving: Sequence[bytes]) -> Callable[[str], dict[str, Ask]]:
    def asks(door: str) -> dict[str, Ask]:
        return {**_asks(filled.file), TAKING: lambda number: ("POST", door, arriving[number])}

    return asks


def _token(home: Path) -> str:
    def work(tx: Tx) -> str:
        if people.person(tx, "ada") is None:
            people.add_user(tx, "ada", "officer", "-", "en", "bench")
        return people.new_token(tx, "ada", "bench")

    node = Node.open(home, PASSPHRASE)
    try:
        return node.store.write_now(work)
    finally:
        node.close()


def _asks(file: Path) -> dict[str, Ask]:
    """What is asked, given the number of the call; each call of a kind asks for another case."""
    with sqlite3.connect(file) as db:
        whole = [row[0] for row in db.execute(WHOLE)]
        fresh = [row[0] for row in db.execute(FRESH)]
        serials = db.execute("SELECT count(*) FROM cases").fetchone()[0]
        year = db.execute("SELECT max(year) FROM tallies").fetchone()[0]
    chance = random.Random(7)
    chance.shuffle(whole)
    chance.shuffle(fresh)
    get = {
        "list received": "/api/v1/cases?box=received", "list sent": "/api/v1/cases?box=sent",
        "list by state": "/api/v1/cases?box=received&state=answered",
        "list by counterpart": "/api/v1/cases?box=sent&counterpart=at",
        "list by state and counterpart": "/api/v1/cases?state=answered&counterpart=at",
        "list waiting on us": "/api/v1/cases?waiting_on=us",
        "list due before": "/api/v1/cases?due_before=2100-01-01",
        "list due before by state and counterpart":
            "/api/v1/cases?box=received&state=delivered&counterpart=at&due_before=2100-01-01&limit=10",
        "list of none by state and counterpart": "/api/v1/cases?state=refused&counterpart=at",
        "list of none waiting on us": "/api/v1/cases?box=received&state=answered&waiting_on=us&counterpart=at",
        **_deep_pages(file),
        "deadlines": "/api/v1/deadlines", "page home": "/", "page received": "/received", "page sent": "/sent?view=all",
        "page overdue": "/sent?view=overdue",
        "page closed": "/sent?view=closed", "page open": "/received?view=open",
        "page by state": "/received?view=all&state=answered&counterpart=at",
        "page deadlines": "/deadlines", "page counterparts": "/counterparts", "page counterpart": "/counterparts/s03",
        "page of the only node": "/counterparts/at", "ledger": f"/api/v1/counterparts/at/ledger?year={year}",
        "ledger of all years": "/api/v1/counterparts/at/ledger", "figures": "/metrics",
        "find a make": "/api/v1/cases?q=glock", "find what is not there": "/api/v1/cases?q=QQ9999999X",
        "page search": f"/received?view=all&q={SERIAL[:2]}0000017",
    }  # fmt: skip
    asks: dict[str, Ask] = {what: (lambda _, path=path: ("GET", path, None)) for what, path in get.items()}  # type: ignore[misc]
    found = [f"{SERIAL[:2]}{chance.randrange(1, serials - 1):07d}" for _ in range(CALLS + WARM_UP)]
    asks["find a serial"] = lambda number: ("GET", f"/api/v1/cases?q={found[number]}", None)
    asks["open"] = lambda number: ("GET", f"/api/v1/cases/{whole[number % len(whole)]}", None)
    asks["page case"] = lambda number: ("GET", f"/cases/{whole[-1 - number % len(whole)]}", None)
    asks["move"] = lambda number: _move(fresh, number)
    return asks


DEEP = {
    "deep page of received": ("/api/v1/cases?box=received", "direction = 'received'", "updated_ms"),
    "deep page by state and counterpart": (
        "/api/v1/cases?box=received&state=answered&counterpart=at",
        "direction = 'received' AND state = 'answered' AND counterpart = 'at'",
        "updated_ms",
    ),
    "deep page of what is open": (
        "/received?view=open",
        "direction = 'received' AND state NOT IN ('closed', 'withdrawn', 'rejected_invalid')",
        "coalesce(due_ms, 9007199254740991)",
    ),
}


def _deep_pages(file: Path) -> dict[str, str]:
    """The pages in the middle of some lists."""
    with sqlite3.connect(file) as db:
        found = {}
        for what, (path, where, key) in DEEP.items():
            half = db.execute(f"SELECT count(*) / 2 FROM cases WHERE {where}").fetchone()[0]
            query = f"SELECT {key}, id FROM cases WHERE {where} ORDER BY 1, 2 LIMIT 1 OFFSET {half}"
            found[what] = f"{path}&cursor={cursors.encode(*db.execute(query).fetchone())}"
        return found


def _move(fresh: list[str], number: int) -> tuple[str, str, Any]:
    """Acknowledge case after case, then announce a delay in each, then ask something."""
    turn, at = divmod(number, len(fresh))
    verb = ("acknowledge", "delay", "ask")[turn]
    return "POST", f"/api/v1/cases/{fresh[at]}/{verb}", BODIES[SAID[verb]]


@asynccontextmanager
async def running(filled: Filled, asks: Callable[[str], dict[str, Ask]]) -> AsyncIterator[Station]:
    """The node in a process of its own, from when it is ready. ``asks``: what is asked, given its door."""
    home = filled.home
    (home / "passphrase").write_bytes(PASSPHRASE)
    (home / "passphrase").chmod(0o600)
    headers, desk = {"Authorization": f"Bearer {_token(home)}"}, f"127.0.0.1:{free_port()}"
    argv, exchange = [*TRACING, "run", "--home", str(home)], f"127.0.0.1:{free_port()}"
    own = {"TRACING_PASSPHRASE_FILE": str(home / "passphrase"), "TRACING_EXCHANGE": exchange}
    environment = os.environ | own | {"TRACING_DESK": desk}
    with (home / "log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log, env=environment) as process:
        try:
            async with aiohttp.ClientSession(f"http://{desk}", headers=headers) as http:
                while not await _is_ready(http):
                    if process.poll() is not None:
                        raise AssertionError((home / "log").read_text(errors="replace")[-2000:])
                    await asyncio.sleep(0.05)
                door = f"http://{exchange}/itx/1/envelopes"
                yield Station(partial(filled.spent_s, process.pid), http, asks(door), process.pid)
        finally:
            process.terminate()


async def _is_ready(http: aiohttp.ClientSession) -> bool:
    try:
        async with http.get("/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    main()
