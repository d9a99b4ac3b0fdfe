"""A limit: how much of what, from when it is counted, and by whose days.

Rules
- ``Start`` matters to days, and to hours where it is ``next_opening``; else hours and seconds run from the instant.
- ``Whose`` names the side by the duty (who owes, who waits) where both States must come to the same date, and by the
  node (ours, theirs) in targets of its own. With ``both`` a day or an hour counts when both offices are open, and days
  are those of the zone of who owes.

Example
    >>> str(Limit(1, Unit.WORKING_DAYS)), str(Limit(4, Unit.WORKING_HOURS, whose=Whose.BOTH))
    ('1 working day', '4 working hours')
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

__all__ = ["MAX_AMOUNT", "Limit", "Start", "Unit", "Whose"]


class Unit(StrEnum):
    """What a limit counts. Seconds are for training and tests."""

    SECONDS = "seconds"
    HOURS = "hours"
    WORKING_HOURS = "working_hours"
    CALENDAR_DAYS = "calendar_days"
    WORKING_DAYS = "working_days"
    MONTHS = "months"

    @property
    def skips_closed_days(self) -> bool:
        """Whether weekends and holidays are not counted."""
        return self in {Unit.WORKING_DAYS, Unit.WORKING_HOURS}


class Start(StrEnum):
    """From when days are counted."""

    NEXT_DAY = "next_day"  # the day it starts on is not counted
    SAME_DAY = "same_day"  # it is the first, where it counts at all
    NEXT_OPENING = "next_opening"  # what comes outside office hours counts as if it came when the office opens next


class Whose(StrEnum):
    """Whose days and hours count."""

    OURS = "ours"
    THEIRS = "theirs"
    OWING = "owing"
    WAITING = "waiting"
    BOTH = "both"


MAX_AMOUNT: Mapping[Unit, int] = MappingProxyType(
    {
        Unit.SECONDS: 366 * 86_400,
        Unit.HOURS: 366 * 24,
        Unit.WORKING_HOURS: 2_000,
        Unit.CALENDAR_DAYS: 3_660,
        Unit.WORKING_DAYS: 3_660,
        Unit.MONTHS: 120,
    }
)
"""A year of elapsed time, ten years of days: beyond any tracing case, and a bound on the steps of an explanation."""


@dataclass(frozen=True, slots=True)
class Limit:
    """So many of a unit, at least one."""

    amount: int
    unit: Unit
    start: Start = Start.NEXT_DAY
    whose: Whose = Whose.OURS

    def __post_init__(self) -> None:
        if not 1 <= self.amount <= MAX_AMOUNT[self.unit]:
            raise ValueError(f"expected 1 to {MAX_AMOUNT[self.unit]} {_words(self.unit)}, got {self.amount}")

    def __str__(self) -> str:
        words = _words(self.unit)
        return f"{self.amount} {words[:-1] if self.amount == 1 else words}"


def _words(unit: Unit) -> str:
    return unit.value.replace("_", " ")
