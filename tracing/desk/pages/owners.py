"""Taking a case and letting go of it, with a button of its page; giving it to another is done by the API."""

from aiohttp import web

from tracing.casework.owning import hand_over
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.pages.frame import redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.routes import route

__all__ = ["ROUTES"]


@route("POST", "/cases/{case}/owner", policy="own")
async def own(http_request: web.Request) -> web.Response:
    """Mine from now on, or nobody's."""
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    is_taken = (await read_posted(http_request)).first("take") == "yes"
    await desk.store.write(lambda tx: hand_over(tx, actor, case_id, actor.name if is_taken else None))
    return redirect(f"/cases/{case_id}?said={'taken' if is_taken else 'let-go'}")


ROUTES = [own]
