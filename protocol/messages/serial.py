"""A serial: what was read, how it was found, and on which part. Words are never a serial.

Rules
- Text and status are two things: ``{"text": null, "status": "obliterated"}`` says that nothing can be read, and
  ``obliterated``, ``never_marked``, ``absent`` and ``not_looked_for`` say four different things.
- A position that could not be read is ``?`` at its place, one not read surely is named in ``uncertain``; nothing is
  stripped, folded or completed here.
- ``words_in(text)`` tells why a text is no serial; it is used on our own messages and on imports alike.

Example
    >>> words_in("eliminado"), words_in("E?59919")
    ('a word that says why there is no serial', None)
"""

import re
import unicodedata
from collections.abc import Iterator
from typing import Annotated

from pydantic import Field, Strict

from protocol.messages.members import Code, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.vocabulary.absences import ALONE, ANYWHERE
from protocol.vocabulary.markings import Component, Confidence, MarkStatus
from protocol.vocabulary.sources import Source

__all__ = ["MAX_SERIAL_CHARS", "WITHOUT_TEXT", "WITH_TEXT", "Place", "Serial", "words_in"]

MAX_SERIAL_CHARS = 40  # the longest real serial of 64,525 records has 22; what is longer is a sentence
Place = Annotated[int, Strict(), Field(ge=1, le=500)]
"""A position in a text, counted from 1: one that was read, but not surely."""
MAX_WORD_LETTERS = 4  # real serials without any digit are short letter groups such as KOE or ACW?

WITH_TEXT = frozenset({MarkStatus.ORIGINAL, MarkStatus.RESTORED, MarkStatus.ILLEGIBLE_PART})
"""Something was read, so there is a text."""
MAY_HAVE_TEXT = frozenset({MarkStatus.ALTERED, MarkStatus.RE_STAMPED, MarkStatus.COUNTERFEIT})
WITHOUT_TEXT = frozenset(MarkStatus) - WITH_TEXT - MAY_HAVE_TEXT
"""Nothing was read, or nobody looked, so there is none."""

_LETTERS = re.compile(r"[^\W\d_]+")
_REMARK = re.compile(r"[(\[][^)\]]*[^\W\d_]{3}")  # "(frame)" beside a serial; "(?)" is an unread position
_SEVERAL = re.compile(r"\w[^\w]*[;,][^\w]*\w")
MAX_WORDS = 3  # "T 6368 13 B" has one; a fourth makes it a sentence


class Serial(Part):
    """One serial of one component (ITI 8(a), 10)."""

    text: Line | None = None
    status: Annotated[
        Code | None,
        OneOf(MarkStatus),
        Needed(Source.ITI_17B, "In what state is the serial: original, restored, obliterated, never marked?"),
    ] = None
    component: Annotated[Code | None, OneOf(Component)] = None
    script: Line | None = None
    transliteration: Line | None = None
    method: Text | None = None
    uncertain: Annotated[tuple[Place, ...], Listed, Field(max_length=MAX_SERIAL_CHARS)] = ()
    confidence: Annotated[Code | None, OneOf(Confidence)] = None
    note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Text and status agree, and the text is a serial."""
        yield from super().conditions(today)
        if self.text is None and self.status in WITH_TEXT:
            ask = "What does the serial read, with ? for each position that cannot be read?"
            yield Gap("text", f"the serial as read (status {self.status})", "nothing", Source.ITI_17B, ask)
        if self.text is not None and self.status in WITHOUT_TEXT:
            ask = f"The serial is said to be {self.status} and yet has a text: which of the two is right?"
            yield Gap("text", f"no text, because the status is {self.status}", "a text", Source.ITI_17B, ask)
        if self.text is not None and (why := words_in(self.text)) is not None:
            expected = "a serial as stamped, ? for each unread position; where none can be read: no text, and a status"
            yield Gap(
                "text", expected, why, Source.ITI_17B, "The serial is given in words: what is stamped, if anything?"
            )


def words_in(text: str) -> str | None:
    """Why ``text`` cannot be a serial, or None where it may be one."""
    if any(unicodedata.category(character) == "Cc" for character in text):
        return "a control character"
    if len(text) > MAX_SERIAL_CHARS:
        return f"{len(text)} characters, more than any serial has"
    return _sense_of(_bare(text))


def _sense_of(bare: str) -> str | None:
    if not any(character.isalnum() for character in bare):
        return "no letter and no digit"
    words = [word for word in _LETTERS.findall(bare) if len(word) > 1]
    if bare in _ALONE or any(word in _ANYWHERE for word in words):
        return "a word that says why there is no serial"
    has_digit_or_gap = any(character.isdecimal() or character == "?" for character in bare)
    long_words = [word for word in words if len(word) > MAX_WORD_LETTERS]
    if (long_words and not has_digit_or_gap) or len(long_words) > 1 or len(words) > MAX_WORDS:
        return "words, not a serial"
    if _REMARK.search(bare):
        return "a remark beside the serial"
    return "more than one serial; each other one is a mark of its own" if _SEVERAL.search(bare) else None


def _bare(text: str) -> str:
    """Small letters without accents: for looking words up, never for keeping."""
    parts = unicodedata.normalize("NFKD", text.strip().casefold())
    return "".join(character for character in parts if not unicodedata.combining(character))


_ANYWHERE = frozenset(_bare(word) for word in ANYWHERE)
_ALONE = frozenset(_bare(word) for word in ALONE)
