"""What clocks learn from messages: an office that is announced, the instrument invoked, how an answer is reached."""

from typing import Any

import pytest

from protocol.lifecycle import Kind
from protocol.messages import Incomplete, build
from tests.domain.bodies import TODAY, body

OFFICE = {"zone": "Asia/Riyadh", "weekend": ["friday", "saturday"], "worked": ["2026-09-23"]}


def members(kind: Kind, **changed: Any) -> list[str]:
    """The members that are refused."""
    try:
        build(kind, body(kind) | changed, today=TODAY)
    except Incomplete as problem:
        return [one.member for one in problem.problems]
    return []


def test_an_office_is_announced_with_its_zone_and_its_days() -> None:
    told = build(Kind.DIRECTORY_UPDATE, body(Kind.DIRECTORY_UPDATE) | OFFICE, today=TODAY)
    assert told.to_body() == body(Kind.DIRECTORY_UPDATE) | OFFICE


@pytest.mark.parametrize(
    ("member", "value", "refused"),
    [
        ("zone", "Europe/Atlantis", "zone"),
        ("zone", "../etc/passwd", "zone"),
        ("zone", "Europe", "zone"),
        ("weekend", ["caturday"], "weekend.0"),
        ("worked", ["someday"], "worked.0"),
    ],
)
def test_an_office_that_cannot_be_counted_by_is_refused(member: str, value: Any, refused: str) -> None:
    assert members(Kind.DIRECTORY_UPDATE, **{member: value}) == [refused]


def test_a_request_says_which_known_instruments_it_is_carried_under() -> None:
    asked = build(Kind.TRACE_REQUEST, body(Kind.TRACE_REQUEST) | {"instruments": ["iti", "eu_2023_977"]}, today=TODAY)
    assert {one for one in asked.facts() if one.startswith("carried:")} == {"carried:iti", "carried:eu_2023_977"}


@pytest.mark.parametrize(("accessible", "facts"), [("indirectly", {"accessible:indirectly"}), (None, set())])
def test_an_acknowledgement_says_how_the_answer_is_reached_where_it_does(
    accessible: str | None, facts: set[str]
) -> None:
    told = build(Kind.ACKNOWLEDGEMENT, {"accessible": accessible} if accessible else {}, today=TODAY)
    assert told.facts() == facts


def test_a_way_to_the_answer_that_is_no_word_is_refused() -> None:
    assert members(Kind.ACKNOWLEDGEMENT, accessible="by pigeon") == ["accessible"]
