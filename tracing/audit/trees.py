"""Append-only RFC 6962 trees, one per counterpart and one private to this State.

Rules
- A leaf is appended in the transaction that makes it so; the head of a tree is read inside that transaction.
- A counterpart's tree holds what passed between the two (``env.out``, ``env.in``, ``rcpt.out``, ``rcpt.in``), unsalted:
  the counterpart can check every leaf. What officers do and read (``op``, ``read``, ``cfg``, ``key``) is salted and
  stands in the private tree only, so that nobody else learns of it.
- Once a day the head of each tree is a leaf of the private one, and the private head a leaf of every other
  (``checkpoints.link_heads``): no part of the history can be rewritten alone.

    audit.append(tx, "at", "env.out", ref=mid, h=sha256(wire))
    audit.note(tx, "read", ref=case_id, what={"actor": "ada", "case": case_id})
"""

import hashlib
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from json.encoder import encode_basestring as quoted  # as ``strictjson`` writes it
from typing import Any

from sqlalchemy import Connection, bindparam, insert, select, update

from protocol import merkle, strictjson
from tracing.store import Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Leaf, Tree, TreeTile, table_of

__all__ = [
    "PRIVATE",
    "Head",
    "Subtrees",
    "TreeBroken",
    "append",
    "begin_anew",
    "frontier",
    "hashes_of",
    "head",
    "leaf_bytes",
    "note",
    "open_tree",
    "origin_of",
    "read_head",
    "recompute",
    "rename_tree",
]

PRIVATE = "private"
TILE = 256  # leaves under a stored subtree root, and roots under one of the next level
HALF = 16  # under a root between two levels: where these are, a proof reads a few dozen hashes, else some hundred
SALT_BYTES = 32
HASH_BYTES = 32
ANEW = "log.anew"

_leaves = table_of(Leaf)
_trees = table_of(Tree)
_tiles = table_of(TreeTile)

_ADD_LEAF = Spelt(insert(_leaves))
_HEAD = Spelt(select(_trees.c.origin, _trees.c.size, _trees.c.peaks).where(_trees.c.name == bindparam("tree")))
_MOVE_HEAD = Spelt(
    update(_trees).where(_trees.c.name == bindparam("tree")).values(size=bindparam("leaves"), peaks=bindparam("hashes"))
)
_LEAF_HASHES = Spelt(
    select(_leaves.c.idx, _leaves.c.hash)
    .where(_leaves.c.tree == bindparam("tree"))
    .where(_leaves.c.idx >= bindparam("from"), _leaves.c.idx < bindparam("until"))
    .order_by(_leaves.c.idx)
)
_ADD_TILE = Spelt(insert(_tiles))
_TILE_HASHES = Spelt(
    select(_tiles.c.idx, _tiles.c.hash)
    .where(_tiles.c.tree == bindparam("tree"), _tiles.c.level == bindparam("height"))
    .where(_tiles.c.idx >= bindparam("from"), _tiles.c.idx < bindparam("until"))
    .order_by(_tiles.c.idx)
)


class TreeBroken(ValueError):
    """The rows of a tree are not all there, or its head has no form: somebody changed the database behind the node."""


@dataclass(frozen=True, slots=True)
class Head:
    """The state of one tree inside a transaction."""

    origin: str
    range: merkle.CompactRange


def origin_of(net: str, authority: str, tree: str) -> str:
    """The name of a log in its checkpoints: ``itx.real/br/at`` is the tree br keeps of its exchange with at."""
    return f"itx.{net}/{authority}/{tree}"


def open_tree(tx: Tx, name: str, origin: str) -> None:
    """Begin a tree; ``origin`` names the log in its checkpoints."""
    tx.conn.execute(insert(_trees).values(name=name, origin=origin, size=0, peaks=b"", checkpoint_size=0))


def rename_tree(tx: Tx, name: str, origin: str) -> None:
    """Give a tree another origin before its first checkpoint. ValueError afterwards: a log never changes its name."""
    row = tx.conn.execute(select(_trees.c.origin, _trees.c.checkpoint).where(_trees.c.name == name)).one()
    if row.origin == origin:
        return
    if row.checkpoint is not None:
        raise ValueError(f"{name} was signed as {row.origin} already")
    tx.conn.execute(update(_trees).where(_trees.c.name == name).values(origin=origin))
    tx.carry.pop(("tree", name), None)


