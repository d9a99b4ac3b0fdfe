"""Counterparts: who they are, how the contact stands, and the bilateral ledger."""

from typing import Any

from aiohttp import web

from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import authority_of, number_of
from tracing.desk.api.said import CounterpartList, CounterpartWhole, LedgerSaid
from tracing.desk.context import DESK, Desk
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route
from tracing.store import counterparts

__all__ = ["COUNTERPART_ROUTES"]

FIRST_YEAR, LAST_YEAR = 2005, 2200  # the Instrument is of 2005


@route(
    "GET",
    "/api/v1/counterparts",
    policy="counterparts",
    describe=Described(
        tag="counterparts",
        summary="All counterparts",
        answer=CounterpartList,
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    rows = await http_request.app[DESK].store.read(counterparts.all_counterparts)
    return answer({"items": [_item(row) for row in rows], "next": None})


@route(
    "GET",
    "/api/v1/counterparts/{authority}",
    policy="counterparts",
    describe=Described(
        tag="counterparts",
        summary="One counterpart and the health of the contact",
        answer=CounterpartWhole,
        problems=("not-found",),
    ),
)
async def show_one(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk = http_request.app[DESK]
    row = await _find(desk, authority_of(http_request))
    health = {
        "digest": row["root_digest"],
        "pinned": instant(row["pinned_ms"]),
        "last_hello": instant(row["last_hello_ms"]),
        "clock_offset_ms": row["clock_offset_ms"],
        "carriage": row["carriage"],
        "keyset": _keyset(desk, row["authority"]),
    }
    return answer(_item(row) | health)


@route(
    "GET",
    "/api/v1/counterparts/{authority}/ledger",
    policy="ledger",
    describe=Described(
        tag="counterparts",
        summary="The bilateral ledger: who owes whom what, and how long answers took",
        answer=LedgerSaid,
        query=("year",),
        problems=("not-found", "bad-query"),
    ),
)
async def show_ledger(http_request: web.Request) -> web.StreamResponse:
    desk, authority = http_request.app[DESK], authority_of(http_request)
    year = number_of(read_query(http_request, "year"), "year", FIRST_YEAR, LAST_YEAR)
    await _find(desk, authority)
    now_ms = desk.clock.now_ms()
    return answer(dict(await desk.store.read(lambda view: desk.ledger(view, authority, year, now_ms))))


async def _find(desk: Desk, authority: str) -> dict[str, Any]:
    row = await desk.store.read(lambda view: counterparts.one_counterpart(view, authority))
    if row is None:
        raise Refused("not-found", f"no counterpart {authority!r} at this node")
    return row


def _item(row: dict[str, Any]) -> dict[str, Any]:
    members = ("authority", "country", "name", "on_node", "status", "url")
    return {name: row[name] for name in members} | {"last_contact": instant(row["last_contact_ms"])}


def _keyset(desk: Desk, authority: str) -> dict[str, Any] | None:
    """What the newest keyset we hold says of itself; None for a State reached by letter."""
    partner = desk.partners.get(authority)
    if partner is None or partner.trust is None or partner.trust.keyset is None:
        return None
    keyset = partner.trust.keyset
    return {
        "version": keyset.ver,
        "issued": instant(keyset.iat),
        "expires": instant(keyset.exp),
        "sha256": partner.trust.keyset_sha256,
    }


COUNTERPART_ROUTES = (list_them, show_one, show_ledger)
