"""A trail that was altered behind the node's back: verification names the first entry that does not hold."""

import hashlib
import sqlite3
from typing import Any

import pytest

from protocol import base64url, merkle, strictjson
from tests.audit.conftest import Trail
from tests.plans import explained
from tracing.audit.trees import leaf_bytes


def first_bad(trail: Trail) -> str:
    result = trail.verify()
    assert not result.ok
    return str(result.first_bad)


def swapped(wire: bytes) -> bytes:
    """The same bytes with one character of the signature another one."""
    at = wire.index(b'"signature":"') + 20
    return wire[:at] + (b"A" if wire[at : at + 1] != b"A" else b"B") + wire[at + 1 :]


def retold(wire: bytes, **changed: Any) -> bytes:
    """A signed object that says something else; its signature no longer fits, its form does."""
    item = strictjson.load(wire, 1 << 23)
    said = strictjson.load(base64url.decode(item["payload"]), 1 << 23) | changed
    return strictjson.dump(item | {"payload": base64url.encode(strictjson.dump(said))})


def renew_heads(trail: Trail, tree: str) -> None:
    """What somebody with the database alone would do to hide a change: hashes and a head that fit."""
    with sqlite3.connect(trail.file) as db:
        head = merkle.CompactRange()
        rows = db.execute("SELECT idx, at_ms, kind, h FROM leaves WHERE tree = ? ORDER BY idx", (tree,)).fetchall()
        for idx, at_ms, kind, h in rows:
            hashed = merkle.leaf_hash(leaf_bytes(at_ms, kind, h))
            db.execute("UPDATE leaves SET hash = ? WHERE tree = ? AND idx = ?", (hashed, tree, idx))
            head = head.append(hashed)
        db.execute("UPDATE trees SET size = ?, peaks = ? WHERE name = ?", (head.size, b"".join(head.peaks), tree))
    db.close()


def test_the_trail_of_an_exchange_holds(trail: Trail) -> None:
    result = trail.verify()
    assert (result.ok, result.first_bad) == (True, None)
    assert result.leaves == sum(result.trees.values()) > 20


@pytest.mark.parametrize("tree", ["private", "br"])
def test_an_object_that_is_no_bytes_any_more_is_named(trail: Trail, tree: str) -> None:
    trail.spoil("UPDATE leaves SET object = 'text' WHERE tree = :tree AND idx = 3", tree=tree)
    assert first_bad(trail).startswith(f"{tree}:3 ")


@pytest.mark.parametrize(
    "column", ["kind = 'env.out'", "h = '" + "0" * 64 + "'", "at_ms = at_ms + 1", "hash = zeroblob(32)"]
)
def test_an_edited_entry_is_named(trail: Trail, column: str) -> None:
    trail.spoil(f"UPDATE leaves SET {column} WHERE tree = 'br' AND idx = 2")
    assert first_bad(trail).startswith("br:2 ")


def test_a_deleted_entry_is_named(trail: Trail) -> None:
    trail.spoil("DELETE FROM leaves WHERE tree = 'br' AND idx = 3")
    assert first_bad(trail).startswith("br:3: missing")


def test_two_entries_that_changed_places_are_named(trail: Trail) -> None:
    trail.spoil(*(f"UPDATE leaves SET idx = {after} WHERE tree = 'br' AND idx = {before}"
                  for before, after in ((2, 9999), (3, 2), (9999, 3))))  # fmt: skip
    assert first_bad(trail).startswith("br")


def test_an_entry_named_after_another_object_is_named(trail: Trail) -> None:
    trail.spoil("UPDATE leaves SET ref = 'br:01a20a1b-cc37-703c-91a8-c6e909b60a5f' WHERE tree = 'br' AND idx = 2")
    assert first_bad(trail).startswith("br:2 ")


def test_a_tree_cut_short_is_named_where_it_ends(trail: Trail) -> None:
    size = trail.one("SELECT size FROM trees WHERE name = 'br'")
    trail.spoil(f"DELETE FROM leaves WHERE tree = 'br' AND idx >= {size - 2}")
    assert first_bad(trail).startswith(f"br:{size - 2}: ")


def test_a_tree_cut_short_with_a_head_that_fits_is_named(trail: Trail) -> None:
    size = trail.one("SELECT checkpoint_size FROM trees WHERE name = 'br'")
    trail.spoil(f"DELETE FROM leaves WHERE tree = 'br' AND idx >= {size - 1}")
    renew_heads(trail, "br")
    assert first_bad(trail).startswith(f"br:{size - 1}: missing; the checkpoint was signed over {size}")


