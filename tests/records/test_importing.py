"""Every row becomes a request body or a reject with row, field and reason."""

from datetime import date
from pathlib import Path

import pytest

from protocol.lifecycle import Kind
from protocol.messages import build
from tests.records.lists import HEADER, MAPPING, requests, row, written
from tracing.records.importing import Problem, Row, read_requests
from tracing.records.mapping import Mapping, MappingInvalid
from tracing.records.sheets import Sheet


def only(tmp_path: Path, **cells: str) -> Row:
    [found] = requests(written(tmp_path / "a.csv", [row(**cells)]))
    return found


def test_a_good_row_becomes_the_body_of_the_contract(tmp_path: Path) -> None:
    assert only(tmp_path).body == {
        "to": "at",
        "weapon": {
            "class": "small_arm",
            "type": "pistol_self_loading",
            "make": "Glock",
            "model": "17",
            "calibre": None,
            "country_of_manufacture": "AUT",
            "serial": {"text": "KXH411", "status": "original"},
            "markings": [],
        },
        "illicit": [{"ground": "domestic_law", "citation": "Firearms Act, s. 12"}],
        "found": {"mode": "seized", "date": "2021-06-11", "place": "Harbour", "circumstances": "search of premises"},
        "intended_use": ["criminal_investigation"],
        "confidentiality": "can_guarantee",
    }


def test_a_body_is_what_our_node_may_say(tmp_path: Path) -> None:
    body = only(tmp_path).body or {}
    said = {name: value for name, value in body.items() if name != "to"}
    assert build(Kind.TRACE_REQUEST, said).KIND is Kind.TRACE_REQUEST


@pytest.mark.parametrize(
    ("cells", "problem"),
    [
        (
            {"Kind": "Blunderbuss"},
            Problem(
                2,
                "weapon.type",
                "“Blunderbuss” stands in no line of the value map “types”; add it to [maps.types] or mend the cell",
            ),
        ),
        ({"Kind": "home-MADE"}, Problem(2, "weapon.type", "no maker to ask")),
        ({"Make": "Unknown", "Model": "", "Serial": "eliminado"}, Problem(2, "weapon", "nothing to find it by")),
        ({"Make": "", "Model": "", "Serial": "ACW????"}, Problem(2, "weapon", "nothing to find it by")),
        ({"Date": "2021-06-11"}, Problem(2, "found.date", "“2021-06-11” is no date in any of the forms %d/%m/%Y")),
    ],
)
def test_a_row_that_is_not_taken_says_which_field_and_why(
    tmp_path: Path, cells: dict[str, str], problem: Problem
) -> None:
    found = only(tmp_path, **cells)
    assert (found.body, found.problems) == (None, (problem,))


def test_what_the_iti_asks_for_is_asked_of_every_row(tmp_path: Path) -> None:
    [problem] = only(tmp_path, Kind="").problems
    assert (problem.field, "ITI 17(b)" in problem.reason) == ("weapon.type", True)


def test_a_find_after_today_is_refused(tmp_path: Path) -> None:
    with Sheet.open(written(tmp_path / "a.csv", [row()]), MAPPING) as sheet:
        [found] = read_requests(sheet, MAPPING, to="at", today=date(2020, 1, 1))
    assert found.problems[0].field == "found.date"


def test_the_standing_declaration_fills_what_the_list_does_not_say(tmp_path: Path) -> None:
    text = "[constants]\npriority = 'routine'"
    mapping = Mapping.parse(text + "\n[columns]\n'weapon.make' = 'Make'")
    with Sheet.open(written(tmp_path / "a.csv", [row()]), mapping) as sheet:
        [found] = read_requests(sheet, mapping, to="at", standing="can_guarantee")
    assert "confidentiality" not in {problem.field for problem in found.problems}


@pytest.mark.parametrize(
    ("cell", "status"),
    [("", "unknown"), ("eliminado", "obliterated"), ("não possui", "never_marked"), ("vide observação", "see_notes")],
)
def test_a_weapon_whose_serial_is_gone_is_asked_about_all_the_same(tmp_path: Path, cell: str, status: str) -> None:
    found = only(tmp_path, Serial=cell)
    assert found.body is not None
    assert (found.body["weapon"]["serial"]["text"], found.body["weapon"]["serial"]["status"]) == (None, status)


