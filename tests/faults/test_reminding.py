"""A short slice of the campaign of ``reminding``: a node killed while it reminds tells each once."""

import dataclasses

import pytest

from tests.faults.reminding import LAYOUTS, campaign
from tests.postgres import needs_postgresql, on_sqlite

LETS_GO_S = 3.0


@pytest.mark.timeout(900)
@pytest.mark.parametrize(
    "layout", [pytest.param("postgresql", marks=needs_postgresql), pytest.param("sqlite", marks=on_sqlite)]
)
def test_a_node_killed_while_it_reminds_tells_each_duty_once(layout: str) -> None:
    tally = campaign(layout, seed=20261127, due=24, kills=2, lets_go_s=LETS_GO_S)
    assert tally.holds, tally
    assert (tally.kills, tally.ends.get(-9, 0) >= 1, len(LAYOUTS[layout])) == (
        2, True, 3 if layout == "postgresql" else 1,
    )  # fmt: skip
    assert not dataclasses.replace(tally, repeats={"mail": 3, "webhook": 0}).holds, "a planted repeat is found"
    assert not dataclasses.replace(tally, sent=tally.sent | {"mail": 23}).holds, "a planted loss is found"
