"""The bilateral ledger: what two States owe each other, both directions mirrored, read from the tallies.

Rules
- What counts under which heading is said in ``casework/tallies``; a request stands under one outcome and counts once
  under each other heading that is true of it. Silence is no outcome: an unanswered request is ``open``.
- Days run from acceptance to the final response or refusal; by letter, from the day it was sent to the day it came.
  They are counted in tenths. A request that was opened again is counted from then.
- ``late`` is said only against a treaty or a mutually agreed limit: null where none applied. The ITI sets no number, so
  against anything else the days elapsed speak for themselves. ``beyond_own_target`` is about us alone.
- Never a league table: one counterpart at a time.

    read_ledger(view, "at", 2026, now_ms)["sent"]["answered"]
"""

import math
from collections import Counter
from typing import Any, Literal

from sqlalchemy import String, bindparam, func, literal_column, or_, select

from tracing.casework.tallies import BINDING, LATE, OWN_TARGET, TENTH_MS, Side
from tracing.clock import from_ms
from tracing.reports.promises import read_promise
from tracing.settings import Promise
from tracing.store import View
from tracing.store.cases import beside
from tracing.store.spelt import Spelt
from tracing.tables import Case, Deadline, table_of
from tracing.tables.deadlines import is_duty

__all__ = ["read_ledger"]

HEADINGS = ("requests", "acknowledged", "answered", "open", "refused", "delayed", "no_reason_given", "withdrawn")
CHANNELS = ("by_channel", "answers_by_channel")
_cases, _deadlines = map(table_of, (Case, Deadline))
_BINDS = _deadlines.c.basis.in_([literal_column(repr(basis)) for basis in BINDING])
# The few deadlines lead, each to its case: whose it is stands where no index of cases is walked for it.
_PASSING = {
    word: Spelt(
        select(func.count(_cases.c.id.distinct()))
        .join(_deadlines, _deadlines.c.case_id == _cases.c.id)
        .where(_deadlines.c.ended_ms.is_(None), _deadlines.c.passed_told_ms.is_(None))
        .where(_deadlines.c.due_ms < bindparam("now"), _deadlines.c.owed_by == bindparam("by"), binds, is_duty())
        .where(beside(_cases.c.counterpart) == bindparam("with"), beside(_cases.c.direction) == bindparam("of"))
        .where(
            or_(bindparam("begins", type_=String).is_(None), _cases.c.counted.like(bindparam("begins", type_=String)))
        )
        .where(_cases.c.counted.concat(literal_column("' '")).not_like(literal_column(repr(f"% {word} %"))))
    )
    for word, binds in ((LATE, _BINDS), (OWN_TARGET, ~_BINDS))
}


def read_ledger(
    view: View, counterpart: str, year: int | None, now_ms: int, *, promise: Promise | Literal[""] = ""
) -> dict[str, Any]:
    """The ledger with one counterpart, of one year or of all. Days have one decimal.

    Beside it how a voluntary target was kept, in all years.
    """
    sent, received = (Side(counterpart, direction, year) for direction in ("sent", "received"))
    theirs, ours = sent.counts(view), received.counts(view)
    beyond = ours[OWN_TARGET] + _passing(view, received, OWN_TARGET, now_ms)
    return {
        "counterpart": counterpart,
        "year": year,
        "as_of": from_ms(now_ms).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "sent": _figures(view, sent, theirs, now_ms),
        "received": _figures(view, received, ours, now_ms) | {OWN_TARGET: beyond},
        "promise": _promise(view, counterpart, promise) if promise else None,
    }


def _promise(view: View, counterpart: str, promise: Promise) -> dict[str, Any]:
    own = {"target": str(promise), "percent": promise.percent, "days": promise.days}
    return own | {"years": read_promise(view, counterpart, promise.days)}


def _figures(view: View, side: Side, counts: Counter[str], now_ms: int) -> dict[str, Any]:
    """What both directions say."""
    late = counts[LATE] + _passing(view, side, LATE, now_ms) if counts["limited"] else None
    own = {"days": _days(view, side, counts), "open_days": _open_days(view, side, counts, now_ms), "late": late}
    channels = {name: _by_channel(counts, name) for name in CHANNELS}
    return {name: counts[name] for name in HEADINGS} | channels | own


def _by_channel(counts: Counter[str], name: str) -> dict[str, int]:
    begins = f"{name}:"
    return {what.removeprefix(begins): counts[what] for what in sorted(counts) if what.startswith(begins)}


def _passing(view: View, side: Side, word: str, now_ms: int) -> int:
    """Requests of which a limit passed since the watch looked last: few, and not in the tallies yet."""
    begins = None if side.year is None else f"{side.year} %"
    values = {"with": side.counterpart, "of": side.direction, "begins": begins, "now": now_ms}
    return int(_PASSING[word].scalar(view.conn, values | {"by": "them" if side.direction == "sent" else "us"}))


# ---------------------------------------------------------------- days


def _days(view: View, side: Side, counts: Counter[str]) -> dict[str, Any]:
    count = counts["answered"] + counts["refused"]
    return _spans(count, side.ranked(view, "days", _ranks(count)))


def _open_days(view: View, side: Side, counts: Counter[str], now_ms: int) -> dict[str, Any]:
    """The longest open is the one open since the earliest."""
    count, now = counts["open"], now_ms // TENTH_MS
    since = side.ranked(view, "open", [count - 1 - rank for rank in _ranks(count)])
    return _spans(count, [max(now - place, 0) for place in since])


def _ranks(count: int) -> list[int]:
    """Where in a row of so many spans the two middle ones, the ninetieth of a hundred and the last stand."""
    return [(count - 1) // 2, count // 2, math.ceil(count * 0.9) - 1, count - 1] if count else []


def _spans(count: int, tenths: list[int]) -> dict[str, Any]:
    """Median and 90th percentile (nearest rank: a value that occurred), in days; null where nothing was counted."""
    if not tenths:
        return {"counted": count, "median": None, "p90": None, "longest": None}
    low, high, most, longest = (tenth / 10 for tenth in tenths)
    return {"counted": count, "median": round((low + high) / 2, 1), "p90": most, "longest": longest}
