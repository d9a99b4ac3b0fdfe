"""What is said to a counterpart outside any case, and what stands between the two: matters, deadlines, open cases."""

from dataclasses import asdict
from typing import Any

from aiohttp import web
from sqlalchemy import select

from protocol.agreements import Proposed
from protocol.messages import BY_KIND
from tracing.casework.matters.agreed import announced, proposed_with, stands_with
from tracing.casework.matters.file import list_matters, newest_reconciliation, read_matter
from tracing.casework.matters.relations import SAYS, Told
from tracing.casework.matters.rows import matter_messages, matters
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import authority_of, limit_of, matter_of
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import DirectorySaid, MatterList, MatterSaid, MatterWhole, ProfilesSaid, ReconciliationSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import preferred_wait_s, read_object, read_query
from tracing.desk.routes import Described, Route, route
from tracing.store import View
from tracing.store.counterparts import one_counterpart

__all__ = ["RELATION_ROUTES"]


def _say(verb: str) -> Route:
    """The route of one verb: each has its own policy and its own body."""

    async def serve(http_request: web.Request) -> web.StreamResponse:
        desk, actor, authority = http_request.app[DESK], actor_of(http_request), authority_of(http_request)
        wait_s = preferred_wait_s(http_request.headers)

        async def perform(_name: str | None) -> Done:
            body = await read_object(http_request)
            return Done(201, asdict(await desk.relations.say(actor, authority, verb, body, wait_s=wait_s)))

        async def find(since_ms: int) -> Done | None:
            found = await desk.store.read(lambda view: _told_since(view, actor.name, authority, verb, since_ms))
            return Done(201, asdict(found)) if found else None

        return await answer_once(http_request, Deed(perform, find))

    said = Described(
        tag="relations", summary=f"{verb.capitalize().replace('-', ' ')}: said to a counterpart outside any case",
        body=BY_KIND[SAYS[verb]], answer=MatterSaid, status=201, headers=("Idempotency-Key", "Prefer"),
        problems=("incomplete", "illegal-move", "by-letter-only", "unknown-counterpart", "counterpart-suspended"),
    )  # fmt: skip
    return Route("POST", f"/api/v1/counterparts/{{authority}}/{verb}", verb, serve, said)


def _told_since(view: View, actor: str, authority: str, verb: str, since_ms: int) -> Told | None:
    """What this person said to this counterpart by this verb since an instant."""
    query = (
        select(matter_messages.c.mid, matter_messages.c.matter_id)
        .join(matters, matters.c.id == matter_messages.c.matter_id)
        .where(
            matters.c.counterpart == authority,
            matter_messages.c.kind == str(SAYS[verb]),
            matter_messages.c.actor == actor,
            matter_messages.c.logged_ms >= since_ms,
        )
    )
    row = view.conn.execute(query.order_by(matter_messages.c.logged_ms)).first()
    return None if row is None else Told(row.matter_id, str(SAYS[verb]), authority, row.mid, "queued")


# ---------------------------------------------------------------- reading


def _described(summary: str, model: Any, *query: str) -> Described:
    problems = ("not-found", *(("bad-query", "bad-cursor") if query else ()))
    return Described(tag="relations", summary=summary, answer=model, query=query, problems=problems)


async def _known(http_request: web.Request) -> str:
    """The counterpart of the path, if it is one."""
    authority = authority_of(http_request)
    if await http_request.app[DESK].store.read(lambda view: one_counterpart(view, authority)) is None:
        raise Refused("not-found", f"no counterpart {authority!r} at this node")
    return authority


@route(
    "GET", "/api/v1/counterparts/{authority}/matters", policy="list",
    describe=_described("The matters with a counterpart, the latest moved first", MatterList, "cursor", "limit"),
)  # fmt: skip
async def list_them(http_request: web.Request) -> web.StreamResponse:
    query, authority = read_query(http_request, "cursor", "limit"), await _known(http_request)
    limit, cursor = limit_of(query), query.get("cursor")
    items, more = await http_request.app[DESK].relations.read(lambda view: list_matters(view, authority, cursor, limit))
    return answer({"items": items, "next": more})


@route(
    "GET", "/api/v1/matters/{matter}", policy="read",
    describe=_described("One matter whole; the reading is noted in the audit trail", MatterWhole),
)  # fmt: skip
async def show_matter(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    relations, matter = http_request.app[DESK].relations, matter_of(http_request)
    found = await relations.read(lambda view: read_matter(view, matter))
    said = asdict(found)
    await relations.note_read(actor_of(http_request), matter, "matter", said)
    return answer(said)


@route(
    "GET", "/api/v1/counterparts/{authority}/reconciliation", policy="list",
    describe=_described("The last lists of open cases, both ways, and what differed when theirs came",
        ReconciliationSaid),
)  # fmt: skip
async def show_reconciliation(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    relations, authority = http_request.app[DESK].relations, await _known(http_request)

    def look(view: View) -> dict[str, Any]:
        return {
            side: newest_reconciliation(view, authority, way) for side, way in (("sent", "out"), ("received", "in"))
        }

    found = await relations.read(look)
    await relations.note_read(actor_of(http_request), authority, "reconciliation", found)
    return answer({"counterpart": authority} | found)


@route(
    "GET", "/api/v1/counterparts/{authority}/profiles", policy="list",
    describe=_described("Deadline profiles proposed and agreed with a counterpart", ProfilesSaid),
)  # fmt: skip
async def show_profiles(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, authority = http_request.app[DESK], await _known(http_request)
    today = desk.clock.now().date()

    def look(view: View) -> dict[str, Any]:
        stands = stands_with(view, authority, today)
        proposed = [_proposed(one) for one in proposed_with(view, authority)]
        return {"stands": stands.term.mid if stands else None, "proposals": proposed}

    return answer({"counterpart": authority} | await desk.relations.read(look))


def _proposed(one: Proposed) -> dict[str, Any]:
    return {
        "mid": one.term.mid, "matter": one.term.matter, "sender": one.term.sender, "sent": instant(one.term.iat_ms),
        "status": one.status, "since": one.since.isoformat() if one.since else None, "body": one.message.to_body(),
    }  # fmt: skip


@route(
    "GET", "/api/v1/counterparts/{authority}/directory", policy="counterparts",
    describe=_described("Points of contact made known between the two, the one in force last first", DirectorySaid),
)  # fmt: skip
async def show_directory(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, authority = http_request.app[DESK], await _known(http_request)
    found = await desk.relations.read(lambda view: announced(view, authority))
    items = [
        {
            "mid": one.mid, "sender": one.sender, "sent": instant(one.sent_ms),
            "effective": one.effective.isoformat(), "body": one.body,
        }
        for one in found
    ]  # fmt: skip
    return answer({"counterpart": authority, "items": items})


RELATION_ROUTES = (
    *(_say(verb) for verb in SAYS), list_them, show_matter, show_reconciliation, show_profiles, show_directory,
)  # fmt: skip
