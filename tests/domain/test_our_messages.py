"""What our own node may say after the request."""

from typing import Any

import pytest

from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, Incomplete, build
from tests.domain.bodies import TODAY, body, changed, without


def members(kind: Kind, whole: dict[str, Any]) -> list[str]:
    """The members that are wrong, or nothing where the message is built."""
    try:
        build(kind, whole, today=TODAY)
    except Incomplete as problem:
        return [one.member for one in problem.problems]
    return []


@pytest.mark.parametrize("kind", Kind)
def test_the_example_of_each_kind_is_built_and_says_what_it_was_given(kind: Kind) -> None:
    assert build(kind, body(kind), today=TODAY).to_body() == body(kind)


@pytest.mark.parametrize("kind", Kind)
def test_what_is_built_is_of_its_kind(kind: Kind) -> None:
    assert isinstance(build(kind, body(kind), today=TODAY), BY_KIND[kind])


@pytest.mark.parametrize("kind", Kind)
def test_what_is_built_lacks_nothing(kind: Kind) -> None:
    assert build(kind, body(kind), today=TODAY).lacks() == ()


@pytest.mark.parametrize("kind", Kind)
def test_only_a_request_raises_doubts(kind: Kind) -> None:
    assert build(kind, body(kind), today=TODAY).doubts(TODAY) == ()


@pytest.mark.parametrize("kind", Kind)
def test_an_unknown_member_is_refused_in_every_kind(kind: Kind) -> None:
    assert members(kind, body(kind) | {"colour": "red"}) == ["colour"]


def test_an_acknowledgement_needs_nothing() -> None:
    assert members(Kind.ACKNOWLEDGEMENT, {}) == []


def test_declined_urgency_needs_a_reason() -> None:
    assert members(Kind.ACKNOWLEDGEMENT, {"urgency_accepted": False}) == ["urgency_reason"]


def test_declined_urgency_with_its_reason_is_a_fact_for_the_lifecycle() -> None:
    ack = build(Kind.ACKNOWLEDGEMENT, {"urgency_accepted": False, "urgency_reason": "no danger named"})
    assert ack.facts() == {"urgency_declined"}


@pytest.mark.parametrize("value", [True, None])
def test_urgency_that_is_not_declined_is_no_fact(value: bool | None) -> None:  # noqa: FBT001 - a JSON value
    assert build(Kind.ACKNOWLEDGEMENT, {"urgency_accepted": value}).facts() == frozenset()


@pytest.mark.parametrize("kind", [Kind.INFORMATION_SUPPLY, Kind.INTERIM_RESPONSE, Kind.WITHDRAWAL, Kind.CLOSURE])
def test_most_messages_have_no_facts_for_the_lifecycle(kind: Kind) -> None:
    assert build(kind, body(kind), today=TODAY).facts() == frozenset()


# ---------------------------------------------------------------- questions (ITI 21)


@pytest.mark.parametrize(
    ("whole", "wrong"),
    [
        ({}, ["items"]),
        ({"items": []}, ["items"]),
        ({"items": [{}]}, ["items.0.code"]),
        ({"items": [{"code": "colour"}]}, ["items.0.code"]),
        ({"items": [{"code": "other"}]}, ["items.0.question"]),
        ({"items": ["calibre"]}, ["items.0"]),
        ({"items": "calibre"}, ["items"]),
        ({"items": [{"code": "calibre"}]}, []),
        ({"items": [{"question": "Which lot?"}]}, []),
        ({"items": [{"code": "calibre"}], "needed_by": "soon"}, ["needed_by"]),
    ],
)
def test_a_question_names_what_is_missing(whole: dict[str, Any], wrong: list[str]) -> None:
    assert members(Kind.INFORMATION_REQUEST, whole) == wrong


def test_a_bare_question_is_one_of_the_code_other() -> None:
    asked = build(Kind.INFORMATION_REQUEST, {"items": [{"question": "Which lot?"}]})
    assert asked.to_body() == {"items": [{"code": "other", "question": "Which lot?"}]}


@pytest.mark.parametrize(("blocking", "facts"), [(True, {"blocking"}), (False, set()), (None, set())])
def test_one_blocking_item_makes_the_question_blocking(blocking: bool | None, facts: set[str]) -> None:  # noqa: FBT001 - a JSON value
    items = [{"code": "calibre"}, {"code": "photograph", "blocking": blocking}]
    assert build(Kind.INFORMATION_REQUEST, {"items": items}).facts() == facts


