"""Months that a seed decides, in a short slice: what must hold holds, a replay is the same, planted bugs are found."""

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest

from tests.simulation.__main__ import finished
from tests.simulation.bugs import BUGS, Bug, function_of, planted
from tests.simulation.month import Outcome, Template, simulate
from tests.simulation.plan import draw
from tests.simulation.shrinking import shrink

SEEDS = (0, 3, 4)
BUG = next(bug for bug in BUGS if "leaves the outbox unanswered" in bug.what)
SEEDS_UNTIL_FOUND = 12
pytestmark = pytest.mark.timeout(600)

Run = Callable[[int], Outcome]


@pytest.fixture(scope="module")
def run(tmp_path_factory: pytest.TempPathFactory) -> Run:
    scratch = tmp_path_factory.mktemp("months")
    template = Template(scratch)
    return lambda seed: simulate(draw(seed), template, scratch / "month")


@pytest.fixture(scope="module")
def once(run: Run) -> Run:
    return cache(run)


@pytest.mark.parametrize("seed", SEEDS)
def test_a_month_of_crashes_and_losses_leaves_nothing_lost_and_nothing_twice(once: Run, seed: int) -> None:
    outcome = once(seed)
    assert outcome.violation is None
    assert outcome.said > 10
    assert outcome.posts > outcome.said


def test_the_same_seed_brings_the_same_month_again(run: Run, once: Run) -> None:
    first, again = once(0), run(0)
    assert (first.trace, first.steps, first.posts) == (again.trace, again.steps, again.posts)
    assert first.trace


def test_a_planted_bug_is_found_within_a_dozen_seeds(run: Run) -> None:
    with planted(BUG):
        assert any(run(seed).violation for seed in range(SEEDS_UNTIL_FOUND))


def test_a_run_is_taken_up_after_the_last_whole_line_it_kept(tmp_path: Path) -> None:
    kept = tmp_path / "kept.jsonl"
    kept.write_text('{"seed": 1}\n{"seed": 2}\n{"seed": 3, "viol')
    assert [one["seed"] for one in finished(kept)] == [1, 2]
    assert [one["seed"] for one in finished(kept)] == [1, 2]
    assert kept.read_text() == '{"seed": 1}\n{"seed": 2}\n'


@pytest.mark.parametrize("bug", BUGS, ids=lambda bug: bug.what)
def test_every_planted_bug_changes_the_function_it_names_and_leaves_it_as_it_was(bug: Bug) -> None:
    before = function_of(bug).__code__
    with planted(bug):
        assert function_of(bug).__code__ is not before
    assert function_of(bug).__code__ is before


def test_a_planted_bug_that_changes_nothing_is_an_error() -> None:
    before = function_of(BUG).__code__
    nothing = replace(BUG, as_it_is_then=f"({BUG.as_it_is})")
    with pytest.raises(AssertionError, match="it changes nothing"), planted(nothing):
        pass
    assert function_of(BUG).__code__ is before


def test_a_counterexample_shrinks_to_the_events_that_matter(tmp_path: Path) -> None:
    plan = draw(3)
    needed = {plan.events[4], plan.events[-2]}
    few = shrink(plan, lambda smaller: needed <= set(smaller.events), most=400)
    assert set(few.events) == needed
