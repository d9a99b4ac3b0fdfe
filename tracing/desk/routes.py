"""Routes that say who may use them. One without a policy cannot be registered.

- ``policy`` is a verb of ``casework/policy.py`` that the actor's role must include, ``SIGNED_IN`` for anybody signed
  in, or ``PUBLIC``: sign-in, static files and the machine's own questions.
- ``opens`` says that a case released to an auditor lets him through as well (``casework/insight.py``).
- ``describe`` is what the API's description says of the route; pages have none.
- ``make_app`` refuses to start when any route of its table came another way.

    @route("GET", "/api/v1/cases/{case}", policy="read", describe=Described(...))
    async def show_case(http_request: web.Request) -> web.StreamResponse: ...

    register(app, [show_case])
"""

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, field
from typing import Final

from aiohttp import web
from pydantic import BaseModel

from tracing.casework.policy import OPENED, VERBS

__all__ = [
    "PUBLIC",
    "ROUTES",
    "SIGNED_IN",
    "Described",
    "Route",
    "check_all_have_policies",
    "register",
    "route",
    "route_of",
]

PUBLIC: Final = "public"
SIGNED_IN: Final = "signed-in"

Serve = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Described:
    """What the OpenAPI document says of a route: its noun, purpose and parameters, the models of body and answer.

    ``also`` are other media the answer may be of.
    """

    tag: str
    summary: str
    answer: type[BaseModel] | None = None
    status: int = 200
    body: type[BaseModel] | None = None
    query: tuple[str, ...] = ()
    headers: tuple[str, ...] = ()
    problems: tuple[str, ...] = ()
    media: str = "application/json"
    also: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Route:
    """One method on one path, its policy and what serves it."""

    method: str
    path: str
    policy: str
    serve: Serve = field(repr=False)
    describe: Described | None = None
    opens: bool = False

    def __post_init__(self) -> None:
        if self.policy not in VERBS | {PUBLIC, SIGNED_IN}:
            raise ValueError(f"{self.method} {self.path}: no policy is called {self.policy!r}")
        if self.opens and ("{case}" not in self.path or self.policy not in OPENED):
            raise ValueError(f"{self.method} {self.path}: only a route of one case, to be read, opens by its release")


ROUTES: web.AppKey[dict[web.AbstractRoute, Route]] = web.AppKey("routes", dict)


def route(
    method: str, path: str, *, policy: str, describe: Described | None = None, opens: bool = False
) -> Callable[[Serve], Route]:
    """Make a route of a function that serves it. ValueError for a policy nobody can have."""
    return lambda serve: Route(method, path, policy, serve, describe, opens)


def register(app: web.Application, routes: Iterable[Route]) -> None:
    """Add routes to the app. A GET answers HEAD too."""
    table = app.setdefault(ROUTES, {})
    for each in routes:
        for method in ("GET", "HEAD") if each.method == "GET" else (each.method,):
            table[app.router.add_route(method, each.path, each.serve)] = each


def route_of(http_request: web.Request) -> Route | None:
    """The route that will serve this HTTP request; None where no path or method matches."""
    return http_request.app[ROUTES].get(http_request.match_info.route)


def check_all_have_policies(app: web.Application) -> None:
    """Raise RuntimeError for the first route that was not registered here."""
    for each in app.router.routes():
        if each not in app[ROUTES]:
            raise RuntimeError(f"{each.method} {each.resource}: a route without a policy; use desk.routes.register")
