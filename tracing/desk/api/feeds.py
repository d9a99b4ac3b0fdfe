"""Calendar feeds: made, listed and revoked by people, read by their calendars.

The address of a feed stands in the answer to whoever made it and nowhere else: an answer given again under its
Idempotency-Key has ``"path": null``.
"""

import asyncio
from typing import Any

from aiohttp import web

from tracing.casework.errors import NotFound
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import row_of
from tracing.desk.api.entered import FeedEntered
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import FeedList, FeedSaid
from tracing.desk.context import DESK, Desk
from tracing.desk.links import tried
from tracing.desk.problems import Refused
from tracing.desk.reading import is_known, read_object, read_query
from tracing.desk.routes import PUBLIC, Described, route
from tracing.feeds.calendars import Calendar
from tracing.feeds.duties import duties
from tracing.feeds.subscriptions import (
    Feed,
    behind,
    is_stale,
    living,
    made_since,
    note_use,
    revoke,
    subscribe,
)
from tracing.phrases import House, Reader
from tracing.store import View

__all__ = ["FEED_ROUTES", "path_of"]


def path_of(secret: str) -> str:
    """Where a calendar reads a feed on this listener."""
    return f"/calendar/{secret}.ics"


@route(
    "POST", "/api/v1/feeds", policy="subscribe",
    describe=Described(
        tag="deadlines", summary="Make a calendar feed; its address is shown this once", body=FeedEntered,
        answer=FeedSaid, status=201, headers=("Idempotency-Key",), problems=("too-many-feeds",),
    ),
)  # fmt: skip
async def make_feed(http_request: web.Request) -> web.StreamResponse:
    desk, actor = http_request.app[DESK], actor_of(http_request)
    whose = await _whose(http_request)

    async def perform(_name: str | None) -> Done:
        feed, secret = await desk.store.write(lambda tx: subscribe(tx, actor, whose))
        return Done(201, _said(feed), {"path": path_of(secret)})

    async def find(since_ms: int) -> Done | None:
        found = await desk.store.read(lambda view: made_since(view, actor, whose, since_ms))
        return Done(201, _said(found)) if found else None

    return await answer_once(http_request, Deed(perform, find))


@route(
    "GET", "/api/v1/feeds", policy="subscribe",
    describe=Described(tag="deadlines", summary="Calendar feeds that live and that one may revoke", answer=FeedList),
)  # fmt: skip
async def list_feeds(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    actor = actor_of(http_request)
    found = await http_request.app[DESK].store.read(lambda view: living(view, actor))
    return answer({"items": [_said(feed) for feed in found], "next": None})


@route(
    "DELETE", "/api/v1/feeds/{feed}", policy="subscribe",
    describe=Described(
        tag="deadlines", summary="Revoke a calendar feed: it leads nowhere any more", answer=FeedSaid,
        problems=("not-found",),
    ),
)  # fmt: skip
async def revoke_feed(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    actor, number = actor_of(http_request), row_of(http_request, "feed")
    return answer(_said(await http_request.app[DESK].store.write(lambda tx: revoke(tx, actor, number))))


@route(
    "GET", "/calendar/{token}.ics", policy=PUBLIC,
    describe=Described(
        tag="deadlines", summary="Open duties as iCalendar (RFC 5545), for whoever knows the address",
        problems=("not-found", "too-many", "bad-query"),
    ),
)  # fmt: skip
async def read_feed(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk = http_request.app[DESK]
    with tried(http_request) as secret:
        feed, calendar = await desk.store.read(lambda view: _behind(view, secret, desk))
    if is_stale(feed, desk.clock.now_ms()):
        await desk.store.write(lambda tx: note_use(tx, feed))
    headers = {"ETag": calendar.etag, "Cache-Control": "private, no-cache"}  # kept, and asked for anew each time
    if is_known(http_request.headers, calendar.etag):
        return web.Response(status=304, headers=headers)
    body = await asyncio.to_thread(calendar.to_bytes)
    headers["Content-Disposition"] = 'attachment; filename="deadlines.ics"'
    return web.Response(body=body, content_type="text/calendar", charset="utf-8", headers=headers)


FEED_ROUTES = (make_feed, list_feeds, revoke_feed, read_feed)


async def _whose(http_request: web.Request) -> str:
    body = await read_object(http_request)
    if body.keys() != {"whose"} or body["whose"] not in ("mine", "team"):
        raise Refused("bad-body", 'expected {"whose": "mine"} or {"whose": "team"}')
    return str(body["whose"])


def _behind(view: View, secret: str, desk: Desk) -> tuple[Feed, Calendar]:
    feed = behind(view, secret)
    if feed is None:
        raise NotFound("this address leads nowhere; it may have been cut off: copy it whole")
    settings = desk.settings
    language = settings.mail.language if feed.whose == "team" else feed.language
    due = duties(view, feed, settings.authority, desk.clock.now())
    return feed, Calendar(feed.whose, due, Reader(language, settings.zone), House.of(settings))


def _said(feed: Feed) -> dict[str, Any]:
    return {
        "feed": feed.id, "whose": feed.whose, "user": feed.user, "made": instant(feed.made_ms),
        "used": instant(feed.used_ms), "path": None,
    }  # fmt: skip