@pytest.mark.parametrize("peaks", ["zeroblob(length(peaks))", "x''", "zeroblob(32)", "zeroblob(7)"])
def test_peaks_that_were_rewritten_are_named(trail: Trail, peaks: str) -> None:
    trail.spoil(f"UPDATE trees SET peaks = {peaks} WHERE name = 'br'")
    assert first_bad(trail).startswith("br:")


@pytest.mark.parametrize("size", ["size - 1", "size + 1", "0", "-3"])
def test_a_size_that_was_rewritten_is_named(trail: Trail, size: str) -> None:
    trail.spoil(f"UPDATE trees SET size = {size} WHERE name = 'br'")
    assert first_bad(trail).startswith("br:")


# ---------------------------------------------------------------- checkpoints


def test_a_checkpoint_of_another_node_is_named(trail: Trail, exchanged: dict[str, Trail]) -> None:
    theirs = exchanged["br"].one("SELECT checkpoint FROM trees WHERE name = 'at'")
    trail.spoil("UPDATE trees SET checkpoint = :theirs WHERE name = 'br'", theirs=theirs)
    assert first_bad(trail).startswith("br: its checkpoint does not verify")


def test_a_checkpoint_of_another_tree_of_the_same_node_is_named(trail: Trail) -> None:
    trail.spoil("UPDATE trees SET checkpoint = (SELECT checkpoint FROM trees WHERE name = 'private') WHERE name = 'br'")
    assert first_bad(trail).startswith("br: its checkpoint does not verify")


def test_a_checkpoint_that_is_no_note_is_named(trail: Trail) -> None:
    trail.spoil("UPDATE trees SET checkpoint = 'nothing' WHERE name = 'br'")
    assert first_bad(trail).startswith("br: its checkpoint does not verify")


def test_a_checkpoint_with_one_of_its_two_signatures_is_named(trail: Trail) -> None:
    note = trail.one("SELECT checkpoint FROM trees WHERE name = 'br'")
    lines = note.splitlines(keepends=True)
    trail.spoil("UPDATE trees SET checkpoint = :less WHERE name = 'br'", less="".join(lines[:-1]))
    assert first_bad(trail).startswith("br: its checkpoint does not verify")


def test_a_checkpoint_over_more_entries_than_there_are_is_named(trail: Trail) -> None:
    origin, size = (trail.one(f"SELECT {column} FROM trees WHERE name = 'br'") for column in ("origin", "size"))
    note = trail.checkpoints.write(origin, size + 5, hashlib.sha256(b"").digest(), 1)
    trail.spoil("UPDATE trees SET checkpoint = :note WHERE name = 'br'", note=note)
    assert first_bad(trail).startswith(f"br:{size}: missing; the checkpoint was signed over {size + 5}")


def test_a_history_rewritten_under_an_old_checkpoint_is_named(trail: Trail) -> None:
    trail.spoil("UPDATE leaves SET at_ms = at_ms - 60000 WHERE tree = 'br' AND idx = 2")
    renew_heads(trail, "br")
    assert "promised another history" in first_bad(trail)


def test_a_history_rewritten_with_its_checkpoint_taken_away_breaks_with_the_heads_kept_elsewhere(trail: Trail) -> None:
    trail.write(_link_next_day(trail))
    trail.spoil(
        "UPDATE leaves SET at_ms = at_ms - 60000 WHERE tree = 'br' AND idx = 2",
        "UPDATE trees SET checkpoint = NULL, checkpoint_size = 0 WHERE name = 'br'",
    )
    renew_heads(trail, "br")
    named = first_bad(trail)  # sure below 1 where the head of the first entry was kept before the second came
    assert named.startswith(("br:0: the private tree over", "br:1: the private tree over"))


def test_a_private_history_rewritten_with_its_checkpoint_taken_away_breaks_with_the_heads_kept_elsewhere(
    trail: Trail,
) -> None:
    trail.write(_link_next_day(trail))
    trail.spoil(
        "UPDATE leaves SET at_ms = at_ms - 60000 WHERE tree = 'private' AND idx = 2",
        "UPDATE trees SET checkpoint = NULL, checkpoint_size = 0 WHERE name = 'private'",
    )
    renew_heads(trail, "private")
    assert "private" in first_bad(trail)


def _link_next_day(trail: Trail) -> Any:
    def work(tx: Any) -> None:
        tx.now_ms += 2 * 86_400_000
        assert trail.checkpoints.link_heads(tx)

    return work


