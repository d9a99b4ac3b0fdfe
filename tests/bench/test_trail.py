"""That ``make trail`` measures nodes with the audit trail against nodes without. What it costs is nobody's test."""

import json
import subprocess
import sys
from typing import Any

import pytest

from tests.house.source import ROOT

pytestmark = pytest.mark.timeout(480)  # four nodes are founded and started


@pytest.fixture(scope="module")
def found() -> dict[str, Any]:
    argv = [sys.executable, "-m", "tests.bench.trail", "--messages", "16", "--runs", "2"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=460, check=False)
    assert done.returncode in {0, 1}, done.stderr[-2000:]
    return dict(json.loads(done.stdout))


def test_nothing_is_entered_without_the_trail_and_every_message_goes_through(found: dict[str, Any]) -> None:
    told = {name: (found[name]["done"], found[name]["failed"]) for name in ("with", "without")}
    assert told == {"with": (16, 0), "without": (16, 0)}
    assert found["without"]["entries_per_message"] == 0 < found["with"]["entries_per_message"]


def test_the_runs_are_compared_pair_by_pair(found: dict[str, Any]) -> None:
    assert (len(found["ratios"]), found["runs"], found["messages_each"]) == (2, 2, 8)
    numbers = (*found["added"].values(), found["with"]["cpu_ms"], found["without"]["per_s"], found["others_cpu_pct"])
    assert all(isinstance(one, int | float) for one in numbers)
