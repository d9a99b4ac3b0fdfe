"""Excel workbooks (.xlsx) as rows of text, within bounds, whatever whoever made the file had in mind.

Rules
- The first worksheet is the list. Nothing of a workbook is run: one with macros is refused.
- A workbook is a ZIP of XML, and a small one can say that it is huge. So its parts are unpacked here first, counted as
  they come and not as they say, looked through for where their cells are, and packed anew for the reader.
- A number is shown as it is kept: leading zeros are gone, and digits beyond the fifteenth. ``kind_of`` tells
  such cells, so that whoever reads a serial can flag it. A date is ISO text.

    book = read_workbook(path.open("rb"), "list.xlsx")
    for cells in book.rows(): ...
"""

import math
import re
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time
from typing import IO, Any, BinaryIO, Final
from xml.parsers import expat

from tracing.records.extents import Extent, Strings, WorkbookInvalid

__all__ = ["Workbook", "is_packed", "kind_of", "read_workbook"]

PACKED: Final = b"PK\x03\x04"
MOST_PARTS: Final = 2_000
MOST_BYTES: Final = 256 * 1024 * 1024  # unpacked: a million rows of a list
BLOCK: Final = 1 << 20
NEEDED: Final = re.compile(
    r"\[Content_Types\]\.xml|_rels/.*|xl/(workbook|sharedStrings|styles)\.xml|xl/_rels/.*|xl/worksheets/.*\.xml"
)
STRINGS: Final = "xl/sharedStrings.xml"
SHEETS: Final = re.compile(r"xl/worksheets/[^/]*\.xml")
DAMAGE = (zipfile.BadZipFile, zlib.error, expat.ExpatError, EOFError, NotImplementedError, RuntimeError)
WHOLE_DIGITS: Final = 1e15  # beyond it a number of a spreadsheet no longer has every digit


class Number(str):
    """The text of a cell that holds a number."""

    __slots__ = ()


class Day(str):
    """The text of a cell that holds a date: ISO, with its time."""

    __slots__ = ()


def kind_of(text: str) -> str | None:
    """``number`` or ``date`` for what a workbook keeps as one, else None."""
    return "number" if isinstance(text, Number) else "date" if isinstance(text, Day) else None


def is_packed(start: bytes) -> bool:
    """Whether a file that begins so may be a workbook."""
    return start.startswith(PACKED)


@dataclass(frozen=True)
class Workbook:
    """The first worksheet; every row as wide as the widest."""

    height: int
    _sheet: Any = field(repr=False)

    def rows(self) -> Iterator[list[str]]:
        """Every row from the first of the sheet on, the empty ones too."""
        for row in self._sheet.iter_rows():
            yield [_text(cell) for cell in row]


def read_workbook(file: BinaryIO) -> Workbook:
    """The first worksheet of a workbook. Raises WorkbookInvalid."""
    import python_calamine  # loads on use: few lists are workbooks

    with tempfile.NamedTemporaryFile(suffix=".xlsx") as packed:
        try:
            _repack(file, packed)
            book = python_calamine.CalamineWorkbook.from_path(packed.name)
            sheet = book.get_sheet_by_index(0)
        except (*DAMAGE, python_calamine.CalamineError) as error:
            raise WorkbookInvalid("is damaged or no Excel workbook; save it again, or as CSV (UTF-8)") from error
    last = sheet.end
    return Workbook(last[0] + 1 if last else 0, sheet)


# ---------------------------------------------------------------- bounds


def _repack(file: BinaryIO, to: IO[bytes]) -> None:
    """The parts the reader needs, unpacked within bounds and stored as they are."""
    with zipfile.ZipFile(file) as packed, zipfile.ZipFile(to, "w", zipfile.ZIP_STORED) as plain:
        parts = packed.infolist()
        _check_kind({part.filename for part in parts}, len(parts))
        needed = sorted((part for part in parts if NEEDED.fullmatch(part.filename)), key=_strings_first)
        left, strings = MOST_BYTES, Strings()
        for part in needed:
            left = _copy(packed, part, plain, left, _looker(part.filename, strings))
    to.flush()


def _strings_first(part: zipfile.ZipInfo) -> bool:
    return part.filename != STRINGS


def _looker(name: str, strings: Strings) -> Strings | Extent | None:
    """Who looks through a part while it is unpacked."""
    if name == STRINGS:
        return strings
    return Extent(strings.lengths) if SHEETS.fullmatch(name) else None


def _check_kind(names: set[str], count: int) -> None:
    if count > MOST_PARTS:
        raise WorkbookInvalid(f"has {count} parts; expected at most {MOST_PARTS}: save the list alone as CSV (UTF-8)")
    if any(name.lower().endswith("vbaproject.bin") for name in names):
        raise WorkbookInvalid("holds macros, which are not taken; save it as .xlsx or as CSV (UTF-8)")
    if "xl/workbook.xml" not in names or len(names) < count:
        raise WorkbookInvalid("is no Excel workbook (.xlsx); save the list as .xlsx or as CSV (UTF-8)")


def _copy(
    packed: zipfile.ZipFile, part: zipfile.ZipInfo, plain: zipfile.ZipFile, left: int, looker: Strings | Extent | None
) -> int:
    """Copy one part; what is left of the bytes that all may have together."""
    with packed.open(part) as source, plain.open(part.filename, "w") as target:
        while block := source.read(BLOCK):
            left -= len(block)
            if left < 0:
                raise WorkbookInvalid(f"holds more than {MOST_BYTES >> 20} MiB; split it, or save it as CSV (UTF-8)")
            target.write(block)
            if looker is not None:
                looker.feed(block)
    return left


# ---------------------------------------------------------------- cells


def _text(cell: Any) -> str:
    """What a cell holds as text, one spelling for each kind."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "TRUE" if cell else "FALSE"
    if isinstance(cell, int | float):
        is_whole = math.isfinite(cell) and abs(cell) < WHOLE_DIGITS and cell == int(cell)
        return Number(int(cell) if is_whole else cell)
    if isinstance(cell, date):
        return Day(cell if isinstance(cell, datetime) else datetime.combine(cell, time()))
    return str(cell)
