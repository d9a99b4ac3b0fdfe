"""Rejected rows come back as the same list, safe to open and ready to be mended."""

import csv
import stat
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.records.lists import HEADER, MAPPING, requests, row, written
from tracing.records.importing import read_requests
from tracing.records.rejects import Rejects, neutral
from tracing.records.sheets import MARK, Sheet, SheetInvalid, restored


def give_back(source: Path, target: Path) -> int:
    with Sheet.open(source, MAPPING) as sheet, Rejects(target, sheet) as rejects:
        for each in read_requests(sheet, MAPPING, to="at"):
            if each.problems:
                rejects.add(each)
    return rejects.count


def rows_of(path: Path, delimiter: str = ",") -> list[list[str]]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file, delimiter=delimiter))


def test_a_reject_comes_back_as_it_was_with_what_to_mend(tmp_path: Path) -> None:
    give_back(written(tmp_path / "a.csv", [row(), row(Kind="home-made")], delimiter=";"), tmp_path / "r.csv")
    assert rows_of(tmp_path / "r.csv", ";") == [
        [*HEADER, MARK],
        [*row(Kind="home-made"), "row 3, weapon.type: no maker to ask"],
    ]


def test_where_nothing_is_rejected_no_file_is_made(tmp_path: Path) -> None:
    give_back(written(tmp_path / "a.csv", [row()]), tmp_path / "r.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_mended_file_is_imported_as_it_is(tmp_path: Path) -> None:
    give_back(written(tmp_path / "a.csv", [row(Kind="Blunderbuss", Make="=cmd|x")]), tmp_path / "r.csv")
    text = (tmp_path / "r.csv").read_text("utf-8-sig")
    (tmp_path / "r.csv").write_text(text.replace("Blunderbuss", "Pistol", 1), "utf-8-sig")
    [found] = requests(tmp_path / "r.csv")
    assert (found.body or {})["weapon"]["make"] == "=cmd|x"


def test_rejects_of_rejects_have_one_column_of_reasons(tmp_path: Path) -> None:
    give_back(written(tmp_path / "a.csv", [row(Kind="home-made")]), tmp_path / "r.csv")
    give_back(tmp_path / "r.csv", tmp_path / "r2.csv")
    assert rows_of(tmp_path / "r2.csv") == [
        [*HEADER, MARK],
        [*row(Kind="home-made"), "row 2, weapon.type: no maker to ask"],
    ]


def test_only_its_owner_may_read_the_file(tmp_path: Path) -> None:
    give_back(written(tmp_path / "a.csv", [row(Kind="home-made")]), tmp_path / "r.csv")
    assert stat.S_IMODE((tmp_path / "r.csv").stat().st_mode) == 0o600


def test_an_import_that_fails_leaves_no_half_file(tmp_path: Path) -> None:
    broken = ",".join(row(Kind="home-made")) + '\r\n"' + "x" * 200_000
    source = written(tmp_path / "a.csv", [])
    source.write_text(source.read_text("utf-8") + broken, "utf-8")
    with pytest.raises(SheetInvalid):
        give_back(source, tmp_path / "r.csv")
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\tx", "\rx", "'=1"])
def test_what_a_spreadsheet_would_run_gets_an_apostrophe(cell: str) -> None:
    assert neutral(cell) == f"'{cell}"


@pytest.mark.parametrize("cell", ["", "-", "-5", "+49 30 1234", "KXH411", "9x19 mm", "'quoted'"])
def test_what_is_harmless_stays_as_it_is(cell: str) -> None:
    assert neutral(cell) == cell


@given(st.text(alphabet="'=+-@\t\rA1 ", max_size=6))
def test_every_cell_comes_back_exactly(cell: str) -> None:
    assert restored(neutral(cell)) == cell


@given(st.text(alphabet="'=+-@\t\rA1 ", max_size=6))
def test_no_cell_begins_with_a_sign_that_runs(cell: str) -> None:
    written_cell = neutral(cell)
    assert not written_cell.startswith(("=", "@", "\t", "\r"))
