"""The closed lists: their words, their sources, and that they are written once."""

import re

import pytest

from protocol.vocabulary import (
    LISTS,
    TYPES,
    LimitGround,
    OperationalCause,
    Source,
    WeaponClass,
    WeaponType,
    Word,
    known,
    rows,
)

# Spelled out by the contract or by decisions 28 and 29; a rename would break a counterpart.
FIXED = {
    "weapon.class": {"small_arm", "light_weapon"},
    "weapon.type": {"pistol_self_loading", "revolver", "mortar_lt_100mm"},
    "serial.status": {
        "original", "altered", "obliterated", "restored", "re_stamped", "counterfeit", "illegible_part", "absent",
        "never_marked", "not_looked_for", "see_notes", "unknown",
    },
    "markings.kind": {"import_mark", "serial", "factory_symbol_code"},
    "illicit.ground": {"domestic_law", "unsc_embargo", "unmarked", "unlicensed_manufacture", "unauthorised_transfer"},
    "found.mode": {"seized", "found", "surrendered"},
    "intended_use": {"criminal_investigation"},
    "sought": {"export_record", "last_legal_holder"},
    "confidentiality": {"can_guarantee", "cannot_guarantee", "partly"},
    "restrictions": {"designated_authorities", "iti_purposes", "no_onward_without_consent"},
    "instruments": {"iti"},
    "limit.ground": {
        "ongoing_investigation", "confidentiality_law", "confidentiality_not_guaranteed", "national_security",
    },
    "outcomes.code": {"traced_exported", "no_record", "not_competent"},
    "completeness": {"full", "partial"},
    "basis": {"registry"},
    "priority": {"urgent", "routine", "low"},
}  # fmt: skip


@pytest.mark.parametrize(("name", "words"), FIXED.items(), ids=FIXED.keys())
def test_the_words_the_contract_fixes_are_in_their_list(name: str, words: set[str]) -> None:
    assert words <= {word.value for word in LISTS[name]}


@pytest.mark.parametrize(("name", "words"), LISTS.items(), ids=LISTS.keys())
def test_every_word_of_a_list_is_lower_snake_case(name: str, words: type[Word]) -> None:
    assert not [word for word in words if not re.fullmatch(r"[a-z0-9]+(_[a-z0-9]+)*", word.value)]


def test_every_word_names_its_source() -> None:
    assert {type(word.source) for words in LISTS.values() for word in words} == {Source}


def test_the_one_table_gives_list_word_and_source() -> None:
    assert ("illicit.ground", "unsc_embargo", "ITI 6(b)") in set(rows())


def test_no_operational_cause_is_a_ground() -> None:
    assert not {word.value for word in OperationalCause} & {word.value for word in LimitGround}


def test_there_are_four_grounds_and_no_fifth() -> None:
    assert len(LimitGround) == 4


def test_every_type_belongs_to_a_class() -> None:
    assert set(WeaponType) == set().union(*(TYPES[kind] for kind in WeaponClass if kind is not WeaponClass.OTHER))


def test_a_revolver_is_no_light_weapon() -> None:
    assert WeaponType.REVOLVER not in TYPES[WeaponClass.LIGHT_WEAPON]


def test_a_type_nobody_knows_fits_every_class() -> None:
    assert all(WeaponType.UNKNOWN in types for types in TYPES.values())


def test_a_known_word_is_found() -> None:
    assert known(WeaponType, "rifle") is WeaponType.RIFLE


@pytest.mark.parametrize("text", ["railgun", "", None])
def test_a_word_of_a_newer_version_is_none_of_ours(text: str | None) -> None:
    assert known(WeaponType, text) is None
