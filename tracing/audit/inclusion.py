"""Where an object stands in a tree: the entry with its path to a signed head, a cosigned one where that covers it."""

from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256

from sqlalchemy import bindparam, func, select

from protocol import merkle
from tracing.audit.trees import Subtrees
from tracing.store import View
from tracing.store.spelt import Spelt
from tracing.tables import Cosigned, Leaf, Tree, table_of

__all__ = ["Entered", "Promised", "find_entry", "promised"]

_cosigned, _leaves, _trees = map(table_of, (Cosigned, Leaf, Tree))
_PROMISE = Spelt(
    select(_trees.c.origin, _trees.c.checkpoint, _trees.c.checkpoint_size).where(_trees.c.name == bindparam("tree"))
)
_SEEN = Spelt(
    select(_cosigned.c.size, _cosigned.c.note)
    .where(_cosigned.c.witness == bindparam("tree"), _cosigned.c.origin == bindparam("log"))
    .order_by(_cosigned.c.size.desc())
    .limit(1)
)
_NAMED = Spelt(
    select(_leaves.c.idx, _leaves.c.at_ms, _leaves.c.kind)
    .where(
        _leaves.c.ref == bindparam("ref"), _leaves.c.tree == bindparam("tree"), _leaves.c.kind == bindparam("kind"),
        _leaves.c.h == bindparam("h"), _leaves.c.idx < bindparam("size"),
    )
    .order_by(_leaves.c.idx)
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Promised:
    """The newest signed head of a tree: its name, how many entries it covers, the note."""

    tree: str
    origin: str
    size: int
    note: str


@dataclass(frozen=True, slots=True)
class Entered:
    """One entry, and the hashes that lead from it to the root of the signed head."""

    at_ms: int
    kind: str
    index: int
    path: tuple[bytes, ...]


def promised(view: View, tree: str, refs: Collection[str]) -> Promised | None:
    """The newest signed head of a tree, cosigned if that covers what bears these names. None where none was signed."""
    row = _PROMISE.first(view.conn, {"tree": tree})
    if row is None or row.checkpoint is None:
        return None
    newest = Promised(tree, row.origin, row.checkpoint_size, row.checkpoint)
    seen = _SEEN.first(view.conn, {"tree": tree, "log": row.origin})
    covers = _leaves.c.tree == tree, _leaves.c.ref.in_(refs), _leaves.c.idx < newest.size
    last = view.conn.execute(select(func.max(_leaves.c.idx)).where(*covers)).scalar()
    return Promised(tree, row.origin, seen.size, seen.note) if seen and seen.size > (last or 0) else newest


def find_entry(view: View, under: Promised, kind: str, ref: str, wire: bytes) -> Entered | None:
    """The entry of this very object under a signed head; None where it is newer than that. TreeBroken."""
    wanted = {"ref": ref, "tree": under.tree, "kind": kind, "h": sha256(wire).hexdigest(), "size": under.size}
    row = _NAMED.first(view.conn, wanted)
    if row is None:
        return None
    path = merkle.inclusion_proof(row.idx, under.size, Subtrees(view, under.tree))
    return Entered(row.at_ms, row.kind, row.idx, tuple(path))
