"""A list as a file: text in whatever encoding and delimiter an office's spreadsheet wrote, or an Excel workbook.

Rules
- The encoding is the byte order mark's, else UTF-8 when the whole file is UTF-8, else Windows-1252.
- Delimiter and header row are found by the columns the mapping names: agencies put titles above their header.
- Rows are read one at a time; memory does not grow with the file. Row numbers are those of a spreadsheet: the first
  row of the file is 1.
- A row with more or fewer cells than the header is broken (a stray delimiter or line break) and is never guessed at.
- A workbook has its first worksheet read, and its cells as text. ``Cells.kinds`` tells numbers and dates: a
  spreadsheet drops the leading zeros of what it takes for a number.
- A file of our own rejected rows is read back as it was: what ``rejects.py`` neutralised is restored.

    with Sheet.open(path, mapping) as sheet:
        for cells in sheet: ...
"""

import codecs
import csv
import hashlib
import io
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import BinaryIO, Self

from tracing.records.extents import WorkbookInvalid
from tracing.records.mapping import Mapping
from tracing.records.rules import word
from tracing.records.workbooks import Workbook, is_packed, kind_of, read_workbook

__all__ = ["Cells", "Sheet", "SheetInvalid"]

DELIMITERS = ",;\t|"
MARK = "tracing: what to mend"  # the header of the error column that ``rejects.py`` adds
SEARCHED_ROWS = 25  # a header lower than this is no header
BLOCK = 1 << 20
LOOKED_AT = 4096  # bytes that tell whether a file is text at all
UNREADABLE = "\ufffd"
CONTROLS = bytes({*range(32)} - {*b"\t\n\r\f\x1a\x1b"})  # no list has more than stray ones
ESCAPED = re.compile(r"'+[=+\-@\t\r]")
MARKS_OF_ORDER = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
NOT_TEXT = (
    (b"\xd0\xcf\x11\xe0", "an old Excel workbook (.xls), or one with a password"),
    (b"%PDF", "a PDF"),
)


class SheetInvalid(Exception):
    """The file cannot be read as a list at all. The message says what to do."""


@dataclass(frozen=True)
class Cells:
    """One row: its number, its cells as they stand, and the same by the header's names. ``fault``: it is broken.

    ``kinds`` says by name which cells a workbook keeps as a number or a date.
    """

    number: int
    values: tuple[str, ...]
    by_name: dict[str, str]
    fault: str = ""
    kinds: dict[str, str] = field(default_factory=dict)


class Sheet:
    """An open list, read once. ``digest`` is the SHA-256 of its bytes, ``lines`` about how many rows there are."""

    def __init__(self, name: str, file: BinaryIO, mapping: Mapping) -> None:
        self.name = name
        self._file = file
        self._text: io.TextIOWrapper | None = None
        self.digest, self.lines, self.encoding = _survey(name, file, mapping.encoding)
        self._book = _workbook(name, file)
        if self._book is not None:
            self.lines, self.encoding = self._book.height, "utf-8"
        self.delimiter, self.header_row, self.header = self._find_header(mapping)
        self.is_our_rejects = bool(self.header) and self.header[-1] == MARK
        places = {column: self._place(column) for column in mapping.named_at}
        self._columns = {column: at for column, at in places.items() if at is not None}
        if lacking := [column for column, at in places.items() if at is None and column not in mapping.optional]:
            raise mapping.missing_columns(lacking, [name for name in self.header if name])

    @classmethod
    def open(cls, path: Path, mapping: Mapping) -> "Sheet":
        """Open a list and find its header; ``SheetInvalid``, or ``MappingInvalid`` when a named column is missing."""
        try:
            file = path.open("rb")
        except OSError as error:
            raise SheetInvalid(f"{path.name} cannot be read: {error.strerror}") from error
        try:
            return cls(path.name, file, mapping)
        except BaseException:
            file.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._file.close()

    def __iter__(self) -> Iterator[Cells]:
        """Every row below the header that is not blank."""
        rows = self._rows(self.delimiter)
        number = 0
        try:
            for number, values in enumerate(rows, 1):
                if number > self.header_row and any(value.strip() for value in values):
                    yield self._cells(number, values)
        except csv.Error as error:
            raise SheetInvalid(
                f"{self.name}, after row {number}: {error}; is a quotation mark opened there and never closed?"
            ) from error

    def _cells(self, number: int, values: list[str]) -> Cells:
        if self.is_our_rejects:
            values = [restored(value) for value in values]
        if len(values) != len(self.header):
            fault = f"{len(values)} cells where the header has {len(self.header)}: a delimiter or line break in a cell?"
            return Cells(number, tuple(values), {}, fault)
        if any(UNREADABLE in value for value in values):
            fault = f"the row has signs that are not {self.encoding}: name the encoding in [file] of the mapping"
            return Cells(number, tuple(values), {}, fault)
        by_name = {name: values[at].strip() for name, at in self._columns.items()}
        kinds = {name: kind for name, at in self._columns.items() if (kind := kind_of(values[at]))}
        return Cells(number, tuple(values), by_name, kinds=kinds)

    # ------------------------------------------------------------ what kind of file it is

    def _find_header(self, mapping: Mapping) -> tuple[str, int, tuple[str, ...]]:
        """The delimiter and row under which most of the mapping's columns are found."""
        wanted = {word(column) for column in mapping.columns}
        best: tuple[int, int, str, int, tuple[str, ...]] = (0, 0, ",", 1, ())
        for delimiter in DELIMITERS[:1] if self._book else mapping.delimiter or DELIMITERS:
            for number, values in self._head(delimiter, mapping.header_row):
                found = len(wanted & {word(value) for value in values})
                # Of equals the row with more cells, then the earlier one, so that a message can show a likely header.
                if (found, len(values)) > best[:2]:
                    best = (found, len(values), delimiter, number, tuple(value.strip() for value in values))
        return best[2:]

    def _head(self, delimiter: str, header_row: int | None) -> Iterable[tuple[int, list[str]]]:
        rows: list[tuple[int, list[str]]] = []
        with suppress(csv.Error):  # a header may stand above the break; who reads the rows is told of it
            rows.extend(islice(enumerate(self._rows(delimiter), 1), header_row or SEARCHED_ROWS))
        return rows[-1:] if header_row else rows

    def _place(self, column: str) -> int | None:
        if column in self.header:
            return self.header.index(column)
        for at, name in enumerate(self.header):
            if word(name) == word(column):
                return at
        return None

    def _rows(self, delimiter: str) -> Iterator[list[str]]:
        if self._book is not None:
            return self._book.rows()
        if self._text is not None:
            self._text.detach()
        self._file.seek(0)
        self._text = io.TextIOWrapper(self._file, self.encoding, errors="replace", newline="")
        return csv.reader(self._text, delimiter=delimiter)


