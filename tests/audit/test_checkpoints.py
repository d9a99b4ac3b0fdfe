"""Signed heads: both keys, what was altered is never signed, heads linked once a day."""

import json
import secrets
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select

from keys.admission import PublicKey, admit
from keys.vault import Vault
from tests.audit.test_growing_trees import grow, leaves, stored_head, tiles, trees
from tests.given import TurnedClock, new_store
from tracing import audit
from tracing.audit import PRIVATE, Checkpoints
from tracing.store import Store, Tx

ORIGIN = "itx.training/br/at"


@pytest.fixture(scope="session")
def checkpoints(tmp_path_factory: pytest.TempPathFactory) -> Checkpoints:
    """The log keys of a node."""
    vault = Vault.create(tmp_path_factory.mktemp("log") / "keys", b"for tests only", secrets.token_bytes)
    records = [vault.new_key("log", alg, secrets.token_bytes) for alg in ("Ed25519", "ML-DSA-44")]
    listed, signers = [(admit(one.alg, one.raw), True) for one in records], vault.signers("log")
    return Checkpoints(lambda: signers, lambda: listed)


def row(store: Store, name: str = "at") -> Any:
    return store.read_now(lambda view: view.conn.execute(select(trees).where(trees.c.name == name)).one())


def note_of(store: Store, name: str = "at") -> str:
    return str(row(store, name).checkpoint)


def test_a_tree_that_grew_is_signed_by_both_keys_of_the_log(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 5)
    assert empty.write_now(checkpoints.sign_due) == 1
    assert len([line for line in note_of(empty).splitlines() if line.startswith("— ")]) == 2
    assert checkpoints.check(note_of(empty), ORIGIN) == (5, stored_head(empty).root())


def test_a_tree_that_did_not_grow_is_not_signed_again(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 5)
    empty.write_now(checkpoints.sign_due)
    assert empty.write_now(checkpoints.sign_due) == 0


def test_a_head_is_signed_in_the_commit_that_made_it(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 2)

    def work(tx: Tx) -> None:
        audit.append(tx, "at", "env.out", "m", h="0" * 64)
        checkpoints.sign_due(tx)

    empty.write_now(work)
    assert checkpoints.check(note_of(empty), ORIGIN) == (3, stored_head(empty).root())


def test_a_note_under_another_name_is_refused(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 1)
    empty.write_now(checkpoints.sign_due)
    with pytest.raises(ValueError, match=r"."):
        checkpoints.check(note_of(empty), "itx.training/br/ke")


def test_a_note_altered_by_one_byte_is_refused(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 7)
    empty.write_now(checkpoints.sign_due)
    with pytest.raises(ValueError, match=r"."):
        checkpoints.check(note_of(empty).replace("\n7\n", "\n8\n"), ORIGIN)


SPOILED = {
    "the hash of an entry": leaves.update().where(leaves.c.idx == 300).values(hash=bytes(32)),
    "what an entry says": leaves.update().where(leaves.c.idx == 300).values(h="f" * 64),
    "an entry below a full tile": leaves.update().where(leaves.c.idx == 201).values(h="f" * 64),
    "a missing entry": leaves.delete().where(leaves.c.idx == 299),
    "a missing last entry": leaves.delete().where(leaves.c.idx == 309),
    "the head": trees.update().where(trees.c.name == "at").values(size=309),
    "the peaks": trees.update().where(trees.c.name == "at").values(peaks=bytes(32 * 5)),
    "peaks without form": trees.update().where(trees.c.name == "at").values(peaks=b"x"),
    "the size that was signed": trees.update().where(trees.c.name == "at").values(checkpoint_size=-2),
}


@pytest.mark.parametrize("what", SPOILED)
def test_a_tree_altered_between_append_and_signing_is_reported_and_not_signed(
    empty: Store, checkpoints: Checkpoints, what: str
) -> None:
    grow(empty, 200)
    empty.write_now(checkpoints.sign_due)
    grow(empty, 110)
    before = note_of(empty)
    empty.write_now(lambda tx: tx.conn.execute(SPOILED[what]))
    with structlog.testing.capture_logs() as said:
        assert empty.write_now(checkpoints.sign_due) == 0
    assert [(one["event"], one["tree"]) for one in said] == [("audit.head_does_not_follow", "at")]
    assert note_of(empty) == before


