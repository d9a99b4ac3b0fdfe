"""In the transaction of a change: the difference between what a case counted under and what it now does."""

from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import Any

from sqlalchemy import Connection, bindparam, delete, select, update

from protocol.lifecycle import Effect
from tracing.casework.tallies.counting import Mark, counted, marks
from tracing.casework.thread import Thread, cases, load
from tracing.store import Tx
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Deadline, Tally, table_of
from tracing.tables.deadlines import is_duty

__all__ = ["LIMITS", "add", "drop_all", "keep", "keep_of", "remember"]

_deadlines, _tallies = table_of(Deadline), table_of(Tally)
LIMITS = tuple(_deadlines.c[name] for name in ("basis", "owed_by", "due_ms", "ended_ms", "passed_told_ms"))
_OF_CASE = Spelt(select(*LIMITS).where(_deadlines.c.case_id == bindparam("case"), is_duty()))
_REMEMBER = Spelt(update(cases).where(cases.c.id == bindparam("case")).values(counted=bindparam("to_counted")))
_NEW = insert(_tallies)
_ADD = Spelt(
    _NEW.on_conflict_do_update(index_elements=[*_tallies.primary_key], set_={"n": _tallies.c.n + _NEW.excluded.n})
)
_SUM = "tallies"  # in the carry of a commit
_KEY = ("counterpart", "direction", *Mark._fields)
_DROP = Spelt(
    delete(_tallies).where(*(_tallies.c[name] == bindparam(f"of_{name}") for name in _KEY), _tallies.c.n == 0)
)


def keep(tx: Tx, thread: Thread, limits: Sequence[Any]) -> str:
    """Bring the tallies in line with a case whose state, messages or clocks changed; the words it counts under now.

    ``limits`` are its deadlines as they are now. The row of ``thread`` may be older than the change, but not its
    counted words; who calls writes the new ones.
    """
    words = _words(thread, limits)
    if words != thread.case.counted:
        difference = Counter(marks(words))
        difference.subtract(marks(thread.case.counted or ""))
        add(tx, thread.case.counterpart, thread.case.direction, difference)
    return words


def _words(thread: Thread, limits: Sequence[Any]) -> str:
    case = thread.case
    effective = [row for row in thread.rows if thread.view.effects[row.mid] is Effect.EFFECTIVE]
    return counted(case.direction, thread.state, case.opened_ms, thread.requested_ms, effective, limits)


def keep_of(tx: Tx, case_id: str) -> None:
    """The same for a case of which something else changed: the watch has said that a date of it passed."""
    thread = load(tx, case_id)
    words = keep(tx, thread, _OF_CASE.rows(tx.conn, {"case": case_id}))
    if words != thread.case.counted:
        remember(tx, case_id, words)


def add(tx: Tx, counterpart: str, direction: str, difference: Mapping[Mark, int]) -> None:
    """Add to the tallies of one counterpart and direction: written once for all units of a commit."""
    sum_ = Counter(tx.carry.get(_SUM, {}))
    for mark, n in difference.items():
        sum_[counterpart, direction, mark] += n
    tx.carry[_SUM] = sum_
    tx.at_commit(_SUM, _write)


def drop_all(tx: Tx) -> None:
    """Take every tally away, those this commit would write included."""
    tx.carry.pop(_SUM, None)
    tx.conn.execute(delete(_tallies))


def _write(conn: Connection, carry: dict[Hashable, Any]) -> None:
    """What comes to nothing is no row."""
    rows = [dict(zip(_KEY, (counterpart, direction, *mark), strict=True)) | {"n": n}
            for (counterpart, direction, mark), n in carry.get(_SUM, {}).items() if n]  # fmt: skip
    _ADD.run_each(conn, rows)
    _DROP.run_each(conn, [{f"of_{name}": row[name] for name in _KEY} for row in rows if row["n"] < 0])


def remember(tx: Tx, case_id: str, words: str) -> None:
    """What the case counts under now."""
    _REMEMBER.run(tx.conn, {"case": case_id, "to_counted": words})
