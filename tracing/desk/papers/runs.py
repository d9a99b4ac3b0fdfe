"""Text for paper: what is said, cut into runs that the template sets and never reads as anything but text.

Rules
- A run is a kind and a text. Texts of others become runs here and in no other place: what cannot be seen, or has no
  glyph in the fonts of this machine, is drawn as its code point and flagged, as on the pages of the desk.
- A code is one run with all its pieces, and stands from left to right whatever surrounds it. A text of others is a
  paragraph of its own direction, that of its first letter.
- A stranger must not choose the number of pages: a text is cut, and says by how much; the embedded file has all of it.

    Writer(most=4000).code("AB\u202e12")  ->  [("c", [("p", "AB"), ("o", "U+202E"), ("p", "12")]), ("f", "hidden ...")]
"""

import re
import unicodedata
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

from tracing.clock import from_ms
from tracing.desk.pages.dates import day_in_words
from tracing.desk.pages.text import CODES, hidden, mixed
from tracing.desk.pages.tongue import _, direction, language, ngettext

__all__ = ["Paragraph", "Run", "Runs", "Writer", "fixed", "moment", "said", "words"]

Run = tuple[str, Any]  # a text, or the runs inside
Runs = list[Run]
Paragraph = dict[str, Any]

PLAIN, CODE, ODD, FLAG, PIECE, LINE, LEFT, RIGHT, APART = "p", "c", "o", "f", "x", "n", "l", "r", "i"
PIECE_LETTERS: Final = 12
LONGEST: Final = 24  # letters without a place to break the line; more would run over the margin
MOST_MARKS: Final = 8  # on one letter; no script has more, and a heap of them covers the lines around it
LINE_COSTS: Final = 60  # characters: a line break takes the room of a line
PLACE: Final = re.compile(r"%\((\w+)\)[sd]")
PROSE: Final = "\n\t\u00a0\u202f"  # as on a page
UNBROKEN: Final = re.compile(r"[^\s\u2e80-\u9fff\uac00-\ud7af\uff00-\uffef]{25,}")  # more than LONGEST


def words(text: str) -> Runs:
    """Words of our own."""
    return [(PLAIN, text)] if text else []


def fixed(code: str) -> Runs:
    """A code of our own."""
    return [(CODE, words(code))]


def said(text: str, **parts: Runs | str) -> Runs:
    """A sentence of our own with its parts in their places."""
    made: Runs = []
    for at, piece in enumerate(PLACE.split(text)):
        if at % 2 == 0:
            made += words(piece)
        else:
            part = parts[piece]
            made += words(part) if isinstance(part, str) else part
    return made


def moment(at_ms: int) -> Runs:
    """A day in words and a time in UTC, to the second; the same wherever it is read."""
    at: datetime = from_ms(at_ms)
    return [(PLAIN, day_in_words(at.date()) + " "), *fixed(f"{at:%H:%M:%S} UTC")]


