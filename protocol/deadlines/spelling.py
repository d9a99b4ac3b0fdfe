"""Days and instants as the sentences of an explanation spell them, whatever the language of the machine.

Example
    >>> day_words(date(2026, 12, 4))
    'Friday 4 December 2026'
"""

from datetime import date, datetime

__all__ = ["day_words", "moment_words", "utc_words"]

_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def day_words(day: date) -> str:
    """The day in full."""
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def moment_words(local: datetime) -> str:
    """Day and minute on a wall clock."""
    return f"{day_words(local.date())} at {local:%H:%M}"


def utc_words(instant: datetime) -> str:
    """An instant in UTC."""
    return f"{instant:%Y-%m-%d %H:%M} UTC"
