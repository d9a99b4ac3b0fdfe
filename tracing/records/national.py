"""The national records that answers come from: taken from lists in batches, found by serial or by words.

Rules
- A record is one event in the life of one weapon, in one register. The same event twice is one record, whichever file
  it came in: its identity is the SHA-256 of what it says, so that next month's export of a register adds what is new.
- A record without a readable serial cannot answer a request and is given back as a reject.
- Records are sought by the folded key and graded by what was written (``grades.py``); unread positions on either side
  make a partial match.

    with Sheet.open(path, mapping) as sheet:
        for batch in batches(read_records(sheet, mapping)):
            new = store.write_now(lambda tx: add(tx, batch))
    find(view, "ABC1234")
"""

import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields
from itertools import islice
from typing import Any

from sqlalchemy import Row as SqlRow
from sqlalchemy import Select, func, or_, select

from protocol.vocabulary.countries import UnknownCountry, country
from tracing.records.filling import Filled, fill, holds
from tracing.records.grades import Grade, bare, grade, match_key, words_key
from tracing.records.importing import Problem, Row
from tracing.records.makes import make_key
from tracing.records.mapping import Mapping
from tracing.records.sheets import Cells, Sheet
from tracing.store.inserting import insert
from tracing.store.unit import Tx, View
from tracing.tables import NationalRecord

__all__ = ["EVENTS", "Found", "Record", "Register", "add", "batches", "by_serial", "find", "read_records", "registers"]

EVENTS = (
    "manufactured",
    "imported",
    "exported",
    "transferred",
    "registered",
    "lost",
    "stolen",
    "destroyed",
    "deactivated",
    "state_stock",
)
BATCH = 500  # rows in one transaction: one fsync each, and other writers wait some milliseconds only
MOST_FOUND = 200  # more than an officer reads; a wider search asks for a narrower question
_TABLE = NationalRecord.__table__  # type: ignore[attr-defined]
# Another process may import the same list at the same moment: the constraint decides, nobody fails.
_ADD = insert(_TABLE).on_conflict_do_nothing(index_elements=["row_digest"])


@dataclass(frozen=True)
class Record:
    """One entry of a national register, as it was written there."""

    registry: str
    serial_text: str
    make: str
    model: str
    calibre: str
    event: str
    event_date: str
    state: str
    licence: str
    party: str
    source: str


@dataclass(frozen=True)
class Found:
    """A record that matches: how well, and on what (``serial``, ``make``, ``model``, ``party`` or ``licence``)."""

    record: Record
    grade: Grade
    matched: str = "serial"


@dataclass(frozen=True)
class Register:
    """One national register as far as this node has it: the years its records span, and how many they are."""

    name: str
    first: str
    last: str
    records: int
    complete: bool = False


# ---------------------------------------------------------------- in


def read_records(sheet: Sheet, mapping: Mapping) -> Iterator[Row]:
    """Every row of a list of records: ``Row.body`` holds the columns of the table, or ``problems`` say why not."""
    mapping.expect("national_records")
    return (_row(sheet, mapping, cells) for cells in sheet)


def batches(rows: Iterable[Row], size: int = BATCH) -> Iterator[tuple[Row, ...]]:
    """Rows in portions that fit one transaction."""
    source = iter(rows)
    while batch := tuple(islice(source, size)):
        yield batch


def add(tx: Tx, rows: Iterable[Row]) -> int:
    """Store the records of these rows that are not there yet; returns how many were new."""
    values = {row.digest: row.body for row in rows if row.body is not None}
    if not values:
        return 0
    known = set(tx.conn.scalars(select(_TABLE.c.row_digest).where(_TABLE.c.row_digest.in_(values))))
    new = [value for digest, value in values.items() if digest not in known]
    if new:
        tx.conn.execute(_ADD, new)
    return len(new)


def _row(sheet: Sheet, mapping: Mapping, cells: Cells) -> Row:
    if cells.fault:
        return Row(cells.number, "", None, (Problem(cells.number, "row", cells.fault),), (), cells.values)
    filled = fill(mapping, cells.by_name, cells.kinds)
    problems = tuple(Problem(cells.number, *fault) for fault in _faults(mapping, cells, filled))
    if problems:
        return Row(cells.number, "", None, problems, (), cells.values)
    said = _said(filled)
    digest = hashlib.sha256("\x1f".join(said.values()).encode()).hexdigest()
    keys = {"serial_key": match_key(said["serial_text"]), "make_key": make_key(said["make"])}
    body = {"row_digest": digest, **said, **keys, "source": f"{sheet.name}, row {cells.number}"}
    return Row(cells.number, digest, body, (), tuple(filled.notes), cells.values)


