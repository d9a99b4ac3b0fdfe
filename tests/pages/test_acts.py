"""What officers do on the pages, on real nodes: every act through its form, without any script."""

from typing import Any

import pytest

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import OFFICER, Scene, reached, request
from tracing.desk.pages.acts import ACTS


async def asked_of_brazil(world: Scene, serial: str, **more: Any) -> str:
    """A fresh request of Austria, opened at Brazil's node."""
    outcome = await world.nodes["at"].office.request(OFFICER, request("br", serial, make="Taurus", model="G3", **more))
    await reached(world.nodes["br"], outcome.case, "delivered")
    return outcome.case


async def asked_of_austria(world: Scene, serial: str) -> str:
    """A fresh request of Brazil, opened at Austria's node, where one person releases."""
    outcome = await world.nodes["br"].office.request(OFFICER, request("at", serial))
    from_two = await world.nodes["br"].office.move(world_approver(), outcome.case, "approve", {})
    await reached(world.nodes["at"], from_two.case, "delivered")
    return outcome.case


def world_approver() -> Any:
    return type(OFFICER)("bo", "approver")


async def opened(visitor: Visitor, case_id: str, do: str = "", use: str = "") -> Page:
    return await visitor.get(
        f"/cases/{case_id}?do={do}" + (f"&use={use}" if use else "") if do else f"/cases/{case_id}"
    )


async def test_acknowledging_leads_back_to_the_case_and_says_so(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "ACK1")
    page = await officer.send(await opened(officer, case_id), f"/cases/{case_id}/acknowledge", reference=["BR-1"])
    assert (page.status, page.url.rpartition("/")[2], page.tree.all("div", role="status")[0].text) == (
        200,
        f"{case_id}?said=acknowledge",
        "Acknowledged.",
    )


async def test_an_act_answers_with_a_redirection_so_that_a_reload_repeats_nothing(
    world: Scene, officer: Visitor
) -> None:
    case_id = await asked_of_brazil(world, "PRG1")
    page = await officer.send(await opened(officer, case_id), f"/cases/{case_id}/acknowledge", follow=False)
    assert page.status == 303


async def test_a_refusal_without_its_ground_is_refused_and_keeps_what_was_typed(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "REF1")
    action = f"/cases/{case_id}/refuse"
    page = await officer.send(await opened(officer, case_id, "refuse"), action, reason=["Sealed by <a court>."])
    assert (
        page.status,
        page.form(action)["reason"],
        page.tree.all("div", id="problems")[0].all("a")[0].attrs["href"],
    ) == (422, ["Sealed by <a court>."], "#refuse-ground")


async def test_a_problem_stands_beside_its_field_too(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "REF2")
    page = await officer.send(await opened(officer, case_id, "refuse"), f"/cases/{case_id}/refuse")
    field = page.tree.all("select", id="refuse-ground")[0]
    error = page.tree.all("p", id=field.attrs["aria-describedby"].split()[-1])[0]
    assert (field.attrs["aria-invalid"], error.text) == (
        "true",
        "expected one of the four grounds of ITI 22; got nothing",
    )


async def test_a_form_made_from_an_older_version_of_the_case_is_refused(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "OLD1")
    page = await opened(officer, case_id, "ask")
    await officer.send(page, f"/cases/{case_id}/acknowledge")
    after = await officer.send(page, f"/cases/{case_id}/ask", items__0__code=["calibre"])
    assert (after.status, "has changed since you read it" in after.text) == (412, True)


async def test_a_form_without_its_token_changes_nothing(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "TOK1")
    page = await officer.send(await opened(officer, case_id), f"/cases/{case_id}/acknowledge", csrf=["wrong"])
    file = await world.nodes["br"].office.read_case(OFFICER, case_id)
    assert (page.status, file.state) == (403, "delivered")