def test_a_whole_tree_taken_away_is_missed(trail: Trail) -> None:
    trail.spoil("DELETE FROM trees WHERE name = 'br'", "DELETE FROM leaves WHERE tree = 'br'",
                "DELETE FROM envelopes", "DELETE FROM receipts")  # fmt: skip
    assert first_bad(trail).startswith("br: ")


def test_entries_of_a_tree_nobody_knows_are_named(trail: Trail) -> None:
    trail.spoil("DELETE FROM trees WHERE name = 'br'", "DELETE FROM counterparts WHERE authority = 'br'")
    assert first_bad(trail).startswith("br")


# ---------------------------------------------------------------- objects


@pytest.mark.parametrize("direction", ["in", "out"])
@pytest.mark.parametrize("table", ["envelopes", "receipts"])
def test_a_changed_byte_of_what_travelled_is_named(trail: Trail, table: str, direction: str) -> None:
    key = "mid" if table == "envelopes" else "rid"
    where = f"WHERE direction = '{direction}' ORDER BY {key} LIMIT 1"
    wire, name = trail.one(f"SELECT wire FROM {table} {where}"), trail.one(f"SELECT {key} FROM {table} {where}")
    trail.spoil(f"UPDATE {table} SET wire = :wire WHERE {key} = :name", wire=swapped(wire), name=name)
    assert f"{name}: the object it speaks of was altered" in first_bad(trail)


@pytest.mark.parametrize("table", ["envelopes", "receipts"])
def test_what_travelled_and_was_taken_away_is_named(trail: Trail, table: str) -> None:
    key = "mid" if table == "envelopes" else "rid"
    name = trail.one(f"SELECT {key} FROM {table} LIMIT 1")
    trail.spoil(f"DELETE FROM {table} WHERE {key} = :name", name=name)
    assert f"{name}: the object it speaks of is gone" in first_bad(trail)


def test_an_envelope_cannot_be_altered_by_leaving_its_first_bytes_with_the_entry(trail: Trail) -> None:
    mid = trail.one("SELECT mid FROM envelopes WHERE direction = 'in' LIMIT 1")
    wire = trail.one(f"SELECT wire FROM envelopes WHERE mid = '{mid}'")
    altered = swapped(wire)
    trail.spoil("UPDATE leaves SET object = :wire WHERE ref = :mid AND kind = 'env.in'", wire=wire, mid=mid)
    trail.spoil("UPDATE envelopes SET wire = :altered WHERE mid = :mid", altered=altered, mid=mid)
    assert f"envelope {mid}" in first_bad(trail)


def test_a_receipt_cannot_be_altered_by_leaving_its_first_bytes_with_the_entry(trail: Trail) -> None:
    rid = trail.one("SELECT rid FROM receipts LIMIT 1")
    wire = trail.one(f"SELECT wire FROM receipts WHERE rid = '{rid}'")
    trail.spoil("UPDATE leaves SET object = :wire WHERE ref = :rid", wire=wire, rid=rid)
    trail.spoil("UPDATE receipts SET wire = :altered WHERE rid = :rid", altered=swapped(wire), rid=rid)
    assert f"receipt {rid}" in first_bad(trail)


def _copy(table: str, columns: dict[str, str], where: str) -> str:
    """A statement that puts a second row beside one that is there."""
    names = COLUMNS[table]
    values = ", ".join(columns.get(name, name) for name in names)
    return f"INSERT INTO {table} ({', '.join(names)}) SELECT {values} FROM {table} {where}"


COLUMNS = {
    "envelopes": ("sender", "mid", "recipient", "direction", "digest", "wire", "seq", "priority", "stage", "code",
                  "case_id", "stored_ms", "accepted_ms", "opened_ms"),
    "receipts": ("sender", "rid", "recipient", "direction", "mid", "env", "stage", "code", "wire", "at_ms",
                 "stored_ms"),
    "messages": ("mid", "case_id", "position", "leaf", "direction", "sender", "kind", "effect", "re", "facts",
                 "named_day", "iat_ms", "logged_ms", "statement_digest", "inner", "channel", "actor"),
}  # fmt: skip
STRANGER = "01a20a1b-cc37-703c-91a8-c6e909b60a5f"


