"""A short slice of the campaign of ``killing``: both nodes killed in the middle of an import."""

from pathlib import Path

import pytest

from tests.faults.killing import Campaign
from tests.faults.lists import write_list

WORDS = "pistol,Glock,17,9x19 mm,AUT,removed,,seized,2026-03-01,Harbour,search,R-0\n"
pytestmark = pytest.mark.timeout(600)  # real processes, each start of which derives a key


def test_killing_both_nodes_in_the_middle_of_an_import_loses_nothing_and_doubles_nothing(tmp_path: Path) -> None:
    source = tmp_path / "list.csv"
    write_list(source, 80, "KX")
    source.write_text(source.read_text() + WORDS)
    tally = Campaign(tmp_path, seed=20261123).run(source, None, kills=2)
    assert (tally.rows, tally.accepted, tally.rejected) == (81, 80, 1)
    assert tally.holds, tally
