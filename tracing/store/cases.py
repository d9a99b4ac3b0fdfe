"""Lists of cases and of deadlines, as the API and the pages show them. Reading only; Core statements; keyset cursors.

Rules
- A list never counts and never skips rows by number: it walks an index from the cursor on.
- What is encrypted is opened for the rows of one page only. Whoever shows it notes the reading (``office.note_read``).
- Search knows HMAC tokens: a case is found by whole words (all of them) or by one of several whole phrases.
- Instants are milliseconds here; the API spells them.

    page = list_cases(view, CaseQuery(box="received", state="delivered"), now_ms)
    page.items[0]["case"], page.next
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, or_, select, tuple_

from tracing.store import cursors
from tracing.store.content import Erased, case_key, show_json
from tracing.store.unit import View
from tracing.tables import Case, Deadline, SearchToken, table_of

__all__ = [
    "BOXES",
    "MOST_ITEMS",
    "CaseQuery",
    "DeadlineQuery",
    "Page",
    "case_items",
    "list_cases",
    "list_deadlines",
    "standing",
    "summary_of",
    "worst_standings",
]

BOXES = ("received", "sent")
MOST_ITEMS = 200  # of one page
STANDINGS = ("overdue", "due_soon", "on_time")  # the most pressing first

_cases, _deadlines, _tokens = map(table_of, (Case, Deadline, SearchToken))


@dataclass(frozen=True, slots=True)
class Page:
    """One page of a list; ``next`` is the cursor of the following one, None at the end."""

    items: list[dict[str, Any]]
    next: str | None


@dataclass(frozen=True, slots=True)
class CaseQuery:
    """Which cases. ``box`` None means both; ``words`` must all be found, or one of ``phrases``."""

    box: str | None = None
    state: str | None = None
    counterpart: str | None = None
    waiting_on: str | None = None
    dossier: str | None = None
    due_before_ms: int | None = None
    words: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class DeadlineQuery:
    """Which open deadlines: due from (inclusive) to (exclusive); with ``owner`` ours, in his cases or nobody's."""

    from_ms: int | None = None
    to_ms: int | None = None
    owner: str | None = None
    counterpart: str | None = None
    cursor: str | None = None
    limit: int = 50


# ---------------------------------------------------------------- cases


def list_cases(view: View, query: CaseQuery, now_ms: int) -> Page:
    """Newest change first. Items have the members of the contract; ``due_ms`` as milliseconds. Raises CursorInvalid."""
    limit = max(1, min(query.limit, MOST_ITEMS))
    boxes = (query.box,) if query.box else BOXES
    found = [view.conn.execute(_select_cases(view, query, box).limit(limit + 1)).all() for box in boxes]
    rows = list(heapq.merge(*found, key=lambda row: (row.updated_ms, row.id), reverse=True))
    shown = rows[:limit]
    items = case_items(view, shown, now_ms)
    return Page(items, cursors.encode(shown[-1].updated_ms, shown[-1].id) if len(rows) > limit else None)


def _select_cases(view: View, query: CaseQuery, box: str) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [_cases.c.direction == box]
    for column in ("state", "counterpart", "waiting_on", "dossier"):
        if (value := getattr(query, column)) is not None:
            wanted += [_cases.c[column] == value]
    if query.due_before_ms is not None:
        wanted.append(_cases.c.due_ms < query.due_before_ms)
    if query.words or query.phrases:
        wanted.append(_cases.c.id.in_(_found(view, query)))
    if query.cursor is not None:
        wanted.append(tuple_(_cases.c.updated_ms, _cases.c.id) < cursors.decode(query.cursor, int, str))
    return select(_cases).where(*wanted).order_by(_cases.c.updated_ms.desc(), _cases.c.id.desc())


def _found(view: View, query: CaseQuery) -> Select[Any]:
    """The ids of the cases that hold all the words, or one of the phrases."""
    words = {view.cipher.token(word) for word in query.words}
    phrases = {view.cipher.token(phrase) for phrase in query.phrases}
    whole = select(_tokens.c.case_id).where(_tokens.c.token.in_(phrases))
    every = (
        select(_tokens.c.case_id)
        .where(_tokens.c.token.in_(words))
        .group_by(_tokens.c.case_id)
        .having(func.count() == len(words))
    )
    if not words:
        return whole
    return select(_cases.c.id).where(or_(_cases.c.id.in_(whole), _cases.c.id.in_(every)))


def case_items(view: View, rows: Sequence[Row[Any]], now_ms: int) -> list[dict[str, Any]]:
    """Rows of cases as items of a list."""
    standings = worst_standings(view, [row.id for row in rows], now_ms)
    return [_case_item(view, row, standings.get(row.id)) for row in rows]