async def test_another_row_is_added_without_any_script_and_nothing_is_said(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_brazil(world, "ROW1")
    action = f"/cases/{case_id}/ask"
    page = await officer.send(
        await opened(officer, case_id, "ask"),
        action,
        items__0__code=["calibre"],
        items__0__question=["As marked?"],
        more=["items"],
    )
    sent = page.form(action)
    assert (
        sent["items.0.question"],
        sent["items.1.question"],
        len((await world.nodes["br"].office.read_case(OFFICER, case_id)).messages),
    ) == (["As marked?"], [""], 1)


async def test_no_record_is_answered_from_its_template(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_of_austria(world, "NOREC1")
    page = await opened(austrian, case_id, "answer", "no-record")
    after = await austrian.send(
        page,
        f"/cases/{case_id}/answer",
        searched__0__register=["exports"],
        searched__0__from=["1998"],
        searched__0__to=["2026"],
    )
    assert (after.status, "No record found" in after.text) == (200, True)


async def test_no_record_without_the_registers_searched_is_refused(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_of_austria(world, "NOREC2")
    page = await opened(austrian, case_id, "answer", "no-record")
    after = await austrian.send(page, f"/cases/{case_id}/answer", searched__0__complete=None)
    assert (after.status, [each.text for each in after.tree.all("div", id="problems")[0].all("a")]) == (
        422,
        ["Registers searched"],
    )


async def test_an_answer_where_two_release_waits_for_a_second_person(
    world: Scene, officer: Visitor, approver: Visitor
) -> None:
    case_id = await asked_of_brazil(world, "TWO1")
    page = await opened(officer, case_id, "refuse")
    drafted = await officer.send(
        page, f"/cases/{case_id}/refuse", ground=["national_security"], reason=["Reasons of State."]
    )
    released = await approver.send(await opened(approver, case_id), f"/cases/{case_id}/approve")
    assert ("waits for a second person" in drafted.text, released.tree.all("div", role="status")[0].text) == (
        True,
        "Released in the name of the State.",
    )


async def test_what_one_prepared_one_cannot_release(world: Scene, approver: Visitor) -> None:
    case_id = await asked_of_brazil(world, "TWO2")
    page = await opened(approver, case_id, "refuse")
    after = await approver.send(
        page, f"/cases/{case_id}/refuse", ground=["national_security"], reason=["Reasons of State."]
    )
    assert after.tree.all("form", action=f"/cases/{case_id}/approve") == []


async def test_what_is_missing_from_a_request_fills_the_question(world: Scene, officer: Visitor) -> None:
    case_id = world.cases["lacking"]
    page = await opened(officer, case_id)
    href = next(each.attrs["href"] for each in page.tree.all("a", class_="plain") if each.text == "Ask for all of it")
    sent = (await officer.get(href)).form(f"/cases/{case_id}/ask")
    assert sent["items.0.question"][0] in page.text


async def test_what_the_own_records_hold_is_proposed_and_fills_the_answer(world: Scene, officer: Visitor) -> None:
    case_id = world.cases["theirs"]
    page = await opened(officer, case_id)
    href = next(each.attrs["href"] for each in page.tree.all("a", class_="plain") if each.text == "Use this answer")
    assert (await officer.get(href)).form(f"/cases/{case_id}/answer")["outcomes.0.licence"] == ["BR-CII-2014-331"]


async def test_nothing_of_a_proposed_answer_is_lost_on_its_way_through_the_form(world: Scene, officer: Visitor) -> None:
    case_id = world.cases["theirs"]
    sent = (await officer.get(f"/cases/{case_id}?do=answer&use=proposal")).form(f"/cases/{case_id}/answer")
    body = ACTS["answer"].body(sent)
    proposed = (await world.nodes["br"].office.read_case(OFFICER, case_id)).proposal["answer"]  # type: ignore[index]
    for outcome in (*body["outcomes"], *proposed["outcomes"]):
        outcome["restrictions"].sort()
    assert body == proposed


async def test_a_reply_by_letter_is_recorded_with_its_channel(world: Scene, officer: Visitor) -> None:
    case_id = world.cases["letter"]
    page = await opened(officer, case_id, "record-answer")
    after = await officer.send(
        page,
        f"/cases/{case_id}/record",
        outcomes__0__code=["recorded_lost"],
        completeness=["full"],
        basis=["registry"],
        given__channel=["letter"],
    )
    assert "not signed by the counterpart: came by letter" in after.text


async def test_a_reply_without_its_channel_is_refused_beside_the_field(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_austria(world, "CHAN1")
    page = await opened(officer, case_id)
    token = page.tree.all("input", name="csrf")[0].attrs["value"]
    after = await officer.post(
        f"/cases/{case_id}/record", {"csrf": [token], "kind": ["acknowledge"], "reference": ["AT-9"]}
    )
    assert (after.status, after.tree.all("div", id="problems")[0].all("a")[0].attrs["href"]) == (
        422,
        "#record-acknowledge-given.channel",
    )


@pytest.mark.parametrize("verb", ["fly", "record"])
async def test_a_verb_that_makes_no_sense_changes_nothing(world: Scene, officer: Visitor, verb: str) -> None:
    case_id = world.cases["theirs"]
    page = await opened(officer, case_id)
    token = page.tree.all("input", name="csrf")[0].attrs["value"]
    after = await officer.post(f"/cases/{case_id}/{verb}", {"csrf": [token], "kind": ["fly"]})
    assert (after.status in (404, 422), len((await world.nodes["br"].office.read_case(OFFICER, case_id)).messages)) == (
        True,
        1,
    )


# ---------------------------------------------------------------- a new request

WHOLE: dict[str, list[str]] = {
    "to": ["at"], "weapon__type": ["revolver"], "weapon__make": ["Rossi"], "weapon__serial__text": ["NEW?1"],
    "weapon__serial__status": ["illegible_part"],
    "weapon__country_of_manufacture": ["BRA"], "illicit__0__ground": ["domestic_law"],
    "illicit__0__citation": ["Lei 10.826/2003"], "found__mode": ["seized"],
    "found__date": ["2021-06-11"], "found__place": ["Rio"], "found__circumstances": ["Search"],
    "intended_use": ["criminal_investigation"],
}  # fmt: skip


async def test_a_request_is_checked_before_anything_is_sent(officer: Visitor) -> None:
    page = await officer.send(await officer.get("/requests/new"), "/requests/check", **WHOLE)
    assert (page.status, page.tree.all("h1")[0].text, "NEW?1" in page.text) == (200, "Check, then send", True)


async def test_a_checked_request_becomes_a_case(officer: Visitor) -> None:
    page = await officer.send(await officer.get("/requests/new"), "/requests/check", **WHOLE)
    after = await officer.send(page, "/requests")
    assert (after.status, after.url.rpartition("?")[2], "Rossi, NEW?1" in after.tree.all("h1")[0].text) == (
        200,
        "said=draft",
        True,
    )


async def test_something_can_still_be_changed(officer: Visitor) -> None:
    page = await officer.send(await officer.get("/requests/new"), "/requests/check", **WHOLE)
    back = await officer.send(page, "/requests", through="/requests/check", back=["yes"])
    assert back.form("/requests/check")["weapon.serial.text"] == ["NEW?1"]


async def test_a_serial_in_words_is_refused_and_stays_to_be_mended(officer: Visitor) -> None:
    page = await officer.send(
        await officer.get("/requests/new"), "/requests/check", **WHOLE | {"weapon__serial__text": ["eliminado"]}
    )
    assert (
        page.status,
        page.form("/requests/check")["weapon.serial.text"],
        page.tree.all("div", id="problems")[0].all("a")[0].text,
    ) == (422, ["eliminado"], "Serial")


async def test_a_request_to_nobody_is_refused(officer: Visitor) -> None:
    page = await officer.send(await officer.get("/requests/new"), "/requests/check", **WHOLE | {"to": [""]})
    assert [each.text for each in page.tree.all("div", id="problems")[0].all("a")] == ["Counterpart"]


async def test_a_request_sent_past_the_check_is_judged_all_the_same(officer: Visitor) -> None:
    page = await officer.get("/requests/new")
    after = await officer.send(page, "/requests/check", through="/requests")
    assert (after.status, after.url.endswith("/requests")) == (422, True)


async def test_another_marking_is_added_without_any_script(officer: Visitor) -> None:
    page = await officer.send(
        await officer.get("/requests/new"),
        "/requests/check",
        weapon__markings__0__kind=["import_mark"],
        more=["weapon.markings"],
    )
    assert page.form("/requests/check")["weapon.markings.1.kind"] == [""]


async def test_a_weapon_made_here_sends_one_to_the_own_records_first(officer: Visitor) -> None:
    page = await officer.send(await officer.get("/requests/new"), "/requests/check", **WHOLE)
    assert "look in the national records first" in page.text


async def test_a_weapon_made_elsewhere_is_asked_of_its_maker_first(officer: Visitor) -> None:
    page = await officer.send(
        await officer.get("/requests/new"), "/requests/check", **WHOLE | {"weapon__country_of_manufacture": ["USA"]}
    )
    assert "practice asks the State of manufacture first" in page.text


async def test_a_like_request_begins_with_what_two_weapons_of_a_find_share(world: Scene, officer: Visitor) -> None:
    sent = (await officer.get(f"/requests/new?like={world.cases['delivered']}")).form("/requests/check")
    assert (sent["found.place"], sent["to"], sent["weapon.serial.text"], sent["reference"]) == (
        ["Rio de Janeiro"],
        ["at"],
        [""],
        [""],
    )


async def test_a_counterpart_is_offered_by_country_name_and_id(officer: Visitor) -> None:
    offered = (await officer.get("/requests/new")).tree.all("select", name="to")[0].all("option")
    assert {each.attrs["value"]: each.text for each in offered if each.attrs["value"]} == {
        "at": "Austria — Austria: Federal Bureau (at)",
        "fj.police": "Fiji — Fiji Police Force, Arms Registry (fj.police, by letter)",
        "ke": "Kenya — Kenya: Firearms Bureau (ke)",
    }