def test_what_an_officer_should_look_at_is_noted(tmp_path: Path) -> None:
    assert only(tmp_path, Serial="eliminado", Note="POLICE").notes == (
        "The serial field says “eliminado”.",
        "a service weapon?",
    )


def test_a_word_within_a_cell_may_decide(tmp_path: Path) -> None:
    body = only(tmp_path, Note="Handed in at the station").body or {}
    assert body["found"]["mode"] == "surrendered"


def test_where_one_column_says_nothing_the_next_is_asked(tmp_path: Path) -> None:
    countries = [
        (only(tmp_path, Country=c, Make=m).body or {})["weapon"]["country_of_manufacture"]
        for c, m in (("?", "GLOCK"), ("", "Steyr"))
    ]
    assert countries == ["AUT", None]


def test_a_word_left_out_of_a_map_on_purpose_is_noted(tmp_path: Path) -> None:
    assert "taken as unknown" in only(tmp_path, Country="", Make="Steyr").notes[0]


def test_a_model_that_became_a_date_is_unknown(tmp_path: Path) -> None:
    found = only(tmp_path, Model="2022-07-24 00:00:00")
    assert found.body is not None
    assert (found.body["weapon"]["model"], "spreadsheet" in found.notes[0]) == (None, True)


def test_a_cell_may_hold_several_values(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [(*row(), "no_court_use + no_statistics")], (*HEADER, "Limits"))
    assert (requests(path)[0].body or {})["restrictions"] == ["no_court_use", "no_statistics"]


def test_a_word_may_be_kept_as_it_stands(tmp_path: Path) -> None:
    mapping = Mapping.parse(
        "[columns]\n'weapon.make' = {column = 'Make', map = 'm', unmapped = 'keep'}\nnote = 'Note'\n[maps.m]\n"
    )
    found = requests(written(tmp_path / "a.csv", [row()]), mapping)[0]
    assert "weapon.make" not in {problem.field for problem in found.problems}


def test_our_own_list_is_read_without_naming_a_mapping(tmp_path: Path) -> None:
    header = (
        "type",
        "make",
        "model",
        "calibre",
        "country",
        "serial",
        "citation",
        "found",
        "date",
        "place",
        "circumstances",
    )
    cells = (
        "pistol",
        "Glock",
        "17",
        "9x19 mm",
        "AUT",
        "KXH411",
        "Firearms Act",
        "seized",
        "2021-06-11",
        "Harbour",
        "search",
    )
    mapping = Mapping.standard("requests")
    with Sheet.open(written(tmp_path / "a.csv", [cells], header), mapping) as sheet:
        [found] = read_requests(sheet, mapping, to="at", standing="can_guarantee")
    assert found.body is not None
    assert found.body["illicit"] == [{"ground": "domestic_law", "citation": "Firearms Act"}]


def test_a_row_keeps_its_identity_when_the_file_is_read_again(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(), row()])
    assert [each.digest for each in requests(path)] == [each.digest for each in requests(path)]


def test_two_equal_rows_of_a_file_are_two_rows(tmp_path: Path) -> None:
    one, other = requests(written(tmp_path / "a.csv", [row(), row()]))
    assert one.digest != other.digest


def test_the_same_row_in_another_file_is_another_row(tmp_path: Path) -> None:
    [one] = requests(written(tmp_path / "a.csv", [row()]))
    other = requests(written(tmp_path / "b.csv", [row(), row()]))[0]
    assert one.digest != other.digest


def test_a_mapping_for_records_is_not_used_for_requests(tmp_path: Path) -> None:
    mapping = Mapping.parse("kind = 'national_records'\n[columns]\nmake = 'Make'")
    with pytest.raises(MappingInvalid, match='kind = "requests"'):
        requests(written(tmp_path / "a.csv", [row()]), mapping)


def test_rows_come_one_at_a_time(tmp_path: Path) -> None:
    with Sheet.open(written(tmp_path / "a.csv", [row()] * 3), MAPPING) as sheet:
        assert next(read_requests(sheet, MAPPING, to="at")).number == 2
