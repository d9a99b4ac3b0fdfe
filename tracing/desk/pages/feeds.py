"""Calendar feeds at the desk: subscribed to, listed with when each was read last, revoked; all on one page."""

from aiohttp import web

from tracing.casework.errors import NotFound
from tracing.casework.policy import Actor, may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import row_of
from tracing.desk.api.feeds import path_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.feeds.duties import case_of
from tracing.feeds.subscriptions import KINDS, living, revoke, subscribe

__all__ = ["ROUTES"]


@route("GET", "/feeds", policy="subscribe")
async def show_feeds(http_request: web.Request) -> web.Response:
    """The list."""
    read_query(http_request)
    return await _shown(http_request)


@route("POST", "/feeds", policy="subscribe")
async def make_feed(http_request: web.Request) -> web.Response:
    """The address of a new feed, this once, above the list."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    whose = posted.first("whose")
    if whose not in KINDS:
        raise Refused("bad-query", f"whose: expected one of {', '.join(KINDS)}, got {whose[:40]!r}")
    _, secret = await desk.store.write(lambda tx: subscribe(tx, actor, whose))
    return await _shown(http_request, _address(desk, http_request, path_of(secret)))


@route("POST", "/feeds/{feed}", policy="subscribe")
async def revoke_feed(http_request: web.Request) -> web.Response:
    """It leads nowhere any more; then the list again."""
    await read_posted(http_request)
    actor, feed = actor_of(http_request), row_of(http_request, "feed")
    await http_request.app[DESK].store.write(lambda tx: revoke(tx, actor, feed))
    return redirect("/feeds")


@route("GET", "/deadlines/{deadline}-{end}", policy="read")
async def open_case(http_request: web.Request) -> web.Response:
    """Where an event leads: to the case, whose whole number names a State and stands in no feed."""
    deadline, end = row_of(http_request, "deadline"), http_request.match_info["end"]
    case = await http_request.app[DESK].store.read(lambda view: case_of(view, deadline, end))
    if case is None:
        raise NotFound("no such date any more; look for the end of the case's number in the lists")
    return redirect(f"/cases/{case}")


ROUTES = [show_feeds, make_feed, revoke_feed, open_case]


async def _shown(http_request: web.Request, address: str = "") -> web.Response:
    desk, actor = http_request.app[DESK], actor_of(http_request)
    found = await desk.store.read(lambda view: living(view, actor))
    rows = [{"feed": one, "is_mine": one.user == actor.name} for one in found]
    return page("feeds.html", frame_of(http_request), rows=rows, address=address, kinds=_kinds(actor))


def _kinds(actor: Actor) -> list[str]:
    return [whose for whose, (verb, _most) in KINDS.items() if may(actor.role, verb)]


def _address(desk: Desk, http_request: web.Request, path: str) -> str:
    """As calendars must be given it: where officers reach the desk, else where this one reached it."""
    return f"{desk.settings.desk_url or http_request.url.origin()}{path}"
