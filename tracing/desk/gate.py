"""The gate every HTTP request passes: who asks, does the route's policy allow it, did a browser really mean it.

Rules
- Deny by default: nobody signed in learns only the public routes; what is missing looks the same as what is forbidden.
- Whatever a browser's session changes needs the CSRF token (form field ``csrf`` or header ``X-CSRF-Token``; in a form
  with files it is the first part) and must not come from another site (``Sec-Fetch-Site``). A bearer token cannot be
  sent by a foreign page and needs neither.
- A case released to an auditor lets him through where a route says so, in that case alone.
- A page sends people to ``/sign-in``; the API answers 401.
"""

import hmac
from typing import Final
from urllib.parse import quote

import structlog
from aiohttp import web

from tracing.casework.policy import may, permit
from tracing.desk.accounts import actor_of, csrf_of, has_session
from tracing.desk.context import DESK
from tracing.desk.parts import FILES_FORM, end_parts, parts_of
from tracing.desk.problems import Refused
from tracing.desk.reading import read_form
from tracing.desk.routes import PUBLIC, SIGNED_IN, Serve, route_of

__all__ = ["SIGN_IN", "admit", "is_for_people"]

SIGN_IN: Final = "/sign-in"
_SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
_MACHINES = ("/api/", "/calendar/", "/livez", "/readyz", "/metrics")


def is_for_people(http_request: web.Request) -> bool:
    """Whether a page is asked for, and not the API."""
    return not http_request.path.startswith(_MACHINES)


@web.middleware
async def admit(http_request: web.Request, handler: Serve) -> web.StreamResponse:
    """Let the HTTP request through to its route, or refuse it."""
    actor = await http_request.app[DESK].accounts.of_request(http_request)
    structlog.contextvars.bind_contextvars(actor=actor.name if actor else None)
    _check_site(http_request)
    route = route_of(http_request)
    if route is not None and route.policy == PUBLIC:
        return await handler(http_request)
    if actor is None:
        return _send_to_sign_in(http_request)
    if route is None:  # no such path, or not this method: the route of aiohttp that says so
        return await handler(http_request)
    try:
        await _check_meant(http_request)
        if route.opens and not may(actor.role, route.policy):
            await http_request.app[DESK].accounts.open_case(http_request)
        if route.policy != SIGNED_IN:
            permit(actor_of(http_request), route.policy, *_case_of(http_request))
        return await handler(http_request)
    finally:
        await end_parts(http_request)


def _case_of(http_request: web.Request) -> tuple[str, ...]:
    return (http_request.match_info["case"],) if "case" in http_request.match_info else ()


def _send_to_sign_in(http_request: web.Request) -> web.StreamResponse:
    if is_for_people(http_request):
        back = (
            f"?next={quote(http_request.path, safe='/')}"
            if http_request.method == "GET" and http_request.path != "/"
            else ""
        )
        return web.Response(status=303, headers={"Location": SIGN_IN + back})
    raise Refused(
        "unauthenticated",
        "send Authorization: Bearer with a token of this node",
        {"WWW-Authenticate": 'Bearer realm="tracing"'},
    )


def _check_site(http_request: web.Request) -> None:
    """Fetch metadata (W3C): a browser says where a request comes from; scripts and older browsers say nothing."""
    site = http_request.headers.get("Sec-Fetch-Site", "none")
    if http_request.method not in _SAFE and site not in {"same-origin", "none"}:
        raise Refused("cross-site", "open the desk itself and act there")


async def _check_meant(http_request: web.Request) -> None:
    if http_request.method in _SAFE or not has_session(http_request):
        return
    given = http_request.headers.get("X-CSRF-Token")
    if given is None and http_request.content_type == "application/x-www-form-urlencoded":
        given = (await read_form(http_request)).get("csrf")
    elif given is None and http_request.content_type == FILES_FORM:
        given = await parts_of(http_request).token()
    if not hmac.compare_digest((given or "").encode("utf-8", "replace"), csrf_of(http_request).encode()):
        raise Refused("csrf", "the session ended or the form is an old one; load the page again")
