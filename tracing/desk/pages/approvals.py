"""Approvals: what waits for a second person. Releasing is done on the page of the case, beside what is released."""

from aiohttp import web

from tracing.casework import insight
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK
from tracing.desk.pages import looks
from tracing.desk.pages.frame import frame_of, page
from tracing.desk.pages.rows import name_of
from tracing.desk.reading import read_query
from tracing.desk.routes import route

__all__ = ["ROUTES"]

SHOWN = 200  # drafts; a house with more waiting has another trouble than paging


@route("GET", "/approvals", policy="approve")
async def show_approvals(http_request: web.Request) -> web.Response:
    """Every draft, the oldest first; one's own are marked, because another person must release them."""
    read_query(http_request)
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    drafts = await desk.store.read(lambda look: looks.waiting_drafts(look, SHOWN))
    await desk.office.note_read(actor, tuple(one.case for one in drafts), "approvals")
    rows = [
        {"href": f"/cases/{one.case}#act", "title": one.title, "verb": one.verb,
            "who": name_of(one.counterpart, desk.partners), "by": one.drafted_by, "at": one.drafted_ms,
        "own": one.drafted_by == actor.name}
        for one in drafts
    ]  # fmt: skip
    asked = await desk.store.read(insight.waiting)
    return page("approvals.html", frame, rows=rows, asked=asked, two=desk.settings.release == "two")


ROUTES = [show_approvals]
