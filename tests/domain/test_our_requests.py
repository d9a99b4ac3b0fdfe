"""What our own node may ask: whole, or not at all, with every problem at once."""

from datetime import date
from typing import Any

import pytest

from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, Incomplete, Problem, TraceRequest, build, parse
from tests.domain.bodies import TODAY, body, changed, without

REQUEST = Kind.TRACE_REQUEST


def problems(whole: Any, kind: Kind = REQUEST, standing: str | None = None) -> tuple[Problem, ...]:
    with pytest.raises(Incomplete) as caught:
        build(kind, whole, today=TODAY, standing=standing)
    return caught.value.problems


def ask(whole: dict[str, Any], standing: str | None = None) -> TraceRequest:
    message = build(REQUEST, whole, today=TODAY, standing=standing)
    assert isinstance(message, TraceRequest)
    return message


def test_the_request_of_the_contract_is_built_and_says_what_it_was_given() -> None:
    assert ask(body(REQUEST)).to_body() == body(REQUEST)


@pytest.mark.parametrize(
    ("member", "source"),
    [
        ("weapon", "ITI 17(b)"),
        ("weapon.class", "ITI 17(b)"),
        ("weapon.type", "ITI 17(b)"),
        ("weapon.make", "ITI 17(b)"),
        ("weapon.model", "ITI 17(b)"),
        ("weapon.calibre", "ITI 17(b)"),
        ("weapon.country_of_manufacture", "ITI 17(b)"),
        ("weapon.serial", "ITI 17(b)"),
        ("weapon.serial.status", "ITI 17(b)"),
        ("weapon.serial.text", "ITI 17(b)"),
        ("weapon.markings", "ITI 17(b)"),
        ("weapon.markings.0.kind", "ITI 17(b)"),
        ("illicit", "ITI 17(a)"),
        ("illicit.0.ground", "ITI 17(a)"),
        ("illicit.0.citation", "ITI 17(a)"),
        ("found", "ITI 17(a)"),
        ("found.mode", "ITI 17(a)"),
        ("found.date", "ITI 17(a)"),
        ("found.place", "ITI 17(a)"),
        ("found.circumstances", "ITI 17(a)"),
        ("intended_use", "ITI 17(c)"),
        ("confidentiality", "ITI 15"),
    ],
)
def test_a_request_without_a_required_content_is_not_built(member: str, source: str) -> None:
    found = problems(without(REQUEST, member))
    assert [(one.member, one.source) for one in found] == [(member, source)]


@pytest.mark.parametrize("member", ["make", "model", "calibre", "country_of_manufacture"])
def test_what_is_not_known_of_the_weapon_is_null(member: str) -> None:
    assert ask(changed(REQUEST, f"weapon.{member}", None)).to_body()["weapon"][member] is None


def test_a_weapon_may_bear_no_marks_at_all() -> None:
    assert ask(changed(REQUEST, "weapon.markings", [])).to_body()["weapon"]["markings"] == []


@pytest.mark.parametrize(
    ("member", "value", "got"),
    [
        ("found.place", None, "nothing"),
        ("found.place", " \t", "blank text"),
        ("found.date", "", "blank text"),
        ("illicit", [], "an empty list"),
        ("illicit", None, "an empty list"),
        ("intended_use", [], "an empty list"),
        ("weapon.type", None, "nothing"),
        ("weapon.make", "  ", "blank text"),
        ("reference", " ", "blank text"),
    ],
)
def test_a_required_content_that_says_nothing_is_not_there(member: str, value: Any, got: str) -> None:
    found = problems(changed(REQUEST, member, value))
    assert [one.member for one in found] == [member]
    assert found[0].got == got