def test_a_missing_older_tile_is_reported_and_not_signed(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 600)
    empty.write_now(checkpoints.sign_due)
    grow(empty, 1)
    empty.write_now(lambda tx: tx.conn.execute(tiles.delete()))
    assert empty.write_now(checkpoints.sign_due) == 0


def test_one_altered_tree_keeps_no_other_from_being_signed(empty: Store, checkpoints: Checkpoints) -> None:
    grow(empty, 3)
    empty.write_now(lambda tx: audit.note(tx, "op", "x", {"act": "x"}))
    empty.write_now(lambda tx: tx.conn.execute(leaves.delete().where(leaves.c.tree == "at")))
    assert empty.write_now(checkpoints.sign_due) == 1
    assert row(empty, PRIVATE).checkpoint_size == 1


# ---------------------------------------------------------------- links


@pytest.fixture
def turned(tmp_path: Path) -> Any:
    """A store whose clock stands until it is turned, and that clock."""
    clock = TurnedClock()
    (tmp_path / "turned").mkdir()
    store = new_store(tmp_path / "turned", clock)

    def begin(tx: Tx) -> None:
        audit.open_tree(tx, PRIVATE, "itx.training/br/private")
        audit.open_tree(tx, "at", ORIGIN)
        audit.open_tree(tx, "ke", "itx.training/br/ke")

    store.write_now(begin)
    yield store, clock
    store.close()


def test_heads_are_linked_once_a_day_however_often_it_is_asked(turned: Any, checkpoints: Checkpoints) -> None:
    store, clock = turned
    done = []
    for _ in range(5):
        done.append(store.write_now(checkpoints.link_heads))
        clock.turn(timedelta(hours=9))
    assert done == [True, False, True, False, False]


def test_a_clock_that_went_back_a_day_links_nothing_twice(turned: Any, checkpoints: Checkpoints) -> None:
    store, clock = turned
    store.write_now(checkpoints.link_heads)
    clock.turn(timedelta(days=-1))
    assert store.write_now(checkpoints.link_heads) is False


