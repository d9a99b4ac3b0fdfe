"""Calendar feeds over HTTP: made, listed and revoked with a token; read, guessed and asked for anew by anybody."""

import secrets
from collections.abc import AsyncIterator
from typing import Any

import pytest
import structlog
from sqlalchemy import delete, select, update
from structlog.testing import capture_logs

from tests.desk.conftest import As
from tests.desk.station import Caller, Station, open_desk_again, request_body, serve
from tests.given import TurnedClock
from tracing.desk.app import CSP
from tracing.store import people
from tracing.store.people import digest_of
from tracing.tables import CalendarFeed, Leaf, table_of

feeds, leaves = table_of(CalendarFeed), table_of(Leaf)
NOWHERE = "/calendar/" + "x" * 43 + ".ics"


@pytest.fixture(autouse=True)
async def no_feeds(br: Station) -> AsyncIterator[None]:
    """None before and after."""
    await br.store.write(lambda tx: tx.conn.execute(delete(feeds)))
    yield
    await br.store.write(lambda tx: tx.conn.execute(delete(feeds)))


@pytest.fixture
async def calm(br: Station, http: Any) -> AsyncIterator[Caller]:
    """Nobody at a desk of his own, where tries are counted from none."""
    async with serve(open_desk_again(br)) as (url, _):
        yield Caller(http, url)


async def made(caller: Caller, whose: str = "mine", **options: Any) -> dict[str, Any]:
    status, said = await caller.post("/api/v1/feeds", {"whose": whose}, **options)
    assert status == 201
    return dict(said)


async def rows(br: Station) -> list[Any]:
    return list(await br.store.read(lambda view: view.conn.execute(select(feeds)).all()))


async def test_a_feed_is_made_and_read_by_whoever_knows_its_address(at_br: As, calm: Caller, br: Station) -> None:
    said = await made(at_br("ada"))
    async with calm.call("GET", said["path"]) as response:
        body = await response.text()
        wanted = {
            "Content-Type": "text/calendar; charset=utf-8", "Cache-Control": "private, no-cache",
            "Content-Disposition": 'attachment; filename="deadlines.ics"', "Content-Security-Policy": CSP,
            "X-Content-Type-Options": "nosniff", "Referrer-Policy": "same-origin", "Server": "tracing",
        }  # fmt: skip
        assert (response.status, {name: response.headers.get(name) for name in wanted}) == (200, wanted)
    assert body.startswith("BEGIN:VCALENDAR\r\n")
    assert "Set-Cookie" not in response.headers
    (row,) = await rows(br)
    assert (row.whose, row.user_name, row.used_ms is not None) == ("mine", "ada", True)


async def test_the_secret_is_kept_nowhere_and_shown_once(at_br: As, br: Station) -> None:
    said = await made(at_br("ada"))
    secret = said["path"].removeprefix("/calendar/").removesuffix(".ics")
    (row,) = await rows(br)
    assert (len(secret), row.sha256, secret in str(row)) == (43, digest_of(secret), False)
    _, listed = await at_br("ada").get("/api/v1/feeds")
    assert listed == {"items": [said | {"path": None}], "next": None}
    objects = await br.store.read(lambda view: view.conn.execute(select(leaves.c.object)).scalars().all())
    told = [one for one in objects if one and b'"act":"subscribe"' in one]
    assert (len(told) >= 1, [one for one in objects if one and secret.encode() in one]) == (True, [])


async def test_the_same_call_twice_makes_one_feed_and_shows_its_address_once(at_br: As, br: Station) -> None:
    headers = {"Idempotency-Key": secrets.token_hex(8)}
    first, again = [await made(at_br("ada"), headers=headers) for _ in range(2)]
    assert (first["path"] is not None, again["path"], first["feed"] == again["feed"]) == (True, None, True)
    assert len(await rows(br)) == 1


async def test_what_is_revoked_leads_nowhere_at_once(at_br: As, calm: Caller, br: Station) -> None:
    said = await made(at_br("ada"))
    assert (await _status(calm, said["path"])) == 200
    status, gone = await at_br("ada").json("DELETE", f"/api/v1/feeds/{said['feed']}")
    assert (status, gone["feed"]) == (200, said["feed"])
    assert (await _status(calm, said["path"]), (await at_br("ada").get("/api/v1/feeds"))[1]["items"]) == (404, [])
    assert (await at_br("ada").json("DELETE", f"/api/v1/feeds/{said['feed']}"))[0] == 404


