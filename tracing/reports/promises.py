"""A voluntary target, measured over the years: of what a State asked us, how much was answered within so many days.

Rules
- "Answered" is a final response or a refusal, as in the ledger; days run from acceptance, in tenths. What is still open
  counts nowhere: the ledger says how much that is, and for how long.
- Nobody is late by it, and it is not said to a counterpart (domain 7b.3).

    read_promise(view, "at", 30)  ->  [{"year": 2026, "counted": 31, "within": 28, "share": 90.3}, ...]
"""

from typing import Any

from sqlalchemy import bindparam, cast, func, literal_column, select

from tracing.store import View
from tracing.store.spelt import Spelt
from tracing.tables import Tally, table_of
from tracing.tables.columns import WHOLE

__all__ = ["read_promise"]

MOST_YEARS = 10
_tallies = table_of(Tally)
_OF_DAYS = (
    _tallies.c.counterpart == bindparam("with"), _tallies.c.direction == literal_column("'received'"),
    _tallies.c.level == literal_column("1"), _tallies.c.what == literal_column("'days'"),
)  # fmt: skip
_KEPT = func.sum(_tallies.c.n).filter(_tallies.c.place <= bindparam("most"))
_BY_YEAR = Spelt(
    select(
        _tallies.c.year,
        cast(func.sum(_tallies.c.n), WHOLE).label("counted"),
        cast(func.coalesce(_KEPT, literal_column("0")), WHOLE).label("within"),
    )
    .where(*_OF_DAYS)
    .group_by(_tallies.c.year)
    .order_by(_tallies.c.year.desc())
    .limit(MOST_YEARS)
)


def read_promise(view: View, counterpart: str, days: int) -> list[dict[str, Any]]:
    """Year by year, the latest first. ``share`` is a percentage with one decimal."""
    rows = _BY_YEAR.rows(view.conn, {"with": counterpart, "most": days * 10})
    return [
        {
            "year": row.year, "counted": row.counted, "within": row.within,
            "share": round(100 * row.within / row.counted, 1),
        }
        for row in rows
        if row.counted
    ]  # fmt: skip
