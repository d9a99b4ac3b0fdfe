"""One scene for all tests of pages: keys are dear, and most tests only look."""

from collections.abc import AsyncIterator

import pytest

from tests.pages.browsing import Visitor
from tests.pages.scene import PASSWORD, Scene, scene


@pytest.fixture(scope="session")
async def world(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    """Both nodes, running until the last test of pages."""
    async with scene(tmp_path_factory.mktemp("nodes")) as shown:
        yield shown


@pytest.fixture(scope="session")
async def officer(world: Scene) -> AsyncIterator[Visitor]:
    """Ada, an officer of Brazil, signed in."""
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("ada", PASSWORD)
        yield visitor


@pytest.fixture(scope="session")
async def approver(world: Scene) -> AsyncIterator[Visitor]:
    """Bo, who releases at Brazil's node."""
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("bo", PASSWORD)
        yield visitor


@pytest.fixture(scope="session")
async def austrian(world: Scene) -> AsyncIterator[Visitor]:
    """Ada of Austria, where one person releases."""
    async with Visitor(world.url("at")) as visitor:
        await visitor.sign_in("ada", PASSWORD)
        yield visitor
