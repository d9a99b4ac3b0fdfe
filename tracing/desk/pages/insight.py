"""Content of cases released to auditors: asked for, given for some days or refused, and revoked.

GET  /audit/releases               an auditor sees his own and may ask, an approver sees all and decides
POST /audit/releases               ask for one case, by its id or its reference, with a reason
POST /audit/releases/{release}     give, refuse or end
"""

from typing import Any, Final

from aiohttp import web

from tracing.casework import insight
from tracing.casework.errors import CaseworkError
from tracing.casework.insight import DAYS, MOST_DAYS, Release
from tracing.casework.policy import Actor, may
from tracing.casework.references import cases_called
from tracing.desk.accounts import actor_of
from tracing.desk.api.trailfile import is_of_work
from tracing.desk.context import DESK
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Field, Form
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.moments import Badge
from tracing.desk.pages.posted import Posted, read_posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import Tx

__all__ = ["ROUTES"]

ASKING: Final = (
    Field("case", N_("Case"), "code", N_("Its number, or the reference its requester gave it."), required=True),
    Field("reason", N_("Why you need to read it"), "area", N_("Whoever decides reads this."), required=True),
)
STATES: Final = {
    "asked": Badge("soon", N_("Waits for an approver")), "given": Badge("good", N_("Released to the auditor")),
    "refused": Badge("late", N_("Not released")), "expired": Badge("calm", N_("Expired")),
    "ended": Badge("calm", N_("Revoked")),
}  # fmt: skip
SAID: Final = {
    "ask": N_("Asked. An approver decides; you find it here."), "give": N_("Released. Every reading is noted."),
    "refuse": N_("Not released."), "end": N_("It has ended: nothing of the case opens any more."),
}  # fmt: skip
MOST_DIGITS: Final = 4


@route("GET", "/audit/releases", policy="insight")
async def show_releases(http_request: web.Request) -> web.Response:
    """The list, and the form for whoever may ask."""
    query = read_query(http_request, "case", "said")
    return await _shown(http_request, {"case": [query.get("case", "")]}, None, said=query.get("said", ""))


@route("POST", "/audit/releases", policy="ask-content")
async def ask(http_request: web.Request) -> web.Response:
    """Ask; or the form again with what is wrong."""
    desk, actor, posted = http_request.app[DESK], actor_of(http_request), await read_posted(http_request)
    try:
        case = await _meant(http_request, posted.first("case").strip())
        await desk.store.write(lambda tx: insight.ask(tx, actor, case, posted.first("reason")))
    except CaseworkError as error:
        if error.status == 403:
            raise
        return await _shown(http_request, posted.fields, failure_of(error), status=error.status)
    return redirect("/audit/releases?said=ask")


@route("POST", "/audit/releases/{release}", policy="insight")
async def decide(http_request: web.Request) -> web.Response:
    """Give, refuse or end one; or the list again with what is wrong."""
    desk, posted = http_request.app[DESK], await read_posted(http_request)
    actor, release, verb = actor_of(http_request), http_request.match_info["release"], posted.first("act")
    if verb not in ("give", "refuse", "end"):
        raise Refused("bad-query", f"act: expected give, refuse or end, got {verb[:40]!r}")
    try:
        await desk.store.write(lambda tx: _decide(tx, actor, release, posted))
    except CaseworkError as error:
        if error.status in (403, 404):
            raise
        return await _shown(http_request, {}, failure_of(error), status=error.status)
    return redirect(f"/audit/releases?said={verb}")


ROUTES = [show_releases, ask, decide]


def _decide(tx: Tx, actor: Actor, release: str, posted: Posted) -> None:
    verb, days = posted.first("act"), posted.first("days")
    if verb == "end":
        insight.end(tx, actor, release)
    elif verb == "refuse":
        insight.decide(tx, actor, release, days=None)
    else:
        is_number = days.isascii() and days.isdecimal() and len(days) <= MOST_DIGITS
        insight.decide(tx, actor, release, days=int(days) if is_number else 0)


async def _meant(http_request: web.Request, text: str) -> str:
    """The id of the case: what is none is taken for a reference, where that means one case."""
    if not text or is_of_work(text):
        return text
    found = await http_request.app[DESK].store.read(lambda view: cases_called(view, text))
    return found[0] if len(found) == 1 else text


async def _shown(
    http_request: web.Request, values: Any, failure: Failure | None, status: int = 200, said: str = ""
) -> web.Response:
    desk, actor = http_request.app[DESK], actor_of(http_request)
    found = await desk.store.read(lambda view: insight.all_releases(view, actor, desk.clock.now_ms()))
    form = Form(ASKING, values, failure.by_field if failure else {})
    gives = may(actor.role, "give-content")
    return page(
        "releases.html", frame_of(http_request), status=status, form=form, gives=gives, days=DAYS, most_days=MOST_DAYS,
        rows=[_row(one, actor, gives=gives) for one in found], may_ask=may(actor.role, "ask-content"),
        failure=failure.placed(form, "") if failure else None, failed=failure is not None,
        said=_(SAID[said]) if said in SAID else "",
    )  # fmt: skip


def _row(one: Release, actor: Actor, *, gives: bool) -> dict[str, Any]:
    badge, mine = STATES[one.state], one.auditor == actor.name
    return {
        "one": one, "badge": Badge(badge.look, _(badge.words)), "opens": mine and one.state == "given",
        "may_give": gives and one.state == "asked" and not mine,
        "may_end": (one.state == "given" and (gives or mine)) or (one.state == "asked" and mine),
    }  # fmt: skip
