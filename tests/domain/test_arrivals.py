"""What arrives: its shape must hold; what it lacks is asked for, never refused."""

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from protocol.errors import SchemaInvalid, UnsupportedExtension, UnsupportedVersion
from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, KINDS, Incomplete, Message, build, parse
from tests.domain.bodies import body, changed, without

REQUEST = BY_KIND[Kind.TRACE_REQUEST].TYPE


def lacking(kind: Kind, whole: dict[str, Any]) -> list[tuple[str, str]]:
    return [(lack.member, lack.paragraph) for lack in parse(BY_KIND[kind].TYPE, whole).lacks()]


def test_the_types_are_the_wire_words_of_the_kinds() -> None:
    assert {urn: kind.KIND for urn, kind in KINDS.items()} == {
        f"urn:itx:{kind.value.replace('_', '-')}:1": kind for kind in Kind
    }


@pytest.mark.parametrize("kind", Kind)
def test_a_whole_message_arrives_as_it_was_said(kind: Kind) -> None:
    assert parse(BY_KIND[kind].TYPE, body(kind)).to_body() == body(kind)


@pytest.mark.parametrize("kind", Kind)
def test_a_message_is_the_same_after_being_taken_apart_into_elements(kind: Kind) -> None:
    said = build(kind, body(kind))
    assert parse(said.TYPE, said.to_elements()) == said


@pytest.mark.parametrize("kind", Kind)
def test_every_element_a_kind_names_is_at_the_top_of_the_signed_body(kind: Kind) -> None:
    said = build(kind, body(kind))
    given = {*said.to_body(), *(("markings",) if "weapon" in said.to_body() else ())}
    assert given.intersection((*said.SINGLES, *said.LISTS)) <= said.to_elements().keys()


def test_each_mark_is_an_element_beside_its_weapon() -> None:
    signed = build(Kind.TRACE_REQUEST, body(Kind.TRACE_REQUEST)).to_elements()
    assert (len(signed["markings"]), "markings" in signed["weapon"]) == (1, False)


def test_marks_without_their_weapon_are_kept_under_it() -> None:
    message = parse(REQUEST, {"markings": [{"kind": "serial"}]})
    assert message.to_body() == {"weapon": {"markings": [{"kind": "serial"}]}}


def test_a_request_without_a_weapon_has_no_marks_to_take_apart() -> None:
    assert parse(REQUEST, {"reference": "r"}).to_elements() == {"reference": "r"}


def test_marks_in_two_places_stay_where_they_are() -> None:
    assert parse(REQUEST, {"weapon": {"markings": []}, "markings": [1]}).not_understood() == ("markings",)


@pytest.mark.parametrize(
    ("weapon", "expected"),
    [(None, r"weapon\.markings\.0: expected an object"), ("a pistol", "weapon: expected an object, got 8 characters")],
)
def test_marks_beside_no_weapon_are_judged_as_marks_of_one(weapon: Any, expected: str) -> None:
    with pytest.raises(SchemaInvalid, match=expected):
        parse(REQUEST, {"weapon": weapon, "markings": [1]})


@pytest.mark.parametrize("kind", Kind)
def test_an_empty_message_of_any_kind_arrives(kind: Kind) -> None:
    assert parse(BY_KIND[kind].TYPE, {}).to_body() == {}


# ---------------------------------------------------------------- what is missing is asked for


@pytest.mark.parametrize(
    ("member", "paragraph"),
    [
        ("weapon", "ITI 17(b)"),
        ("weapon.type", "ITI 17(b)"),
        ("weapon.calibre", "ITI 17(b)"),
        ("weapon.serial", "ITI 17(b)"),
        ("weapon.markings", "ITI 17(b)"),
        ("illicit", "ITI 17(a)"),
        ("illicit.0.citation", "ITI 17(a)"),
        ("found", "ITI 17(a)"),
        ("found.circumstances", "ITI 17(a)"),
        ("intended_use", "ITI 17(c)"),
        ("confidentiality", "ITI 15"),
    ],
)
def test_a_request_that_lacks_a_content_is_taken_and_the_paragraph_named(member: str, paragraph: str) -> None:
    assert lacking(Kind.TRACE_REQUEST, without(Kind.TRACE_REQUEST, member)) == [(member, paragraph)]


