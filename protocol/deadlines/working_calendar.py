"""The days and hours an office works: zone, weekend, holidays with their names, and where all that was taken from.

Example
    >>> WorkingCalendar("Asia/Riyadh", weekend=frozenset({4, 5})).closed(date(2026, 11, 27))
    'weekend'
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

__all__ = ["ESTIMATED", "CalendarEnds", "Offices", "WorkingCalendar"]

SATURDAY_AND_SUNDAY = frozenset({5, 6})
ESTIMATED = "(estimated)"  # in the name of a holiday: the moon decides, and the authority corrects


class CalendarEnds(ValueError):
    """A date lies in a year whose holidays the calendar does not know."""


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """The days an office works. ``weekend``: Monday is 0; ``holidays``: day -> name; ``years``: None for all there are.

    ``whose`` is told beside a reason where two offices count.
    """

    zone: str
    weekend: frozenset[int] = SATURDAY_AND_SUNDAY
    holidays: Mapping[date, str] = field(default_factory=dict)
    source: str = "calendar of this node"
    whose: str = ""
    opens: time = time(9)
    closes: time = time(17)
    years: frozenset[int] | None = None

    def __post_init__(self) -> None:
        if not frozenset(self.weekend) < frozenset(range(7)):
            raise ValueError("expected a weekend of days 0 (Monday) to 6 (Sunday) that leaves a working day")
        if not self.opens < self.closes:
            raise ValueError(f"expected an office that closes after it opens, got {self.opens} to {self.closes}")
        ZoneInfo(self.zone)  # an unknown zone is refused here, not at the first due date

    def closed(self, day: date) -> str | None:
        """Why nobody works on ``day``, or None. CalendarEnds for a day of a year that is not known."""
        if self.years is not None and day.year not in self.years:
            known = f"{min(self.years)} to {max(self.years)}" if self.years else "no year"
            raise CalendarEnds(f"{self.source}: expected holidays of {day.year}, got those of {known}")
        if (holiday := self.holidays.get(day)) is not None:
            return holiday
        return "weekend" if day.weekday() in self.weekend else None

    def hours(self, day: date) -> tuple[datetime, datetime] | None:
        """When the office opens and closes on a day (UTC), None where it stays closed."""
        if self.closed(day) is not None:
            return None
        zone = ZoneInfo(self.zone)
        opens, closes = (datetime.combine(day, at, zone).astimezone(UTC) for at in (self.opens, self.closes))
        return opens, closes


@dataclass(frozen=True, slots=True)
class Offices:
    """One office or more that must be open at once. Days are those of the first one's zone."""

    calendars: Sequence[WorkingCalendar]

    def __post_init__(self) -> None:
        if len(frozenset().union(*(each.weekend for each in self.calendars))) == 7:
            raise ValueError("expected a day of the week on which both offices work, got weekends that leave none")

    @property
    def zone(self) -> str:
        """Where days begin and end."""
        return self.calendars[0].zone

    @property
    def source(self) -> str:
        """Where the days were taken from."""
        return "; ".join(each.source for each in self.calendars)

    def closed(self, day: date) -> str | None:
        """Why ``day`` does not count, or None: the reasons of every office that is closed."""
        found = [(each.whose, why) for each in self.calendars if (why := each.closed(day)) is not None]
        said = [f"{why} ({whose})" if len(self.calendars) > 1 and whose else why for whose, why in found]
        return ", ".join(said) or None

    def hours(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """The spans (UTC) on a day of the first office in which all are open."""
        first, *others = self.calendars
        spans = [found] if (found := first.hours(day)) is not None else []
        for other in others:
            spans = [both for span in spans for theirs in _around(other, span) if (both := _shared(span, theirs))]
        yield from sorted(spans)


def _around(calendar: WorkingCalendar, span: tuple[datetime, datetime]) -> Iterator[tuple[datetime, datetime]]:
    """Hours of an office elsewhere on the local days that a span may touch."""
    first = span[0].astimezone(ZoneInfo(calendar.zone)).date()
    last = span[1].astimezone(ZoneInfo(calendar.zone)).date()
    for after in range((last - first).days + 1):
        if (found := calendar.hours(first + timedelta(days=after))) is not None:
            yield found


def _shared(one: tuple[datetime, datetime], other: tuple[datetime, datetime]) -> tuple[datetime, datetime] | None:
    begin, end = max(one[0], other[0]), min(one[1], other[1])
    return (begin, end) if begin < end else None
