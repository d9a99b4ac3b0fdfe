"""How much a worksheet holds, found while it is unpacked and before its reader is let loose on it.

The reader keeps the whole rectangle that holds all cells, and a copy of a shared text for each cell that shows it; a
file of a few kilobytes can ask for more memory than there is. XML is looked through as it comes; nothing is kept of it
but the lengths of the shared texts.
"""

import re
from array import array
from typing import Final
from xml.parsers import expat

__all__ = ["Extent", "Strings", "WorkbookInvalid"]

MOST_CELLS: Final = 8_000_000  # of the rectangle, and of shared texts
MOST_TEXT: Final = 256 * 1024 * 1024  # characters that all cells show together
CELL: Final = re.compile(r"([A-Z]{1,3})([0-9]{1,7})")
PLACE: Final = re.compile(r"[0-9]{1,8}")


class WorkbookInvalid(Exception):
    """The workbook is not read. The message says why and what to do, and begins where the file's name ends."""


class _Looker:
    """Looks through one part."""

    def __init__(self) -> None:
        self._parser = expat.ParserCreate(namespace_separator=" ")
        self._parser.buffer_text = True
        self._parser.StartElementHandler = self.begin
        self._parser.EndElementHandler = self.end
        self._parser.CharacterDataHandler = self.text
        self._parser.StartDoctypeDeclHandler = _refuse_doctype

    def feed(self, block: bytes) -> None:
        """Look through more of it. Raises WorkbookInvalid, ExpatError."""
        self._parser.Parse(block, False)

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        """An element begins; names come with their namespace before a blank."""
        raise NotImplementedError

    def end(self, name: str) -> None:
        """An element ends."""
        raise NotImplementedError

    def text(self, data: str) -> None:
        """Text within an element."""
        raise NotImplementedError


class Strings(_Looker):
    """The lengths of the shared texts, in their order."""

    def __init__(self) -> None:
        super().__init__()
        self.lengths: array[int] = array("L")

    def begin(self, name: str, attributes: dict[str, str]) -> None:  # noqa: ARG002 - the parser's signature
        if name.endswith(" si"):
            if len(self.lengths) >= MOST_CELLS:
                raise _too_much()
            self.lengths.append(0)

    def end(self, name: str) -> None:
        """Nothing ends that was counted."""

    def text(self, data: str) -> None:
        if self.lengths:
            self.lengths[-1] += len(data)


class Extent(_Looker):
    """Where the cells of a worksheet are, and how much text they show."""

    def __init__(self, lengths: "array[int]") -> None:
        super().__init__()
        self._lengths = lengths
        self._rows = self._columns = self._row = self._column = self._shown = 0
        self._shares = self._is_value = False

    def begin(self, name: str, attributes: dict[str, str]) -> None:
        tag = name.rpartition(" ")[2]
        if tag == "row":
            self._row, self._column = _number(attributes.get("r") or str(self._row + 1)), 0
        elif tag == "c":
            self._shares = attributes.get("t") == "s"
            self._place(attributes.get("r", ""))
        self._is_value = tag == "v"

    def end(self, name: str) -> None:  # noqa: ARG002 - the parser's signature
        self._is_value = False

    def text(self, data: str) -> None:
        if self._is_value and self._shares and PLACE.fullmatch(data) and int(data) < len(self._lengths):
            self._shown += self._lengths[int(data)]
        if self._shown > MOST_TEXT:
            raise _too_much()

    def _place(self, name: str) -> None:
        """Where a cell says it is, else beside the one before."""
        found = CELL.fullmatch(name)
        if found is not None:
            self._column, self._row = _number_of(found[1]), int(found[2])
        elif name:
            raise WorkbookInvalid("is damaged: a cell has no place; save it again, or as CSV (UTF-8)")
        else:
            self._column += 1
        self._rows, self._columns = max(self._rows, self._row), max(self._columns, self._column)
        if self._rows * self._columns > MOST_CELLS:
            raise WorkbookInvalid(
                f"has cells too far apart: expected a rectangle of at most {MOST_CELLS:,}; save it as CSV (UTF-8)"
            )


def _number(text: str) -> int:
    if not PLACE.fullmatch(text):
        raise WorkbookInvalid("is damaged: a row has no number; save it again, or as CSV (UTF-8)")
    return int(text)


def _number_of(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - ord("A") + 1
    return number


def _too_much() -> WorkbookInvalid:
    return WorkbookInvalid("shows more text than a list can; split it, or save it as CSV (UTF-8)")


def _refuse_doctype(*_: object) -> None:
    raise WorkbookInvalid("declares entities, which no spreadsheet does; save it as CSV (UTF-8)")
