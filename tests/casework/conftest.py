"""Three nodes that run for all tests of this folder, and the voice of one that may say anything."""

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from tests.casework.voice import Voice
from tests.world import World, world


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def trio(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """br, at and ke, which all know each other."""
    async with world(tmp_path_factory.mktemp("trio"), "br", "at", "ke") as made:
        yield made


@pytest.fixture
def br(trio: World) -> Voice:
    """br speaking to at."""
    return Voice(trio, "br", "at")


@pytest.fixture
def ke(trio: World) -> Voice:
    """ke speaking to at."""
    return Voice(trio, "ke", "at")


@pytest.fixture
def at(trio: World) -> Voice:
    """at speaking to br."""
    return Voice(trio, "at", "br")