def test_what_the_requester_says_it_does_not_know_is_not_asked_again() -> None:
    assert lacking(Kind.TRACE_REQUEST, changed(Kind.TRACE_REQUEST, "weapon.calibre", None)) == []


@pytest.mark.parametrize(
    ("kind", "whole", "expected"),
    [
        (Kind.REFUSAL, {}, [("ground", "ITI 22"), ("reason", "ITI 23")]),
        (Kind.REFUSAL, {"ground": "national_security"}, [("reason", "ITI 23")]),
        (Kind.DELAY_NOTICE, {}, [("ground", "ITI 22"), ("new_date", "ITI 18")]),
        (Kind.DELAY_NOTICE, {"ground": "national_security", "new_date": "2027-01-15"}, [("reason", "ITI 23")]),
        (Kind.INFORMATION_REQUEST, {}, [("items", "ITI 21")]),
        (Kind.INFORMATION_SUPPLY, {"answers": [{}]}, [("answers.0.answer", "ITI 21")]),
        (Kind.WITHDRAWAL, {"reason": "other"}, [("note", "practice of tracing offices")]),
        (Kind.CLOSURE, {}, [("code", "MOSAIC 05.31")]),
        (Kind.ACKNOWLEDGEMENT, {"urgency_accepted": False}, [("urgency_reason", "ITI 18")]),
    ],
)
def test_other_messages_that_lack_something_are_taken_and_asked_about(
    kind: Kind, whole: dict[str, Any], expected: list[tuple[str, str]]
) -> None:
    assert lacking(kind, whole) == expected


def test_an_answer_without_coverage_or_reason_is_asked_about() -> None:
    whole = {"outcomes": [{"code": "no_record"}, {"code": "traced_exported"}]}
    assert {member for member, _ in lacking(Kind.FINAL_RESPONSE, whole)} == {
        "completeness", "basis", "searched", "outcomes.0.reason", "outcomes.1.state",
    }  # fmt: skip


def test_a_guarantee_that_cannot_be_given_is_asked_about() -> None:
    whole = changed(Kind.TRACE_REQUEST, "confidentiality", "partly")
    assert lacking(Kind.TRACE_REQUEST, whole) == [("confidentiality_cause", "ITI 15")]


def test_a_guarantee_that_is_explained_is_not_asked_about() -> None:
    whole = changed(Kind.TRACE_REQUEST, "confidentiality", "partly") | {"confidentiality_cause": "press law, article 4"}
    assert lacking(Kind.TRACE_REQUEST, whole) == []


@pytest.mark.parametrize(
    "serial",
    [{"text": "eliminado", "status": "original"}, {"text": "A1", "status": "obliterated"}, {"status": "original"}],
)
def test_a_serial_that_contradicts_itself_is_asked_about(serial: dict[str, Any]) -> None:
    assert lacking(Kind.TRACE_REQUEST, changed(Kind.TRACE_REQUEST, "weapon.serial", serial)) == [
        ("weapon.serial.text", "ITI 17(b)")
    ]


def test_every_lack_comes_with_its_question() -> None:
    assert all(lack.question.endswith("?") for kind in KINDS.values() for lack in parse(kind.TYPE, {}).lacks())


@pytest.mark.parametrize(
    ("kind", "whole", "facts"),
    [
        (Kind.REFUSAL, {}, {"no_reason"}),
        (Kind.REFUSAL, {"ground": "national_security", "reason": " "}, {"no_reason"}),
        (Kind.DELAY_NOTICE, {}, {"no_reason"}),
        (Kind.DELAY_NOTICE, {"ground": "national_security"}, {"no_reason"}),
        (Kind.DELAY_NOTICE, {"cause": "workload"}, set()),
    ],
)
def test_a_limit_without_reason_is_counted_as_such(kind: Kind, whole: dict[str, Any], facts: set[str]) -> None:
    assert parse(BY_KIND[kind].TYPE, whole).facts() == facts


# ---------------------------------------------------------------- what a newer version brings


def test_members_of_a_newer_version_are_kept_and_shown_as_not_understood() -> None:
    whole = changed(Kind.TRACE_REQUEST, "weapon.smell", "of powder") | {"mood": {"a": [1]}}
    message = parse(REQUEST, whole)
    assert (message.to_body(), set(message.not_understood())) == (whole, {"mood", "weapon.smell"})


