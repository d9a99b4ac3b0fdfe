"""Halving what failed together until the cause stands alone."""

from hypothesis import given
from hypothesis import strategies as st

from tracing.exchange.suspects import Suspects


@given(st.integers(1, 64), st.data())
def test_the_cause_is_found_in_a_dozen_tries(count: int, data: st.DataObject) -> None:
    poison, found, tries = data.draw(st.integers(1, count)), None, 1
    suspects = Suspects()
    suspects.split(list(range(1, count + 1)))
    while found is None:
        group = suspects.groups[0]
        suspects.take(group, group)
        tries += 1
        if poison in group and len(group) == 1:
            found = poison
        elif poison in group:
            suspects.split(sorted(group))
    assert (found, tries <= 14) == (poison, True)


def test_what_is_not_due_waits_its_turn() -> None:
    suspects = Suspects()
    suspects.split([1, 2, 3, 4])
    suspects.take(frozenset({1, 2}), {1})
    assert suspects.groups == (frozenset({3, 4}), frozenset({2}))


def test_what_is_isolated_goes_by_itself_and_last() -> None:
    suspects = Suspects()
    suspects.isolate([7])
    suspects.split([1, 2])
    assert (suspects.groups, suspects.ids) == ((frozenset({1}), frozenset({2}), frozenset({7})), {1, 2, 7})


def test_one_that_fails_is_a_group_of_one() -> None:
    suspects = Suspects()
    suspects.split([5])
    assert suspects.groups == (frozenset({5}),)
