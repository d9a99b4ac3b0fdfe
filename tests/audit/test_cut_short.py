"""A verification that was cut short goes on where it ended, and says what that leaves unseen."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from protocol import base64url, strictjson
from tests.audit.conftest import Trail
from tests.given import cipher
from tests.postgres import on_sqlite
from tracing import audit
from tracing.audit import AuditResult, Checkpoints, Marks
from tracing.audit.verifying import marks as of_marks
from tracing.store import Store, Tx
from tracing.tables import Leaf, Tree, TreeTile, table_of

leaves, trees, tiles = map(table_of, (Leaf, Tree, TreeTile))
NO_KEYS = Checkpoints(lambda: (), lambda: ())
CIPHER = cipher()
NOW_MS = 1_790_000_000_000
DAY_MS = 86_400_000
PRIVATE, THEIRS = 2500, 1500
CUT_AT = 2000  # within the private tree


class _CutShortError(Exception):
    pass


def marks(folder: Path, now_ms: int = NOW_MS) -> Marks:
    return Marks(folder / "verifying.json", CIPHER, now_ms, every=200)


@pytest.fixture
def store(empty: Store) -> Store:
    """Private acts, and a counterpart's entries that carry what they speak of."""

    def work(tx: Tx) -> None:
        for number in range(PRIVATE):
            audit.note(tx, "read", f"br.{number}", {"act": "case", "actor": "ada"})
        for number in range(THEIRS):
            wire = b"receipt %d" % number
            audit.append(tx, "at", "rcpt.in", f"m{number}", h=hashlib.sha256(wire).hexdigest(), what=wire)

    empty.write_now(work)
    return empty


def cut_short(store: Store, kept: Marks, at: int = CUT_AT) -> None:
    def hear(done: int) -> None:
        if done >= at:
            raise _CutShortError

    with pytest.raises(_CutShortError):
        store.read_now(lambda view: audit.verify(view, NO_KEYS.check, hear, marks=kept))


def resumed(store: Store, kept: Marks, hear: Callable[[int], None] | None = None) -> AuditResult:
    return store.read_now(lambda view: audit.verify(view, NO_KEYS.check, hear, marks=kept))


def spoil(store: Store, tree: str, idx: int, **values: object) -> None:
    one = leaves.c.tree == tree, leaves.c.idx == idx
    assert store.write_now(lambda tx: tx.conn.execute(leaves.update().where(*one).values(values)).rowcount) == 1


# ---------------------------------------------------------------- going on


