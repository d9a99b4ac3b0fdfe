"""Forms as tables: what was typed becomes the body of an act, and comes back into the same fields."""

from dataclasses import asdict

import pytest

from protocol import messages
from protocol.lifecycle import Kind
from tracing.casework.errors import Forbidden, Incomplete, Problem
from tracing.desk.pages.acts import ACTS
from tracing.desk.pages.failures import failure_of, filled
from tracing.desk.pages.forms import Field, Form, Rows, flatten, member_name, read
from tracing.desk.pages.request_fields import PARTS

MARKS = Rows("weapon.markings", "Markings", (Field("kind", "Kind"), Field("text", "Text", "code")), empty=True)


def test_a_dotted_name_becomes_a_member_inside_a_member() -> None:
    assert read((Field("found.date", "Date", "date"),), {"found.date": ["2021-06-11"]}) == {
        "found": {"date": "2021-06-11"}
    }


def test_an_empty_field_is_left_out() -> None:
    assert read((Field("note", "Note"),), {"note": ["  "]}) == {}


def test_an_empty_field_that_must_be_said_is_null() -> None:
    assert read((Field("weapon.model", "Model", null=True),), {}) == {"weapon": {"model": None}}


def test_what_was_typed_keeps_its_blanks_and_signs() -> None:
    assert read((Field("text", "Text"),), {"text": [" A\u200bB\r\nC"]}) == {"text": " A\u200bB\nC"}


def test_ticks_become_a_list() -> None:
    assert read((Field("basis", "Basis", "ticks"),), {"basis": ["registry", "customs"]}) == {
        "basis": ["registry", "customs"]
    }


def test_lines_become_a_list_without_the_empty_ones() -> None:
    assert read((Field("also", "Also", "lines"),), {"also": ["one\r\n\r\ntwo"]}) == {"also": ["one", "two"]}


def test_rows_left_empty_vanish() -> None:
    posted = {"weapon.markings.0.kind": [""], "weapon.markings.2.kind": ["serial"], "weapon.markings.2.text": ["X1"]}
    assert read((MARKS,), posted) == {"weapon": {"markings": [{"kind": "serial", "text": "X1"}]}}


def test_a_list_that_must_be_said_is_said_to_be_empty() -> None:
    assert read((MARKS,), {}) == {"weapon": {"markings": []}}


def test_a_body_comes_back_into_its_fields() -> None:
    body = {
        "weapon": {"make": "Glock", "model": None, "markings": [{"kind": "serial", "text": "X1"}]},
        "basis": ["a", "b"],
        "blocking": True,
        "no": False,
    }
    assert flatten(body) == {
        "weapon.make": ["Glock"],
        "weapon.markings.0.kind": ["serial"],
        "weapon.markings.0.text": ["X1"],
        "basis": ["a", "b"],
        "blocking": ["yes"],
    }


def test_one_row_more_is_shown_when_it_is_asked_for() -> None:
    values = {"weapon.markings.0.kind": ["serial"]}
    assert [len(Form((MARKS,), values, {}, more).rows(MARKS)) for more in ("", "weapon.markings")] == [1, 2]


def test_an_empty_list_shows_one_row() -> None:
    assert len(Form((MARKS,), {}, {}).rows(MARKS)) == 1


def test_rows_beyond_all_reason_are_cut_off() -> None:
    assert len(Form((MARKS,), {"weapon.markings.999.kind": ["x"]}, {}).rows(MARKS)) == 40


@pytest.mark.parametrize("member", ["markings[0].kind", "markings.0.kind"])
def test_both_spellings_of_a_member_name_the_same_field(member: str) -> None:
    assert member_name(member) == "markings.0.kind"


def test_a_problem_is_placed_beside_its_field_with_its_label() -> None:
    failure = failure_of(Incomplete((Problem("weapon.markings.0.text", "a serial", "words", "ITI 17(b)"),)))
    placed = failure.placed(Form((MARKS,), {"weapon.markings.0.text": ["no"]}, {}), "ask-")
    assert [(one.label, one.field) for one in placed.problems] == [("Text", "ask-weapon.markings.0.text")]


def test_a_problem_of_no_field_keeps_its_member_and_has_no_link() -> None:
    placed = failure_of(Incomplete((Problem("weapon.photos", "a list", "a text"),))).placed(Form((MARKS,), {}, {}), "")
    assert [(one.label, one.field) for one in placed.problems] == [("weapon.photos", "")]


