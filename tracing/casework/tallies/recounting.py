"""Counting from the cases themselves: what was never counted, and whether the tallies hold.

Cases are read in the order of their ids, some at a time; nothing is kept of them but the sums.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence

import structlog
from sqlalchemy import literal_column, select, update

from tracing.casework.tallies.counting import Mark, counted, marks
from tracing.casework.tallies.keeping import LIMITS, add, drop_all, remember
from tracing.casework.thread import cases, envelopes, messages
from tracing.store import AnyRow, Store, Tx, View
from tracing.tables import Deadline, Tally, table_of
from tracing.tables.deadlines import is_duty

__all__ = ["count_all_missing", "count_missing", "first_difference", "forget"]

AT_ONCE = 500
_deadlines, _tallies = table_of(Deadline), table_of(Tally)
_OF_CASES = tuple(
    cases.c[name] for name in ("id", "counterpart", "direction", "state", "opened_ms", "requested_ms", "counted")
)
_SAID = select(
    messages.c.case_id, messages.c.kind, messages.c.facts, messages.c.channel, messages.c.direction, messages.c.iat_ms,
    messages.c.logged_ms, envelopes.c.accepted_ms,
).outerjoin(envelopes, (envelopes.c.sender == messages.c.sender) & (envelopes.c.mid == messages.c.mid))  # fmt: skip
_IS_MISSING = cases.c.counted.is_(None)


def count_all_missing(store: Store) -> int:
    """Count what no tally knows: after a migration that changed what is counted. Returns how many cases it was."""
    if not store.read_now(_has_missing):
        return 0
    structlog.get_logger().info("ledger.counting")
    return sum(iter(lambda: store.write_now(count_missing), 0))


def _has_missing(view: View) -> bool:
    return view.conn.execute(select(cases.c.id).where(_IS_MISSING).limit(1)).first() is not None


def count_missing(tx: Tx) -> int:
    """Count some of the cases that no tally knows yet; returns how many, 0 when all are counted."""
    rows = tx.conn.execute(select(*_OF_CASES).where(_IS_MISSING).order_by(cases.c.id).limit(AT_ONCE)).all()
    sums: defaultdict[tuple[str, str], Counter[Mark]] = defaultdict(Counter)
    for row, words in _counted(tx, rows):
        sums[row.counterpart, row.direction].update(marks(words))
        remember(tx, row.id, words)
    for (counterpart, direction), sum_ in sums.items():
        add(tx, counterpart, direction, sum_)
    return len(rows)


def forget(tx: Tx) -> None:
    """Take all tallies away; ``count_missing`` then counts every case anew."""
    drop_all(tx)
    tx.conn.execute(update(cases).values(counted=None))


def first_difference(view: View) -> str | None:
    """Recount every case; the first that is remembered otherwise, or the first tally that is not the sum."""
    sums: Counter[tuple[str, str, Mark]] = Counter()
    for row, words in _every(view):
        if row.counted != words:
            return f"case {row.id} counts as {words!r}, and {row.counted!r} is kept"
        sums.update((row.counterpart, row.direction, mark) for mark in marks(words))
    kept = {
        (row.counterpart, row.direction, Mark(row.level, row.what, row.place, row.year)): row.n
        for row in view.conn.execute(select(_tallies))
    }
    wrong = next((key for key in sorted(sums.keys() | kept.keys()) if sums[key] != kept.get(key, 0)), None)
    if wrong is None:
        return None
    counterpart, direction, mark = wrong
    return f"{sums[wrong]} cases {direction} with {counterpart} count as {mark}, and {kept.get(wrong, 0)} are kept"


def _every(view: View) -> Iterator[tuple[AnyRow, str]]:
    after = ""
    query = select(*_OF_CASES).order_by(cases.c.id).limit(AT_ONCE)
    while rows := view.conn.execute(query.where(cases.c.id > after)).all():
        yield from _counted(view, rows)
        after = rows[-1].id


def _counted(view: View, rows: Sequence[AnyRow]) -> Iterator[tuple[AnyRow, str]]:
    """Each of these cases with its words; they follow each other in the order of ids, but others may lie between."""
    if not rows:
        return
    ids = [row.id for row in rows]
    effective = _SAID.where(messages.c.case_id.in_(ids), messages.c.effect == literal_column("'effective'"))
    limits = select(_deadlines.c.case_id, *LIMITS).where(_deadlines.c.case_id.in_(ids), is_duty())
    said, due = defaultdict(list), defaultdict(list)
    for one in view.conn.execute(effective.order_by(messages.c.case_id, messages.c.position)):
        said[one.case_id].append(one)
    for one in view.conn.execute(limits):
        due[one.case_id].append(one)
    for row in rows:
        yield row, counted(row.direction, row.state, row.opened_ms, row.requested_ms, said[row.id], due[row.id])
