"""A serial in words is never a serial."""

import csv

import pytest

from protocol.messages import words_in
from tests.shared import SHARED, needs_shared

SERIALS = [
    "ABC123", "A", "KOE", "ACW????", "E?59919", "?JX648??", "(?) 450156", "T6117-65 ?? ?????", "DD 86003", "STH 53182",
    "Acaut 085697", "1 - 1008", "2013/783932709-04", "238-3281", "X J1 X 46 X", "0123", "37327/PMERJ", "ЛМ 4821",
    "１２３４５", "АК-74 №1187", "٤٥٣٢١", "14 G 00267",
]  # fmt: skip

IN_WORDS = [
    "eliminado", "ELIMINADO.", "Não possui", "não possui.///", "vide campo Observação", "Removido por ação mecânica;",
    "suprimido por ação mecânica intencional", "Numeração suprimida", "I, A, cinco, zero, cinco, três, um.///",
    "obliterated", "defaced", "serial number removed", "illegible", "no serial", "unknown", "N/A", "none", "s/n", "-",
    "///", "???", "?", "borrado", "limado", "effacé", "illisible", "unleserlich", "nicht lesbar", "abrasa", "silinmiş",
    "стёрт", "спилен", "отсутствует", "нет", "відсутній", "ممسوح", "无", "磨损", "Remarcado para E853387",
    "Removido, aparente somente E?", "376848 (remarcado).", "18700 (na face inferior do cano)", "011712 (cabo)",
    "238-3281 na plaqueta da armação", "BDTG849 (armação) BBXG828 (cano e ferrolho revelados)", "A1 b c de fg hi jk",
    "ABCDEF",
]  # fmt: skip


@pytest.mark.parametrize("text", SERIALS)
def test_what_is_stamped_is_a_serial(text: str) -> None:
    assert words_in(text) is None


@pytest.mark.parametrize("text", IN_WORDS)
def test_what_says_why_there_is_none_is_no_serial(text: str) -> None:
    assert words_in(text) is not None


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("A1\n", "a control character"),
        ("A\x07B1", "a control character"),
        ("1" * 41, "41 characters, more than any serial has"),
        ("....", "no letter and no digit"),
        ("eliminado", "a word that says why there is no serial"),
        ("na", "a word that says why there is no serial"),
        ("pistola", "words, not a serial"),
        ("cabide 12 armario", "words, not a serial"),
        ("12 [armadura]", "a remark beside the serial"),
        ("BEA542; CXK331", "more than one serial; each other one is a mark of its own"),
    ],
)
def test_the_problem_is_named_without_repeating_the_text(text: str, why: str) -> None:
    assert words_in(text) == why


def test_forty_characters_are_not_yet_too_many() -> None:
    assert words_in("1" * 40) is None


@needs_shared("data", "seized_firearms", "seized_firearms_2017.csv")
@pytest.mark.parametrize("year", [2017, 2022])
def test_no_serial_of_real_records_without_digit_or_gap_is_longer_than_four_letters(year: int) -> None:
    with (SHARED / f"data/seized_firearms/seized_firearms_{year}.csv").open(encoding="utf-8") as file:
        serials = {row["Número de Série"].strip() for row in csv.DictReader(file)} - {""}
    taken = {text for text in serials if words_in(text) is None}
    bare = {text for text in taken if not any(mark.isdecimal() or mark == "?" for mark in text)}
    assert (bool(taken), [text for text in bare if len(text) > 9]) == (True, [])
