"""A short slice of the campaign of ``parting``: the three processes of a node killed in turn, its database once."""

import pytest

from tests.faults.parting import campaign
from tests.postgres import needs_postgresql


@needs_postgresql
@pytest.mark.timeout(900)
def test_three_processes_killed_in_turn_and_a_database_started_anew_lose_and_double_nothing() -> None:
    tally = campaign(processes=3, seed=20261126, requests=16, kills=3, restarts=1)
    assert tally.holds, tally
    assert (tally.kills, tally.restarts_of_database, tally.requests >= 16) == (3, 1, True)
