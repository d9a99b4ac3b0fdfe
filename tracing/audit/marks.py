"""Marks: by what entries are found without looking through all of them: who, which act, which case, which counterpart.

Rules
- Marks follow from entries and prove nothing. They are made after the fact, some entries at a time, so that no act
  waits for them; ``verify`` holds those that are there against the entries, so that none is taken away to hide one.
- Entries of the private tree have marks. Of a counterpart's tree only the days are kept: its entries are digests.
- Days (UTC) say between which entries those of a day stand, also where the clock went back.

    case:br.0198...   act:answer   who:ada   kind:read   with:at
"""

import asyncio
import hashlib
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Final

import structlog
from sqlalchemy import delete, func, literal_column, select

from protocol.names import CaseId, DossierId, MatterId
from tracing.audit.trees import PRIVATE, note, read_head
from tracing.store import AnyRow, Store, StoreUnavailable, Tx, View
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Case, Leaf, LeafDays, LeafMark, LeavesMarked, Tree, table_of

__all__ = ["DAY_MS", "EVERYTHING", "Marking", "catch_up", "first_wrong", "mark", "mark_anew", "mark_some", "unmarked"]

DAY_MS: Final = 86_400_000
STEP: Final = 500  # entries in one transaction: some tens of milliseconds of the writer
MOST_AT_ONCE: Final = 20_000  # while somebody waits for a page
EVERYTHING: Final = 1 << 53
SOONEST_S, LONGEST_S = 60.0, 3600.0  # between two looks; a page that asks for marks looks by itself
LONGEST: Final = 200  # characters of a mark; a name that is longer is not one
_BITS: Final = 1 << 256
_OF_WORK = re.compile("|".join(f"(?:{kind.FORM.pattern})" for kind in (CaseId, DossierId, MatterId)))
_leaves, _marks, _days, _marked, _trees, _cases = map(table_of, (Leaf, LeafMark, LeafDays, LeavesMarked, Tree, Case))
_DAY = _leaves.c.at_ms // literal_column(str(DAY_MS))  # spelt out: to a server two parameters are two expressions


def mark(what: str, name: str) -> str:
    """The mark of a name: ``mark("who", "ada")``."""
    return f"{what}:{name}"[:LONGEST]


def unmarked(view: View, tree: str) -> int:
    """How many entries of a tree have no marks yet. KeyError where there is no such tree."""
    return read_head(view, tree).range.size - _size(view, tree)


def mark_some(tx: Tx, tree: str, most: int = STEP) -> int:
    """Mark the next entries; how many were. What this very transaction appends comes with the next."""
    size = _size(tx, tree)
    rows = tx.conn.execute(
        select(_leaves.c.idx, _leaves.c.at_ms, _leaves.c.kind, _leaves.c.ref, _leaves.c.object)
        .where(_leaves.c.tree == tree, _leaves.c.idx >= size)
        .order_by(_leaves.c.idx)
        .limit(most)
    ).all()
    if not rows:
        return 0
    if tree == PRIVATE:
        made = [{"mark": one, "idx": idx} for idx, one in _marks_of(rows, _counterparts(tx, rows))]
        tx.conn.execute(insert(_marks).on_conflict_do_nothing(), made)
    _keep_days(tx, tree, rows)
    upto = {"tree": tree, "size": rows[-1].idx + 1}
    tx.conn.execute(insert(_marked).values(upto).on_conflict_do_update(index_elements=["tree"], set_=upto))
    return len(rows)


async def catch_up(store: Store, tree: str, most: int = MOST_AT_ONCE) -> int:
    """Mark what has no marks, up to ``most`` entries; how many are left. KeyError where there is no such tree."""
    left = await store.read(lambda view: unmarked(view, tree))
    while left > 0 and most > 0:
        done = await store.write(lambda tx: mark_some(tx, tree))
        left, most = left - done, most - STEP
        if not done:
            break
    return max(left, 0)


def mark_anew(tx: Tx, actor: str) -> None:
    """Take all marks away, so that they are made from the entries again; an entry says so."""
    for table in (_marks, _days, _marked):
        tx.conn.execute(delete(table))
    note(tx, "op", "marks", {"act": "mark-anew", "actor": actor})


