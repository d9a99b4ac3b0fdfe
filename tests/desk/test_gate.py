"""Who gets through to which route: everything here is generated from the live route table."""

import asyncio
import re
from collections.abc import AsyncIterator
from typing import Any

import aiohttp
import pytest
import structlog
from aiohttp import web
from structlog.testing import capture_logs

from tests.desk.conftest import As
from tests.desk.station import NOWHERE, PASSWORD, PEOPLE, Caller, Station, open_desk_again, request_body, serve
from tracing.casework.policy import may
from tracing.desk import routes
from tracing.desk.accounts import Session
from tracing.desk.app import CSP, ERROR_PAGE, make_app
from tracing.desk.pages import install as install_pages
from tracing.desk.routes import PUBLIC, ROUTES, SIGNED_IN, Route

OPEN_TO_ALL = {
    "/livez", "/readyz", "/metrics", "/api/openapi.json", "/api/schemas/{name}", "/api/schemas/wire/{name}",
    "/calendar/{token}.ics",
}  # fmt: skip
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE")


def table(station: Station) -> list[Route]:
    app = make_app(open_desk_again(station))
    return sorted(set(app[ROUTES].values()), key=lambda each: (each.path, each.method))


def filled(path: str) -> str:
    return re.sub(r"\{(\w+)\}", lambda match: NOWHERE[match[1]], path)


def test_only_the_questions_of_machines_the_description_the_schemas_and_calendars_are_public(br: Station) -> None:
    assert {each.path for each in table(br) if each.policy == PUBLIC} == OPEN_TO_ALL


async def test_nobody_gets_past_any_route_with_any_method(at_br: As, br: Station) -> None:
    wrong = []
    for path in sorted({filled(each.path) for each in table(br) if each.path not in OPEN_TO_ALL}):
        for method in METHODS:
            async with at_br().call(method, path) as response:
                if response.status != 401:
                    wrong.append((method, path, response.status))
    assert wrong == []


async def test_every_role_gets_through_to_exactly_the_routes_of_its_verbs(at_br: As, br: Station) -> None:
    wrong = []
    for each in table(br):
        for name, role in PEOPLE.items():
            async with at_br(name).call(each.method, filled(each.path)) as response:
                allowed = each.policy in {PUBLIC, SIGNED_IN} or may(role, each.policy)
                if (response.status == 403) == allowed or response.status >= 500 or response.status == 401:
                    wrong.append((each.method, each.path, role, response.status))
    assert wrong == []


@pytest.mark.parametrize("path", ["/api/v1/nothing", "/api", "/api/v1/cases/x/y/z", "/api/v2/cases", "/api/v1/%00"])
async def test_what_is_not_there_is_not_found_for_those_signed_in(at_br: As, path: str) -> None:
    status, _ = await at_br("ada").get(path)
    assert (status, (await at_br().get(path))[0] if path != "/api" else 401) == (404, 401)


async def test_a_method_a_route_does_not_have_is_refused_with_those_it_has(at_br: As) -> None:
    async with at_br("ada").call("DELETE", "/api/v1/cases") as response:
        assert (response.status, response.headers["Allow"], (await response.json(content_type=None))["code"]) == (
            405, "GET,HEAD", "method-not-allowed",
        )  # fmt: skip


@pytest.mark.parametrize(
    "header",
    [
        "Bearer",
        "Bearer nonsense",
        "Basic YWRhOmFkYQ==",
        "Bearer \x80\xff",
        "bearer " + "x" * 5000,
        "Bearer itx_' or 1=1",
        "",
    ],
)
async def test_a_header_that_names_nobody_is_401_with_what_to_send(at_br: As, header: str) -> None:
    async with at_br().call("GET", "/api/v1/cases", headers={"Authorization": header}) as response:
        assert (response.status, response.headers["WWW-Authenticate"]) == (401, 'Bearer realm="tracing"')


