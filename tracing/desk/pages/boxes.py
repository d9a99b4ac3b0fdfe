"""Received and Sent: one table each, its views as tabs with counts, its filter in the URL, pages by cursor."""

from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from protocol.lifecycle import State
from tracing.clock import to_ms
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import search_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages import looks
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.frame import Link, frame_of, page
from tracing.desk.pages.rows import row_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.store.cursors import CursorInvalid

__all__ = ["ROUTES"]

TABS = {
    "needs-us": N_("Needs us"), "waiting": N_("Waiting for them"), "overdue": N_("Date passed"), "open": N_("Open"),
    "closed": N_("Ended"), "all": N_("All"),
}  # fmt: skip
NOTHING = {
    "needs-us": N_("Nothing here needs this authority."), "waiting": N_("Nothing waits for the other side."),
    "overdue": N_("No date has passed."),
    "open": N_("No case is open."), "closed": N_("No case has ended."), "all": N_("There are no cases yet."),
}  # fmt: skip
HEADINGS = {
    "received": (N_("Received"), N_("requests of other States to us")),
    "sent": (N_("Sent"), N_("our requests to other States")),
}


@route("GET", "/received", policy="list")
async def show_received(http_request: web.Request) -> web.Response:
    """What other States ask of us."""
    return await _show(http_request, "received")


@route("GET", "/sent", policy="list")
async def show_sent(http_request: web.Request) -> web.Response:
    """What we ask of other States."""
    return await _show(http_request, "sent")


ROUTES = [show_received, show_sent]


async def _show(http_request: web.Request, direction: str) -> web.Response:
    asked = read_query(http_request, "view", "state", "counterpart", "q", "cursor")
    box = _box(direction, asked)
    frame, desk = frame_of(http_request), http_request.app[DESK]
    now_ms = to_ms(frame.here.now)
    lines, following, counts = await desk.store.read(lambda look: _look(look, box, now_ms))
    await desk.office.note_read(actor_of(http_request), tuple(line.case for line in lines), direction)
    return page(
        "box.html",
        frame,
        **_view(desk, box, asked),
        rows=[row_of(line, frame.here, desk.partners) for line in lines],
        **_paging(f"/{direction}", asked, following),
        tabs=_tabs(direction, box.view, counts),
    )


def _box(direction: str, asked: dict[str, str]) -> looks.BoxQuery:
    view = asked.get("view", "needs-us")
    if view not in TABS:
        raise Refused("bad-query", f"view: expected one of {', '.join(TABS)}, got {view[:40]!r}")
    words, phrases = search_of(asked.get("q"))
    return looks.BoxQuery(
        direction, view, asked.get("state", ""), asked.get("counterpart", ""), words, phrases, asked.get("cursor")
    )


def _look(view: View, box: looks.BoxQuery, now_ms: int) -> tuple[list[looks.Line], str | None, dict[str, int]]:
    try:
        lines, following = looks.box_lines(view, box, now_ms)
    except CursorInvalid as error:
        raise Refused("bad-cursor", "begin again at the first page") from error
    return lines, following, looks.tallies(view, box.direction, now_ms)


def _view(desk: Desk, box: looks.BoxQuery, asked: dict[str, str]) -> dict[str, Any]:
    heading, explain = HEADINGS[box.direction]
    partners = [{"authority": one.authority, "country_name": country_name(one.country)} for one in desk.partners.all()]
    return {
        "path": f"/{box.direction}", "heading": _(heading), "explain": _(explain), "view": box.view,
        "tab_now": _(TABS[box.view]), "nothing": _(NOTHING[box.view]),
        "q": asked.get("q", ""), "state": box.state, "counterpart": box.counterpart,
        "states": [state.value for state in State],
        "counterparts": sorted(partners, key=lambda one: one["country_name"]),
        "filtered": any(asked.get(name) for name in ("q", "state", "counterpart")),
    }  # fmt: skip


def _paging(path: str, asked: dict[str, str], following: str | None) -> dict[str, Any]:
    kept = {name: value for name, value in asked.items() if name != "cursor"}
    next_page = f"{path}?{urlencode(kept | {'cursor': following})}" if following else None
    return {"next": next_page, "first": f"{path}?{urlencode(kept)}", "paged": "cursor" in asked}


def _tabs(direction: str, now: str, counts: dict[str, int]) -> list[Link]:
    return [
        Link(f"/{direction}?view={name}", _(label), _most(counts[name]), current=name == now)
        for name, label in TABS.items()
    ]


def _most(count: int) -> str:
    return f"{looks.MOST_COUNTED - 1}+" if count >= looks.MOST_COUNTED else str(count)
