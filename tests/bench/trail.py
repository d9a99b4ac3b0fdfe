"""What the audit trail costs a message: nodes with it and without, in turns. One JSON document; exit 0 if it holds.

    make trail                              10,000 messages each way of measuring, in 20 pairs of runs
    make trail TRAIL="--messages 2000"      less
    make trail TRAIL="--parts"              and nodes whose trees are entered in but never signed: where the cost sits

Rules
- Two nodes are a build: one pair has the trail, one has entries, checkpoints and cosignatures patched away in its
  processes (``trailless``). All run side by side from the start to the end, and one has a load at a time.
- A pair of runs is one of each build, the one or the other first by turns: so what else the machine does, and how its
  speed drifts, falls on both. What counts is the median of their ratios.
- CPU is that of both processes until all that was said is opened and answered for. Checkpoints are made by time, not by
  message, so ``of_totals`` holds those that fell between: with all the time that the other builds had the load.
- ``entries_per_message`` says that the trail was there, and that without it nothing was entered.
"""

import argparse
import asyncio
import contextlib
import json
import os
import platform
import signal
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import spending
from tests.bench.pair import BOTH, RECEIVER, SENDER, Pair

GOAL_PCT = 10.0
AT_ONCE = 8
WARM_UP = 100
MOST_S = 600.0  # of one load
WITH, WITHOUT, UNSIGNED = "with", "without", "unsigned"
OFF = {WITH: "", WITHOUT: "leaves,checkpoints", UNSIGNED: "checkpoints"}


@dataclass(frozen=True)
class Run:
    """One load of one build."""

    done: int
    failed: tuple[str, ...]
    cpu_s: dict[str, float]
    load_s: float
    p50_ms: float
    others_s: float
    whole_s: float

    @property
    def cpu_ms(self) -> float:
        """Of both nodes, for a message."""
        return sum(self.cpu_s.values()) * 1000 / max(self.done, 1)

    @property
    def per_s(self) -> float:
        return self.done / self.load_s


def program(off: str) -> list[str]:
    """How a node of this build is started: through the same file, so that nothing but the patch is another."""
    return [sys.executable, "-m", "tests.bench.trailless", off]


@contextlib.contextmanager
def build(folder: Path, off: str) -> Iterator[Pair]:
    """Two nodes of one build, warm."""
    folder.mkdir()
    with Pair(folder, program=program(off)) as pair:
        pair.found()
        for authority in (RECEIVER, SENDER):
            pair.start(authority)
        loaded(pair, WARM_UP)
        yield pair


def loaded(pair: Pair, count: int) -> Run:
    """So many messages, and what they cost."""
    pids = {name: pair.pid(name) for name in BOTH}
    before, machine, own = {name: spending.cpu_s(pids[name]) for name in BOTH}, spending.machine_cpu_s(), own_cpu_s()
    began = time.perf_counter()
    load = asyncio.run(pair.load(count=count, at_once=AT_ONCE, most_s=MOST_S))
    pair.settle()
    whole_s = time.perf_counter() - began
    spent = {name: spending.cpu_s(pids[name]) - before[name] for name in BOTH}
    others = spending.machine_cpu_s() - machine - sum(spent.values()) - (own_cpu_s() - own)
    return Run(len(load.took_s), load.failed, spent, load.wall_s, load.percentile_ms(0.5), others, whole_s)


def own_cpu_s() -> float:
    times = os.times()
    return times.user + times.system


def entries(pair: Pair) -> int:
    """What both nodes entered in their trees."""
    return sum(spending.number(pair.database(name), "SELECT count(*) FROM leaves") for name in BOTH)


def in_turns(pairs: dict[str, Pair], runs: int, each: int) -> dict[str, list[Run]]:
    """The loads, the builds in one order and then in the other."""
    found: dict[str, list[Run]] = {name: [] for name in pairs}
    for turn in range(runs):
        order = list(pairs) if turn % 2 == 0 else list(pairs)[::-1]
        for name in order:
            found[name].append(loaded(pairs[name], each))
    return found


def added_pct(one: Sequence[float], other: Sequence[float]) -> float:
    """By how many per cent the first is more: the median of the ratios."""
    return round((statistics.median(a / b for a, b in zip(one, other, strict=True)) - 1) * 100, 2)


