"""Reading the tallies of one counterpart and direction, of one year or of all.

Plain counts are some dozens of rows. Spans and instants are found by their rank, from the coarsest level down: at each
level only the places inside one place of the level above are read.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cache

from sqlalchemy import Integer, bindparam, cast, func, literal_column, or_, select

from tracing.casework.tallies.counting import FANOUT, LEVELS, OVERDUE
from tracing.store import View
from tracing.store.cases import beside
from tracing.store.spelt import Spelt
from tracing.tables import Counterpart, Deadline, Tally, table_of
from tracing.tables.columns import WHOLE
from tracing.tables.deadlines import is_duty

__all__ = ["Side", "overdue"]

_counterparts, _deadlines, _tallies = map(table_of, (Counterpart, Deadline, Tally))
_N = cast(func.sum(_tallies.c.n), WHOLE).label("n")  # PostgreSQL sums whole numbers to decimal ones
_HERE = (
    _tallies.c.counterpart == bindparam("of_counterpart"),
    _tallies.c.direction == bindparam("of_direction"),
    _tallies.c.level == bindparam("of_level"),
    or_(bindparam("of_year", type_=Integer).is_(None), _tallies.c.year == bindparam("of_year", type_=Integer)),
)
_COUNTS = Spelt(select(_tallies.c.what, _N).where(*_HERE).group_by(_tallies.c.what))
_PLACES = Spelt(
    select(_tallies.c.place, _N)
    .where(*_HERE, _tallies.c.what == bindparam("of_what"))
    .where(_tallies.c.place >= bindparam("first"), _tallies.c.place <= bindparam("last"))
    .group_by(_tallies.c.place)
    .order_by(_tallies.c.place)
)
# Counterparts lead, with a look into the tallies for each direction of one: nothing else of them is read.
_OVERDUE = Spelt(
    select(_tallies.c.what, _N)
    .join(_counterparts, beside(_counterparts.c.authority) == _tallies.c.counterpart)
    .where(_tallies.c.direction.in_([literal_column("'sent'"), literal_column("'received'")]), _tallies.c.level == 0)
    .where(_tallies.c.what >= f"{OVERDUE}:", _tallies.c.what < f"{OVERDUE};")
    .group_by(_tallies.c.what)
)
_PASSING = Spelt(
    select(_deadlines.c.owed_by, func.count().label("n"))
    .where(
        _deadlines.c.ended_ms.is_(None), _deadlines.c.passed_told_ms.is_(None), _deadlines.c.due_ms < bindparam("now")
    )
    .where(is_duty())
    .group_by(_deadlines.c.owed_by)
)
_LAST_PLACE = 2**53
Places = Sequence[tuple[int, int]]  # (place, how many), ascending


@dataclass(frozen=True, slots=True)
class Side:
    """One direction of the ledger with a counterpart; ``year`` None for all years."""

    counterpart: str
    direction: str
    year: int | None

    def counts(self, view: View) -> Counter[str]:
        """How many cases count under each heading."""
        return Counter({row.what: row.n for row in _COUNTS.rows(view.conn, self._at(0))})

    def ranked(self, view: View, what: str, ranks: Sequence[int]) -> list[int]:
        """The places that stand at these ranks (0 is the least) among all under ``what``."""

        @cache
        def places(level: int, first: int, last: int) -> Places:
            values = self._at(level) | {"of_what": what, "first": first, "last": last}
            return [(row.place, row.n) for row in _PLACES.rows(view.conn, values)]

        return [_place_at(places, rank) for rank in ranks]

    def _at(self, level: int) -> dict[str, str | int | None]:
        return {
            "of_counterpart": self.counterpart,
            "of_direction": self.direction,
            "of_level": level,
            "of_year": self.year,
        }


def _place_at(places: Callable[[int, int, int], Places], rank: int) -> int:
    """The place at a rank; where the tallies hold fewer than they say, the last there is."""
    first, last, left = 0, _LAST_PLACE, rank
    found = 0
    for level in range(LEVELS, 0, -1):
        for place, count in places(level, first, last):
            found = place
            if left < count:
                break
            left -= count
        first, last = found * FANOUT, found * FANOUT + FANOUT - 1
    return found


def overdue(view: View, now_ms: int) -> Counter[str]:
    """How many clocks run past their date, by who owes: ``us`` or ``them``."""
    found: Counter[str] = Counter()
    for row in _OVERDUE.rows(view.conn):
        found[row.what.split(":")[1]] += row.n
    for row in _PASSING.rows(view.conn, {"now": now_ms}):
        found[row.owed_by] += row.n
    return found