@pytest.mark.parametrize(
    ("member", "value", "expected"),
    [
        ("weapon.class", "tank", "one of small_arm, light_weapon, part, other"),
        ("weapon.type", "railgun", "one of revolver"),
        ("weapon.type", "recoilless_rifle", "a type of class small_arm"),
        ("weapon.country_of_manufacture", "AT", "perhaps AUT"),
        ("weapon.country_of_manufacture", "XXX", "a country of ISO 3166-1 alpha-3"),
        ("weapon.country_of_design", "Austria", "perhaps AUT"),
        ("weapon.serial.status", "gone", "one of original"),
        ("weapon.serial.component", "trigger", "one of frame"),
        ("weapon.markings.0.kind", "tattoo", "one of manufacturer_name"),
        ("weapon.year_of_manufacture", "2031", "a date not after today (2026-11-23)"),
        ("illicit.0.ground", "a_domestic_law", "one of domestic_law"),
        ("found.mode", "bought", "one of seized, found, surrendered"),
        ("found.date", "11/06/2021", "a date such as 2021-06-11"),
        ("found.date", "2021-6-1", "a date such as 2021-06-11"),
        ("found.date", "2021-02-30", "a date such as 2021-06-11"),
        ("found.date", "2021-06", "a date such as 2021-06-11"),
        ("found.date", "2026-11-24", "a date not after today (2026-11-23)"),
        ("found.jurisdiction", "YUG", "that exists today"),
        ("checks.0.date", "2027-01-01", "a date not after today (2026-11-23)"),
        ("intended_use.0", "curiosity", "one of criminal_investigation"),
        ("sought", ["everything"], "one of manufacture_confirmation"),
        ("confidentiality", "maybe", "one of can_guarantee, cannot_guarantee, partly"),
        ("restrictions", ["secret"], "one of designated_authorities"),
        ("instruments", ["magna_carta"], "one of iti"),
        ("priority", "now", "one of urgent, routine, low"),
        ("reply_by", "soon", "a date such as 2021-06-11"),
        ("language", "English", "a language such as en or pt-BR"),
        ("to", "at", "a member the specification names"),
        ("weapon.colour", "black", "a member the specification names"),
        ("markings", [], "a member the specification names"),
    ],
)
def test_a_wrong_value_is_refused_with_what_was_expected(member: str, value: Any, expected: str) -> None:
    found = problems(changed(REQUEST, member, value))
    assert (len(found), found[0].member.startswith(member), expected in found[0].expected) == (1, True, True)


@pytest.mark.parametrize(
    ("member", "value", "expected", "got"),
    [
        ("weapon", "a pistol", "an object", "8 characters"),
        ("weapon.make", 17, "text", "a number"),
        ("weapon.make", {"name": "Glock"}, "text", "an object"),
        ("weapon.licence_built", "yes", "true or false", "3 characters"),
        ("weapon.licence_built", 1, "true or false", "a number"),
        ("found.quantity", True, "a whole number", "true or false"),
        ("found.quantity", -1, "a number of at least 0", "a number"),
        ("found.quantity", 1_000_001, "a number of at most 1000000", "a number"),
        ("found.quantity", None, "", ""),
        ("illicit", {"ground": "unmarked"}, "a list", "an object"),
        ("illicit.0", "unmarked", "an object", "8 characters"),
        ("intended_use.0", 3, "text", "a number"),
        ("contact", "x" * 501, "at most 500 characters", "501 characters"),
        ("note", "x" * 20_001, "at most 20000 characters", "20001 characters"),
        ("other_channels", ["letter"] * 51, "at most 50 items", "51 items"),
        ("contact", "a\0b", "text without NUL", "3 characters"),
        ("contact", "a\ud800", "text of whole characters (no half of a surrogate pair)", "2 characters"),
        ("contact", b"bytes", "text", "something else"),
        ("contact", None, "", ""),
    ],
)
def test_a_value_of_the_wrong_shape_is_refused_by_kind_and_size(
    member: str, value: Any, expected: str, got: str
) -> None:
    whole = changed(REQUEST, member, value)
    if value is None:
        assert ask(whole).KIND is REQUEST
    else:
        assert [(one.member, one.expected, one.got) for one in problems(whole)] == [(member, expected, got)]


def test_all_problems_come_at_once() -> None:
    whole = body(REQUEST)
    whole["weapon"] |= {"class": "tank", "make": 5, "serial": {"text": "eliminado", "status": "original"}}
    whole["illicit"] = [7, {"ground": "unsc_embargo"}]
    whole["found"]["date"] = "2030-01-01"
    whole |= {"priority": "urgent", "colour": "red"}
    del whole["intended_use"]
    assert {one.member for one in problems(whole)} == {
        "weapon.class", "weapon.make", "weapon.serial.text", "illicit.0", "illicit.1.citation",
        "illicit.1.resolution", "found.date", "justification", "colour", "intended_use",
    }  # fmt: skip