def test_an_envelope_slipped_in_is_named(trail: Trail) -> None:
    mid = f"br:{STRANGER}"
    wire = retold(trail.one("SELECT wire FROM envelopes WHERE sender = 'br' LIMIT 1"), mid=mid)
    digest = hashlib.sha256(base64url.decode(strictjson.load(wire, 1 << 23)["payload"])).hexdigest()
    columns = {"mid": f"'{mid}'", "wire": ":wire", "digest": f"'{digest}'"}
    trail.spoil(_copy("envelopes", columns, "WHERE sender = 'br' LIMIT 1"), wire=wire)
    assert first_bad(trail) == f"envelope {mid}: stored without an entry in the trail"


def test_an_envelope_slipped_in_under_an_id_that_has_an_entry_is_named(trail: Trail) -> None:
    mid = trail.one("SELECT mid FROM envelopes WHERE sender = 'br' LIMIT 1")
    wire = retold(trail.one("SELECT wire FROM envelopes WHERE sender = 'br' LIMIT 1"), **{"from": "ke", "to": "xx"})
    digest = hashlib.sha256(base64url.decode(strictjson.load(wire, 1 << 23)["payload"])).hexdigest()
    columns = {"sender": "'ke'", "recipient": "'xx'", "wire": ":wire", "digest": f"'{digest}'"}
    trail.spoil(_copy("envelopes", columns, f"WHERE mid = '{mid}'"), wire=wire)
    assert first_bad(trail) == f"envelope {mid}: stored without an entry in the trail"


def test_a_receipt_slipped_in_is_named(trail: Trail) -> None:
    rid = f"br:{STRANGER}"
    wire = retold(trail.one("SELECT wire FROM receipts WHERE sender = 'br' LIMIT 1"), rid=rid, stage="opened")
    columns = {"rid": f"'{rid}'", "wire": ":wire", "env": "'x'"}
    trail.spoil(_copy("receipts", columns, "WHERE sender = 'br' LIMIT 1"), wire=wire)
    assert first_bad(trail) == f"receipt {rid}: stored without an entry in the trail"


def test_a_receipt_slipped_in_under_an_id_that_has_an_entry_is_named(trail: Trail) -> None:
    rid = trail.one("SELECT rid FROM receipts WHERE sender = 'br' LIMIT 1")
    columns = {"sender": "'ke'", "recipient": "'xx'"}
    trail.spoil(_copy("receipts", columns, f"WHERE rid = '{rid}'"))
    assert first_bad(trail) == f"receipt {rid}: stored without an entry in the trail"


def test_a_message_slipped_in_is_named(trail: Trail) -> None:
    columns = {"mid": f"'br:{STRANGER}'", "leaf": "99999", "position": "99"}
    trail.spoil(_copy("messages", columns, "LIMIT 1"))
    assert first_bad(trail) == f"message br:{STRANGER}: stored without an entry in the trail"


def test_a_message_slipped_in_on_the_entry_of_another_act_is_named(trail: Trail) -> None:
    free = trail.one("SELECT idx FROM leaves WHERE tree = 'private' AND kind = 'read' LIMIT 1")
    ref = trail.one(f"SELECT ref FROM leaves WHERE tree = 'private' AND idx = {free}")
    columns = {"mid": f"'{ref}'", "leaf": str(free), "position": "99"}
    trail.spoil(_copy("messages", columns, "LIMIT 1"))
    assert first_bad(trail).startswith(f"private:{free} read")


def test_a_message_at_rest_that_was_altered_is_named(trail: Trail) -> None:
    leaf = trail.one("SELECT leaf FROM messages LIMIT 1")
    trail.spoil(f"UPDATE messages SET inner = zeroblob(length(inner)) WHERE leaf = {leaf}")
    assert first_bad(trail).startswith(f"private:{leaf} op")


def test_a_message_at_rest_that_was_taken_away_is_named(trail: Trail) -> None:
    leaf = trail.one("SELECT leaf FROM messages LIMIT 1")
    trail.spoil(f"DELETE FROM messages WHERE leaf = {leaf}")
    assert first_bad(trail).startswith(f"private:{leaf} op")


@pytest.mark.parametrize(
    "column",
    [
        "kind = 'refusal'",
        "actor = 'eve'",
        "case_id = 'br.0'",
        "channel = 'letter'",
        "sender = 'ke'",
        "direction = 'x'",
        "re = ''",
        "facts = 'blocking'",
        "iat_ms = 1",
        "named_day = '2030-01-01'",
        "statement_digest = NULL",
    ],
)
def test_a_message_whose_columns_say_another_act_than_its_entry_is_named(trail: Trail, column: str) -> None:
    leaf = trail.one("SELECT leaf FROM messages WHERE kind = 'acknowledgement' LIMIT 1")
    trail.spoil(f"UPDATE messages SET {column} WHERE leaf = {leaf}")
    assert first_bad(trail).startswith(f"private:{leaf} op")


