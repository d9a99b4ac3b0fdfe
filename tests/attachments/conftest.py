"""Two nodes that run for all tests of this folder; what stops or changes a node makes a world of its own."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.attachments.officers import Officer, officer_of
from tests.world import World, world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """br and at; xb is reached by letter."""
    async with world(tmp_path_factory.mktemp("attachments"), "br", "at") as made:
        made.add_by_letter("br", "xb")
        yield made


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def br(pair: World) -> AsyncIterator[Officer]:
    async with officer_of(pair, "br") as officer:
        yield officer


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def at(pair: World) -> AsyncIterator[Officer]:
    async with officer_of(pair, "at") as officer:
        yield officer
