"""Forms as tables: what a person may fill in, how it becomes the JSON body of an act, and where each problem is shown.

Rules
- A field's name is the dotted member of the body it fills (``weapon.serial.text``, ``markings.0.kind``), so that a
  problem found deeper down (``Problem.member``) finds its field without a table in between.
- An empty field is left out, or null where the member must be present and may be unknown (``null=True``).
- Nothing is judged here: what a person typed goes on as typed, and comes back into the same field when it is refused.
- Rows left wholly empty vanish; the page shows one empty row more than is filled.

    read((Field("found.date", "Date", "date"),), posted) -> {"found": {"date": "2021-06-11"}}
"""

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from protocol.vocabulary import LISTS

__all__ = [
    "Field", "Form", "Part", "Posted", "Rows", "choice", "flatten", "member_name", "nearest", "pointer", "read",
    "row_indices", "ticks",
]  # fmt: skip

Posted = Mapping[str, Sequence[str]]
MOST_ROWS = 40  # of one list in one form


@dataclass(frozen=True, slots=True)
class Field:
    """One thing to fill in."""

    name: str
    label: str
    kind: str = "text"  # text code area select ticks tick truth date lines country elements files; heading: nothing
    hint: str = ""
    options: tuple[str, ...] = ()
    of: str = ""  # the list of words its options belong to
    names: Mapping[str, str] = field(default_factory=dict)  # words of options that belong to no list
    required: bool = False
    null: bool = False
    half: bool = False  # may share a line with the next
    fold: bool = False  # rarely filled in: closed until it is

    def value(self, given: Sequence[str]) -> Any:
        """The member's value: text, list, truth, or None when nothing was filled in."""
        texts = [text.replace("\r\n", "\n") for text in given]
        if self.kind in _VALUES:
            return _VALUES[self.kind](texts)
        text = texts[0] if texts else ""
        return text if text.strip() else None


def pointer(mid: str, element: str) -> str:
    """An element as one value of a form; ``_pointed`` leads back."""
    return f"{mid} {element}"


def _pointed(text: str) -> dict[str, str]:
    mid, _, element = text.partition(" ")
    return {"mid": mid, "element": element}


_VALUES: Mapping[str, Callable[[list[str]], Any]] = {
    "heading": lambda _texts: None,
    "ticks": lambda texts: texts or None,
    "files": lambda texts: texts or None,
    "tick": lambda texts: True if texts else None,
    "truth": lambda texts: {"yes": True, "no": False}.get(texts[0] if texts else ""),
    "elements": lambda texts: [_pointed(text) for text in texts] or None,
    "lines": lambda texts: [line.strip() for text in texts for line in text.splitlines() if line.strip()] or None,
}
"""What the values of a kind of field become where they are no single text."""


@dataclass(frozen=True, slots=True)
class Rows:
    """A list of alike things: ``fields`` are those of one, named without the list."""

    name: str
    label: str
    fields: tuple[Field, ...]
    hint: str = ""
    add: str = ""  # the words of the button that asks for one more
    empty: bool = False  # an empty list is said, not left out
    fold: bool = False  # rarely filled in: closed until it is

    def at(self, index: int) -> tuple[Field, ...]:
        """The fields of one row."""
        return tuple(replace(each, name=f"{self.name}.{index}.{each.name}") for each in self.fields)


Part = Field | Rows


def choice(name: str, label: str, of: str, hint: str = "", *, without: Sequence[str] = (), **more: Any) -> Field:
    """One word of a closed list, named as in ``protocol.vocabulary.LISTS``."""
    return Field(name, label, "select", hint, _words(of, without), of, **more)


def ticks(name: str, label: str, of: str, hint: str = "", *, without: Sequence[str] = (), **more: Any) -> Field:
    """Any words of a closed list."""
    return Field(name, label, "ticks", hint, _words(of, without), of, **more)


def _words(of: str, without: Sequence[str]) -> tuple[str, ...]:
    return tuple(word.value for word in LISTS[of] if word.value not in without)


