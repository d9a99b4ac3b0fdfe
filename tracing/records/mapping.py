"""The mapping file: how the columns of somebody's list become the members of a request, or of a national record.

Rules
- TOML. ``[constants]`` holds for every row; ``[columns]`` says where each other member comes from; ``[maps.NAME]``
  turns the words of the list into words of the vocabulary; ``[[aside]]`` sets rows aside with a reason; ``[[remark]]``
  flags them.
- A member is filled from a column, from a template of columns, or from a list of such rules: the first that gives
  something is taken. Nothing is guessed: a word missing in a value map makes the row a reject that says so.
- A slip in the file gives one message with its line, its key and what was probably meant; nothing was read by then.
- Words are compared without regard to case, accents and blanks.

    [columns]
    "weapon.type" = { column = "Tipo", map = "types" }
    "weapon.make" = { column = "Marca", unknown = ["INDETERMINADO"] }
    [maps.types]
    PISTOLA = "pistol_self_loading"

Every key is told in ``mappings/README.md``.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from tracing.records.rules import FIELD, Aside, Condition, Remark, Rule, fields, word
from tracing.records.targets import TARGETS

__all__ = ["Mapping", "MappingInvalid"]

MOST_NAMED = 30  # columns in one message
SHIPPED = Path(__file__).parent / "mappings"
SECTIONS = ("kind", "title", "file", "constants", "columns", "maps", "serial", "aside", "remark")
RULE_KEYS = (
    "column",
    "template",
    "join",
    "map",
    "contains",
    "unknown",
    "unmapped",
    "default",
    "formats",
    "split",
    "optional",
)
FILE_KEYS = {"encoding": str, "delimiter": str, "header_row": int}
OPTION_KINDS = {"join": str, "map": str, "unmapped": str, "split": str, "optional": bool, "contains": dict}
KIND_NAMES = {str: "a text", int: "a whole number", bool: "true or false", dict: "a table"}
QUOTE_KEYS = "; a key with blanks, dots or accents stands in quotation marks"
UNMAPPED = ("reject", "keep", "unknown")


class MappingInvalid(Exception):
    """The mapping file cannot be used as it is. The message names file, line and key, and what to do."""

    def __init__(self, name: str, line: int | None, key: str, reason: str) -> None:
        place = ", ".join(part for part in (name, f"line {line}" if line else "", key) if part)
        super().__init__(f"{place}: {reason}")
        self.line, self.key, self.reason = line, key, reason


@dataclass(frozen=True)
class Mapping:
    """A mapping file, read and checked. ``named_at`` leads from a column to the line and key that named it.

    ``optional`` columns may be missing in a list; they are then empty in every row.
    """

    name: str
    kind: str
    constants: Table[str, Any]
    rules: Table[str, tuple[Rule, ...]]
    asides: tuple[Aside, ...] = ()
    remarks: tuple[Remark, ...] = ()
    owners: frozenset[str] = frozenset()
    encoding: str | None = None
    delimiter: str | None = None
    header_row: int | None = None
    named_at: Table[str, tuple[int | None, str]] = field(default_factory=dict)
    optional: frozenset[str] = frozenset()

    @property
    def columns(self) -> frozenset[str]:
        """Every column of the list that the mapping names."""
        return frozenset(self.named_at)

    @classmethod
    def load(cls, path: Path) -> "Mapping":
        """Read a mapping file; ``MappingInvalid`` when it is missing or wrong."""
        try:
            return cls.parse(path.read_text("utf-8-sig"), path.name)
        except OSError as error:
            raise MappingInvalid(path.name, None, "", f"cannot be read: {error.strerror}") from error
        except UnicodeDecodeError as error:
            raise MappingInvalid(path.name, None, "", "is not UTF-8 text; save it as UTF-8") from error

    @classmethod
    def standard(cls, kind: str) -> "Mapping":
        """The mapping that is used when none is named: the columns of our own sample lists."""
        return cls.load(SHIPPED / f"{kind}.toml")

    @classmethod
    def parse(cls, text: str, name: str = "mapping") -> "Mapping":
        """Check a mapping file's text."""
        return _Reader(name, text).mapping()

    def expect(self, kind: str) -> None:
        """Raise ``MappingInvalid`` when this mapping is for another kind of list."""
        if self.kind != kind:
            reason = f'this mapping is for {self.kind}; a list of {kind} needs one with kind = "{kind}"'
            raise MappingInvalid(self.name, None, "kind", reason)

    def missing_columns(self, lacking: Sequence[str], present: Sequence[str]) -> MappingInvalid:
        """The message for columns that the mapping names and the list does not have; the place is that of the first."""
        line, key = self.named_at[lacking[0]]
        near = _near(lacking[0], present)
        hint = f"; did you mean “{near}”?" if near else "."
        more = f" Nor has it: {_some(lacking[1:])}." if lacking[1:] else ""
        reason = f"the list has no column “{lacking[0]}”{hint}{more} It has: {_some(present) or 'none'}"
        return MappingInvalid(self.name, line, key, reason)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(f"“{name[:60]}”" for name in names[:MOST_NAMED]) + more


