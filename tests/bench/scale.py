"""Whether a node with a million cases is as quick as one with a thousand, measured through the API of a running node.

    make scale                     a thousand and a million cases: some 12 GB for some minutes
    make scale SCALE="--sizes 1000 20000"

Each line is one thing an officer or a program does: the median of at least 50 calls at each size, and their ratio. The
counterpart's node does not run, so that nothing but the desk is measured. Home, deadlines and the box are pages.
"""

import argparse
import asyncio
import json
import os
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench import spending
from tests.bench.filling import SAID, SERIAL, STUB, fill, patterns
from tests.casework.voice import BODIES
from tests.world import PASSPHRASE
from tracing.node import Node
from tracing.settings import Settings
from tracing.store import people

CALLS = 60
WARM_UP = 5
MOST_RATIO = 1.5
BESIDE = ("cases", "deadlines", "reminders", "search_tokens")  # what a case costs beyond its messages and envelopes
OF_MESSAGES = ("messages", "envelopes", "receipts")
FRESH = "SELECT id FROM cases WHERE direction = 'received' AND state = 'delivered' AND counterpart = 'at' ORDER BY id"
WHOLE = f"SELECT case_id FROM messages WHERE position = 0 AND length(inner) > {len(STUB)}"
Ask = Callable[[int], tuple[str, str, Any]]


def main() -> None:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="make scale", description=__doc__)
    parser.add_argument("--sizes", type=int, nargs=2, default=(1_000, 1_000_000))
    parser.add_argument("--dir", type=Path, default=None, help="where the homes are made; removed at the end")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder:
        for line in measure(Path(folder), tuple(asked.sizes)):
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()


def measure(folder: Path, sizes: tuple[int, ...]) -> Iterator[dict[str, Any]]:
    """Every line."""
    made, cipher, cost = asyncio.run(patterns(folder / "first"))
    yield {"line": "full_case", "bytes": cost, "beyond_messages": sum(cost[table] for table in BESIDE) + cost["leaves"]}
    told: list[dict[str, float]] = []
    for size in sizes:
        home, began = folder / str(size), time.perf_counter()
        fill(folder / "first" / "br", home, size, made, cipher)
        tables = spending.bytes_by_table(home / "node.db")
        yield {
            "line": "filled", "cases": size, "s": round(time.perf_counter() - began, 1),
            "mb": round(spending.stored_bytes(home / "node.db") / 1e6),
            "bytes_per_case": {table: round(n / size) for table, n in tables.items() if n > size},
        }  # fmt: skip
        told.append(asyncio.run(_timed(home)))
        (home / "node.db").unlink()
    for what in told[0]:
        few, many = told[0][what], told[-1][what]
        ratio = round(many / few, 2)
        yield {"line": "p50_ms", "what": what, "few": few, "many": many, "ratio": ratio, "holds": ratio <= MOST_RATIO}


# ---------------------------------------------------------------- one size


async def _timed(home: Path) -> dict[str, float]:
    """The median in ms of everything that is asked."""
    token = _token(home)
    asks = _asks(home)
    async with (
        _running(home) as desk,
        aiohttp.ClientSession(desk, headers={"Authorization": f"Bearer {token}"}) as http,
    ):
        return {what: await _median_ms(http, ask) for what, ask in asks.items()}


def _token(home: Path) -> str:
    node = Node.open(home, PASSPHRASE)
    try:
        node.store.write_now(lambda tx: people.add_user(tx, "ada", "officer", "-", "en", "bench"))
        return node.store.write_now(lambda tx: people.new_token(tx, "ada", "bench"))
    finally:
        node.close()


