"""Forms as tables: what was typed becomes the body of an act, and comes back into the same fields."""

import pytest

from protocol import messages
from protocol.lifecycle import Kind
from tracing.casework.errors import Forbidden, Incomplete, Problem
from tracing.desk.pages.acts import ACTS
from tracing.desk.pages.failures import failure_of
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


def test_any_other_refusal_has_its_title_and_no_problems() -> None:
    assert (failure_of(Forbidden("no")).title, failure_of(Forbidden("no")).problems) == ("You may not do this", ())


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
    "close": ({"code": ["not_traced"], "usefulness": ["useful"]}, Kind.CLOSURE),
}  # fmt: skip


@pytest.mark.parametrize("verb", sorted(ACTS))
def test_each_form_filled_in_makes_a_message_its_verb_may_say(verb: str) -> None:
    posted, kind = SPOKEN[verb]
    body = ACTS[verb].shape(read(ACTS[verb].parts, posted))
    assert kind == messages.build(kind, body).KIND


def test_an_answer_that_is_not_the_last_word_says_so() -> None:
    posted = {
        "interim": ["yes"],
        "outcomes.0.code": ["manufacture_confirmed_no_further_record"],
        "open": ["the dealer"],
    }
    assert ACTS["answer"].shape(read(ACTS["answer"].parts, posted))["final"] is False


def test_a_register_without_the_tick_is_said_to_have_gaps() -> None:
    posted = {"searched.0.register": ["exports"]}
    assert ACTS["answer"].shape(read(ACTS["answer"].parts, posted))["searched"] == [
        {"register": "exports", "complete": False}
    ]


def test_the_form_of_a_request_filled_in_makes_a_request() -> None:
    posted = {
        "priority": ["routine"], "weapon.class": ["small_arm"], "weapon.type": ["revolver"],
        "weapon.serial.status": ["obliterated"], "illicit.0.ground": ["unmarked"],
        "illicit.0.citation": ["Law 1"], "found.mode": ["found"], "found.date": ["2021-06-11"], "found.place": ["Rio"],
        "found.circumstances": ["Road"], "intended_use": ["statistics"],
    }  # fmt: skip
    assert messages.build(Kind.TRACE_REQUEST, read(PARTS, posted), standing="can_guarantee").KIND == Kind.TRACE_REQUEST
