"""The audit trail: its entries, its signed checkpoints and their witnesses, for those who watch over it."""

from typing import Any

from aiohttp import web

from protocol import strictjson
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import limit_of
from tracing.desk.api.said import Checkpoint, EntryList, WitnessList
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import Described, route
from tracing.store.entries import EntryQuery, list_entries, tree_head
from tracing.trust.quorum import quorum

__all__ = ["AUDIT_ROUTES"]

PRIVATE = "private"
QUERY = ("tree", "kind", "ref", "cursor", "limit")
MOST_BYTES = 8 * 1024 * 1024


@route(
    "GET",
    "/api/v1/audit/entries",
    policy="audit",
    describe=Described(
        tag="audit",
        summary="Entries of one tree (private, or the authority of a counterpart), the newest first",
        answer=EntryList,
        query=QUERY,
        problems=("not-found", "bad-query", "bad-cursor"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    desk, query = http_request.app[DESK], read_query(http_request, *QUERY)
    wanted = EntryQuery(
        query.get("tree", PRIVATE), query.get("kind"), query.get("ref"), query.get("cursor"), limit_of(query)
    )
    await _head(http_request, wanted.tree)
    page = await desk.store.read(lambda view: list_entries(view, wanted))
    return answer({"items": [_item(item) for item in page.items], "next": page.next})


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
    head = await _head(http_request, read_query(http_request, "tree").get("tree", PRIVATE))
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


async def _head(http_request: web.Request, tree: str) -> dict[str, Any]:
    head = await http_request.app[DESK].store.read(lambda view: tree_head(view, tree))
    if head is None:
        raise Refused("not-found", f"no tree {tree[:80]!r}; there is {PRIVATE}, and one for each counterpart on a node")
    return head


def _item(item: dict[str, Any]) -> dict[str, Any]:
    what = strictjson.load(item["object"].encode(), MOST_BYTES) if item["object"] is not None else None
    return {name: value for name, value in item.items() if name != "at_ms"} | {
        "at": instant(item["at_ms"]),
        "object": what,
    }


AUDIT_ROUTES = (list_them, show_checkpoint, list_witnesses)
