"""Counterparts as witnesses: checkpoints travel with ordinary traffic, and what extends the last one is cosigned."""

import asyncio
import shutil
import sqlite3
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update

from keys.contradiction import make as make_proof
from keys.contradiction import verify as verify_proof
from protocol import checkpoint, hello, strictjson
from protocol.checkpoint import Checkpoint
from tests.exchange.conftest import MakeNode
from tests.exchange.world import BRISK, Nation, Node
from tests.given import TurnedClock, cipher
from tracing import audit
from tracing.audit.vouched import read_file, write_file
from tracing.clock import Ids, SystemClock
from tracing.store import Store, Tx, open_engine
from tracing.tables import Cosigned, Leaf, Tree, TrustAlarm, Witnessed, WitnessedTile, table_of
from tracing.trust import witnessing
from tracing.trust.alarms import open_alarms
from tracing.trust.cosigned import STRANGE
from tracing.trust.quorum import quorum

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
    assert (
        b"".join(row.hashes for row in br.rows(WitnessedTile, authority="ke"))[: held.size * 32]
        == (hashes[: held.size * 32])
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
    """Whether nothing grows any more by being witnessed: a second without an entry, though hellos go on."""
    for node in nodes:
        await signed(node)
    before: list[int] = []
    for _ in range(30):
        now = [len(node.rows(Leaf)) for node in nodes]
        if now == before:
            return True
        before = now
        await asyncio.sleep(1)
    return False


async def test_a_quiet_pair_is_witnessed_by_its_hellos_alone(pair: tuple[Node, Node]) -> None:
    ke, _ = pair
    await talked(ke, 1)
    await ke.store.write(ke.nation.checkpoints.link_heads)
    await signed(ke)
    assert await ke.reaches(lambda: cosigned_size(ke, "br") == tree(ke, "br").size)
    assert ke.rows(Leaf, tree="br")[-1].kind == "private.head"


async def test_a_node_that_is_only_posted_to_is_witnessed_by_what_it_answers(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    """It cannot post itself: its checkpoint goes in an answer, and comes back cosigned in the next post."""
    ke, br = [await node_of(name, pace=OFTEN, witnessed=True).open() for name in ("ke", "br")]
    await ke.knows(nations["br"], br.url)
    await br.knows(nations["ke"])
    await talked(ke)
    await signed(ke)
    await signed(br)
    assert await br.reaches(lambda: cosigned_size(br, "ke") == tree(br, "ke").checkpoint_size > 0)
    assert await ke.reaches(lambda: cosigned_size(ke, "br") > 0)


async def test_an_older_program_goes_on_working_with_one_that_witnesses(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    """It knows no checkpoint in a post, and answers none."""
    ke, br = await node_of("ke", pace=OFTEN, witnessed=True).open(), await node_of("br", pace=OFTEN).open()
    await ke.knows(nations["br"], br.url)
    await br.knows(nations["ke"], ke.url)
    await talked(ke)
    await signed(ke)
    said = await br.say("ke")
    assert await br.reaches(lambda: br.stage(said[0]) == "accepted")
    await asyncio.sleep(0.5)
    assert (cosigned_size(ke, "br"), ke.rows(Witnessed), alarms(ke), alarms(br)) == (0, [], set(), set())


# ---------------------------------------------------------------- the quorum


async def test_the_quorum_is_green_while_enough_witnesses_cosigned_within_two_days(pair: tuple[Node, Node]) -> None:
    ke, _ = pair
    now_ms = SystemClock().now_ms()
    before = ke.store.read_now(lambda view: quorum(view, now_ms, 1))
    assert (before.is_met, [one.state for one in before.witnesses]) == (False, ["never"])
    await talked(ke)
    await signed(ke)
    assert await ke.reaches(lambda: cosigned_size(ke, "br") > 0)
    then = [ke.store.read_now(lambda view, days=days: quorum(view, now_ms + days * 86_400_000, 1)) for days in (0, 3)]
    assert [(one.is_met, one.witnesses[0].state) for one in then] == [(True, "current"), (False, "late")]
    assert not ke.store.read_now(lambda view: quorum(view, now_ms, 2)).is_met


def test_a_node_without_counterparts_has_nobody_to_ask(node_of: MakeNode) -> None:
    assert node_of("ke").store.read_now(lambda view: quorum(view, 0, 1)).is_met


# ---------------------------------------------------------------- copies, rollbacks and rewritten trails


async def witnessed_pair(ke: Node, br: Node) -> None:
    """Kenya's tree is cosigned as far as it goes."""
    await talked(ke)
    await signed(ke)
    assert await ke.reaches(lambda: cosigned_size(ke, "br") == tree(ke, "br").checkpoint_size)
    assert br.rows(Witnessed, authority="ke")


def copied(node: Node, folder: Path) -> Store:
    """The database of a node as it is now, in another place."""
    file = node.blobs.path.parent / "node.db"
    with sqlite3.connect(file) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    db.close()
    folder.mkdir()
    shutil.copy(file, folder / "node.db")
    clock = SystemClock()
    return Store(open_engine(f"sqlite:///{folder / 'node.db'}"), cipher(), clock, Ids(clock))


def proof_at(node: Node, code: str, nation: Nation) -> bytes:
    """The file that is handed on."""
    (row,) = node.rows(TrustAlarm, authority=nation.authority, code=code)
    kept = strictjson.load(row.document, len(row.document))
    return make_proof(kept["what"], kept["notes"], nation.card)


@pytest.mark.parametrize(
    "went", [(2, "log-rollback"), (6, "log-fork"), (10, "log-fork")], ids=["shorter", "as long", "longer"]
)
async def test_a_copy_that_went_its_own_way_is_exposed_by_a_proof_that_verifies_offline(
    pair: tuple[Node, Node], node_of: MakeNode, nations: dict[str, Nation], tmp_path: Path, went: tuple[int, str]
) -> None:
    (ke, br), (said, code) = pair, went
    await witnessed_pair(ke, br)
    on = copied(ke, tmp_path / "copy")
    await witnessed_pair(ke, br)
    await ke.exchange.stop()
    await asyncio.sleep(1.1)  # checkpoints count in seconds
    copy = node_of("ke", pace=OFTEN, witnessed=True, on=on)
    await copy.say("br", said)
    await copy.open()
    await copy.refresh()
    assert await br.reaches(lambda: ("ke", code) in alarms(br))
    assert await copy.reaches(lambda: ("ke", STRANGE) in alarms(copy))
    found = verify_proof(proof_at(br, code, nations["ke"]), {"ke": nations["ke"].trust.digest})
    assert (found.authority, found.what) == ("ke", code.removeprefix("log-"))


async def test_an_older_copy_is_exposed_at_its_first_hello(
    pair: tuple[Node, Node], node_of: MakeNode, nations: dict[str, Nation], tmp_path: Path
) -> None:
    ke, br = pair
    await witnessed_pair(ke, br)
    on = copied(ke, tmp_path / "copy")
    await witnessed_pair(ke, br)
    await ke.exchange.stop()
    await asyncio.sleep(1.1)
    copy = await node_of("ke", pace=OFTEN, witnessed=True, on=on).open()
    await copy.refresh()
    assert await br.reaches(lambda: ("ke", "log-rollback") in alarms(br))
    assert verify_proof(proof_at(br, "log-rollback", nations["ke"]), {"ke": nations["ke"].trust.digest})


async def test_messages_flow_on_beside_a_log_that_contradicts_itself(pair: tuple[Node, Node]) -> None:
    ke, br = pair
    await witnessed_pair(ke, br)
    await rewritten(ke)
    await talked(ke)
    await signed(ke)
    assert await br.reaches(lambda: ("ke", "log-fork") in alarms(br))
    assert await ke.reaches(lambda: ("ke", STRANGE) in alarms(ke))
    size = br.rows(Witnessed, authority="ke")[0].size
    await talked(ke)
    await signed(ke)
    assert await settled(ke, br)
    assert br.rows(Witnessed, authority="ke")[0].size == size


async def rewritten(node: Node) -> None:
    """Somebody with the database changes an entry, and all that follows from it."""
    leaves, trees = table_of(Leaf), table_of(Tree)

    def work(tx: Tx) -> None:
        rows = tx.conn.execute(select(leaves).where(leaves.c.tree == "br").order_by(leaves.c.idx)).all()
        head = audit.trees.merkle.CompactRange()
        for row in rows:
            at_ms = row.at_ms - (row.idx == 1)
            changed = audit.trees.merkle.leaf_hash(audit.trees.leaf_bytes(at_ms, row.kind, row.h))
            one = (leaves.c.tree == "br", leaves.c.idx == row.idx)
            tx.conn.execute(update(leaves).where(*one).values(at_ms=at_ms, hash=changed))
            head = head.append(changed)
        blank = {"peaks": b"".join(head.peaks), "checkpoint": None, "checkpoint_size": 0}
        tx.conn.execute(update(trees).where(trees.c.name == "br").values(blank))

    await node.store.write(work)


async def test_what_a_witness_holds_names_the_entry_that_was_rewritten(pair: tuple[Node, Node]) -> None:
    ke, br = pair
    await witnessed_pair(ke, br)
    row = br.store.read_now(lambda view: witnessing.held_note(view, "ke"))
    assert row is not None
    hashes = br.store.read_now(lambda view: witnessing.held_hashes(view, "ke", row.origin))
    note, known = read_file("".join(write_file(row.note, hashes)))
    head = Checkpoint.of(checkpoint.read(note).body)
    vouched = audit.Vouched("br", head.size, head.root, "the checkpoint that br cosigned", known)
    check = ke.nation.checkpoints.check
    assert ke.store.read_now(lambda view: audit.verify(view, check, against=[vouched])).ok
    await ke.exchange.stop()
    await rewritten(ke)
    await signed(ke)
    found = ke.store.read_now(lambda view: audit.verify(view, check, against=[vouched]))
    assert str(found.first_bad).startswith("br:1 ")
    assert "another entry stood here in the checkpoint that br cosigned" in str(found.first_bad)
    kept = ke.store.read_now(lambda view: audit.verify(view, check))
    assert "br:0: the checkpoint that br cosigned over" in str(kept.first_bad)


async def test_what_is_held_of_a_counterparts_log_and_was_changed_is_named(pair: tuple[Node, Node]) -> None:
    """Else another history of it could be cosigned next."""
    ke, br = pair
    await witnessed_pair(ke, br)
    for node in pair:
        await node.exchange.stop()
    check = br.nation.checkpoints.check
    assert br.store.read_now(lambda view: audit.verify(view, check)).ok
    held = table_of(Witnessed)
    await br.store.write(lambda tx: tx.conn.execute(update(held).values(size=held.c.size - 1)))
    found = br.store.read_now(lambda view: audit.verify(view, check))
    assert str(found.first_bad).startswith("witness ke: ")


async def test_a_cosigned_note_that_was_altered_at_rest_is_named(pair: tuple[Node, Node]) -> None:
    ke, br = pair
    await witnessed_pair(ke, br)
    for node in pair:
        await node.exchange.stop()
    await ke.store.write(lambda tx: tx.conn.execute(update(table_of(Cosigned)).values(note="nothing")))
    found = ke.store.read_now(lambda view: audit.verify(view, ke.nation.checkpoints.check))
    assert str(found.first_bad).startswith("br: the checkpoint that br cosigned: ")


# ---------------------------------------------------------------- hostile


async def posted(ke: Nation, br: Node, checkpoint_item: Any = None, cosigned_item: Any = None) -> dict[str, Any]:
    """A hello of Kenya with something beside it."""
    beside = {"checkpoint": checkpoint_item, "cosigned": cosigned_item}
    members = {"hello": ke.hello("br")} | {name: item for name, item in beside.items() if item is not None}
    status, answer = await br.post(strictjson.dump(members))
    assert status == 200
    assert hello.parse(answer["hello"]).hello.from_ == "br"
    return answer


@pytest.fixture
async def alone(node_of: MakeNode, nations: dict[str, Nation]) -> Node:
    """Brazil's node, which witnesses and only listens."""
    br = await node_of("br", witnessed=True).open(deliver=False)
    await br.knows(nations["ke"], "http://127.0.0.1:9")
    return br


@pytest.mark.parametrize(
    "item",
    [1, "x", [], {}, {"note": "x", "old": 0, "proof": []}, {"note": "a\n1\nAAAA\n\nx\n", "old": 0, "proof": []},
     {"note": "x" * 70_000, "old": 0, "proof": []}],
    ids=["number", "text", "list", "empty", "no note", "no signature", "too long"],
)  # fmt: skip
async def test_a_checkpoint_without_form_is_refused_and_the_hello_answered(
    alone: Node, nations: dict[str, Nation], item: Any
) -> None:
    answer = await posted(nations["ke"], alone, item)
    assert [(one["in"], one["index"]) for one in answer["refused"]] == [("checkpoint", 0)]
    assert (alone.rows(Witnessed), alone.rows(Leaf, kind="ckpt.peer")) == ([], [])


@pytest.mark.parametrize("item", [1, [], {}, "x", "a\n1\nAAAA\n\nx\n"])
async def test_a_cosignature_without_form_changes_nothing(alone: Node, nations: dict[str, Nation], item: Any) -> None:
    answer = await posted(nations["ke"], alone, None, item)
    assert (answer["refused"], alone.rows(Cosigned), alarms(alone)) == ([], [], set())


def shown(nation: Nation, origin: str, size: int = 3, old: int = 0) -> dict[str, Any]:
    return {"note": nation.checkpoints.write(origin, size, bytes([size]) * 32, 100 + size), "old": old, "proof": []}


async def test_a_log_of_another_than_the_poster_is_not_cosigned(alone: Node, nations: dict[str, Nation]) -> None:
    await alone.knows(nations["at"], "http://127.0.0.1:9")
    answer = await posted(nations["ke"], alone, shown(nations["at"], "at.example/itx/br"))
    assert [one["code"] for one in answer["refused"]] == ["mismatch"]
    assert alone.rows(Witnessed) == []


async def test_a_log_that_its_owner_keeps_of_a_third_is_not_cosigned(alone: Node, nations: dict[str, Nation]) -> None:
    answer = await posted(nations["ke"], alone, shown(nations["ke"], "ke.example/itx/at"))
    assert ([one["code"] for one in answer["refused"]], alone.rows(Witnessed)) == (["mismatch"], [])


async def test_hashes_that_do_not_lead_to_the_root_are_refused(alone: Node, nations: dict[str, Nation]) -> None:
    item = shown(nations["ke"], "ke.example/itx/br") | {"leaves": "A" * 128}
    answer = await posted(nations["ke"], alone, item)
    assert ([one["code"] for one in answer["refused"]], alone.rows(Witnessed)) == (["mismatch"], [])


async def test_a_log_that_proves_nothing_is_told_of_and_answered_with_what_is_held(
    alone: Node, nations: dict[str, Nation]
) -> None:
    first = await posted(nations["ke"], alone, shown(nations["ke"], "ke.example/itx/br"))
    then = await posted(nations["ke"], alone, shown(nations["ke"], "ke.example/itx/br", size=5, old=3))
    assert ([one["code"] for one in then["refused"]], then["cosigned"]) == (["mismatch"], first["cosigned"])
    assert (alarms(alone), alone.rows(Witnessed)[0].size) == ({("ke", "log-unproved")}, 3)


async def test_a_log_that_goes_on_under_another_name_is_told_of(alone: Node, nations: dict[str, Nation]) -> None:
    await posted(nations["ke"], alone, shown(nations["ke"], "ke.example/itx/br"))
    answer = await posted(nations["ke"], alone, shown(nations["ke"], "ke.example/itx/br~2", size=2))
    assert (answer["refused"], alarms(alone)) == ([], {("ke", "log-anew")})
    assert {row.origin for row in alone.rows(Witnessed)} == {"ke.example/itx/br", "ke.example/itx/br~2"}


async def test_a_note_that_only_a_witness_signed_proves_nothing_against_our_log(
    alone: Node, nations: dict[str, Nation]
) -> None:
    """Else a witness could make us sign an older head again, and hold that against us."""
    head = Checkpoint("br.example/itx/ke", 7, bytes(32))
    note = checkpoint.write(head.body(), nations["ke"].checkpoints.cosign(head, "ke.example/itx/br", 100))
    await posted(nations["ke"], alone, None, note)
    assert (alarms(alone), alone.rows(Cosigned)) == (set(), [])


# ---------------------------------------------------------------- clocks


def test_a_clock_that_was_put_back_makes_no_log_look_as_if_it_went_back(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    clock = TurnedClock()
    ke = node_of("ke", witnessed=True, clock=clock)
    ke.store.write_now(lambda tx: audit.open_tree(tx, "br", "ke.example/itx/br"))
    times = []
    for hours in (5, -5, 1):
        clock.turn(timedelta(hours=hours))
        ke.store.write_now(lambda tx: audit.append(tx, "br", "env.out", "m", h="0" * 64))
        ke.store.write_now(nations["ke"].checkpoints.sign_due)
        times.append(nations["ke"].checkpoints.read(tree(ke, "br").checkpoint, "ke.example/itx/br").seconds)
    assert times == [times[0]] * 3