@dataclass(frozen=True, slots=True)
class Form:
    """A form with what is in it: values by field name, problems by field name, and how many rows each list shows."""

    parts: tuple[Part, ...]
    values: Posted
    problems: Mapping[str, Sequence[Any]]
    more: str = ""  # the list that one more row was asked for

    def rows(self, part: Rows) -> list[tuple[Field, ...]]:
        """The filled rows of a list, one empty one when there are none, another when it was asked for."""
        filled = _filled_rows(part.name, self.values)
        count = min(MOST_ROWS, max(filled + (self.more == part.name), 1))
        return [part.at(index) for index in range(count)]

    def is_filled(self, part: Part) -> bool:
        """Whether a part holds anything, or something is wrong with it, or one more row of it was asked for."""
        prefix = f"{part.name}."
        names = [*(name for name, given in self.values.items() if any(given)), *self.problems, f"{self.more}."]
        return any(name == part.name or name.startswith(prefix) for name in names)

    def labels(self) -> dict[str, str]:
        """The label of every field this form shows, lists and their rows included, by name."""
        found: dict[str, str] = {}
        for part in self.parts:
            found[part.name] = part.label
            if isinstance(part, Rows):
                found |= {each.name: each.label for row in self.rows(part) for each in row}
        return found


def read(parts: Iterable[Part], posted: Posted) -> dict[str, Any]:
    """The body of the act: members nested as their names say."""
    body: dict[str, Any] = {}
    for part in parts:
        if isinstance(part, Rows):
            rows = _read_rows(part, posted)
            if rows or part.empty:
                _put(body, part.name, rows)
        else:
            value = part.value(posted.get(part.name, ()))
            if value is not None or part.null:
                _put(body, part.name, value)
    return body


def row_indices(part: Rows, posted: Posted) -> list[int]:
    """The indices of a list that came with the form, in order."""
    pattern = re.compile(rf"{re.escape(part.name)}\.(\d{{1,3}})\.")
    found = {int(match[1]) for name in posted if (match := pattern.match(name))}
    return sorted(found)[:MOST_ROWS]


def _read_rows(part: Rows, posted: Posted) -> list[dict[str, Any]]:
    rows = []
    for index in row_indices(part, posted):
        prefix = f"{part.name}.{index}."
        inside = {name.removeprefix(prefix): values for name, values in posted.items() if name.startswith(prefix)}
        row = read(part.fields, inside)
        if any(value is not None for value in row.values()):
            rows.append(row)
    return rows


def _put(body: dict[str, Any], name: str, value: Any) -> None:
    *path, last = name.split(".")
    for step in path:
        body = body.setdefault(step, {})
    body[last] = value


def flatten(body: Mapping[str, Any], prefix: str = "") -> dict[str, list[str]]:
    """A body as values of fields: the way back of ``read``."""
    flat: dict[str, list[str]] = {}
    for name, value in body.items():
        flat |= _flat(f"{prefix}{name}", value)
    return flat


def _flat(name: str, value: Any) -> dict[str, list[str]]:
    if isinstance(value, Mapping):
        return flatten(value, f"{name}.")
    if isinstance(value, list | tuple):
        if any(isinstance(item, Mapping) for item in value):
            return {key: got for at, item in enumerate(value) for key, got in _flat(f"{name}.{at}", item).items()}
        return {name: [str(item) for item in value]}
    if value is None or value is False:
        return {}
    return {name: ["yes" if value is True else str(value)]}


def member_name(member: str) -> str:
    """The name of the field a problem speaks of: ``markings[0].kind`` and ``markings.0.kind`` are the same."""
    return re.sub(r"\[(\d+)\]", r".\1", member).strip(".")


def nearest(member: str, names: Iterable[str]) -> str:
    """The field a problem belongs to: the member itself, or the innermost it stands in; "" where no field holds it."""
    known, path = set(names), member.split(".")
    inside = (".".join(path[:end]) for end in range(len(path), 0, -1))
    return next((name for name in inside if name in known), "")


def _filled_rows(name: str, values: Posted) -> int:
    pattern = re.compile(rf"{re.escape(name)}\.(\d{{1,3}})\.")
    return max((int(match[1]) + 1 for key in values if (match := pattern.match(key))), default=0)
