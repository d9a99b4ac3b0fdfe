"""Accounts: signing in and out, tokens, and what happens to those who guess."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from tests.desk.station import PASSWORD, Station, open_desk_again, serve
from tests.given import TurnedClock, new_store
from tracing import audit
from tracing.clock import Ids
from tracing.desk import routes
from tracing.desk.accounts import SESSION_MS, Accounts
from tracing.desk.passwords import AT_ONCE, MOST_WAITING, Passwords, PasswordsBusy, hash_password, new_password
from tracing.desk.problems import Refused
from tracing.desk.throttle import FREE_BY_ADDRESS, FREE_BY_NAME, MOST_REMEMBERED, Throttle, TooManyAttempts
from tracing.store import Store, people
from tracing.tables import ApiToken, User, WebSession, table_of

HASH = hash_password(PASSWORD)
tokens, users, sessions = map(table_of, (ApiToken, User, WebSession))


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture
async def store(tmp_path: Path, clock: TurnedClock) -> AsyncIterator[Store]:
    made = new_store(tmp_path, clock)
    made.write_now(lambda tx: audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private"))
    made.write_now(lambda tx: people.add_user(tx, "ada", "officer", HASH, "fr", "test"))
    yield made
    made.close()


@pytest.fixture
async def accounts(store: Store, clock: TurnedClock) -> AsyncIterator[Accounts]:
    made = Accounts(store, clock, Ids(clock))
    yield made
    made.close()


async def code_of(accounts: Accounts, name: str, password: str, address: str = "a") -> str:
    try:
        await accounts.sign_in(name, password, address=address)
    except Refused as refused:
        return refused.problem.code
    return "signed in"


async def test_the_right_password_begins_a_session(accounts: Accounts, clock: TurnedClock) -> None:
    session = await accounts.sign_in("ada", PASSWORD)
    assert (session.actor.name, session.actor.role, session.actor.language, session.expires_ms) == (
        "ada",
        "officer",
        "fr",
        clock.now_ms() + SESSION_MS,
    )


@pytest.mark.parametrize(
    ("name", "password"),
    [
        ("ada", "wrong"),
        ("bob", PASSWORD),
        ("", ""),
        ("ada\x00", PASSWORD),
        ("x" * 999, "x"),
        ("\ud800", "\ud800"),
        ("ada", "x" * 5000),
    ],
)
async def test_a_wrong_name_or_password_are_refused_alike(accounts: Accounts, name: str, password: str) -> None:
    assert await code_of(accounts, name, password) == "sign-in-refused"


async def test_whoever_guesses_has_to_wait_longer_each_time(accounts: Accounts, clock: TurnedClock) -> None:
    codes = [await code_of(accounts, "ada", "wrong") for _ in range(FREE_BY_NAME + 1)]
    with pytest.raises(Refused) as refused:
        await accounts.sign_in("ada", PASSWORD)
    clock.turn(timedelta(seconds=2))
    assert (codes[-1], refused.value.problem.headers["Retry-After"], await code_of(accounts, "ada", PASSWORD)) == (
        "too-many",
        "2",
        "signed in",
    )


async def test_attempts_at_once_count_as_many(accounts: Accounts) -> None:
    codes = await asyncio.gather(*(code_of(accounts, "ada", "wrong") for _ in range(FREE_BY_NAME + 3)))
    assert sorted(codes) == ["sign-in-refused"] * FREE_BY_NAME + ["too-many"] * 3


async def test_a_closed_account_cannot_sign_in(accounts: Accounts, store: Store) -> None:
    await store.write(lambda tx: people.set_active(tx, "ada", active=False, by="max"))
    assert await code_of(accounts, "ada", PASSWORD) == "sign-in-refused"


def test_one_address_may_try_many_names_only_for_a_while(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    for number in range(FREE_BY_ADDRESS):
        throttle.attempt(f"name{number}", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        throttle.attempt("another", "10.0.0.1")


def test_who_signed_in_is_not_counted_against_his_address(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    for number in range(FREE_BY_ADDRESS * 2):
        throttle.attempt(f"name{number}", "10.0.0.1")
        throttle.succeeded(f"name{number}", "10.0.0.1")
    assert throttle.attempt("another", "10.0.0.1") is None


def test_a_stranger_who_keeps_guessing_keeps_nobody_from_his_own_desk(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    throttle.attempt("ada", "10.0.0.1")
    throttle.succeeded("ada", "10.0.0.1")
    for _ in range(FREE_BY_NAME):
        throttle.attempt("ada", "10.0.0.66")
    with pytest.raises(TooManyAttempts):
        throttle.attempt("ada", "10.0.0.66")
    assert throttle.attempt("ada", "10.0.0.1") is None


def test_at_his_own_desk_too_somebody_waits_after_some_failures(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    throttle.attempt("ada", "10.0.0.1")
    throttle.succeeded("ada", "10.0.0.1")
    for _ in range(FREE_BY_NAME):
        throttle.attempt("ada", "10.0.0.1")
    with pytest.raises(TooManyAttempts):
        throttle.attempt("ada", "10.0.0.1")


def test_attempts_are_forgiven_after_a_quarter_of_an_hour(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    for _ in range(FREE_BY_NAME):
        throttle.attempt("ada", "10.0.0.1")
    clock.turn(timedelta(minutes=16))
    throttle.attempt("ada", "10.0.0.1")
    assert throttle.attempt("ada", "10.0.0.1") is None


def test_strangers_cannot_take_the_memory(clock: TurnedClock) -> None:
    throttle = Throttle(clock)
    for number in range(MOST_REMEMBERED):
        throttle.attempt(f"name{number}", f"address{number}")
    assert len(throttle._counts) == MOST_REMEMBERED


# ---------------------------------------------------------------- passwords


async def test_too_many_passwords_at_once_are_refused() -> None:
    passwords = Passwords(Ids(TurnedClock()))
    waiting = [asyncio.create_task(passwords.verify(None, "x")) for _ in range(AT_ONCE + MOST_WAITING)]
    await asyncio.sleep(0)
    with pytest.raises(PasswordsBusy):
        await passwords.verify(None, "x")
    passwords._threads.shutdown(wait=False, cancel_futures=True)
    for task in waiting:
        task.cancel()
    await asyncio.gather(*waiting, return_exceptions=True)


async def test_a_desk_where_too_many_sign_in_says_so(accounts: Accounts) -> None:
    accounts._passwords._waiting = AT_ONCE + MOST_WAITING
    assert await code_of(accounts, "ada", PASSWORD) == "unavailable"


async def test_a_hash_that_is_none_matches_nothing() -> None:
    passwords = Passwords(Ids(TurnedClock()))
    assert (await passwords.verify("not a hash", "x"), await passwords.verify(None, "x")) == (False, False)
    passwords.close()


def test_a_new_password_has_twenty_five_letters_that_do_not_look_alike() -> None:
    made = {new_password(Ids(TurnedClock())) for _ in range(50)}
    assert (len(made), {len(one) for one in made}, set("".join(made)) & set("0o1il")) == (50, {29}, set())


# ---------------------------------------------------------------- what is kept


async def test_neither_token_nor_cookie_nor_password_is_kept(accounts: Accounts, store: Store) -> None:
    token = await store.write(lambda tx: people.new_token(tx, "ada", "test"))
    session = await accounts.sign_in("ada", PASSWORD)
    rows = store.read_now(
        lambda view: [str(view.conn.execute(select(table)).all()) for table in (tokens, users, sessions)]
    )
    assert [secret for secret in (token, session.cookie, PASSWORD) if secret in "".join(rows)] == []


async def test_a_token_works_until_it_is_revoked_or_the_account_is_closed(store: Store) -> None:
    token = people.digest_of(await store.write(lambda tx: people.new_token(tx, "ada", "test")))
    found = [await store.read(lambda view: people.with_token(view, token))]
    await store.write(lambda tx: people.set_active(tx, "ada", active=False, by="max"))
    found.append(await store.read(lambda view: people.with_token(view, token)))
    await store.write(lambda tx: people.set_active(tx, "ada", active=True, by="max"))
    found.append(await store.read(lambda view: people.with_token(view, token)))
    revoked = await store.write(lambda tx: people.revoke_tokens(tx, "ada", "max"))
    found.append(await store.read(lambda view: people.with_token(view, token)))
    assert ([one and one.name for one in found], revoked) == (["ada", None, "ada", None], 1)


async def test_nobody_who_is_not_there_gets_a_token(store: Store) -> None:
    with pytest.raises(LookupError):
        await store.write(lambda tx: people.new_token(tx, "bob", "test"))


async def test_a_name_is_taken_once(store: Store) -> None:
    with pytest.raises(IntegrityError):
        await store.write(lambda tx: people.add_user(tx, "ada", "admin", HASH, "en", "test"))


async def test_a_list_of_accounts_holds_no_secret(store: Store) -> None:
    assert [set(row) for row in store.read_now(people.all_users)] == [
        {"name", "role", "language", "active", "created_ms"}
    ]


async def test_a_session_ends_after_a_working_day(accounts: Accounts, store: Store, clock: TurnedClock) -> None:
    cookie = people.digest_of((await accounts.sign_in("ada", PASSWORD)).cookie)
    clock.turn(timedelta(hours=12))
    assert store.read_now(lambda view: people.with_session(view, cookie, clock.now_ms())) is None


async def test_a_new_password_ends_every_session(accounts: Accounts, store: Store, clock: TurnedClock) -> None:
    cookie = people.digest_of((await accounts.sign_in("ada", PASSWORD)).cookie)
    await store.write(lambda tx: people.change_password(tx, "ada", HASH, "ada"))
    assert store.read_now(lambda view: people.with_session(view, cookie, clock.now_ms())) is None


async def test_old_sessions_are_deleted_when_somebody_signs_in(
    accounts: Accounts, store: Store, clock: TurnedClock
) -> None:
    await accounts.sign_in("ada", PASSWORD)
    clock.turn(timedelta(hours=13))
    await accounts.sign_in("ada", PASSWORD)
    assert len(store.read_now(lambda view: view.conn.execute(select(sessions)).all())) == 1


# ---------------------------------------------------------------- in a browser


def pages(accounts: Accounts) -> routes.Route:
    @routes.route("POST", "/sign-in", policy=routes.PUBLIC)
    async def sign_in(http_request: web.Request) -> web.StreamResponse:
        response = web.Response(text="in")
        accounts.keep(response, await accounts.sign_in("ada", PASSWORD), http_request)
        return response

    return sign_in


def signing_out(accounts: Accounts) -> routes.Route:
    @routes.route("GET", "/sign-out", policy=routes.PUBLIC)
    async def sign_out(http_request: web.Request) -> web.StreamResponse:
        await accounts.sign_out(http_request)
        response = web.Response(text="out")
        accounts.drop(response)
        return response

    return sign_out


async def test_the_cookie_of_a_browser_is_strict_and_named_after_the_node(br: Station) -> None:
    desk = open_desk_again(br)
    with_sign_in = lambda app: routes.register(app, [pages(desk.accounts)])  # noqa: E731
    async with (
        serve(desk, with_sign_in) as (url, _),
        aiohttp.ClientSession() as http,
        http.post(f"{url}/sign-in") as plain,
        http.post(f"{url}/sign-in", headers={"X-Forwarded-Proto": "https"}) as behind,
    ):
        cookie, secure = plain.headers["Set-Cookie"], behind.headers["Set-Cookie"]
    assert (
        cookie.startswith("tracing_br="),
        "HttpOnly; " in cookie,
        "SameSite=Strict" in cookie,
        "Secure" in cookie,
        "Secure" in secure,
    ) == (
        True,
        True,
        True,
        False,
        True,
    )


async def test_signing_out_ends_the_session_itself(br: Station) -> None:
    desk = open_desk_again(br)
    with_pages = lambda app: routes.register(app, [pages(desk.accounts), signing_out(desk.accounts)])  # noqa: E731
    jar = aiohttp.CookieJar(unsafe=True)
    async with serve(desk, with_pages) as (url, _), aiohttp.ClientSession(cookie_jar=jar) as http:
        await http.post(f"{url}/sign-in")
        kept = {cookie.key: cookie.value for cookie in jar}
        before = (await http.get(f"{url}/api/v1/cases")).status
        await http.get(f"{url}/sign-out")
        jar.update_cookies(kept, aiohttp.client.URL(url))  # a stolen copy of the cookie
        after = (await http.get(f"{url}/api/v1/cases")).status
        await http.get(f"{url}/sign-out")  # a session that is gone: nothing to end
    assert (before, after) == (200, 401)
