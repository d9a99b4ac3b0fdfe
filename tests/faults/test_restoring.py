"""A short slice of the campaign of ``restoring``: a backup that is five messages old. All: ``make restoring``."""

from pathlib import Path

import pytest

from tests.faults.restoring import campaign


@pytest.mark.timeout(400)
def test_a_node_restored_in_the_middle_of_an_exchange_loses_and_doubles_nothing(tmp_path: Path) -> None:
    restored = campaign(tmp_path, behind=5, seed=20261126)
    assert (restored.early, restored.lost, restored.doubled, restored.differing) == (0, 0, 0, 0)
    assert restored.holds, restored
