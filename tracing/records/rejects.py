"""The rejected rows, given back as the same list with one more column that says what to mend.

Rules
- Same columns, same order, same delimiter, so that a corrected file can be imported as it is.
- UTF-8 with a byte order mark, which spreadsheets need to show accents rightly.
- A cell that a spreadsheet would run as a formula gets an apostrophe before it (CSV injection): those that begin with
  ``=``, ``@``, tab or return, or with ``+`` or ``-`` and are no plain number or dash. Cells that already begin with an
  apostrophe before such a sign get one too, so that ``sheets.restored`` gives back every cell exactly.
- The file appears whole, under its name, when all is written; before that it has the ending ``.part``.
- It holds serials: only its owner may read it (mode 0600).

    with Rejects(path, sheet) as rejects:
        rejects.add(row)
    rejects.count
"""

import csv
import os
import re
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from tracing.records.importing import Row
from tracing.records.sheets import ESCAPED, MARK, Sheet

__all__ = ["Rejects", "neutral"]

RUNS = re.compile(r"[=@\t\r]|[+-](?![\d.,\s]*$)")


def neutral(value: str) -> str:
    """A cell that no spreadsheet takes for a formula; ``sheets.restored`` undoes it."""
    return f"'{value}" if RUNS.match(value) or ESCAPED.match(value) else value


def _part_of(path: Path) -> Path:
    return path.with_name(path.name + ".part")


class Rejects:
    """The file of rejected rows, made when the first one comes; without a ``path`` they are counted only."""

    def __init__(self, path: Path | None, sheet: Sheet) -> None:
        self.path = path
        self.count = 0
        self._sheet = sheet
        self._file: IO[str] | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._file is None or self.path is None:
            return
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
        if kind is None:
            _part_of(self.path).replace(self.path)
        else:
            _part_of(self.path).unlink()

    def add(self, row: Row) -> None:
        """Write one rejected row with its reasons."""
        self.count += 1
        if self.path is None:
            return
        reasons = "; ".join(f"row {problem.row}, {problem.field}: {problem.reason}" for problem in row.problems)
        cells = row.cells[: len(self._sheet.header) - 1] if self._sheet.is_our_rejects else row.cells
        self._write(self.path, [neutral(cell) for cell in (*cells, reasons)])

    def _write(self, path: Path, cells: list[str]) -> None:
        if self._file is None:
            descriptor = os.open(_part_of(path), os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            self._file = os.fdopen(descriptor, "w", encoding="utf-8-sig", newline="")
            header = self._sheet.header[:-1] if self._sheet.is_our_rejects else self._sheet.header
            self._write(path, [neutral(name) for name in (*header, MARK)])
        csv.writer(self._file, delimiter=self._sheet.delimiter, lineterminator="\r\n").writerow(cells)
