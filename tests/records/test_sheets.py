"""A list is found in whatever form an office's spreadsheet wrote it, or refused with what to do."""

import random
from pathlib import Path

import pytest

from tests.records.lists import HEADER, MAPPING, requests, row, written
from tracing.records.mapping import Mapping, MappingInvalid
from tracing.records.sheets import Sheet, SheetInvalid


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_the_delimiter_is_found(tmp_path: Path, delimiter: str) -> None:
    with Sheet.open(written(tmp_path / "a.csv", [row()], delimiter=delimiter), MAPPING) as sheet:
        assert sheet.delimiter == delimiter


@pytest.mark.parametrize(
    ("encoding", "found"),
    [("utf-8", "utf-8"), ("utf-8-sig", "utf-8-sig"), ("utf-16", "utf-16"), ("cp1252", "cp1252")],
)
def test_the_encoding_is_found(tmp_path: Path, encoding: str, found: str) -> None:
    path = written(tmp_path / "a.csv", [row(Model="São 1")], encoding=encoding)
    with Sheet.open(path, MAPPING) as sheet:
        assert (sheet.encoding, next(iter(sheet)).by_name["Model"]) == (found, "São 1")


def test_the_header_is_found_below_a_title(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row()], above="Weapons of 2021\r\n\r\n")
    with Sheet.open(path, MAPPING) as sheet:
        assert [cells.number for cells in sheet] == [4]


def test_the_header_row_may_be_named(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row()], above="Make,Model\r\n")
    mapping = Mapping.parse(
        '[file]\nheader_row = 2\ndelimiter = ","\nencoding = "latin-1"\n[columns]\n"weapon.make" = "Make"'
    )
    with Sheet.open(path, mapping) as sheet:
        assert (sheet.header, sheet.encoding) == (HEADER, "iso8859-1")


def test_headers_are_known_whatever_their_case_and_accents(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row()], tuple(name.upper() + " " for name in HEADER))
    assert requests(path)[0].problems == ()


def test_a_column_that_is_missing_is_named_with_what_was_meant(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row()], ("Kind", "Makes", "Model", "Serial", "Country", "Date", "Note"))
    with pytest.raises(
        MappingInvalid, match=r'line 11, columns\."weapon\.make": .*no column “Make”; did you mean “Makes”\?'
    ):
        requests(path)


def test_a_column_that_resembles_none_is_told_with_all_there_are(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [("1", "2")], ("Q", "Z"))
    with pytest.raises(MappingInvalid, match=r"It has: Q, Z$"):
        requests(path)


def test_blank_rows_are_counted_and_left_out(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(), ("",) * 7, (), row()])
    assert [each.number for each in requests(path)] == [2, 5]


@pytest.mark.parametrize("cells", [(*row(), "more"), row()[:3]])
def test_a_row_of_another_length_than_the_header_is_broken(tmp_path: Path, cells: tuple[str, ...]) -> None:
    [only] = requests(written(tmp_path / "a.csv", [cells]))
    assert (only.body, only.problems[0].field, f"{len(cells)} cells" in only.problems[0].reason) == (None, "row", True)


def test_a_row_in_another_encoding_than_named_is_broken(tmp_path: Path) -> None:
    path = written(tmp_path / "a.csv", [row(Model="São")], encoding="cp1252")
    mapping = Mapping.parse('[file]\nencoding = "utf-8"\n[columns]\n"weapon.model" = "Model"')
    assert "signs that are not utf-8" in requests(path, mapping)[0].problems[0].reason


def test_an_encoding_that_does_not_exist_is_told(tmp_path: Path) -> None:
    mapping = Mapping.parse('[file]\nencoding = "utf-9"\n[columns]\n"weapon.model" = "Model"')
    with pytest.raises(SheetInvalid, match="utf-9"):
        Sheet.open(written(tmp_path / "a.csv", [row()]), mapping)


def test_a_quotation_mark_that_never_closes_is_told(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text(",".join(HEADER) + '\n"Pistol' + "," * 200_000, "utf-8")
    with pytest.raises(SheetInvalid, match="quotation mark"):
        requests(path)


@pytest.mark.parametrize(
    ("start", "says"),
    [(b"PK\x03\x04", "damaged"), (b"\xd0\xcf\x11\xe0", "save it as CSV"), (b"%PDF-1.7", "a PDF"), (b"", "is empty")],
)
def test_what_is_no_list_is_refused_with_what_to_do(tmp_path: Path, start: bytes, says: str) -> None:
    (tmp_path / "a.xlsx").write_bytes(start)
    with pytest.raises(SheetInvalid, match=says):
        Sheet.open(tmp_path / "a.xlsx", MAPPING)


def test_bytes_that_are_no_text_are_refused_whatever_they_are_called(tmp_path: Path) -> None:
    (tmp_path / "a.xlsx").write_bytes(random.Random(7).randbytes(300))
    with pytest.raises(SheetInvalid, match="neither text nor a workbook"):
        Sheet.open(tmp_path / "a.xlsx", MAPPING)


def test_every_column_that_is_lacking_is_named_in_the_order_of_the_mapping(tmp_path: Path) -> None:
    wanted = '[columns]\n"weapon.make" = "Make"\n"weapon.model" = "Model"\n"weapon.calibre" = "Calibre"'
    (tmp_path / "a.csv").write_text("Model,Other\n17,x\n", "utf-8")
    with pytest.raises(MappingInvalid, match=r"no column “Make”.* Nor has it: “Calibre”\. It has: “Model”, “Other”"):
        Sheet.open(tmp_path / "a.csv", Mapping.parse(wanted))


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(SheetInvalid, match="cannot be read"):
        Sheet.open(tmp_path / "none.csv", MAPPING)


def test_a_list_that_breaks_while_its_header_is_sought_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text('"' + "x" * 200_000, "utf-8")
    with pytest.raises(MappingInvalid, match="has no column"):
        Sheet.open(tmp_path / "a.csv", MAPPING)