@pytest.mark.parametrize("change", ["object = x'7b7d'", "object = NULL", "salt = zeroblob(32)", "salt = NULL"])
def test_a_private_object_or_salt_that_was_altered_is_named(trail: Trail, change: str) -> None:
    trail.spoil(f"UPDATE leaves SET {change} WHERE tree = 'private' AND idx = 1")
    assert first_bad(trail).startswith("private:1 ")


@pytest.mark.parametrize("column", ["recipient = 'zz'", "seq = seq + 7", "digest = 'x'"])
def test_a_column_of_an_envelope_that_says_something_else_than_its_bytes_is_named(trail: Trail, column: str) -> None:
    mid = trail.one("SELECT mid FROM envelopes LIMIT 1")
    trail.spoil(f"UPDATE envelopes SET {column} WHERE mid = '{mid}'")
    assert mid in first_bad(trail)


@pytest.mark.parametrize("column", ["sender = 'zz'", f"mid = 'br:{STRANGER}'"])
def test_an_envelope_under_another_name_is_named(trail: Trail, column: str) -> None:
    mid = trail.one("SELECT mid FROM envelopes LIMIT 1")
    trail.spoil(f"UPDATE envelopes SET {column} WHERE mid = '{mid}'")
    assert mid in first_bad(trail)


@pytest.mark.parametrize(
    "column",
    ["sender = 'zz'", f"rid = 'br:{STRANGER}'", "recipient = 'zz'", "mid = 'x'", "env = 'x'", "stage = 'rejected'",
     "code = 'policy'", "at_ms = at_ms + 1"],
)  # fmt: skip
def test_a_column_of_a_receipt_that_says_something_else_than_its_bytes_is_named(trail: Trail, column: str) -> None:
    rid = trail.one("SELECT rid FROM receipts WHERE stage = 'opened' LIMIT 1")
    trail.spoil(f"UPDATE receipts SET {column} WHERE rid = '{rid}'")
    assert rid in first_bad(trail)


@pytest.mark.parametrize("table", ["envelopes", "receipts"])
def test_a_direction_that_was_turned_is_named(trail: Trail, table: str) -> None:
    key = "mid" if table == "envelopes" else "rid"
    name = trail.one(f"SELECT {key} FROM {table} WHERE direction = 'in' LIMIT 1")
    trail.spoil(f"UPDATE {table} SET direction = 'out' WHERE {key} = '{name}'")
    assert name in first_bad(trail)


def test_the_first_of_several_changes_is_named(trail: Trail) -> None:
    trail.spoil(*(f"UPDATE leaves SET at_ms = 1 WHERE tree = 'br' AND idx = {at}" for at in (5, 2, 7)))
    assert first_bad(trail).startswith("br:2 ")


def test_what_was_hashed_as_an_entry_is_its_canonical_form(trail: Trail) -> None:
    at_ms, kind, h, stored = (
        trail.one(f"SELECT {column} FROM leaves WHERE tree = 'br' AND idx = 0")
        for column in ("at_ms", "kind", "h", "hash")
    )
    assert leaf_bytes(at_ms, kind, h) == f'{{"h":"{h}","k":"{kind}","t":{at_ms},"v":1}}'.encode()
    assert merkle.leaf_hash(leaf_bytes(at_ms, kind, h)) == stored


@pytest.mark.parametrize("tree", ["private", "br"])
def test_an_entry_that_bears_the_name_of_another_thing_is_named(trail: Trail, tree: str) -> None:
    trail.spoil(f"UPDATE leaves SET ref = 'something else' WHERE tree = '{tree}' AND idx = 1")
    assert first_bad(trail).startswith(f"{tree}:1 ")


def test_no_entry_looks_through_all_objects_for_its_own(trail: Trail) -> None:
    with explained() as plans:
        assert trail.verify().ok
    lines = [line for plan in plans.values() for line in plan]
    joined = [line for line in lines if line.endswith("LEFT-JOIN")]
    by_leaf = [line for line in lines if "messages" in line and "leaf>?" in line]
    assert (len(joined), len(by_leaf)) == (2, 2)
    assert [line for line in [*joined, *by_leaf] if not line.startswith("SEARCH")] == []
