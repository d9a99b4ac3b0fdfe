"""Two authorities that know each other, and a third nobody pinned."""

from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import pytest

from tests.exchange.world import Nation, Node, make_nation, make_node


@pytest.fixture(scope="session")
def nations(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Nation]:
    """Keys are dear: made once."""
    folder = tmp_path_factory.mktemp("vaults")
    return {name: make_nation(folder, name) for name in ("ke", "br", "at")}


MakeNode = Callable[..., Node]


@pytest.fixture
async def node_of(tmp_path: Path, nations: dict[str, Nation]) -> AsyncIterator[MakeNode]:
    """Makes nodes and closes them after the test."""
    made: list[Node] = []

    def make(authority: str, **options: Any) -> Node:
        made.append(make_node(tmp_path / f"{authority}{len(made)}", nations[authority], **options))
        return made[-1]

    yield make
    for node in made:
        await node.close()


@pytest.fixture
async def br(node_of: MakeNode, nations: dict[str, Nation]) -> Node:
    """Brazil's node, which knows Kenya; it only listens."""
    node = await node_of("br").open(deliver=False)
    await node.knows(nations["ke"])
    return node
