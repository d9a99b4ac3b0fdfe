"""The days an office works: a zone, a weekend, holidays with their names, and where all that was taken from.

Example
    >>> WorkingCalendar("Asia/Riyadh", weekend=frozenset({4, 5})).closed(date(2026, 11, 27))
    'weekend'
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from zoneinfo import ZoneInfo

__all__ = ["WorkingCalendar"]

SATURDAY_AND_SUNDAY = frozenset({5, 6})


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days an office works. ``weekend``: Monday is 0; ``holidays``: day -> name."""

    zone: str
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    holidays: Mapping[date, str] = field(default_factory=dict)
    source: str = "calendar of this node"

    def __post_init__(self) -> None:
        if not frozenset(self.weekend) < frozenset(range(7)):
            raise ValueError("expected a weekend of days 0 (Monday) to 6 (Sunday) that leaves a working day")
        ZoneInfo(self.zone)  # an unknown zone is refused here, not at the first due date

    def closed(self, day: date) -> str | None:
        """Why nobody works on ``day``, or None."""
        if (holiday := self.holidays.get(day)) is not None:
            return holiday
        return "weekend" if day.weekday() in self.weekend else None