@pytest.mark.parametrize(
    ("posted", "said"),
    [
        ({"weapon.serial.status": ["original"]}, ("Serial", "weapon.serial.text", "status original); got nothing")),
        ({}, ("How", "found.mode", "expected a value; got nothing")),
    ],
)
def test_what_is_lacking_is_said_at_a_field_by_its_label(
    posted: dict[str, list[str]], said: tuple[str, str, str]
) -> None:
    with pytest.raises(messages.Incomplete) as lacking:
        messages.build(Kind.TRACE_REQUEST, read(PARTS, posted), standing="can_guarantee")
    found = failure_of(Incomplete(tuple(Problem(*asdict(one).values()) for one in lacking.value.problems)))
    placed = found.placed(Form(PARTS, posted, {}), "ask-").problems
    assert [
        one
        for one in placed
        if (one.label, one.field, one.words[-len(said[2]) :]) == (said[0], f"ask-{said[1]}", said[2])
    ]
    assert not [one for one in placed if "null" in one.words or not one.field]


def test_any_other_refusal_has_its_title_and_no_problems() -> None:
    assert (failure_of(Forbidden("no")).title, failure_of(Forbidden("no")).problems) == ("You may not do this", ())


MID = "at:01980000-0000-7000-8000-000000000001"
SPOKEN = {
    "acknowledge": ({"reference": ["A-1"], "urgency_declined": ["yes"], "urgency_reason": ["No hearing is set."]},
        Kind.ACKNOWLEDGEMENT),
    "answer": ({"outcomes.0.code": ["no_record"], "searched.0.register": ["exports"], "searched.0.from": ["1998"],
            "searched.0.to": ["2026"], "completeness": ["full"], "basis": ["registry"]}, Kind.FINAL_RESPONSE),
    "ask": ({"items.0.code": ["photograph"], "items.0.blocking": ["yes"]}, Kind.INFORMATION_REQUEST),
    "supply": ({"answers.0.code": ["serial"], "answers.0.answer": ["The last digit is 1."]}, Kind.INFORMATION_SUPPLY),
    "delay": ({"cause": ["archive_search"], "new_date": ["2099-01-01"]}, Kind.DELAY_NOTICE),
    "refuse": ({"ground": ["national_security"], "reason": ["Sealed."]}, Kind.REFUSAL),
    "withdraw": ({"reason": ["no_longer_needed"]}, Kind.WITHDRAWAL),
    "progress": ({"doing": ["The maker searches."]}, Kind.PROGRESS),
    "refer": ({"state": ["SRB"], "consent": ["granted_with_conditions"], "conditions": ["Not the consignee."],
            "elements": [f"{MID} outcomes.0"]}, Kind.REFERRAL),
    "correct": ({"replaces": [f"{MID} outcomes.0"], "cause": ["wrong_weapon"], "reason": ["Two of one serial."],
            "outcomes.0.code": ["traced_exported"], "outcomes.0.state": ["ARG"]}, Kind.CORRECTION),
    "restrict": ({"withheld": ["consignee"], "ground": ["confidentiality_law"], "reason": ["Section 5."]},
        Kind.RESTRICTION_NOTICE),
    "not-competent": ({"reason": ["successor_state"], "suggested_state": ["SRB"]}, Kind.NOT_COMPETENT),
    "amend": ({"reason": ["serial_read_again"], "found.mode": ["found"], "found.date": ["2021-06-11"],
            "found.place": ["Rio"], "found.circumstances": ["Road"], "weapon.class": ["small_arm"],
            "weapon.type": ["revolver"], "weapon.serial.status": ["obliterated"], "illicit.0.ground": ["unmarked"],
            "illicit.0.citation": ["Law 1"]}, Kind.AMENDMENT),
    "prioritise": ({"priority": ["urgent"], "justification": ["The trial begins."]}, Kind.PRIORITY_CHANGE),
    "clarify": ({"about": [MID], "question": ["Which provision?"]}, Kind.CLARIFICATION_REQUEST),
    "explain": ({"about": [MID], "no_further_explanation": ["yes"], "reason": ["Secret."]}, Kind.CLARIFICATION_REPLY),
    "remind": ({"duty": ["answer"]}, Kind.REMINDER),
    "consent-request": ({"elements": [f"{MID} outcomes.0"], "recipient.kind": ["third_state"],
            "recipient.state": ["SRB"], "purpose": ["criminal_investigation"]}, Kind.CONSENT_REQUEST),
    "consent-decision": ({"about": [MID], "decision": ["granted_with_conditions"], "conditions": ["Not in court."],
            "restrictions": ["no_court_use"], "until": ["2099-12-31"]}, Kind.CONSENT_DECISION),
    "notify-confidentiality": ({"scope": ["Names."], "cause": ["Law 1"]}, Kind.HANDLING_NOTICE),
    "notify-prior-disclosure": ({"elements": [f"{MID} outcomes.0"], "recipient.kind": ["court"], "cause": ["Order"],
            "date": ["2099-01-01"]}, Kind.HANDLING_NOTICE),
    "notify-restriction-change": ({"elements": [f"{MID} outcomes.0"], "restrictions": ["no_court_use"],
            "restriction_details.delete_by": ["2099-01-01"]}, Kind.HANDLING_NOTICE),
    "notify-breach": ({"scope": ["A list was mailed."], "measures": ["It was called back."]}, Kind.HANDLING_NOTICE),
    "notify-deletion": ({"elements": [f"{MID} rest"], "date": ["2026-01-01"]}, Kind.HANDLING_NOTICE),
    "object": ({"about": [MID], "reason": ["A witness."]}, Kind.OBJECTION),
    "close-unanswered": ({"note": ["Nothing for a year."]}, Kind.CLOSURE),
    "reopen": ({"fact": ["Another weapon."]}, Kind.REOPENING),
    "inform": ({"subject": ["weapon_stolen"], "information": ["Reported stolen."]}, Kind.SPONTANEOUS_INFORMATION),
    "close": ({"code": ["not_traced"], "usefulness": ["useful"]}, Kind.CLOSURE),
}  # fmt: skip


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_each_form_filled_in_makes_a_message_its_verb_may_say(verb: str) -> None:
    posted, kind = SPOKEN[verb]
    body = ACTS[verb].body(posted)
    assert kind == messages.build(kind, body).KIND