@dataclass(slots=True)
class Writer:
    """Writes texts of others. ``most`` characters of each; ``unknown`` have no glyph here; ``wrote`` counts."""

    most: int
    unknown: Collection[str] = frozenset()
    wrote: int = 0
    cut: int = field(default=0)

    def code(self, text: object, most: int = 2_000) -> Runs:
        """A code, left to right, with what deceives in it flagged."""
        kept, rest = self._cut(str(text), min(most, self.most))
        leans = "rtl" if any(map(_is_right, kept)) else "ltr"
        made: Runs = [(CODE, self._coded(kept, "", leans, APART))]
        if hidden(kept, ""):
            made.append((FLAG, _("hidden characters")))
        if mixed(kept):
            made.append((FLAG, _("letters of several scripts")))
        return made + rest

    def name(self, text: object) -> Runs:
        """A name of others inside a sentence of ours, set apart from it."""
        kept, rest = self._cut(str(text), min(400, self.most))
        leans = _leans(kept) or "ltr"
        made: Runs = [(RIGHT if leans == "rtl" else LEFT, self._coded(kept, "", leans))]
        return [*made, *([(FLAG, _("hidden characters"))] if hidden(kept, "") else []), *rest]

    def worded(self, text: object) -> Runs:
        """Words of a closed list in the language of the page; what is in no list is a text of others."""
        kept, rest = self._cut(str(text), min(2_000, self.most))
        flag: Runs = [(FLAG, _("hidden characters"))] if hidden(kept) else []
        return [*self._coded(kept, PROSE, direction(language())), *flag, *rest]

    def prose(self, text: object) -> Paragraph:
        """A text of others, as a paragraph that runs the way it was written."""
        kept, rest = self._cut(str(text), self.most)
        leans = _leans(kept) or direction(language())
        made = self._coded(kept, PROSE, leans)
        if hidden(kept):
            made.append((FLAG, _("hidden characters")))
        return {"d": leans, "r": made + rest}

    def _cut(self, text: str, most: int) -> tuple[str, Runs]:
        kept = _fitting(text, most)
        self.wrote += len(kept) + LINE_COSTS * kept.count("\n")
        if len(kept) == len(text):
            return kept, []
        self.cut += 1
        left = len(text) - len(kept)
        more = ngettext("\u2026 %(num)d more character", "\u2026 %(num)d more characters", left)
        return kept, [(FLAG, more % {"num": left})]

    def _coded(self, text: str, allowed: str, leans: str, kind: str = CODE) -> Runs:
        """The text drawn; where it runs from right to left, with its codes set apart."""
        made: Runs = []
        for at, piece in enumerate(CODES.split(text) if leans == "rtl" else [text]):
            drawn = list(self._drawn(piece, allowed))
            made += [(kind, drawn)] if at % 2 else drawn
        return made

    def _drawn(self, text: str, allowed: str) -> Iterator[Run]:
        """The text in runs: shown as it is, drawn, or a place to break."""
        plain, marks = "", 0
        for character in text:
            marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
            if character == "\n" and character in allowed:
                yield from _broken(plain)
                plain = ""
                yield LINE, ""
            elif character == "\t" and character in allowed:
                plain += "    "
            elif (
                marks > MOST_MARKS or character in self.unknown or (character not in allowed and hidden(character, ""))
            ):
                yield from _broken(plain)
                plain = ""
                yield ODD, f"U+{ord(character):04X}"
            else:
                plain += character
        yield from _broken(plain)


def _fitting(text: str, most: int) -> str:
    """The beginning of a text that takes no more room than ``most`` characters."""
    room = 0
    for at, character in enumerate(text[: most + 1]):
        room += LINE_COSTS if character == "\n" else 1
        if room > most:
            return text[:at]
    return text


def _broken(text: str) -> Iterator[Run]:
    """The text with places to break the line in what has none of its own: pieces, kept in their order."""
    at = 0
    for found in UNBROKEN.finditer(text):
        if found.start() > at:
            yield PLAIN, text[at : found.start()]
        yield RIGHT if _leans(found[0]) == "rtl" else LEFT, [(PIECE, piece) for piece in _pieces(found[0])]
        at = found.end()
    if at < len(text):
        yield PLAIN, text[at:]


def _pieces(text: str) -> Iterator[str]:
    """A long word in pieces; a mark stays with its letter."""
    start = 0
    for at in range(1, len(text)):
        if at - start >= PIECE_LETTERS and not unicodedata.category(text[at]).startswith("M"):
            yield text[start:at]
            start = at
    yield text[start:]


def _leans(text: str) -> str:
    """The direction of the first letter that has one, nothing where none has."""
    for character in text:
        if _is_right(character):
            return "rtl"
        if unicodedata.bidirectional(character) == "L":
            return "ltr"
    return ""


def _is_right(character: str) -> bool:
    return unicodedata.bidirectional(character) in {"R", "AL"}
