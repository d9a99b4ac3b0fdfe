"""Lists of cases and of deadlines, as the API and the pages show them. Reading only; Core statements; keyset cursors.

Rules
- A list never counts and never skips rows by number: it walks an index from the cursor on. Each combination of filters
  has an index of its own (``tables.cases``), so that a walk meets nothing it does not show.
- What is encrypted is opened for the rows of one page only. Whoever shows it notes the reading (``office.note_read``).
- Search (``searching``) finds a case by whole words (all of them) or by one of several whole phrases.
- Instants are milliseconds here; the API spells them.

    page = list_cases(view, CaseQuery(box="received", state="delivered"), now_ms)
    page.items[0]["case"], page.next
"""

import heapq
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, func, literal_column, select, tuple_

from tracing.store import cursors
from tracing.store.content import Erased, case_key, show_json
from tracing.store.searching import find
from tracing.store.unit import View
from tracing.tables import Case, Deadline, table_of
from tracing.tables.cases import ENDED, NO_DATE
from tracing.tables.deadlines import is_duty

__all__ = [
    "BOXES",
    "HAS_ENDED",
    "IS_OPEN",
    "MOST_ITEMS",
    "PLACE",
    "CaseQuery",
    "DeadlineQuery",
    "Page",
    "beside",
    "beyond",
    "case_items",
    "few_of",
    "list_cases",
    "list_deadlines",
    "standing",
    "summary_of",
    "worst_standings",
]

BOXES = ("received", "sent")
MOST_ITEMS = 200  # of one page
STANDINGS = ("overdue", "due_soon", "on_time")  # the most pressing first

_cases, _deadlines = map(table_of, (Case, Deadline))
# Spelt out and not bound, as in ``tables``: only so do the indexes of open, ended and rare rows serve.
PLACE = func.coalesce(_cases.c.due_ms, literal_column(str(NO_DATE)))
_ENDED: list[ColumnElement[str]] = [literal_column(repr(state)) for state in ENDED]
HAS_ENDED, IS_OPEN = _cases.c.state.in_(_ENDED), _cases.c.state.not_in(_ENDED)


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
    """Newest change first; with ``due_before_ms`` the next date first. Items have the members of the contract.

    ``due_ms`` as milliseconds. Raises CursorInvalid.
    """
    limit = max(1, min(query.limit, MOST_ITEMS))
    is_by_date = query.due_before_ms is not None
    found = [view.conn.execute(walk.limit(limit + 1)).all() for walk in _walks(view, query)]
    rows = list(heapq.merge(*found, key=lambda row: (row.place, row.id), reverse=not is_by_date))
    shown = rows[:limit]
    items = case_items(view, shown, now_ms)
    return Page(items, cursors.encode(shown[-1].place, shown[-1].id) if len(rows) > limit else None)


def _walks(view: View, query: CaseQuery) -> list[Select[Any]]:
    """The walks of which a page is merged: one for each box, and by date for what is open and what has ended."""
    is_by_date = query.due_before_ms is not None
    key = PLACE if is_by_date else _cases.c.updated_ms
    few, wanted = few_of(view, query.words, query.phrases, query.dossier)
    wanted += [_cases.c[name] == value for name in ("state", "waiting_on") if (value := getattr(query, name))]
    if query.counterpart is not None:
        wanted.append(beside(_cases.c.counterpart, few) == query.counterpart)
    if query.cursor is not None:
        wanted += beyond(key, query.cursor, ascending=is_by_date)
    order = (key, _cases.c.id) if is_by_date else (key.desc(), _cases.c.id.desc())
    walk = select(_cases, key.label("place")).where(*wanted).order_by(*order)
    boxes = (query.box,) if query.box else BOXES
    direction = beside(_cases.c.direction, few)
    return [walk.where(direction == box, *part) for box in boxes for part in _parts(query, few)]


def few_of(
    view: View, words: frozenset[str], phrases: frozenset[str], dossier: str | None = None
) -> tuple[bool, list[ColumnElement[bool]]]:
    """What a search or a dossier wants, and whether these are so few cases that they are looked up one by one."""
    wanted: list[ColumnElement[bool]] = [] if dossier is None else [_cases.c.dossier == dossier]
    if not (words or phrases):
        return dossier is not None, wanted
    found = find(view, words, phrases)
    return dossier is not None or found.is_few, [*wanted, found.condition]


def beside(column: ColumnElement[Any], few: bool = True) -> ColumnElement[Any]:  # noqa: FBT001, FBT002 - as few_of says
    """The column, spelt so that no index over it is walked where the few cases wanted are known."""
    return column.concat(literal_column("''")) if few else column


def beyond(key: ColumnElement[Any], cursor: str, *, ascending: bool) -> list[ColumnElement[bool]]:
    """What follows the position of a cursor in the order of ``key`` and id. Raises CursorInvalid.

    ``PLACE`` is compared alone as well: an index over an expression is not searched by a pair.
    """
    at, position = tuple_(key, _cases.c.id), cursors.decode(cursor, int, str)
    return [key >= position[0], at > position] if ascending else [at < position]


def _parts(query: CaseQuery, few: bool) -> list[list[ColumnElement[bool]]]:  # noqa: FBT001
    """By date: what is open, and the few that ended and have a clock running, each by the index it stands in."""
    if query.due_before_ms is None:
        return [[]]
    before = query.due_before_ms > PLACE
    if few or query.waiting_on is not None:
        return [[before]]
    ended = [before, HAS_ENDED, _cases.c.due_ms.is_not(None)]
    if query.state is not None:
        return [ended] if query.state in ENDED else [[before, IS_OPEN]]
    return [[before, IS_OPEN], *([*ended, _cases.c.state == state] for state in _ENDED)]


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
        select(*columns).where(_deadlines.c.case_id.in_(case_ids), _deadlines.c.ended_ms.is_(None), is_duty())
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
    found = [view.conn.execute(walk.limit(limit + 1)).all() for walk in _deadline_walks(query)]
    rows = list(heapq.merge(*found, key=lambda row: (row.due_ms, row.deadline_id)))
    shown = rows[:limit]
    items = [_deadline_item(view, row, now_ms) for row in shown]
    return Page(items, cursors.encode(shown[-1].due_ms, shown[-1].deadline_id) if len(rows) > limit else None)


def _deadline_walks(query: DeadlineQuery) -> list[Select[Any]]:
    """The walks of which a page is merged: what we owe in somebody's cases and in nobody's, each by its own index."""
    if query.owner is None:
        return [_select_deadlines(query)]
    owner, by_us = _deadlines.c.owner, _deadlines.c.owed_by == "us"
    return [_select_deadlines(query).where(by_us, whose) for whose in (owner == query.owner, owner.is_(None))]


def _select_deadlines(query: DeadlineQuery) -> Select[Any]:
    wanted: list[ColumnElement[bool]] = [_deadlines.c.ended_ms.is_(None)]
    if query.from_ms is not None:
        wanted.append(_deadlines.c.due_ms >= query.from_ms)
    if query.to_ms is not None:
        wanted.append(_deadlines.c.due_ms < query.to_ms)
    if query.counterpart is not None:
        wanted.append(_cases.c.counterpart == query.counterpart)
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
        "due_ms": row.due_ms if row.paused_due_ms is None else row.paused_due_ms,
        "paused": row.paused_due_ms is not None,
        "original_due_ms": row.original_due_ms,
        "basis": row.basis,
        "source": row.source,
        "standing": standing(row.due_ms, row.near_ms, now_ms),
    }
