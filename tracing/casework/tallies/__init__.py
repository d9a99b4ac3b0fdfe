"""Tallies: how many cases count under each heading of the ledger, kept in the transaction of every change.

A case remembers what it counts under (``Case.counted``); when that changes, the difference goes into the tallies. So a
ledger costs the same with a thousand cases as with a million, and can be recounted from the cases at any time.
"""

from tracing.casework.tallies.counting import BINDING, LATE, OWN_TARGET, TENTH_MS, Mark, counted, marks
from tracing.casework.tallies.keeping import keep, keep_of
from tracing.casework.tallies.reading import Side, overdue
from tracing.casework.tallies.recounting import count_all_missing, count_missing, first_difference, forget

__all__ = [
    "BINDING",
    "LATE",
    "OWN_TARGET",
    "TENTH_MS",
    "Mark",
    "Side",
    "count_all_missing",
    "count_missing",
    "counted",
    "first_difference",
    "forget",
    "keep",
    "keep_of",
    "marks",
    "overdue",
]
