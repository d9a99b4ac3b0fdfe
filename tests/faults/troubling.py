"""A dead, a slow and a hostile counterpart together: what the others notice, and what the node in the middle pays.

Real processes of the real command. ``br`` has messages waiting for ``ke`` (nobody listens), ``fr`` (lets every answer
drip) and ``xb`` (greets as it should, then plays tricks: ``hostile``), and exchanges requests with ``at``. Pairs of
loads follow each other: one while the three are suspended, one while they are not; each pair gives a ratio of p99s.
At the end nothing may have been answered 500, followed a redirect or be believed of what the hostile one said, and the
node must end when it is told to.

    python -m tests.faults.troubling [--pairs 10] [--count 100] [--queued 200] [--seed 1]     prints one JSON document
"""

import argparse
import json
import random
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from asyncio import run as run_in_loop
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from tests.bench import spending
from tests.bench.pair import BOTH, SENDER, Load
from tests.faults.several import Several, peak_mb

DEAD, SLOW, HOSTILE = BAD = ("ke", "fr", "xb")
MOST_RATIO, MOST_MB, MOST_STOP_S = 1.25, 300.0, 12.0
AT_ONCE = 2
LANDING_S, BEGUN_S = 7.0, 2.0  # until a suspended courier has ended; until a resumed one has been answered
BELIEVED = "SELECT count(*) FROM envelopes WHERE direction = 'out' AND recipient IN ('ke', 'fr', 'xb')"


@dataclass(frozen=True)
class Troubled:
    """What it came to. ``ratios`` are p99 with the three over p99 without; ``believed`` messages count as taken."""

    seed: int
    ratios: tuple[float, ...]
    without_p99_ms: tuple[float, ...]
    with_p99_ms: tuple[float, ...]
    round_trips: int
    failed: int
    sample: tuple[str, ...]
    answered_500: int
    followed: int
    believed: int
    tricks: dict[str, int]
    peak_mb: float
    stop_s: float
    trees_ok: bool
    wall_s: float

    @property
    def median(self) -> float:
        return round(statistics.median(self.ratios), 3)

    @property
    def is_unharmed(self) -> bool:
        """All but how long the others waited."""
        nothing = not (self.failed or self.answered_500 or self.followed or self.believed)
        return nothing and self.peak_mb < MOST_MB and self.stop_s < MOST_STOP_S and self.trees_ok

    @property
    def holds(self) -> bool:
        return self.is_unharmed and self.median <= MOST_RATIO


@dataclass
class Elsewhere:
    """Where a redirect leads: it must hear nobody."""

    door: socket.socket = field(default_factory=lambda: socket.create_server(("127.0.0.1", 0)))

    @property
    def port(self) -> int:
        return int(self.door.getsockname()[1])

    def heard(self) -> int:
        """Whether anybody has come."""
        self.door.setblocking(False)
        try:
            self.door.accept()[0].close()
        except BlockingIOError:
            return 0
        return 1


@contextmanager
def bad_ones(nodes: Several, seed: int, elsewhere: int) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """The slow and the hostile one, in processes of their own. Nobody stands for the dead one."""
    running = {}
    for authority, manner in ((SLOW, "slow"), (HOSTILE, "hostile")):
        keys = (str(nodes.folder / authority), "--passphrase-file", str(nodes.passphrase_file))
        where = ("--port", str(nodes.doors[authority]), "--elsewhere", str(elsewhere))
        argv = [sys.executable, "-m", "tests.faults.hostile", *keys, *where, "--manner", manner, "--seed", str(seed)]
        running[authority] = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()


