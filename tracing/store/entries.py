"""Entries and checkpoints of the audit trees, for those who may look at them. Reading only."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, select

from protocol import base64url, strictjson
from protocol.merkle import HASH_BYTES
from tracing.audit.checkpoints import LINK
from tracing.store import cursors
from tracing.store.cases import MOST_ITEMS, Page
from tracing.store.unit import View
from tracing.tables import Leaf, Tree, table_of

__all__ = ["EntryQuery", "all_trees", "list_entries", "tree_head"]

_leaves, _trees = map(table_of, (Leaf, Tree))


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Which entries of one tree."""

    tree: str
    kind: str | None = None
    ref: str | None = None
    cursor: str | None = None
    limit: int = 50


def list_entries(view: View, query: EntryQuery) -> Page:
    """The newest entry first. Raises CursorInvalid."""
    limit = max(1, min(query.limit, MOST_ITEMS))
    wanted = [_leaves.c.tree == query.tree]
    wanted += [_leaves.c[name] == value for name in ("kind", "ref") if (value := getattr(query, name)) is not None]
    if query.cursor is not None:
        wanted.append(_leaves.c.idx < cursors.decode(query.cursor, int)[0])
    rows = view.conn.execute(select(_leaves).where(*wanted).order_by(_leaves.c.idx.desc()).limit(limit + 1)).all()
    return Page(
        [_entry(row) for row in rows[:limit]], cursors.encode(rows[limit - 1].idx) if len(rows) > limit else None
    )


def _entry(row: Row[Any]) -> dict[str, Any]:
    salt, what = _link(row) if row.kind == LINK else (row.salt, row.object)
    return {
        "tree": row.tree,
        "index": row.idx,
        "at_ms": row.at_ms,
        "kind": row.kind,
        "ref": row.ref,
        "h": row.h,
        "hash": row.hash.hex(),
        "salt": base64url.encode(salt) if salt is not None else None,
        "object": what.decode("utf-8") if what is not None else None,
    }


def _link(row: Row[Any]) -> tuple[bytes, bytes]:
    """The salt and the head of the private tree that a counterpart's tree keeps: bytes, shown in hex."""
    return row.object[:-HASH_BYTES], strictjson.dump({"root": row.object[-HASH_BYTES:].hex()})


def tree_head(view: View, tree: str) -> dict[str, Any] | None:
    """The size of a tree and its newest signed checkpoint."""
    row = view.conn.execute(select(_trees).where(_trees.c.name == tree)).first()
    if row is None:
        return None
    return {
        "tree": row.name,
        "origin": row.origin,
        "size": row.size,
        "checkpoint": row.checkpoint,
        "checkpoint_size": row.checkpoint_size,
        "checkpoint_ms": row.checkpoint_ms,
    }


def all_trees(view: View) -> list[str]:
    """The names of the trees: ``private`` and one for each counterpart on a node."""
    return list(view.conn.execute(select(_trees.c.name).order_by(_trees.c.name)).scalars())
