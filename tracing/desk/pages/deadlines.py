"""Deadlines: every open duty by day, ours and theirs, each with where its number comes from."""

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from aiohttp import web

from protocol.messages.members import Day
from tracing.casework.policy import may
from tracing.clock import to_ms
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import Frame, Link, frame_of, page
from tracing.desk.pages.moments import Here, standing_badge
from tracing.desk.pages.redating import proposed
from tracing.desk.pages.rows import name_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store.cases import DeadlineQuery, list_deadlines
from tracing.store.cursors import CursorInvalid

__all__ = ["ROUTES"]

SPANS = {"passed": N_("Passed"), "week": N_("This week"), "month": N_("30 days"), "all": N_("All")}
LENGTH = {"week": timedelta(days=7), "month": timedelta(days=30)}


@route("GET", "/deadlines", policy="deadlines")
async def show_deadlines(http_request: web.Request) -> web.Response:
    """A span (``days``) or one day of it, the next date first."""
    asked = read_query(http_request, "days", "day", "cursor")
    frame, desk = frame_of(http_request), http_request.app[DESK]
    query = _query(frame.here, asked)
    now_ms = to_ms(frame.here.now)
    try:
        found = await desk.store.read(lambda look: list_deadlines(look, query, now_ms))
    except CursorInvalid as error:
        raise Refused("bad-cursor", "begin again at the first page") from error
    actor = actor_of(http_request)
    await desk.office.note_read(actor, tuple(sorted({item["case"] for item in found.items})), "deadlines")
    return page(
        "deadlines.html", frame, **_view(frame, desk, found.items, asked), following=_following(asked, found.next),
        proposed=await proposed(desk, actor), may_be_reminded=may(actor.role, "reminders"),
    )  # fmt: skip


ROUTES = [show_deadlines]


def _query(here: Here, asked: dict[str, str]) -> DeadlineQuery:
    cursor, now_ms = asked.get("cursor"), to_ms(here.now)
    if "day" in asked:
        start = _midnight(here, _day(asked["day"]))
        # A limit ends at 24:00 of its day, which is the first instant of the next one.
        return DeadlineQuery(
            from_ms=max(to_ms(start) + 1, now_ms), to_ms=to_ms(start + timedelta(days=1)) + 1, cursor=cursor
        )
    span = asked.get("days", "all")
    if span not in SPANS:
        raise Refused("bad-query", f"days: expected one of {', '.join(SPANS)}, got {span[:40]!r}")
    if span == "passed":
        return DeadlineQuery(to_ms=now_ms + 1, cursor=cursor)
    until = None if span == "all" else to_ms(_midnight(here, here.today + LENGTH[span])) + 1
    return DeadlineQuery(from_ms=None if span == "all" else now_ms, to_ms=until, cursor=cursor)


def _day(text: str) -> date:
    day = Day().first(text)
    if day is None:
        raise Refused("bad-query", f"day: expected a date such as 2026-12-24, got {text[:40]!r}")
    return day


def _midnight(here: Here, day: date) -> datetime:
    return datetime.combine(day, time(), here.zone)


def _view(frame: Frame, desk: Desk, items: list[dict[str, Any]], asked: dict[str, str]) -> dict[str, Any]:
    now = asked.get("days", "" if "day" in asked else "all")
    tabs = [Link(f"/deadlines?days={name}", _(label), current=name == now) for name, label in SPANS.items()]
    days = [
        {"day": day, "rows": [_row(frame.here, desk, item) for item in some]}
        for day, some in groupby(items, lambda item: frame.here.day_of(frame.here.instant(item["due_ms"])))
    ]
    return {"tabs": tabs, "days": days, "one_day": _day(asked["day"]) if "day" in asked else None}


def _row(here: Here, desk: Desk, item: dict[str, Any]) -> dict[str, Any]:
    badge = standing_badge(here, item["due_ms"], item["standing"], item["basis"], is_paused=item["paused"])
    return {
        **item,
        "href": f"/cases/{item['case']}",
        "who": name_of(item["counterpart"], desk.partners),
        "badge": badge,
    }


def _following(asked: dict[str, str], cursor: str | None) -> str | None:
    if cursor is None:
        return None
    name = "day" if "day" in asked else "days"
    return f"/deadlines?{name}={asked.get(name, 'all')}&cursor={cursor}"