def test_elements_ticked_are_pointed_at_by_message_and_name() -> None:
    body = ACTS["correct"].body({"replaces": [f"{MID} outcomes.0", f"{MID} rest"]})
    assert body["replaces"] == [{"mid": MID, "element": "outcomes.0"}, {"mid": MID, "element": "rest"}]


def test_a_change_of_restrictions_says_the_same_of_every_element_ticked() -> None:
    body = ACTS["notify-restriction-change"].body(SPOKEN["notify-restriction-change"][0])
    assert body == {
        "notice": "restriction_change",
        "changes": [
            {
                "mid": MID,
                "element": "outcomes.0",
                "restrictions": ["no_court_use", "delete_by"],
                "details": {"delete_by": "2099-01-01"},
            }
        ],
    }


def test_a_case_nobody_answered_is_closed_with_its_own_code() -> None:
    assert ACTS["close-unanswered"].body({})["code"] == "no_response_lapsed"


def test_a_question_of_yes_or_no_is_left_out_where_nobody_chose() -> None:
    field = Field("statistics", "May it be counted?", "truth")
    assert [read((field,), {"statistics": [text]}) for text in ("yes", "no", "")] == [
        {"statistics": True},
        {"statistics": False},
        {},
    ]


@pytest.mark.parametrize("member", ["elements.1.element", "elements.0", "elements"])
def test_a_problem_of_an_element_stands_at_the_ticks(member: str) -> None:
    form = filled(ACTS["consent-request"].parts, {}, failure_of(Incomplete((Problem(member, "an element", "none"),))))
    assert [one.words for one in form.problems["elements"]] == ["expected an element; got none"]


def test_an_answer_that_is_not_the_last_word_says_so() -> None:
    posted = {
        "interim": ["yes"],
        "outcomes.0.code": ["manufacture_confirmed_no_further_record"],
        "open": ["the dealer"],
    }
    assert ACTS["answer"].body(posted)["final"] is False


def test_a_register_without_the_tick_is_said_to_have_gaps() -> None:
    posted = {"searched.0.register": ["exports"]}
    assert ACTS["answer"].body(posted)["searched"] == [{"register": "exports", "complete": False}]


def test_the_form_of_a_request_filled_in_makes_a_request() -> None:
    posted = {
        "priority": ["routine"], "weapon.class": ["small_arm"], "weapon.type": ["revolver"],
        "weapon.serial.status": ["obliterated"], "illicit.0.ground": ["unmarked"],
        "illicit.0.citation": ["Law 1"], "found.mode": ["found"], "found.date": ["2021-06-11"], "found.place": ["Rio"],
        "found.circumstances": ["Road"], "intended_use": ["statistics"],
    }  # fmt: skip
    assert messages.build(Kind.TRACE_REQUEST, read(PARTS, posted), standing="can_guarantee").KIND == Kind.TRACE_REQUEST
