"""Excel workbooks: read like any list, flagged where a spreadsheet ate something, and refused when they are a trap."""

import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from xml.sax.saxutils import escape, quoteattr

import pytest

from tests.records.lists import HEADER, MAPPING, requests, row
from tracing.records import extents, workbooks
from tracing.records.rejects import Rejects
from tracing.records.sheets import Sheet, SheetInvalid

NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
RELATIONS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
OF_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
STYLES = (
    f'<styleSheet xmlns="{NAMESPACE}"><fonts count="1"><font/></fonts><cellXfs count="2"><xf numFmtId="0"/>'
    '<xf numFmtId="14" applyNumberFormat="1"/></cellXfs></styleSheet>'
)
Cell = str | int | float | tuple[str, int] | None


def cell(value: Cell) -> str:
    """A cell; a pair is a number with a style."""
    if value is None:
        return "<c/>"
    if isinstance(value, tuple):
        return f'<c s="{value[1]}"><v>{value[0]}</v></c>'
    if isinstance(value, str):
        return f'<c t="inlineStr"><is><t xml:space="preserve">{escape(value)}</t></is></c>'
    return f"<c><v>{value}</v></c>"


def worksheet(rows: list[tuple[Cell, ...]]) -> str:
    lines = "".join(f"<row>{''.join(map(cell, cells))}</row>" for cells in rows)
    return f'<worksheet xmlns="{NAMESPACE}"><sheetData>{lines}</sheetData></worksheet>'


def parts(sheet: str) -> dict[str, str]:
    """The parts of a workbook as every spreadsheet writes them."""
    sheet_type, book_type = (quoteattr(f"{RELATIONS}/{name}") for name in ("worksheet", "officeDocument"))
    return {
        "_rels/.rels": f'<Relationships xmlns="{OF_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type={book_type} Target="xl/workbook.xml"/></Relationships>',
        "[Content_Types].xml": f'<Types xmlns="{OF_PACKAGE}/content-types"/>',
        "xl/workbook.xml": f'<workbook xmlns="{NAMESPACE}" xmlns:r="{RELATIONS}"><sheets>'
        '<sheet name="List" sheetId="1" r:id="rId1"/></sheets></workbook>',
        "xl/_rels/workbook.xml.rels": f'<Relationships xmlns="{OF_PACKAGE}/relationships">'
        f'<Relationship Id="rId1" Type={sheet_type} Target="worksheets/sheet1.xml"/></Relationships>',
        "xl/styles.xml": STYLES,
        "xl/worksheets/sheet1.xml": sheet,
    }


