"""When are two serial numbers the same? The matching key, and how sure a match is.

Rules
- Exact: the same characters once case, spaces and separators are put aside. ``13-109958`` is ``13109958``.
- Folded: the same once characters that people and cameras take for one another are folded: 0 O Q, 1 I L, 2 Z, 5 S,
  6 G, 8 B, and Cyrillic or Greek letters for the Latin ones they look like.
- Partial: at least one side has unread positions. A ``?`` stands for one character; it is part of the key, so that
  ``E?29632`` and ``E29632`` stay two weapons and ``T6499-17 ?? ?????`` is no serial of its own.
- A match of any grade is a hint that an officer confirms (vocabulary of the domain: match grades).

    match_key("kio-5O1")        -> "K10501"
    grade("KIO501", "K10501")   -> Grade.FOLDED
"""

import unicodedata
from enum import StrEnum

__all__ = ["Grade", "bare", "grade", "is_partial", "match_key", "words_key"]

LEAST_READ = 3  # read positions two partly read serials must share before they say anything at all

_LOOK_ALIKES = str.maketrans(
    "АВЕЁЗКМНОРСТУХІЈЅЗ" + "ΑΒΕΖΗΙΚΜΝΟΡΤΥΧ",
    "ABEE3KMHOPCTYXIJS3" + "ABEZHIKMNOPTYX",
)
_CONFUSABLES = str.maketrans("OQILZSGB", "00112568")


class Grade(StrEnum):
    """How two serials agree, best first."""

    EXACT = "exact"
    FOLDED = "folded"
    PARTIAL = "partial"


def bare(text: str) -> str:
    """Upper case, digits of any script as 0-9, separators gone; ``?`` and ``*`` stay as ``?``."""
    marked = unicodedata.normalize("NFKC", text).upper().replace("*", "?")
    return "".join(_digit(char) for char in marked if char.isalnum() or char == "?")


def match_key(text: str) -> str:
    """The key under which a serial is stored and sought: ``bare`` with look-alikes folded."""
    return bare(text).translate(_LOOK_ALIKES).translate(_CONFUSABLES)


def words_key(text: str) -> str:
    """The key of a make or another name: letters and digits only, without accents, lower case."""
    plain = unicodedata.normalize("NFKD", text).casefold()
    return "".join(char for char in plain if char.isalnum())


def is_partial(text: str) -> bool:
    """Whether there are unread positions."""
    return "?" in bare(text)


def grade(asked: str, recorded: str) -> Grade | None:
    """How far two serials agree; ``None`` when they do not."""
    asked_key, recorded_key = match_key(asked), match_key(recorded)
    if not asked_key or not recorded_key:
        return None
    if "?" in asked_key + recorded_key:
        return Grade.PARTIAL if _agree(asked_key, recorded_key) else None
    if bare(asked) == bare(recorded):
        return Grade.EXACT
    return Grade.FOLDED if asked_key == recorded_key else None


def _agree(one: str, other: str) -> bool:
    if len(one) != len(other):
        return False
    read = [(a, b) for a, b in zip(one, other, strict=True) if "?" not in a + b]
    return len(read) >= LEAST_READ and all(a == b for a, b in read)


def _digit(char: str) -> str:
    value = unicodedata.decimal(char, None)
    return char if value is None else str(value)
