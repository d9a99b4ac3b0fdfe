"""The month of ``reuniting`` with real processes of the real command, whose clocks libfaketime moves.

down   ``br`` runs alone for the month; then its counterparts start, and everything must arrive in minutes.
cut    all run, and every way between them is cut; then the ways are there again and nobody starts anew. Whoever
       tries next ends the wait of both, so it takes as long as the longest pause between two tries: hours, of the
       moved clock. That is told, and judged against that pause.

python -m tests.faults.meeting [--queued 2000] [--days 30] [--counterparts 5] [--how down cut]     a document each
"""

import argparse
import asyncio
import json
import os
import random
import shutil
import sqlite3
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.faults.reckoning import Reckoning, reckon
from tests.faults.relay import Relay, Weather
from tests.faults.several import Several, until
from tests.world import COUNTRIES
from tracing.exchange.pace import Pace

HUB = "br"
HOUR_S, DAY_S = 3600, 86_400
STEP_S, STEP_WALL_S = 6 * HOUR_S, 0.15  # of the month
MINUTES_S, MINUTES_WALL_S = 600, 1.0  # after the ways are there again
PATIENCE_S = MOST_S = 600.0
FAIR = Weather(loses=0.0, doubles=0.0, slowest_s=0.0)
LAPSED = "SELECT count(*) FROM deadlines WHERE passed_told_ms IS NOT NULL OR (ended_ms IS NULL AND due_ms < ?)"


@dataclass(frozen=True)
class Met:
    """What it came to. ``reunion_s`` is real time; ``moved_s`` is how far clocks were moved until all had arrived."""

    how: str
    counterparts: int
    days: int
    queued: int
    reunion_s: float
    moved_s: int
    lapsed: int
    reckoning: Reckoning
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        most_s = Pace().longest_then_s + MINUTES_S if self.how == "cut" else 0
        arrived = self.reckoning.holds and self.reckoning.answered == self.queued
        in_time = self.reunion_s < MOST_S and self.moved_s <= most_s
        return arrived and self.trees_ok and not self.lapsed and in_time


def library() -> Path | None:
    """libfaketime for programs with threads, where it is."""
    found = sorted(Path("/usr").glob("lib*/**/faketime/libfaketimeMT.so.1"))
    return found[0] if shutil.which("faketime") or found else None


@dataclass
class Moved(Several):
    """Nodes whose clocks are moved together."""

    ahead_s: int = 0
    preload: Path = field(default_factory=Path)

    def start(self, authority: str) -> None:
        """With moved clocks."""
        stamp = self.folder / "ahead"
        stamp.write_text(f"+{self.ahead_s}")
        with environment(LD_PRELOAD=str(self.preload), FAKETIME_TIMESTAMP_FILE=str(stamp), FAKETIME_NO_CACHE="1"):
            super().start(authority)

    def move(self, by_s: int) -> None:
        """All clocks at once, as after a sleep."""
        self.ahead_s += by_s
        later = self.folder / "ahead.new"
        later.write_text(f"+{self.ahead_s}")
        later.replace(self.folder / "ahead")

    def lapsed(self) -> int:
        """Duties that passed, anywhere, told of or not."""
        now_ms, count = int((time.time() + self.ahead_s) * 1000), 0
        for one in self.authorities:
            with closing(sqlite3.connect(self.database(one), timeout=30)) as db:
                count += db.execute(LAPSED, (now_ms,)).fetchone()[0]
        return count


@contextmanager
def environment(**more: str) -> Iterator[None]:
    """What is started in here finds these in its environment."""
    before = dict(os.environ)
    os.environ.update(more)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@dataclass
class Campaign:
    """A node, its counterparts, and the ways between them."""

    folder: Path
    others: tuple[str, ...]
    preload: Path
    relays: Mapping[str, Relay] = field(default_factory=dict)

    async def run(self, how: str, queued: int, days: int) -> Met:
        """Queue, part, move, meet, count."""
        chance = random.Random(1)
        self.relays = {one: await Relay(chance, FAIR).open() for one in (HUB, *self.others)}
        try:
            return await asyncio.to_thread(self._run, how, queued, days)
        finally:
            for relay in self.relays.values():
                await relay.close()

    def _run(self, how: str, queued: int, days: int) -> Met:
        began, each = time.monotonic(), queued // 2 // len(self.others)
        urls = {one: relay.url for one, relay in self.relays.items()}
        everybody = (HUB, *self.others)
        with Moved(self.folder, authorities=everybody, urls=urls, hub=HUB, preload=self.preload) as nodes:
            nodes.found()
            self._queue(nodes, each)
            self._cut(is_cut=how == "cut")
            for one in everybody if how == "cut" else (HUB,):
                nodes.start(one)
            for _ in range(days * DAY_S // STEP_S):
                nodes.move(STEP_S)
                time.sleep(STEP_WALL_S)
            reunion_s, moved_s = self._meet(nodes, how)
            lapsed = nodes.lapsed()
            nodes.stop()
            found, trees_ok = reckon({one: nodes.database(one) for one in everybody}), nodes.trees_ok()
        told = (lapsed, found, trees_ok, round(time.monotonic() - began, 1))
        return Met(how, len(self.others), days, 2 * each * len(self.others), reunion_s, moved_s, *told)

    def _queue(self, nodes: Several, each: int) -> None:
        for one in self.others:
            nodes.take_list(HUB, one, each, f"TO{one.upper()}")
            nodes.take_list(one, HUB, each, f"OF{one.upper()}")
        for one, relay in self.relays.items():
            relay.to = nodes.doors[one]

    def _cut(self, *, is_cut: bool) -> None:
        for relay in self.relays.values():
            relay.is_cut = is_cut

    def _meet(self, nodes: Moved, how: str) -> tuple[float, int]:
        """Until nothing is on its way any more: the seconds, and how far the clocks were moved meanwhile."""
        began, before_s = time.monotonic(), nodes.ahead_s
        if how == "down":
            for one in self.others:
                nodes.start(one)
        self._cut(is_cut=False)
        end = began + PATIENCE_S
        while how == "cut" and nodes.unfinished():
            assert time.monotonic() < end, f"not delivered in {PATIENCE_S:.0f} s"
            nodes.move(MINUTES_S)
            time.sleep(MINUTES_WALL_S)
        until(lambda: not nodes.unfinished(), "everything to be delivered and opened", PATIENCE_S)
        return round(time.monotonic() - began, 1), nodes.ahead_s - before_s


def main() -> int:
    """The campaigns as a command."""
    parser = argparse.ArgumentParser(description="Real nodes a month apart by libfaketime; then they meet.")
    parser.add_argument("--queued", type=int, default=2000)
    parser.add_argument("--days", type=int, default=30)
    parser.add_argument("--counterparts", type=int, default=5)
    parser.add_argument("--how", choices=("down", "cut"), nargs="+", default=["down", "cut"])
    given = parser.parse_args()
    preload, others = library(), [name for name in COUNTRIES if name != HUB][: given.counterparts]
    if preload is None:
        parser.error("libfaketime is needed (on Debian: apt install libfaketime)")
    holds = True
    for how in given.how:
        with tempfile.TemporaryDirectory() as folder:
            met = asyncio.run(Campaign(Path(folder), tuple(others), preload).run(how, given.queued, given.days))
        sys.stdout.write(json.dumps({"figure": "reunion", "holds": met.holds} | asdict(met)) + "\n")
        sys.stdout.flush()
        holds = holds and met.holds
    return 0 if holds else 1


if __name__ == "__main__":
    sys.exit(main())
