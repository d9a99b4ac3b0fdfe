"""Slow connections by the thousand at the listener for counterparts, and what everybody else notices of it.

Real processes of the real command; the node in the crowd has the 1,024 file handles a process has by default. First a
few strangers, fewer than it keeps connections: each must be closed in its time. Then all of them. Meanwhile another
node exchanges requests with it, and a client asks it for its keyset on a new connection each time.

    python -m tests.faults.crowding [--connections 2000] [--few 300] [--seconds 40]     prints one JSON document
"""

import argparse
import asyncio
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import aiohttp

from tests.bench import spending
from tests.bench.pair import BOTH, RECEIVER, Load
from tests.faults.several import Several

HANDLES = 1024
MOST_P99_MS, MOST_MB = 1000.0, 512.0
CLOSED_S = {"silent": 15.0, "header": 15.0, "half body": 15.0, "tls": 15.0, "body": 23.0}  # a drip has 20 s
LATE_S = 1.0  # the looks of a node have steps of a second
EVERY_S = 0.1
AT_ONCE = 2


@dataclass(frozen=True)
class Crowded:
    """What it came to. ``longest_s`` is of the few, who were all kept; ``asked`` counts both sorts of other clients."""

    connections: int
    most_at_once: int
    connected: int
    handles_of_crowd: int
    longest_s: dict[str, float]
    asked: int
    failed: int
    calm_p99_ms: float
    round_trip_p99_ms: float
    keyset_p99_ms: float
    memory_mb: float
    wall_s: float

    @property
    def holds(self) -> bool:
        in_time = all(self.longest_s.get(kind, 99.0) <= most + LATE_S for kind, most in CLOSED_S.items())
        soon = max(self.round_trip_p99_ms, self.keyset_p99_ms) < MOST_P99_MS
        return in_time and soon and not self.failed and self.memory_mb < MOST_MB


@contextmanager
def crowd_at(port: int, count: int, seconds: float) -> Iterator[subprocess.Popen[str]]:
    """The strangers, in a process of their own."""
    argv = [sys.executable, "-m", "tests.faults.crowd", str(port), "--count", str(count), "--seconds", str(seconds)]
    process = subprocess.Popen(argv, stdout=subprocess.PIPE, text=True)
    try:
        yield process
    finally:
        process.kill()
        process.wait()


async def keysets(url: str, seconds: float) -> Load:
    """A client that asks for the keyset, on a new connection each time."""
    took, failed, began = [], [], time.perf_counter()
    while time.perf_counter() - began < seconds:
        asked = time.perf_counter()
        try:
            connector, limit = aiohttp.TCPConnector(force_close=True), aiohttp.ClientTimeout(30)
            async with (
                aiohttp.ClientSession(connector=connector, timeout=limit) as session,
                session.get(f"{url}/itx/1/keyset") as answer,
            ):
                await answer.read()
                assert answer.status == 200, answer.status
            took.append(time.perf_counter() - asked)
        except (aiohttp.ClientError, TimeoutError) as error:
            failed.append(repr(error)[:200])
        await asyncio.sleep(EVERY_S)
    return Load(1, time.perf_counter() - began, tuple(took), tuple(failed))


async def others(nodes: Several, seconds: float) -> tuple[Load, Load]:
    """Everybody else, for so long: requests of another node, and a client of ours."""
    url = f"http://127.0.0.1:{nodes.doors[RECEIVER]}"
    return await asyncio.gather(nodes.load(count=1_000_000, at_once=AT_ONCE, most_s=seconds), keysets(url, seconds))


def run(folder: Path, *, connections: int, few: int, seconds: float) -> Crowded:
    """The whole campaign in a folder; nothing is left running."""
    began = time.monotonic()
    with Several(folder) as nodes:
        nodes.found()
        with few_handles():
            for one in BOTH:
                nodes.start(one)
        door = nodes.doors[RECEIVER]
        asyncio.run(nodes.load(count=20, at_once=AT_ONCE, most_s=20))
        calm, _ = asyncio.run(others(nodes, seconds / 4))
        with crowd_at(door, few, max(CLOSED_S.values()) + 5) as strangers:
            alone: dict[str, Any] = json.loads(strangers.communicate()[0])
        with crowd_at(door, connections, seconds) as strangers:
            trips, asked = asyncio.run(others(nodes, seconds))
            memory = spending.memory_mb(nodes.pid(RECEIVER))
            crowded: dict[str, Any] = json.loads(strangers.communicate()[0])
    loads, times = (calm, trips, asked), [round(one.percentile_ms(0.99), 1) for one in (calm, trips, asked)]
    return Crowded(
        connections, crowded["most"], crowded["connected"], crowded["handles"], alone["longest_s"],
        sum(len(one.took_s) for one in loads), sum(len(one.failed) for one in loads), *times, round(memory, 1),
        round(time.monotonic() - began, 1),
    )  # fmt: skip


@contextmanager
def few_handles() -> Iterator[None]:
    """What is started in here has as many file handles as a process has by default."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (HANDLES, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Slow connections by the thousand, and what others notice.")
    parser.add_argument("--connections", type=int, default=2000)
    parser.add_argument("--few", type=int, default=300)
    parser.add_argument("--seconds", type=float, default=40.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        crowded = run(Path(folder), connections=given.connections, few=given.few, seconds=given.seconds)
    sys.stdout.write(json.dumps({"figure": "slow clients", "holds": crowded.holds} | asdict(crowded)) + "\n")
    return 0 if crowded.holds else 1


if __name__ == "__main__":
    sys.exit(main())
