"""A million open deadlines: what a tick of the watch takes, what it holds in memory, and what lists of them take.

    make duties                     a million on SQLite and on PostgreSQL: some 5 GB for some minutes
    make duties DUTIES="--open 20000 --databases sqlite"

Cases that were asked and no more, with two clocks each, up to sixty days old, so that most dates have passed and were
told; every duty that passed has a reminder, and all but one case of 2,500 are other officers' than whoever asks. Lines:

tick    20 looks with nothing to say, and 20 that say 50 each: the median and the worst. The first must be below 50 ms
burst   so many dates pass at once and are said look by look: what the process grew by, which must not grow with them
call    20 calls at a running node, by HTTP: the page of overdue cases must come within 200 ms
own     what a feed, or a list, of one's own takes, read in this process
"""

import argparse
import asyncio
import json
import os
import signal
import sqlite3
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import text

from tests.bench import spending
from tests.bench.copying import fill
from tests.bench.filling import patterns
from tests.bench.scale import DAY_MS, FORGET, SERVER_SETTINGS, UNTELL, Ask, Filled, call_s, move_to, running
from tests.postgres import server
from tests.world import PASSPHRASE
from tracing.calendar.watch import look
from tracing.feeds.duties import duties
from tracing.feeds.subscriptions import Feed
from tracing.node import Node
from tracing.store import View
from tracing.store.cases import DeadlineQuery, list_deadlines

CLOCKS = 2  # of a case that was asked and no more
ASKED_ONLY = (1.0, 0.0, 0.0, 0.0, 0.0, 0.0)
LOOKS, CALLS, WARM_UP, AT_A_TIME = 20, 20, 3, 50
MOST_TICK_MS, MOST_PAGE_MS, MOST_GROWN_MB = 50.0, 200.0, 32.0
WEEK_MS = 7 * DAY_MS
ME = "ada"
PAGES = {
    "page of overdue cases, sent": "/sent?view=overdue", "page of overdue cases, received": "/received?view=overdue",
    "page of deadlines that passed": "/deadlines?days=passed", "page of a month": "/deadlines?month=now",
    "page home": "/", "page of my reminders": "/reminders", "my deadlines": "/api/v1/deadlines?mine=true",
}  # fmt: skip
OWNERS = (
    f"UPDATE cases SET owner = CASE WHEN rowid % 2500 = 7 THEN '{ME}' ELSE 'officer' || (rowid % 40) END",
    "UPDATE deadlines SET owner = (SELECT owner FROM cases WHERE cases.id = deadlines.case_id)",
)
# The next rung of each is days away: the ladder is told of at another time.
RUNGS = "UPDATE deadlines SET rung_ms = due_ms + (max(:now - due_ms, 0) / :week + 2) * :week"
REMINDED = (
    "INSERT INTO reminders (deadline_id, case_id, event, to_user, to_role, from_ms, at_ms, late)"
    " SELECT id, case_id, '{event}', owner, 'owner', {at}, {at}, 0 FROM deadlines WHERE {told} IS NOT NULL"
)


def main() -> int:
    """Fill, measure, print."""
    parser = argparse.ArgumentParser(prog="make duties", description=__doc__)
    parser.add_argument("--open", type=int, default=1_000_000)
    parser.add_argument("--burst", type=int, default=5_000)
    parser.add_argument("--databases", nargs="+", choices=("sqlite", "postgresql"), default=["sqlite", "postgresql"])
    parser.add_argument("--dir", type=Path, default=None, help="where the home is made; removed at the end")
    asked = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    holds = True
    with tempfile.TemporaryDirectory(dir=asked.dir) as folder, ExitStack() as servers:
        for line in measure(Path(folder), asked.open, asked.burst, asked.databases, servers):
            holds = holds and line.get("holds", True)
            sys.stdout.write(json.dumps(line) + "\n")
            sys.stdout.flush()
    return 0 if holds else 1


