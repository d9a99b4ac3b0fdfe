"""One due date, and the sentences that explain it. The rules stand in the package's docstring."""

from calendar import monthrange
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from protocol.deadlines.profiles import Limit, Unit
from protocol.deadlines.working_calendar import WorkingCalendar

__all__ = ["Due", "Standing", "due", "due_on", "standing"]


@dataclass(frozen=True, slots=True)
class Due:
    """An instant in UTC, and how it came about, one sentence for each step."""

    due_at: datetime
    steps: tuple[str, ...]


def due(start: datetime, limit: Limit, calendar: WorkingCalendar) -> Due:
    """When ``limit`` runs out that began to run at ``start`` (aware). ValueError for a naive instant."""
    if start.tzinfo is None:
        raise ValueError("expected an aware instant")
    local = start.astimezone(ZoneInfo(calendar.zone))
    if limit.unit in _ELAPSED:
        return _elapsed(local, limit, calendar)
    first = f"The limit of {limit} runs from {_moment(local)} ({calendar.zone}); the day it starts on is not counted."
    last, middle = _last_day(local.date(), limit, calendar)
    return _end_of_day(last, calendar, (first, *middle))


def due_on(day: date, calendar: WorkingCalendar) -> Due:
    """The end of a day that somebody named, such as the new date of a delay."""
    return _end_of_day(day, calendar, (f"{_day(day)} was named.",))


_ELAPSED: Mapping[Unit, timedelta] = MappingProxyType(
    {Unit.SECONDS: timedelta(seconds=1), Unit.HOURS: timedelta(hours=1)}
)


def _elapsed(local: datetime, limit: Limit, calendar: WorkingCalendar) -> Due:
    end = local.astimezone(UTC) + limit.amount * _ELAPSED[limit.unit]
    local_end = end.astimezone(local.tzinfo)
    steps = [
        f"The limit of {limit} runs from {_moment(local)} ({calendar.zone}), through nights, weekends and holidays.",
        f"It ends on {_moment(local_end)} ({calendar.zone}), that is {_utc(end)}.",
    ]
    if local.utcoffset() != local_end.utcoffset():
        steps.insert(1, "Clocks change in between; elapsed time is counted.")
    return Due(end, tuple(steps))


def _last_day(start: date, limit: Limit, calendar: WorkingCalendar) -> tuple[date, tuple[str, ...]]:
    if limit.unit is Unit.CALENDAR_DAYS:
        last = start + timedelta(days=limit.amount)
        return last, (f"All days count, weekends and holidays too: day {limit.amount} is {_day(last)}.",)
    if limit.unit is Unit.MONTHS:
        last = _months_later(start, limit.amount)
        return last, (f"{limit.amount} month{'s' * (limit.amount > 1)} later is {_day(last)}.",)
    return _working_days_later(start, limit.amount, calendar)


def _months_later(start: date, months: int) -> date:
    """The day of the same number, or the last of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _working_days_later(start: date, amount: int, calendar: WorkingCalendar) -> tuple[date, tuple[str, ...]]:
    day, counted = start, 0
    steps = [f"Days the office is closed are not counted ({calendar.source})."]
    while counted < amount:
        day += timedelta(days=1)
        if (why := calendar.closed(day)) is not None:
            steps.append(f"{_day(day)} is not counted: {why}.")
        else:
            counted += 1
            steps.append(f"{_day(day)} is working day {counted}.")
    return day, tuple(steps)


def _end_of_day(day: date, calendar: WorkingCalendar, steps: tuple[str, ...]) -> Due:
    """24:00 local: the first instant of the next day, also where clocks change at midnight."""
    midnight = datetime.combine(day + timedelta(days=1), time(), ZoneInfo(calendar.zone))
    end = midnight.astimezone(UTC)
    return Due(end, (*steps, f"It ends on {_day(day)} at 24:00 ({calendar.zone}), that is {_utc(end)}."))


_DAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_MONTHS = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip


def _day(day: date) -> str:
    return f"{_DAYS[day.weekday()]} {day.day} {_MONTHS[day.month - 1]} {day.year}"


def _moment(local: datetime) -> str:
    return f"{_day(local.date())} at {local:%H:%M}"


def _utc(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M} UTC"


class Standing(StrEnum):
    """How a deadline stands at some instant."""

    ON_TIME = "on_time"
    DUE_SOON = "due_soon"
    OVERDUE = "overdue"


def standing(due_at: datetime, at: datetime, soon: timedelta) -> Standing:
    """How a deadline stands at ``at``: overdue after ``due_at``, due soon from ``soon`` before it."""
    if at > due_at:
        return Standing.OVERDUE
    return Standing.DUE_SOON if due_at - at <= soon else Standing.ON_TIME