def test_an_empty_request_lists_everything_it_needs() -> None:
    assert [one.member for one in problems({})] == ["weapon", "illicit", "found", "intended_use", "confidentiality"]


def test_a_body_that_is_no_object_is_refused_as_one_problem() -> None:
    assert problems([1, 2]) == (Problem("", "an object", "something else", "rule of this node"),)


def test_a_refused_request_says_all_in_one_line_too() -> None:
    with pytest.raises(Incomplete, match="reason: expected the reason, in words, got blank text"):
        build(Kind.REFUSAL, {"ground": "national_security", "reason": " "})


# ---------------------------------------------------------------- what may be left unsaid


@pytest.mark.parametrize("value", [None, "left out"])
def test_a_request_is_routine_and_seeks_the_last_legal_holder_unless_it_says_otherwise(value: str | None) -> None:
    whole = body(REQUEST)
    for name in ("priority", "sought"):
        whole.pop(name) if value else whole.update({name: None})
    message = ask(whole)
    assert (message.priority, message.sought) == ("routine", ("last_legal_holder",))


def test_confidentiality_falls_back_on_the_standing_declaration() -> None:
    assert ask(without(REQUEST, "confidentiality"), "partly").confidentiality == "partly"


def test_a_request_overrides_the_standing_declaration() -> None:
    assert ask(changed(REQUEST, "confidentiality", "cannot_guarantee"), "can_guarantee").confidentiality == (
        "cannot_guarantee"
    )


def test_dates_are_not_compared_where_no_day_is_given() -> None:
    whole = changed(REQUEST, "found.date", "2099-01-01")
    assert build(REQUEST, whole).to_body()["found"]["date"] == "2099-01-01"


@pytest.mark.parametrize("justification", [None, "", "  "])
def test_an_urgent_request_needs_a_justification(justification: str | None) -> None:
    whole = changed(REQUEST, "priority", "urgent") | {"justification": justification}
    assert [one.member for one in problems(whole)] == ["justification"]


def test_a_justified_urgent_request_is_built() -> None:
    message = ask(changed(REQUEST, "priority", "urgent") | {"justification": "a life is in danger"})
    assert message.facts() == {"priority:urgent", "carried:iti"}


@pytest.mark.parametrize("priority", ["routine", "low"])
def test_the_priority_of_a_request_is_a_fact_beside_the_instruments_it_invokes(priority: str) -> None:
    assert ask(changed(REQUEST, "priority", priority)).facts() == {f"priority:{priority}", "carried:iti"}


def test_a_priority_of_a_newer_version_is_no_fact() -> None:
    received = parse(BY_KIND[REQUEST].TYPE, changed(REQUEST, "priority", "immediate"))
    assert received.facts() == {"carried:iti"}


@pytest.mark.parametrize(("list_", "note"), [("intended_use", "intended_use_note"), ("sought", "sought_note")])
def test_what_is_other_is_said_in_words(list_: str, note: str) -> None:
    whole = changed(REQUEST, list_, ["other"])
    assert ([one.member for one in problems(whole)], ask(whole | {note: "an exhibition"}) is None) == ([note], False)


def test_an_embargo_is_named_by_its_resolution() -> None:
    whole = changed(REQUEST, "illicit.0.ground", "unsc_embargo")
    assert [one.member for one in problems(whole)] == ["illicit.0.resolution"]


@pytest.mark.parametrize(
    ("word", "member"), [("text", "restriction_details.text"), ("delete_by", "restriction_details.delete_by")]
)
def test_a_restriction_that_needs_a_detail_has_it(word: str, member: str) -> None:
    assert [one.member for one in problems(changed(REQUEST, "restrictions", [word]))] == [member]


def test_restrictions_with_their_details_are_built() -> None:
    details = {"text": "only for the prosecutor", "delete_by": "2036-01-01", "authorities": ["Federal Police"]}
    whole = body(REQUEST) | {"restrictions": ["text", "delete_by"], "restriction_details": details}
    assert ask(whole).to_body()["restriction_details"] == details


# ---------------------------------------------------------------- serials


@pytest.mark.parametrize("status", ["obliterated", "absent", "never_marked", "not_looked_for", "see_notes", "unknown"])
def test_a_status_without_a_text_takes_none(status: str) -> None:
    serial = {"text": "ABC123", "status": status}
    assert [one.member for one in problems(changed(REQUEST, "weapon.serial", serial))] == ["weapon.serial.text"]


