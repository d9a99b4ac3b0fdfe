"""``python -m tests.simulation``: months counted by seed, in a run that can be taken up again where it ended.

    python -m tests.simulation --count 2000 --kept simulated.jsonl   # a line for each seed
    python -m tests.simulation --seed 7                              # one again, with all that happened
    python -m tests.simulation --bugs                                # how many seeds each planted bug takes

A seed decides everything but the bytes of signatures (ML-DSA draws its own), so traces are alike, not files.
"""

import argparse
import gc
import json
import math
import os
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from dataclasses import asdict
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any, TextIO

from tests.simulation.bugs import BUGS, Bug, planted
from tests.simulation.month import Outcome, Template, simulate
from tests.simulation.plan import Plan, draw
from tests.simulation.shrinking import shrink

MOST_SEEDS_UNTIL_FOUND = 40
TOLD_EVERY_S = 60.0
SUMMED = ("said", "refused", "posts", "lost", "doubled", "lives", "failures", "steps", "cpu_s")


def main(argv: list[str]) -> int:
    """0 when nothing was violated, or all bugs were found."""
    options = _options(argv)
    if options.bugs:
        return _find_bugs(options)
    return _replay(options) if options.seed is not None else _count(options)


def _options(argv: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser("python -m tests.simulation", description=__doc__)
    parser.add_argument("--first", type=int, default=0, help="the first seed")
    parser.add_argument("--count", type=int, default=2000, help="how many")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes beside each other")
    parser.add_argument("--kept", type=Path, default=None, help="file of finished seeds: they are not run again")
    parser.add_argument("--within", type=float, default=math.inf, help="seconds after which no other seed is begun")
    parser.add_argument("--seed", type=int, default=None, help="one, with what happened; shrunk if it is violated")
    parser.add_argument("--bugs", action="store_true", help="plant each bug and say how many seeds find it")
    parser.add_argument("--bug", default="", help="only those of which these words are said")
    parser.add_argument("--scratch", type=Path, default=None, help="where the homes lie")
    return parser.parse_args(argv)


# ---------------------------------------------------------------- many


def _count(options: argparse.Namespace) -> int:
    known = {one["seed"]: one for one in finished(options.kept)}
    wanted = range(options.first, options.first + options.count)
    todo = [seed for seed in wanted if seed not in known]
    began_s = told_s = time.monotonic()
    for done, outcome in enumerate(_in_processes(todo, options), 1):
        known[outcome["seed"]] = outcome
        _keep(options.kept, outcome)
        if outcome["violation"]:
            _say(outcome)
        if (now_s := time.monotonic()) - told_s >= TOLD_EVERY_S:
            told_s = now_s
            _say({"done": done, "of": len(todo), "seconds": round(now_s - began_s)}, sys.stderr)
    found = [known[seed] for seed in wanted if seed in known]
    _say(_summary(found, len(wanted)) | {"seconds": round(time.monotonic() - began_s, 1)})
    return int(any(one["violation"] for one in found))


def _in_processes(seeds: Iterable[int], options: argparse.Namespace) -> Iterator[dict[str, Any]]:
    """Each as it ends. When the time is up, what was begun is waited for and the rest left out."""
    ends_s = time.monotonic() + options.within
    with ProcessPoolExecutor(options.jobs, initializer=_begin, initargs=(options.scratch,)) as pool:
        todo, running = iter(seeds), set[Future[dict[str, Any]]]()
        while True:
            left = options.jobs - len(running) if time.monotonic() < ends_s else 0
            running |= {pool.submit(_one, seed) for seed in islice(todo, left)}
            if not running:
                return
            done, running = wait(running, return_when=FIRST_COMPLETED)
            yield from (one.result() for one in done)


def _summary(found: list[dict[str, Any]], wanted: int) -> dict[str, Any]:
    bad = sorted(one["seed"] for one in found if one["violation"])
    faults = sum((Counter(one["faults"]) for one in found), Counter[str]())
    total = {name: round(sum(one[name] for one in found), 1) for name in SUMMED}
    return {"what": "months", "seeds": len(found), "of": wanted, "violations": len(bad), "which": bad[:20]} | {
        "faults": dict(sorted(faults.items())), **total,
    }  # fmt: skip


_template: Template | None = None
_scratch: Path | None = None


def _begin(scratch: Path | None) -> None:
    """In each process: homes founded once."""
    global _template, _scratch  # noqa: PLW0603 - a process of the pool has no other place
    _scratch = Path(tempfile.mkdtemp(dir=scratch))
    _template = Template(_scratch)
    gc.freeze()  # a month ends with a collection: what was imported is not gone through each time


def _one(seed: int) -> dict[str, Any]:
    outcome = _run(draw(seed))
    return {name: value for name, value in asdict(outcome).items() if name != "trace"}


def _run(plan: Plan) -> Outcome:
    assert _template is not None, "begun"
    assert _scratch is not None, "begun"
    return simulate(plan, _template, _scratch / "month")


# ---------------------------------------------------------------- one, and bugs


def _replay(options: argparse.Namespace) -> int:
    _begin(options.scratch)
    plan = draw(options.seed)
    outcome = _run(plan)
    _say(asdict(outcome))
    if outcome.violation is None:
        return 0
    few = shrink(plan, lambda smaller: _run(smaller).violation is not None)
    _say({"seed": options.seed, "violation": _run(few).violation, "events": [str(event) for event in few.events]})
    return 1


def _find_bugs(options: argparse.Namespace) -> int:
    began_s = time.monotonic()
    bugs = [bug for bug in BUGS if options.bug in bug.what]
    with ProcessPoolExecutor(options.jobs, initializer=_begin, initargs=(options.scratch,)) as pool:
        taken = list(pool.map(partial(_find, first=options.first), bugs))
    found = {bug.what: seeds for bug, seeds in zip(bugs, taken, strict=True) if seeds is not None}
    said = {"what": "bugs", "planted": len(bugs), "found": len(found), "seeds": found}
    _say(said | {"seconds": round(time.monotonic() - began_s, 1)})
    return int(len(found) < len(bugs))


def _find(bug: Bug, first: int) -> int | None:
    """How many seeds it took; None when none of so many found it."""
    for taken, seed in enumerate(range(first, first + MOST_SEEDS_UNTIL_FOUND), 1):
        violation = _run_with(bug, draw(seed)).violation
        if violation is not None:
            _say({"bug": bug.what, "found_by": seed, "seeds": taken, "as": violation[:200]})
            return taken
    _say({"bug": bug.what, "found_by": None, "seeds": MOST_SEEDS_UNTIL_FOUND})
    return None


def _run_with(bug: Bug, plan: Plan) -> Outcome:
    """The bug is in the month alone: homes were founded without it."""
    assert _template is not None, "begun"
    _template.founded(plan.authorities)
    with planted(bug):
        return _run(plan)


# ---------------------------------------------------------------- what is kept


def finished(kept: Path | None) -> Iterator[dict[str, Any]]:
    """What was kept; a line that the end of a run cut off is taken away."""
    if kept is not None and kept.exists():
        whole = kept.read_text(encoding="utf-8").rpartition("\n")[0]
        kept.write_text(whole + "\n" * bool(whole), encoding="utf-8")
        yield from (json.loads(line) for line in whole.splitlines())


def _keep(kept: Path | None, outcome: dict[str, Any]) -> None:
    if kept is not None:
        with kept.open("a", encoding="utf-8") as file:
            file.write(json.dumps(outcome) + "\n")


def _say(what: dict[str, Any], to: TextIO = sys.stdout) -> None:
    print(json.dumps(what), file=to, flush=True)


if __name__ == "__main__":
    if os.environ.get("PYTHONHASHSEED") != "0":  # else the order of a set of words differs from run to run
        again = [sys.executable, "-m", "tests.simulation", *sys.argv[1:]]
        os.execve(sys.executable, again, os.environ | {"PYTHONHASHSEED": "0"})
    sys.exit(main(sys.argv[1:]))
