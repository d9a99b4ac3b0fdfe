"""Deadlines: what is owed by whom, the next one first, each with the source of its number."""

from typing import Any

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import authority_asked, instant_of, limit_of, truth_of, zone_of
from tracing.desk.api.said import DeadlineList
from tracing.desk.context import DESK
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route
from tracing.store.cases import DeadlineQuery, list_deadlines

__all__ = ["DEADLINE_ROUTES"]

QUERY = ("from", "to", "mine", "counterpart", "cursor", "limit")


@route(
    "GET",
    "/api/v1/deadlines",
    policy="deadlines",
    describe=Described(
        tag="deadlines",
        summary="Open deadlines from (inclusive) to (exclusive); mine: our duties in my cases and in nobody's",
        answer=DeadlineList,
        query=QUERY,
        problems=("bad-query", "bad-cursor"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    desk, actor, query, zone = (
        http_request.app[DESK],
        actor_of(http_request),
        read_query(http_request, *QUERY),
        zone_of(http_request),
    )
    wanted = DeadlineQuery(
        from_ms=instant_of(query, "from", zone),
        to_ms=instant_of(query, "to", zone),
        owner=actor.name if truth_of(query, "mine") else None,
        counterpart=authority_asked(query, "counterpart"),
        cursor=query.get("cursor"),
        limit=limit_of(query),
    )
    now_ms = desk.clock.now_ms()
    page = await desk.store.read(lambda view: list_deadlines(view, wanted, now_ms))
    await desk.office.note_read(actor, tuple(sorted({item["case"] for item in page.items})), "deadlines")
    return answer({"items": [_item(item) for item in page.items], "next": page.next})


def _item(item: dict[str, Any]) -> dict[str, Any]:
    instants = {name: instant(item[f"{name}_ms"]) for name in ("started", "due", "original_due")}
    return {name: value for name, value in item.items() if not name.endswith("_ms")} | instants


DEADLINE_ROUTES = (list_them,)
