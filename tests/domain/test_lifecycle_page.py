"""The page of the lifecycle is drawn from the table, and says of every kind what the table says."""

import pytest

from protocol.lifecycle import OUTSIDE_CASES, TABLE, Kind
from protocol.messages import BY_KIND, parse
from protocol.messages.origins import ORIGINS
from tests.domain.bodies import body
from tests.domain.make_lifecycle import PAGE, _facts, rows_of, text


def test_the_page_is_current() -> None:
    assert PAGE.read_text("utf-8") == text(), "run: make lifecycle"


@pytest.mark.parametrize("kind", Kind)
def test_every_kind_has_its_number_and_its_sources(kind: Kind) -> None:
    assert ORIGINS[kind].number
    assert ORIGINS[kind].sources


@pytest.mark.parametrize("kind", Kind)
def test_every_state_in_which_a_kind_may_be_said_is_in_a_row_of_it(kind: Kind) -> None:
    rows = "\n".join(rows_of(kind))
    assert [state for state, said, _ in TABLE if said is kind and state not in rows] == []
    assert ("outside cases" in rows) == (kind in OUTSIDE_CASES)


@pytest.mark.parametrize("kind", Kind)
def test_the_facts_of_a_good_body_are_among_those_the_page_names(kind: Kind) -> None:
    facts = {fact.partition(":")[0] for fact in parse(BY_KIND[kind].TYPE, body(kind)).facts()}
    named = {fact.strip("`").partition(":")[0] for fact in _facts(BY_KIND[kind]).split(", ")}
    assert facts <= named
