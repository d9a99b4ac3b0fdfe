"""Fills the members of one row by the rules of a mapping. Pure: cells in, values and problems out.

Rules
- The first rule of a member that gives a value is taken; an empty cell, or a word the mapping calls unknown, gives
  none.
- A word that is missing in a value map, or a date in no known form, is a problem of the row, in words an officer can
  act on: nothing is guessed.
- What a spreadsheet has turned into a date is not a model; it is unknown, and flagged.

    fill(mapping, {"Tipo": "PISTOLA"}).values -> {"weapon.type": "pistol_self_loading"}
"""

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracing.records.mapping import Mapping
from tracing.records.rules import FIELD, Condition, Rule, fields, word
from tracing.records.serials import SerialReading, read_serial
from tracing.records.targets import DATES, LISTS, SERIALS

__all__ = ["Fault", "Filled", "fill", "holds"]

SPREADSHEET_DATE = re.compile(r"\d{4}-\d\d-\d\d[ T]00:00:00")
LONGEST_QUOTE = 60  # characters of a cell in a message: enough to recognise it


@dataclass(frozen=True)
class Fault:
    """Why a member could not be filled."""

    member: str
    reason: str


@dataclass
class Filled:
    """The members of one row. A member that is not in ``values``, or is ``None`` there, is not known."""

    values: dict[str, Any] = field(default_factory=dict)
    serial: SerialReading | None = None
    faults: list[Fault] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    kinds: Table[str, str] = field(default_factory=dict)

    def are_kept_as(self, kind: str, rule: Rule) -> list[str]:
        """Which of the cells a rule names a workbook keeps as a number, or as a date."""
        named = (name for template in rule.templates for name in fields(template))
        return [name for name in named if self.kinds.get(name) == kind]

    def knows(self, member: str) -> bool:
        """Whether there is anything in this member. A serial counts when it has a number on any part."""
        if member in SERIALS:
            return self.serial is not None and self.serial.is_identifying
        return self.values.get(member) not in (None, "", [], ())


def fill(mapping: Mapping, cells: Table[str, str], kinds: Table[str, str] | None = None) -> Filled:
    """Every member that the mapping names, from one row's cells; ``kinds`` tells a workbook's numbers and dates."""
    filled = Filled(values=dict(mapping.constants), kinds=kinds or {})
    for member, rules in mapping.rules.items():
        if member in SERIALS:
            filled.serial = read_serial(_first_text(rules, cells), mapping.owners)
            filled.notes += _eaten_zeros(filled, member, rules)
            continue
        value = _member(filled, member, rules, cells)
        if value is not None:
            filled.values[member] = value
    return filled


def _eaten_zeros(filled: Filled, member: str, rules: tuple[Rule, ...]) -> list[str]:
    """A word where a serial was kept as a number."""
    return [
        f"{member}: the spreadsheet keeps “{name}” as a number: leading zeros, and digits beyond the fifteenth, are "
        "lost; compare with the weapon."
        for rule in rules
        for name in filled.are_kept_as("number", rule)
    ]


def holds(condition: Condition, cells: Table[str, str], filled: Filled) -> bool:
    """Whether a condition of the mapping holds for this row."""
    if any(word(cells.get(column, "")) not in words for column, words in condition.when.items()):
        return False
    return not any(filled.knows(member) for member in condition.lacking)


def _first_text(rules: tuple[Rule, ...], cells: Table[str, str]) -> str:
    texts = (_text(rule, cells) for rule in rules)
    return next((text for text, rule in zip(texts, rules, strict=True) if text and word(text) not in rule.unknown), "")


def _member(filled: Filled, member: str, rules: tuple[Rule, ...], cells: Table[str, str]) -> Any:
    for rule in rules:
        value = _value(filled, member, rule, _text(rule, cells))
        if value is not None:
            return value
    return next((rule.default for rule in rules if rule.default is not None), None)


def _text(rule: Rule, cells: Table[str, str]) -> str:
    """The cells a rule names, in its words; a template whose columns are all empty is left out."""
    parts = [
        FIELD.sub(lambda found: cells.get(found[1], ""), template).strip()
        for template in rule.templates
        if any(cells.get(name, "").strip() for name in fields(template))
    ]
    return " ".join(rule.join.join(parts).split())


def _value(filled: Filled, member: str, rule: Rule, text: str) -> Any:
    if not text or word(text) in rule.unknown:
        return None
    if member in DATES:
        return _date(filled, member, rule, text)
    if member in LISTS or rule.split:
        parts = [part.strip() for part in text.split(rule.split or ";") if part.strip()]
        return [value for part in parts if (value := _word(filled, member, rule, part)) is not None] or None
    return _word(filled, member, rule, text)


def _word(filled: Filled, member: str, rule: Rule, text: str) -> str | None:
    """One value: by a part that it contains, by the value map, else as it stands."""
    plain_text = word(text)
    if rule.contains:
        return next((value for part, value in rule.contains if part in plain_text), None)
    if rule.words is not None:
        if plain_text in rule.words:
            return rule.words[plain_text] or None
        return _unmapped(filled, member, rule, text)
    if SPREADSHEET_DATE.fullmatch(text):
        filled.notes.append(f"{member}: a spreadsheet turned the entry into the date “{text}”; taken as unknown.")
        return None
    return text


def _unmapped(filled: Filled, member: str, rule: Rule, text: str) -> str | None:
    if rule.unmapped == "keep":
        return text
    reason = f"“{text[:LONGEST_QUOTE]}” stands in no line of the value map “{rule.map_name}”"
    if rule.unmapped == "unknown":
        filled.notes.append(f"{member}: {reason}; taken as unknown.")
    else:
        filled.faults.append(Fault(member, f"{reason}; add it to [maps.{rule.map_name}] or mend the cell"))
    return None


def _date(filled: Filled, member: str, rule: Rule, text: str) -> str | None:
    """An ISO date, by the first of the mapping's formats that fits; a bare year or month only where it is one."""
    if re.fullmatch(r"\d{4}(-\d\d)?", text) and member == "event_date":
        return text
    for form in Rule.formats if filled.are_kept_as("date", rule) else rule.formats:
        try:
            return datetime.strptime(text, form).date().isoformat()  # noqa: DTZ007 - a date of the work has no zone
        except ValueError:
            continue
    forms = ", ".join(rule.formats)
    filled.faults.append(Fault(member, f"“{text[:LONGEST_QUOTE]}” is no date in any of the forms {forms}"))
    return None