def test_the_private_tree_holds_the_head_of_every_other(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    grow(store, 4)
    head = stored_head(store)
    store.write_now(checkpoints.link_heads)
    query = select(leaves.c.object).where(leaves.c.tree == PRIVATE).order_by(leaves.c.idx.desc()).limit(1)
    linked = json.loads(store.read_now(lambda view: view.conn.execute(query).scalar_one()))["heads"]
    assert linked["at"] == {"size": 4, "root": head.root().hex()}
    assert set(linked) == {"at", "ke"}


def test_every_other_tree_holds_the_private_head(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    store.write_now(checkpoints.link_heads)
    query = select(leaves.c.object).where(leaves.c.kind == "private.head").order_by(leaves.c.tree)
    kept = store.read_now(lambda view: list(view.conn.execute(query).scalars()))
    assert [one[32:] for one in kept] == [stored_head(store, PRIVATE).root()] * 2


def test_a_trail_with_the_links_of_several_days_holds(turned: Any, checkpoints: Checkpoints) -> None:
    store, clock = turned
    for _ in range(3):
        store.write_now(lambda tx: audit.note(tx, "op", "x", {"act": "x"}))
        store.write_now(checkpoints.sign_due)
        store.write_now(checkpoints.link_heads)
        clock.turn(timedelta(days=1))
    result = store.read_now(lambda view: audit.verify(view, checkpoints.check))
    assert (result.ok, result.first_bad) == (True, None)


def test_a_broken_tree_keeps_no_other_from_being_linked(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    store.write_now(lambda tx: tx.conn.execute(trees.update().where(trees.c.name == "at").values(peaks=b"x")))
    assert store.write_now(checkpoints.link_heads) is True
    assert stored_head(store, "ke").size == 1


def test_verification_tells_how_far_it_is(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    store.write_now(lambda tx: [audit.note(tx, "op", "x", {"act": "x"}) for _ in range(2500)])
    heard: list[int] = []
    store.read_now(lambda view: audit.verify(view, checkpoints.check, heard.append))
    assert heard == [1000, 2000, 2500]


def test_entries_whose_tree_was_taken_away_before_any_link_are_named(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    grow(store, 2)
    store.write_now(lambda tx: tx.conn.execute(trees.delete().where(trees.c.name == "at")))
    result = store.read_now(lambda view: audit.verify(view, checkpoints.check))
    assert result.first_bad == "at:0: an entry of a tree that is gone"


def test_a_trail_without_its_private_tree_is_none(turned: Any, checkpoints: Checkpoints) -> None:
    store, _ = turned
    store.write_now(lambda tx: tx.conn.execute(trees.delete().where(trees.c.name == PRIVATE)))
    result = store.read_now(lambda view: audit.verify(view, checkpoints.check))
    assert result.first_bad == "private: the whole tree is gone"


# ---------------------------------------------------------------- keys of the log that turn


class Log:
    """The keys of a log over time."""

    def __init__(self, folder: Path) -> None:
        self.vault = Vault.create(folder / "keys", b"for tests only", secrets.token_bytes)
        self.listed: list[tuple[PublicKey, bool]] = []
        self.live: list[str] = []
        self.turn()

    def turn(self) -> None:
        """Another pair signs from now on."""
        pair = [self.vault.new_key("log", alg, secrets.token_bytes) for alg in ("Ed25519", "ML-DSA-44")]
        self.listed += [(admit(one.alg, one.raw), True) for one in pair]
        self.live = [one.kid for one in pair]

    def revoke_first(self) -> None:
        self.listed = [(key, at > 0) for at, (key, _) in enumerate(self.listed)]

    @property
    def checkpoints(self) -> Checkpoints:
        return Checkpoints(lambda: self.vault.signers("log", self.live), lambda: self.listed)


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return Log(tmp_path)


def test_a_checkpoint_of_a_retired_pair_verifies_and_the_next_is_by_the_new_one(empty: Store, log: Log) -> None:
    checkpoints = log.checkpoints
    grow(empty, 5)
    empty.write_now(checkpoints.sign_due)
    old = note_of(empty)
    log.turn()
    assert (empty.write_now(checkpoints.sign_due), checkpoints.check(old, ORIGIN)[0]) == (0, 5)
    grow(empty, 1)
    assert empty.write_now(checkpoints.sign_due) == 1
    assert set(note_of(empty).splitlines()[4:]).isdisjoint(old.splitlines()[4:])
    assert (checkpoints.check(note_of(empty), ORIGIN)[0], checkpoints.check(old, ORIGIN)[0]) == (6, 5)


def test_a_checkpoint_of_a_revoked_key_counts_no_more_and_its_tree_is_signed_anew(empty: Store, log: Log) -> None:
    checkpoints = log.checkpoints
    grow(empty, 5)
    empty.write_now(checkpoints.sign_due)
    old = note_of(empty)
    log.turn()
    log.revoke_first()
    with pytest.raises(ValueError, match="still counts"):
        checkpoints.check(old, ORIGIN)
    assert (empty.write_now(checkpoints.sign_due), empty.write_now(checkpoints.sign_due)) == (1, 0)
    assert checkpoints.check(note_of(empty), ORIGIN)[0] == 5


def test_a_checkpoint_that_was_altered_at_rest_is_not_signed_over_when_keys_are_revoked(empty: Store, log: Log) -> None:
    grow(empty, 5)
    empty.write_now(log.checkpoints.sign_due)
    altered = note_of(empty).replace("\n5\n", "\n4\n")
    empty.write_now(lambda tx: tx.conn.execute(trees.update().where(trees.c.name == "at").values(checkpoint=altered)))
    log.turn()
    log.revoke_first()
    assert (empty.write_now(log.checkpoints.sign_due), note_of(empty)) == (0, altered)


def test_a_node_without_its_log_keys_signs_nothing_and_says_so(empty: Store, log: Log) -> None:
    grow(empty, 5)
    log.live = log.live[:1]
    with structlog.testing.capture_logs() as said:
        assert empty.write_now(log.checkpoints.sign_due) == 0
    assert [one["event"] for one in said] == ["audit.no_key_signs_checkpoints"]
    assert row(empty).checkpoint is None
