"""When two serials are the same, and how sure that is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracing.records.grades import Grade, grade, is_partial, match_key, words_key
from tracing.records.makes import make_key


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        ("KIO501", "KIO501", Grade.EXACT),
        ("13-107999", "13 107999", Grade.EXACT),
        ("kjx77904", "KJX77904", Grade.EXACT),
        ("KIO501", "K10501", Grade.FOLDED),
        ("B8S5Z2", "885522", Grade.FOLDED),
        ("АВС123", "ABC123", Grade.FOLDED),
        ("ΑΒΕ123", "ABE123", Grade.FOLDED),
        ("E?29632", "E129632", Grade.PARTIAL),
        ("E?29632", "EO29632", Grade.PARTIAL),
        ("E*29632", "E?29632", Grade.PARTIAL),
        ("E?29632", "E29632", None),
        ("E?29632", "E129633", None),
        ("?????5", "123455", None),
        ("ABC123", "ABC124", None),
        ("", "ABC", None),
    ],
)
def test_the_grade_tells_how_two_serials_agree(one: str, other: str, expected: Grade | None) -> None:
    assert grade(one, other) == expected


def test_digits_of_other_scripts_are_digits() -> None:
    assert grade("١٢٣٤٥", "12345") == Grade.EXACT


def test_unread_positions_never_make_two_weapons_one() -> None:
    keys = {match_key(text) for text in ("T6499-17 ?? ?????", "T6499-17 ?1 ?????", "T6499-17", "T649917")}
    assert len(keys) == 3


@given(st.text(alphabet="ABCOQ0I1LZ2S5G6B8?-. ", max_size=12), st.text(alphabet="ABCOQ0I1LZ2S5G6B8?-. ", max_size=12))
def test_agreement_does_not_depend_on_who_asks(one: str, other: str) -> None:
    assert grade(one, other) == grade(other, one)


@given(st.text(max_size=20))
def test_folding_twice_changes_nothing(text: str) -> None:
    assert match_key(match_key(text)) == match_key(text)


def test_a_partial_serial_is_known_by_its_sign() -> None:
    assert (is_partial("E*29632"), is_partial("E29632")) == (True, False)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("TAURUS", "Forjas Taurus S.A."),
        ("S&W", "Smith & Wesson"),
        ("S&W", "SMITH AND WESSON Inc."),
        ("FN", "Fabrique Nationale"),
        ("GLOCK", "Glock Ges.m.b.H."),
    ],
)
def test_the_names_of_one_maker_have_one_key(one: str, other: str) -> None:
    assert make_key(one) == make_key(other)


def test_two_makers_have_two_keys() -> None:
    assert make_key("Taurus") != make_key("Rossi")


def test_a_name_without_letters_has_no_key() -> None:
    assert (make_key("  "), words_key("São Paulo")) == ("", "saopaulo")