async def test_every_answer_carries_the_strict_headers(at_br: As) -> None:
    missing = []
    for path in ("/livez", "/api/v1/cases", "/api/v1/nothing", "/api/openapi.json", "/"):
        async with at_br().call("GET", path) as response:
            expected = {
                "Content-Security-Policy": CSP,
                "X-Content-Type-Options": "nosniff",
                "Cache-Control": "no-store",
                "Server": "tracing",
            }
            missing += [(path, name) for name, value in expected.items() if response.headers.get(name) != value]
    assert missing == []


def test_the_content_security_policy_lets_no_script_in_but_our_own() -> None:
    assert ("script-src 'self';" in CSP, "unsafe" in CSP, "http" in CSP) == (True, False, False)


def test_a_route_without_a_policy_stops_the_start(br: Station) -> None:
    async def anything(_: web.Request) -> web.StreamResponse:
        return web.Response()

    with pytest.raises(RuntimeError, match="without a policy"):
        make_app(open_desk_again(br), lambda app: app.router.add_get("/secret", anything) and None)


def test_a_policy_nobody_can_have_is_refused() -> None:
    with pytest.raises(ValueError, match="no policy is called"):
        routes.route("GET", "/x", policy="whatever")(lambda _: None)  # type: ignore[arg-type,return-value]


# ---------------------------------------------------------------- browsers


@routes.route("GET", "/", policy=SIGNED_IN)
async def home(_: web.Request) -> web.StreamResponse:
    return web.Response(text="home")


@routes.route("POST", "/things", policy="request")
async def change(_: web.Request) -> web.StreamResponse:
    return web.Response(text="changed")


@routes.route("GET", "/fault", policy=PUBLIC)
async def fault(_: web.Request) -> web.StreamResponse:
    raise ZeroDivisionError("ABC123 is a serial")


async def show_problem(_: web.Request, problem: Any) -> web.StreamResponse:
    return web.Response(status=problem.status, text=f"<h1>{problem.code}</h1>", content_type="text/html")


def some_pages(app: web.Application) -> None:
    app[ERROR_PAGE] = show_problem
    routes.register(app, (home, change, fault))


class Browser:
    """A browser with its cookies."""

    def __init__(self, caller: Caller, station_desk: Any) -> None:
        self.caller = caller
        self.desk = station_desk
        self.csrf = ""

    async def sign_in(self, name: str) -> Session:
        session: Session = await self.desk.accounts.sign_in(name, PASSWORD, address="127.0.0.1")
        self.caller.http.cookie_jar.update_cookies(
            {self.desk.accounts.cookie_name: session.cookie}, aiohttp.client.URL(self.caller.url)
        )
        self.csrf = session.csrf
        return session


@pytest.fixture
async def browser(br: Station, http: aiohttp.ClientSession) -> AsyncIterator[Browser]:
    desk = open_desk_again(br)
    async with serve(desk, some_pages) as (url, _):
        yield Browser(Caller(http, url), desk)


async def test_a_page_sends_strangers_to_sign_in_and_back(browser: Browser) -> None:
    async with browser.caller.call("GET", "/cases/br.1?x=1") as response:
        assert (response.status, response.headers["Location"]) == (303, "/sign-in?next=/cases/br.1")


async def test_a_session_opens_pages_and_the_api(browser: Browser) -> None:
    await browser.sign_in("ada")
    async with browser.caller.call("GET", "/") as page:
        status, _ = await browser.caller.get("/api/v1/cases")
        assert (page.status, status) == (200, 200)


async def test_a_session_changes_nothing_without_its_csrf_token(browser: Browser) -> None:
    await browser.sign_in("ada")
    got = []
    for form in ({}, {"csrf": "guess"}, {"csrf": browser.csrf}):
        async with browser.caller.call("POST", "/things", data=form) as response:
            got.append(response.status)
    status, problem = await browser.caller.post("/api/v1/requests", request_body())
    with_header = await browser.caller.post("/api/v1/requests", request_body(), headers={"X-CSRF-Token": browser.csrf})
    assert (got, status, problem["code"], with_header[0]) == ([403, 403, 200], 403, "csrf", 201)


