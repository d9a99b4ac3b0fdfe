"""Calibres: their notations are read, their other names are a hint, and what is stamped stays what it is."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, Incomplete, build, parse
from protocol.vocabulary import CALIBRES, Calibre, CalibreForm
from protocol.vocabulary.calibres import MAX_CALIBRE_CHARS, alike
from tests.domain.bodies import changed


@pytest.mark.parametrize(
    ("text", "form"),
    [
        ("7.62x39 mm", CalibreForm("7.62", "39", "rimless")),
        ("7.62x54R", CalibreForm("7.62", "54", "rimmed")),
        ("7,62 × 54 mm R", CalibreForm("7.62", "54", "rimmed")),
        ("7.65x17SR Browning", CalibreForm("7.65", "17", "semi_rimmed")),
        ("9.30x64B", CalibreForm("9.3", "64", "belted")),
        ("09x19", CalibreForm("9", "19", "rimless")),
        (".45 ACP", CalibreForm(inch="0.45")),
        ("0.223 Rem", CalibreForm(inch="0.223")),
        ("12/70", CalibreForm(case_mm="70", gauge="12")),
        ("40 mm", CalibreForm(bore_mm="40")),
        ("0 mm", CalibreForm(bore_mm="0")),
        ("9 mm Luger", None),
        ("nine", None),
        ("", None),
        ("9x19 " + "x" * MAX_CALIBRE_CHARS, None),
    ],
)
def test_a_notation_is_read_into_its_normal_form(text: str, form: CalibreForm | None) -> None:
    assert CalibreForm.read(text) == form


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("9 mm Luger", ["9x19"]),
        ("9MM PARABELLUM", ["9x19"]),
        ("9x19mm", ["9x19"]),
        (".380 ACP", ["9x17"]),
        ("380 auto", ["9x17"]),
        ("9 mm Kurz", ["9x17"]),
        ("Makarov", []),
        ("9x18 Makarov", ["9x18"]),
        (".32 ACP", ["7.65x17SR"]),
        ("7.65x17", ["7.65x17SR"]),
        (".25 ACP", ["6.35x16SR"]),
        (".223 Rem", ["5.56x45"]),
        (".308 Win", ["7.62x51"]),
        (".30-06", ["7.62x63"]),
        (".50 BMG", ["12.7x99"]),
        ("12.7x108", ["12.7x108"]),
        ("7.62 mm Tokarev", ["7.62x25"]),
        ("76.2x54R", []),
    ],
)
def test_another_name_of_a_cartridge_is_a_hint_to_it(text: str, names: list[str]) -> None:
    assert [one.name for one in alike(text)] == names


def test_no_two_cartridges_share_a_name() -> None:
    names = [name for one in CALIBRES for name in (one.name, *one.aliases)]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("one", CALIBRES, ids=lambda one: str(one.name))
def test_each_cartridge_is_found_by_its_own_name_and_others(one: Calibre) -> None:
    assert all(one in alike(name) for name in (one.name, *one.aliases, *one.near))


@given(st.text(max_size=80))
def test_any_text_is_read_or_not_and_never_fails(text: str) -> None:
    assert isinstance(CalibreForm.read(text), CalibreForm | None)
    assert isinstance(alike(text), tuple)


def test_the_text_as_marked_stands_beside_its_normal_form() -> None:
    normal = {"value": "9x19", "confidence": "certain", "source": "notation"}
    said = build(Kind.TRACE_REQUEST, changed(Kind.TRACE_REQUEST, "weapon.calibre_normal", normal))
    weapon = said.to_body()["weapon"]
    assert (weapon["calibre"], weapon["calibre_normal"]) == ("9x19 mm", normal)


def test_not_known_and_not_applicable_are_two_things() -> None:
    unknown = changed(Kind.TRACE_REQUEST, "weapon.model", None)
    inapplicable = changed(Kind.TRACE_REQUEST, "weapon.model", None)
    inapplicable["weapon"]["not_applicable"] = ["model"]
    first, second = (build(Kind.TRACE_REQUEST, whole).to_body()["weapon"] for whole in (unknown, inapplicable))
    assert (first["model"], second["model"], first != second) == (None, None, True)


def test_what_is_said_not_to_apply_has_no_value() -> None:
    with pytest.raises(Incomplete, match=r"weapon\.model: expected nothing, because it is said not to apply"):
        build(Kind.TRACE_REQUEST, changed(Kind.TRACE_REQUEST, "weapon.not_applicable", ["model"]))


def test_a_contradiction_that_arrives_is_asked_about() -> None:
    whole = changed(Kind.TRACE_REQUEST, "weapon.not_applicable", ["calibre"])
    lacks = parse(BY_KIND[Kind.TRACE_REQUEST].TYPE, whole).lacks()
    assert [(lack.member, lack.paragraph) for lack in lacks] == [("weapon.calibre", "ITI 17(b)")]
