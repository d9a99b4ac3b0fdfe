"""The audit trail: its entries, its signed checkpoints and their witnesses, for those who watch over it."""

from dataclasses import replace

from aiohttp import web

from tracing.audit import PRIVATE
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import limit_of
from tracing.desk.api.said import Checkpoint, EntryList, ReaderList, WitnessList
from tracing.desk.api.trailfile import FILTERS, asked_entries, check_tree, entry_of, page_of, send_entries
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route
from tracing.store.readers import read_by
from tracing.trust.quorum import quorum

__all__ = ["AUDIT_ROUTES"]

QUERY = (*FILTERS, "cursor", "limit")


@route(
    "GET",
    "/api/v1/audit/entries",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="Entries of one tree (private, or the authority of a counterpart), the newest first. case: an id, or "
        "the reference its requester gave it; who and act: as entries name them; from, until: days, or instants",
        answer=EntryList,
        query=QUERY,
        problems=("not-found", "bad-query", "bad-cursor"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    desk, query = http_request.app[DESK], read_query(http_request, *QUERY)
    asked = await asked_entries(http_request, query)
    await check_tree(desk.store, asked.tree)
    page = await page_of(desk.store, replace(asked, cursor=query.get("cursor"), limit=limit_of(query)))
    return answer({"items": [entry_of(item) for item in page.items], "next": page.next})


@route(
    "GET",
    "/api/v1/audit/entries/file",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="All entries asked for as a file, as=csv or jsonl (an entry a line); that it was made is an entry too",
        query=(*FILTERS, "as"),
        problems=("not-found", "bad-query"),
        media="application/jsonl",
        also=("text/csv",),
    ),
)
async def send_them(http_request: web.Request) -> web.StreamResponse:
    query = read_query(http_request, *FILTERS, "as")
    return await send_entries(http_request, await asked_entries(http_request, query), query.get("as", "jsonl"))


@route(
    "GET",
    "/api/v1/audit/readers",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="Who read a case, by person; case: its id, or the reference its requester gave it",
        answer=ReaderList,
        query=("case",),
        problems=("not-found", "bad-query"),
    ),
)
async def list_readers(http_request: web.Request) -> web.StreamResponse:
    asked = await asked_entries(http_request, read_query(http_request, "case"))
    case = asked.case
    if case is None:
        raise Refused("bad-query", "case: expected the id of a case, or its reference")
    desk = http_request.app[DESK]
    await page_of(desk.store, asked)  # unavailable where not all can be found yet
    found = await desk.store.read(lambda view: read_by(view, case))
    items = [
        {"who": one.who, "times": one.times, "first": instant(one.first_ms), "last": instant(one.last_ms),
         "ways": sorted(one.ways), "releases": sorted(one.releases)}
        for one in found.items
    ]  # fmt: skip
    return answer({"case": case, "items": items, "whole": found.is_whole, "next": None})


@route(
    "GET",
    "/api/v1/audit/checkpoint",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="The newest signed checkpoint of one tree",
        answer=Checkpoint,
        query=("tree",),
        problems=("not-found",),
    ),
)
async def show_checkpoint(http_request: web.Request) -> web.StreamResponse:
    head = await check_tree(http_request.app[DESK].store, read_query(http_request, "tree").get("tree", PRIVATE))
    return answer(
        {name: value for name, value in head.items() if name != "checkpoint_ms"}
        | {"at": instant(head["checkpoint_ms"])}
    )


@route(
    "GET",
    "/api/v1/audit/witnesses",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="The counterparts that cosign our trees, and whether enough of them do",
        answer=WitnessList,
    ),
)
async def list_witnesses(http_request: web.Request) -> web.StreamResponse:
    desk = http_request.app[DESK]
    found = await desk.store.read(lambda view: quorum(view, desk.clock.now_ms(), desk.settings.audit.quorum))
    items = [
        {"witness": one.witness, "entries": one.size, "cosigned": one.cosigned, "at": instant(one.at_ms),
         "state": one.state}
        for one in found.witnesses
    ]  # fmt: skip
    state = "green" if found.is_met else "amber"
    return answer({"state": state, "needed": found.needed, "current": found.current, "items": items, "next": None})


AUDIT_ROUTES = (list_them, send_them, list_readers, show_checkpoint, list_witnesses)
