"""Trees of any size: tiles, roots and proofs from rows are those of the plain definition."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import insert, select

from protocol import merkle, strictjson
from tests.given import new_store
from tracing import audit
from tracing.audit.trees import Subtrees, TreeBroken, frontier, leaf_bytes, origin_of, recompute
from tracing.store import Store, Tx, View
from tracing.tables import Leaf, Tree, TreeTile, table_of

leaves, trees, tiles = map(table_of, (Leaf, Tree, TreeTile))
TILE, LARGE = 256, 65_536


def grow(store: Store, count: int, tree: str = "at") -> None:
    """Append leaves as an exchange does, all in one unit."""

    def work(tx: Tx) -> None:
        for number in range(count):
            audit.append(tx, tree, "env.out", f"m{number}", h=hashlib.sha256(b"%d" % number).hexdigest())

    store.write_now(work)


def hashes(store: Store, tree: str = "at") -> list[bytes]:
    query = select(leaves.c.hash).where(leaves.c.tree == tree).order_by(leaves.c.idx)
    return store.read_now(lambda view: list(view.conn.execute(query).scalars()))


def stored_head(store: Store, tree: str = "at") -> merkle.CompactRange:
    return store.read_now(lambda view: audit.read_head(view, tree)).range


def plant(store: Store, count: int, tree: str = "at") -> None:
    """A large tree laid down at once: leaves, tiles and head by the plain definition."""
    rows, head, full = [], merkle.CompactRange(), []
    for number in range(count):
        h = f"{number:064x}"
        hashed = merkle.leaf_hash(leaf_bytes(number, "env.out", h))
        rows.append(
            {
                "tree": tree,
                "idx": number,
                "at_ms": number,
                "kind": "env.out",
                "ref": f"m{number}",
                "h": h,
                "hash": hashed,
            }
        )
        head = head.append(hashed)
    for first in range(0, count - count % TILE, TILE):
        root = merkle.root([row["hash"] for row in rows[first : first + TILE]])
        full.append({"tree": tree, "level": 1, "idx": first // TILE, "hash": root})

    def work(tx: Tx) -> None:
        tx.conn.execute(insert(leaves), rows)
        tx.conn.execute(insert(tiles), full)
        tx.conn.execute(trees.update().where(trees.c.name == tree).values(size=count, peaks=b"".join(head.peaks)))

    store.write_now(work)


@pytest.mark.parametrize("count", [1, 2, 3, 255, 256, 257, 511, 512, 700])
def test_head_and_rows_give_the_plain_root(empty: Store, count: int) -> None:
    grow(empty, count)
    plain = merkle.root(hashes(empty))
    assert empty.read_now(lambda view: recompute(view, "at", count)) == plain == stored_head(empty).root()


def test_an_empty_tree_has_the_empty_root(empty: Store) -> None:
    assert empty.read_now(lambda view: recompute(view, "at", 0)) == merkle.EMPTY == stored_head(empty).root()


def test_every_older_root_can_be_recomputed(empty: Store) -> None:
    grow(empty, 600)
    every = hashes(empty)
    for size in (1, 7, 128, 255, 256, 257, 300, 512, 599, 600):
        assert empty.read_now(lambda view: recompute(view, "at", size)) == merkle.root(every[:size])  # noqa: B023


def test_a_tile_is_stored_for_each_full_256_leaves_and_for_none_that_is_not_full(empty: Store) -> None:
    grow(empty, 700)
    assert stored_tiles(empty, 1) == [merkle.root(part) for part in parts(hashes(empty), TILE)]


def test_between_two_levels_a_tile_is_stored_for_each_full_16(empty: Store) -> None:
    grow(empty, 700)
    every = hashes(empty)
    assert stored_tiles(empty, -1) == [merkle.root(part) for part in parts(every, 16)]
    grow(empty, 4096 - 700)
    assert (stored_tiles(empty, -2), stored_tiles(empty, 2)) == ([merkle.root(hashes(empty))], [])


def parts(every: list[bytes], count: int) -> list[list[bytes]]:
    """The full ones."""
    return [every[first : first + count] for first in range(0, len(every) - len(every) % count, count)]


def stored_tiles(store: Store, level: int) -> list[bytes]:
    query = select(tiles.c.idx, tiles.c.hash).where(tiles.c.level == level).order_by(tiles.c.idx)
    rows = store.read_now(lambda view: view.conn.execute(query).all())
    assert [row.idx for row in rows] == list(range(len(rows)))
    return [row.hash for row in rows]


def test_leaves_appended_in_many_commits_make_the_same_tree_as_in_one(empty: Store) -> None:
    for _ in range(30):
        grow(empty, 9)
    assert stored_head(empty).root() == merkle.root(hashes(empty))


def test_a_unit_that_fails_takes_its_leaves_back_from_the_head_that_others_share(empty: Store) -> None:
    grow(empty, 3)

    def fails(tx: Tx) -> None:
        audit.append(tx, "at", "env.out", "lost", h="0" * 64)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        empty.write_now(fails)
    grow(empty, 3)
    assert (stored_head(empty).size, stored_head(empty).root()) == (6, merkle.root(hashes(empty)))


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A tree that grew past 65,536 leaves by real appends."""
    store = new_store(Path(tmp_path_factory.mktemp("large")))
    store.write_now(lambda tx: audit.open_tree(tx, "at", "itx.training/br/at"))
    plant(store, LARGE - 3)
    grow(store, 300)
    yield store
    store.close()


