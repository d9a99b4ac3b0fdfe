"""Mail on the pages of a real node: what a person chooses, what became of his mails, and trouble with the server."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import delete, insert, select, update

from tests.pages.browsing import Visitor
from tests.pages.scene import PASSWORD, Scene
from tests.pages.test_pages import mistakes
from tests.pages.test_reminders import Open, opened
from tracing.channels.mail.choices import Choice, choice_of
from tracing.channels.ways import SOUND
from tracing.settings import Mailbox
from tracing.store import Store, Tx
from tracing.tables import ChannelChoice, MailAddress, Notice, NoticeReminder, TargetStanding, table_of

__all__ = ["opened"]

mails, standings = table_of(Notice), table_of(TargetStanding)
EMPTIED = [table_of(NoticeReminder), mails, standings, table_of(ChannelChoice), table_of(MailAddress)]
WISH = {name: [way] for name, way in SOUND.items()} | {"address": ["ada@tracing.example"]}


@pytest.fixture
async def store(world: Scene) -> AsyncIterator[Store]:
    """Brazil's, without mails before and after."""
    one = world.nodes["br"].store

    def empty(tx: Tx) -> None:
        for table in EMPTIED:
            tx.conn.execute(delete(table))

    await one.write(empty)
    yield one
    await one.write(empty)


async def rows(store: Store) -> list[Any]:
    return list(await store.read(lambda view: view.conn.execute(select(mails)).all()))


async def test_what_a_person_chooses_is_kept_and_shown_again(store: Store, officer: Visitor) -> None:
    form = await officer.get("/reminders")
    assert form.form("/reminders/mail")["address"] == [""]
    page = await officer.send(form, "/reminders/mail", **(WISH | {"near": ["off"]}))
    kept = page.form("/reminders/mail")
    assert (page.status, mistakes(page), kept["address"], kept["near"]) == (200, [], WISH["address"], ["off"])
    choice = await store.read(lambda view: choice_of(view, "ada"))
    assert choice == Choice(Mailbox("ada@tracing.example"), dict(SOUND) | {"near": "off"})
    assert await rows(store) == []


async def test_a_test_is_a_mail_that_waits_and_is_made_once_a_minute(store: Store, officer: Visitor) -> None:
    for _ in range(2):
        page = await officer.send(await officer.get("/reminders"), "/reminders/mail", **WISH, test=["yes"])
    assert "The last mail waits to be sent" in page.text
    assert {(row.kind, row.to_user, row.state) for row in await rows(store)} == {("test", "ada", "waiting")}
    assert len(await rows(store)) <= 2  # the minute may have turned between the two


@pytest.mark.parametrize(
    "wrong", [{"address": ["here"]}, {"address": ["a@b.c\r\nBcc: x@y.z"]}, {"near": ["weekly"]}, {"passed": []}]
)
async def test_a_choice_that_cannot_be_is_refused_and_nothing_is_kept(
    store: Store, officer: Visitor, wrong: dict[str, list[str]]
) -> None:
    page = await officer.send(await officer.get("/reminders"), "/reminders/mail", **(WISH | wrong), test=["yes"])
    assert (page.status, mistakes(page), len(page.tree.all("p", role="alert"))) == (422, [], 1)
    assert (await store.read(lambda view: choice_of(view, "ada")), await rows(store)) == (Choice(), [])


async def test_a_node_without_a_server_shows_no_mail_and_takes_no_wish(world: Scene, austrian: Visitor) -> None:
    page = await austrian.get("/reminders")
    assert page.tree.all("form", action="/reminders/mail") == []
    fields = {"csrf": page.form("/reminders/hours")["csrf"], **WISH}
    assert (await austrian.post("/reminders/mail", fields)).status == 404
    held = await world.nodes["at"].store.read(lambda view: choice_of(view, "ada"))
    assert held == Choice()


async def test_a_mail_the_server_refused_is_told_to_its_reader_as_it_was_said(store: Store, officer: Visitor) -> None:
    values = {
        "slot": "x", "message_id": "1@x", "kind": "test", "target": "mail", "to_user": "ada", "made_ms": 1,
        "from_ms": 1, "next_ms": 1, "tries": 1, "state": "parked", "said": "550 <b>no</b>", "ended_ms": 2,
    }  # fmt: skip
    await store.write(lambda tx: tx.conn.execute(insert(mails).values(values)))
    page = await officer.get("/reminders")
    assert (mistakes(page), "refused the last mail for good" in page.text, "550 <b>no</b>" in page.text) == (
        [],
        True,
        True,
    )


async def test_a_server_that_takes_nothing_is_an_alarm_on_home_and_audit(
    store: Store, world: Scene, officer: Visitor
) -> None:
    failing = {"failing_ms": 1, "tries": 9, "next_ms": 2**52, "said": "no answer in time", "alarmed_ms": 1}
    await store.write(lambda tx: tx.conn.execute(delete(standings)))
    await store.write(lambda tx: tx.conn.execute(insert(standings).values({"target": "mail"} | failing)))
    async with Visitor(world.url("br")) as auditor:
        await auditor.sign_in("ann", PASSWORD)
        pages = [await officer.get("/"), await officer.get("/reminders"), await auditor.get("/audit")]
    assert ["The mail server takes nothing (no answer in time)" in one.text for one in pages] == [True, True, True]
    await store.write(lambda tx: tx.conn.execute(update(standings).values(alarmed_ms=None)))
    assert "takes nothing" not in (await officer.get("/")).text


async def test_a_link_in_a_mail_leads_to_the_case(opened: Open, officer: Visitor) -> None:
    page = await officer.get(f"/reminders/{opened.reminder}-{opened.case[-12:]}")
    assert (page.status, page.url.endswith(f"/cases/{opened.case}")) == (200, True)
    wrong = (f"999999-{opened.case[-12:]}", f"{opened.reminder}-0123456789ab", "x-1")
    assert [(await officer.get(f"/reminders/{of}")).status for of in wrong] == [404, 404, 400]
