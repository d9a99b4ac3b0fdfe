"""Noting another channel used for the same weapon.

POST /cases/{case}/channels     then 303 back to the case, or the page again with what is wrong
"""

from aiohttp import web

from tracing.casework.errors import CaseworkError, Forbidden, NotFound
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.pages.asking import CHANNEL
from tracing.desk.pages.case import case_page
from tracing.desk.pages.failures import failure_of
from tracing.desk.pages.forms import read
from tracing.desk.pages.frame import redirect
from tracing.desk.pages.posted import Typed, read_posted
from tracing.desk.routes import route

__all__ = ["ROUTES"]


@route("POST", "/cases/{case}/channels", policy="record")
async def note_channel(http_request: web.Request) -> web.Response:
    """One more channel."""
    case_id, posted = case_of(http_request), await read_posted(http_request)
    office = http_request.app[DESK].office
    try:
        await office.note_channel(actor_of(http_request), case_id, read(CHANNEL, posted.fields))
    except CaseworkError as error:
        if isinstance(error, Forbidden | NotFound):
            raise
        typed = Typed("channels", posted.fields, failure_of(error))
        return await case_page(http_request, case_id, {}, typed, error.status)
    return redirect(f"/cases/{case_id}?said=channel")


ROUTES = [note_channel]