def _near(given: str, known: Iterable[str]) -> str | None:
    by_word = {word(each): each for each in known}
    found = get_close_matches(word(given), list(by_word), n=1, cutoff=0.6)
    return by_word[found[0]] if found else None


class _Reader:
    """Reads one file. Its methods raise ``MappingInvalid`` with the place they are at."""

    def __init__(self, name: str, text: str) -> None:
        self.name, self.text = name, text
        self.named_at: dict[str, tuple[int | None, str]] = {}
        self.needed: set[str] = set()
        self.nth = 1  # which of several [[sections]] is being read

    def mapping(self) -> Mapping:
        file = self._toml()
        self._known(file, SECTIONS, "")
        kind = file.get("kind", "requests")
        if kind not in TARGETS:
            raise self._wrong("", "kind", f"must be one of {', '.join(TARGETS)}")
        self.members = TARGETS[kind]
        self.maps = {name: self._words(f"maps.{name}", table) for name, table in self._table(file, "maps").items()}
        constants, columns = self._table(file, "constants"), self._table(file, "columns")
        for member in constants:
            self._member("constants", member)
        rules = {member: tuple(self._rules(member, value)) for member, value in columns.items()}
        self._once((*constants, *columns))
        options = self._table(file, "file")
        self._known(options, FILE_KEYS, "file")
        self._kinds(options, FILE_KEYS, "file")
        asides, remarks = tuple(self._asides(file)), tuple(self._remarks(file))
        if not constants and not columns:
            raise self._wrong("", "columns", "this mapping names no column; see the README beside the shipped ones")
        return Mapping(
            self.name,
            kind,
            constants,
            rules,
            asides,
            remarks,
            frozenset(self._texts(self._table(file, "serial"), "owner_marks", "serial")),
            options.get("encoding"),
            options.get("delimiter"),
            options.get("header_row"),
            self.named_at,
            frozenset(self.named_at) - self.needed,
        )

    # ------------------------------------------------------------ members and rules

    def _rules(self, member: str, value: Any) -> Iterator[Rule]:
        self._member("columns", member)
        for each in value if isinstance(value, list) else [value]:
            yield self._rule(member, {"column": each} if isinstance(each, str) else each)

    def _rule(self, member: str, given: Any) -> Rule:
        if not isinstance(given, dict):
            raise self._wrong("columns", member, 'must be a column\'s name or a table such as { column = "Make" }')
        self._known(given, RULE_KEYS, "columns", member)
        if ("column" in given) == ("template" in given):
            raise self._wrong("columns", member, "needs either “column” or “template”")
        self._kinds(given, OPTION_KINDS, "columns", member)
        map_name = given.get("map", "")
        if map_name and map_name not in self.maps:
            near = _near(map_name, self.maps)
            hint = f"; did you mean [maps.{near}]?" if near else f"; add [maps.{map_name}]"
            raise self._wrong("columns", member, f"there is no value map “{map_name}”{hint}")
        if given.get("unmapped", "reject") not in UNMAPPED:
            raise self._wrong("columns", member, f"“unmapped” must be one of {', '.join(UNMAPPED)}")
        rule = Rule(
            self._templates(member, given),
            given.get("join", "; "),
            self.maps.get(map_name) if map_name else None,
            map_name,
            tuple((word(part), value) for part, value in given.get("contains", {}).items()),
            frozenset(map(word, self._texts(given, "unknown", "columns", member))),
            given.get("unmapped", "reject"),
            given.get("default"),
            tuple(self._texts(given, "formats", "columns", member)) or Rule.formats,
            given.get("split"),
            given.get("optional", False),
        )
        if not rule.optional:
            self.needed |= rule.columns
        for column in rule.columns:
            self.named_at.setdefault(column, (self._line("columns", member), f'columns."{member}"'))
        return rule

    def _templates(self, member: str, given: Table[str, Any]) -> tuple[str, ...]:
        if "column" in given:
            name = given["column"]
            if not isinstance(name, str) or not name or set(name) & {"{", "}"}:
                raise self._wrong("columns", member, "“column” must be the name of one column")
            return ("{" + name + "}",)
        templates = self._texts(given, "template", "columns", member)
        for template in templates:
            if not fields(template) or set(FIELD.sub("", template)) & {"{", "}"}:
                raise self._wrong("columns", member, f"the template “{template}” must name its columns as {{Column}}")
        return templates

    def _once(self, given: tuple[str, ...]) -> None:
        """No member is given twice, nor a whole and a part of it (``illicit`` and ``illicit.citation``)."""
        for at, member in enumerate(given):
            if any(member == other or member.startswith(f"{other}.") for other in (*given[:at], *given[at + 1 :])):
                raise self._wrong("columns", member, "is given twice, as a constant or by another key; give it once")

    def _member(self, section: str, member: str) -> None:
        if member not in self.members:
            near = _near(member, self.members)
            hint = f"; did you mean “{near}”?" if near else f"; known are: {', '.join(self.members)}"
            raise self._wrong(section, member, f"there is no such member{hint}")

    # ------------------------------------------------------------ rows set aside

    def _asides(self, file: Table[str, Any]) -> Iterator[Aside]:
        for given in self._tables(file, "aside"):
            self._known(given, ("when", "lacking", "member", "reason"), "aside")
            condition, reason = self._condition("aside", given), self._text("aside", given, "reason")
            member = given.get("member") or (condition.lacking or ("row",))[0]
            yield Aside(condition, member, reason)

    def _remarks(self, file: Table[str, Any]) -> Iterator[Remark]:
        for given in self._tables(file, "remark"):
            self._known(given, ("when", "lacking", "note"), "remark")
            yield Remark(self._condition("remark", given), self._text("remark", given, "note"))

    def _condition(self, section: str, given: Table[str, Any]) -> Condition:
        when, lacking = self._table(given, "when"), self._texts(given, "lacking", section)
        if not when and not lacking:
            raise self._wrong(section, "when", "needs “when” (columns and their words) or “lacking” (members)")
        for member in lacking:
            self._member(section, member)
        for column in when:
            self.needed.add(column)
            self.named_at.setdefault(column, (self._line(section, "when"), f"{section}.when"))
        return Condition({column: frozenset(map(word, self._texts(when, column, section))) for column in when}, lacking)

    # ------------------------------------------------------------ values

    def _toml(self) -> dict[str, Any]:
        try:
            return tomllib.loads(self.text)
        except RecursionError as error:
            raise MappingInvalid(self.name, 1, "", "is nested deeper than any mapping") from error
        except tomllib.TOMLDecodeError as error:
            found = re.search(r"line (\d+)", str(error))
            line = int(found[1]) if found else len(self.text.splitlines())
            reason = re.sub(r"\s*\(at .*\)$", "", str(error))
            hint = QUOTE_KEYS if "=" in reason else ""
            raise MappingInvalid(self.name, line, "", f"is not TOML: {reason}{hint}") from error

    def _words(self, section: str, table: Any) -> dict[str, str]:
        if not isinstance(table, dict) or not all(isinstance(value, str) for value in table.values()):
            raise self._wrong("maps", section.removeprefix("maps."), "must be a table of texts")
        return {word(key): value for key, value in table.items()}

    def _table(self, given: Table[str, Any], key: str) -> dict[str, Any]:
        value = given.get(key, {})
        if not isinstance(value, dict):
            raise self._wrong("", key, "must be a table")
        return value

    def _tables(self, given: Table[str, Any], key: str) -> Iterator[dict[str, Any]]:
        value = given.get(key, [])
        if not isinstance(value, list) or not all(isinstance(each, dict) for each in value):
            raise self._wrong("", key, f"must be written as [[{key}]], once for each kind of row")
        for self.nth, each in enumerate(value, 1):
            yield each
        self.nth = 1

    def _kinds(self, given: Table[str, Any], kinds: Table[str, type], section: str, place: str = "") -> None:
        for key, kind in kinds.items():
            if key in given and type(given[key]) is not kind:
                raise self._wrong(section, place or key, f"“{key}” must be {KIND_NAMES[kind]}")

    def _text(self, section: str, given: Table[str, Any], key: str) -> str:
        value = given.get(key)
        if not isinstance(value, str) or not value.strip():
            raise self._wrong(section, key, "must be a text that says why")
        return value

    def _texts(self, given: Table[str, Any], key: str, section: str, place: str = "") -> tuple[str, ...]:
        value = given.get(key, ())
        values = (value,) if isinstance(value, str) else value
        if not isinstance(values, list | tuple) or not all(isinstance(each, str) for each in values):
            raise self._wrong(section, place or key, f"“{key}” must be a text or a list of texts")
        return tuple(values)

    def _known(self, given: Table[str, Any], keys: Iterable[str], section: str, place: str = "") -> None:
        for key in given:
            if key not in keys:
                near = _near(key, keys)
                hint = f"; did you mean “{near}”?" if near else f"; known are: {', '.join(keys)}"
                raise self._wrong(section, place or key, f"unknown key “{key}”{hint}")

    def _wrong(self, section: str, key: str, reason: str) -> MappingInvalid:
        return MappingInvalid(self.name, self._line(section, key), f"{section}.{key}".strip("."), reason)

    def _line(self, section: str, key: str) -> int | None:
        """The line that sets a key, else that of its section, as far as plain reading tells; TOML keeps no places."""
        here, seen, at = "", 0, None
        for number, line in enumerate(self.text.splitlines(), 1):
            if heading := re.match(r"\s*\[+\s*([^\]]+?)\s*\]+\s*(#.*)?$", line):
                here = heading[1].replace('"', "")
                seen += here == section
                if here == f"{section}.{key}".strip("."):
                    return number
                at = number if here == section and seen == self.nth else at
            elif here == section and seen in {0, self.nth} and re.match(rf'\s*["\']?{re.escape(key)}["\']?\s*=', line):
                return number
        return at
