"""Days as the language of the page writes them: by the patterns and names of Unicode CLDR (Babel), in its own order.

Rules
- The month is a word wherever the language has one for it: ``03/04`` is read differently by two countries.
- Digits are those of serials and of the wire (0 to 9) in every language, so that a date can be compared with both.

    day_in_words(date(2026, 6, 12))  ->  "12 Jun 2026", "12 juin 2026", "2026年6月12日"
"""

from datetime import date
from functools import lru_cache

from tracing.desk.pages.tongue import language

__all__ = ["day_in_full", "day_in_words", "month_in_words", "weekday"]

DAYS = {"en": "d MMM y", "ar": "d MMMM y", "zh": "y年M月d日"}  # else what CLDR calls medium
IN_FULL = {"en": "EEEE d MMMM y"}  # else what CLDR calls full
MONTHS = {"en": "MMM y", "zh": "y年M月", "ru": "LLLL y 'г'.", "es": "MMMM 'de' y"}
KEPT = 4096  # days that are written again and again


def day_in_words(day: date) -> str:
    """A date that no two countries read differently: the month as a word."""
    return _written(day, DAYS.get(language(), "medium"), language())


def day_in_full(day: date) -> str:
    """The same with the day of the week, as sentences say it."""
    return _written(day, IN_FULL.get(language(), "full"), language())


def month_in_words(day: date) -> str:
    """The month of a day, with its year."""
    return _written(day, MONTHS.get(language(), "MMMM y"), language())


def weekday(day: date) -> str:
    """The short name of the day of the week."""
    return _written(day, "ccc", language())


@lru_cache(maxsize=KEPT)
def _written(day: date, pattern: str, spoken: str) -> str:
    from babel.dates import format_date

    return format_date(day, pattern, locale=spoken)
