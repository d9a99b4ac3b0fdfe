"""Exchange lists both ways through a proxy that loses, delays, doubles, tears and reorders, and count what is left.

Real processes of the real command; each finds the other behind a proxy of its own (``relay``). Both import a list at
the same time. When nothing is on its way any more the proxies let go of what they still hold, and the nodes come to
rest again; then every request is one case at each side, every receipt promises what is there, every tree verifies.

    python -m tests.faults.relaying [--messages 10000] [--seed 1] [--loss 0.3] [--doubles 0.1] [--window 50]
"""

import argparse
import asyncio
import json
import random
import sys
import tempfile
import time
from collections import Counter
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from pathlib import Path

from tests.bench.pair import BOTH
from tests.faults.reckoning import Reckoning, reckon
from tests.faults.relay import LOSSES, Relay, Weather
from tests.faults.several import Several, until

PATIENCE_S = 3600.0


@dataclass(frozen=True)
class Relayed:
    """What it came to. ``requests`` passed through both proxies, ``fates`` says what happened to them."""

    seed: int
    messages: int
    requests: int
    lost_on_the_way: float
    doubled_on_the_way: float
    fates: dict[str, int]
    reckoning: Reckoning
    trees_ok: bool
    wall_s: float

    @property
    def holds(self) -> bool:
        return self.reckoning.holds and self.reckoning.answered == self.messages and self.trees_ok


async def relay(folder: Path, *, messages: int, seed: int, weather: Weather) -> Relayed:
    """The whole campaign in a folder; nothing is left running."""
    began = time.monotonic()
    relays = {one: await Relay(random.Random(f"{seed}{one}"), weather).open() for one in BOTH}
    try:
        with Several(folder, urls={one: each.url for one, each in relays.items()}) as nodes:
            await asyncio.to_thread(nodes.found)
            for one, each in relays.items():
                each.to = nodes.doors[one]
            await asyncio.to_thread(_exchange, nodes, messages)
            for each in relays.values():
                await each.release()
            await asyncio.to_thread(until, lambda: not nodes.unfinished(), "everything to rest again", PATIENCE_S)
            nodes.stop()
            trees_ok = await asyncio.to_thread(nodes.trees_ok)
            found = reckon({one: nodes.database(one) for one in BOTH})
    finally:
        for each in relays.values():
            await each.close()
    fates = sum((each.fates for each in relays.values()), Counter[str]())
    return _told(seed, messages, fates, found, trees_ok=trees_ok, wall_s=time.monotonic() - began)


def _exchange(nodes: Several, messages: int) -> None:
    """Half of the messages each way, until all have arrived and are known to have been opened."""
    for one in BOTH:
        nodes.start(one)
    with ExitStack() as stack:
        lists = [
            stack.enter_context(nodes.importing(one, other, messages // 2, f"{one}{other}".upper()))
            for one, other in (BOTH, BOTH[::-1])
        ]
        taken = sum(count() for count in lists)
    assert taken == messages, f"{taken} of {messages} were taken from the lists"
    until(lambda: not nodes.unfinished(), "everything to be delivered and opened", PATIENCE_S)


def _told(seed: int, messages: int, fates: Counter[str], found: Reckoning, *, trees_ok: bool, wall_s: float) -> Relayed:
    requests = sum(count for fate, count in fates.items() if fate != "replayed")
    lost, doubled = sum(fates[one] for one in LOSSES), fates["doubled"]
    shares = (round(lost / requests, 3), round(doubled / requests, 3))
    return Relayed(seed, messages, requests, *shares, dict(fates), found, trees_ok, round(wall_s, 1))


def main() -> int:
    """The campaign as a command."""
    parser = argparse.ArgumentParser(description="Exchange through a proxy that loses and doubles, and count.")
    parser.add_argument("--messages", type=int, default=10_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--loss", type=float, default=0.3)
    parser.add_argument("--doubles", type=float, default=0.1)
    parser.add_argument("--window", type=int, default=50)
    given = parser.parse_args()
    weather = Weather(given.loss, given.doubles, given.window)
    with tempfile.TemporaryDirectory() as folder:
        relayed = asyncio.run(relay(Path(folder), messages=given.messages, seed=given.seed, weather=weather))
    sys.stdout.write(json.dumps({"figure": "proxy", "holds": relayed.holds} | asdict(relayed)) + "\n")
    return 0 if relayed.holds else 1


if __name__ == "__main__":
    sys.exit(main())
