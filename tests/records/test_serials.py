"""What a serial cell says, and no more. The serials are invented; their shapes are those that lists really have."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol.messages import Serial, words_in
from tracing.records.serials import Mark, read_serial

OWNERS = ("PMERJ", "PCERJ", "SSP-RJ")


@pytest.mark.parametrize(
    "cell",
    [
        "KXH48211",
        "13-109958",
        "C 00726",
        "DD 77704",
        "0J348882",
        "71226118832",
        "KOI31.500",
        "E 42601-05",
        "AO 00071",
        "B/152411",
    ],
)
def test_a_plain_serial_is_kept_as_it_was_written(cell: str) -> None:
    reading = read_serial(cell)
    assert (reading.text, reading.status, reading.others, reading.notes) == (cell, "original", (), ())


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("AJA04938,", "AJA04938"),
        ("B063559.////", "B063559"),
        ("T 6399 - 13 B 02699.", "T6399-13B02699"),
        ("[T6399-10 F 00499]", "T6399-10F00499"),
        ("nº 1293771", "1293771"),
        ('="01234"', "01234"),
        ("KMK 27999 D", "KMK27999D"),
        ("Acaut 102999", "Acaut 102999"),
    ],
)
def test_what_is_not_of_the_number_is_taken_off(cell: str, text: str) -> None:
    assert (read_serial(cell).text, read_serial(cell).status) == (text, "original")


@pytest.mark.parametrize(
    ("cell", "status"),
    [
        ("ELIMINADO", "obliterated"),
        ("elimindo", "obliterated"),
        ("Supromido", "obliterated"),
        ("suprimido por ação mecânica intencional", "obliterated"),
        ("Removido por ação mecânica abrasiva.////", "obliterated"),
        ("indeterminado (raspado)", "obliterated"),
        ("subtraído por abarsão", "obliterated"),
        ("Obliterado, com apenas o primeiro dígito identificado E.", "obliterated"),
        ("limado", "obliterated"),
        ("filed off", "obliterated"),
        ("effacé", "obliterated"),
        ("ausgeschliffen", "obliterated"),
        ("Não possui.///", "never_marked"),
        ("INEXISTENTE", "never_marked"),
        ("Desprovido de numeração", "never_marked"),
        ("sem nº de série", "never_marked"),
        ("no tiene", "never_marked"),
        ("never marked", "never_marked"),
        ("sans numéro", "never_marked"),
        ("ohne Seriennummer", "never_marked"),
        ("não aparente", "absent"),
        ("Ausente", "absent"),
        ("não aparente, sem vestígios de ter sido removido", "absent"),
        ("SEM MARCA DE ELIMINAÇÃO", "absent"),
        ("not found", "absent"),
        ("no visible", "absent"),
        ("introuvable", "absent"),
        ("nicht auffindbar", "absent"),
        ("Ilegível", "illegible_part"),
        ("Prejudicado, devido à oxidação severa", "illegible_part"),
        ("SUPRIMIDO POR OXIDAÇÃO", "illegible_part"),
        ("obliterado, pelo desgaste natural", "illegible_part"),
        ("worn, not legible", "illegible_part"),
        ("verrostet", "illegible_part"),
        ("illisible", "illegible_part"),
        ("borroso", "illegible_part"),
        ("não examinado", "not_looked_for"),
        ("not examined", "not_looked_for"),
        ("no revisado", "not_looked_for"),
        ("non examiné", "not_looked_for"),
        ("nicht untersucht", "not_looked_for"),
        ("vide campo Observação abaixo", "see_notes"),
        ("see remarks", "see_notes"),
        ("véase informe", "see_notes"),
        ("voir rapport", "see_notes"),
        ("siehe Bemerkung", "see_notes"),
        ("INDETERMINADO", "unknown"),
        ("não identificado", "unknown"),
        ("N/I", "unknown"),
        ("unknown", "unknown"),
        ("desconocido", "unknown"),
        ("inconnu", "unknown"),
        ("unbekannt", "unknown"),
        ("", "unknown"),
        ("-", "unknown"),
        ("Adulterado por ação abrasiva.", "altered"),
        ("REMARCADO", "re_stamped"),
    ],
)
def test_words_are_no_serial_and_each_absence_stays_what_it_is(cell: str, status: str) -> None:
    assert (read_serial(cell).text, read_serial(cell).status) == (None, status)


def test_one_thing_or_another_is_not_known() -> None:
    assert read_serial("Não possui ou foi eliminado").status == "unknown"


def test_a_number_spelt_out_in_words_is_left_to_a_person() -> None:
    reading = read_serial("J, B, cinco, zero, sete, três, um.///")
    assert (reading.text, reading.status, reading.notes) == (
        None,
        "see_notes",
        ("The serial field says “J, B, cinco, zero, sete, três, um”.",),
    )


@pytest.mark.parametrize(
    ("cell", "text"),
    [
        ("E?29632", "E?29632"),
        ("T6499-17 ?? ?1???", "T6499-17 ?? ?1???".replace(" ", "")),
        ("*****5", "?????5"),
        ("(?) 997799", "?997799"),
        ("(ILEGÍVEL)571799", "?571799"),
        ("B1(número ilegível)199(número ilegível)", "B1?199?"),
        ("SP*34**", "SP?34??"),
        ("DI89###", "DI89???"),
        ("* 10 G 00975", "?10G00975"),
        ("T1199-16E____", "T1199-16E????"),
        ("T1199-16E199 xx", "T1199-16E199??"),
        ("X J1 X 49 X", "?J1?49?"),
        ("AA09XX, XX são algarismos não identificados", "AA09??"),
        ("Parcial H?3399", "H?3399"),
        ("35299 ou 55299", "?5299"),
        ("ACW????", "ACW????"),
        ("parcialmente removido: T6499-17", "T6499-17"),
        ("2999 (números finais)", "2999"),
        ("aparenta ser 457999", "457999"),
        ("ILEGÍVEL - AJ (?) (?) 49 (?) (?)", "AJ??49??"),
        ("C51999 (eliminado por ação mecânica)", "C51999"),
    ],
)
def test_unread_positions_stay_and_the_reading_is_a_partial_one(cell: str, text: str) -> None:
    assert (read_serial(cell).text, read_serial(cell).status) == (text, "illegible_part")


def test_wildcards_alone_are_a_mark_that_nobody_could_read() -> None:
    reading = read_serial("*****")
    assert (reading.text, reading.status) == (None, "illegible_part")


@pytest.mark.parametrize("cell", ["0", "0000000", "XXXXXXXX", "KIX", "(1,2,7,2,8)", "A1" * 14])
def test_nonsense_is_not_taken_for_a_number(cell: str) -> None:
    reading = read_serial(cell)
    assert (reading.text, reading.status, bool(reading.notes)) == (None, "unknown", True)


@pytest.mark.parametrize(
    ("cell", "text", "status"),
    [("1.23E+05", None, "unknown"), ("2022-07-24 00:00:00", None, "unknown"), ("123.0", "123", "original")],
)
def test_what_a_spreadsheet_spoilt_is_flagged(cell: str, text: str | None, status: str) -> None:
    reading = read_serial(cell)
    assert (reading.text, reading.status, "spreadsheet" in reading.notes[0]) == (text, status, True)


@pytest.mark.parametrize(
    ("cell", "text", "status"),
    [
        ("Remarcado para E021499", "E021499", "re_stamped"),
        ("239699 (remarcado).", "239699", "re_stamped"),
        ("KLJ86999 (parcialmente remarcado)", "KLJ86999", "re_stamped"),
        ("SDW48999 (revelado)", "SDW48999", "restored"),
        ("A903299, revelado após exame metalográfico.", "A903299", "restored"),
        ("KOJ37699 (número estava raspado, sendo revelado com ácido)", "KOJ37699", "restored"),
        ("Adulterado para: 7499", "7499", "altered"),
    ],
)
def test_how_a_number_came_to_be_read_is_its_status(cell: str, text: str, status: str) -> None:
    assert (read_serial(cell).text, read_serial(cell).status) == (text, status)


def test_two_parts_with_two_numbers_are_kept_apart_and_the_frame_leads() -> None:
    reading = read_serial("BDTG999 (armação) BBXG909 (cano e ferrolho revelados)")
    assert (reading.text, reading.status, reading.component) == ("BDTG999", "original", "frame")
    assert reading.others == (Mark("BBXG909", "restored", "barrel"), Mark("BBXG909", "restored", "slide"))


def test_the_frame_leads_though_it_is_named_last() -> None:
    reading = read_serial("Ferrolho: AYP699 e Corpo: AYP679")
    assert (reading.text, reading.component, reading.others) == (
        "AYP679",
        "frame",
        (Mark("AYP699", "original", "slide"),),
    )


@pytest.mark.parametrize(
    "cell", ["322599 e AHE02?49", "01699 / F 35899", "WGS599, WGS598", "20599;712699", "AAB101 E AAB102"]
)
def test_of_two_numbers_without_a_place_none_is_chosen(cell: str) -> None:
    reading = read_serial(cell)
    assert (reading.text, reading.status, len(reading.others)) == (None, "see_notes", 2)


def test_a_mark_gone_from_the_frame_and_seen_on_the_grip_is_two_readings() -> None:
    reading = read_serial("1525999 (suprimido na armação e visível na empunhadura)")
    assert (reading.text, reading.status, reading.component) == ("1525999", "original", "grip")
    assert reading.others == (Mark(None, "obliterated", "frame"),)


def test_a_number_read_though_another_place_was_erased_keeps_both() -> None:
    reading = read_serial("T6399-2 AI 00099 (ferrolho) / suprimida (cano)")
    assert (reading.component, reading.others) == ("slide", (Mark(None, "obliterated", "barrel"),))


def test_where_the_words_say_a_mark_was_erased_is_kept() -> None:
    assert read_serial("rasurado por ação mecânica (na face direita da armação)").component == "frame"


@pytest.mark.parametrize(
    ("cell", "text", "owner"),
    [
        ("23899/PMERJ", "23899", "PMERJ"),
        ("PCERJ949799", "949799", "PCERJ"),
        ("SSP-RJ 5799", "5799", "SSP-RJ"),
        ("BLMP599/XYZ", "BLMP599", "XYZ"),
    ],
)
def test_the_mark_of_an_owner_is_split_off(cell: str, text: str, owner: str) -> None:
    reading = read_serial(cell, OWNERS)
    assert (reading.text, reading.owner_marks) == (text, (owner,))


def test_an_owner_mark_becomes_a_marking_of_state_property() -> None:
    assert read_serial("23899/PMERJ", OWNERS).markings() == [
        {"kind": "state_property", "text": "PMERJ", "status": "original"}
    ]


def test_other_numbers_become_markings_of_their_own() -> None:
    assert read_serial("194199 (armação); 194222 (cano)").markings() == [
        {"kind": "serial", "text": "194222", "status": "original", "component": "barrel"}
    ]


def test_figures_in_a_sentence_after_the_number_are_no_part_of_it() -> None:
    assert read_serial("132#899, onde # pode ser 3, 8 ou 9").text == "132?899"


def test_a_very_short_number_is_taken_and_flagged() -> None:
    reading = read_serial("69")
    assert (reading.text, "very short" in reading.notes[-1]) == ("69", True)


@pytest.mark.parametrize(
    "cell", ["KXH48211", "ELIMINADO", "*****", "ACW????", "Ilegível", "Remarcado", "322599 e AHE02?49"]
)
def test_what_goes_into_a_request_is_what_the_wire_takes(cell: str) -> None:
    serial = Serial.model_validate(read_serial(cell).serial())
    assert list(serial.conditions(None)) == []


def test_a_serial_identifies_only_when_a_digit_was_read() -> None:
    assert [read_serial(cell).is_identifying for cell in ("ACW????", "ACW1???", "322599 e 1?2", "")] == [
        False,
        True,
        True,
        False,
    ]


@given(st.text(max_size=60))
def test_whatever_stands_in_a_cell_the_reading_is_none_or_characters_of_it(cell: str) -> None:
    reading = read_serial(cell, OWNERS)
    assert reading.text is None or reading.text.strip("?- ")


@given(
    st.lists(
        st.sampled_from(
            [
                "eliminado",
                "removido",
                "por",
                "ação",
                "mecânica",
                "não",
                "possui",
                "(armação)",
                "vide",
                "illegible",
                "and",
                "worn",
            ]
        ),
        max_size=6,
    )
)
def test_no_sentence_of_words_becomes_a_serial(words: list[str]) -> None:
    assert read_serial(" ".join(words)).text is None


@given(st.from_regex(r"[A-WYZ]{0,3}[0-9]{4,8}", fullmatch=True))
def test_every_ordinary_number_is_read_whole(number: str) -> None:
    reading = read_serial(number)
    assert reading.text == number or set(number.strip("X")) <= {"0"} or words_in(number) is not None