class Marking:
    """The duty: entries of all trees get their marks, beside the work; looked for less and less while none come."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def run(self) -> None:
        """For ever; ends by cancellation."""
        rest_s = SOONEST_S
        while True:
            try:
                grown = await self._store.read(_grown)
                for tree in grown:
                    await catch_up(self._store, tree, EVERYTHING)
                rest_s = SOONEST_S if grown else min(2 * rest_s, LONGEST_S)
            except StoreUnavailable as error:
                structlog.get_logger().warning("audit.marked_later", reason=str(error))
            await asyncio.sleep(rest_s)


_GROWN: Final = Spelt(
    select(_trees.c.name)
    .outerjoin(_marked, _marked.c.tree == _trees.c.name)
    .where(_trees.c.size > func.coalesce(_marked.c.size, literal_column("0")))
    .order_by(_trees.c.name)
)


def _grown(view: View) -> list[str]:
    """The trees with entries that have no marks yet."""
    return [row.name for row in _GROWN.rows(view.conn, {})]


def _size(view: View, tree: str) -> int:
    return int(view.conn.execute(select(_marked.c.size).where(_marked.c.tree == tree)).scalar() or 0)


# ---------------------------------------------------------------- what an entry is found by


def _marks_of(rows: Iterable[AnyRow], with_whom: Mapping[str, str]) -> Iterator[tuple[int, str]]:
    """The marks of some entries of the private tree; ``with_whom``: the counterparts of cases."""
    for row in rows:
        what = _object(row.object)
        cases = _cases_of(row.ref, what)
        names = {mark("kind", row.kind)} | {mark("case", each) for each in cases}
        for member, kind in (("actor", "who"), ("act", "act"), ("what", "act")):
            if isinstance(name := what.get(member), str) and name:
                names.add(mark(kind, name.partition(" ")[0] if name.startswith("attachment ") else name))
        others = {with_whom[each] for each in cases if each in with_whom}
        others |= {what[name] for name in ("counterpart", "authority") if isinstance(what.get(name), str)}
        yield from ((row.idx, one) for one in sorted(names | {mark("with", each) for each in others}))


def _object(blob: bytes | None) -> dict[str, Any]:
    """What an entry says; nothing where it was spoiled: ``verify`` names that one."""
    try:
        said = json.loads(blob or b"{}")
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


def _cases_of(ref: str, what: dict[str, Any]) -> set[str]:
    """The cases, dossiers and matters that an entry names."""
    named = [ref, what.get("case"), what.get("dossier"), *_listed(what.get("cases"))]
    return {each for each in named if isinstance(each, str) and _OF_WORK.fullmatch(each)}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else []


def _counterparts(view: View, rows: Iterable[AnyRow]) -> dict[str, str]:
    """With whom the cases are that these entries name, where they are here."""
    found: dict[str, str] = {}
    names = sorted({each for row in rows for each in _cases_of(row.ref, _object(row.object))})
    for at in range(0, len(names), STEP):
        query = select(_cases.c.id, _cases.c.counterpart).where(_cases.c.id.in_(names[at : at + STEP]))
        found |= {row.id: row.counterpart for row in view.conn.execute(query)}
    return found


def _keep_days(tx: Tx, tree: str, rows: Iterable[AnyRow]) -> None:
    """Widen the days these entries are of."""
    bounds: dict[int, tuple[int, int]] = {}
    for row in rows:
        first, last = bounds.get(day := row.at_ms // DAY_MS, (row.idx, row.idx))
        bounds[day] = (min(first, row.idx), max(last, row.idx))
    for day, (first, last) in bounds.items():
        new = insert(_days).values(tree=tree, day=day, first=first, last=last)
        tx.conn.execute(new.on_conflict_do_update(index_elements=["tree", "day"], set_={"last": last}))


# ---------------------------------------------------------------- marks against entries


def first_wrong(view: View) -> str | None:
    """In words, why the marks do not follow from the entries; None where they do.

    Sums of digests are compared, which need no order: memory stays bounded, and no mark can go or come unseen. With
    whom an entry has to do is left out: it follows from cases, which may come after the entry.
    """
    size = _size(view, PRIVATE)
    expected = there = 0
    for rows in _some_leaves(view, size):
        for idx, one in _marks_of(rows, {}):
            expected = (expected + _digest(idx, one)) % _BITS
    held = select(_marks.c.idx, _marks.c.mark)
    for row in view.conn.execution_options(yield_per=STEP).execute(held):
        there = (there + _digest(row.idx, row.mark)) % _BITS
    if expected != there:
        return (
            f"{PRIVATE}: the marks by which its entries are found do not follow from them: somebody took some away, or"
            " added some; tracing audit mark-anew makes them from the entries"
        )
    return _first_wrong_day(view)


def _first_wrong_day(view: View) -> str | None:
    for tree, size in view.conn.execute(select(_marked.c.tree, _marked.c.size)).all():
        query = (
            select(_DAY, func.min(_leaves.c.idx), func.max(_leaves.c.idx))
            .where(_leaves.c.tree == tree, _leaves.c.idx < size)
            .group_by(_DAY)
        )
        kept = select(_days.c.day, _days.c.first, _days.c.last).where(_days.c.tree == tree)
        if {tuple(row) for row in view.conn.execute(query)} != {tuple(row) for row in view.conn.execute(kept)}:
            return f"{tree}: the days by which its entries are found do not follow from them: tracing audit mark-anew"
    return None


def _some_leaves(view: View, size: int) -> Iterator[list[AnyRow]]:
    for at in range(0, size, STEP):
        query = select(_leaves.c.idx, _leaves.c.kind, _leaves.c.ref, _leaves.c.object)
        inside = (_leaves.c.tree == PRIVATE, _leaves.c.idx >= at, _leaves.c.idx < min(at + STEP, size))
        yield list(view.conn.execute(query.where(*inside)))


def _digest(idx: int, one: str) -> int:
    if one.startswith(mark("with", "")):
        return 0
    return int.from_bytes(hashlib.sha256(f"{idx} {one}".encode()).digest())
