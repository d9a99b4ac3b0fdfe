"""The form behind the link of a domestic enquiry: for somebody without an account, once (domain 9).

GET  /reply/{token}     the enquiry and its form; nothing of it once it was answered or has ended
POST /reply/{token}     the reply; then 303 back, where thanks are said; 410 where the form was sent before

Rules
- Public, and told apart by the link alone (``desk/links.py``).
- Whole without a script; the same strict headers as every page.
"""

from http import HTTPStatus

from aiohttp import web

from tracing.casework.enquiries.clerk import Form as Enquiry
from tracing.casework.errors import IllegalMove, Incomplete
from tracing.desk.context import DESK
from tracing.desk.links import tried
from tracing.desk.pages.asking import REPLY, reply_of
from tracing.desk.pages.content import describe
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Form, Posted
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.routes import PUBLIC, route

__all__ = ["ROUTES"]

STATUS = {"open": HTTPStatus.OK, "answered": HTTPStatus.OK, "ended": HTTPStatus.GONE}


@route("GET", "/reply/{token}", policy=PUBLIC)
async def show_form(http_request: web.Request) -> web.Response:
    """The enquiry of this link."""
    return _page(http_request, await _behind(http_request), {})


@route("POST", "/reply/{token}", policy=PUBLIC)
async def take_reply(http_request: web.Request) -> web.Response:
    """The reply to the enquiry of this link, or what is to be mended in it."""
    enquiry, posted = await _behind(http_request), await read_posted(http_request)
    if posted.more and enquiry.state == "open":
        return _page(http_request, enquiry, posted.fields, more=posted.more)
    token, body = http_request.match_info["token"], reply_of(REPLY, posted.fields)
    try:
        await http_request.app[DESK].office.enquiries.reply_by_link(token, body)
    except Incomplete as error:
        return _page(http_request, enquiry, posted.fields, failure=failure_of(error))
    except IllegalMove:  # sent before, or ended: what came now was not taken, and nobody is thanked for it
        return _page(http_request, await _behind(http_request), {}, dropped=True)
    return redirect(http_request.path_qs)


ROUTES = [show_form, take_reply]


async def _behind(http_request: web.Request) -> Enquiry:
    """What stands behind the link. Refused: ``too-many``; NotFound for a link that leads nowhere."""
    with tried(http_request) as token:
        return await http_request.app[DESK].office.enquiries.by_link(token)


def _page(
    http_request: web.Request, enquiry: Enquiry, fields: Posted, *, more: str = "", failure: Failure | None = None,
    dropped: bool = False,
) -> web.Response:  # fmt: skip
    form = Form(REPLY, fields, failure.by_field if failure else {}, more)
    status = HTTPStatus.UNPROCESSABLE_ENTITY if failure else HTTPStatus.GONE if dropped else STATUS[enquiry.state]
    return page(
        "reply.html", frame_of(http_request, signed_in=False), status=status, enquiry=enquiry,
        told=describe(enquiry.told), form=form, failed=failure is not None,
        failure=failure.placed(form, "") if failure else None,
        action=http_request.path, dropped=dropped,
    )  # fmt: skip