@pytest.mark.parametrize(
    ("answer", "wrong"),
    [
        ({"code": "calibre", "answer": "9x19 mm"}, []),
        ({"answer": "see the attached letter"}, []),
        ({"code": "photograph", "not_available": True}, []),
        ({"code": "calibre"}, ["answers.0.answer"]),
        ({"code": "calibre", "answer": " "}, ["answers.0.answer"]),
        ({"code": "calibre", "not_available": False}, ["answers.0.answer"]),
        ({"code": "calibre", "answer": "9x19 mm", "not_available": True}, ["answers.0.answer"]),
        ({"code": "colour", "answer": "black"}, ["answers.0.code"]),
    ],
)
def test_each_item_is_answered_or_said_not_to_be_available(answer: dict[str, Any], wrong: list[str]) -> None:
    assert members(Kind.INFORMATION_SUPPLY, {"answers": [answer]}) == wrong


def test_a_supply_supplies_something() -> None:
    assert members(Kind.INFORMATION_SUPPLY, {}) == ["answers"]


# ---------------------------------------------------------------- limits (ITI 22, 23)

GROUNDS = ["ongoing_investigation", "confidentiality_law", "confidentiality_not_guaranteed", "national_security"]


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.DELAY_NOTICE])
@pytest.mark.parametrize("ground", GROUNDS)
def test_each_of_the_four_grounds_may_be_given_with_its_reason(kind: Kind, ground: str) -> None:
    assert members(kind, {"ground": ground, "reason": "as the law says"}) == []


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.DELAY_NOTICE])
@pytest.mark.parametrize("reason", [None, "", " ", "\n\t\u00a0\u3000"])
def test_a_ground_without_a_reason_is_refused(kind: Kind, reason: str | None) -> None:
    assert members(kind, {"ground": "national_security", "reason": reason}) == ["reason"]


@pytest.mark.parametrize("kind", [Kind.REFUSAL, Kind.DELAY_NOTICE])
@pytest.mark.parametrize("ground", ["workload", "archive_search", "G1", "not_illicit_here"])
def test_an_operational_cause_is_no_ground(kind: Kind, ground: str) -> None:
    assert members(kind, {"ground": ground, "reason": "too much to do"}) == ["ground"]


@pytest.mark.parametrize(
    ("whole", "wrong"),
    [
        ({}, ["ground", "reason"]),
        ({"reason": "no time"}, ["ground"]),
        ({"cause": "workload"}, ["cause", "ground", "reason"]),
    ],
)
def test_a_refusal_has_ground_and_reason(whole: dict[str, Any], wrong: list[str]) -> None:
    assert members(Kind.REFUSAL, whole) == wrong


@pytest.mark.parametrize(
    ("whole", "wrong"),
    [
        ({}, ["ground"]),
        ({"cause": "workload", "new_date": "2027-01-15"}, []),
        ({"cause": "workload"}, ["new_date"]),
        ({"cause": "national_security", "new_date": "2027-01-15"}, ["cause"]),
        ({"cause": "workload", "new_date": "2026-11-22"}, ["new_date"]),
        ({"cause": "workload", "new_date": "2026-11-23"}, []),
        ({"cause": "workload", "new_date": "soon"}, ["new_date"]),
        ({"cause": "workload", "new_date": "9999-12-31"}, ["new_date"]),
        ({"ground": "national_security", "reason": "r", "cause": "workload", "new_date": "2027-01-15"}, ["cause"]),
        ({"ground": "national_security", "reason": "r", "new_date": "2027-01-15"}, []),
    ],
)
def test_a_delay_has_a_ground_with_its_reason_or_a_cause_with_a_date(whole: dict[str, Any], wrong: list[str]) -> None:
    assert members(Kind.DELAY_NOTICE, whole) == wrong


def test_a_delay_of_ours_explains_itself() -> None:
    assert build(Kind.DELAY_NOTICE, body(Kind.DELAY_NOTICE), today=TODAY).facts() == frozenset()


def test_a_refusal_of_ours_explains_itself() -> None:
    assert build(Kind.REFUSAL, body(Kind.REFUSAL)).facts() == frozenset()


# ---------------------------------------------------------------- answers (ITI 18, 20)

FINAL = Kind.FINAL_RESPONSE


@pytest.mark.parametrize("member", ["outcomes", "outcomes.0.code", "completeness", "basis"])
def test_an_answer_without_a_required_content_is_not_built(member: str) -> None:
    assert members(FINAL, without(FINAL, member)) == [member]


