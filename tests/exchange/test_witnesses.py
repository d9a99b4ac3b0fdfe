"""Counterparts as witnesses: checkpoints travel with ordinary traffic, and what extends the last one is cosigned."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from protocol import checkpoint
from protocol.checkpoint import Checkpoint
from tests.exchange.conftest import MakeNode
from tests.exchange.world import BRISK, Nation, Node
from tracing import audit
from tracing.tables import Cosigned, Leaf, Tree, Witnessed, WitnessedTile
from tracing.trust.alarms import open_alarms

OFTEN = replace(BRISK, greet_again_s=0.1, offer_s=0.05)


def alarms(node: Node) -> set[tuple[str, str]]:
    return {(one.authority, one.code) for one in node.store.read_now(open_alarms)}


def tree(node: Node, name: str) -> Any:
    return node.rows(Tree, name=name)[0]


async def signed(node: Node) -> None:
    """What the watch does every half minute."""
    await node.store.write(node.nation.checkpoints.sign_due)


def cosigned_size(node: Node, witness: str) -> int:
    return max((row.size for row in node.rows(Cosigned, witness=witness)), default=0)


@pytest.fixture
async def pair(node_of: MakeNode, nations: dict[str, Nation]) -> tuple[Node, Node]:
    """Two nodes that know each other's address and witness each other."""
    ke, br = [await node_of(name, pace=OFTEN, witnessed=True).open() for name in ("ke", "br")]
    await ke.knows(nations["br"], br.url)
    await br.knows(nations["ke"], ke.url)
    return ke, br


async def talked(ke: Node, count: int = 3) -> None:
    """Some messages from Kenya to Brazil, taken over."""
    said = await ke.say("br", count)
    assert await ke.reaches(lambda: all(ke.stage(one) == "accepted" for one in said))


async def test_two_nodes_cosign_the_trees_of_each_other_with_their_ordinary_traffic(pair: tuple[Node, Node]) -> None:
    ke, br = pair
    await talked(ke)
    for node, other in ((ke, br), (br, ke)):
        name = other.nation.authority
        await signed(node)
        size = tree(node, name).size
        assert await node.reaches(lambda node=node, name=name, size=size: cosigned_size(node, name) == size > 0)
        (held,) = other.rows(Witnessed, authority=node.nation.authority)
        (kept,) = node.rows(Cosigned, witness=name)
        assert (held.size, held.origin, held.note) == (size, tree(node, name).origin, kept.note)
        head = Checkpoint.of(checkpoint.read(kept.note).body)
        assert head.root == node.store.read_now(lambda view, name=name, size=size: audit.recompute(view, name, size))
        assert len(checkpoint.read(kept.note).signatures) == 4
    assert (alarms(ke), alarms(br)) == (set(), set())


async def test_a_witness_keeps_the_hash_of_every_entry(pair: tuple[Node, Node]) -> None:
    ke, br = pair
    for _ in range(3):
        await talked(ke, 50)
        await signed(ke)
        assert await ke.reaches(lambda: cosigned_size(ke, "br") == tree(ke, "br").checkpoint_size)
    hashes = b"".join(row.hash for row in ke.rows(Leaf, tree="br"))
    (held,) = br.rows(Witnessed, authority="ke")
    assert held.peaks is not None
    assert b"".join(row.hashes for row in br.rows(WitnessedTile, authority="ke"))[: held.size * 32] == (
        hashes[: held.size * 32]
    )
    assert len(br.rows(WitnessedTile, authority="ke")) == 2


async def test_each_cosigning_has_its_entry_in_the_private_tree_and_none_in_the_tree_of_the_pair(
    pair: tuple[Node, Node],
) -> None:
    ke, br = pair
    await talked(ke)
    await signed(ke)
    assert await ke.reaches(lambda: cosigned_size(ke, "br") == tree(ke, "br").checkpoint_size)
    assert {row.tree for row in br.rows(Leaf, kind="ckpt.peer")} == {audit.PRIVATE}
    assert await settled(ke, br)


async def settled(*nodes: Node) -> bool:
    """Nothing grows any more by being witnessed."""
    import asyncio

    for node in nodes:
        await signed(node)
    await asyncio.sleep(0.5)
    before = [len(node.rows(Leaf)) for node in nodes]
    await asyncio.sleep(1)
    return [len(node.rows(Leaf)) for node in nodes] == before


_ = Callable
