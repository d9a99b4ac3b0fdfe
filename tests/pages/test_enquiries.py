"""Domestic enquiries on pages: the officer's, and the one-time form behind a link that needs no account."""

import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from structlog.testing import capture_logs

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import HOSTILE, OFFICER, Scene, reached, request
from tracing.desk.app import CSP

LOOSE = {"restrictions": ["iti_purposes"]}


async def asked(world: Scene, serial: str, **more: Any) -> str:
    outcome = await world.nodes["at"].office.request(OFFICER, request("br", serial, make="Taurus", model="G3", **more))
    await reached(world.nodes["br"], outcome.case, "delivered")
    return outcome.case


async def enquired(officer: Visitor, case_id: str, **changed: list[str] | None) -> Page:
    """The page that shows the link, or the case again."""
    filled: dict[str, Any] = {
        "addressee__kind": ["dealer"], "addressee__name": ["Gun shop"], "question": ["To whom was it sold?"],
    }  # fmt: skip
    return await officer.send(
        await officer.get(f"/cases/{case_id}"), f"/cases/{case_id}/enquiries", **(filled | changed)
    )


def link_in(page: Page) -> str:
    found = re.search(r"/reply/[A-Za-z0-9_-]{43}", page.text)
    assert found is not None
    return found[0]


@pytest.fixture
async def dealer(world: Scene) -> AsyncIterator[Visitor]:
    """Somebody without an account, and without a cookie."""
    async with Visitor(world.url("br")) as visitor:
        yield visitor


async def state_of(world: Scene, case_id: str) -> list[str]:
    return [one.state for one in await world.nodes["br"].office.enquiries.of_case(OFFICER, case_id)]


async def test_an_officer_asks_and_the_addressee_replies_without_an_account(
    world: Scene, officer: Visitor, dealer: Visitor
) -> None:
    case_id = await asked(world, "HOME1")
    link = link_in(await enquired(officer, case_id))
    form = await dealer.get(link)
    assert (form.status, "To whom was it sold?" in form.text, "HOME1" in form.text) == (200, True, True)
    thanks = await dealer.send(
        form, link, result=["found"], event=["transferred"], date=["2015"], party=["Shooting club"],
        searched__0__register=["Sales book"], searched__0__from=["1999"], searched__0__to=["2026"],
    )  # fmt: skip
    assert (thanks.status, "Thank you" in thanks.text, "HOME1" in thanks.text) == (200, True, False)
    page = await officer.get(f"/cases/{case_id}")
    assert (await state_of(world, case_id), "Shooting club" in page.text) == (["answered"], True)
    filled = await officer.get(f"/cases/{case_id}?do=answer&use=proposal")
    assert filled.form(f"/cases/{case_id}/answer")["outcomes.0.holder"] == ["Shooting club"]


async def test_the_form_says_nothing_of_the_find_or_of_who_asks(
    world: Scene, officer: Visitor, dealer: Visitor
) -> None:
    case_id = await asked(world, "HOME2", reference="AT-SECRET-9")
    form = await dealer.get(link_in(await enquired(officer, case_id)))
    assert [
        word for word in ("Rio de Janeiro", "port district", "AT-SECRET-9", "Austria", case_id) if word in form.html
    ] == []


async def test_the_form_is_strict_whole_and_needs_no_script(world: Scene, officer: Visitor, dealer: Visitor) -> None:
    case_id = await asked(world, "HOME3")
    form = await dealer.get(link_in(await enquired(officer, case_id, question=[HOSTILE])))
    scripts = [each.attrs.get("src", "") for each in form.tree.all("script")]
    assert (form.headers["Content-Security-Policy"], form.headers["Cache-Control"], form.wrong) == (CSP, "no-store", [])
    assert ([src for src in scripts if not src.startswith("/static/")], "<script>alert" in form.html) == ([], False)


async def test_a_form_sent_twice_is_taken_once(world: Scene, officer: Visitor, dealer: Visitor) -> None:
    case_id = await asked(world, "HOME4")
    link = link_in(await enquired(officer, case_id))
    form = await dealer.get(link)
    taken = await dealer.send(form, link, result=["unknown"], note=["first"])
    assert (taken.status, "Thank you" in taken.text) == (200, True)
    again = await dealer.send(form, link, result=["unknown"], note=["second"])
    assert (again.status, "Thank you" in again.text, "already used" in again.text) == (410, False, True)
    assert "turn to whoever sent you the link" in again.text
    (one,) = await world.nodes["br"].office.enquiries.of_case(OFFICER, case_id)
    assert one.reply == {"result": "unknown", "note": "first"}


async def test_what_is_wrong_in_a_reply_is_said_beside_its_field_and_kept(
    world: Scene, officer: Visitor, dealer: Visitor
) -> None:
    case_id = await asked(world, "HOME5")
    link = link_in(await enquired(officer, case_id))
    page = await dealer.send(await dealer.get(link), link, result=["found"], note=["Somewhere <here>."])
    assert (page.status, page.form(link)["note"]) == (422, ["Somewhere <here>."])
    assert page.tree.all("select", id="event")[0].attrs["aria-invalid"] == "true"
    assert await state_of(world, case_id) == ["open"]