def test_words_of_a_newer_version_are_kept() -> None:
    whole = changed(Kind.TRACE_REQUEST, "weapon.type", "railgun")
    assert parse(REQUEST, whole).to_body() == whole


def test_a_newer_major_version_of_a_kind_is_refused_as_such() -> None:
    with pytest.raises(UnsupportedVersion):
        parse("urn:itx:trace-request:2", body(Kind.TRACE_REQUEST))


def test_a_kind_of_a_later_version_is_refused_as_an_extension() -> None:
    with pytest.raises(UnsupportedExtension):
        parse("urn:itx:return-of-the-weapon:1", {})


@pytest.mark.parametrize(
    "urn", ["", "trace-request", "urn:itx:trace-request", "urn:itx:trace-request:01", "urn:itx:X:1"]
)
def test_a_type_of_no_form_is_refused(urn: str) -> None:
    with pytest.raises(SchemaInvalid):
        parse(urn, {})


# ---------------------------------------------------------------- shape


@pytest.mark.parametrize(
    ("member", "value"),
    [
        ("weapon", []),
        ("weapon.make", 5),
        ("weapon.serial.text", True),
        ("weapon.markings", {}),
        ("weapon.markings.0", "mark"),
        ("weapon.licence_built", 1),
        ("illicit", "domestic_law"),
        ("found.quantity", "3"),
        ("intended_use", ["a" * 65]),
        ("restrictions", ["x"] * 33),
        ("reference", "x" * 501),
        ("note", "x" * 20_001),
        ("note", "nul \0"),
        ("note", "half \udc00"),
    ],
)
def test_a_message_of_the_wrong_shape_is_refused_without_repeating_it(member: str, value: Any) -> None:
    with pytest.raises(SchemaInvalid, match=f"^{member}.*: expected [^']+, got [^']+$"):
        parse(REQUEST, changed(Kind.TRACE_REQUEST, member, value))


@pytest.mark.parametrize("whole", [None, [], "text", 5])
def test_a_body_that_is_no_object_is_refused(whole: Any) -> None:
    with pytest.raises(SchemaInvalid):
        parse(REQUEST, whole)


def test_a_list_that_is_null_says_the_same_as_none() -> None:
    assert parse(REQUEST, {"restrictions": None}).restrictions == ()


def test_a_message_cannot_be_changed() -> None:
    with pytest.raises(ValueError, match="frozen"):
        parse(REQUEST, {}).note = "later"  # type: ignore[misc]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53), 2**53) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)


@st.composite
def bodies(draw: st.DrawFn) -> tuple[type[Message], dict[str, Any]]:
    """A kind, and a good body of it with some member replaced by anything."""
    kind = draw(st.sampled_from(Kind))
    whole = body(kind)
    for _ in range(draw(st.integers(0, 3))):
        place: Any = whole
        while isinstance(place, dict | list) and place and draw(st.booleans()):
            inner = draw(st.sampled_from(sorted(place) if isinstance(place, dict) else range(len(place))))
            if not isinstance(place[inner], dict | list):
                break
            place = place[inner]
        if isinstance(place, dict):
            place[draw(st.sampled_from([*sorted(place), "stranger"]))] = draw(JSON)
    return BY_KIND[kind], whole


def taken(way: Callable[[], Message], refusal: type[Exception]) -> Message | None:
    """The message, or None where it was refused in the way it may be; any other fault flies."""
    try:
        return way()
    except refusal:
        return None


@settings(max_examples=150, deadline=None)
@given(bodies())
def test_whatever_arrives_is_a_message_or_refused_by_its_code(drawn: tuple[type[Message], dict[str, Any]]) -> None:
    kind, whole = drawn
    message = taken(lambda: parse(kind.TYPE, whole), SchemaInvalid)
    forms = (message.to_body(), message.to_elements()) if message else ()
    assert all(parse(kind.TYPE, form) == message for form in forms)


@settings(max_examples=150, deadline=None)
@given(bodies())
def test_whatever_we_want_to_say_is_whole_or_not_built(drawn: tuple[type[Message], dict[str, Any]]) -> None:
    kind, whole = drawn
    message = taken(lambda: build(kind.KIND, whole), Incomplete)
    assert message is None or (message.not_understood(), build(kind.KIND, message.to_body())) == ((), message)
