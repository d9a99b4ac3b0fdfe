"""The elements of a message: proved one by one, the rest hidden."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import base64url, elements, strictjson
from protocol.elements import Disclosure
from protocol.errors import Mismatch, SchemaInvalid, TooLarge
from tests.wire.keyring import grains

SINGLES, LISTS = ("weapon", "found"), ("markings", "outcomes")
BODY: dict[str, Any] = {
    "weapon": {"make": "Example Arms", "serial": "AB 12345"},
    "markings": [{"text": "one"}, {"text": "two", "restrictions": []}],
    "outcomes": [],
    "note": "seen at the border",
    "restrictions": ["no_onward_without_consent"],
}
SALT = base64url.encode(bytes(16))


def split(body: dict[str, Any]) -> tuple[Disclosure, ...]:
    return elements.split(body, SINGLES, LISTS, grains())


def digests(parts: tuple[Disclosure, ...]) -> list[str]:
    return [part.digest for part in parts]


def disclosure(*parts: Any) -> str:
    return base64url.encode(strictjson.dump(list(parts)))


def made(name: str, value: Any, restrictions: tuple[str, ...] = ()) -> Disclosure:
    return elements.read(disclosure(SALT, name, value, restrictions))


def test_each_leaf_group_is_an_element_and_what_remains_is_one_more() -> None:
    assert [part.name for part in split(BODY)] == ["weapon", "markings.0", "markings.1", "rest"]


def test_an_element_carries_the_restrictions_of_the_message() -> None:
    assert split(BODY)[0].restrictions == ("no_onward_without_consent",)


def test_an_element_may_carry_restrictions_of_its_own() -> None:
    second = split(BODY)[2]
    assert (second.value, second.restrictions) == ({"text": "two"}, ())


def test_every_element_is_salted_with_16_bytes_of_its_own() -> None:
    assert len({part.salt for part in split(BODY) if len(part.salt) == 16}) == 4


def test_the_parts_join_to_the_whole() -> None:
    parts = split(BODY)
    assert elements.join(parts, digests(parts)) == BODY


@given(
    st.fixed_dictionaries(
        {"restrictions": st.lists(st.sampled_from(["domestic_law", "other"]), max_size=2)},
        optional={
            "weapon": st.dictionaries(st.sampled_from("abc"), st.text(max_size=5) | st.none()) | st.none(),
            "found": st.text(max_size=3) | st.integers(0, 9),
            "markings": st.lists(st.dictionaries(st.sampled_from("abc"), st.integers(0, 9)), max_size=4),
            "outcomes": st.lists(st.text(max_size=3) | st.none(), max_size=3),
            "note": st.text(max_size=9) | st.none(),
        },
    )
)
def test_any_body_split_sent_and_joined_is_the_same(body: dict[str, Any]) -> None:
    parts = split(body)
    received = tuple(elements.read(part.text) for part in parts)
    assert elements.join(received, digests(parts)) == body


def test_a_disclosure_reads_as_it_was_made() -> None:
    parts = split(BODY)
    assert tuple(elements.read(part.text) for part in parts) == parts


def test_a_part_alone_is_proved() -> None:
    parts = split(BODY)
    assert elements.check([parts[0], parts[2]], digests(parts)) is None


@pytest.mark.parametrize("order", [(2, 0), (0, 0)])
def test_a_part_out_of_order_or_twice_is_refused(order: tuple[int, ...]) -> None:
    parts = split(BODY)
    with pytest.raises(Mismatch):
        elements.check([parts[at] for at in order], digests(parts))


def test_an_element_of_another_message_is_refused() -> None:
    with pytest.raises(Mismatch):
        elements.check([made("weapon", {})], digests(split(BODY)))


@pytest.mark.parametrize("order", [(0, 1, 2), (0, 1, 2, 3, 3), (1, 0, 2, 3), ()])
def test_a_whole_needs_each_element_once_and_in_order(order: tuple[int, ...]) -> None:
    parts = split(BODY)
    with pytest.raises(Mismatch):
        elements.join([parts[at] for at in order], digests(parts))


REST = made("rest", {})
MISFITS = {
    "nothing": (),
    "no rest": (made("weapon", {}),),
    "rest not last": (REST, made("weapon", {})),
    "rest no object": (made("rest", []),),
    "rest twice": (REST, REST),
    "rest as a list": (made("rest.0", {}), made("rest", {"rest": 1})),
    "restrictions no list": (made("rest", {"restrictions": 5}),),
    "restrictions an object": (made("rest", {"restrictions": {"a": 1}}),),
    "rest under other restrictions": (made("rest", {"restrictions": ["x"]}),),
    "a member in two places": (made("weapon", {}), made("rest", {"weapon": {}})),
    "an element twice": (made("weapon", {}), made("weapon", {}), REST),
    "a list with a gap": (made("markings.1", {}), REST),
    "a list out of order": (made("markings.0", {}), made("markings.2", {}), made("markings.1", {}), REST),
    "a single that becomes a list": (made("weapon", []), made("weapon.0", {}), REST),
    "a list that becomes a single": (made("weapon.0", {}), made("weapon", {}), REST),
    "restrictions as an element": (made("restrictions", []), REST),
    "restrictions of its own on a text": (made("found", "here", ("x",)), REST),
}


@pytest.mark.parametrize("name", MISFITS)
def test_elements_that_do_not_fit_together_are_refused(name: str) -> None:
    parts = MISFITS[name]
    with pytest.raises(SchemaInvalid):
        elements.join(parts, digests(parts))


@pytest.mark.parametrize(
    "text",
    [
        5, None, "A", "!", base64url.encode(b"{"), disclosure(SALT, "weapon", {}),
        disclosure(SALT, "weapon", {}, [], 1),
        base64url.encode(b"{}"), disclosure("AAAA", "weapon", {}, []), disclosure(5, "weapon", {}, []),
        disclosure(SALT, 5, {}, []), disclosure(SALT, "", {}, []), disclosure(SALT, "Weapon", {}, []),
        disclosure(SALT, "markings.01", {}, []), disclosure(SALT, "markings.0.0", {}, []),
        disclosure(SALT, "markings.10000", {}, []), disclosure(SALT, "__class__", {}, []),
        disclosure(SALT, "weapon", {"restrictions": []}, []), disclosure(SALT, "weapon", {}, None),
        disclosure(SALT, "weapon", {}, "x"), disclosure(SALT, "weapon", {}, [5]),
        disclosure(SALT, "weapon", {}, ["x" * 65]),
        disclosure(SALT, "weapon", {}, ["x"] * 33),
    ],
)  # fmt: skip
def test_a_text_that_spells_no_element_is_refused(text: Any) -> None:
    with pytest.raises(SchemaInvalid):
        elements.read(text)


def test_a_disclosure_over_its_limit_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLarge):
        elements.read("!" * ((1 << 20) + 1))


def test_a_body_of_too_many_elements_is_not_split() -> None:
    with pytest.raises(TooLarge):
        split({"markings": [{}] * elements.MAX_ELEMENTS})


def test_what_some_restrictions_need_is_an_element_of_its_own() -> None:
    body = BODY | {"restriction_details": {"delete_by": "2031-01-01"}}
    assert [part.name for part in split(body)] == ["weapon", "restriction_details", "markings.0", "markings.1", "rest"]


def test_what_was_erased_leaves_its_place_in_the_body() -> None:
    weapon, first, second, rest = split(BODY)
    signed = digests((weapon, first, second, rest))
    found = elements.join((weapon, second, rest), signed, [(1, "markings.0")])
    assert found["markings"] == [{"erased": True}, {"text": "two", "restrictions": []}]
    assert found["weapon"] == BODY["weapon"]


def test_an_erasure_does_not_excuse_another_missing_element() -> None:
    weapon, first, second, rest = split(BODY)
    with pytest.raises(Mismatch):
        elements.join((weapon, rest), digests((weapon, first, second, rest)), [(1, "markings.0")])


def test_without_the_message_an_element_keeps_the_restrictions_it_can_bear() -> None:
    parts = elements.split({"weapon": {"make": "x"}, "found": "here", "restrictions": ["y"]}, SINGLES, LISTS, grains())
    found = elements.join(parts[:-1], digests(parts), [(2, "rest")])
    assert found == {"weapon": {"make": "x", "restrictions": ["y"]}, "found": "here", "erased": True}
