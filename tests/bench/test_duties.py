"""That ``make duties`` gives every figure, of few deadlines. What the figures are is nobody's test."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.bench.duties import AT_A_TIME, PAGES, measure
from tests.postgres import on_sqlite


@on_sqlite
@pytest.mark.timeout(300)
def test_every_figure_of_open_deadlines_is_given_and_looks_say_what_passed(tmp_path: Path) -> None:
    with ExitStack() as servers:
        filled, *lines = measure(tmp_path, 400, 60, ("sqlite",), servers)
    assert (filled["open"], 100 < filled["passed"] < 400) == (400, True)
    ticks = [line["says"] for line in lines if line["line"] == "tick"]
    (burst,) = [line for line in lines if line["line"] == "burst"]
    own = {line["what"]: line["found"] for line in lines if line["line"] == "own"}
    called = {line["what"] for line in lines if line["line"] == "call"}
    assert (ticks, burst["said"], called) == ([0, AT_A_TIME], 60, set(PAGES))
    assert own["a feed of one's own"] < own["the team's feed"]
    assert all(line["p50_ms"] > 0 for line in lines if "p50_ms" in line)
