"""Webhooks on the pages of a real node: named by an administrator, tried, changed, removed; one's own chosen."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from sqlalchemy import delete, select

from tests.channels.receiving import Receiving, receiving
from tests.pages.browsing import Page, Visitor
from tests.pages.scene import PASSWORD, Scene
from tests.pages.test_pages import mistakes
from tracing.channels.standing import fail
from tracing.channels.ways import SOUND
from tracing.channels.webhooks import hooks as kept
from tracing.channels.webhooks.hooks import Hook
from tracing.desk.passwords import hash_password
from tracing.store import Store, Tx, people
from tracing.tables import Notice, NoticeReminder, TargetStanding, Webhook, table_of

EMPTIED = [table_of(one) for one in (NoticeReminder, Notice, TargetStanding, Webhook)]
notices = table_of(Notice)


@pytest.fixture
async def store(world: Scene) -> AsyncIterator[Store]:
    """Brazil's, with an administrator, and without webhooks before and after."""
    one, digest = world.nodes["br"].store, hash_password(PASSWORD)

    def empty(tx: Tx) -> None:
        for table in EMPTIED:
            tx.conn.execute(delete(table))
        if people.person(tx, "max") is None:
            people.add_user(tx, "max", "admin", digest, "en", "test")

    await one.write(empty)
    yield one
    await one.write(empty)


@pytest.fixture
async def admin(world: Scene, store: Store) -> AsyncIterator[Visitor]:
    async with Visitor(world.url("br")) as visitor:
        await visitor.sign_in("max", PASSWORD)
        yield visitor


@pytest.fixture
async def receiver() -> AsyncIterator[Receiving]:
    async with receiving() as one:
        yield one


def filled(receiver: Receiving, **more: str) -> dict[str, list[str]]:
    fields = {"name": "chat", "url": receiver.url, "kind": "node", "user": "", "language": "en"} | more
    return {name: [value] for name, value in fields.items()}


async def added(admin: Visitor, receiver: Receiving, **more: str) -> Page:
    return await admin.send(await admin.get("/webhooks"), "/webhooks", **filled(receiver, **more))


def secret_of(page: Page) -> str:
    return next(one.text for one in page.tree.all("bdi", class_="code") if one.text.startswith("whsec_"))


async def hooks(store: Store) -> list[Hook]:
    return await store.read(kept.all_hooks)


async def until(is_so: Callable[[], bool]) -> None:
    async with asyncio.timeout(60):
        while not is_so():
            await asyncio.sleep(0.05)


async def test_a_webhook_is_added_its_secret_shown_once_and_its_address_never(
    store: Store, admin: Visitor, receiver: Receiving
) -> None:
    page = await added(admin, receiver)
    assert (page.status, mistakes(page), secret_of(page).startswith("whsec_")) == (200, [], True)
    again = await admin.get("/webhooks")
    assert ("whsec_" in again.text, "t0ken" in again.text, f"127.0.0.1:{receiver.port}" in again.text) == (
        False, False, True,
    )  # fmt: skip
    assert [(one.name, one.ways) for one in await hooks(store)] == [("chat", dict(SOUND))]


async def test_a_test_is_a_signed_call_and_its_end_is_shown(store: Store, admin: Visitor, receiver: Receiving) -> None:
    secret = secret_of(await added(admin, receiver))
    (hook,) = await hooks(store)
    page = await admin.get("/webhooks")
    await admin.send(page, f"/webhooks/{hook.id}", act=["test"])
    await until(lambda: bool(receiver.calls))
    assert (receiver.calls[0].json["type"], receiver.calls[0].is_signed(secret)) == ("test", True)
    async with asyncio.timeout(60):
        while "The last call was taken" not in (await admin.get("/webhooks")).text:
            await asyncio.sleep(0.1)


async def test_another_secret_is_made_once_for_each_look_at_the_page(
    store: Store, admin: Visitor, receiver: Receiving
) -> None:
    first = secret_of(await added(admin, receiver))
    (hook,) = await hooks(store)
    page, form = await admin.get("/webhooks"), f"/webhooks/{hook.id}"
    second = await admin.send(page, form, act=["rotate"])
    assert (second.status, secret_of(second) != first) == (200, True)
    assert (await admin.send(page, form, act=["rotate"])).status == 422
    private = await store.read(lambda view: kept.private_of(view, hook))
    assert [secret for secret, _until in private.secrets] == [secret_of(second), first]


