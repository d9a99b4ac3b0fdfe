"""Domestic enquiries on the page of a case: asked, renewed, withdrawn, and a reply by letter recorded.

POST /cases/{case}/enquiries              opens one; its link is shown on the answer, once
POST /enquiries/{enquiry}/{verb}          reply, withdraw, renew; the case it belongs to comes with the form
"""

from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from protocol.names import CaseId
from tracing.casework.enquiries import Enquiries, EnquiryOutcome
from tracing.casework.errors import CaseworkError, Forbidden, NotFound
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of, enquiry_of
from tracing.desk.api.enquiries import path_of
from tracing.desk.context import DESK
from tracing.desk.pages.asking import ASK, RECORD, RENEW, reply_of
from tracing.desk.pages.case import case_page
from tracing.desk.pages.failures import failure_of
from tracing.desk.pages.forms import Posted as Fields
from tracing.desk.pages.forms import read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import Posted, Typed, read_posted
from tracing.desk.problems import Refused
from tracing.desk.routes import SIGNED_IN, route

__all__ = ["ROUTES"]

Act = Callable[[Enquiries, Any, str, dict[str, Any]], Awaitable[EnquiryOutcome]]
ACTS: dict[str, tuple[Act, Callable[[Fields], dict[str, Any]]]] = {
    "reply": (Enquiries.reply, lambda fields: reply_of(RECORD, fields)),
    "withdraw": (Enquiries.withdraw, lambda _: {}),
    "renew": (Enquiries.renew, lambda fields: read(RENEW, fields)),
}


@route("POST", "/cases/{case}/enquiries", policy="enquire")
async def ask(http_request: web.Request) -> web.Response:
    """Open an enquiry and show the link to its form."""
    case_id, posted = case_of(http_request), await read_posted(http_request)
    enquiries = http_request.app[DESK].office.enquiries
    try:
        outcome = await enquiries.ask(actor_of(http_request), case_id, read(ASK, posted.fields))
    except CaseworkError as error:
        return await _again(http_request, case_id, "enquiries", posted, error)
    return await _handed(http_request, outcome)


@route("POST", "/enquiries/{enquiry}/{verb}", policy=SIGNED_IN)
async def act(http_request: web.Request) -> web.Response:
    """One act on an enquiry; the office asks whether this person may do it."""
    enquiry, verb, posted = enquiry_of(http_request), http_request.match_info["verb"], await read_posted(http_request)
    if verb not in ACTS:
        raise Refused("unknown-verb", f"{verb[:40]!r} is not an act on an enquiry; acts: {', '.join(ACTS)}")
    name = f"{verb}-{enquiry}"
    if posted.more:
        return await case_page(http_request, _case_of(posted), {}, Typed(name, posted.fields, more=posted.more))
    perform, body_of = ACTS[verb]
    try:
        outcome = await perform(
            http_request.app[DESK].office.enquiries, actor_of(http_request), enquiry, body_of(posted.fields)
        )
    except CaseworkError as error:
        return await _again(http_request, _case_of(posted), name, posted, error)
    if outcome.token:
        return await _handed(http_request, outcome)
    return redirect(f"/cases/{outcome.file.case}?said={verb}-home")


ROUTES = [ask, act]


def _case_of(posted: Posted) -> str:
    try:
        return str(CaseId(posted.first("case")))
    except ValueError as error:
        raise Refused("not-found", "the form does not name its case") from error


async def _again(
    http_request: web.Request, case_id: str, form: str, posted: Posted, error: CaseworkError
) -> web.Response:
    """The case again, with what was typed and what is wrong with it."""
    if isinstance(error, Forbidden | NotFound):
        raise error
    return await case_page(http_request, case_id, {}, Typed(form, posted.fields, failure_of(error)), error.status)


async def _handed(http_request: web.Request, outcome: EnquiryOutcome) -> web.Response:
    """The link, this once: nobody can be shown it again, a new one takes its place."""
    await http_request.app[DESK].office.note_read(actor_of(http_request), (outcome.file.case,), "enquiries")
    path = path_of(outcome.token or "")
    link = str(http_request.url.origin().with_path(path))
    return page("enquiry.html", frame_of(http_request), one=outcome.file, link=link)
