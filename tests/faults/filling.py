"""A disk that fills and calls that fail, at the sender and at the receiver, under load; and what is left afterwards.

Real processes of the real command, each home on a small file system of its own (tmpfs where we are root; else the
length of files is limited). Officers post requests, each under a key, again until it is answered.

- The disk fills, stays full for some seconds, and has room again: first the receiver's, then the sender's.
- Then the n-th call of each kind on the files of the database fails once, for n = 1, 2, ... until a whole exchange made
  fewer calls than that; with EIO, and with ENOSPC for writes.

Every answer in between must say 503 in plain words or be 201; what was answered 201 must be one case at each side, no
receipt may promise what is not there, the files must be sound and the trees verify. The node must go on by itself.

    python -m tests.faults.filling [--full-s 8] [--most 60] [--mib 64]     prints one JSON document
"""

import argparse
import asyncio
import json
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench.pair import BOTH, RECEIVER, SENDER
from tests.faults.disks import CALLS, Limited, Room, can_inject, can_mount, failing, small
from tests.faults.officers import Officers
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.several import Several, until

RATE = 10.0
PATIENCE_S = 120.0
BEFORE_S = 1.0
AT_EACH = 2  # requests while one call is to fail
QUIET_NS = 3  # so many n without a failure, and there are no more calls
GOOD = {"201", "503 unavailable"}


@dataclass(frozen=True)
class Filled:
    """What it came to. ``resumed_s``: from room again to all answered, delivered and opened."""

    room: str
    answers: dict[str, int]
    failures: dict[str, int]
    rounds: int
    resumed_s: dict[str, float]
    sound: bool
    reckoning: Reckoning
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        return self.reckoning.holds and self.sound and self.trees_ok and set(self.answers) <= GOOD


@dataclass
class Campaign:
    """Two homes with little room, and officers at one of them."""

    folder: Path
    mib: int
    rooms: dict[str, Room] = field(default_factory=dict)
    resumed_s: dict[str, float] = field(default_factory=dict)
    failures: Counter[str] = field(default_factory=Counter)
    rounds: int = 0

    def run(self, *, full_s: float, most: int) -> Filled:
        """Found, fill, fail, count."""
        began = time.monotonic()
        with self._rooms(), Several(self.folder) as nodes:
            nodes.found()
            for one in BOTH:
                nodes.start(one)
            officers = Officers(SENDER, nodes.desk[SENDER], nodes.tokens[SENDER])
            for one in (RECEIVER, SENDER) if full_s else ():
                self._full(nodes, officers, one, full_s)
            for one in (RECEIVER, SENDER) if most and can_inject() else ():
                self._failing(nodes, officers, one, most)
            self._rest(nodes)
            nodes.stop()
            sound = all(_is_sound(nodes.database(one)) for one in BOTH)
            found = reckon({one: nodes.database(one) for one in BOTH}, set(officers.cases.values()))
            trees_ok = nodes.trees_ok()
        return Filled(
            "tmpfs" if can_mount() else "limit", dict(officers.answers), dict(self.failures), self.rounds,
            self.resumed_s, sound, found, trees_ok, round(time.monotonic() - began, 1),
        )  # fmt: skip

    @contextmanager
    def _rooms(self) -> Iterator[None]:
        with ExitStack() as stack:
            for one in BOTH:
                place = self.folder / one
                self.rooms[one] = stack.enter_context(small(place, self.mib)) if can_mount() else Limited()
            yield

    @staticmethod
    def _rest(nodes: Several) -> None:
        until(lambda: not nodes.unfinished(), "everything to be delivered and opened", PATIENCE_S)

    # ------------------------------------------------------------ full

    def _full(self, nodes: Several, officers: Officers, victim: str, full_s: float) -> None:
        """Load, and a disk that is full for a while in the middle of it."""
        room, pid = self.rooms[victim], nodes.pid(victim)

        async def fill_and_clear() -> None:
            is_over = asyncio.Event()
            asking = asyncio.create_task(officers.ask_evenly(RECEIVER, RATE, is_over.is_set))
            await asyncio.sleep(BEFORE_S)
            room.fill(pid)
            await asyncio.sleep(full_s)
            room.clear(pid)
            is_over.set()
            await asking

        asyncio.run(fill_and_clear())
        cleared = time.monotonic()
        self._rest(nodes)
        self.resumed_s[victim] = round(time.monotonic() - cleared, 1)

    # ------------------------------------------------------------ failing calls

    def _failing(self, nodes: Several, officers: Officers, victim: str, most: int) -> None:
        for call in CALLS:
            for error in ("EIO", "ENOSPC") if call != "fdatasync" else ("EIO",):
                self._each(nodes, officers, (victim, call, error), most)

    def _each(self, nodes: Several, officers: Officers, what: tuple[str, str, str], most: int) -> None:
        """The first such call fails, the second, ... until none is left to fail."""
        (victim, call, error), quiet = what, 0
        for nth in range(1, most + 1):
            with failing(nodes.pid(victim), nodes.folder / victim, call, nth=nth, error=error) as failed:
                asyncio.run(officers.ask(RECEIVER, AT_EACH, at_once=1))
                self._rest(nodes)
            self.rounds += 1
            self.failures[f"{victim} {call} {error}"] += failed.count
            quiet = 0 if failed.count else quiet + 1
            if quiet == QUIET_NS:
                return


def _is_sound(database: Path) -> bool:
    with closing(sqlite3.connect(database)) as db:
        return [row[0] for row in db.execute("PRAGMA integrity_check")] == ["ok"]


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Fill disks and fail calls under load, and count what is left.")
    parser.add_argument("--full-s", type=float, default=8.0)
    parser.add_argument("--most", type=int, default=60, help="the highest n of the n-th call; 0 for none")
    parser.add_argument("--mib", type=int, default=64)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        filled = Campaign(Path(folder), given.mib).run(full_s=given.full_s, most=given.most)
    sys.stdout.write(json.dumps({"figure": "full disk", "holds": filled.holds} | asdict(filled)) + "\n")
    return 0 if filled.holds else 1


if __name__ == "__main__":
    sys.exit(main())