def begin_anew(tx: Tx, name: str, why: dict[str, Any]) -> str:
    """Give a tree that fell behind what it had shown a new name; the new one. The former log is never signed again.

    The new log takes over the entries that are here. Its next one commits to where they ended, to the last checkpoint
    of the former log, and to ``why``. Its number is the moment: a home and its copy that both begin anew have two logs.
    """
    row = tx.conn.execute(select(_trees.c.origin, _trees.c.checkpoint).where(_trees.c.name == name)).one()
    here = head(tx, name).range
    stem, _, number = row.origin.partition("~")
    origin = f"{stem}~{max(int(number or 1) + 1, tx.now_ms)}"
    blank = {"checkpoint": None, "checkpoint_size": 0, "checkpoint_ms": None}
    tx.conn.execute(update(_trees).where(_trees.c.name == name).values(origin=origin, **blank))
    tx.carry["tree", name] = Head(origin, here)
    former = {"origin": row.origin, "size": here.size, "root": here.root().hex(), "checkpoint": row.checkpoint}
    said = {"act": "anew", "origin": origin, "former": former} | why
    if name == PRIVATE:
        note(tx, "op", ANEW, said)
    else:
        statement = strictjson.dump({"v": 1} | said)
        append(tx, name, ANEW, origin, h=hashlib.sha256(statement).hexdigest(), what=statement)
    return origin


def leaf_bytes(at_ms: int, kind: str, h: str) -> bytes:
    """What is hashed as a leaf: canonical {v, t, k, h}. ValueError where such a time cannot travel.

    Written out, since there are millions; a test holds it to what ``strictjson`` writes.
    """
    if type(at_ms) is not int or not -strictjson.MAX_INTEGER <= at_ms <= strictjson.MAX_INTEGER:
        raise ValueError("a leaf has a time in whole milliseconds, within 2^53-1")
    return f'{{"h":{quoted(h)},"k":{quoted(kind)},"t":{at_ms},"v":1}}'.encode()


def append(
    tx: Tx, tree: str, kind: str, ref: str, *, h: str, salt: bytes | None = None, what: bytes | None = None
) -> int:
    """Append one leaf to ``tree`` and return its index. ``h`` is the hex SHA-256 of the (salted) object."""
    before = head(tx, tree)
    index = before.range.size
    leaf_hash = merkle.leaf_hash(leaf_bytes(tx.now_ms, kind, h))
    row = {"tree": tree, "idx": index, "at_ms": tx.now_ms, "kind": kind, "ref": ref, "h": h, "hash": leaf_hash}
    _ADD_LEAF.run(tx.conn, row | {"salt": salt, "object": what})
    tx.carry["tree", tree] = Head(before.origin, before.range.append(leaf_hash))
    tx.at_commit(("tree", tree), _write_head(tree))
    if (index + 1) % HALF == 0:
        _store_tiles(tx.conn, tree, before.range, leaf_hash)
    return index


def note(tx: Tx, kind: str, ref: str, what: dict[str, Any]) -> int:
    """Append a salted leaf to the private tree: an act, a read, a change of keys or configuration."""
    salt = tx.ids.random_bytes(SALT_BYTES)
    document = strictjson.dump(what | {"ref": ref})
    return append(tx, PRIVATE, kind, ref, h=hashlib.sha256(salt + document).hexdigest(), salt=salt, what=document)


def head(tx: Tx, tree: str) -> Head:
    """The head as this transaction sees it, whoever else wrote before."""
    carried: Head | None = tx.carry.get(("tree", tree))
    if carried is None:
        carried = read_head(tx, tree)
        tx.carry["tree", tree] = carried
    return carried


def read_head(view: View, tree: str) -> Head:
    """The stored head of ``tree``. KeyError if there is no such tree, TreeBroken if its head has no form."""
    row = _HEAD.first(view.conn, {"tree": tree})
    if row is None:
        raise KeyError(tree)
    if len(row.peaks) % HASH_BYTES:
        raise TreeBroken(f"{tree}: expected peaks of {HASH_BYTES} bytes each")
    peaks = tuple(row.peaks[at : at + HASH_BYTES] for at in range(0, len(row.peaks), HASH_BYTES))
    try:
        return Head(row.origin, merkle.CompactRange(row.size, peaks))
    except ValueError as error:
        raise TreeBroken(f"{tree}: {error}") from error


def _write_head(tree: str) -> Callable[[Connection, dict[Hashable, Any]], None]:
    def flush(conn: Connection, carry: dict[Hashable, Any]) -> None:
        now: Head = carry["tree", tree]
        _MOVE_HEAD.run(conn, {"tree": tree, "leaves": now.range.size, "hashes": b"".join(now.range.peaks)})

    return flush


