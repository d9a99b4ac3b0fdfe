"""The parts of a mapping: how one member is filled, which rows are set aside, which are flagged. Values only.

``mapping.py`` reads them from a file, ``filling.py`` applies them to a row.
"""

import re
from collections.abc import Mapping as Table
from dataclasses import dataclass, field
from typing import Any

from tracing.records.words import plain

__all__ = ["FIELD", "Aside", "Condition", "Remark", "Rule", "fields", "word"]

FIELD = re.compile(r"\{([^{}]+)\}")


def word(text: str) -> str:
    """A cell or a word of the mapping as they are compared: without regard to case, accents and blanks."""
    return plain(text)


def fields(template: str) -> tuple[str, ...]:
    """The columns a template names. Not Python's format: a column may be called ``weapon.make`` or ``Type: code``."""
    return tuple(FIELD.findall(template))


@dataclass(frozen=True)
class Rule:
    """One way to fill a member. ``templates`` hold ``{Column}``; one whose columns are all empty is left out."""

    templates: tuple[str, ...]
    join: str = "; "
    words: Table[str, str] | None = None
    map_name: str = ""
    contains: tuple[tuple[str, str], ...] = ()
    unknown: frozenset[str] = frozenset()
    unmapped: str = "reject"
    default: Any = None
    formats: tuple[str, ...] = ("%Y-%m-%d", "%Y-%m-%d %H:%M:%S")
    split: str | None = None
    optional: bool = False

    @property
    def columns(self) -> frozenset[str]:
        """The columns it reads."""
        return frozenset(name for template in self.templates for name in fields(template))


@dataclass(frozen=True)
class Condition:
    """Holds when each named column has one of its words, and every member of ``lacking`` is unknown."""

    when: Table[str, frozenset[str]] = field(default_factory=dict)
    lacking: tuple[str, ...] = ()


@dataclass(frozen=True)
class Aside:
    """Rows that are not asked about, and why; ``member`` is what the reject names."""

    condition: Condition
    member: str
    reason: str


@dataclass(frozen=True)
class Remark:
    """Rows that are taken, with a note for the officer."""

    condition: Condition
    note: str