def test_it_goes_on_where_it_ended_and_says_since_when(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    found = resumed(store, marks(tmp_path, NOW_MS + 1000))
    assert (found.ok, found.leaves, dict(found.resumed)) == (True, PRIVATE + THEIRS, {"private": CUT_AT})
    assert found.since_ms == NOW_MS


def test_it_goes_on_from_the_second_place_where_it_was_cut_short_twice(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    cut_short(store, marks(tmp_path, NOW_MS + 1000), at=PRIVATE + 1000)
    found = resumed(store, marks(tmp_path, NOW_MS + 2000))
    assert (found.ok, dict(found.resumed)) == (True, {"private": PRIVATE, "at": 1000})
    assert found.since_ms == NOW_MS


def test_objects_from_the_mark_on_are_looked_at(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    spoil(store, "private", CUT_AT, object=b"{}")
    assert str(resumed(store, marks(tmp_path)).first_bad).startswith(f"private:{CUT_AT} ")


@pytest.mark.parametrize(
    "values",
    [
        {"at_ms": 1},
        {"kind": "op"},
        {"h": "0" * 64},
        {"hash": bytes(32)},
        {"ref": "br.8"},
        {"salt": bytes(32)},
        {"object": b"{}"},
    ],
    ids=lambda one: next(iter(one)),
)
def test_an_entry_below_the_mark_that_was_altered_since_is_named(
    store: Store, tmp_path: Path, values: dict[str, object]
) -> None:
    cut_short(store, marks(tmp_path))
    spoil(store, "private", 7, **values)
    found = resumed(store, marks(tmp_path))
    assert str(found.first_bad).startswith("private:7 ")
    assert (dict(found.resumed), found.since_ms) == ({}, None)


def test_where_anything_is_bad_the_first_of_all_is_named(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    spoil(store, "private", 5, object=b"{}")
    spoil(store, "at", 9, object=b"{}")
    assert str(resumed(store, marks(tmp_path)).first_bad).startswith("private:5 ")


def test_entries_that_came_since_are_looked_at(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path), at=PRIVATE + 1000)
    store.write_now(lambda tx: audit.note(tx, "read", "br.new", {"act": "case"}))
    spoil(store, "private", PRIVATE, object=b"{}")
    assert str(resumed(store, marks(tmp_path)).first_bad).startswith(f"private:{PRIVATE} read br.new: the object")


def test_progress_is_told_from_the_beginning(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    heard: list[int] = []
    resumed(store, marks(tmp_path), heard.append)
    assert heard == [1000, 2000, 3500, 4000]


# ---------------------------------------------------------------- marks that do not count


def reseal(folder: Path, **changed: object) -> None:
    """Another mark, sealed as its own."""
    file = folder / "verifying.json"
    said = {
        name: value for name, value in json.loads(file.read_text()).items() if name not in {"key", "seal"}
    } | changed
    wrapped, key = CIPHER.new_key()
    seal = CIPHER.encrypt(key, hashlib.sha256(strictjson.dump(said)).digest(), "verifying")
    sealed = said | {"key": base64url.encode(wrapped), "seal": base64url.encode(seal)}
    file.write_bytes(strictjson.dump(sealed))


def test_a_mark_sealed_as_its_own_counts(store: Store, tmp_path: Path) -> None:
    """So that whatever of the others is void is so for what it says."""
    cut_short(store, marks(tmp_path))
    reseal(tmp_path)
    assert not is_afresh(store, marks(tmp_path))


def is_afresh(store: Store, kept: Marks) -> bool:
    found = resumed(store, kept)
    assert (found.ok, found.leaves) == (True, PRIVATE + THEIRS)
    return found.since_ms is None


def test_a_mark_over_a_history_that_was_rewritten_since_is_void(store: Store, tmp_path: Path) -> None:
    """Entries, hashes and head all fit each other again: the root does not."""
    cut_short(store, marks(tmp_path))

    def rewrite(tx: Tx) -> None:
        for table in (leaves, tiles):
            tx.conn.execute(table.delete().where(table.c.tree == "private"))
        tx.conn.execute(trees.update().where(trees.c.name == "private").values(size=0, peaks=b""))
        for number in range(PRIVATE):
            audit.note(tx, "read", f"br.{number}", {"act": "another"})

    store.write_now(rewrite)
    assert is_afresh(store, marks(tmp_path))


@pytest.mark.parametrize("name", ["private", "at"])
def test_a_mark_of_a_log_that_was_begun_anew_is_void(store: Store, tmp_path: Path, name: str) -> None:
    cut_short(store, marks(tmp_path), at=PRIVATE + 1000)
    store.write_now(lambda tx: tx.conn.execute(trees.update().where(trees.c.name == name).values(origin="another")))
    assert is_afresh(store, marks(tmp_path))


def test_a_mark_over_more_entries_than_there_are_is_void(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    said = json.loads((tmp_path / "verifying.json").read_text())["trees"]
    said["private"]["size"] = PRIVATE + 1
    reseal(tmp_path, trees=said)
    assert is_afresh(store, marks(tmp_path))


@pytest.mark.parametrize("now_ms", [NOW_MS + DAY_MS, NOW_MS - 1])
def test_a_mark_ends_after_a_day_and_none_is_of_tomorrow(store: Store, tmp_path: Path, now_ms: int) -> None:
    cut_short(store, marks(tmp_path))
    assert is_afresh(store, marks(tmp_path, now_ms))


@pytest.mark.parametrize("check", [f"0.0.1/{of_marks.CHECK}", of_marks.CHECK, None])
def test_a_mark_of_another_form_of_the_check_is_void(store: Store, tmp_path: Path, check: object) -> None:
    cut_short(store, marks(tmp_path))
    reseal(tmp_path, check=check)
    assert is_afresh(store, marks(tmp_path))


@pytest.mark.parametrize(
    "text", ["", "{}", "[]", '{"key":1,"seal":2}', '{"key":"AQ","seal":"\\u00e9"}', '{"key":"AQ","seal":"AQ"}', "\x00"]
)
def test_what_is_no_mark_is_void(store: Store, tmp_path: Path, text: str) -> None:
    cut_short(store, marks(tmp_path))
    (tmp_path / "verifying.json").write_text(text)
    assert is_afresh(store, marks(tmp_path))


def test_a_mark_that_somebody_made_up_without_the_keys_is_void(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    file = tmp_path / "verifying.json"
    file.write_text(file.read_text().replace(f'"size":{CUT_AT}', f'"size":{CUT_AT - 200}'))
    assert is_afresh(store, marks(tmp_path))
    cut_short(store, Marks(file, cipher(), NOW_MS, every=200))
    assert is_afresh(store, marks(tmp_path))


def test_a_mark_that_others_can_write_is_void(store: Store, tmp_path: Path) -> None:
    cut_short(store, marks(tmp_path))
    (tmp_path / "verifying.json").chmod(0o666)
    assert is_afresh(store, marks(tmp_path))


def test_a_mark_that_cannot_be_written_keeps_nothing_from_being_verified(store: Store, tmp_path: Path) -> None:
    assert is_afresh(store, marks(tmp_path / "nowhere"))


def test_a_counterpart_s_entry_below_the_mark_that_carries_something_else_since_is_named(
    store: Store, tmp_path: Path
) -> None:
    cut_short(store, marks(tmp_path), at=PRIVATE + 1000)
    spoil(store, "at", 9, object=b"{}")
    assert str(resumed(store, marks(tmp_path)).first_bad).startswith("at:9 ")


# ---------------------------------------------------------------- a real exchange


def run(trail: Trail, kept: Marks | None) -> AuditResult:
    store = trail.opened()
    try:
        return store.read_now(lambda view: audit.verify(view, trail.checkpoints.check, marks=kept))
    finally:
        store.close()


@pytest.fixture
def kept(tmp_path: Path) -> Marks:
    return Marks(tmp_path / "verifying.json", CIPHER, NOW_MS, every=1)


@on_sqlite
@pytest.mark.parametrize(
    "change",
    [
        "UPDATE envelopes SET wire = x'7b7d' WHERE direction = 'in'",
        "UPDATE envelopes SET seq = seq + 7",
        "UPDATE receipts SET wire = x'7b7d'",
        "UPDATE messages SET actor = 'eve'",
        "UPDATE messages SET inner = x'00'",
    ],
)
def test_what_lies_beside_the_log_below_the_mark_is_not_looked_at_again(trail: Trail, kept: Marks, change: str) -> None:
    """The one thing that a resumed run leaves unseen; it says so, and begun afresh it is found."""
    assert run(trail, kept).ok
    trail.spoil(change)
    again = run(trail, kept)
    assert (again.ok, again.since_ms, run(trail, None).ok) == (True, NOW_MS, False)


@on_sqlite
@pytest.mark.parametrize("table", ["envelopes", "receipts", "messages"])
def test_what_was_slipped_in_since_is_found_by_every_run(trail: Trail, kept: Marks, table: str) -> None:
    assert run(trail, kept).ok
    key, stranger = "rid" if table == "receipts" else "mid", "br:01a20a1b-cc37-703c-91a8-c6e909b60a5f"
    trail.spoil(f"UPDATE {table} SET {key} = '{stranger}' WHERE {key} = (SELECT max({key}) FROM {table})")
    again = run(trail, kept)
    assert (again.ok, again.since_ms) == (False, None)


@on_sqlite
def test_columns_that_disagree_are_found_again_by_the_run_that_goes_on(trail: Trail, kept: Marks) -> None:
    """They are told of last; where the run is cut short before, no mark passes them."""
    mid = trail.one("SELECT mid FROM envelopes LIMIT 1")
    trail.spoil(f"UPDATE envelopes SET seq = seq + 7 WHERE mid = '{mid}'")
    said = f"envelope {mid}: its columns say something else than its signed bytes"
    assert [run(trail, kept).first_bad for _ in range(2)] == [said, said]
    assert kept.read() is not None


@on_sqlite
def test_a_day_s_link_below_the_mark_is_learnt_again(trail: Trail, kept: Marks) -> None:
    def link(tx: Tx) -> None:
        tx.now_ms += 2 * DAY_MS
        assert trail.checkpoints.link_heads(tx)

    trail.write(link)
    first, again = run(trail, kept), run(trail, kept)
    assert (first.ok, first.since_ms, again.ok, again.since_ms) == (True, None, True, NOW_MS)
    trail.spoil("UPDATE leaves SET object = zeroblob(9) WHERE tree = 'private' AND ref = 'private.head'")
    assert "private.head: the object it speaks of was altered" in str(run(trail, kept).first_bad)
