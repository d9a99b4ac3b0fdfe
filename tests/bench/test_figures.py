"""That ``make bench`` gives every figure, of the right kind. What the figures are is nobody's test."""

import json
import math
import subprocess
import sys
from typing import Any

import pytest

from tests.house.source import ROOT
from tests.softhsm import MODULE

pytestmark = pytest.mark.timeout(480)  # two nodes are founded and started: some seconds, a minute on a busy machine
NUMBER = (int, float)
FIGURES: dict[str, dict[str, Any]] = {
    "machine": {"cpus": int, "python": str, "sqlite": str},
    "start": {"node": str, "ready_s": NUMBER, "idle_mb": NUMBER},
    "round_trips": {
        **dict.fromkeys(("at_once", "done", "failed"), int),
        **dict.fromkeys(("wall_s", "per_s", "p50_ms", "p95_ms", "p99_ms", "max_ms", "others_cpu_pct"), NUMBER),
        **dict.fromkeys(("cpu_ms_sender", "cpu_ms_receiver", "cpu_ms_client"), NUMBER),
        **dict.fromkeys(("commits_sender", "commits_receiver"), NUMBER),
        **dict.fromkeys(("units_per_commit_sender", "units_per_commit_receiver"), NUMBER),
        "sample": list,
    },
    "memory": {"node": str, "loaded_mb": NUMBER},
    "stored": {"node": str, "cases": int, "bytes_per_case": int, "by_table": dict},
    "fsyncs": {"at_once": int, "sender": (*NUMBER, type(None)), "receiver": (*NUMBER, type(None)), "note": str},
    "stage": {"stage": str, "us": NUMBER, "best_us": NUMBER, "runs": int},
}
STAGES = {
    *(f"{act} {alg}" for act in ("sign", "verify") for alg in ("Ed25519", "ES256", "ML-DSA-65", "ML-DSA-44")),
    *(f"{act} {suite}" for act in ("seal", "open") for suite in ("xwing", "p256")),
    "build message", "compose", "sign statement", "seal message", "finish envelope", "parse and authenticate",
    "issue receipt", "take receipt", "unseal message", "open_inner", "commit alone", "commit grouped", "HTTP exchange",
}  # fmt: skip


@pytest.fixture(scope="module")
def lines() -> list[dict[str, Any]]:
    argv = [sys.executable, "-m", "tests.bench", "--short"]
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=460, check=False)
    assert done.returncode == 0, done.stderr[-2000:] + done.stdout[-2000:]
    return [json.loads(line) for line in done.stdout.splitlines()]


def of_kind(lines: list[dict[str, Any]], kind: str) -> list[dict[str, Any]]:
    return [line for line in lines if line["line"] == kind]


def test_every_line_has_its_figures_and_each_is_of_its_kind(lines: list[dict[str, Any]]) -> None:
    wrong = [
        (line["line"], name)
        for line in lines
        for name, kind in FIGURES[line["line"]].items()
        if not isinstance(line.get(name, ...), kind)
        or (isinstance(line[name], float) and not math.isfinite(line[name]))
    ]
    assert wrong == []


def test_round_trips_are_measured_at_1_8_and_32_at_once_and_none_failed(lines: list[dict[str, Any]]) -> None:
    assert [(line["at_once"], line["failed"]) for line in of_kind(lines, "round_trips")] == [(1, 0), (8, 0), (32, 0)]


def test_percentiles_of_a_load_ascend(lines: list[dict[str, Any]]) -> None:
    names = ("p50_ms", "p95_ms", "p99_ms", "max_ms")
    times = [[line[name] for name in names] for line in of_kind(lines, "round_trips")]
    assert all(row[0] > 0 and row == sorted(row) for row in times)


def test_start_memory_and_storage_are_told_of_both_nodes(lines: list[dict[str, Any]]) -> None:
    told = {kind: sorted(line["node"] for line in of_kind(lines, kind)) for kind in ("start", "memory", "stored")}
    assert told == {kind: ["at", "br"] for kind in told}


def test_every_stage_is_timed_alone(lines: list[dict[str, Any]]) -> None:
    timed = {line["stage"] for line in of_kind(lines, "stage") if 0 < line["best_us"] <= line["us"]}
    assert timed == STAGES | ({"sign ES256 on a token", "open p256 on a token"} if MODULE else set())
