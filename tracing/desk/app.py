"""The desk's aiohttp app: the gate before every route, one place for problems, strict headers on every answer.

- ``make_app`` takes the parts of the node (``Desk``) and, beside the API, the pages: a function that registers its
  routes with ``routes.register``. Pages may set ``app[ERROR_PAGE]`` to show problems as HTML to people.
- A route that came without a policy stops the start.
- ``listener.desk_listener`` serves the app with deadlines for connections that send nothing, or half of something.

    app = make_app(desk, pages)
    listener = desk_listener(app)
"""

from collections.abc import Awaitable, Callable
from typing import Any

import structlog
from aiohttp import web

from tracing.desk import api, gate, problems, reading, routes
from tracing.desk.context import DESK, Desk
from tracing.desk.gate import admit
from tracing.desk.health import FIGURES, HEALTH_ROUTES, Figures
from tracing.desk.links import LINKS
from tracing.desk.problems import Problem
from tracing.desk.throttle import Throttle

__all__ = ["CSP", "DESK", "ERROR_PAGE", "Desk", "harden", "make_app"]

ErrorPage = Callable[[web.Request, Problem], Awaitable[web.StreamResponse]]
ERROR_PAGE: web.AppKey[ErrorPage] = web.AppKey("error_page")

CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
_HEADERS = {
    "Content-Security-Policy": CSP,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # "no-referrer" would make browsers hide where a form came from
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",  # what stands on a page is about a case; static files say otherwise themselves
}


def make_app(desk: Desk, pages: Callable[[web.Application], None] | None = None) -> web.Application:
    """The app of one desk. RuntimeError for a route without a policy."""
    gates: list[Any] = [_count, _refuse, admit]  # Any: for its types the parameter must be called ``request``
    app = web.Application(middlewares=gates, client_max_size=reading.MOST_BODY_BYTES)
    app[DESK] = desk
    desk.accounts.name_cookie(desk.settings.authority)
    app[FIGURES] = Figures()
    app[LINKS] = Throttle(desk.clock)
    routes.register(app, HEALTH_ROUTES)
    api.add_to(app)
    if pages is not None:
        pages(app)
    routes.check_all_have_policies(app)
    app.on_response_prepare.append(_add_headers)
    app.on_shutdown.append(_end_waits)
    app.on_cleanup.append(_close_accounts)
    return app


def harden(response: web.StreamResponse) -> None:
    """Give an answer the headers every answer of the desk has; what the route said itself stays."""
    for name, value in _HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "tracing"  # which library and version is nobody's business


async def _add_headers(_http_request: web.Request, response: web.StreamResponse) -> None:
    harden(response)


@web.middleware
async def _count(http_request: web.Request, handler: routes.Serve) -> web.StreamResponse:
    """One log line and one count for each HTTP request, by the pattern of its route: ids and queries stay out."""
    desk, figures, route = http_request.app[DESK], http_request.app[FIGURES], routes.route_of(http_request)
    began_s = desk.clock.monotonic()
    response = await handler(http_request)
    took_s = desk.clock.monotonic() - began_s
    path = route.path if route else "(none)"
    method = http_request.method if route else "(any)"
    figures.requests.labels(method, path, str(response.status)).inc()
    figures.seconds.labels(method, path).observe(took_s)
    structlog.get_logger().info(
        "desk.answered", method=method, route=path, status=response.status, ms=round(took_s * 1000, 1)
    )
    return response


@web.middleware
async def _refuse(http_request: web.Request, handler: routes.Serve) -> web.StreamResponse:
    """Whatever was raised becomes a problem document, or a page for people."""
    try:
        return await handler(http_request)
    except web.HTTPException as refused:
        if refused.status < 400:  # a redirect that was raised
            raise
        problem = problems.of_error(refused)
    except Exception as error:  # noqa: BLE001 - the one border of the desk: a fault is logged and answered, never shown
        problem = problems.of_error(error)
    show = http_request.app.get(ERROR_PAGE)
    if show is not None and gate.is_for_people(http_request):
        return await show(http_request, problem)
    return problems.respond(problem)


async def _end_waits(app: web.Application) -> None:
    """Whoever waits for a receipt is answered now with what is known (decision 30)."""
    app[DESK].signals.close()


async def _close_accounts(app: web.Application) -> None:
    app[DESK].accounts.close()