async def test_nothing_is_changed_from_another_site(browser: Browser) -> None:
    await browser.sign_in("ada")
    async with browser.caller.call(
        "POST", "/things", data={"csrf": browser.csrf}, headers={"Sec-Fetch-Site": "cross-site"}
    ) as response:
        assert (response.status, await response.text()) == (403, "<h1>cross-site</h1>")


async def test_a_bearer_token_is_judged_alone_and_no_cookie_helps_it(browser: Browser) -> None:
    await browser.sign_in("ada")
    status, _ = await browser.caller.get("/api/v1/cases", headers={"Authorization": "Bearer itx_wrong"})
    assert status == 401


async def test_a_fault_is_written_to_the_log_without_its_words(browser: Browser) -> None:
    with capture_logs() as events:
        async with browser.caller.call("GET", "/fault") as response:
            shown = await response.text()
    faults = [event["fault"] for event in events if event["event"] == "desk.fault"]
    assert (response.status, shown, faults) == (500, "<h1>fault</h1>", ["ZeroDivisionError"])
    assert "ABC123" not in str(events) + shown


async def test_many_at_once_are_answered(at_br: As) -> None:
    statuses = await asyncio.gather(*(at_br("ada").get("/api/v1/counterparts") for _ in range(40)))
    assert {status for status, _ in statuses} == {200}


# ---------------------------------------------------------------- the pages beside the API


PUBLIC_PAGES = {"/sign-in", "/static/{digest}/{name}", "/reply/{token}"}


@pytest.fixture
async def whole(br: Station, http: aiohttp.ClientSession) -> AsyncIterator[Caller]:
    """A stranger at a desk with its pages."""
    async with serve(open_desk_again(br), install_pages) as (url, _):
        yield Caller(http, url)


def pages_of(station: Station) -> list[Route]:
    app = make_app(open_desk_again(station), install_pages)
    found = {
        each for each in app[ROUTES].values() if not each.path.startswith("/api/") and each.path not in OPEN_TO_ALL
    }
    return sorted(found, key=lambda each: (each.path, each.method))


def anywhere(path: str) -> str:
    return re.sub(r"\{(\w+)(:[^{}]*)?\}", lambda match: NOWHERE.get(match[1], "1"), path)


async def test_every_page_but_the_way_in_sends_strangers_there(whole: Caller, br: Station) -> None:
    wrong = []
    for each in pages_of(br):
        async with whole.call(each.method, anywhere(each.path)) as response:
            to_sign_in = response.status == 303 and response.headers["Location"].startswith("/sign-in")
            if to_sign_in == (each.policy == PUBLIC):
                wrong.append((each.method, each.path, response.status))
    assert wrong == []


def test_only_the_way_in_and_what_it_looks_like_is_public(br: Station) -> None:
    assert {each.path for each in pages_of(br) if each.policy == PUBLIC} <= PUBLIC_PAGES


async def test_the_log_knows_neither_tokens_nor_serials_nor_what_was_searched(at_br: As, br: Station) -> None:
    serial = {"text": "QX-55123", "status": "original", "component": "frame"}
    with structlog.testing.capture_logs() as lines:
        _, said = await at_br("ada").post(
            "/api/v1/requests", request_body(weapon=request_body()["weapon"] | {"serial": serial})
        )
        await at_br("ada").get("/api/v1/cases?q=QX-55123")
        await at_br().get(
            f"/api/v1/cases/{said['case']}?token={br.tokens['ada']}", headers={"Authorization": "Bearer itx_x"}
        )
    assert (len(lines) >= 3, [word for word in ("QX-55123", br.tokens["ada"], "itx_x") if word in str(lines)]) == (
        True,
        [],
    )