@pytest.mark.parametrize(
    ("member", "value", "wrong"),
    [
        ("outcomes.0.code", "found_it", "outcomes.0.code"),
        ("outcomes.0.state", "BR", "outcomes.0.state"),
        ("outcomes.0.date", "2027", "outcomes.0.date"),
        ("outcomes.0.date", "04/2016", "outcomes.0.date"),
        ("outcomes.0.date", "2016-13", "outcomes.0.date"),
        ("outcomes.0.restrictions", ["secret"], "outcomes.0.restrictions.0"),
        ("completeness", "mostly", "completeness"),
        ("basis", ["hearsay"], "basis.0"),
        ("searched.0.from", "the nineties", "searched.0.from"),
        ("next_state", "SUN", "next_state"),
        ("evaluation", {"source": "a", "information": "9"}, "evaluation.information"),
        ("transactions", [{"type": "gift"}], "transactions.0.type"),
        ("final", False, "final"),
    ],
)
def test_a_wrong_value_in_an_answer_is_refused(member: str, value: Any, wrong: str) -> None:
    assert members(FINAL, changed(FINAL, member, value)) == [wrong]


@pytest.mark.parametrize("date", ["2016", "2016-04", "2016-04-02", "2026-11-23", "2026"])
def test_a_date_of_the_past_may_be_a_year_or_a_month(date: str) -> None:
    assert members(FINAL, changed(FINAL, "outcomes.0.date", date)) == []


def test_a_weapon_may_have_gone_to_a_state_that_is_gone() -> None:
    assert members(FINAL, changed(FINAL, "outcomes.0.state", "YUG")) == []


def test_no_record_says_where_was_searched() -> None:
    whole = without(FINAL, "searched") | {"outcomes": [{"code": "no_record"}]}
    assert members(FINAL, whole) == ["searched"]


@pytest.mark.parametrize("member", ["register", "from", "to"])
def test_a_search_without_its_coverage_is_worthless(member: str) -> None:
    assert members(FINAL, without(FINAL, f"searched.0.{member}")) == [f"searched.0.{member}"]


@pytest.mark.parametrize("reason", ["retention_expired", None])
def test_no_record_may_say_why(reason: str | None) -> None:
    assert members(FINAL, changed(FINAL, "outcomes", [{"code": "no_record", "reason": reason}])) == []


def test_a_reason_for_no_record_is_a_word_of_its_list() -> None:
    whole = changed(FINAL, "outcomes", [{"code": "no_record", "reason": "lazy"}])
    assert members(FINAL, whole) == ["outcomes.0.reason"]


@pytest.mark.parametrize(("kind", "final"), [(FINAL, True), (Kind.INTERIM_RESPONSE, False)])
def test_final_only_chose_the_kind_and_is_not_said(kind: Kind, *, final: bool) -> None:
    assert "final" not in build(kind, body(kind) | {"final": final}, today=TODAY).to_body()


def test_a_first_part_is_partial_unless_it_says_otherwise() -> None:
    interim = build(Kind.INTERIM_RESPONSE, {"outcomes": [{"code": "recorded_stolen"}]})
    assert interim.to_body()["completeness"] == "partial"


def test_an_outcome_carries_restrictions_of_its_own() -> None:
    whole = changed(FINAL, "outcomes.0.restrictions", ["no_court_use"])
    assert build(FINAL, whole, today=TODAY).to_body()["outcomes"][0]["restrictions"] == ["no_court_use"]


# ---------------------------------------------------------------- endings


@pytest.mark.parametrize(
    ("kind", "whole", "wrong"),
    [
        (Kind.WITHDRAWAL, {}, ["reason"]),
        (Kind.WITHDRAWAL, {"reason": "because"}, ["reason"]),
        (Kind.WITHDRAWAL, {"reason": "other"}, ["note"]),
        (Kind.WITHDRAWAL, {"reason": "other", "note": "the court ordered it"}, []),
        (Kind.WITHDRAWAL, {"reason": "duplicate", "data": "burn"}, ["data"]),
        (Kind.CLOSURE, {}, ["code"]),
        (Kind.CLOSURE, {"code": "not_traced"}, []),
        (Kind.CLOSURE, {"code": "not_traced", "usefulness": "very"}, ["usefulness"]),
        (Kind.CLOSURE, {"code": "not_traced", "disposition": "sold"}, ["disposition"]),
        (Kind.CLOSURE, {"code": "not_traced", "statistics": "yes"}, ["statistics"]),
        (Kind.CLOSURE, {"code": "not_traced", "diversion": {"date": "2031"}}, ["diversion.date"]),
    ],
)
def test_an_ending_has_its_code(kind: Kind, whole: dict[str, Any], wrong: list[str]) -> None:
    assert members(kind, whole) == wrong
