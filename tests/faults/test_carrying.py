"""Attachments that are under way when nodes are killed arrive whole; the full campaign is ``make attachments``."""

from pathlib import Path

import pytest

from tests.faults.carrying import carry


@pytest.mark.timeout(400)
def test_attachments_go_on_where_a_killed_node_left_them(tmp_path: Path) -> None:
    carried = carry(tmp_path, files=2, mib=6, kills=3)
    assert (carried.wrong, carried.kills) == (0, 3)
    assert carried.holds, carried
