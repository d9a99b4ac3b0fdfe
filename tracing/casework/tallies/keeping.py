"""In the transaction of a change: the difference between what a case counted under and what it now does."""

from collections import Counter
from collections.abc import Mapping

from sqlalchemy import bindparam, delete, select, update

from protocol.lifecycle import Effect
from tracing.casework.tallies.counting import Mark, counted, marks
from tracing.casework.thread import Thread, cases, load
from tracing.store import Tx
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Deadline, Tally, table_of

__all__ = ["LIMITS", "add", "keep", "keep_of", "remember"]

_deadlines, _tallies = table_of(Deadline), table_of(Tally)
LIMITS = tuple(_deadlines.c[name] for name in ("basis", "owed_by", "due_ms", "ended_ms", "passed_told_ms"))
_OF_CASE = Spelt(select(*LIMITS).where(_deadlines.c.case_id == bindparam("case")))
_REMEMBER = Spelt(update(cases).where(cases.c.id == bindparam("case")).values(counted=bindparam("to_counted")))
_NEW = insert(_tallies)
_ADD = Spelt(
    _NEW.on_conflict_do_update(index_elements=[*_tallies.primary_key], set_={"n": _tallies.c.n + _NEW.excluded.n})
)
_KEY = ("counterpart", "direction", *Mark._fields)
_DROP = Spelt(
    delete(_tallies).where(*(_tallies.c[name] == bindparam(f"of_{name}") for name in _KEY), _tallies.c.n == 0)
)


def keep(tx: Tx, thread: Thread) -> None:
    """Bring the tallies in line with a case after its state, its messages or its clocks changed.

    ``thread`` as ``refold`` gave it: its row may be older than the change, but not its counted words.
    """
    case = thread.case
    effective = [row for row in thread.rows if thread.view.effects[row.mid] is Effect.EFFECTIVE]
    limits = _OF_CASE.rows(tx.conn, {"case": case.id})
    words = counted(case.direction, thread.state, case.opened_ms, thread.requested_ms, effective, limits)
    if words != case.counted:
        difference = Counter(marks(words))
        difference.subtract(marks(case.counted or ""))
        add(tx, case.counterpart, case.direction, difference)
        remember(tx, case.id, words)


def keep_of(tx: Tx, case_id: str) -> None:
    """The same for a case of which something else changed: the watch has said that a date of it passed."""
    keep(tx, load(tx, case_id))


def add(tx: Tx, counterpart: str, direction: str, difference: Mapping[Mark, int]) -> None:
    """Add to the tallies of one counterpart and direction; what comes to nothing is no row."""
    for mark, n in difference.items():
        if n:
            row = {"counterpart": counterpart, "direction": direction} | mark._asdict()
            _ADD.run(tx.conn, row | {"n": n})
            if n < 0:
                _DROP.run(tx.conn, {f"of_{name}": value for name, value in row.items()})


def remember(tx: Tx, case_id: str, words: str) -> None:
    """What the case counts under now."""
    _REMEMBER.run(tx.conn, {"case": case_id, "to_counted": words})
