"""The open duties that a feed shows: those around today, bounded in number, read without opening anything encrypted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Column, ColumnElement, Select, select

from tracing.casework.attendance import absent_for
from tracing.clock import to_ms
from tracing.feeds.subscriptions import Feed
from tracing.phrases import CASE_DIGITS
from tracing.store import View
from tracing.tables import Case, Counterpart, Deadline, table_of
from tracing.tables.cases import NO_DATE

__all__ = ["MOST", "Due", "Duties", "case_of", "duties"]

BACK, AHEAD = timedelta(days=90), timedelta(days=400)  # of what any calendar shows; longer limits come nearer
MOST_PASSED, MOST_COMING = 100, 500  # a person's year; a feed stays below 1 MB and half a second
MOST = MOST_PASSED + MOST_COMING
_Walks = list[list[ColumnElement[bool]]]
_cases, _counterparts, _deadlines = map(table_of, (Case, Counterpart, Deadline))


@dataclass(frozen=True, slots=True)
class Due:
    """One duty. ``uid`` names it for ever; ``case`` is the end of the case's number; ``first_ms``: before any move."""

    uid: str
    deadline: int
    case: str
    counterpart: str
    clock: str
    owed_by: str
    basis: str
    due_ms: int
    is_paused: bool
    first_ms: int
    moves: int
    changed_ms: int


@dataclass(frozen=True, slots=True)
class Duties:
    """What is due in a span, the next date first. ``is_cut``: more are to come in it than a feed shows."""

    since: datetime
    until: datetime
    shown: tuple[Due, ...]
    is_cut: bool


def duties(view: View, feed: Feed, authority: str, now: datetime) -> Duties:
    """Of a feed at an instant: the latest that passed, and the next to come with those whose clock stands still."""
    since, until, now_ms = now - BACK, now + AHEAD, to_ms(now)
    walks, due, earliest = _walks(view, feed, now), _deadlines.c.due_ms, _deadlines.c.paused_due_ms
    passed = _first(view, walks, [due >= to_ms(since), due < now_ms], due, MOST_PASSED, latest=True)
    coming = _first(view, walks, [due >= now_ms, due < to_ms(until)], due, MOST_COMING)
    between = [due >= NO_DATE, earliest.is_not(None), earliest >= to_ms(since), earliest < to_ms(until)]
    paused = _first(view, walks, between, earliest, MOST_COMING)
    ahead = sorted((_due(row, authority) for row in (*coming, *paused)), key=_place)
    behind = sorted((_due(row, authority) for row in passed[:MOST_PASSED]), key=_place)
    return Duties(since, until, (*behind, *ahead[:MOST_COMING]), len(ahead) > MOST_COMING)


def _walks(view: View, feed: Feed, now: datetime) -> _Walks:
    """What each walk over open duties is narrowed by. One's own are several, so that none meets what is another's."""
    if feed.whose == "team":
        return [[]]
    names = [feed.user, *absent_for(view, feed.user, now)]
    owner, owed_by = _deadlines.c.owner, _deadlines.c.owed_by
    own = [[owner == name, owed_by == who] for name in names for who in ("us", "them")]
    return [*own, [owner.is_(None), owed_by == "us"]]


def _first(
    view: View, walks: _Walks, span: list[ColumnElement[bool]], by: Column[Any], most: int, *, latest: bool = False
) -> Sequence[Any]:
    """The first of all walks together: one more than ``most``, which tells that there are more."""
    order = (by.desc(), _deadlines.c.id.desc()) if latest else (by, _deadlines.c.id)
    first = _query().where(_deadlines.c.ended_ms.is_(None), *span).order_by(*order).limit(most + 1)
    found = [row for walk in walks for row in view.conn.execute(first.where(*walk))]
    return sorted(found, key=lambda row: (getattr(row, by.name), row.id), reverse=latest)[: most + 1]


def _query() -> Select[Any]:
    own = ("id", "case_id", "clock", "owed_by", "started_by", "started_ms", "basis", "due_ms", "paused_due_ms",
           "original_due_ms", "moves", "moved_ms")  # fmt: skip
    name = _counterparts.c.name.label("counterpart_name")
    return (
        select(*(_deadlines.c[each] for each in own), _cases.c.counterpart, name)
        .join(_cases, _cases.c.id == _deadlines.c.case_id)
        .outerjoin(_counterparts, _counterparts.c.authority == _cases.c.counterpart)
    )


def _due(row: Any, authority: str) -> Due:
    names = f"{authority}\n{row.case_id}\n{row.clock}\n{row.started_by}"  # what makes a deadline one: its table
    is_paused = row.paused_due_ms is not None
    return Due(
        uid=hashlib.sha256(names.encode()).hexdigest()[:32], deadline=row.id, case=row.case_id[-CASE_DIGITS:],
        counterpart=row.counterpart_name or row.counterpart, clock=row.clock, owed_by=row.owed_by, basis=row.basis,
        due_ms=row.paused_due_ms if is_paused else row.due_ms, is_paused=is_paused, first_ms=row.original_due_ms,
        moves=row.moves, changed_ms=row.started_ms if row.moved_ms is None else row.moved_ms,
    )  # fmt: skip


def _place(one: Due) -> tuple[int, int]:
    return one.due_ms, one.deadline


def case_of(view: View, deadline: int, end: str) -> str | None:
    """The case of a duty, open or done, whose number ends so; None where its row is another's by now."""
    case = view.conn.execute(select(_deadlines.c.case_id).where(_deadlines.c.id == deadline)).scalar()
    return str(case) if case is not None and end and case.endswith(end) else None