def test_a_tree_of_more_than_65536_leaves_has_the_plain_root(large: Store) -> None:
    every = hashes(large)
    assert len(every) == LARGE + 297
    assert (
        stored_head(large).root()
        == merkle.root(every)
        == large.read_now(lambda view: recompute(view, "at", len(every)))
    )


def test_a_tree_of_more_than_65536_leaves_has_a_tile_of_the_second_level(large: Store) -> None:
    query = select(tiles.c.idx, tiles.c.hash).where(tiles.c.level == 2)
    assert large.read_now(lambda view: [tuple(row) for row in view.conn.execute(query)]) == [
        (0, merkle.root(hashes(large)[:LARGE]))
    ]


@pytest.mark.parametrize("index", [0, 255, 256, 65_535, 65_536, 65_800])
def test_an_entry_is_proved_by_subtrees_from_rows(large: Store, index: int) -> None:
    size, root, every = stored_head(large).size, stored_head(large).root(), hashes(large)
    proof = large.read_now(lambda view: merkle.inclusion_proof(index, size, by_rows(view)))
    assert merkle.verify_inclusion(every[index], index, size, proof, root) is None


@pytest.mark.parametrize("old", [1, 256, 300, 65_535, 65_536, 65_700])
def test_an_older_tree_is_proved_to_be_the_beginning_by_subtrees_from_rows(large: Store, old: int) -> None:
    size, root, every = stored_head(large).size, stored_head(large).root(), hashes(large)
    proof = large.read_now(lambda view: merkle.consistency_proof(old, size, by_rows(view)))
    assert merkle.verify_consistency(old, size, proof, merkle.root(every[:old]), root) is None


@pytest.mark.parametrize("missing", [tiles.c.level < 0, (tiles.c.level < 0) & (tiles.c.idx % 16 == 3)])
def test_tiles_between_two_levels_may_be_missing(empty: Store, missing: Any) -> None:
    """An older version of the program, also one that runs beside this one, keeps none."""
    grow(empty, 700)
    empty.write_now(lambda tx: tx.conn.execute(tiles.delete().where(missing)))
    grow(empty, 3600)
    root, every = stored_head(empty).root(), hashes(empty)
    assert empty.read_now(lambda view: recompute(view, "at", 4300)) == merkle.root(every) == root
    for index in (0, 48, 60, 699, 4299):
        proof = empty.read_now(lambda view: merkle.inclusion_proof(index, 4300, by_rows(view)))  # noqa: B023
        assert merkle.verify_inclusion(every[index], index, 4300, proof, root) is None


def by_rows(view: View) -> Callable[[int, int], bytes]:
    return Subtrees(view, "at")


# ---------------------------------------------------------------- what is hashed


INSTANTS = st.integers(-strictjson.MAX_INTEGER, strictjson.MAX_INTEGER)
WORDS = st.text(st.characters(exclude_categories=["Cs"]), max_size=70)


@given(INSTANTS, WORDS, WORDS)
def test_an_entry_is_written_as_every_other_object_is(at_ms: int, kind: str, h: str) -> None:
    assert leaf_bytes(at_ms, kind, h) == strictjson.dump({"v": 1, "t": at_ms, "k": kind, "h": h})


@pytest.mark.parametrize("at_ms", [strictjson.MAX_INTEGER + 1, 1.5, "1", True, None])
def test_an_entry_has_a_time_that_can_travel(at_ms: Any) -> None:
    with pytest.raises(ValueError, match="whole milliseconds"):
        leaf_bytes(at_ms, "read", "0" * 64)


# ---------------------------------------------------------------- what is not there


def test_a_tree_nobody_opened_takes_no_entry(empty: Store) -> None:
    with pytest.raises(KeyError):
        empty.write_now(lambda tx: audit.append(tx, "fr", "env.in", "m", h="0" * 64))


def test_a_leaf_that_is_missing_is_said_and_not_computed_around(empty: Store) -> None:
    grow(empty, 10)
    empty.write_now(lambda tx: tx.conn.execute(leaves.delete().where(leaves.c.idx == 4)))
    with pytest.raises(TreeBroken):
        empty.read_now(lambda view: frontier(view, "at", 10))


def test_a_tile_that_is_missing_is_said_and_not_computed_around(empty: Store) -> None:
    grow(empty, 513)
    empty.write_now(lambda tx: tx.conn.execute(tiles.delete().where(tiles.c.idx == 1)))
    with pytest.raises(TreeBroken):
        empty.read_now(lambda view: frontier(view, "at", 513))


def test_a_head_without_form_is_said(empty: Store) -> None:
    empty.write_now(lambda tx: tx.conn.execute(trees.update().values(size=3)))
    with pytest.raises(TreeBroken, match="at: "):
        empty.read_now(lambda view: audit.read_head(view, "at"))


def test_the_name_of_a_log_says_network_keeper_and_counterpart() -> None:
    assert origin_of("real", "br", "at") == "itx.real/br/at"
