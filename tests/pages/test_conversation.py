"""The whole conversation through its forms, on real nodes and without a script: each form says what was typed in it."""

from typing import Any

import pytest

from tests.pages.browsing import Page, Visitor
from tests.pages.scene import APPROVER, EXPORTED, OFFICER, Scene, reached, request, until
from tests.pages.test_acts import asked_of_austria

INTERIM = {
    "final": False, "outcomes": [EXPORTED, {"code": "recorded_stolen"}], "completeness": "partial",
    "restrictions": ["no_onward_without_consent"],
}  # fmt: skip


async def messages(world: Scene, node: str, case_id: str) -> list[dict[str, Any]]:
    return (await world.nodes[node].office.read_case(OFFICER, case_id)).messages


async def arrived(world: Scene, node: str, case_id: str, kind: str) -> str:
    """Wait until a message of a kind stands in the case at a node; its mid."""

    async def is_there() -> bool:
        return any(one["kind"] == kind for one in await messages(world, node, case_id))

    await until(is_there)
    return str([one["mid"] for one in await messages(world, node, case_id) if one["kind"] == kind][-1])


async def by_brazil(world: Scene, case_id: str, verb: str, body: dict[str, Any]) -> None:
    """An act of Brazil, released where two persons are asked for."""
    office = world.nodes["br"].office
    if (await office.move(OFFICER, case_id, verb, body)).delivery == "draft":
        await office.move(APPROVER, case_id, "approve", {})


async def answered_by_austria(world: Scene, serial: str) -> tuple[str, str]:
    """A request of Brazil that Austria answered in part: the case, and the mid of the answer."""
    case_id = await asked_of_austria(world, serial)
    await world.nodes["at"].office.move(OFFICER, case_id, "answer", INTERIM)
    return case_id, await arrived(world, "br", case_id, "interim_response")


async def asked_by_austria(world: Scene, serial: str, *, answered: bool = False) -> str:
    """A request of Austria, where one person releases; answered in part by Brazil."""
    case_id = (await world.nodes["at"].office.request(OFFICER, request("br", serial))).case
    await reached(world.nodes["br"], case_id, "delivered")
    if answered:
        await by_brazil(world, case_id, "answer", INTERIM)
        await arrived(world, "at", case_id, "interim_response")
    else:
        await reached(world.nodes["at"], case_id, "delivered")
    return case_id


async def say(visitor: Visitor, case_id: str, name: str, verb: str = "", **fields: list[str]) -> Page:
    """Open a form by its name and send it filled in; once more as it came back where a receipt moved the case."""
    action = f"/cases/{case_id}/{verb or name}"
    page = await visitor.send(await visitor.get(f"/cases/{case_id}?do={name}"), action, **fields)
    while page.status == 412:
        page = await visitor.send(page, action)
    return page


async def last(world: Scene, case_id: str) -> tuple[str, dict[str, Any]]:
    """Kind and body of the last message in a case, as Austria holds it."""
    one = (await messages(world, "at", case_id))[-1]
    return one["kind"], one["body"]


# ---------------------------------------------------------------- the requested authority

