"""The form behind the link of a domestic enquiry: for somebody without an account, once (domain 9).

GET  /reply/{token}     the enquiry and its form; nothing of it once it was answered or has ended
POST /reply/{token}     the reply; then 303 back, where thanks are said; 410 where the form was sent before

Rules
- Public, and told apart by the link alone: 256 bits of chance. Tries that lead nowhere are slowed down by address.
- Whole without a script; the same strict headers as every page. The log knows the pattern of the path, never the link.
"""

import re
from http import HTTPStatus
from typing import Final

from aiohttp import web

from tracing.casework.enquiries.clerk import Form as Enquiry
from tracing.casework.errors import IllegalMove, Incomplete, NotFound
from tracing.desk.context import DESK
from tracing.desk.origin import address_of
from tracing.desk.pages.asking import REPLY, reply_of
from tracing.desk.pages.content import describe
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Form, Posted
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.problems import Refused
from tracing.desk.routes import PUBLIC, route
from tracing.desk.throttle import Throttle, TooManyAttempts
from tracing.store.people import digest_of

__all__ = ["LINKS", "ROUTES"]

LINKS: web.AppKey[Throttle] = web.AppKey("links", Throttle)
TOKEN: Final = re.compile(r"[A-Za-z0-9_-]{43}")
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
    token, body = _token_of(http_request), reply_of(REPLY, posted.fields)
    try:
        await http_request.app[DESK].office.enquiries.reply_by_link(token, body)
    except Incomplete as error:
        return _page(http_request, enquiry, posted.fields, failure=failure_of(error))
    except IllegalMove:  # sent before, or ended: what came now was not taken, and nobody is thanked for it
        return _page(http_request, await _behind(http_request), {}, dropped=True)
    return redirect(f"/reply/{token}")


ROUTES = [show_form, take_reply]


async def _behind(http_request: web.Request) -> Enquiry:
    """What stands behind the link. Refused: ``too-many``; NotFound for a link that leads nowhere."""
    desk, throttle = http_request.app[DESK], http_request.app[LINKS]
    forwarded = http_request.headers.getall("X-Forwarded-For", [])
    address = address_of(http_request.remote, forwarded, desk.settings.trusted_proxies)
    name = digest_of(http_request.match_info["token"])
    try:
        throttle.attempt(name, address)
    except TooManyAttempts as error:
        raise Refused("too-many", str(error), {"Retry-After": str(int(error.wait_s) + 1)}) from error
    enquiry = await desk.office.enquiries.by_link(_token_of(http_request))
    throttle.succeeded(name, address)
    return enquiry


def _token_of(http_request: web.Request) -> str:
    token = http_request.match_info["token"]
    if TOKEN.fullmatch(token) is None:
        raise NotFound("this link leads to no enquiry; it may have been cut off: copy it whole")
    return token


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
