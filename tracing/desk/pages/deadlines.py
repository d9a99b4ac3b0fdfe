"""Deadlines: every open duty by day, ours and theirs, each with where its number comes from; a list or a calendar."""

from datetime import date, datetime, time, timedelta
from itertools import groupby
from typing import Any

from aiohttp import web

from protocol.messages.members import Day
from tracing.casework.policy import Actor, may
from tracing.clock import to_ms
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_asked
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.daygrid import Leaf, grid_of
from tracing.desk.pages.daysoff import DaysOff, days_off
from tracing.desk.pages.frame import Frame, Link, frame_of, page
from tracing.desk.pages.moments import Here, standing_badge
from tracing.desk.pages.redating import proposed
from tracing.desk.pages.rows import name_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.store.cases import DeadlineQuery, Page, list_deadlines
from tracing.store.cursors import CursorInvalid

__all__ = ["ROUTES"]

TABS = {
    "month=now": N_("Month"), "week=now": N_("Week"), "days=all": N_("List"), "days=passed": N_("Passed"),
}  # fmt: skip
SPANS = ("passed", "week", "month", "all")
LENGTH = {"week": timedelta(days=7), "month": timedelta(days=30)}


@route("GET", "/deadlines", policy="deadlines")
async def show_deadlines(http_request: web.Request) -> web.Response:
    """A list (a span of it, or one day), or the leaf of a calendar; with one counterpart where it is named."""
    asked = read_query(http_request, "days", "day", "month", "week", "with", "cursor")
    if sum(name in asked for name in ("days", "day", "month", "week")) > 1:
        raise Refused("bad-query", "expected one of days, day, month and week, got several")
    counterpart = authority_asked(asked, "with") or ""
    show = _show_leaf if {"month", "week"} & asked.keys() else _show_list
    return await show(http_request, asked, counterpart)


async def _show_list(http_request: web.Request, asked: dict[str, str], counterpart: str) -> web.Response:
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    query = _query(frame.here, asked, counterpart)
    try:
        found, off = await desk.store.read(lambda view: _listed(view, desk, frame.here, query))
    except CursorInvalid as error:
        raise Refused("bad-cursor", "begin again at the first page") from error
    await desk.office.note_read(actor, tuple(sorted({item["case"] for item in found.items})), "deadlines")
    return page(
        "deadlines.html", frame, **await _around(desk, actor, asked, counterpart), days=_days(frame, desk, found, off),
        one_day=_day(asked["day"]) if "day" in asked else None, following=_following(asked, found.next, counterpart),
    )  # fmt: skip


async def _show_leaf(http_request: web.Request, asked: dict[str, str], counterpart: str) -> web.Response:
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    if "cursor" in asked:
        raise Refused("bad-query", "cursor: a calendar has one page")
    span = "month" if "month" in asked else "week"
    leaf = Leaf.read(span, asked[span], frame.here.today)
    grid = await desk.store.read(lambda view: grid_of(view, desk, frame.here, leaf, counterpart))
    await desk.office.note_read(actor, grid.cases, "deadlines")
    cells = grid.cells(frame.here, counterpart)
    for cell in cells:
        cell["items"] = [_row(frame.here, desk, item) for item in cell["items"]]
    return page(
        "calendar.html", frame, **await _around(desk, actor, asked, counterpart), leaf=leaf, cells=cells,
        steps=grid.steps(_more(counterpart)), holidays=grid.holidays(counterpart),
    )  # fmt: skip


ROUTES = [show_deadlines]


async def _around(desk: Desk, actor: Actor, asked: dict[str, str], counterpart: str) -> dict[str, Any]:
    """What stands around a list and a calendar alike."""
    now = next((f"{name}={asked[name]}" for name in ("days", "month", "week") if name in asked), "")
    now = {"month": "month=now", "week": "week=now"}.get(now.partition("=")[0], now)
    now = "days=all" if not now and "day" not in asked else now
    hidden = next(((name, asked[name]) for name in ("days", "day", "month", "week") if name in asked), None)
    tabs = [
        Link(f"/deadlines?{href}{_more(counterpart)}", _(label), current=href == now) for href, label in TABS.items()
    ]
    known = [(one.authority, f"{country_name(one.country)} ({one.authority})") for one in desk.partners.all()]
    return {
        "tabs": tabs, "proposed": await proposed(desk, actor), "may_be_reminded": may(actor.role, "reminders"),
        "counterpart": counterpart, "counterparts": known, "hidden": hidden, "more": _more(counterpart),
        "with_name": name_of(counterpart, desk.partners) if counterpart else "",
    }  # fmt: skip


def _more(counterpart: str) -> str:
    return f"&with={counterpart}" if counterpart else ""


def _listed(view: View, desk: Desk, here: Here, query: DeadlineQuery) -> tuple[Page, DaysOff]:
    found = list_deadlines(view, query, to_ms(here.now))
    around = here.day_of(here.instant(found.items[0]["due_ms"])) if found.items else here.today
    return found, days_off(view, desk, (item["counterpart"] for item in found.items), around)


def _query(here: Here, asked: dict[str, str], counterpart: str) -> DeadlineQuery:
    from_ms, until_ms = _span(here, asked)
    return DeadlineQuery(from_ms, until_ms, counterpart=counterpart or None, cursor=asked.get("cursor"))


def _span(here: Here, asked: dict[str, str]) -> tuple[int | None, int | None]:
    now_ms = to_ms(here.now)
    if "day" in asked:
        start = _midnight(here, _day(asked["day"]))
        # A limit ends at 24:00 of its day, which is the first instant of the next one.
        return to_ms(start) + 1, to_ms(_midnight(here, _day(asked["day"]) + timedelta(days=1))) + 1
    span = asked.get("days", "all")
    if span not in SPANS:
        raise Refused("bad-query", f"days: expected one of {', '.join(SPANS)}, got {span[:40]!r}")
    if span == "passed":
        return None, now_ms + 1
    if span == "all":
        return None, None
    return now_ms, to_ms(_midnight(here, here.today + LENGTH[span])) + 1


def _day(text: str) -> date:
    day = Day().first(text)
    if day is None:
        raise Refused("bad-query", f"day: expected a date such as 2026-12-24, got {text[:40]!r}")
    return day


def _midnight(here: Here, day: date) -> datetime:
    return datetime.combine(day, time(), here.zone)


def _days(frame: Frame, desk: Desk, found: Page, off: DaysOff) -> list[dict[str, Any]]:
    """The rows of each day, with its holidays here and there."""
    here = frame.here
    return [
        {"day": day, "rows": [_row(here, desk, item) | {"why": _why(off, item, day)} for item in some]}
        for day, some in groupby(found.items, lambda item: here.day_of(here.instant(item["due_ms"])))
    ]


def _why(off: DaysOff, item: dict[str, Any], day: date) -> list[str]:
    return [why for whose in (off.us, item["counterpart"]) if (why := off.holiday(whose, day))]


def _row(here: Here, desk: Desk, item: dict[str, Any]) -> dict[str, Any]:
    badge = standing_badge(here, item["due_ms"], item["standing"], item["basis"], is_paused=item["paused"])
    return {
        **item,
        "href": f"/cases/{item['case']}",
        "who": name_of(item["counterpart"], desk.partners),
        "badge": badge,
    }


def _following(asked: dict[str, str], cursor: str | None, counterpart: str) -> str | None:
    if cursor is None:
        return None
    name = "day" if "day" in asked else "days"
    return f"/deadlines?{name}={asked.get(name, 'all')}{_more(counterpart)}&cursor={cursor}"
