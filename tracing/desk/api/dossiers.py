"""Dossiers: one seizure with many weapons, opened, approved, acknowledged and reminded of as one.

The id of a seizure at several counterparts stands wherever that of a dossier does.
"""

from dataclasses import asdict
from typing import Any, Final

from aiohttp import web

from tracing.casework.dossiers import DossierOutcome
from tracing.casework.office import DOSSIER_VERBS
from tracing.casework.verbs import VERBS
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import authority_asked, dossier_of, limit_of, one_of
from tracing.desk.api.cases import item_said
from tracing.desk.api.entered import DossierEntered, body_for_all
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import DossierList, DossierWholeSaid, SeizureSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_object, read_query
from tracing.desk.routes import SIGNED_IN, Described, Route, route
from tracing.store import View, deeds
from tracing.store.cases import BOXES
from tracing.store.deeds import Wanted
from tracing.store.dossiers import DossierQuery, list_dossiers, read_dossier

__all__ = ["DOSSIER_ROUTES"]

QUERY: Final = ("box", "counterpart", "cursor", "limit")


@route(
    "POST",
    "/api/v1/dossiers",
    policy="request",
    describe=Described(
        tag="dossiers",
        summary="Open a case for each weapon of one seizure, all or none",
        body=DossierEntered,
        answer=SeizureSaid,
        status=201,
        headers=("Idempotency-Key",),
        problems=("incomplete", "unknown-counterpart", "counterpart-suspended"),
    ),
)
async def open_dossier(http_request: web.Request) -> web.StreamResponse:
    desk, actor = http_request.app[DESK], actor_of(http_request)

    async def perform(_name: str | None) -> Done:
        return Done(201, _said(await desk.office.dossier(actor, await read_object(http_request))))

    async def find(since_ms: int) -> Done | None:
        title = str((await read_object(http_request)).get("title"))
        found = await desk.store.read(lambda view: _opened(view, actor.name, title, since_ms))
        return Done(201, _said(found)) if found else None

    return await answer_once(http_request, Deed(perform, find))


def _opened(view: View, actor: str, title: str, since_ms: int) -> DossierOutcome | None:
    dossier = deeds.dossier_opened_since(view, actor, title, since_ms)
    return _as_it_stands(view, dossier) if dossier else None


def _as_it_stands(view: View, dossier: str) -> DossierOutcome | None:
    rows = deeds.cases_of_dossier(view, dossier)
    return DossierOutcome.of_rows(dossier, rows) if rows else None


def _said(outcome: DossierOutcome) -> dict[str, Any]:
    """The shape of the contract; where a seizure went to several counterparts the list of them under its id."""
    if outcome.parts:
        return {"seizure": outcome.dossier, "dossiers": [_said(part) for part in outcome.parts]}
    return {"dossier": outcome.dossier, "counterpart": outcome.counterpart, "cases": outcome.cases}


def _move(verb: str) -> Route:
    async def serve(http_request: web.Request) -> web.StreamResponse:
        desk, actor, dossier = http_request.app[DESK], actor_of(http_request), dossier_of(http_request)

        async def perform(_name: str | None) -> Done:
            body = await read_object(http_request)
            return Done(200, _said(await desk.office.dossier_move(actor, dossier, verb, body)))

        async def find(since_ms: int) -> Done | None:
            found = await desk.store.read(lambda view: _moved(view, dossier, actor.name, verb, since_ms))
            return Done(200, _said(found)) if found else None

        return await answer_once(http_request, Deed(perform, find))

    said = Described(
        tag="dossiers",
        summary=f"{verb.capitalize()} all of a dossier",
        body=body_for_all(verb),
        answer=SeizureSaid,
        headers=("Idempotency-Key",),
        problems=("not-found", "illegal-move", "incomplete"),
    )
    return Route("POST", f"/api/v1/dossiers/{{dossier}}/{verb}", verb, serve, said)


def _moved(view: View, dossier: str, actor: str, verb: str, since_ms: int) -> DossierOutcome | None:
    """The dossier, if this person did this in any case of it since then: it is one transaction for all."""
    found = _as_it_stands(view, dossier)
    kinds = frozenset({str(VERBS[verb].kind)}) if verb in VERBS else frozenset[str]()
    if found and any(deeds.case_deed_since(view, Wanted(case, actor, verb, kinds), since_ms) for case in found.cases):
        return found
    return None


@route("POST", "/api/v1/dossiers/{dossier}/{verb}", policy=SIGNED_IN)
async def refuse_verb(http_request: web.Request) -> web.StreamResponse:
    """Any other verb."""
    raise Refused(
        "unknown-verb",
        f"{http_request.match_info['verb'][:40]!r} is not a verb of a dossier; verbs: {', '.join(DOSSIER_VERBS)}",
    )


@route(
    "GET",
    "/api/v1/dossiers",
    policy="list",
    describe=Described(
        tag="dossiers",
        summary="Dossiers by the authority that opened them, the newest first; the reading is noted in the audit trail",
        answer=DossierList,
        query=QUERY,
        problems=("bad-query", "bad-cursor"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    desk, query = http_request.app[DESK], read_query(http_request, *QUERY)
    wanted = DossierQuery(
        box=one_of(query, "box", BOXES),
        counterpart=authority_asked(query, "counterpart"),
        cursor=query.get("cursor"),
        limit=limit_of(query),
    )
    page = await desk.store.read(lambda view: list_dossiers(view, wanted))
    await desk.office.note_read(actor_of(http_request), tuple(item["dossier"] for item in page.items), "dossiers")
    return answer({"items": [_spelt(item) for item in page.items], "next": page.next})


@route(
    "GET",
    "/api/v1/dossiers/{dossier}",
    policy="list",
    describe=Described(
        tag="dossiers",
        summary="A dossier or a seizure with its cases; the reading is noted in the audit trail",
        answer=DossierWholeSaid,
        problems=("not-found",),
    ),
)
async def show_dossier(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, name = http_request.app[DESK], dossier_of(http_request)
    whole = await desk.store.read(lambda view: read_dossier(view, name, desk.clock.now_ms()))
    if whole is None:
        raise Refused("not-found", f"no dossier {name} at this node")
    await desk.office.note_read(actor_of(http_request), tuple(item["case"] for item in whole.cases), "dossier")
    return answer(_spelt(asdict(whole)) | {"cases": [item_said(item) for item in whole.cases]})


def _spelt(item: dict[str, Any]) -> dict[str, Any]:
    """The item with its instant as the API spells it."""
    return {name: value for name, value in item.items() if name != "opened_ms"} | {"opened": instant(item["opened_ms"])}


DOSSIER_ROUTES = (list_them, show_dossier, open_dossier, *(_move(verb) for verb in DOSSIER_VERBS), refuse_verb)