async def _status(caller: Caller, path: str, **options: Any) -> int:
    async with caller.call("GET", path, **options) as response:
        await response.read()
        return response.status


async def test_a_feed_of_a_closed_account_sleeps_and_that_of_the_team_lives_on(
    at_br: As, calm: Caller, br: Station
) -> None:
    mine, team = [await made(at_br("eva"), whose) for whose in ("mine", "team")]
    await br.store.write(lambda tx: people.set_active(tx, "eva", active=False, by="test"))
    asleep = [await _status(calm, one["path"]) for one in (mine, team)]
    await br.store.write(lambda tx: people.set_active(tx, "eva", active=True, by="test"))
    awake = [await _status(calm, one["path"]) for one in (mine, team)]
    assert (asleep, awake) == ([404, 200], [200, 200])


@pytest.mark.parametrize(
    ("name", "whose", "status"),
    [("ada", "mine", 201), ("eva", "mine", 201), ("eva", "team", 201), ("max", "team", 201), ("ada", "team", 403),
     ("max", "mine", 403), ("lin", "mine", 403), ("ted", "team", 403), ("kay", "mine", 403)],
)  # fmt: skip
async def test_who_may_make_which_feed(at_br: As, br: Station, name: str, whose: str, status: int) -> None:
    assert (await at_br(name).post("/api/v1/feeds", {"whose": whose}))[0] == status
    assert len(await rows(br)) == (status == 201)


async def test_each_sees_and_revokes_his_own_the_team_its_own_and_who_keeps_accounts_all(
    at_br: As, br: Station
) -> None:
    adas, evas = await made(at_br("ada")), await made(at_br("eva"))
    team = await made(at_br("eva"), "team")
    seen = {
        name: {one["feed"] for one in (await at_br(name).get("/api/v1/feeds"))[1]["items"]}
        for name in ("ada", "olu", "eva", "max")
    }
    assert seen == {
        "ada": {adas["feed"]}, "olu": set(), "eva": {evas["feed"], team["feed"]},
        "max": {adas["feed"], evas["feed"], team["feed"]},
    }  # fmt: skip
    for name, feed in (("olu", adas), ("ada", team), ("eva", adas)):
        assert (await at_br(name).json("DELETE", f"/api/v1/feeds/{feed['feed']}"))[0] == 404
    assert {row.revoked_ms for row in await rows(br)} == {None}
    assert (await at_br("max").json("DELETE", f"/api/v1/feeds/{adas['feed']}"))[0] == 200


async def test_nobody_makes_feeds_without_end(at_br: As, br: Station) -> None:
    for _ in range(10):
        await made(at_br("ada"))
    status, said = await at_br("ada").post("/api/v1/feeds", {"whose": "mine"})
    assert (status, said["code"], len(await rows(br))) == (409, "too-many-feeds", 10)


@pytest.mark.parametrize("body", [{}, {"whose": "all"}, {"whose": None}, {"whose": "mine", "more": 1}, {"whose": []}])
async def test_a_wish_for_no_kind_of_feed_is_refused(at_br: As, br: Station, body: dict[str, Any]) -> None:
    status, said = await at_br("ada").post("/api/v1/feeds", body)
    assert (status, said["code"], await rows(br)) == (400, "bad-body", [])


@pytest.mark.parametrize("feed", ["x", "-1", "9" * 30, "1.5", "%00", "٣"])
async def test_a_number_of_no_feed_is_not_found(at_br: As, feed: str) -> None:
    assert (await at_br("ada").json("DELETE", f"/api/v1/feeds/{feed}"))[0] == 404


# ---------------------------------------------------------------- reading


async def test_a_calendar_that_has_it_is_told_so_until_something_changes(
    at_br: As, at_at: As, br: Station, at: Station, calm: Caller
) -> None:
    path = (await made(at_br("eva"), "team"))["path"]
    async with calm.call("GET", path) as response:
        etag, before = response.headers["ETag"], await response.text()
    for given in (etag, f"W/{etag}", f'"other", {etag}', "*"):
        async with calm.call("GET", path, headers={"If-None-Match": given}) as response:
            assert (response.status, await response.read(), response.headers["ETag"]) == (304, b"", etag)
    assert await _status(calm, path, headers={"If-None-Match": '"other"'}) == 200
    _, draft = await at_at("ada").post("/api/v1/requests", request_body(to="br"))
    assert (await at_at("eva").post(f"/api/v1/cases/{draft['case']}/approve"))[0] == 200
    await at.send_to(br)
    async with calm.call("GET", path, headers={"If-None-Match": etag}) as response:
        after = await response.text()
        assert (response.status, response.headers["ETag"] == etag) == (200, False)
    assert after.count("BEGIN:VEVENT") > before.count("BEGIN:VEVENT")
    assert draft["case"][-12:] in after


