"""That ``make leaves`` gives every figure, of few entries, and that what it makes holds. Figures are nobody's test."""

import random
from pathlib import Path

import pytest

from tests.bench.leaves import TREES, Home, _grown, _proved, measure
from tests.postgres import on_sqlite
from tracing import audit
from tracing.tables import Leaf, table_of

COUNT, SEED, PROOFS = 6_000, 7, 60
_leaves = table_of(Leaf)


@on_sqlite
@pytest.mark.timeout(300)
def test_every_figure_of_a_long_trail_is_given_and_every_proof_and_entry_holds(tmp_path: Path) -> None:
    document = measure(tmp_path, COUNT, SEED, PROOFS)
    figures = {one["what"]: one for one in document["figures"]}
    assert list(figures) == [
        "appended", "heads signed", "proof of inclusion", "proof of consistency", "database", "verified",
        "killed and called again", "verified with envelopes and receipts",
    ]  # fmt: skip
    assert [name for name, one in figures.items() if "goal" in one] == [
        "appended", "proof of inclusion", "proof of consistency", "database", "verified",
    ]  # fmt: skip
    assert figures["verified with envelopes and receipts"]["entries"] > COUNT // 2 * 4
    assert figures["database"]["tables"]["leaves"] > COUNT * 32


@on_sqlite
@pytest.mark.parametrize("tree", TREES)
def test_one_altered_object_in_a_long_trail_is_named(tmp_path: Path, tree: str) -> None:
    home, chance = Home(tmp_path), random.Random(SEED)
    list(_grown(home, COUNT, SEED))
    at = chance.randrange(10, COUNT // 2)
    with home.opened() as node:
        one = _leaves.c.tree == tree, _leaves.c.idx == at
        node.store.write_now(lambda tx: tx.conn.execute(_leaves.update().where(*one).values(object=b"{}")))
        found = node.store.read_now(lambda view: audit.verify(view, node.checkpoints.check))
        assert list(_proved(home, chance, PROOFS))  # an entry is proved by its hash, whatever became of its object
    assert str(found.first_bad).startswith(f"{tree}:{at} ")


@on_sqlite
def test_the_same_seed_makes_the_same_acts(tmp_path: Path) -> None:
    made = []
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        home = Home(tmp_path / name)
        list(_grown(home, 1_000, SEED))
        with home.opened() as node:
            query = _leaves.select().where(_leaves.c.tree == "at").order_by(_leaves.c.idx)
            rows = node.store.read_now(lambda view, query=query: view.conn.execute(query).all())  # type: ignore[misc]
        made.append([row.ref[-16:] for row in rows if row.kind == "rcpt.in"])
    assert made[0] == made[1]
    assert len(made[0]) == 500