async def test_another_row_is_given_without_a_script(world: Scene, officer: Visitor, dealer: Visitor) -> None:
    case_id = await asked(world, "HOME6")
    link = link_in(await enquired(officer, case_id))
    page = await dealer.send(
        await dealer.get(link), link, more=["searched"], searched__0__register=["Sales book"], result=["not_found"]
    )
    assert ("searched.1.register" in page.form(link), await state_of(world, case_id)) == (True, ["open"])


async def test_a_withdrawn_enquiry_leaves_a_link_that_has_ended(
    world: Scene, officer: Visitor, dealer: Visitor
) -> None:
    case_id = await asked(world, "HOME7")
    link = link_in(await enquired(officer, case_id))
    (one,) = await world.nodes["br"].office.enquiries.of_case(OFFICER, case_id)
    page = await officer.send(await officer.get(f"/cases/{case_id}"), f"/enquiries/{one.enquiry}/withdraw")
    form = await dealer.get(link)
    assert (page.status, "withdrawn" in page.text, form.status, "has ended" in form.text) == (200, True, 410, True)
    assert "HOME7" not in form.text


async def test_a_new_link_is_made_on_the_page_of_the_case(world: Scene, officer: Visitor, dealer: Visitor) -> None:
    case_id = await asked(world, "HOME8")
    old = link_in(await enquired(officer, case_id))
    (one,) = await world.nodes["br"].office.enquiries.of_case(OFFICER, case_id)
    new = link_in(await officer.send(await officer.get(f"/cases/{case_id}"), f"/enquiries/{one.enquiry}/renew"))
    assert ((await dealer.get(old)).status, (await dealer.get(new)).status) == (404, 200)


async def test_an_officer_records_a_letter_on_the_page_of_the_case(world: Scene, officer: Visitor) -> None:
    case_id = await asked(world, "HOME9")
    await enquired(officer, case_id)
    (one,) = await world.nodes["br"].office.enquiries.of_case(OFFICER, case_id)
    action = f"/enquiries/{one.enquiry}/reply"
    wrong = await officer.send(await officer.get(f"/cases/{case_id}"), action, result=["unknown"])
    assert (wrong.status, await state_of(world, case_id)) == (422, ["open"])
    right = await officer.send(wrong, action, channel=["telephone"])
    assert (right.status, "The reply is recorded." in right.text) == (200, True)
    assert await state_of(world, case_id) == ["answered"]


async def test_what_may_not_be_told_is_refused_on_the_page_with_its_reason(world: Scene, officer: Visitor) -> None:
    case_id = await asked(world, "HOME10")
    page = await enquired(officer, case_id, told=["make", "found"])
    assert (page.status, "no_onward_without_consent" in page.text) == (403, True)
    assert page.form(f"/cases/{case_id}/enquiries")["question"] == ["To whom was it sold?"]
    assert await state_of(world, case_id) == []


async def test_another_channel_is_noted_on_the_page_of_the_case(world: Scene, officer: Visitor) -> None:
    case_id = await asked(world, "HOME13")
    action = f"/cases/{case_id}/channels"
    wrong = await officer.send(await officer.get(f"/cases/{case_id}"), action, reference=["<i>1187</i>"])
    assert (wrong.status, wrong.form(action)["reference"]) == (422, ["<i>1187</i>"])
    right = await officer.send(wrong, action, channel=["iarms"])
    assert (right.status, "The other channel is noted." in right.text, "<i>1187" in right.html) == (200, True, False)


async def test_a_delay_begins_with_what_the_work_waits_for(world: Scene, officer: Visitor) -> None:
    case_id = await asked(world, "HOME11")
    await enquired(officer, case_id, addressee__kind=["manufacturer"])
    page = await officer.get(f"/cases/{case_id}?do=delay")
    assert page.form(f"/cases/{case_id}/delay")["cause"] == ["awaiting_manufacturer"]


async def test_links_are_not_in_the_log_and_not_in_the_case(world: Scene, officer: Visitor, dealer: Visitor) -> None:
    case_id = await asked(world, "HOME12")
    with capture_logs() as lines:
        link = link_in(await enquired(officer, case_id))
        await dealer.get(link)
    page = await officer.get(f"/cases/{case_id}")
    token = link.removeprefix("/reply/")
    assert (token in str(lines), token in page.html, "/reply/{token}" in str(lines)) == (False, False, True)


async def test_guesses_from_one_address_are_slowed_down(world: Scene, dealer: Visitor) -> None:
    statuses = [(await dealer.get(f"/reply/{number:043d}")).status for number in range(40)]
    slowed = await dealer.get("/reply/" + "B" * 43)
    assert (set(statuses) <= {404, 429}, slowed.status, int(slowed.headers["Retry-After"]) >= 1) == (True, 429, True)
