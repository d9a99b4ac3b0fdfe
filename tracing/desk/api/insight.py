"""The content of one case released to one auditor: asked for, given or refused by an approver, revoked."""

from typing import Any

from aiohttp import web

from tracing.casework import insight
from tracing.casework.insight import DAYS, Release
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.entered import ContentAsked, ContentGiven
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import ReleaseList, ReleaseSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_object, read_query
from tracing.desk.routes import Described, Route, route
from tracing.store import Tx

__all__ = ["INSIGHT_ROUTES"]

DECISIONS = {
    "give": ("give-content", "Release what was asked for, for so many days; another person than who asked"),
    "refuse": ("give-content", "Refuse what was asked for"),
    "end": ("insight", "Revoke a release, or what was asked for; an auditor gives back his own"),
}
COMES_TO = {"give": "given", "refuse": "refused", "end": "ended"}


@route(
    "GET",
    "/api/v1/audit/releases",
    policy="insight",
    describe=Described(
        tag="audit", summary="Content of cases that auditors asked for, and what came of it", answer=ReleaseList
    ),
)
async def list_releases(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, actor = http_request.app[DESK], actor_of(http_request)
    found = await desk.store.read(lambda view: insight.all_releases(view, actor, desk.clock.now_ms()))
    return answer({"items": [_said(one) for one in found], "next": None})


@route(
    "POST",
    "/api/v1/audit/releases",
    policy="ask-content",
    describe=Described(
        tag="audit",
        summary="Ask to read the content of one case, with a reason; an approver decides",
        body=ContentAsked,
        answer=ReleaseSaid,
        status=201,
        headers=("Idempotency-Key",),
        problems=("not-found", "bad-body", "incomplete", "illegal-move", "erased"),
    ),
)
async def ask(http_request: web.Request) -> web.StreamResponse:
    desk, actor, body = http_request.app[DESK], actor_of(http_request), await read_object(http_request)
    case, reason = body.get("case"), body.get("reason")
    if set(body) != {"case", "reason"} or not (isinstance(case, str) and isinstance(reason, str)):
        raise Refused("bad-body", 'expected {"case": "br.0198...", "reason": "..."} and nothing else')

    async def perform(_name: str | None) -> Done:
        release = await desk.store.write(lambda tx: insight.ask(tx, actor, case, reason))
        return Done(201, await _one(http_request, release))

    async def find(since_ms: int) -> Done | None:
        mine = await desk.store.read(lambda view: insight.all_releases(view, actor, desk.clock.now_ms()))
        asked = [one for one in mine if one.case == case and one.asked_ms >= since_ms and one.auditor == actor.name]
        return Done(201, _said(asked[0])) if asked else None

    return await answer_once(http_request, Deed(perform, find))


def _decision(verb: str) -> Route:
    """The route of one decision."""
    policy, summary = DECISIONS[verb]

    @route(
        "POST",
        f"/api/v1/audit/releases/{{release}}/{verb}",
        policy=policy,
        describe=Described(
            tag="audit",
            summary=summary,
            body=ContentGiven if verb == "give" else None,
            answer=ReleaseSaid,
            headers=("Idempotency-Key",),
            problems=("not-found", "bad-body", "incomplete", "illegal-move"),
        ),
    )
    async def decide(http_request: web.Request) -> web.StreamResponse:
        desk, release = http_request.app[DESK], http_request.match_info["release"]
        days = _days(verb, await read_object(http_request))

        async def perform(_name: str | None) -> Done:
            await desk.store.write(lambda tx: _decide(tx, http_request, verb, days))
            return Done(200, await _one(http_request, release))

        async def find(_since_ms: int) -> Done | None:
            said = await _one(http_request, release)
            return Done(200, said) if said.get("state") == COMES_TO[verb] else None

        return await answer_once(http_request, Deed(perform, find))

    return decide


def _decide(tx: Tx, http_request: web.Request, verb: str, days: int) -> None:
    actor, release = actor_of(http_request), http_request.match_info["release"]
    if verb == "end":
        insight.end(tx, actor, release)
    else:
        insight.decide(tx, actor, release, days=days if verb == "give" else None)


def _days(verb: str, body: dict[str, Any]) -> int:
    days = body.get("days", DAYS)
    if set(body) - ({"days"} if verb == "give" else set()) or type(days) is not int:
        expected = f'{{"days": {DAYS}}} or {{}}' if verb == "give" else "{}"
        raise Refused("bad-body", f"expected {expected} and nothing else")
    return days


async def _one(http_request: web.Request, release: str) -> dict[str, Any]:
    """One release as it stands; nothing where this person sees none of this name."""
    desk, actor = http_request.app[DESK], actor_of(http_request)
    found = await desk.store.read(lambda view: insight.all_releases(view, actor, desk.clock.now_ms()))
    return next((_said(one) for one in found if one.release == release), {})


def _said(one: Release) -> dict[str, Any]:
    return {
        "release": one.release, "case": one.case, "auditor": one.auditor, "reason": one.reason,
        "asked": instant(one.asked_ms), "state": one.state, "decided_by": one.decided_by,
        "decided": instant(one.decided_ms), "until": instant(one.until_ms), "ended_by": one.ended_by,
        "ended": instant(one.ended_ms),
    }  # fmt: skip


INSIGHT_ROUTES = (list_releases, ask, *(_decision(verb) for verb in DECISIONS))
