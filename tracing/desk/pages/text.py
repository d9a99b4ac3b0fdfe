r"""Text from outside as a page shows it: exactly, and nothing hidden in it.

Rules
- Whatever a person, a counterpart or a file wrote reaches a page through ``shown`` or ``code`` and no other way.
- What cannot be seen is drawn: controls, bidirectional marks, zero-width and odd blanks appear as a box with their code
  point, and the text is flagged. Nothing is dropped, replaced or reordered.
- A code (serial, licence, identifier) stands in ``<bdi dir="ltr">``: inside Arabic ``12-345/67`` would otherwise be
  read as ``345/67-12``, which is a wrong trace. Letters of two scripts in one code are flagged: the Cyrillic look-alike
  of A is a different serial.
- On a page written from right to left a code inside a sentence is set apart too: digits after an Arabic letter turn
  their groups round.

    code("AB\u202e12") -> <bdi dir="ltr" class="code">AB<span class="odd" ...>U+202E</span>12</bdi> and a flag
"""

import re
import unicodedata

from markupsafe import Markup, escape

from tracing.desk.pages.tongue import _, direction, language, ngettext

__all__ = ["code", "hidden", "isolated", "mixed", "shown"]

# What is drawn as a box, by Unicode category: controls, formats, lone surrogates, private use, unassigned, line and
# paragraph separators. Blanks other than the common one look alike and are drawn too: always in a code, and in free
# text but for the two that French spelling asks for.
UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})
FILLERS = frozenset("\u115f\u1160\u2800\u3164\uffa0\u034f\u17b4\u17b5")  # letters and marks without any ink
MOST_PROSE, MOST_CODE = 20_000, 2_000  # characters of one text on a page; the API gives all of it
PROSE = "\n\t\u00a0\u202f"  # allowed unmarked in free text: line breaks, tabs, no-break blanks
LOOK_ALIKE_SCRIPTS = ("LATIN", "CYRILLIC", "GREEK", "ARMENIAN", "CHEROKEE", "FULLWIDTH")
CODES = re.compile(r"((?<![\w?+#])[A-Za-z?+#]*\d[\w?+#]*(?:[-./:@][\w?+#]+)+)", re.ASCII)  # 12-345/67, 2026-12-24
MOST_NAMES = 60  # characters of a code point's name in its tooltip


def shown(value: object) -> Markup:
    """Free text: line breaks and tabs stay as written, everything else invisible is drawn and flagged."""
    text, rest = _cut("" if value is None else str(value), MOST_PROSE)
    body = _with_codes(text) if direction(language()) == "rtl" else _marked(text, PROSE)
    return Markup('<bdi class="text">{}</bdi>{}{}').format(body, _flag_hidden(text, PROSE), rest)


def code(value: object) -> Markup:
    """A code read character by character: left to right whatever surrounds it, what deceives flagged."""
    text, rest = _cut("" if value is None else str(value), MOST_CODE)
    body = Markup('<bdi dir="ltr" class="code">{}</bdi>').format(_marked(text, ""))
    return body + _flag_hidden(text, "") + _flag_mixed(text) + rest


def _cut(text: str, most: int) -> tuple[str, Markup]:
    """What a page shows of a text, and how much it leaves to the API: a stranger must not choose the size of a page."""
    if len(text) <= most:
        return text, Markup()
    more = ngettext("\u2026 %(num)d more character", "\u2026 %(num)d more characters", len(text) - most)
    return text[:most], Markup(' <span class="flag">{}</span>').format(more % {"num": len(text) - most})


def _marked(text: str, allowed: str) -> Markup:
    """The text with what cannot be seen drawn; the plain case without a look at each character."""
    if text.isascii() and text.isprintable():
        return escape(text)
    return Markup().join(_drawn(character, allowed) for character in text)


def _with_codes(text: str) -> Markup:
    """The text on a page written from right to left: what reads like a code stands in an element of its own."""
    pieces = CODES.split(text)
    drawn = (_marked(piece, PROSE) if at % 2 == 0 else _ltr(piece) for at, piece in enumerate(pieces))
    return Markup().join(drawn)


def _ltr(text: str) -> Markup:
    return Markup('<bdi dir="ltr">{}</bdi>').format(text)


def isolated(text: str) -> str:
    """A code where no element may stand, with the marks that keep its order on a page from right to left."""
    return f"\u2066{text}\u2069" if direction(language()) == "rtl" else text


def hidden(text: str, allowed: str = PROSE) -> bool:
    """Whether the text holds something that would not be seen."""
    return any(_unseen(character) for character in text if character not in allowed)


def mixed(text: str) -> bool:
    """Whether letters of several look-alike scripts stand in one word of the text."""
    return any(len({_script(letter) for letter in word} - {""}) > 1 for word in re.split(r"\s+", text))


def _drawn(character: str, allowed: str) -> Markup:
    if character in allowed or not _unseen(character):
        return escape(character)
    name = unicodedata.name(character, "")[:MOST_NAMES]
    return Markup('<span class="odd" title="{}">U+{:04X}</span>').format(name or _("control character"), ord(character))


def _unseen(character: str) -> bool:
    if " " <= character <= "~":
        return False
    category = unicodedata.category(character)
    return category in UNSEEN or category == "Zs" or character in FILLERS


def _script(letter: str) -> str:
    if not letter.isalpha():
        return ""
    first = unicodedata.name(letter, "").split(" ")[0]
    return first if first in LOOK_ALIKE_SCRIPTS else ""


def _flag_hidden(text: str, allowed: str) -> Markup:
    return _flag(_("hidden characters")) if hidden(text, allowed) else Markup()


def _flag_mixed(text: str) -> Markup:
    return _flag(_("letters of several scripts")) if mixed(text) else Markup()


def _flag(words: str) -> Markup:
    return Markup(' <span class="badge odd-flag">{}</span>').format(words)