SAID_BY_REQUESTED: dict[str, tuple[dict[str, list[str]], str, dict[str, Any]]] = {
    "progress": ({"doing": ["The maker searches."]}, "progress", {"doing": "The maker searches."}),
    "restrict": (
        {"withheld": ["consignee", "licence"], "ground": ["confidentiality_law"], "reason": ["Section 5."]},
        "restriction_notice",
        {"withheld": ["licence", "consignee"], "ground": "confidentiality_law", "reason": "Section 5."},
    ),
    "inform": (
        {"subject": ["weapon_stolen"], "information": ["Reported stolen on 3 May."]},
        "spontaneous_information", {"subject": "weapon_stolen", "information": "Reported stolen on 3 May."},
    ),
    "notify-breach": (
        {"scope": ["A list was mailed."], "measures": ["It was called back."]},
        "handling_notice", {"notice": "breach", "scope": "A list was mailed.", "measures": "It was called back."},
    ),
    "notify-confidentiality": (
        {"scope": ["Names of holders."], "cause": ["Freedom of Information Act"]}, "handling_notice",
        {"notice": "confidentiality", "scope": "Names of holders.", "cause": "Freedom of Information Act"},
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", SAID_BY_REQUESTED)
async def test_what_the_requested_authority_types_is_what_it_says(world: Scene, austrian: Visitor, name: str) -> None:
    fields, kind, body = SAID_BY_REQUESTED[name]
    case_id, _ = await answered_by_austria(world, f"RD7{len(name)}")
    page = await say(austrian, case_id, name, name.partition("-")[0], **fields)
    said = await last(world, case_id)
    assert (page.status, said[0], {key: sorted(v) if isinstance(v, list) else v for key, v in said[1].items()}) == (
        200,
        kind,
        {key: sorted(v) if isinstance(v, list) else v for key, v in body.items()},
    )


async def test_a_request_for_somebody_else_is_passed_back_with_whom_to_ask(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_of_austria(world, "NOTUS1")
    await say(austrian, case_id, "not-competent", reason=["successor_state"], suggested_state=["SRB"])
    file = await world.nodes["at"].office.read_case(OFFICER, case_id)
    assert (file.state, file.messages[-1]["body"]) == (
        "misdirected",
        {"reason": "successor_state", "suggested_state": "SRB"},
    )


async def test_an_answer_is_corrected_by_ticking_what_was_wrong(world: Scene, austrian: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "CORR1")
    page = await say(
        austrian,
        case_id,
        "correct",
        replaces=[f"{mid} outcomes.1"],
        cause=["wrong_weapon"],
        reason=["Two weapons of one serial."],
        outcomes__0__code=["recorded_lost"],
    )
    struck = [each.text for each in page.tree.all("del")]
    assert (await last(world, case_id), struck) == (
        (
            "correction",
            {
                "restrictions": ["no_onward_without_consent"],  # of what it replaces
                "replaces": [{"mid": mid, "element": "outcomes.1"}],
                "cause": "wrong_weapon",
                "reason": "Two weapons of one serial.",
                "outcomes": [{"code": "recorded_lost"}],
            },
        ),
        ["FindingRecorded as stolen"] * 2,
    )


async def test_elements_are_offered_in_words_and_not_as_codes(world: Scene, austrian: Visitor) -> None:
    case_id, _ = await answered_by_austria(world, "CORR2")
    page = await austrian.get(f"/cases/{case_id}?do=correct")
    ticks = page.tree.all("fieldset", id="correct-replaces")[0].all("label")
    assert [each.text.partition(" (")[0] for each in ticks][:2] == [
        "Finding 1: Traced: exported to another State, Brazil, 2012-09-18",
        "Finding 2: Recorded as stolen",
    ]


async def test_a_correction_that_corrects_nothing_is_refused_at_the_ticks(world: Scene, austrian: Visitor) -> None:
    case_id, _ = await answered_by_austria(world, "CORR3")
    page = await say(austrian, case_id, "correct", reason=["Something was wrong."])
    assert (
        page.status,
        [each.attrs["href"] for each in page.tree.all("div", id="problems")[0].all("a")],
        page.form(f"/cases/{case_id}/correct")["reason"],
        (await last(world, case_id))[0],
    ) == (422, ["#correct-replaces"], ["Something was wrong."], "interim_response")


async def test_a_referral_says_what_may_be_shown_there(world: Scene, austrian: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "REFER1")
    await say(
        austrian, case_id, "refer", state=["SRB"], consent=["granted"], elements=[f"{mid} outcomes.0"], date=["2016"]
    )
    assert await last(world, case_id) == (
        "referral",
        {
            "state": "SRB",
            "date": "2016",
            "consent": "granted",
            "elements": [{"mid": mid, "element": "outcomes.0"}],
        },
    )


async def test_restrictions_are_changed_on_what_was_ticked(world: Scene, austrian: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "RESTR1")
    page = await say(
        austrian,
        case_id,
        "notify-restriction-change",
        "notify",
        elements=[f"{mid} outcomes.0"],
        restrictions=["no_court_use"],
    )
    handling = page.tree.all("section", aria_labelledby="handling")[0].text
    assert (await last(world, case_id))[1]["changes"] == [
        {"mid": mid, "element": "outcomes.0", "restrictions": ["no_court_use"]}
    ]
    assert "Not for use in courtinterim answer: finding 1" in handling


async def test_a_question_for_clarification_is_shown_and_explained(world: Scene, austrian: Visitor) -> None:
    case_id, _ = await answered_by_austria(world, "EXPL1")
    await by_brazil(world, case_id, "clarify", {"question": "Which register?"})
    mid = await arrived(world, "at", case_id, "clarification_request")
    page = await austrian.get(f"/cases/{case_id}")
    after = await austrian.send(page, f"/cases/{case_id}/explain", explanation=["That of exports."])
    assert (
        "Which register?" in page.tree.all("section", aria_labelledby="running")[0].text,
        await last(world, case_id),
        after.tree.all("section", aria_labelledby="running"),
    ) == (True, ("clarification_reply", {"about": mid, "explanation": "That of exports."}), [])


async def test_a_consent_is_decided_with_conditions_and_taken_back(world: Scene, austrian: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "CONS1")
    asked = {
        "elements": [{"mid": mid, "element": "outcomes.0"}],
        "recipient": {"kind": "third_state", "state": "SRB"},
        "purpose": "criminal_investigation",
    }
    await by_brazil(world, case_id, "consent-request", asked)
    about = await arrived(world, "at", case_id, "consent_request")
    decided = {"decision": ["granted_with_conditions"], "conditions": ["Not in court."]}
    await say(austrian, case_id, "consent-decision", **decided)
    said = await last(world, case_id)
    page = await say(austrian, case_id, "consent-decision", decision=["revoked"])
    consents = page.tree.all("section", aria_labelledby="consents")[0].text
    assert said == (
        "consent_decision",
        {"about": about, "decision": "granted_with_conditions", "conditions": "Not in court."},
    )
    assert "A third State: SerbiaRevoked" in consents and "Before: Granted with conditions" in consents  # noqa: PT018 - both


async def test_an_announced_disclosure_is_objected_to(world: Scene, austrian: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "OBJ1")
    assert "do=object" not in (await austrian.get(f"/cases/{case_id}")).html
    announced = {
        "notice": "prior_disclosure",
        "elements": [{"mid": mid, "element": "outcomes.0"}],
        "recipient": {"kind": "court"},
        "cause": "Order 77",
        "date": "2099-01-01",
    }
    await by_brazil(world, case_id, "notify", announced)
    about = await arrived(world, "at", case_id, "handling_notice")
    await say(austrian, case_id, "object", reason=["A protected witness."])
    assert await last(world, case_id) == ("objection", {"about": about, "reason": "A protected witness."})


# ---------------------------------------------------------------- the requester


async def test_an_amendment_sends_only_what_was_changed(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "AMEND3")
    page = await say(austrian, case_id, "amend", reason=["serial_read_again"], weapon__serial__text=["AMEND8"])
    kind, body = await last(world, case_id)
    asked = page.tree.all("section", aria_labelledby="asked")[0].text
    assert (
        kind,
        sorted(body),
        body["weapon"]["serial"]["text"],
        "AMEND8" in asked,
        "As it was first made" in asked,
    ) == (
        "amendment",
        ["reason", "weapon"],
        "AMEND8",
        True,
        True,
    )


async def test_an_amendment_that_changes_nothing_is_refused(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "AMEND4")
    page = await say(austrian, case_id, "amend", reason=["clerical_error"])
    assert (page.status, page.tree.all("div", id="problems")[0].all("a")[0].attrs["href"]) == (422, "#amend-weapon")


async def test_a_changed_priority_is_shown_beside_the_first_one(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "PRIO1")
    page = await say(austrian, case_id, "prioritise", priority=["urgent"], justification=["The trial begins."])
    assert (await last(world, case_id))[1] == {"priority": "urgent", "justification": "The trial begins."}
    assert "Routine" in page.tree.all("dl", class_="band")[0].text


async def test_a_reminder_is_counted(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "REM1")
    await say(austrian, case_id, "remind")
    page = await say(austrian, case_id, "remind")
    assert (await last(world, case_id))[1]["count"] == 2
    assert "We reminded Brazil 2 times" in page.tree.all("section", aria_labelledby="reminders")[0].text


async def test_a_reminder_of_another_duty_is_counted_by_itself(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "REM2")
    for duty, count in (("acknowledgement", 1), ("acknowledgement", 2), ("answer", 1), ("answer", 2)):
        await world.nodes["at"].office.move(OFFICER, case_id, "remind", {"duty": duty})
        said = (await last(world, case_id))[1]
        assert (said["duty"], said["count"]) == (duty, count)


async def test_clarification_is_asked_of_the_message_chosen(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "CLAR1", answered=True)
    about = await arrived(world, "at", case_id, "interim_response")
    await say(austrian, case_id, "clarify", question=["Which register?"])
    assert await last(world, case_id) == ("clarification_request", {"about": about, "question": "Which register?"})


async def test_consent_is_asked_for_what_was_ticked(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "CONS2", answered=True)
    mid = await arrived(world, "at", case_id, "interim_response")
    await say(
        austrian,
        case_id,
        "consent-request",
        elements=[f"{mid} outcomes.0"],
        recipient__kind=["third_state"],
        recipient__state=["SRB"],
        purpose=["criminal_investigation"],
    )
    assert (await last(world, case_id))[1] == {
        "elements": [{"mid": mid, "element": "outcomes.0"}],
        "recipient": {"kind": "third_state", "state": "SRB"},
        "purpose": "criminal_investigation",
    }


async def test_a_third_state_that_is_not_named_is_asked_for_at_its_field(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "CONS3", answered=True)
    mid = await arrived(world, "at", case_id, "interim_response")
    fields = {
        "elements": [f"{mid} outcomes.0"],
        "recipient__kind": ["third_state"],
        "purpose": ["criminal_investigation"],
    }
    page = await say(austrian, case_id, "consent-request", **fields)
    sent = page.form(f"/cases/{case_id}/consent-request")
    assert (
        page.status,
        [each.attrs["href"] for each in page.tree.all("div", id="problems")[0].all("a")],
        sent["elements"],
    ) == (422, ["#consent-request-recipient.state"], [f"{mid} outcomes.0"])


async def test_a_case_nobody_answers_is_closed_and_opened_again(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_by_austria(world, "LAPSE1")
    closed = await say(austrian, case_id, "close-unanswered", "close", note=["Nothing for a year."])
    body = (await last(world, case_id))[1]
    await say(austrian, case_id, "reopen", fact=["A second weapon was found."])
    assert (closed.tree.all("div", role="status")[0].text, body, await last(world, case_id)) == (
        "The case is closed as unanswered.",
        {"code": "no_response_lapsed", "note": "Nothing for a year."},
        ("reopening", {"fact": "A second weapon was found."}),
    )


# ---------------------------------------------------------------- what is offered, and to whom


async def test_only_what_is_allowed_is_offered(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_of_austria(world, "OFFER1")
    html = (await austrian.get(f"/cases/{case_id}")).html
    offered = [name for name in ("amend", "explain", "correct", "reopen", "object", "close-unanswered", "clarify")
        if f"do={name}#" in html or f'id="do-{name}"' in html]  # fmt: skip
    assert offered == []


async def test_a_form_asked_for_that_is_not_allowed_is_not_shown(world: Scene, austrian: Visitor) -> None:
    case_id = await asked_of_austria(world, "OFFER2")
    page = await austrian.get(f"/cases/{case_id}?do=reopen")
    assert (page.status, page.tree.all("form", action=f"/cases/{case_id}/reopen")) == (200, [])


async def test_an_act_that_two_persons_release_waits_for_the_second(world: Scene, officer: Visitor) -> None:
    case_id, mid = await answered_by_austria(world, "TWOCO1")
    page = await say(
        officer,
        case_id,
        "consent-request",
        elements=[f"{mid} outcomes.0"],
        recipient__kind=["court"],
        purpose=["prosecution_evidence"],
    )
    assert (page.tree.all("div", role="status")[0].text, (await last(world, case_id))[0]) == (
        "Prepared: it waits for a second person to release it.",
        "interim_response",
    )


async def test_every_kind_the_other_side_may_say_can_be_recorded(world: Scene, officer: Visitor) -> None:
    case_id = world.cases["letter"]
    file = await world.nodes["br"].office.read_case(OFFICER, case_id)
    html = (await officer.get(f"/cases/{case_id}")).html
    assert [verb for verb in file.recordable if verb not in ("notify", "refer", "correct", "object")
        and f"do=record-{verb}#" not in html] == []  # fmt: skip


async def test_progress_told_by_telephone_is_recorded_as_what_they_said(world: Scene, officer: Visitor) -> None:
    case_id = await asked_of_austria(world, "RECPR1")
    await world.nodes["at"].office.move(OFFICER, case_id, "acknowledge", {})
    await reached(world.nodes["br"], case_id, "acknowledged")
    page = await officer.get(f"/cases/{case_id}?do=record-progress")
    fields = {"given__channel": ["telephone"], "doing": ["The archive is being searched."]}
    after = await officer.send(page, f"/cases/{case_id}/record", **fields)
    one = (await messages(world, "br", case_id))[-1]
    assert (after.status, one["kind"], one["channel"], one["body"]) == (
        200,
        "progress",
        "telephone",
        {"doing": "The archive is being searched."},
    )
