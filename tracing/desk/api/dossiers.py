"""Dossiers: one seizure with many weapons, opened, acknowledged and approved as one."""

from dataclasses import asdict

from aiohttp import web

from tracing.casework.office import DossierOutcome
from tracing.casework.verbs import VERBS
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import dossier_of
from tracing.desk.api.entered import DossierEntered, body_of
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import DossierSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_object
from tracing.desk.routes import SIGNED_IN, Described, Route, route
from tracing.store import View, deeds
from tracing.store.deeds import Wanted

__all__ = ["DOSSIER_ROUTES"]

MOVES = ("acknowledge", "approve")


@route(
    "POST",
    "/api/v1/dossiers",
    policy="request",
    describe=Described(
        tag="dossiers",
        summary="Open a case for each weapon of one seizure, all or none",
        body=DossierEntered,
        answer=DossierSaid,
        status=201,
        headers=("Idempotency-Key",),
        problems=("incomplete", "unknown-counterpart", "counterpart-suspended"),
    ),
)
async def open_dossier(http_request: web.Request) -> web.StreamResponse:
    desk, actor = http_request.app[DESK], actor_of(http_request)

    async def perform(_name: str | None) -> Done:
        return Done(201, asdict(await desk.office.dossier(actor, await read_object(http_request))))

    async def find(since_ms: int) -> Done | None:
        title = str((await read_object(http_request)).get("title"))
        found = await desk.store.read(lambda view: _opened(view, actor.name, title, since_ms))
        return Done(201, asdict(found)) if found else None

    return await answer_once(http_request, Deed(perform, find))


def _opened(view: View, actor: str, title: str, since_ms: int) -> DossierOutcome | None:
    dossier = deeds.dossier_opened_since(view, actor, title, since_ms)
    return _as_it_stands(view, dossier) if dossier else None


def _as_it_stands(view: View, dossier: str) -> DossierOutcome | None:
    found = deeds.cases_of_dossier(view, dossier)
    return DossierOutcome(dossier, *found) if found else None


def _move(verb: str) -> Route:
    async def serve(http_request: web.Request) -> web.StreamResponse:
        desk, actor, dossier = http_request.app[DESK], actor_of(http_request), dossier_of(http_request)

        async def perform(_name: str | None) -> Done:
            body = await read_object(http_request)
            return Done(200, asdict(await desk.office.dossier_move(actor, dossier, verb, body)))

        async def find(since_ms: int) -> Done | None:
            found = await desk.store.read(lambda view: _moved(view, dossier, actor.name, verb, since_ms))
            return Done(200, asdict(found)) if found else None

        return await answer_once(http_request, Deed(perform, find))

    said = Described(
        tag="dossiers",
        summary=f"{verb.capitalize()} all of a dossier",
        body=body_of(verb),
        answer=DossierSaid,
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
        f"{http_request.match_info['verb'][:40]!r} is not a verb of a dossier; verbs: {', '.join(MOVES)}",
    )


DOSSIER_ROUTES = (open_dossier, *(_move(verb) for verb in MOVES), refuse_verb)