async def test_a_feed_answers_head_without_a_body(at_br: As, calm: Caller) -> None:
    path = (await made(at_br("ada")))["path"]
    async with calm.call("HEAD", path) as response:
        assert (response.status, await response.read(), "ETag" in response.headers) == (200, b"", True)


async def test_a_query_is_refused_as_a_problem(at_br: As, calm: Caller) -> None:
    path = (await made(at_br("ada")))["path"]
    for query in ("?a=1", "?" + "a" * 5000, "?%ff=%ff"):
        async with calm.call("GET", path + query) as response:
            said = await response.json(content_type="application/problem+json")
            assert (response.status, said["code"]) == (400, "bad-query")


@pytest.mark.parametrize("query", ["from=soon", "to=2026-13-01", "mine=perhaps", "form=2026-01-01", "from=1&from=2"])
async def test_a_wrong_question_for_deadlines_is_refused_as_a_problem(at_br: As, query: str) -> None:
    async with at_br("ada").call("GET", f"/api/v1/deadlines?{query}") as response:
        said = await response.json(content_type="application/problem+json")
        assert (response.status, said["code"]) == (400, "bad-query")


async def test_last_use_is_noted_every_ten_minutes_and_no_oftener(at_br: As, br: Station, calm: Caller) -> None:
    path = (await made(at_br("ada")))["path"]
    noted = []
    for _ in range(3):
        assert await _status(calm, path) == 200
        noted.append((await rows(br))[0].used_ms)
    assert (noted[0] is not None, len(set(noted))) == (True, 1)
    await br.store.write(lambda tx: tx.conn.execute(update(feeds).values(used_ms=noted[0] - 600_001)))
    assert await _status(calm, path) == 200
    assert (await rows(br))[0].used_ms >= noted[0]


# ---------------------------------------------------------------- guessing


async def test_what_was_never_given_out_is_as_missing_as_what_was_revoked(at_br: As, calm: Caller) -> None:
    revoked = await made(at_br("ada"))
    await at_br("ada").json("DELETE", f"/api/v1/feeds/{revoked['feed']}")
    said = []
    for path in (
        NOWHERE,
        revoked["path"],
        "/calendar/short.ics",
        "/calendar/%00.ics",
        "/calendar/" + "x" * 900 + ".ics",
    ):
        async with calm.call("GET", path) as response:
            said.append((response.status, await response.text(), response.headers["Content-Type"]))
    assert (len(set(said)), said[0][0], said[0][2]) == (1, 404, "application/problem+json")


async def test_guesses_are_slowed_down_and_the_right_address_is_no_exception(at_br: As, br: Station, http: Any) -> None:
    """A thousand guesses: a few are looked at, the others wait; whoever waits learns nothing of any address."""
    path, clock = (await made(at_br("ada")))["path"], TurnedClock(br.desk.clock.now())
    async with serve(open_desk_again(br, clock=clock)) as (url, app):
        stranger = Caller(http, url)
        statuses = [await _status(stranger, f"/calendar/{secrets.token_urlsafe(32)}.ics") for _ in range(1000)]
        del app
        assert (statuses.count(404), statuses.count(429), set(statuses)) == (30, 970, {404, 429})
        async with stranger.call("GET", path) as response:
            said = await response.json(content_type=None)
            assert (response.status, said["code"], int(response.headers["Retry-After"]) >= 1) == (429, "too-many", True)


async def test_no_log_holds_a_secret_whatever_is_asked(at_br: As, calm: Caller) -> None:
    path = (await made(at_br("ada")))["path"]
    secret = path[len("/calendar/") :].removesuffix(".ics")
    structlog.reset_defaults()
    with capture_logs() as logs:
        for asked in (path, f"{path}?a=1", path.removesuffix(".ics"), f"{path}/more"):
            await _status(calm, asked)
        async with calm.call("POST", path) as response:
            assert response.status in {401, 405}
    assert ([one for one in logs if secret in str(one)], len(logs) >= 4) == ([], True)
    assert next(one["route"] for one in logs if one.get("event") == "desk.answered") == "/calendar/{token}.ics"
