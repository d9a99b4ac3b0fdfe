"""The open duties that a feed shows: those around today, bounded in number, read without opening anything encrypted."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, or_, select

from tracing.casework.attendance import absent_for
from tracing.clock import to_ms
from tracing.feeds.subscriptions import Feed
from tracing.phrases import CASE_DIGITS
from tracing.store import View
from tracing.tables import Case, Counterpart, Deadline, table_of

__all__ = ["MOST", "Due", "Duties", "case_of", "duties"]

BACK, AHEAD = timedelta(days=90), timedelta(days=400)  # of what any calendar shows; longer limits come nearer
MOST_PASSED, MOST_COMING = 100, 500  # a person's year; a feed stays below 1 MB and half a second
MOST = MOST_PASSED + MOST_COMING
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
    scope, due = _scope(view, feed, now), _deadlines.c.due_ms
    passed = _first(view, scope, [due >= to_ms(since), due < now_ms], (due.desc(), _deadlines.c.id.desc()), MOST_PASSED)
    coming = _first(view, scope, [due >= now_ms, due < to_ms(until)], (due, _deadlines.c.id), MOST_COMING)
    earliest = _deadlines.c.paused_due_ms
    between = [earliest.is_not(None), earliest >= to_ms(since), earliest < to_ms(until)]
    paused = _first(view, scope, between, (earliest, _deadlines.c.id), MOST_COMING)
    ahead = sorted((_due(row, authority) for row in (*coming, *paused)), key=_place)
    behind = sorted((_due(row, authority) for row in passed[:MOST_PASSED]), key=_place)
    return Duties(since, until, (*behind, *ahead[:MOST_COMING]), len(ahead) > MOST_COMING)


def _scope(view: View, feed: Feed, now: datetime) -> list[ColumnElement[bool]]:
    is_open = _deadlines.c.ended_ms.is_(None)
    if feed.whose == "team":
        return [is_open]
    names = [feed.user, *absent_for(view, feed.user, now)]
    of_nobody = and_(_deadlines.c.owed_by == "us", _cases.c.owner.is_(None))
    return [is_open, or_(_cases.c.owner.in_(names), of_nobody)]


def _first(
    view: View, scope: list[ColumnElement[bool]], span: list[ColumnElement[bool]], order: tuple[Any, ...], most: int
) -> Sequence[Any]:
    """One more than ``most``, which tells that there are more."""
    return view.conn.execute(_query().where(*scope, *span).order_by(*order).limit(most + 1)).all()


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