def _store_tiles(conn: Connection, tree: str, before: merkle.CompactRange, leaf: bytes) -> None:
    """The subtrees of 16, 256, 4,096, ... leaves that become complete with this leaf."""
    value, width = leaf, 1
    for peak in reversed(before.peaks):
        if not before.size & width:
            return
        value, width = merkle.node_hash(peak, value), width * 2
        steps, between = divmod(width.bit_length() - 1, HALF.bit_length() - 1)
        if not between:
            _ADD_TILE.run(conn, {"tree": tree, "level": _level(steps), "idx": before.size // width, "hash": value})


def _level(steps: int) -> int:
    """Where roots over 16**steps leaves are kept: 256**n under n, and 16 * 256**n under -(n + 1)."""
    whole, half = divmod(steps, 2)
    return -(whole + 1) if half else whole


def recompute(view: View, tree: str, size: int) -> bytes:
    """The root over the first ``size`` stored leaves, from the rows rather than from the head that is kept."""
    return frontier(view, tree, size).root()


def frontier(view: View, tree: str, size: int) -> merkle.CompactRange:
    """The tree of the first ``size`` stored leaves, from leaves and tiles. TreeBroken if some are not there."""
    if size < 0:
        raise TreeBroken(f"{tree}: no tree has {size} entries")
    peaks, first, subtree = [], 0, Subtrees(view, tree)
    for bit in reversed(range(HALF.bit_length() - 1, size.bit_length())):
        if size >> bit & 1:
            peaks.append(subtree(first, 1 << bit))
            first += 1 << bit
    whole = merkle.CompactRange(first, tuple(peaks))
    return whole.extend(_leaf_hashes(view.conn, tree, first, size - first)) if size > first else whole


@dataclass(slots=True)
class Subtrees:
    """The roots of complete subtrees of one tree, from tiles where they exist; a ``merkle.HashOfSubtree``.

    A proof asks for many small ones side by side: their hashes are read once. To be used in one look at the database.
    """

    view: View
    tree: str
    _rows: dict[tuple[int, int], list[bytes]] = field(default_factory=dict)

    def __call__(self, first: int, count: int) -> bytes:
        """The root of ``count`` (a power of two) leaves from ``first`` (a multiple of it). TreeBroken."""
        steps = (count.bit_length() - 1) // (HALF.bit_length() - 1)
        row, at = divmod(first // HALF**steps, HALF)
        wide = count // HALF**steps
        return merkle.complete_root(_all(self.tree, self._row(steps, row, at + wide)[at : at + wide], wide))

    def _row(self, steps: int, row: int, least: int) -> list[bytes]:
        """Up to 16 neighbours, the first ``least`` of them if they are there."""
        found = self._rows.get((steps, row))
        if found is None:
            found = self._rows[steps, row] = self._read(_level(steps), row * HALF, HALF)
        if len(found) < least and _level(steps) < 0:  # an older version of the program kept none between two levels
            below = self._read(_level(steps - 1), row * TILE, TILE)
            whole = range(0, len(below) - len(below) % HALF, HALF)
            found = self._rows[steps, row] = [merkle.complete_root(below[at : at + HALF]) for at in whole]
        return found

    def _read(self, level: int, first: int, count: int) -> list[bytes]:
        """Neighbours from the first to the last before one is missing."""
        wanted = {"tree": self.tree, "from": first, "until": first + count}
        spelt, wanted = (_TILE_HASHES, wanted | {"height": level}) if level else (_LEAF_HASHES, wanted)
        found = spelt.rows(self.view.conn, wanted)
        while found and found[-1].idx != first + len(found) - 1:
            found.pop()  # what follows a gap
        return [one.hash for one in found]


def hashes_of(view: View, tree: str, first: int, count: int) -> list[bytes]:
    """The hashes of ``count`` leaves from ``first``. TreeBroken if some are not there."""
    return _leaf_hashes(view.conn, tree, first, count)


def _leaf_hashes(conn: Connection, tree: str, first: int, count: int) -> list[bytes]:
    wanted = {"tree": tree, "from": first, "until": first + count}
    return _all(tree, [row.hash for row in _LEAF_HASHES.rows(conn, wanted)], count)


def _all(tree: str, hashes: list[bytes], count: int) -> list[bytes]:
    if len(hashes) != count:
        raise TreeBroken(f"{tree}: {count} entries or tiles side by side should be here, {len(hashes)} are")
    return hashes
