"""Figures of this machine, one JSON document a line: whole nodes, then each stage alone.

    make bench                     about two minutes
    make bench BENCH=--short       as little as gives every figure: that each is there, not what it is

Rules
- Two nodes in two processes, made through the command, driven through the API; loopback only; a folder of its own that
  is removed at the end, and processes that end with this one. Nothing is measured longer than its bound in count and
  in seconds.
- CPU is counted until everything that was said is opened and answered for, so a node cannot look fast by putting off.
- ``others_cpu_pct`` is what everything else on the machine used meanwhile: above some 15 the times mean little.
- CPU speed drifts from run to run: compare by ratio within one run.
"""

import argparse
import asyncio
import json
import os
import platform
import resource
import signal
import sqlite3
import sys
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import spending
from tests.bench.pair import BOTH, RECEIVER, SENDER, Load, Pair
from tests.bench.stages import all_stages

Line = dict[str, Any]


@dataclass(frozen=True)
class Extent:
    """How much is measured."""

    warm_up: int
    counts: dict[int, int]  # round trips by how many at once
    most_s: float  # of one load
    syncs: dict[int, int]  # round trips while fsyncs are counted, by how many at once
    stage_s: float


WHOLE = Extent(warm_up=60, counts={1: 200, 8: 600, 32: 800}, most_s=20.0, syncs={1: 40, 8: 320, 32: 1280}, stage_s=0.5)
SHORT = Extent(warm_up=1, counts={1: 2, 8: 8, 32: 32}, most_s=2.0, syncs={1: 2}, stage_s=0.001)


def measure(extent: Extent, folder: Path) -> Iterator[Line]:
    """Every line."""
    about = {"cpus": os.cpu_count(), "python": platform.python_version(), "sqlite": sqlite3.sqlite_version}
    yield {"line": "machine", **about}
    with Pair(folder) as pair:
        pair.found()
        for authority in (RECEIVER, SENDER):
            pair.start(authority)
            idle = round(spending.memory_mb(pair.pid(authority)), 1)
            yield {"line": "start", "node": authority, "ready_s": round(pair.ready_s[authority], 2), "idle_mb": idle}
        asyncio.run(pair.load(count=extent.warm_up, at_once=4, most_s=extent.most_s))
        pair.settle()
        yield from whole_nodes(pair, extent)
    passphrase = pair.passphrase_file.read_bytes().strip()
    for timing in all_stages(folder, passphrase, extent.stage_s):
        yield {
            "line": "stage", "stage": timing.stage, "us": round(timing.us, 1), "best_us": round(timing.best_us, 1),
            "runs": timing.runs,
        }  # fmt: skip


def whole_nodes(pair: Pair, extent: Extent) -> Iterator[Line]:
    """Round trips, then what they left behind."""
    before = {name: (spending.stored_bytes(pair.database(name)), cases(pair, name)) for name in BOTH}
    for at_once, count in extent.counts.items():
        yield round_trips(pair, count, at_once, extent.most_s)
    for name in BOTH:
        yield {"line": "memory", "node": name, "loaded_mb": round(spending.memory_mb(pair.pid(name)), 1)}
    for name in BOTH:
        yield stored(pair, name, *before[name])
    for at_once, count in extent.syncs.items():
        yield syncs(pair, count, at_once, extent.most_s)


def round_trips(pair: Pair, count: int, at_once: int, most_s: float) -> Line:
    """One load, with what both nodes spent on it."""
    pids = {name: pair.pid(name) for name in BOTH}
    commits = {name: pair.commits(name) for name in BOTH}
    cpu, machine, own = {name: spending.cpu_s(pids[name]) for name in BOTH}, spending.machine_cpu_s(), _own_cpu_s()
    load = asyncio.run(pair.load(count=count, at_once=at_once, most_s=most_s))
    pair.settle()
    spent = {name: spending.cpu_s(pids[name]) - cpu[name] for name in BOTH}
    client = _own_cpu_s() - own
    others = spending.machine_cpu_s() - machine - sum(spent.values()) - client
    done = max(len(load.took_s), 1)
    line: Line = {"line": "round_trips", **told(load)}
    for name, role in ((SENDER, "sender"), (RECEIVER, "receiver")):
        made, units = (now - then for now, then in zip(pair.commits(name), commits[name], strict=True))
        line[f"cpu_ms_{role}"] = round(spent[name] * 1000 / done, 2)
        line[f"commits_{role}"] = round(made / done, 2)
        line[f"units_per_commit_{role}"] = round(units / max(made, 1), 2)
    line["cpu_ms_client"] = round(client * 1000 / done, 2)
    line["others_cpu_pct"] = round(max(0.0, others) * 100 / (load.wall_s * (os.cpu_count() or 1)), 1)
    return line


def told(load: Load) -> Line:
    """The rate and the times of a load."""
    times = {"p50_ms": 0.50, "p95_ms": 0.95, "p99_ms": 0.99, "max_ms": 1.0}
    return {
        "at_once": load.at_once, "done": len(load.took_s), "failed": len(load.failed), "sample": load.failed[:1],
        "wall_s": round(load.wall_s, 2), "per_s": round(len(load.took_s) / load.wall_s, 1),
        **{name: round(load.percentile_ms(part), 2) for name, part in times.items()},
    }  # fmt: skip


def _own_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def cases(pair: Pair, name: str) -> int:
    """Cases a node holds."""
    return spending.number(pair.database(name), "SELECT count(*) FROM cases")


def stored(pair: Pair, name: str, bytes_before: int, cases_before: int) -> Line:
    """Bytes a node keeps for one case, in its database after a checkpoint of the WAL."""
    more = max(cases(pair, name) - cases_before, 1)
    tables = spending.bytes_by_table(pair.database(name))
    held = max(cases(pair, name), 1)
    return {
        "line": "stored", "node": name, "cases": more,
        "bytes_per_case": round((spending.stored_bytes(pair.database(name)) - bytes_before) / more),
        "by_table": {table: round(size / held) for table, size in tables.items() if size / held >= 50},
    }  # fmt: skip


def syncs(pair: Pair, count: int, at_once: int, most_s: float) -> Line:
    """How often each node waits for the disk per round trip. Counting slows the nodes: no times here."""
    line: Line = {"line": "fsyncs", "at_once": at_once}
    counters = {name: spending.SyncCount(pair.pid(name), pair.folder) for name in BOTH}
    begun = [counter.begin() for counter in counters.values()]
    if not all(begun):
        return line | {"sender": None, "receiver": None, "note": "not counted: strace is absent or may not look"}
    load = asyncio.run(pair.load(count=count, at_once=at_once, most_s=most_s))
    pair.settle()
    done = max(len(load.took_s), 1)
    for name, role in ((SENDER, "sender"), (RECEIVER, "receiver")):
        line[role] = round(counters[name].end() / done, 2)
    return line | {"note": "per round trip, until opened and answered for"}


def main() -> int:
    """Print the lines; 1 if any round trip failed."""
    parser = argparse.ArgumentParser(prog="tests.bench", description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--short", action="store_true", help="as little as gives every figure")
    extent = SHORT if parser.parse_args().short else WHOLE
    failed = 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))  # so that what was made is removed
    with tempfile.TemporaryDirectory(prefix="tracing-bench-") as folder:
        for line in measure(extent, Path(folder)):
            print(json.dumps(line), flush=True)  # noqa: T201 - this is what it is for
            failed += line.get("failed", 0)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
