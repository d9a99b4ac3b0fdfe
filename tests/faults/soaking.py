"""A soak: so many messages a second for as long as is said; what the nodes hold in memory and in handles all the while.

Real processes of the real command; officers of one post requests evenly, and every second both are looked at. What a
node has warmed up to in the first quarter is compared with what it holds at the end, each as the median of a tenth of
the time. Then every request must be one case at each side, and every tree must verify.

    python -m tests.faults.soaking [--seconds 3600] [--rate 20]     prints one JSON document

Below an hour caches are still filling: the growth is told, and judged only if ``--growth`` says against what. Handles
are judged from four minutes on.
"""

import argparse
import asyncio
import json
import statistics
import sys
import tempfile
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.bench import spending
from tests.bench.pair import BOTH, RECEIVER, SENDER
from tests.faults.officers import Officers
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.several import Several, until

HOUR_S = 3600
MOST_GROWTH = 0.02
MORE_HANDLES = 8  # pools of connections breathe
WARM_S = 240  # a quarter of it is a minute: by then every pool and thread has its handles
LOOK_S = 1.0
PATIENCE_S = 120.0


@dataclass(frozen=True)
class Soaked:
    """What it came to. ``growth`` is a share of what was resident after a quarter; ``handles``: then and at the end."""

    seconds: int
    rate: float
    carried_per_s: float
    memory_mb: dict[str, tuple[float, float]]
    growth: dict[str, float]
    handles: dict[str, tuple[int, int]]
    most_growth: float | None
    reckoning: Reckoning
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        grew = self.most_growth is not None and max(self.growth.values()) >= self.most_growth
        leaked = self.seconds >= WARM_S and any(now > then + MORE_HANDLES for then, now in self.handles.values())
        return self.reckoning.holds and self.trees_ok and not grew and not leaked


@dataclass
class Looks:
    """What was seen of a process, look by look."""

    pid: int
    memory: list[float] = field(default_factory=list)
    handles: list[int] = field(default_factory=list)

    def look(self) -> None:
        """Once more."""
        self.memory.append(spending.memory_mb(self.pid))
        self.handles.append(sum(1 for _ in Path(f"/proc/{self.pid}/fd").iterdir()))

    def then_and_now(self, seen: list[float] | list[int]) -> tuple[float, float]:
        """The medians of a tenth of the time after the first quarter, and of the last tenth."""
        quarter, tenth = len(seen) // 4, max(1, len(seen) // 10)
        return statistics.median(seen[quarter : quarter + tenth]), statistics.median(seen[-tenth:])


async def load(officers: Officers, rate: float, seconds: int, looks: dict[str, Looks]) -> None:
    """The messages, and a look at both every second."""
    end = time.monotonic() + seconds

    async def watch() -> None:
        while time.monotonic() < end:
            for one in looks.values():
                one.look()
            await asyncio.sleep(LOOK_S)

    await asyncio.gather(watch(), officers.ask_evenly(RECEIVER, rate, lambda: time.monotonic() >= end))


def soak(folder: Path, *, seconds: int, rate: float, most_growth: float | None) -> Soaked:
    """The whole campaign in a folder; nothing is left running."""
    began = time.monotonic()
    with Several(folder) as nodes:
        nodes.found()
        for one in BOTH:
            nodes.start(one)
        looks = {one: Looks(nodes.pid(one)) for one in BOTH}
        officers = Officers(SENDER, nodes.desk[SENDER], nodes.tokens[SENDER])
        loaded = time.monotonic()
        asyncio.run(load(officers, rate, seconds, looks))
        until(lambda: not nodes.unfinished(), "everything to be delivered and opened", PATIENCE_S)
        carried = len(officers.cases) / (time.monotonic() - loaded)
        nodes.stop()
        found = reckon({one: nodes.database(one) for one in BOTH}, set(officers.cases.values()))
        trees_ok = nodes.trees_ok()
    memory = {one: each.then_and_now(each.memory) for one, each in looks.items()}
    handles = {one: each.then_and_now(each.handles) for one, each in looks.items()}
    return Soaked(
        seconds, rate, round(carried, 1), {one: (round(then, 1), round(now, 1)) for one, (then, now) in memory.items()},
        {one: round(now / then - 1, 4) for one, (then, now) in memory.items()},
        {one: (int(then), int(now)) for one, (then, now) in handles.items()},
        most_growth, found, trees_ok, round(time.monotonic() - began, 1),
    )  # fmt: skip


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="So many messages a second, and what the nodes hold meanwhile.")
    parser.add_argument("--seconds", type=int, default=HOUR_S)
    parser.add_argument("--rate", type=float, default=20.0)
    parser.add_argument("--growth", type=float, default=None, help="the most it may grow; 0.02 from an hour on")
    given = parser.parse_args()
    most = given.growth if given.growth is not None or given.seconds < HOUR_S else MOST_GROWTH
    with tempfile.TemporaryDirectory() as folder:
        soaked = soak(Path(folder), seconds=given.seconds, rate=given.rate, most_growth=most)
    sys.stdout.write(json.dumps({"figure": "soak", "holds": soaked.holds} | asdict(soaked)) + "\n")
    return 0 if soaked.holds else 1


if __name__ == "__main__":
    sys.exit(main())