@pytest.mark.parametrize("status", ["obliterated", "absent", "never_marked", "not_looked_for", "see_notes", "unknown"])
def test_a_serial_that_cannot_be_read_is_a_status_alone(status: str) -> None:
    serial = {"text": None, "status": status}
    assert ask(changed(REQUEST, "weapon.serial", serial)).weapon.serial.status == status  # type: ignore[union-attr]


@pytest.mark.parametrize("status", ["original", "restored", "illegible_part"])
def test_a_status_that_says_something_was_read_needs_the_text(status: str) -> None:
    serial = {"text": None, "status": status}
    assert [one.member for one in problems(changed(REQUEST, "weapon.serial", serial))] == ["weapon.serial.text"]


@pytest.mark.parametrize("status", ["altered", "re_stamped", "counterfeit"])
@pytest.mark.parametrize("text", ["E?59919", None])
def test_a_changed_serial_may_or_may_not_be_readable(status: str, text: str | None) -> None:
    serial = {"text": text, "status": status}
    assert ask(changed(REQUEST, "weapon.serial", serial)).to_body()["weapon"]["serial"]["status"] == status


@pytest.mark.parametrize("text", ["eliminado", "serial number removed", "1" * 41, "A1\t", "..."])
def test_a_serial_in_words_is_refused_with_what_to_do(text: str) -> None:
    found = problems(changed(REQUEST, "weapon.serial.text", text))
    assert [(one.member, "no text, and a status" in one.expected) for one in found] == [("weapon.serial.text", True)]


def test_a_refused_serial_is_not_repeated_in_the_problem() -> None:
    assert "ABC123" not in str(problems(changed(REQUEST, "weapon.serial.text", "ABC123 (armação)")))


def test_a_mark_that_is_a_serial_is_read_like_one() -> None:
    mark = {"kind": "serial", "text": "raspado", "component": "barrel"}
    assert [one.member for one in problems(changed(REQUEST, "weapon.markings", [mark]))] == ["weapon.markings.0.text"]


@pytest.mark.parametrize(
    "mark", [{"kind": "serial", "text": "AB12"}, {"kind": "serial"}, {"kind": "other", "text": "raspado"}]
)
def test_other_marks_are_taken_as_they_are(mark: dict[str, str]) -> None:
    assert ask(changed(REQUEST, "weapon.markings", [mark])).to_body()["weapon"]["markings"] == [mark]


# ---------------------------------------------------------------- texts


@pytest.mark.parametrize(
    "text", ["\u202eתל אביב\u202c", "מקום", "العربية \u200f", "日本語", "e\u0301 é", "  x ", "🔫", "a\u200bb", "l1\nl2"]
)
def test_foreign_text_is_kept_exactly(text: str) -> None:
    assert ask(changed(REQUEST, "found.place", text)).to_body()["found"]["place"] == text


# ---------------------------------------------------------------- doubts


def test_a_wish_in_the_past_is_a_doubt_and_no_problem() -> None:
    message = ask(changed(REQUEST, "reply_by", "2026-11-22"))
    assert [one.member for one in message.doubts(TODAY)] == ["reply_by"]


@pytest.mark.parametrize("wish", ["2026-11-23", "2026-12-24", None])
def test_a_wish_from_today_on_is_no_doubt(wish: str | None) -> None:
    assert ask(changed(REQUEST, "reply_by", wish)).doubts(TODAY) == ()


def test_a_state_that_is_gone_is_a_doubt_that_names_its_successors() -> None:
    doubt = ask(changed(REQUEST, "weapon.country_of_manufacture", "CSK")).doubts(TODAY)[0]
    assert ("CZE, SVK" in doubt.expected, doubt.got) == (True, "Czechoslovakia")


def test_a_weapon_that_practice_would_not_trace_is_a_doubt() -> None:
    message = ask(changed(REQUEST, "exceptions", ["made_before_1946"]))
    assert [one.member for one in message.doubts(date(2026, 11, 23))] == ["exceptions.0"]


def test_an_empty_list_of_what_is_sought_asks_for_the_last_legal_holder() -> None:
    said = build(Kind.TRACE_REQUEST, body(Kind.TRACE_REQUEST) | {"sought": []})
    assert said.to_body()["sought"] == ["last_legal_holder"]