def _case_item(view: View, row: Row[Any], standing_now: str | None) -> dict[str, Any]:
    summary = summary_of(view, row)
    return {
        "case": row.id,
        "state": row.state,
        "counterpart": row.counterpart,
        "direction": row.direction,
        "priority": row.priority,
        "weapon": summary.get("weapon"),
        "title": summary.get("title", ""),
        "reference": summary.get("reference"),
        "due_ms": row.due_ms,
        "standing": standing_now,
        "waiting_on": row.waiting_on,
        "overlays": row.overlays.split(),
        "dossier": row.dossier,
        "version": row.version,
        "opened_ms": row.opened_ms,
        "updated_ms": row.updated_ms,
        "owner": row.owner,
    }


def summary_of(view: View, row: Row[Any]) -> dict[str, Any]:
    """What a list shows of a case row (needs id, content_key, summary); empty once the case was erased."""
    try:
        return dict(show_json(view, case_key(view, row), row.summary, row.id, "summary"))
    except Erased:
        return {}


def worst_standings(view: View, case_ids: list[str], now_ms: int) -> dict[str, str]:
    """For each case with an open deadline the standing of the one that presses most."""
    columns = (_deadlines.c.case_id, _deadlines.c.due_ms, _deadlines.c.near_ms)
    worst: dict[str, str] = {}
    for row in view.conn.execute(
        select(*columns).where(_deadlines.c.case_id.in_(case_ids), _deadlines.c.ended_ms.is_(None))
    ):
        now = standing(row.due_ms, row.near_ms, now_ms)
        worst[row.case_id] = min(now, worst.get(row.case_id, "on_time"), key=STANDINGS.index)
    return worst


def standing(due_ms: int, near_ms: int, now_ms: int) -> str:
    """``protocol.deadlines.standing`` in milliseconds: a list asks it for every row."""
    if now_ms > due_ms:
        return "overdue"
    return "due_soon" if now_ms >= near_ms else "on_time"


# ---------------------------------------------------------------- deadlines


def list_deadlines(view: View, query: DeadlineQuery, now_ms: int) -> Page:
    """Open deadlines, the next one first. Raises CursorInvalid."""
    limit = max(1, min(query.limit, MOST_ITEMS))
    rows = view.conn.execute(_select_deadlines(query).limit(limit + 1)).all()
    shown = rows[:limit]
    items = [_deadline_item(view, row, now_ms) for row in shown]
    return Page(items, cursors.encode(shown[-1].due_ms, shown[-1].deadline_id) if len(rows) > limit else None)


def _select_deadlines(query: DeadlineQuery) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [_deadlines.c.ended_ms.is_(None)]
    if query.from_ms is not None:
        wanted.append(_deadlines.c.due_ms >= query.from_ms)
    if query.to_ms is not None:
        wanted.append(_deadlines.c.due_ms < query.to_ms)
    if query.counterpart is not None:
        wanted.append(_cases.c.counterpart == query.counterpart)
    if query.owner is not None:
        wanted.append(and_(_deadlines.c.owed_by == "us", or_(_cases.c.owner == query.owner, _cases.c.owner.is_(None))))
    if query.cursor is not None:
        wanted.append(tuple_(_deadlines.c.due_ms, _deadlines.c.id) > cursors.decode(query.cursor, int, int))
    own = [column for column in _deadlines.c if column.name not in {"id", "due_ms"}]
    of_case = (
        _cases.c.id,
        _cases.c.counterpart,
        _cases.c.direction,
        _cases.c.state,
        _cases.c.priority,
        _cases.c.summary,
        _cases.c.content_key,
    )
    columns = (*own, _deadlines.c.id.label("deadline_id"), _deadlines.c.due_ms, *of_case)
    joined = select(*columns).join(_cases, _cases.c.id == _deadlines.c.case_id)
    return joined.where(*wanted).order_by(_deadlines.c.due_ms, _deadlines.c.id)


def _deadline_item(view: View, row: Row[Any], now_ms: int) -> dict[str, Any]:
    summary = summary_of(view, row)
    return {
        "case": row.id,
        "counterpart": row.counterpart,
        "direction": row.direction,
        "state": row.state,
        "priority": row.priority,
        "title": summary.get("title", ""),
        "reference": summary.get("reference"),
        "clock": row.clock,
        "owed_by": row.owed_by,
        "started_ms": row.started_ms,
        "due_ms": row.due_ms,
        "original_due_ms": row.original_due_ms,
        "basis": row.basis,
        "source": row.source,
        "standing": standing(row.due_ms, row.near_ms, now_ms),
    }
