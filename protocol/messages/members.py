"""The kinds of members a message is made of: what every arrival must obey, and what our own messages must obey beside.

Rules
- The types (``Line``, ``Text``, ``Code``, ...) hold for all that arrives: the JSON type, a bound on the size, no NUL
  and no half of a surrogate pair. Foreign scripts, bidirectional marks and blanks are kept exactly as they came.
- The rules (``OneOf``, ``Day``, ...) hold for what we say ourselves: a word outside a closed list that arrives is a
  newer version's and is shown as not understood.
- ``Needed`` names a content that an instrument asks for, and the question to put when it is missing.
- What rules and needs say of a member is published with its schema (``told``); they decide nothing there.

Example
    calibre: Annotated[Line | None, Needed(Source.ITI_17B, "Which calibre is it?", null=True)] = None
"""

import re
from abc import ABC, abstractmethod
from dataclasses import dataclass
from datetime import date
from functools import cache
from typing import Annotated, Any, Protocol, TypeAlias
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field, GetJsonSchemaHandler, Strict
from pydantic_core import CoreSchema

from protocol.vocabulary.countries import COUNTRIES, hint, is_country
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = [
    "Code",
    "Day",
    "Flag",
    "IsCountry",
    "IsLanguage",
    "IsZone",
    "Line",
    "Listed",
    "Needed",
    "OneOf",
    "Proof",
    "Rule",
    "Spelt",
    "Text",
    "Today",
    "Whole",
]


_NO_NUL = r"^[^\x00]*$"  # half of a surrogate pair is refused by pydantic itself, because each type is bounded

Code = Annotated[str, Strict(), Field(max_length=64, pattern=_NO_NUL)]
"""A word of a list, a country, a date, a language: the longest of ours has 42 characters."""
Line = Annotated[str, Strict(), Field(max_length=500, pattern=_NO_NUL)]
"""A name, a number, a reference: longer than any register prints."""
Text = Annotated[str, Strict(), Field(max_length=20_000, pattern=_NO_NUL)]
"""Free text: some eight pages, so that a whole message still fits one envelope."""
Proof = Annotated[str, Strict(), Field(max_length=400_000, pattern=_NO_NUL)]
"""A signed statement of somebody else, or one disclosure of it, as it travels: a statement has some 12,000."""
Flag = Annotated[bool, Strict()]
Whole = Annotated[int, Strict(), Field(ge=0, le=1_000_000)]

Listed = BeforeValidator(lambda items: () if items is None else items)
"""On a list: null says the same as nothing."""


class Told(ABC):
    """What a published schema says of a member beside its shape, under names that begin with ``x-``."""

    __slots__ = ()

    @abstractmethod
    def told(self) -> dict[str, Any]: ...

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> dict[str, Any]:
        return handler(schema) | self.told()


@dataclass(frozen=True, slots=True)
class Needed(Told):
    """A content that must be there; with ``null`` it may say "not known", but must say it."""

    source: Source
    question: str
    null: bool = False

    def told(self) -> dict[str, Any]:
        return {"x-needed": {"source": self.source.value, "question": self.question, "null": self.null}}


Today: TypeAlias = date | None
"""The day our own words are judged on, or None where dates are not compared (members are called ``date``)."""


class Rule(Protocol):
    """What a text of our own must be; ``fault`` gives what was expected and what came, or None."""

    def fault(self, text: str, today: Today) -> tuple[str, str] | None: ...


@dataclass(frozen=True, slots=True)
class OneOf(Told):
    """A word of a closed list."""

    words: type[Word]

    def told(self) -> dict[str, Any]:
        return {"x-words": {word.value: word.source.value for word in self.words}}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        del today
        known = _values(self.words)
        return None if text in known else (f"one of {', '.join(known)}", _quoted(text))


@cache
def _values(words: type[Word]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


@dataclass(frozen=True, slots=True)
class IsCountry(Told):
    """ISO 3166-1 alpha-3; a former State too, unless somebody there must still be able to answer."""

    former: bool = True

    def told(self) -> dict[str, Any]:
        return {"x-form": "ISO 3166-1 alpha-3" + (", or a former State of ISO 3166-3" if self.former else "")}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        del today
        if text in COUNTRIES or (self.former and is_country(text)):
            return None
        meant = hint(text)
        what = "a country of ISO 3166-1 alpha-3" + ("" if self.former else " that exists today")
        return (f"{what}, perhaps {meant}" if meant and meant != text else what, _quoted(text))


_FULL_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_PART_DAY = re.compile(r"[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?")


_YEARS = range(1000, 3000)  # outside it is a slip, and reckoning with it could leave the calendar


@dataclass(frozen=True, slots=True)
class Day(Told):
    """An ISO date; ``reduced`` also allows a year or a month alone, ``past`` nothing after today."""

    reduced: bool = False
    past: bool = False

    def told(self) -> dict[str, Any]:
        form = "2021-06-11" + (", or 2021-06, or 2021" if self.reduced else "")
        return {"x-form": form + (", not after today" if self.past else "")}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        first = self.first(text)
        if first is None:
            return ("a date such as 2021-06-11" + (", or 2021-06, or 2021" if self.reduced else ""), _quoted(text))
        if self.past and today is not None and first > today:
            return (f"a date not after today ({today})", _quoted(text))
        return None

    def first(self, text: str) -> date | None:
        """The first day the text can mean, or None where it is no date."""
        if not (_PART_DAY if self.reduced else _FULL_DAY).fullmatch(text):
            return None
        try:
            first = date.fromisoformat(text + "-01-01"[len(text) - 4 :] if len(text) < 10 else text)
        except ValueError:
            return None
        return first if first.year in _YEARS else None


_LANGUAGE = re.compile(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}")


@dataclass(frozen=True, slots=True)
class IsLanguage(Told):
    """A language tag (BCP 47)."""

    def told(self) -> dict[str, Any]:
        return {"x-form": "BCP 47, such as en or pt-BR"}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        del today
        return None if _LANGUAGE.fullmatch(text) else ("a language such as en or pt-BR", _quoted(text))


@dataclass(frozen=True, slots=True)
class Spelt(Told):
    """A code with a form of its own, told in words."""

    pattern: str
    form: str

    def told(self) -> dict[str, Any]:
        return {"x-form": self.form}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        del today
        return None if re.fullmatch(self.pattern, text) else (self.form, _quoted(text))


@dataclass(frozen=True, slots=True)
class IsZone(Told):
    """The name of a time zone of the IANA database."""

    def told(self) -> dict[str, Any]:
        return {"x-form": "IANA time zone, such as Europe/Vienna"}

    def fault(self, text: str, today: Today) -> tuple[str, str] | None:
        del today
        try:
            ZoneInfo(text)
        except (ValueError, OSError, KeyError):
            return ("a time zone such as Europe/Vienna", _quoted(text))
        return None


def _quoted(text: str) -> str:
    return f'"{text[:60]}"' if text.strip() else "blank text"
