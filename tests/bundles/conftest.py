"""Two nodes reached by file alone."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.bundles.bags import Bag, by_file
from tests.world import World
from tracing.clock import SystemClock


@pytest.fixture
async def w(tmp_path: Path) -> AsyncIterator[World]:
    made = by_file(World(tmp_path, SystemClock()), "br", "at")
    yield made
    for authority in list(made.nodes):
        await made.stop(authority)


@pytest.fixture
def bag(w: World, tmp_path: Path) -> Bag:
    return Bag(w, tmp_path / "bag")
