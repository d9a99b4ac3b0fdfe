"""Due dates found by walking a wall clock by the quarter of an hour: slow, plain, nothing of the product.

Every quarter is asked whether it counts, so that no rule of adding, skipping or stretching is shared with what is
tested. Starts, pauses and office hours lie on quarters; all zones here are at whole quarters from UTC.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

__all__ = ["Office", "walk"]

QUARTER = timedelta(minutes=15)
OPENS, CLOSES = 9, 17


@dataclass(frozen=True)
class Office:
    """A zone, the weekdays nobody works (Monday is 0), and the days off."""

    zone: str
    weekend: frozenset[int]
    off: Mapping[date, str]

    def works(self, day: date) -> bool:
        return day.weekday() not in self.weekend and day not in self.off

    def is_open(self, instant: datetime) -> bool:
        local = instant.astimezone(ZoneInfo(self.zone))
        return self.works(local.date()) and OPENS <= local.hour < CLOSES


Spans = Iterable[tuple[datetime, datetime]]


def walk(
    start: datetime,
    amount: int,
    unit: str,
    offices: list[Office],
    *,
    rule: str = "next_day",
    pauses: Spans = (),
) -> datetime:
    """When so many units are over that began at ``start`` (UTC)."""
    stops = list(pauses)
    if rule == "next_opening":
        while not all(each.is_open(start) for each in offices):
            start += QUARTER
    if unit in {"hours", "working_hours"}:
        counts = _running(stops) if unit == "hours" else _open_and_running(offices, stops)
        return _quarters(start, amount * 4, counts)
    return _days(start, amount, _counting(start, unit, offices, rule, stops), ZoneInfo(offices[0].zone))


def _running(stops: list[tuple[datetime, datetime]]) -> Callable[[datetime], bool]:
    return lambda at: not any(since <= at < until for since, until in stops)


def _open_and_running(offices: list[Office], stops: list[tuple[datetime, datetime]]) -> Callable[[datetime], bool]:
    runs = _running(stops)
    return lambda at: runs(at) and all(each.is_open(at) for each in offices)


def _quarters(at: datetime, wanted: int, counts: Callable[[datetime], bool]) -> datetime:
    while wanted:
        wanted -= counts(at)
        at += QUARTER
    return at


def _counting(
    start: datetime, unit: str, offices: list[Office], rule: str, stops: list[tuple[datetime, datetime]]
) -> Callable[[date, datetime], bool]:
    """Whether a day counts, whose last quarter begins at an instant."""
    first, runs = start.astimezone(ZoneInfo(offices[0].zone)).date(), _running(stops)

    def counts(day: date, last_quarter: datetime) -> bool:
        is_worked = unit == "calendar_days" or all(each.works(day) for each in offices)
        return is_worked and (day > first or rule == "same_day") and runs(last_quarter)

    return counts


def _days(at: datetime, wanted: int, counts: Callable[[date, datetime], bool], zone: ZoneInfo) -> datetime:
    """Walks to each midnight of the first office and asks whether the day that ends there counts."""
    day = at.astimezone(zone).date()
    while True:
        at += QUARTER
        following = at.astimezone(zone).date()
        if following != day:
            wanted -= counts(day, at - QUARTER)
            if wanted == 0:
                return at
            day = following


def utc(text: str) -> datetime:
    """``2026-11-23T09:00`` in UTC."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)
