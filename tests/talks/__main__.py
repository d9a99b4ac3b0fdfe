"""``python -m tests.talks``: the conversations counted, in ranges that can be taken up again where a run ended."""

import argparse
import asyncio
import gc
import json
import logging
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

import structlog

from tests.talks.faults import FAULTS, planted
from tests.talks.folds import run_folds
from tests.talks.pair import Pair
from tests.talks.running import AT_ONCE, Tally, Venue, run

RANGE = AT_ONCE  # so little is lost where a run ends
FOLD_RANGE = 10_000
MOST_UNTIL_FOUND, MOST_FOLDS_UNTIL_FOUND = 960, 5_000


def main(argv: list[str]) -> int:
    """0 when all agreed, or all faults were found."""
    options = _options(argv)
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    sys.setswitchinterval(0.05)  # two nodes in one interpreter: their threads take turns less often
    gc.set_threshold(100_000)
    if options.faults:
        return _find_faults(options)
    return _count(options)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.talks", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=20_000, help="how many conversations")
    parser.add_argument("--folds", action="store_true", help="without nodes: the fold alone")
    parser.add_argument("--faults", action="store_true", help="plant each fault and say when it is found")
    parser.add_argument("--kept", type=Path, default=None, help="file of finished ranges: they are not run again")
    parser.add_argument("--scratch", type=Path, default=None, help="where the nodes live while they talk")
    return parser.parse_args(argv)


# ---------------------------------------------------------------- counting


def _count(options: argparse.Namespace) -> int:
    what = "folds" if options.folds else "talks"
    finished = list(_finished(options.kept, what))
    with Venue(options.scratch) as venue:
        for first, count in _ranges(options):
            if any((one["first"], one["count"]) == (first, count) for one in finished):
                continue
            finished.append(_one_range(run_folds if options.folds else venue.talk, what, first, count))
            _keep(options.kept, finished[-1])
            _say({"so_far": f"{_sum(finished, 'agreed')}/{_sum(finished, 'talks')}"} | finished[-1])
    total = {name: _sum(finished, name) for name in ("talks", "agreed", "said", "seconds")}
    _say({"what": what, "asked_for": options.count} | total)
    return int(total["agreed"] != total["talks"])


def _ranges(options: argparse.Namespace) -> Iterator[tuple[int, int]]:
    step, end = FOLD_RANGE if options.folds else RANGE, options.first + options.count
    yield from ((first, min(step, end - first)) for first in range(options.first, end, step))


def _one_range(talk: Callable[[range], Any], what: str, first: int, count: int) -> dict[str, Any]:
    began = time.monotonic()
    tally = talk(range(first, first + count))
    seconds = round(time.monotonic() - began, 1)
    counted = {name: value for name, value in asdict(tally).items() if name != "first"}
    why = {"difference": str(tally.first)} if tally.first else {}
    return {"what": what, "first": first, "count": count, "seconds": seconds} | counted | why


async def _to_the_first(folder: Path, seeds: range) -> Tally:
    """Few at once, so that no more are counted than it takes."""
    with Pair(folder) as pair:
        return await run(pair, seeds, at_once=16, until=lambda tally: tally.first is not None)


def _finished(kept: Path | None, what: str) -> Iterator[dict[str, Any]]:
    if kept is not None and kept.exists():
        yield from (one for line in kept.read_text().splitlines() if (one := json.loads(line))["what"] == what)


def _keep(kept: Path | None, finished: dict[str, Any]) -> None:
    if kept is not None:
        with kept.open("a") as file:
            file.write(json.dumps(finished, default=str) + "\n")


def _sum(finished: list[dict[str, Any]], name: str) -> float:
    return round(sum(one[name] for one in finished), 1)


# ---------------------------------------------------------------- planted faults


def _find_faults(options: argparse.Namespace) -> int:
    found = 0
    for fault in FAULTS:
        tally = run_folds(range(MOST_FOLDS_UNTIL_FOUND), fault, stop=True)
        said: dict[str, Any] = {"fault": fault.what, "folds_until_found": tally.talks if tally.first else None}
        if not options.folds:
            with planted(fault), tempfile.TemporaryDirectory(dir=options.scratch) as folder:
                talks = asyncio.run(_to_the_first(Path(folder), range(MOST_UNTIL_FOUND)))
            said["talks_until_found"] = talks.talks if talks.first else None
            said["finding"] = str(talks.first).splitlines()[:3]
        found += all(value is not None for value in said.values())
        _say(said)
    _say({"faults": len(FAULTS), "found": found})
    return int(found != len(FAULTS))


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document, default=str) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
