"""The page of one case, and every act that can be done there.

GET  /cases/{case}?do=answer&use=proposal     the page with a form open, prefilled
POST /cases/{case}/attachments                a form with files: the page again, with them ticked
POST /cases/{case}/{verb}                     the act; then 303 back to the case, or the page again with what is wrong
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from tracing.casework.asked import current_request
from tracing.casework.casefile import CaseFile
from tracing.casework.elements.route import read_route
from tracing.casework.errors import CaseworkError, Incomplete
from tracing.casework.policy import Actor, may
from tracing.casework.thread import load
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.api.attachments import ask_for_original
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.acts import ACTS, GIVEN, ActForm, recorded_body
from tracing.desk.pages.amending import changed
from tracing.desk.pages.casepage import case_view
from tracing.desk.pages.doubts import doubts_in
from tracing.desk.pages.enquiry_rows import home_view
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.offering import RECORD, Asked, Offered, offered
from tracing.desk.pages.posted import Posted, Typed, read_posted
from tracing.desk.pages.supply import supply_view, tells_a_route
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.uploading import attached_to, files_field, receive, waiting_of
from tracing.desk.reading import read_query
from tracing.desk.routes import SIGNED_IN, route

__all__ = ["ROUTES", "SAID", "case_page"]

SAID = {name: form.said for name, form in ACTS.items()} | {
    "record": N_("The reply is recorded, marked as not signed by the counterpart."),
    "original": N_("The original is asked for: it comes when their node has heard of it."),
    "channel": N_("The other channel is noted."), "taken": N_("The case is yours."),
    "let-go": N_("The case is nobody's: all officers are reminded of it."),
    "approve": N_("Released in the name of the State."),
    "erase": N_("Erased for good."),
    "reply-home": N_("The reply is recorded."), "withdraw-home": N_("The enquiry is withdrawn; its link has ended."),
    "attachments": N_("Attached, and ticked below. Nothing is sent yet."),
    "request": N_("The request is on its way."), "draft": N_("Prepared: it waits for a second person to release it."),
}  # fmt: skip
PARTICULARS = {"channel": "given.channel", "received": "given.received"}  # members of ``record`` -> their fields


@route("GET", "/cases/{case}", policy="read", opens=True)
async def show_case(http_request: web.Request) -> web.Response:
    """The case; ``do`` opens a form, ``use`` fills it from a proposal, a template, or the message it names."""
    asked = read_query(http_request, "do", "use", "said")
    return await case_page(http_request, case_of(http_request), asked)


@route("POST", "/cases/{case}/attachments/{mid}/{n}", policy="ask")
async def ask_for(http_request: web.Request) -> web.Response:
    """Ask for an original that its sender holds back."""
    case_id, _mid, _n = await ask_for_original(http_request)
    return redirect(f"/cases/{case_id}?said=original")


@route("POST", "/cases/{case}/attachments", policy="attach")
async def attach(http_request: web.Request) -> web.Response:
    """Files for one of the forms, which comes back as it was typed, open, with the files ticked."""
    case_id = case_of(http_request)
    await http_request.app[DESK].store.read(lambda view: load(view, case_id))  # NotFound before anything is kept
    posted, failure = await receive(http_request)
    kind = posted.first("kind")
    typed = Typed(f"{RECORD}{kind}" if kind else posted.first("form"), posted.fields, failure)
    if failure:
        return await case_page(http_request, case_id, {}, typed, 422)
    return await case_page(http_request, case_id, {"said": "attachments"}, typed)


@route("POST", "/cases/{case}/{verb}", policy=SIGNED_IN)
async def act(http_request: web.Request) -> web.Response:
    """One act; the office asks whether this person may do it."""
    case_id, verb, desk = case_of(http_request), http_request.match_info["verb"], http_request.app[DESK]
    posted = await read_posted(http_request)
    form, name = _form_of(verb, posted)
    if posted.more:
        return await case_page(http_request, case_id, {}, Typed(name, posted.fields, more=posted.more))
    try:
        body = await _body(desk, case_id, verb, form, posted) | await attached_to(http_request, posted)
        outcome = await desk.office.move(actor_of(http_request), case_id, verb, body, if_match=posted.version)
    except CaseworkError as error:
        if error.status in (403, 404) and not isinstance(error, Incomplete):
            raise
        places = (dict(form.places) if form else {}) | (PARTICULARS if verb == "record" else {})
        typed = Typed(name, posted.fields, failure_of(error, places))
        return await case_page(http_request, case_id, {}, typed, error.status)
    done = verb if form is None or verb == "record" else name
    return redirect(f"/cases/{case_id}?said={'draft' if outcome.delivery == 'draft' else done}")


ROUTES = [show_case, ask_for, attach, act]


def _form_of(verb: str, posted: Posted) -> tuple[ActForm | None, str]:
    """The form that was sent, and its name on the page. A verb without a form has none."""
    if verb == "record":
        kind = posted.first("kind")
        return ACTS.get(kind), f"{RECORD}{kind}"
    name = posted.first("form") or verb
    form = ACTS.get(name)
    return (form, name) if form is not None and form.act == verb else (ACTS.get(verb), verb)


async def _body(desk: Desk, case_id: str, verb: str, form: ActForm | None, posted: Posted) -> dict[str, Any]:
    """The body of the act, read with the fields of its form. A verb without a form has an empty one."""
    said: dict[str, Any] = {}
    if form is not None:
        request = await _request_of(desk, case_id) if form.only_changes else {}
        said = changed(form, request, posted.fields) if form.only_changes else form.body(posted.fields)
    if verb != "record":
        return said
    mine = {name.removeprefix("given."): each for name, each in posted.fields.items() if name.startswith("given.")}
    return recorded_body(form.act if form else posted.first("kind"), read(GIVEN, mine), said)


async def _request_of(desk: Desk, case_id: str) -> dict[str, Any]:
    """The request as it stands, amendments included; empty while it is a draft."""
    return await desk.store.read(lambda view: current_request(view, load(view, case_id)))


async def case_page(
    http_request: web.Request, case_id: str, asked: Mapping[str, str], typed: Typed | None = None, status: int = 200
) -> web.Response:
    """The case as it stands, with what a person typed into one of its forms and what was wrong with it."""
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    file = await desk.office.read_case(actor, case_id)
    request = await _request_of(desk, case_id)
    files = files_field(await waiting_of(http_request), f"/cases/{case_id}/attachments")
    view = case_view(file, frame.here, desk.partners, request)
    if actor.opened is not None:  # whoever reads by a release came from there, and sees no list
        view |= {"box_href": "/audit/releases", "box_name": _("Cases released to auditors")}
    offers = offered(
        Asked(
            file, request, frame.here, may(actor.role, "close"), desk.settings.release == "two",
            asked.get("do", ""), asked.get("use", ""), typed, (files,),
        )
    )  # fmt: skip
    at_home = home_view(file, typed, frame.here, may_ask=may(actor.role, "enquire"), may_note=may(actor.role, "record"))
    failure = _placed(typed, offers, at_home["forms"]) if typed and typed.failure else None
    return page(
        "case.html", frame, status=status, forms=offers.forms, groups=offers.groups, at_home=at_home, failure=failure,
        failed=failure is not None, said=_(SAID[asked["said"]]) if asked.get("said") in SAID else "",
        supply=await _supply_of(desk, actor, file), doubts=doubts_in(desk, file), me=actor.name,
        may_own=may(actor.role, "own"),
        may_export=bool(file.messages) and (may(actor.role, "release") or actor.opened is not None),
        released=actor.opened is not None, erase_href=_erase_href(file, actor, two=desk.settings.release == "two"),
        **_ways(file, view), **view,
    )  # fmt: skip


def _erase_href(file: CaseFile, actor: Actor, *, two: bool) -> str:
    """Where this person may erase something of a message, "" where not."""
    return f"/cases/{file.case}/erase" if file.messages and may(actor.role, "ask-erase" if two else "erase") else ""


async def _supply_of(desk: Desk, actor: Actor, file: CaseFile) -> dict[str, Any] | None:
    """The way of the weapon. What is read of linked cases for it is noted; this case itself was just read."""
    if not (file.parent or file.onward or tells_a_route(file)):
        return None
    if file.parent or file.onward:
        if actor.opened is not None:  # linked cases are not released with this one
            return None
        route = await desk.office.read_route(actor, file.case)
    else:
        route = await desk.store.read(lambda view: read_route(view, file.case))
    return supply_view(route, file, desk.partners, desk.settings.authority)


def _placed(typed: Typed, offers: Offered, at_home: Sequence[Mapping[str, Any]]) -> Failure | None:
    """What was wrong, each problem at its field of the form it was typed into."""
    failure = typed.failure
    if failure is None:
        return None
    ours = (each.placed(failure) for each in offers.forms if each.id == typed.verb)
    home = (failure.placed(each["form"], f"{each['id']}-") for each in at_home if each["id"] == typed.verb)
    return [*ours, *home, failure][0]


def _ways(file: CaseFile, view: Mapping[str, Any]) -> dict[str, str]:
    """The links that open a form filled in: what the request lacks, the answer of the own records."""
    ask = view["lacks"] and "ask" in file.allowed
    use = (file.proposal or {}).get("answer") and "answer" in file.allowed
    return {
        "ask_href": f"/cases/{file.case}?do=ask&use=lacks#act" if ask else "",
        "use_href": f"/cases/{file.case}?do=answer&use=proposal#act" if use else "",
    }