def measure(
    folder: Path, count: int, burst: int, databases: Sequence[str], servers: ExitStack
) -> Iterator[dict[str, Any]]:
    """Every line; on SQLite first, whose file is then poured into PostgreSQL."""
    made, cipher, _ = asyncio.run(patterns(folder / "first"))
    home, began = folder / "home", time.perf_counter()
    fill(folder / "first" / "br", home, count // CLOCKS, made, cipher, shares=ASKED_ONLY)
    _own(home / "node.db")
    filled = spending.stored_bytes(home / "node.db")
    yield {"line": "filled", "s": round(time.perf_counter() - began), "mb": round(filled / 1e6)} | _counts(home)
    for database in databases:
        on = None
        if database == "postgresql":
            on = servers.enter_context(server(*SERVER_SETTINGS))
            move_to(on, home)
        for line in _measured(Filled(home, home / "node.db", on), burst):
            yield {"database": database} | line


def _own(file: Path) -> None:
    """Owners, the next rungs, and the reminders that a running node would have written."""
    now = {"now": int(time.time() * 1000), "week": WEEK_MS}
    with closing(sqlite3.connect(file)) as db, db:
        for statement in OWNERS:
            db.execute(statement)
        db.execute(RUNGS, now)
        for event in ("near", "passed"):
            at = f"{event}_told_ms"
            db.execute(REMINDED.format(event=event, at=at, told=at))


def _counts(home: Path) -> dict[str, int]:
    number = lambda where: spending.number(home / "node.db", f"SELECT count(*) FROM deadlines WHERE {where}")  # noqa: E731
    return {"open": number("ended_ms IS NULL"), "passed": number("ended_ms IS NULL AND passed_told_ms IS NOT NULL")}


def _measured(filled: Filled, burst: int) -> Iterator[dict[str, Any]]:
    node = Node.open(filled.home, PASSPHRASE)
    try:
        _say_all(node)
        yield _tick(node, 0) | {"most_ms": MOST_TICK_MS}
        yield _tick(node, AT_A_TIME)
        yield from _own_lists(node)
        yield _burst(node, burst)
    finally:
        node.close()
    yield from asyncio.run(_called(filled))


# ---------------------------------------------------------------- the watch


def _look(node: Node) -> int:
    return node.store.write_now(lambda tx: look(tx, late_after_ms=DAY_MS))


def _say_all(node: Node) -> int:
    return sum(iter(lambda: _look(node), 0))


def _unsay(node: Node, count: int) -> None:
    """So many dates that passed were not said yet."""
    for statement in map(text, (UNTELL, FORGET)):
        node.store.write_now(lambda tx, sql=statement: tx.conn.execute(sql, {"overdue": count}))  # type: ignore[misc]


def _tick(node: Node, saying: int) -> dict[str, Any]:
    took = []
    for _ in range(LOOKS):
        if saying:
            _unsay(node, saying)
        began = time.perf_counter()
        said = _look(node)
        took.append((time.perf_counter() - began) * 1000)
        assert said == saying, f"a look said {said} instead of {saying}"
    line = {"line": "tick", "says": saying} | _figures(took)
    return line if saying else line | {"holds": line["p50_ms"] < MOST_TICK_MS}


def _burst(node: Node, count: int) -> dict[str, Any]:
    """Said in transactions of bounded length; what one look holds is bounded with them."""
    _unsay(node, count)
    before, began = spending.memory_mb(os.getpid()), time.perf_counter()
    said = _say_all(node)
    grown = round(spending.memory_mb(os.getpid()) - before, 1)
    assert said == count, f"{said} of {count} were said"
    line = {"line": "burst", "said": said, "s": round(time.perf_counter() - began, 1), "grown_mb": grown}
    return line | {"holds": grown < MOST_GROWN_MB}


# ---------------------------------------------------------------- lists


def _own_lists(node: Node) -> Iterator[dict[str, Any]]:
    now, now_ms, query = node.clock.now(), node.clock.now_ms(), DeadlineQuery(owner=ME)
    own, team = (Feed(1, whose, ME, "en", 0, None) for whose in ("mine", "team"))
    asks: dict[str, Callable[[View], Sequence[Any]]] = {
        "a feed of one's own": lambda view: duties(view, own, "br", now).shown,
        "the team's feed": lambda view: duties(view, team, "br", now).shown,
        "a list of one's own": lambda view: list_deadlines(view, query, now_ms).items,
    }
    for what, ask in asks.items():
        took, found = [], 0
        for _ in range(CALLS):
            began = time.perf_counter()
            found = len(node.store.read_now(ask))
            took.append((time.perf_counter() - began) * 1000)
        yield {"line": "own", "what": what, "found": found} | _figures(took)


async def _called(filled: Filled) -> list[dict[str, Any]]:
    asks: dict[str, Ask] = {what: (lambda _, path=path: ("GET", path, None)) for what, path in PAGES.items()}  # type: ignore[misc]
    lines = []
    async with running(filled, lambda _door: asks) as station:
        for what in PAGES:
            took = [await call_s(station, what, number) * 1000 for number in range(CALLS + WARM_UP)][WARM_UP:]
            line = {"line": "call", "what": what} | _figures(took)
            is_held = "overdue" in what
            lines.append(line | ({"holds": line["p50_ms"] < MOST_PAGE_MS} if is_held else {}))
        lines.append({"line": "memory of the node", "mb": round(spending.memory_mb(station.pid), 1)})
    return lines


def _figures(took_ms: Sequence[float]) -> dict[str, float]:
    return {"p50_ms": round(statistics.median(took_ms), 2), "worst_ms": round(max(took_ms), 2)}


if __name__ == "__main__":
    sys.exit(main())