def restored(value: str) -> str:
    """A cell as it was before ``rejects.neutral`` put an apostrophe before it."""
    return value[1:] if ESCAPED.match(value) else value


def _survey(name: str, file: BinaryIO, encoding: str | None) -> tuple[bytes, int, str]:
    """One pass over the bytes: their digest, how many lines, and in which encoding they are."""
    sha256, lines, utf_8 = hashlib.sha256(), 0, codecs.getincrementaldecoder("utf-8")()
    is_utf_8 = True
    first = b""
    while block := file.read(BLOCK):
        first = first or block[:LOOKED_AT]
        sha256.update(block)
        lines += block.count(b"\n")
        is_utf_8 = is_utf_8 and _decodes(utf_8, block, final=False)
    if not first:
        raise SheetInvalid(f"{name} is empty")
    if kind := next((kind for start, kind in NOT_TEXT if first.startswith(start)), None):
        raise SheetInvalid(f"{name} is {kind}; save it as CSV (UTF-8) and import that")
    if encoding is None and _is_no_text(first):
        raise SheetInvalid(f"{name} is neither text nor a workbook; save it as CSV (UTF-8) and import that")
    is_utf_8 = is_utf_8 and _decodes(utf_8, b"", final=True)
    found = next((each for mark, each in MARKS_OF_ORDER if first.startswith(mark)), "utf-8" if is_utf_8 else "cp1252")
    return sha256.digest(), lines, _checked(name, encoding) or found


def _is_no_text(first: bytes) -> bool:
    """Whether one byte in fifty acts on a machine instead of being read."""
    is_wide = any(first.startswith(mark) for mark, _ in MARKS_OF_ORDER[1:])
    controls = len(first) - len(first.translate(None, CONTROLS))
    return not (is_wide or is_packed(first)) and controls * 50 > len(first)


def _workbook(name: str, file: BinaryIO) -> Workbook | None:
    """The list as a workbook, None for one that is text."""
    file.seek(0)
    if not is_packed(file.read(4)):
        return None
    try:
        return read_workbook(file)
    except WorkbookInvalid as error:
        raise SheetInvalid(f"{name} {error}") from error


def _decodes(decoder: codecs.IncrementalDecoder, block: bytes, *, final: bool) -> bool:
    try:
        decoder.decode(block, final)
    except UnicodeDecodeError:
        return False
    return True


def _checked(name: str, encoding: str | None) -> str | None:
    try:
        return codecs.lookup(encoding).name if encoding else None
    except LookupError as error:
        raise SheetInvalid(f"{name}: the mapping names the encoding “{encoding}”, which does not exist") from error
