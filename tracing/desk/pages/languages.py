"""The language of an account, which the foot of every page leads to.

GET  /language   the languages of the desk
POST /language   303 to the first page, in the language chosen
"""

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.catalogues import offered
from tracing.desk.context import DESK
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import SIGNED_IN, route
from tracing.store import people

__all__ = ["ROUTES"]


@route("GET", "/language", policy=SIGNED_IN)
async def show_languages(http_request: web.Request) -> web.Response:
    """Each by its own name."""
    read_query(http_request)
    return page("language.html", frame_of(http_request))


@route("POST", "/language", policy=SIGNED_IN)
async def choose(http_request: web.Request) -> web.Response:
    """Read the desk, and be written to, in this language from now on."""
    posted, name = await read_posted(http_request), actor_of(http_request).name
    wanted = posted.first("language")
    if wanted not in offered():
        raise Refused("bad-query", f"language: expected one of {', '.join(offered())}, got {wanted[:40]!r}")
    await http_request.app[DESK].store.write(lambda tx: people.change_language(tx, name, wanted, name))
    return redirect("/")


ROUTES = [show_languages, choose]