def _said(filled: Filled) -> dict[str, str]:
    text = filled.serial.text if filled.serial else None
    values = {name: str(filled.values.get(name) or "") for name in (field.name for field in fields(Record))}
    del values["source"]
    return values | {"serial_text": text or ""}


def _faults(mapping: Mapping, cells: Cells, filled: Filled) -> Iterator[tuple[str, str]]:
    for aside in mapping.asides:
        if holds(aside.condition, cells.by_name, filled):
            yield aside.member, aside.reason
            return
    yield from ((fault.member, fault.reason) for fault in filled.faults)
    if filled.serial is None or filled.serial.text is None:
        yield "serial", "there is no readable serial number to find the record by"
    if not filled.values.get("registry"):
        yield "registry", "the register that the row comes from must be named (a column, or a constant of the mapping)"
    event = filled.values.get("event")
    if event not in EVENTS and not any(fault.member == "event" for fault in filled.faults):
        yield "event", f"expected one of {', '.join(EVENTS)}; got “{event or ''}”"
    if state := filled.values.get("state"):
        yield from _state_faults(state)


def _state_faults(state: str) -> Iterator[tuple[str, str]]:
    try:
        country(state)
    except UnknownCountry as error:
        yield "state", f"“{state}”: {error}"


# ---------------------------------------------------------------- out


def registers(view: View) -> tuple[Register, ...]:
    """Every register this node holds records of, with the years they span. Whether one is complete only people know."""
    dated = func.nullif(_TABLE.c.event_date, "")
    query = select(_TABLE.c.registry, func.min(dated), func.max(dated), func.count()).group_by(_TABLE.c.registry)
    return tuple(
        Register(name, (first or "")[:4], (last or "")[:4], count)
        for name, first, last, count in view.conn.execute(query.order_by(_TABLE.c.registry))
    )


def by_serial(view: View, text: str, make: str = "", limit: int = MOST_FOUND) -> list[Found]:
    """Records whose serial agrees, best grade first. ``make`` narrows the look at records that are partly read."""
    key = match_key(text)
    if not key.replace("?", ""):
        return []
    rows = [row for query in _serial_queries(key, make_key(make), limit) for row in view.conn.execute(query)]
    found = {row.id: Found(_record(row), agrees) for row in rows if (agrees := grade(text, row.serial_text))}
    return sorted(found.values(), key=_rank)[:limit]


def find(view: View, text: str, limit: int = MOST_FOUND) -> list[Found]:
    """Records by serial, then by make, model, party or licence; words match exactly, or in part."""
    found = by_serial(view, text, limit=limit)
    words = words_key(text)
    if not words or len(found) >= limit:
        return found
    named = [_TABLE.c.make_key.contains(make_key(text), autoescape=True)]
    named += [_TABLE.c[name].icontains(text.strip(), autoescape=True) for name in ("model", "party", "licence")]
    query = select(_TABLE).where(or_(*named)).order_by(_TABLE.c.id).limit(limit)
    by_words = [_found_by_words(row, words) for row in view.conn.execute(query)]
    seen = {each.record for each in found}
    return [*found, *sorted((each for each in by_words if each.record not in seen), key=_rank)][:limit]


def _serial_queries(key: str, make: str, limit: int) -> Iterator[Select[Any]]:
    table = select(_TABLE).order_by(_TABLE.c.id).limit(limit)
    if "?" in key:
        yield table.where(_TABLE.c.serial_key.like(key.replace("?", "_")))
    else:
        yield table.where(_TABLE.c.serial_key == key)
    partly_read = table.where(_TABLE.c.serial_key.contains("?"), func.length(_TABLE.c.serial_key) == len(key))
    yield partly_read.where(_TABLE.c.make_key.in_([make, ""])) if make else partly_read


def _found_by_words(row: SqlRow[Any], words: str) -> Found:
    named = {"make": row.make, "model": row.model, "party": row.party, "licence": row.licence}
    exact = next((name for name, value in named.items() if words_key(value) == words), None)
    partly = next((name for name, value in named.items() if words in words_key(value)), "make")
    return Found(_record(row), Grade.EXACT if exact else Grade.PARTIAL, exact or partly)


def _record(row: SqlRow[Any]) -> Record:
    return Record(*(getattr(row, field.name) for field in fields(Record)))


def _rank(found: Found) -> tuple[int, str, str, str]:
    record = found.record
    return list(Grade).index(found.grade), bare(record.serial_text), record.event_date, record.registry
