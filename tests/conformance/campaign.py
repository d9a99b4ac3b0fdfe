"""The kit against our node, then against a copy with each planted deviation: each must be found by a rule it breaks.

    python -m tests.conformance.campaign            one JSON document a line; exit 0 if all is as it should be
    python -m tests.conformance.campaign NAME ...   only these deviations

A faithful node must pass every rule, those of cards and of its own request included. Of a copy, the rules that fail
must be among those its deviation breaks, and at least one of them.
"""

import contextlib
import io
import json
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from tests.conformance import __main__ as kit
from tests.conformance.deviant import BREAKS, DEVIATIONS
from tests.conformance.subject import Subject, found

__all__ = ["judge"]

CARDS = "K-"


def judge(node: Subject, *words: str) -> dict[str, Any]:
    """The summary of one run of the kit."""
    out = io.StringIO()
    with node.running(), contextlib.redirect_stdout(out):
        code = kit.main(node.words("--json", *words))
    assert code in {0, 3}, f"the kit could not begin: {code}"
    return dict(json.loads(out.getvalue()))


def of_deviation(home: Subject, folder: Path, name: str) -> dict[str, Any]:
    """What the kit finds of one deviation, and whether that is what it breaks."""
    copy = home.copy(folder / name, name)
    about_cards = all(one.startswith(CARDS) for one in BREAKS[name])
    words = [*copy.admitting(), "--only", CARDS] if about_cards else []
    failed = judge(copy, *words)["failed"]
    fits = bool(failed) and set(failed) <= BREAKS[name]
    return {"deviation": name, "breaks": sorted(BREAKS[name]), "failed": failed, "found": fits}


def run(folder: Path, names: Sequence[str]) -> Iterator[dict[str, Any]]:
    """Every line."""
    (folder / "home").mkdir()
    home = found(folder / "home")
    if not names:
        whole = home.copy(folder / "faithful", "faithful")
        seen = judge(whole, *whole.admitting(), *whole.asking())
        verdicts = [one["verdict"] for one in seen["rules"]]
        faithful = {"deviation": "none", "rules": len(verdicts), "failed": seen["failed"]}
        yield faithful | {"found": set(verdicts) == {"pass"}}
    for name in names or DEVIATIONS:
        yield of_deviation(home, folder, name)


def main(argv: Sequence[str]) -> int:
    """The command."""
    all_found = True
    with tempfile.TemporaryDirectory() as folder:
        began = time.monotonic()
        for line in run(Path(folder), argv):
            took, began = time.monotonic() - began, time.monotonic()
            sys.stdout.write(json.dumps(line | {"took_s": round(took, 1)}) + "\n")
            sys.stdout.flush()
            all_found = all_found and line["found"]
    return 0 if all_found else 3


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
