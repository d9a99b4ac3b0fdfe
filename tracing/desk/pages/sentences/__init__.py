"""Sentences that other rooms of the node make, in the language of the page.

What casework, the deadlines and the store say is English, because it is kept for good and read by programs: why a date
is what it is, what a request lacks, why an act was refused. A page knows these sentences by their form.

Rules
- A form is an English sentence whose changing parts stand as ``%(name)s``. What stands there is put into the sentence
  of the other language as it is; a day, a limit and another known sentence are said in that language too.
- A sentence of no known form is shown as it is and tagged ``lang="en"``: exact, and read aloud rightly.
- Only what the node itself wrote is looked up, never the text of an officer or a counterpart.

    told("Friday 4 December 2026 is working day 3.")  ->  "vendredi 4 décembre 2026 est le 3e jour ouvré."
"""

import re
from collections.abc import Callable, Mapping
from datetime import date
from functools import cache
from typing import Any

from markupsafe import Markup

from tracing.desk.pages.countries import country_name
from tracing.desk.pages.dates import day_in_full
from tracing.desk.pages.sentences.dates import DATES
from tracing.desk.pages.sentences.findings import FINDINGS
from tracing.desk.pages.sentences.questions import QUESTIONS
from tracing.desk.pages.sentences.refusals import EXPECTED, REFUSALS, TITLES
from tracing.desk.pages.sentences.sources import SOURCES
from tracing.desk.pages.text import shown
from tracing.desk.pages.tongue import _, language, ngettext

__all__ = ["FORMS", "told", "translated"]

FORMS = frozenset({*TITLES, *QUESTIONS, *REFUSALS, *EXPECTED, *DATES, *FINDINGS, *SOURCES})
LONGEST = 600  # characters of a sentence that is looked up
DEEPEST = 2  # a sentence in a sentence in a sentence
PLACE = re.compile(r"%\((\w+)\)s")
MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
UNITS: Mapping[str, Callable[[int], str]] = {
    "second": lambda count: ngettext("%(num)d second", "%(num)d seconds", count),
    "hour": lambda count: ngettext("%(num)d hour", "%(num)d hours", count),
    "working hour": lambda count: ngettext("%(num)d working hour", "%(num)d working hours", count),
    "calendar day": lambda count: ngettext("%(num)d calendar day", "%(num)d calendar days", count),
    "working day": lambda count: ngettext("%(num)d working day", "%(num)d working days", count),
    "day": lambda count: ngettext("%(num)d day", "%(num)d days", count),
    "month": lambda count: ngettext("%(num)d month", "%(num)d months", count),
}


def told(value: Any) -> Markup:
    """A sentence of the node as a page shows it: in its language, or as it is and tagged as English."""
    text = "" if value is None else str(value)
    found = translated(text)
    if found is not None or language() == "en" or not text:
        return shown(text if found is None else found)
    return Markup('<span lang="en" dir="ltr">{}</span>').format(shown(text))


def translated(text: str, depth: int = 0) -> str | None:
    """The sentence in the language of the page, None where its form is not known."""
    if language() == "en" or len(text) > LONGEST:
        return text if language() == "en" else None
    if (whole := _(text)) != text or text in FORMS:
        return whole
    for begin, form, sentence in _forms():
        if text.startswith(begin) and (found := form.fullmatch(text)) is not None:
            parts = {name: _part(name, part, depth) for name, part in found.groupdict().items()}
            return _(sentence) % parts
    return None


@cache
def _forms() -> tuple[tuple[str, re.Pattern[str], str], ...]:
    """Each form with changing parts: how it begins, its pattern, itself; the longest first, as it says the most."""
    changing = sorted((each for each in FORMS if PLACE.search(each)), key=len, reverse=True)
    return tuple((each[: each.index("%(")], re.compile(_pattern(each), re.DOTALL), each) for each in changing)


def _pattern(form: str) -> str:
    pieces = PLACE.split(form)
    return "".join(f"(?P<{piece}>.+?)" if at % 2 else re.escape(piece) for at, piece in enumerate(pieces))


def _part(name: str, part: str, depth: int) -> str:
    """What stands in a sentence, by the name of its place."""
    if name.startswith("moment"):
        day, _at, time = part.rpartition(" at ")
        return f"{_day(day)}, {time}"
    if name.startswith("day"):
        return _day(part)
    if name == "country":
        return country_name(part)
    if name.startswith("limit"):
        return _limit(part)
    if name.startswith("said") and depth < DEEPEST:
        return translated(part, depth + 1) or part
    return part


def _day(text: str) -> str:
    """``Friday 4 December 2026`` (``protocol/deadlines/spelling.py``); anything else as it is."""
    words = text.split(" ")
    try:
        return day_in_full(date(int(words[3]), MONTHS.index(words[2]) + 1, int(words[1])))
    except (ValueError, IndexError):
        return text


def _limit(text: str) -> str:
    """``30 working days``; anything else as it is."""
    number, _blank, unit = text.partition(" ")
    said = UNITS.get(unit.removesuffix("s"))
    return said(int(number)) % {"num": int(number)} if said and number.isdecimal() and number.isascii() else text
