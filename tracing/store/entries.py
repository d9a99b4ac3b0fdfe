"""Entries and checkpoints of the audit trees, for those who may look at them. Reading only."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, Row, false, func, or_, select

from protocol import base64url, strictjson
from protocol.merkle import HASH_BYTES
from tracing.audit import marks
from tracing.audit.checkpoints import LINK
from tracing.audit.trees import PRIVATE
from tracing.store import cursors
from tracing.store.cases import MOST_ITEMS, Page
from tracing.store.unit import View
from tracing.tables import Leaf, LeafDays, LeafMark, Message, Receipt, Tree, table_of

__all__ = ["EntryQuery", "all_trees", "list_entries", "tree_head"]

_leaves, _trees, _marks, _days, _messages, _receipts = map(table_of, (Leaf, Tree, LeafMark, LeafDays, Message, Receipt))
_others = _marks.alias("others")
MOST_COUNTED: Final = 5000  # entries with one mark, to say which leads


@dataclass(frozen=True, slots=True)
class EntryQuery:
    """Which entries of one tree. ``since_ms`` is in, ``until_ms`` is not; ``counterpart`` is of the private tree.

    ``below``: entries before this one only.
    """

    tree: str
    kind: str | None = None
    ref: str | None = None
    cursor: str | None = None
    limit: int = 50
    case: str | None = None
    who: str | None = None
    act: str | None = None
    counterpart: str | None = None
    since_ms: int | None = None
    until_ms: int | None = None
    below: int | None = None

    @property
    def marks(self) -> list[str]:
        """What the entries must be marked with, where the tree has marks."""
        asked = {"case": self.case, "act": self.act, "who": self.who, "with": self.counterpart, "kind": self.kind}
        return [marks.mark(what, name) for what, name in asked.items() if name is not None]

    @property
    def needs_marks(self) -> bool:
        """Whether entries without marks cannot be found by it."""
        dated = self.since_ms is not None or self.until_ms is not None
        return dated or (self.tree == PRIVATE and bool(self.marks))


def list_entries(view: View, query: EntryQuery) -> Page:
    """The newest entry first. Raises CursorInvalid."""
    limit = max(1, min(query.limit, MOST_ITEMS))
    below = min(
        (at for at in (query.below, cursors.decode(query.cursor, int)[0] if query.cursor else None) if at is not None),
        default=None,
    )
    marked = _by_rarity(view, query.marks) if query.tree == PRIVATE else []
    idx = _marks.c.idx if marked else _leaves.c.idx
    asked = select(_leaves).where(_leaves.c.tree == query.tree, *_within(view, query, idx))
    if below is not None:
        asked = asked.where(idx < below)
    if marked:
        asked = asked.join(_marks, _leaves.c.idx == _marks.c.idx).where(_marks.c.mark == marked[0])
        asked = asked.where(*(_is_marked(one) for one in marked[1:]))
    elif query.tree != PRIVATE:
        asked = asked.where(*_of_counterpart(query))
    rows = view.conn.execute(asked.order_by(idx.desc()).limit(limit + 1)).all()
    return Page(
        [_entry(row) for row in rows[:limit]], cursors.encode(rows[limit - 1].idx) if len(rows) > limit else None
    )


def _by_rarity(view: View, asked: list[str]) -> list[str]:
    """The mark that fewest entries have leads; those many have are as good as each other."""

    def few(one: str) -> int:
        some = select(_marks.c.idx).where(_marks.c.mark == one).limit(MOST_COUNTED).subquery()
        return int(view.conn.execute(select(func.count()).select_from(some)).scalar_one())

    return sorted(asked, key=few) if len(asked) > 1 else asked


def _is_marked(one: str) -> ColumnElement[bool]:
    return select(_others.c.idx).where(_others.c.mark == one, _others.c.idx == _marks.c.idx).exists()


def _within(view: View, query: EntryQuery, idx: ColumnElement[int]) -> list[ColumnElement[bool]]:
    """What the entry is about, and when it was made: the days say between which entries to look."""
    wanted = [] if query.ref is None else [_leaves.c.ref == query.ref]
    if query.since_ms is None and query.until_ms is None:
        return wanted
    days = select(func.min(_days.c.first), func.max(_days.c.last)).where(_days.c.tree == query.tree)
    if query.since_ms is not None:
        wanted.append(_leaves.c.at_ms >= query.since_ms)
        days = days.where(_days.c.day >= query.since_ms // marks.DAY_MS)
    if query.until_ms is not None:
        wanted.append(_leaves.c.at_ms < query.until_ms)
        days = days.where(_days.c.day <= query.until_ms // marks.DAY_MS)
    first, last = view.conn.execute(days).one()
    return [*wanted, idx >= first, idx <= last] if first is not None else [false()]


def _of_counterpart(query: EntryQuery) -> list[ColumnElement[bool]]:
    """A counterpart's tree holds digests: of a case are the envelopes of what was said in it, and their receipts."""
    wanted = [] if query.kind is None else [_leaves.c.kind == query.kind]
    if query.case is not None:
        mids = select(_messages.c.mid).where(_messages.c.case_id == query.case)
        receipts = select(_receipts.c.rid).where(_receipts.c.mid.in_(mids))
        wanted.append(or_(_leaves.c.ref.in_(mids), _leaves.c.ref.in_(receipts)))
    return [false()] if query.who or query.act else wanted


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