def packed(path: Path, content: dict[str, str]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as file:
        for name, text in content.items():
            file.writestr(name, text)
    return path


def book(path: Path, *rows: tuple[Cell, ...], above: int = 0) -> Path:
    """A workbook with the header of the lists of these tests."""
    return packed(path, parts(worksheet([*[()] * above, HEADER, *rows])))


def test_a_workbook_is_read_like_the_same_list_as_text(tmp_path: Path) -> None:
    [only] = requests(book(tmp_path / "a.xlsx", row()))
    [same] = requests_of_text(tmp_path, row())
    assert (only.problems, only.body, only.cells) == ((), same.body, same.cells)


def requests_of_text(folder: Path, cells: tuple[str, ...]) -> list:  # type: ignore[type-arg]
    from_text = folder / "a.csv"
    from_text.write_text(",".join(HEADER) + "\n" + ",".join(cells) + "\n", "utf-8")
    return requests(from_text)


def test_rows_have_the_numbers_the_spreadsheet_shows(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", row(), ("",) * len(HEADER), row(), above=3)
    with Sheet.open(path, MAPPING) as sheet:
        assert ([cells.number for cells in sheet], sheet.header_row, sheet.lines >= 7) == ([5, 7], 4, True)


def test_a_serial_kept_as_a_number_is_flagged(tmp_path: Path) -> None:
    at = HEADER.index("Serial")
    cells: list[Cell] = list(row())
    cells[at] = 12345
    [only] = requests(book(tmp_path / "a.xlsx", tuple(cells)))
    assert only.body is not None
    assert only.body["weapon"]["serial"]["text"] == "12345"
    assert [note for note in only.notes if "leading zeros" in note and "Serial" in note]


def test_a_date_of_the_spreadsheet_is_a_date_whatever_form_the_mapping_names(tmp_path: Path) -> None:
    at = HEADER.index("Date")
    cells: list[Cell] = list(row())
    cells[at] = ("44358", 1)
    [only] = requests(book(tmp_path / "a.xlsx", tuple(cells)))
    assert only.body is not None
    assert only.body["found"]["date"] == "2021-06-11"


@pytest.mark.parametrize(
    ("value", "text"),
    [(1.5, "1.5"), (100000.0, "100000"), (1e300, "1e+300"), (True, "TRUE"), (False, "FALSE"), ("007", "007")],
)
def test_each_kind_of_cell_has_one_spelling(value: object, text: str) -> None:
    assert workbooks._text(value) == text


def test_what_is_no_number_at_all_is_still_text() -> None:
    assert workbooks._text(float("nan")) == "nan"


def test_rejected_rows_of_a_workbook_come_back_as_text(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", row(Country="Nowhere"))
    with Sheet.open(path, MAPPING) as sheet, Rejects(tmp_path / "a.rejects.csv", sheet) as rejected:
        for each in requests(path):
            rejected.add(each)
    with Sheet.open(tmp_path / "a.rejects.csv", MAPPING) as again:
        assert (rejected.count, again.is_our_rejects, again.header[:-1]) == (1, True, HEADER)


# ---------------------------------------------------------------- traps


def sheet_of(xml: str) -> dict[str, str]:
    return parts(f'<worksheet xmlns="{NAMESPACE}"><sheetData>{xml}</sheetData></worksheet>')


TRAPS: dict[str, tuple[dict[str, str], str]] = {
    "macros": (parts("") | {"xl/vbaProject.bin": "x"}, "macros"),
    "no workbook": ({"mimetype": "application/vnd.oasis.opendocument.spreadsheet"}, "is no Excel workbook"),
    "far cell": (sheet_of('<row><c r="A1"><v>1</v></c></row><row><c r="XFD1048576"><v>1</v></c></row>'), "far apart"),
    "far row": (sheet_of('<row r="99999999"><c><v>1</v></c></row>'), "far apart"),
    "row of no number": (sheet_of('<row r="9999999999"><c><v>1</v></c></row>'), "a row has no number"),
    "cell of no place": (sheet_of('<row r="1"><c r="1A"><v>1</v></c></row>'), "a cell has no place"),
    "entities": (parts('<!DOCTYPE a [<!ENTITY b "c">]><worksheet/>'), "entities"),
    "half": (parts("<worksheet><sheetData>"), "damaged"),
    "no sheet": ({name: text for name, text in parts("").items() if "sheet1" not in name}, "damaged"),
    "not xml": (parts("\x00\x01"), "damaged"),
}


@pytest.mark.parametrize("trap", TRAPS)
def test_a_trap_is_refused_with_a_sentence(tmp_path: Path, trap: str) -> None:
    content, says = TRAPS[trap]
    with pytest.raises(SheetInvalid, match=says):
        Sheet.open(packed(tmp_path / "a.xlsx", content), MAPPING)


@pytest.mark.parametrize("spoil", [lambda data: data[:-40], lambda data: data[:60] + b"\xff" * 40 + data[100:]])
def test_a_damaged_file_is_refused(tmp_path: Path, spoil: Callable[[bytes], bytes]) -> None:
    path = book(tmp_path / "a.xlsx", row())
    path.write_bytes(spoil(path.read_bytes()))
    with pytest.raises(SheetInvalid, match="damaged"):
        Sheet.open(path, MAPPING)


def test_a_bomb_is_refused_before_it_is_unpacked_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_BYTES", 1 << 20)
    path = packed(tmp_path / "a.xlsx", sheet_of(f"<row>{' ' * (8 << 20)}</row>"))
    assert path.stat().st_size < 100_000
    with pytest.raises(SheetInvalid, match="more than 1 MiB"):
        Sheet.open(path, MAPPING)


def test_a_file_that_lies_about_its_size_is_damaged(tmp_path: Path) -> None:
    path = book(tmp_path / "a.xlsx", row())
    data = bytearray(path.read_bytes())
    with zipfile.ZipFile(io.BytesIO(data)) as file:
        size = file.getinfo("xl/worksheets/sheet1.xml").file_size
    real, false = size.to_bytes(4, "little"), (10).to_bytes(4, "little")
    path.write_bytes(bytes(data).replace(real, false))
    with pytest.raises(SheetInvalid, match="damaged"):
        Sheet.open(path, MAPPING)


def test_one_long_text_shown_by_many_cells_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "MOST_TEXT", 100_000)
    shared = f'<sst xmlns="{NAMESPACE}"><si><t>{"x" * 30_000}</t></si></sst>'
    content = sheet_of("<row>" + '<c t="s"><v>0</v></c>' * 5 + "</row>") | {"xl/sharedStrings.xml": shared}
    with pytest.raises(SheetInvalid, match="more text"):
        Sheet.open(packed(tmp_path / "a.xlsx", content), MAPPING)


def test_more_shared_texts_than_cells_may_be_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(extents, "MOST_CELLS", 10)
    shared = f'<sst xmlns="{NAMESPACE}">{"<si><t>x</t></si>" * 11}</sst>'
    with pytest.raises(SheetInvalid, match="more text"):
        Sheet.open(packed(tmp_path / "a.xlsx", parts("") | {"xl/sharedStrings.xml": shared}), MAPPING)


def test_a_file_of_very_many_parts_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbooks, "MOST_PARTS", 3)
    with pytest.raises(SheetInvalid, match="expected at most 3"):
        Sheet.open(book(tmp_path / "a.xlsx", row()), MAPPING)


def test_shared_texts_are_read(tmp_path: Path) -> None:
    shared = f'<sst xmlns="{NAMESPACE}"><si><t>Glock</t></si></sst>'
    cells = "".join(
        '<c t="s"><v>0</v></c>' if name == "Make" else cell(value) for name, value in zip(HEADER, row(), strict=True)
    )
    header = "".join(map(cell, HEADER))
    path = packed(
        tmp_path / "a.xlsx", sheet_of(f"<row>{header}</row><row>{cells}</row>") | {"xl/sharedStrings.xml": shared}
    )
    [only] = requests(path)
    assert only.body is not None
    assert only.body["weapon"]["make"] == "Glock"