async def test_a_webhook_is_moved_chosen_and_removed(store: Store, admin: Visitor, receiver: Receiving) -> None:
    await added(admin, receiver)
    (hook,) = await hooks(store)
    form = f"/webhooks/{hook.id}"
    await admin.send(await admin.get("/webhooks"), form, act=["choose"], near=["off"])
    await admin.send(await admin.get("/webhooks"), form, act=["move"], url=["https://chat.example/x"])
    (changed,) = await hooks(store)
    assert (changed.ways["near"], "https://chat.example/" in (await admin.get("/webhooks")).text) == ("off", True)
    await admin.send(await admin.get("/webhooks"), form, act=["remove"])
    assert await hooks(store) == []


@pytest.mark.parametrize(
    "wrong",
    [{"url": "https://10.0.0.1/x"}, {"url": "http://chat.example/x"}, {"name": ""}, {"name": "x" * 61},
     {"kind": "person", "user": "nobody"}, {"language": "de"}],
)  # fmt: skip
async def test_a_webhook_that_cannot_be_is_refused_and_the_form_is_kept(
    store: Store, admin: Visitor, receiver: Receiving, wrong: dict[str, str]
) -> None:
    page = await added(admin, receiver, **wrong)
    assert (page.status, mistakes(page), await hooks(store)) == (422, [], [])
    assert page.form("/webhooks")["url"] == [wrong.get("url", receiver.url)]


@pytest.mark.parametrize("act", ["", "destroy"])
async def test_an_act_that_is_none_changes_nothing(store: Store, admin: Visitor, receiver: Receiving, act: str) -> None:
    await added(admin, receiver)
    before = await hooks(store)
    page = await admin.send(await admin.get("/webhooks"), f"/webhooks/{before[0].id}", act=[act])
    gone = await admin.send(
        await admin.get("/webhooks"), f"/webhooks/{before[0].id}", through="/webhooks/999", act=["test"]
    )
    assert (page.status, gone.status, await hooks(store)) == (400, 404, before)


async def test_only_an_administrator_names_webhooks(officer: Visitor, admin: Visitor) -> None:
    statuses = [(await officer.get("/webhooks")).status, (await officer.post("/webhooks", {})).status]
    assert statuses == [403, 403]
    assert (await admin.get("/webhooks")).form("/webhooks")["kind"] == ["node"]


async def test_a_person_chooses_what_his_own_webhook_is_told_and_tries_it(
    store: Store, admin: Visitor, officer: Visitor, receiver: Receiving
) -> None:
    await added(admin, receiver, kind="person", user="ada")
    await added(admin, receiver, name="of bo", kind="person", user="bo")
    mine = next(one for one in await hooks(store) if one.to_user == "ada")
    page = await officer.get("/reminders")
    assert (mistakes(page), "of bo" in page.text) == ([], False)
    shown = await officer.send(page, f"/reminders/webhooks/{mine.id}", near=["at_once"], test=["yes"])
    assert shown.form(f"/reminders/webhooks/{mine.id}")["near"] == ["at_once"]
    await until(lambda: bool(receiver.calls))
    other = next(one for one in await hooks(store) if one.to_user == "bo")
    fields: dict[str, Any] = page.form(f"/reminders/webhooks/{mine.id}")
    refused = await officer.post(f"/reminders/webhooks/{other.id}", fields | {"near": ["off"]})
    wrong = await officer.post(f"/reminders/webhooks/{mine.id}", fields | {"near": ["weekly"]})
    assert (refused.status, wrong.status) == (404, 400)
    assert {one.name: one.ways["near"] for one in await hooks(store)} == {"chat": "at_once", "of bo": SOUND["near"]}


async def test_a_receiver_that_takes_nothing_is_told_on_home_audit_and_its_page(
    store: Store, admin: Visitor, officer: Visitor, receiver: Receiving
) -> None:
    await added(admin, receiver, url="http://127.0.0.1:9/x")
    (hook,) = await hooks(store)

    def long_ago(tx: Tx) -> None:
        for _ in range(2):
            fail(tx, hook.target, "the connection was refused")
            tx.now_ms += 31 * 60_000

    await store.write(long_ago)
    pages = [await officer.get("/"), await admin.get("/audit")]
    said = ["The webhook chat takes nothing (the connection was refused)" in one.text for one in pages]
    assert (said, "the connection was refused" in (await admin.get("/webhooks")).text) == ([True, True], True)
    rows = await store.read(lambda view: view.conn.execute(select(notices)).all())
    assert list(rows) == []