class Campaign:
    """Five homes, two nodes, two servers."""

    def __init__(self, folder: Path, seed: int, count: int) -> None:
        self.nodes = Several(folder, authorities=(*BOTH, *BAD), hub=SENDER)
        self.seed, self.count = seed, count
        self.first: Load | None = None  # warms up; all must be answered, how soon does not count
        self.loads: dict[bool, list[Load]] = {False: [], True: []}

    def run(self, pairs: int, queued: int) -> Troubled:
        """Found, queue, measure in pairs, look."""
        began, elsewhere = time.monotonic(), Elsewhere()
        with self.nodes as nodes, elsewhere.door:
            nodes.found()
            for one in BAD:
                nodes.take_list(SENDER, one, queued, f"Q{one.upper()}")
            with bad_ones(nodes, self.seed, elsewhere.port) as servers:
                for one in BOTH:
                    nodes.start(one)
                self.first = self._load()
                self._pairs(pairs)
                found = {"answered_500": self._faults(), "peak_mb": peak_mb(nodes.pid(SENDER))}
                found |= {"stop_s": self._stop(), "followed": elsewhere.heard()}
                servers[HOSTILE].terminate()
                found["tricks"] = json.loads(servers[HOSTILE].communicate()[0])
            nodes.stop()
            taken = f"{BELIEVED} AND stage IN ('accepted', 'opened', 'rejected')"
            found["believed"] = spending.number(nodes.database(SENDER), taken)
            found["trees_ok"] = all(nodes.call(one, "audit", "verify")["ok"] for one in BOTH)
        return self._told(found, time.monotonic() - began)

    def _pairs(self, pairs: int) -> None:
        chance = random.Random(self.seed)
        for _ in range(pairs):
            for harmed in chance.sample((False, True), 2):
                self._set(harmed=harmed)
                self.loads[harmed].append(self._load())

    def _set(self, *, harmed: bool) -> None:
        """The three take part, afresh, or do not."""
        for one in BAD:
            self.nodes.call(SENDER, "counterpart", "suspend", one)
        time.sleep(LANDING_S)
        if harmed:
            for one in BAD:
                self.nodes.call(SENDER, "counterpart", "resume", one)
            time.sleep(BEGUN_S)

    def _load(self) -> Load:
        return run_in_loop(self.nodes.load(count=self.count, at_once=AT_ONCE, most_s=120))

    def _faults(self) -> int:
        """HTTP requests of officers that the node answered with a fault of its own, and workers that ended by one."""
        with urlopen(f"{self.nodes.desk[SENDER]}/metrics", timeout=10) as answer:
            told = answer.read().decode()
        log = (self.nodes.folder / f"{SENDER}.log").read_text(errors="replace")
        failed = ("courier_failed", "post_failed", "carrier.failed", "refresh.failed", ".fault ")
        return told.count('status="500"') + sum(log.count(word) for word in failed)

    def _stop(self) -> float:
        process, began = self.nodes.running.pop(SENDER), time.perf_counter()
        process.terminate()
        try:
            process.wait(60)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        return round(time.perf_counter() - began, 1)

    def _told(self, found: dict[str, Any], wall_s: float) -> Troubled:
        p99s = {harmed: [round(one.percentile_ms(0.99), 1) for one in loads] for harmed, loads in self.loads.items()}
        ratios = tuple(round(one / other, 3) for one, other in zip(p99s[True], p99s[False], strict=True))
        every = [*self.loads[False], *self.loads[True], *([self.first] if self.first else [])]
        failed = [problem for load in every for problem in load.failed]
        return Troubled(
            seed=self.seed, ratios=ratios, without_p99_ms=tuple(p99s[False]), with_p99_ms=tuple(p99s[True]),
            round_trips=sum(len(load.took_s) for load in every), failed=len(failed), sample=tuple(failed[:2]),
            wall_s=round(wall_s, 1), **found,
        )  # fmt: skip


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Dead, slow and hostile counterparts, and what others notice.")
    parser.add_argument("--pairs", type=int, default=10)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--queued", type=int, default=200)
    parser.add_argument("--seed", type=int, default=1)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        troubled = Campaign(Path(folder), given.seed, given.count).run(given.pairs, given.queued)
    told = {"figure": "counterparts", "holds": troubled.holds, "median": troubled.median} | asdict(troubled)
    sys.stdout.write(json.dumps(told) + "\n")
    return 0 if troubled.holds else 1


if __name__ == "__main__":
    sys.exit(main())
