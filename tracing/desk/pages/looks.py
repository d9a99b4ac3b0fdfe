"""What the pages read beyond one case: who waits for whom, what falls due, what is stuck.

Rules
- Only looks: SQL in Core, one function for each question, values as plain rows of the page (``Line``, ``Due``, ...).
- What is counted is counted up to ``MOST_COUNTED``; the page then says "999+".
- Whoever shows the content of cases notes the reading (``office.note_read``) with the ids these functions return.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from sqlalchemy import ColumnElement, and_, exists, false, func, literal_column, or_, select

from tracing.store import View, cursors
from tracing.store.cases import BOXES, HAS_ENDED, IS_OPEN, PLACE, beside, beyond, few_of, summary_of
from tracing.tables import Case, Deadline, Draft, Envelope, Message, Outbox, table_of
from tracing.tables.cases import ENDED
from tracing.tables.deadlines import is_duty
from tracing.trust.untaken import IS_SETTLED

__all__ = [
    "ENDED", "MOST_COUNTED", "VIEWS", "BoxQuery", "Due", "Line", "Stuck", "Waiting", "box_lines", "due_days",
    "due_within", "needs_us", "open_by_counterpart", "open_with", "stuck", "tallies", "view_where", "waiting_drafts",
]  # fmt: skip

_cases, _deadlines, _drafts, _outbox = map(table_of, (Case, Deadline, Draft, Outbox))
_envelopes, _messages = map(table_of, (Envelope, Message))
MOST_COUNTED = 1000
AT_ONCE = 50  # counts in one statement
WAITED_ON = (_cases.c.waiting_on == "us", _cases.c.waiting_on == "them", _cases.c.waiting_on.is_(None))
VIEWS = ("needs-us", "waiting", "overdue", "open", "closed", "all")
UNREADABLE: dict[str, Any] = {"weapon": None, "reference": None, "title": "—"}


@dataclass(frozen=True, slots=True)
class Line:
    """One case as a list shows it."""

    case: str
    counterpart: str
    direction: str
    state: str
    overlays: tuple[str, ...]
    priority: str
    waiting_on: str | None
    due_ms: int | None
    near_ms: int | None
    basis: str | None
    weapon: Mapping[str, Any]
    reference: str | None
    title: str


@dataclass(frozen=True, slots=True)
class BoxQuery:
    """Which page of Received or Sent. All ``words`` must be found, or one of ``phrases`` (``api.asked.search_of``)."""

    direction: str
    view: str = "needs-us"
    state: str = ""
    counterpart: str = ""
    words: frozenset[str] = frozenset()
    phrases: frozenset[str] = frozenset()
    cursor: str | None = None
    limit: int = 50


@dataclass(frozen=True, slots=True)
class Due:
    """One open deadline with the case it belongs to."""

    case: str
    counterpart: str
    title: str
    clock: str
    owed_by: str
    due_ms: int
    near_ms: int
    basis: str


@dataclass(frozen=True, slots=True)
class Stuck:
    """A message of ours that did not get through, or one of theirs without effect."""

    what: str  # rejected | parked | retrying | kept
    case: str | None
    counterpart: str
    title: str
    reason: str | None
    attempts: int = 0
    next_ms: int | None = None


@dataclass(frozen=True, slots=True)
class Waiting:
    """A draft that a second person must release."""

    case: str
    counterpart: str
    title: str
    verb: str
    drafted_by: str
    drafted_ms: int


def view_where(view: str, now_ms: int) -> ColumnElement[bool]:
    """What a tab of a box shows, as a condition on cases."""
    conditions: dict[str, ColumnElement[bool]] = {
        "needs-us": and_(_cases.c.waiting_on == "us", IS_OPEN),
        "waiting": and_(_cases.c.waiting_on == "them", IS_OPEN),
        "overdue": and_(PLACE.op("<=")(now_ms), IS_OPEN),
        "open": IS_OPEN,
        "closed": HAS_ENDED,
        "all": _cases.c.id.is_not(None),
    }
    return conditions[view]


def tallies(view: View, direction: str, now_ms: int) -> dict[str, int]:
    """How many cases each tab of a box holds."""
    box = _cases.c.direction == direction
    counts = _counts(view, _cases.c.id, [and_(box, view_where(name, now_ms)) for name in VIEWS])
    return dict(zip(VIEWS, counts, strict=True))


def needs_us(view: View, now_ms: int, limit: int) -> tuple[list[Line], int]:
    """The cases that wait for this authority, the one that presses most first, and how many there are."""
    waits = [and_(_cases.c.direction == direction, view_where("needs-us", now_ms)) for direction in BOXES]
    query = _lines().add_columns(PLACE.label("place")).order_by(PLACE, _cases.c.id).limit(limit)
    rows = [row for where in waits for row in view.conn.execute(query.where(where))]
    pressing = sorted(rows, key=lambda row: (row.place, row.id))[:limit]
    return [_line(view, row) for row in pressing], min(MOST_COUNTED, sum(_counts(view, _cases.c.id, waits)))


def box_lines(view: View, box: BoxQuery, now_ms: int) -> tuple[list[Line], str | None]:
    """One page of a box and the cursor of the next. What presses comes first; what has ended, newest first.

    Raises CursorInvalid.
    """
    ended_last = box.view in ("closed", "all")
    key = _cases.c.updated_ms if ended_last else PLACE
    query = _lines().add_columns(key.label("place")).where(*_box_where(view, box, now_ms))
    if box.cursor is not None:
        query = query.where(*beyond(key, box.cursor, ascending=not ended_last))
    order = (key.desc(), _cases.c.id.desc()) if ended_last else (key, _cases.c.id)
    rows = view.conn.execute(query.order_by(*order).limit(box.limit + 1)).all()
    shown = rows[: box.limit]
    following = cursors.encode(shown[-1].place, shown[-1].id) if len(rows) > box.limit else None
    return [_line(view, row) for row in shown], following


def _box_where(view: View, box: BoxQuery, now_ms: int) -> list[ColumnElement[bool]]:
    few, wanted = few_of(view, box.words, box.phrases)
    wanted += [beside(_cases.c.direction, few) == box.direction, _view_of(box, now_ms)]
    if box.counterpart:
        wanted.append(beside(_cases.c.counterpart, few) == box.counterpart)
    return [*wanted, _cases.c.state == box.state] if box.state else wanted


def _view_of(box: BoxQuery, now_ms: int) -> ColumnElement[bool]:
    """What the view shows; among what has ended a state alone decides, and finds its index."""
    if box.view != "closed" or not box.state:
        return view_where(box.view, now_ms)
    return _cases.c.id.is_not(None) if box.state in ENDED else false()


def open_with(view: View, counterpart: str, limit: int) -> list[Line]:
    """The open cases with one counterpart, both directions, the next date first."""
    unsettled = and_(_cases.c.counterpart == counterpart, IS_OPEN, _cases.c.state.not_in(("answered", "refused")))
    query = _lines().add_columns(PLACE.label("place")).order_by(PLACE, _cases.c.id).limit(limit)
    rows = [row for whom in WAITED_ON for row in view.conn.execute(query.where(unsettled, whom))]
    return [_line(view, row) for row in sorted(rows, key=lambda row: (row.place, row.id))[:limit]]


def open_by_counterpart(view: View, authorities: Iterable[str]) -> dict[str, tuple[int, int]]:
    """For each counterpart how many of our requests wait for it, and how many of its requests wait for us."""
    known = list(authorities)
    ours, theirs = (
        _counts(
            view,
            _cases.c.id,
            [and_(_cases.c.counterpart == one, _cases.c.waiting_on == whom, IS_OPEN) for one in known],
        )
        for whom in ("them", "us")
    )
    return dict(zip(known, zip(ours, theirs, strict=True), strict=True))


def due_within(view: View, from_ms: int, until_ms: int, limit: int) -> list[Due]:
    """Open deadlines that fall due in a span, the next one first."""
    columns = (
        _deadlines.c.clock,
        _deadlines.c.owed_by,
        _deadlines.c.due_ms,
        _deadlines.c.near_ms,
        _deadlines.c.basis,
        _cases.c.id,
        _cases.c.counterpart,
        _cases.c.content_key,
        _cases.c.summary,
    )
    query = (
        select(*columns)
        .join(_cases, _cases.c.id == _deadlines.c.case_id)
        .where(_running(from_ms, until_ms))
        .order_by(_deadlines.c.due_ms, _deadlines.c.id)
        .limit(limit)
    )
    return [
        Due(
            row.id,
            row.counterpart,
            _summary(view, row)["title"],
            row.clock,
            row.owed_by,
            row.due_ms,
            row.near_ms,
            row.basis,
        )
        for row in view.conn.execute(query)
    ]


def due_days(view: View, edges_ms: list[int], counterpart: str = "") -> tuple[int, list[int]]:
    """How many open deadlines have passed, and how many fall due between each two edges; each up to MOST_COUNTED."""
    passed = _deadlines.c.ended_ms.is_(None) & (_deadlines.c.due_ms <= edges_ms[0])
    spans = (_running(after_ms, until_ms) for after_ms, until_ms in pairwise(edges_ms))
    of_case = exists().where(_cases.c.id == _deadlines.c.case_id, _cases.c.counterpart == counterpart)
    late, *days = _counts(view, _deadlines.c.id, [one & of_case if counterpart else one for one in (passed, *spans)])
    return late, days


def waiting_drafts(view: View, limit: int) -> list[Waiting]:
    """What waits for a second person, the oldest first."""
    columns = (
        _drafts.c.verb,
        _drafts.c.drafted_by,
        _drafts.c.drafted_ms,
        _cases.c.id,
        _cases.c.counterpart,
        _cases.c.content_key,
        _cases.c.summary,
    )
    query = (
        select(*columns)
        .join(_cases, _cases.c.id == _drafts.c.case_id)
        .where(_drafts.c.status == literal_column("'pending'"))
        .order_by(_drafts.c.drafted_ms)
        .limit(limit)
    )
    return [
        Waiting(row.id, row.counterpart, _summary(view, row)["title"], row.verb, row.drafted_by, row.drafted_ms)
        for row in view.conn.execute(query)
    ]


def stuck(view: View, limit: int) -> list[Stuck]:
    """Messages rejected there, parked or repeatedly failing here, and theirs that are without effect."""
    return [*_rejected(view, limit), *_failing(view, limit), *_kept(view, limit)][:limit]


def _rejected(view: View, limit: int) -> list[Stuck]:
    join = _envelopes.join(_cases, _cases.c.id == _envelopes.c.case_id)
    query = select(
        _envelopes.c.code, _cases.c.id, _cases.c.counterpart, _cases.c.content_key, _cases.c.summary
    ).select_from(join)
    rows = view.conn.execute(
        query.where(
            _envelopes.c.stage == literal_column("'rejected'"),
            _envelopes.c.direction == "out",
            _cases.c.state.not_in(("closed", "withdrawn")),
        ).limit(limit)
    )
    return [Stuck("rejected", row.id, row.counterpart, _summary(view, row)["title"], row.code) for row in rows]


def _failing(view: View, limit: int) -> list[Stuck]:
    """One line for each counterpart that cannot be reached, and one for each parked item that is not dealt with."""
    of_parked = (_messages.c.mid == _outbox.c.ref, _outbox.c.parked_ms.is_not(None))
    settled = select(_messages.c.mid).where(*of_parked, IS_SETTLED).correlate(_outbox)
    rows = view.conn.execute(
        select(_outbox)
        .where(or_(_outbox.c.state == "parked", _outbox.c.attempts > 1), ~exists(settled))
        .order_by(_outbox.c.attempts.desc())
        .limit(200)
    ).all()
    cases = _cases_of(view, [row.ref for row in rows if row.item == "envelope" and row.state == "parked"])
    found: dict[tuple[str, str], Stuck] = {}
    for row in rows:
        what = "parked" if row.state == "parked" else "retrying"
        case_id = cases.get(row.ref) if what == "parked" else None
        key = (row.counterpart, str(case_id) if what == "parked" else what)
        found.setdefault(
            key,
            Stuck(
                what,
                case_id,
                row.counterpart,
                row.counterpart,
                row.last_error,
                row.attempts,
                row.next_ms,
            ),
        )
    return list(found.values())[:limit]


def _cases_of(view: View, mids: Sequence[str]) -> dict[str, str | None]:
    """The case each of our envelopes belongs to; an envelope is known by its sender and its mid together."""
    query = select(_envelopes.c.mid, _envelopes.c.case_id).where(_envelopes.c.mid.in_(mids))
    senders = {mid.partition(":")[0] for mid in mids}
    return {row.mid: row.case_id for row in view.conn.execute(query.where(_envelopes.c.sender.in_(senders)))}


def _kept(view: View, limit: int) -> list[Stuck]:
    join = _messages.join(_cases, _cases.c.id == _messages.c.case_id)
    query = select(
        _messages.c.kind, _cases.c.id, _cases.c.counterpart, _cases.c.content_key, _cases.c.summary
    ).select_from(join)
    rows = view.conn.execute(
        query.where(_messages.c.effect == literal_column("'kept'"), _messages.c.direction == "in", IS_OPEN).limit(limit)
    )
    return [Stuck("kept", row.id, row.counterpart, _summary(view, row)["title"], row.kind) for row in rows]


def _lines() -> Any:
    """Cases with the basis of their nearest open deadline, and when that is near."""
    running = (_deadlines.c.case_id == _cases.c.id, _deadlines.c.ended_ms.is_(None), is_duty())
    nearest = (
        select(_deadlines.c[name]).where(*running).order_by(_deadlines.c.due_ms).limit(1).scalar_subquery().label(name)
        for name in ("basis", "near_ms")
    )
    return select(_cases, *nearest)


def _line(view: View, row: Any) -> Line:
    summary = _summary(view, row)
    return Line(
        row.id, row.counterpart, row.direction, row.state, tuple(row.overlays.split()), row.priority, row.waiting_on,
        row.due_ms, row.near_ms, row.basis,
        summary["weapon"] or {}, summary.get("reference"), summary["title"],
    )  # fmt: skip


def _summary(view: View, row: Any) -> Mapping[str, Any]:
    return UNREADABLE | summary_of(view, row)


def _running(from_ms: int, until_ms: int) -> ColumnElement[bool]:
    return and_(_deadlines.c.ended_ms.is_(None), _deadlines.c.due_ms > from_ms, _deadlines.c.due_ms <= until_ms)


def _counts(view: View, column: ColumnElement[Any], conditions: Sequence[ColumnElement[bool]]) -> list[int]:
    """How many rows hold each condition, each up to MOST_COUNTED, in one statement for every few."""
    found: list[int] = []
    for at in range(0, len(conditions), AT_ONCE):
        few = (select(column).where(where).limit(MOST_COUNTED).subquery() for where in conditions[at : at + AT_ONCE])
        counts = (select(func.count()).select_from(each).scalar_subquery() for each in few)
        found += map(int, view.conn.execute(select(*counts)).one())
    return found
