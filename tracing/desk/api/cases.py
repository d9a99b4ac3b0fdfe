"""Cases: the request that opens one, every verb that moves one, the lists, and one case whole.

An illegal move is judged before its body: whoever sends nonsense to a case that cannot take the verb hears
``illegal-move``, and nothing about the nonsense.
"""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from protocol.lifecycle import CONTRACT_VERBS, State
from tracing.casework.acts import check_legal
from tracing.casework.office import Outcome
from tracing.casework.thread import load
from tracing.casework.verbs import VERBS
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import authority_asked, case_of, instant_of, limit_of, one_of, search_of, zone_of
from tracing.desk.api.entered import body_of
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import CaseList, CaseWhole, RouteSaid, Said
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import if_match, preferred_wait_s, read_object, read_query
from tracing.desk.routes import SIGNED_IN, Described, Route, route
from tracing.store import deeds
from tracing.store.cases import BOXES, CaseQuery, list_cases
from tracing.store.deeds import CaseDeed, Wanted

__all__ = ["CASE_ROUTES", "case_query", "item_said"]

QUERY = ("box", "state", "counterpart", "due_before", "q", "waiting_on", "dossier", "cursor", "limit")
MOVES = (*VERBS, "approve", "record")
SAYS = {"answer": frozenset({"final_response", "interim_response"})} | {
    verb: frozenset({str(entry.kind)}) for verb, entry in VERBS.items() if verb != "answer"
}
_UNSEEN = {"approve": ("precondition-required",)}


# ---------------------------------------------------------------- acts


@route(
    "POST",
    "/api/v1/requests",
    policy="request",
    describe=Described(
        tag="cases",
        summary="Open a case and, where the node asks for no second person, send the request",
        body=body_of("request"),
        answer=Said,
        status=201,
        headers=("Idempotency-Key", "Prefer"),
        problems=("incomplete", "unknown-counterpart", "counterpart-suspended"),
    ),
)
async def open_case(http_request: web.Request) -> web.StreamResponse:
    desk, actor, wait_s = http_request.app[DESK], actor_of(http_request), preferred_wait_s(http_request.headers)

    async def perform(name: str | None) -> Done:
        body = await read_object(http_request)
        return _done(await desk.office.request(actor, body, wait_s=wait_s, row_digest=name), 201)

    async def find(_since_ms: int) -> Done | None:
        return None  # the name of the call is in the transaction of the request: performing it again finds it

    return await answer_once(http_request, Deed(perform, find))


def _move(verb: str) -> Route:
    """The route of one verb; each has its own, because each has its own policy and its own body."""

    async def serve(http_request: web.Request) -> web.StreamResponse:
        desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
        version, wait_s = if_match(http_request.headers), preferred_wait_s(http_request.headers)

        async def perform(_name: str | None) -> Done:
            body = await _read_judged(http_request, case_id, verb)
            return _done(await desk.office.move(actor, case_id, verb, body, if_match=version, wait_s=wait_s))

        async def find(since_ms: int) -> Done | None:
            wanted = Wanted(case_id, actor.name, verb, SAYS.get(verb, frozenset()))
            found = await desk.store.read(lambda view: deeds.case_deed_since(view, wanted, since_ms))
            return _done(found) if found else None

        return await answer_once(http_request, Deed(perform, find))

    said = Described(
        tag="cases",
        summary=f"{verb.capitalize()} in a case",
        body=body_of(verb),
        answer=Said,
        headers=("Idempotency-Key", "If-Match", "Prefer"),
        problems=("not-found", "illegal-move", "stale", "incomplete", *_UNSEEN.get(verb, ())),
    )
    return Route("POST", f"/api/v1/cases/{{case}}/{verb}", verb, serve, said)


async def _read_judged(http_request: web.Request, case_id: str, verb: str) -> dict[str, Any]:
    """The body; if it cannot be read, an illegal move is said first."""
    try:
        return await read_object(http_request)
    except Refused:
        thread = await http_request.app[DESK].store.read(lambda view: load(view, case_id))
        if verb in VERBS:
            check_legal(thread, verb, VERBS[verb].kind)
        raise


