"""Countries of today and of the marks on old weapons."""

import csv
import json

import pytest

from protocol.vocabulary import COUNTRIES, FORMER, UnknownCountry, country, is_country
from protocol.vocabulary.countries import hint
from tests.shared import SHARED, needs_shared


def test_there_are_249_current_countries() -> None:
    assert len(COUNTRIES) == 249


def test_every_code_stands_under_itself() -> None:
    assert all(code == one.code and len(code) == 3 for code, one in [*COUNTRIES.items(), *FORMER.items()])


def test_no_former_country_is_a_current_one() -> None:
    assert not COUNTRIES.keys() & FORMER.keys()


def test_every_former_country_has_successors_that_exist() -> None:
    assert all(one.successors and set(one.successors) <= COUNTRIES.keys() for one in FORMER.values())


@pytest.mark.parametrize(
    ("code", "successor"), [("SUN", "UKR"), ("YUG", "HRV"), ("CSK", "CZE"), ("DDR", "DEU"), ("SCG", "SRB")]
)
def test_a_weapon_of_a_state_that_is_gone_is_asked_about_at_a_successor(code: str, successor: str) -> None:
    assert successor in country(code).successors


def test_a_former_country_says_since_when_it_is_one() -> None:
    assert (country("SUN").is_former, country("SUN").until, country("BRA").is_former) == (True, 1992, False)


@pytest.mark.parametrize(
    ("code", "advice"),
    [("BR", "did you mean BRA"), ("Austria", "did you mean AUT"), ("aut", "AUT"), ("XXX", "alpha-3")],
)
def test_an_unknown_country_is_refused_with_a_hint(code: str, advice: str) -> None:
    with pytest.raises(UnknownCountry, match=advice):
        country(code)


def test_a_hint_knows_former_countries_by_name() -> None:
    assert hint("czechoslovakia") == "CSK"


def test_nothing_is_hinted_where_nothing_is_alike() -> None:
    assert hint("Atlantis") is None


@pytest.mark.parametrize(("code", "expected"), [("BRA", True), ("YUG", True), ("bra", False), ("", False)])
def test_a_code_is_a_country_only_as_the_standard_writes_it(code: str, *, expected: bool) -> None:
    assert is_country(code) is expected


@needs_shared("data", "countries", "iso_3166-1.json")
def test_the_current_countries_are_those_of_the_standard() -> None:
    listed = json.loads((SHARED / "data/countries/iso_3166-1.json").read_text("utf-8"))["3166-1"]
    assert {(one["alpha_3"], one["alpha_2"]) for one in listed} == {
        (one.code, one.alpha_2) for one in COUNTRIES.values()
    }


@needs_shared("data", "countries", "iso_3166-3.json")
def test_the_former_countries_are_those_of_the_standard() -> None:
    listed = json.loads((SHARED / "data/countries/iso_3166-3.json").read_text("utf-8"))["3166-3"]
    assert {one["alpha_3"]: int(one["withdrawal_date"][:4]) for one in listed if one["alpha_3"] not in COUNTRIES} == {
        one.code: one.until for one in FORMER.values()
    }


@needs_shared("data", "countries", "cldr_country_names_12_languages.csv")
def test_every_current_country_has_a_name_in_another_source_too() -> None:
    with (SHARED / "data/countries/cldr_country_names_12_languages.csv").open(encoding="utf-8") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    assert {one.alpha_2 for one in COUNTRIES.values()} <= cells or set(COUNTRIES) <= cells
