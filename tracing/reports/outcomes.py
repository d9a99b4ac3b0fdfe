"""What answers brought: findings by kind, counted from the elements that may be counted.

Rules
- Only elements of answers that stand: effective, and not corrected since.
- An element under ``no_statistics`` is left out, and how many were is said (ITI 15; domain 7b.2).
- A count below ``LEAST`` is not shown: with few cases a number tells of a case. Such rows say "fewer than".

    read_outcomes(view, 2026, None, today, me="br").rows
    ->  [{"code": "traced_exported", "count": 12}, {"code": "recorded_stolen", "fewer_than": 5}]
"""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import select

from protocol.handling import Passing, Ref
from protocol.lifecycle import Kind
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.thread import load
from tracing.clock import to_ms
from tracing.store import View
from tracing.tables import Case, table_of

__all__ = ["LEAST", "Outcomes", "read_outcomes"]

LEAST = 5
_COUNTING = Passing(RecipientKind.OWN_AUTHORITY, is_counting=True)
_ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.CORRECTION})
_cases = table_of(Case)


@dataclass(frozen=True, slots=True)
class Outcomes:
    """``rows`` by code; ``left_out`` findings that may not be counted; ``cases`` that were read."""

    year: int | None
    counterpart: str | None
    rows: list[dict[str, Any]]
    left_out: int
    cases: tuple[str, ...]


def read_outcomes(view: View, year: int | None, counterpart: str | None, today: date, *, me: str) -> Outcomes:
    """Findings of the answers we got in cases opened in ``year`` (UTC; None for all)."""
    case_ids = tuple(_opened(view, year, counterpart))
    found = [one for case_id in case_ids for one in _findings(view, case_id, me, today)]
    counts = Counter(code for code, may_count in found if may_count)
    rows = [_row(code, count) for code, count in sorted(counts.items())]
    return Outcomes(year, counterpart, rows, sum(not may_count for _, may_count in found), case_ids)


def _row(code: str, count: int) -> dict[str, Any]:
    return {"code": code, "count": count} if count >= LEAST else {"code": code, "fewer_than": LEAST}


def _opened(view: View, year: int | None, counterpart: str | None) -> Iterator[str]:
    query = select(_cases.c.id).where(_cases.c.direction == "sent", _cases.c.content_key.is_not(None))
    if counterpart is not None:
        query = query.where(_cases.c.counterpart == counterpart)
    if year is not None:
        begins, ends = (to_ms(datetime(one, 1, 1, tzinfo=UTC)) for one in (year, year + 1))
        query = query.where(_cases.c.opened_ms >= begins, _cases.c.opened_ms < ends)
    yield from view.conn.execute(query.order_by(_cases.c.id)).scalars()


def _findings(view: View, case_id: str, me: str, today: date) -> Iterator[tuple[str, bool]]:
    """Each finding of a case, and whether it may be counted."""
    held = held_in_order(view, load(view, case_id))
    handling = handling_of(held)
    for one in held:
        if Kind(one.row.kind) not in _ANSWERS or one.row.direction != "in":
            continue
        for element in one.elements:
            ref = Ref(one.row.mid, element.name)
            if element.name.startswith("outcomes.") and ref not in handling.superseded:
                code = element.value.get("code") if isinstance(element.value, dict) else None
                yield str(code), not handling.obstacles(ref, _COUNTING, me=me, today=today)