def _asks(home: Path) -> dict[str, Ask]:
    """What is asked, given the number of the call; each call of a kind asks for another case."""
    with sqlite3.connect(home / "node.db") as db:
        whole = [row[0] for row in db.execute(WHOLE)]
        fresh = [row[0] for row in db.execute(FRESH)]
        serials = db.execute("SELECT count(*) FROM cases").fetchone()[0]
    chance = random.Random(7)
    chance.shuffle(whole)
    chance.shuffle(fresh)
    get = {
        "list received": "/api/v1/cases?box=received", "list sent": "/api/v1/cases?box=sent",
        "list by state": "/api/v1/cases?box=received&state=answered",
        "list by counterpart": "/api/v1/cases?box=sent&counterpart=at",
        "list by state and counterpart": "/api/v1/cases?state=answered&counterpart=s03",
        "list waiting on us": "/api/v1/cases?waiting_on=us",
        "deadlines": "/api/v1/deadlines", "page home": "/", "page received": "/received", "page sent": "/sent?view=all",
        "page overdue": "/sent?view=overdue",
        "page closed": "/sent?view=closed", "page open": "/received?view=open",
        "page by state": "/received?view=all&state=answered&counterpart=at",
        "page deadlines": "/deadlines", "page counterparts": "/counterparts", "page counterpart": "/counterparts/s03",
        "ledger": "/api/v1/counterparts/at/ledger?year=2026", "figures": "/metrics",
    }  # fmt: skip
    asks: dict[str, Ask] = {what: (lambda _, path=path: ("GET", path, None)) for what, path in get.items()}  # type: ignore[misc]
    found = [f"{SERIAL[:2]}{chance.randrange(1, serials - 1):07d}" for _ in range(CALLS + WARM_UP)]
    asks["find a serial"] = lambda number: ("GET", f"/api/v1/cases?q={found[number]}", None)
    asks["open"] = lambda number: ("GET", f"/api/v1/cases/{whole[number % len(whole)]}", None)
    asks["page case"] = lambda number: ("GET", f"/cases/{whole[-1 - number % len(whole)]}", None)
    asks["move"] = lambda number: _move(fresh, number)
    return asks


def _move(fresh: list[str], number: int) -> tuple[str, str, Any]:
    """Acknowledge case after case, then announce a delay in each, then ask something."""
    turn, at = divmod(number, len(fresh))
    verb = ("acknowledge", "delay", "ask")[turn]
    return "POST", f"/api/v1/cases/{fresh[at]}/{verb}", BODIES[SAID[verb]]


async def _median_ms(http: aiohttp.ClientSession, ask: Ask) -> float:
    took = []
    for number in range(CALLS + WARM_UP):
        method, path, body = ask(number)
        began = time.perf_counter()
        async with http.request(method, path, json=body, allow_redirects=False) as answer:
            text = await answer.read()
        took.append(time.perf_counter() - began)
        if answer.status != 200:
            raise AssertionError(f"{method} {path}: {answer.status} {text[:300]!r}")
    return round(statistics.median(took[WARM_UP:]) * 1000, 2)


@asynccontextmanager
async def _running(home: Path) -> AsyncIterator[str]:
    """The node in a process of its own, from when it is ready."""
    (home / "passphrase").write_bytes(PASSPHRASE)
    (home / "passphrase").chmod(0o600)
    argv = [sys.executable, "-c", "from tracing.cli import main; main()", "run", "--home", str(home)]
    environment = os.environ | {"TRACING_PASSPHRASE_FILE": str(home / "passphrase")}
    desk = f"http://{Settings.load(home).desk}"
    with (home / "log").open("wb") as log, subprocess.Popen(argv, stdout=log, stderr=log, env=environment) as process:
        try:
            async with aiohttp.ClientSession() as http:
                while not await _is_ready(http, desk):
                    if process.poll() is not None:
                        raise AssertionError((home / "log").read_text(errors="replace")[-2000:])
                    await asyncio.sleep(0.05)
            yield desk
        finally:
            process.terminate()


async def _is_ready(http: aiohttp.ClientSession, desk: str) -> bool:
    try:
        async with http.get(f"{desk}/readyz") as answer:
            return answer.status == 200
    except aiohttp.ClientError:
        return False


if __name__ == "__main__":
    main()