def of_build(runs: Sequence[Run], entered: int) -> dict[str, Any]:
    """What a build came to."""
    done = max(sum(one.done for one in runs), 1)
    cpu = {role: sum(one.cpu_s[name] for one in runs) * 1000 / done
           for name, role in ((SENDER, "sender"), (RECEIVER, "receiver"))}  # fmt: skip
    return {
        "done": done, "failed": sum(len(one.failed) for one in runs),
        "sample": [text for one in runs for text in one.failed][:1],
        **{f"cpu_ms_{role}": round(ms, 3) for role, ms in cpu.items()},
        "cpu_ms": round(sum(cpu.values()), 3), "per_s": round(statistics.median(one.per_s for one in runs), 1),
        "p50_ms": round(statistics.median(one.p50_ms for one in runs), 2),
        "entries_per_message": round(entered / done, 2),
    }  # fmt: skip


def compared(one: Sequence[Run], other: Sequence[Run]) -> dict[str, float]:
    """What the first build costs above the second."""
    totals = [sum(sum(run.cpu_s.values()) for run in runs) / max(sum(run.done for run in runs), 1)
              for runs in (one, other)]  # fmt: skip
    return {
        "cpu_pct": added_pct([run.cpu_ms for run in one], [run.cpu_ms for run in other]),
        **{f"cpu_pct_{role}": added_pct([run.cpu_s[name] / max(run.done, 1) for run in one],
                                        [run.cpu_s[name] / max(run.done, 1) for run in other])
           for name, role in ((SENDER, "sender"), (RECEIVER, "receiver"))},
        "cpu_pct_of_totals": round((totals[0] / totals[1] - 1) * 100, 2),
        "time_pct": added_pct([1 / run.per_s for run in one], [1 / run.per_s for run in other]),
    }  # fmt: skip


def measure(folder: Path, messages: int, runs: int, builds: Sequence[str]) -> dict[str, Any]:
    """The document."""
    began = time.perf_counter()
    with contextlib.ExitStack() as stack:
        pairs = {name: stack.enter_context(build(folder / name, OFF[name])) for name in builds}
        before = {name: entries(pair) for name, pair in pairs.items()}
        found = in_turns(pairs, runs, max(1, messages // runs))
        entered = {name: entries(pair) - before[name] for name, pair in pairs.items()}
    told = {name: of_build(some, entered[name]) for name, some in found.items()}
    added = compared(found[WITH], found[WITHOUT])
    loads = [run for some in found.values() for run in some]
    others, loaded_s = sum(run.others_s for run in loads), sum(run.whole_s for run in loads)
    holds = (
        added["cpu_pct"] < GOAL_PCT
        and not any(each["failed"] for each in told.values())
        and told[WITHOUT]["entries_per_message"] == 0 < told[WITH]["entries_per_message"]
    )
    parts = {"of_which_entries": compared(found[UNSIGNED], found[WITHOUT]),
             "of_which_checkpoints": compared(found[WITH], found[UNSIGNED])} if UNSIGNED in found else {}  # fmt: skip
    return {
        "holds": holds, "goal_pct": GOAL_PCT, "added": added, **parts, **told,
        "ratios": [round(a.cpu_ms / b.cpu_ms, 3) for a, b in zip(found[WITH], found[WITHOUT], strict=True)],
        "runs": runs, "messages_each": max(1, messages // runs), "at_once": AT_ONCE,
        "others_cpu_pct": round(max(0.0, others) * 100 / (loaded_s * (os.cpu_count() or 1)), 1),
        "wall_s": round(time.perf_counter() - began, 1),
        "machine": {"cpus": os.cpu_count(), "python": platform.python_version()},
    }  # fmt: skip


def main() -> int:
    """Print the document; 1 if it does not hold."""
    parser = argparse.ArgumentParser(prog="tests.bench.trail", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--messages", type=int, default=10_000, help="of each build")
    parser.add_argument("--runs", type=int, default=20, help="of each build, in turns")
    parser.add_argument("--parts", action="store_true", help="a third build, without checkpoints alone")
    given = parser.parse_args()
    if not 1 <= given.runs <= given.messages:
        parser.error("expected as many messages as runs, or more")
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    builds = [WITH, WITHOUT, *([UNSIGNED] if given.parts else [])]
    with tempfile.TemporaryDirectory(prefix="tracing-trail-") as folder:
        found = measure(Path(folder), given.messages, given.runs, builds)
    print(json.dumps(found, indent=1))  # noqa: T201 - this is what it is for
    return 0 if found["holds"] else 1


if __name__ == "__main__":
    sys.exit(main())