def _done(outcome: Outcome | CaseDeed, status: int = 200) -> Done:
    said = {name: getattr(outcome, name) for name in ("case", "state", "counterpart", "mid", "delivery")}
    return Done(status, said)


@route("POST", "/api/v1/cases/{case}/{verb}", policy=SIGNED_IN)
async def refuse_verb(http_request: web.Request) -> web.StreamResponse:
    """Any other verb: of the contract and still to come, or of nobody."""
    verb = http_request.match_info["verb"][:40]
    later = "comes in a later version" if verb in CONTRACT_VERBS else "is not a verb of a case"
    raise Refused("unknown-verb", f"{verb!r} {later}; verbs: {', '.join(sorted(MOVES))}")


# ---------------------------------------------------------------- lists and one case


@route(
    "GET",
    "/api/v1/cases",
    policy="list",
    describe=Described(
        tag="cases",
        summary="Cases, the newest change first, with due_before the next date; the reading is noted in the trail",
        answer=CaseList,
        query=QUERY,
        problems=("bad-query", "bad-cursor"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    desk, query = http_request.app[DESK], case_query(http_request)
    now_ms = desk.clock.now_ms()
    page = await desk.store.read(lambda view: list_cases(view, query, now_ms))
    await desk.office.note_read(actor_of(http_request), tuple(item["case"] for item in page.items), "list")
    return answer({"items": [item_said(item) for item in page.items], "next": page.next})


def case_query(http_request: web.Request) -> CaseQuery:
    """The filters of a list of cases, as the query names them. Refused: ``bad-query``."""
    query = read_query(http_request, *QUERY)
    words, phrases = search_of(query.get("q"))
    return CaseQuery(
        box=one_of(query, "box", BOXES),
        state=one_of(query, "state", tuple(State)),
        counterpart=authority_asked(query, "counterpart"),
        waiting_on=one_of(query, "waiting_on", ("us", "them")),
        dossier=query.get("dossier"),
        due_before_ms=instant_of(query, "due_before", zone_of(http_request)),
        words=words,
        phrases=phrases,
        cursor=query.get("cursor"),
        limit=limit_of(query),
    )


def item_said(item: dict[str, Any]) -> dict[str, Any]:
    """One case of a list, its instants spelt."""
    members = (
        "case",
        "state",
        "counterpart",
        "direction",
        "priority",
        "weapon",
        "title",
        "reference",
        "standing",
        "waiting_on",
        "overlays",
        "dossier",
        "version",
    )
    instants = {name: instant(item[f"{name}_ms"]) for name in ("due", "opened", "updated")}
    return {name: item[name] for name in members} | instants


@route(
    "GET",
    "/api/v1/cases/{case}",
    policy="read",
    opens=True,
    describe=Described(
        tag="cases",
        summary="Everything about one case; the reading is noted in the audit trail. A case whose request was accepted "
        "and is still being opened is answered with 404 and Retry-After",
        answer=CaseWhole,
        problems=("not-found", "erased"),
    ),
)
async def show_case(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    file = await http_request.app[DESK].office.read_case(actor_of(http_request), case_of(http_request))
    return answer(asdict(file), headers={"ETag": f'"{file.version}"'})


@route(
    "GET",
    "/api/v1/cases/{case}/route",
    policy="read",
    describe=Described(
        tag="cases",
        summary="The way of this weapon, from all linked cases; the reading is noted in the audit trail",
        answer=RouteSaid,
        problems=("not-found", "erased"),
    ),
)
async def show_route(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    found = await http_request.app[DESK].office.read_route(actor_of(http_request), case_of(http_request))
    return answer(asdict(found))


CASE_ROUTES = (open_case, *(_move(verb) for verb in MOVES), refuse_verb, list_them, show_case, show_route)
