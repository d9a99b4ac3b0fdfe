"""Many requests from one list: every row becomes a request body, or a reject that says what to mend.

Rules
- A row is taken when it holds what ITI 17 asks for and is understood; else it has its row, field and reason. Nothing in
  between: no row is dropped, and none is taken twice.
- A serial that is gone, unread or unknown is no reason to reject: it is taken as what it is, and flagged.
- The identity of a row is SHA-256 of the file's digest, the row's number and its cells (decision 34), so that importing
  the same file again does nothing twice, whatever became of the first run.
- Bodies are checked by the same code that builds what is signed (``protocol.messages.build``).

    with Sheet.open(path, mapping) as sheet:
        for row in read_requests(sheet, mapping, to="at", standing="can_guarantee", today=date(2026, 1, 2)):
            row.body or row.problems
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from protocol.lifecycle import Kind
from protocol.messages import Incomplete, build
from tracing.records.filling import Filled, fill, holds
from tracing.records.mapping import Mapping
from tracing.records.sheets import Cells, Sheet
from tracing.records.targets import REQUIRED

__all__ = ["Problem", "Row", "read_requests"]


@dataclass(frozen=True)
class Problem:
    """Why a row was not taken: the row, the member of the request, and what to do."""

    row: int
    field: str
    reason: str


@dataclass(frozen=True)
class Row:
    """One row: a ``body`` for ``POST /api/v1/requests``, or ``problems``. ``notes`` are for an officer to look at."""

    number: int
    digest: str
    body: dict[str, Any] | None
    problems: tuple[Problem, ...] = ()
    notes: tuple[str, ...] = ()
    cells: tuple[str, ...] = ()


def read_requests(
    sheet: Sheet, mapping: Mapping, *, to: str, standing: str | None = None, today: date | None = None
) -> Iterator[Row]:
    """Every row of the list, in its order. ``standing`` is the declaration of ITI 15 in our contact card."""
    mapping.expect("requests")
    asking = _Asking(to, standing, today)
    return (_row(row_digest(sheet, cells), mapping, cells, asking) for cells in sheet)


def row_digest(sheet: Sheet, cells: Cells) -> str:
    """The identity of a row, as hexadecimal text (decision 34)."""
    contents = "\x1f".join(cells.values)
    return hashlib.sha256(sheet.digest + f"\n{cells.number}\n{contents}".encode()).hexdigest()


@dataclass(frozen=True)
class _Asking:
    """What is the same for every row: whom we ask, our standing declaration, and the day."""

    to: str
    standing: str | None
    today: date | None


def _row(digest: str, mapping: Mapping, cells: Cells, asking: _Asking) -> Row:
    if cells.fault:
        return Row(cells.number, digest, None, (Problem(cells.number, "row", cells.fault),), (), cells.values)
    filled = fill(mapping, cells.by_name, cells.kinds)
    problems = _set_aside(mapping, cells, filled) or _faults(cells, filled)
    body = None if problems else _body(filled, asking.to)
    if body is not None:
        problems = _checked(cells, body, asking)
    notes = () if problems else _notes(mapping, cells, filled)
    return Row(cells.number, digest, None if problems else body, problems, notes, cells.values)


def _set_aside(mapping: Mapping, cells: Cells, filled: Filled) -> tuple[Problem, ...]:
    for aside in mapping.asides:
        if holds(aside.condition, cells.by_name, filled):
            return (Problem(cells.number, aside.member, aside.reason),)
    return ()


def _faults(cells: Cells, filled: Filled) -> tuple[Problem, ...]:
    return tuple(Problem(cells.number, fault.member, fault.reason) for fault in filled.faults)


def _body(filled: Filled, to: str) -> dict[str, Any]:
    """The request body of the contract: paths become nested members, what must be present and is unknown is null."""
    body: dict[str, Any] = {"to": to}
    for member, value in {**dict.fromkeys(REQUIRED), **filled.values}.items():
        part, _, name = member.rpartition(".")
        (body.setdefault(part, {}) if part else body)[name] = value
    if isinstance(body.get("illicit"), dict):
        body["illicit"] = [body["illicit"]]
    weapon = body["weapon"]
    if filled.serial is not None:
        weapon["serial"] = filled.serial.serial()
    weapon["markings"] = [*weapon.get("markings", ()), *(filled.serial.markings() if filled.serial else ())]
    return body


def _checked(cells: Cells, body: dict[str, Any], asking: _Asking) -> tuple[Problem, ...]:
    said = {name: value for name, value in body.items() if name != "to"}
    try:
        build(Kind.TRACE_REQUEST, said, standing=asking.standing, today=asking.today)
    except Incomplete as error:
        return tuple(
            Problem(cells.number, each.member, f"expected {each.expected}, got {each.got} ({each.source})")
            for each in error.problems
        )
    return ()


def _notes(mapping: Mapping, cells: Cells, filled: Filled) -> tuple[str, ...]:
    remarks = [remark.note for remark in mapping.remarks if holds(remark.condition, cells.by_name, filled)]
    return (*filled.notes, *(filled.serial.notes if filled.serial else ()), *remarks)
