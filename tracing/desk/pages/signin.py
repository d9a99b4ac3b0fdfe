"""Signing in and out. The session itself is made by ``accounts``; here is the form, and where it leads."""

from aiohttp import web

from tracing.desk.context import DESK
from tracing.desk.gate import SIGN_IN
from tracing.desk.origin import address_of
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.links import local_path
from tracing.desk.pages.tongue import _
from tracing.desk.problems import Problem, Refused
from tracing.desk.reading import read_form, read_query
from tracing.desk.routes import PUBLIC, SIGNED_IN, route

__all__ = ["ROUTES"]


@route("GET", SIGN_IN, policy=PUBLIC)
async def show_form(http_request: web.Request) -> web.Response:
    """The form; ``next`` is the page that was asked for before anybody was signed in."""
    following = read_query(http_request, "next", "language").get("next", "/")
    return _form(http_request, following)


@route("POST", SIGN_IN, policy=PUBLIC)
async def sign_in(http_request: web.Request) -> web.Response:
    """Begin a session, or say what is wrong and keep the name."""
    form = await read_form(http_request)
    desk, name = http_request.app[DESK], form.get("name", "").strip()
    forwarded = http_request.headers.getall("X-Forwarded-For", [])
    address = address_of(http_request.remote, forwarded, desk.settings.trusted_proxies)
    try:
        session = await desk.accounts.sign_in(name, form.get("password", ""), address=address)
    except Refused as refused:
        return _form(http_request, form.get("next", "/"), name, refused.problem)
    response = redirect(local_path(form.get("next", "/")))
    desk.accounts.keep(response, session, http_request)
    return response


@route("POST", "/sign-out", policy=SIGNED_IN)
async def sign_out(http_request: web.Request) -> web.Response:
    """End the session, here and in the table."""
    accounts = http_request.app[DESK].accounts
    await accounts.sign_out(http_request)
    response = redirect(SIGN_IN)
    accounts.drop(response)
    return response


ROUTES = [show_form, sign_in, sign_out]


def _form(http_request: web.Request, following: str, typed: str = "", problem: Problem | None = None) -> web.Response:
    frame = frame_of(http_request, signed_in=False)
    failure = {"title": _("You are not signed in"), "detail": problem.detail} if problem else None
    status = problem.status if problem else 200
    response = page(
        "signin.html",
        frame,
        status=status,
        following=local_path(following),
        typed=typed,
        failure=failure,
        failed=problem is not None,
    )
    for name, value in (problem.headers if problem else {}).items():
        response.headers[name] = value
    return response
