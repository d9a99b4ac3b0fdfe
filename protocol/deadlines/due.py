"""One due date, and the sentences that explain it. The rules stand in the package's docstring."""

from calendar import monthrange
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from types import MappingProxyType
from zoneinfo import ZoneInfo

from protocol.deadlines.limits import Limit, Start, Unit
from protocol.deadlines.pauses import Pause, Pauses
from protocol.deadlines.spelling import day_words, moment_words, utc_words
from protocol.deadlines.working_calendar import ESTIMATED, Offices, WorkingCalendar

__all__ = ["Due", "Standing", "due", "due_on", "standing"]

MOST_DAYS = 3_660  # that a count of working hours looks at, pauses aside: ten years


@dataclass(frozen=True, slots=True)
class Due:
    """An instant in UTC, and how it came about, one sentence for each step.

    ``paused_since``: the clock stands still, and ``due_at`` is the earliest there can be.
    """

    due_at: datetime
    steps: tuple[str, ...]
    paused_since: datetime | None = None


def due(
    start: datetime,
    limit: Limit,
    calendar: WorkingCalendar,
    *,
    beside: Sequence[WorkingCalendar] = (),
    pauses: Iterable[Pause] = (),
) -> Due:
    """When ``limit`` runs out that began to run at ``start`` (aware). ``beside``: offices that must be open as well.

    ValueError for a naive instant, offices that are never open together, or (CalendarEnds) a year nobody knows.
    """
    if start.tzinfo is None:
        raise ValueError("expected an aware instant")
    offices, stops = Offices((calendar, *beside)), Pauses.of(pauses)
    counted_from, came = _counted_from(start.astimezone(ZoneInfo(offices.zone)), limit, offices)
    found = _COUNTS.get(limit.unit, _in_days)(counted_from, limit, offices, stops)
    return _paused(_estimated(replace(found, steps=(*came, *found.steps)), limit), stops)


def due_on(day: date, calendar: WorkingCalendar) -> Due:
    """The end of a day that somebody named, such as the new date of a delay."""
    return _end_of_day(day, calendar.zone, (f"{day_words(day)} was named.",))


def _counted_from(local: datetime, limit: Limit, offices: Offices) -> tuple[datetime, tuple[str, ...]]:
    """The instant that counting begins with."""
    if limit.start is not Start.NEXT_OPENING:
        return local, ()
    day = local.date()
    while True:
        for opens, closes in offices.hours(day):
            if local < closes:
                opening = max(local, opens.astimezone(local.tzinfo))
                came = f"It came on {moment_words(local)}, outside office hours, and counts from the next opening."
                return opening, (came,) if opening > local else ()
        day += timedelta(days=1)
        if (day - local.date()).days > MOST_DAYS:
            raise ValueError(
                f"expected an hour in which all offices are open, got none in ten years ({offices.source})"
            )


# ---------------------------------------------------------------- elapsed time


_ELAPSED: Mapping[Unit, timedelta] = MappingProxyType(
    {Unit.SECONDS: timedelta(seconds=1), Unit.HOURS: timedelta(hours=1), Unit.WORKING_HOURS: timedelta(hours=1)}
)


def _elapsed(local: datetime, limit: Limit, offices: Offices, stops: Pauses) -> Due:
    begin, length = local.astimezone(UTC), limit.amount * _ELAPSED[limit.unit]
    end = stops.stretch(begin, length)
    local_end = end.astimezone(local.tzinfo)
    steps = [
        f"The limit of {limit} runs from {moment_words(local)} ({offices.zone}), through nights, weekends and holidays."
    ]
    if local.utcoffset() != local_end.utcoffset():
        steps.append("Clocks change in between; elapsed time is counted.")
    steps += [_stood_still(one, local) for one in stops.over if one.since < end and one.until and one.until > begin]
    return Due(end, (*steps, f"It ends on {moment_words(local_end)} ({offices.zone}), that is {utc_words(end)}."))


def _stood_still(pause: Pause, local: datetime) -> str:
    begin, end = (moment_words(each.astimezone(local.tzinfo)) for each in (pause.since, pause.until or pause.since))
    return f"From {begin} to {end} the clock stood still: {pause.why}."


# ---------------------------------------------------------------- office hours


def _in_office_hours(local: datetime, limit: Limit, offices: Offices, stops: Pauses) -> Due:
    """Hours in which all offices are open and the clock runs."""
    left, day, looked = limit.amount * _ELAPSED[limit.unit], local.date(), 0
    steps = [
        f"The limit of {limit} runs from {moment_words(local)} ({offices.zone}), in office hours only.",
        f"Days the office is closed are not counted ({offices.source}).",
    ]
    while looked < MOST_DAYS:
        if (why := offices.closed(day)) is not None:
            steps.append(f"{day_words(day)} is not counted: {why}.")
        spans = [piece for span in offices.hours(day) for piece in _after(local, stops.left_of(*span))]
        for begin, end in spans:
            if end - begin >= left:
                return _ends_at(begin + left, local, offices, steps)
            left -= end - begin
        if why is None:
            counted = sum((end - begin for begin, end in spans), timedelta())
            steps.append(f"{day_words(day)}: {_length(counted)} counted, {_length(left)} left.")
        day, looked = _after_whole_days(day + timedelta(days=1), offices.zone, stops, steps), looked + 1
    raise ValueError(f"expected {limit} in which all offices are open within ten years ({offices.source})")


def _after_whole_days(day: date, zone: str, stops: Pauses, steps: list[str]) -> date:
    """``day``, or the day on which a pause ends that held for all of it and longer."""
    pause = stops.at_end_of(_end_of(day, zone))
    if pause is None or pause.since > _end_of(day - timedelta(days=1), zone):
        return day
    return _skip(day, pause, zone, steps)


def _after(local: datetime, spans: Iterable[tuple[datetime, datetime]]) -> Iterable[tuple[datetime, datetime]]:
    start = local.astimezone(UTC)
    return [(max(begin, start), end) for begin, end in spans if end > start]


def _ends_at(end: datetime, local: datetime, offices: Offices, steps: Sequence[str]) -> Due:
    local_end = moment_words(end.astimezone(local.tzinfo))
    return Due(end, (*steps, f"It ends on {local_end} ({offices.zone}), that is {utc_words(end)}."))


def _length(span: timedelta) -> str:
    hours, minutes = divmod(int(span.total_seconds()) // 60, 60)
    return f"{hours} h {minutes} min" if minutes else f"{hours} h"


# ---------------------------------------------------------------- days


def _in_days(local: datetime, limit: Limit, offices: Offices, stops: Pauses) -> Due:
    is_first_counted = limit.start is Start.SAME_DAY and limit.unit is not Unit.MONTHS
    counts = "is the first that may count" if is_first_counted else "is not counted"
    first = f"The limit of {limit} runs from {moment_words(local)} ({offices.zone}); the day it starts on {counts}."
    before = local.date() - timedelta(days=is_first_counted)
    last, middle = _last_day(before, limit, offices, stops)
    return _end_of_day(last, offices.zone, (first, *middle))


def _last_day(before: date, limit: Limit, offices: Offices, stops: Pauses) -> tuple[date, tuple[str, ...]]:
    """The last day of a limit of which ``before`` is the day that lies before its first."""
    if limit.unit is Unit.WORKING_DAYS:
        return _working_days_later(before, limit.amount, offices, stops)
    steps: list[str] = []
    amount = limit.amount if limit.unit is Unit.CALENDAR_DAYS else (_months_later(before, limit.amount) - before).days
    last = _days_later(before, amount, offices.zone, stops, steps)
    if limit.unit is Unit.CALENDAR_DAYS:
        return last, (*steps, f"All days count, weekends and holidays too: day {limit.amount} is {day_words(last)}.")
    months = f"{limit.amount} month{'s' * (limit.amount > 1)} later is"
    longer = f", with the days it stood still {day_words(last)}" * bool(steps)
    return last, (*steps, f"{months} {day_words(before + timedelta(days=amount))}{longer}.")


def _months_later(start: date, months: int) -> date:
    """The day of the same number, or the last of a shorter month."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, monthrange(year, month + 1)[1]))


def _days_later(day: date, amount: int, zone: str, stops: Pauses, steps: list[str]) -> date:
    """``amount`` days on that each ended while the clock ran."""
    for _ in range(amount):
        day = _past_pause(day, zone, stops, steps)
    return day


def _past_pause(day: date, zone: str, stops: Pauses, steps: list[str]) -> date:
    """The next day at the end of which the clock runs."""
    following = day + timedelta(days=1)
    while (pause := stops.at_end_of(_end_of(following, zone))) is not None:
        following = _skip(following, pause, zone, steps)
    return following


def _skip(day: date, pause: Pause, zone: str, steps: list[str]) -> date:
    """The day on which the pause that holds at the end of ``day`` is over."""
    runs = (pause.until or pause.since).astimezone(ZoneInfo(zone)).date()
    lost = (runs - day).days
    span = f"From {day_words(day)} to {day_words(runs - timedelta(days=1))}"
    steps.append(f"{span} the clock stood still: {pause.why}; {lost} day{'s' * (lost > 1)} not counted.")
    return runs


def _working_days_later(before: date, amount: int, offices: Offices, stops: Pauses) -> tuple[date, tuple[str, ...]]:
    day, counted = before, 0
    steps = [f"Days the office is closed are not counted ({offices.source})."]
    while counted < amount:
        day = _past_pause(day, offices.zone, stops, steps)
        if (why := offices.closed(day)) is not None:
            steps.append(f"{day_words(day)} is not counted: {why}.")
        else:
            counted += 1
            steps.append(f"{day_words(day)} is working day {counted}.")
    return day, tuple(steps)


def _end_of_day(day: date, zone: str, steps: tuple[str, ...]) -> Due:
    end = _end_of(day, zone)
    return Due(end, (*steps, f"It ends on {day_words(day)} at 24:00 ({zone}), that is {utc_words(end)}."))


def _end_of(day: date, zone: str) -> datetime:
    """24:00 local: the first instant of the next day, also where clocks change at midnight."""
    return datetime.combine(day + timedelta(days=1), time(), ZoneInfo(zone)).astimezone(UTC)


_COUNTS = MappingProxyType({Unit.SECONDS: _elapsed, Unit.HOURS: _elapsed, Unit.WORKING_HOURS: _in_office_hours})


# ---------------------------------------------------------------- what is said of all


def _estimated(found: Due, limit: Limit) -> Due:
    """A date that rests on an estimate says so."""
    if not limit.unit.skips_closed_days or not any(ESTIMATED in step for step in found.steps):
        return found
    said = "Dates marked (estimated) depend on the moon: the authority corrects them when they are known."
    return replace(found, steps=(*found.steps, said))


def _paused(found: Due, stops: Pauses) -> Due:
    """A clock that stands still says since when, and that its date is the earliest there can be."""
    if stops.running is None or stops.running.since >= found.due_at:
        return found
    since = f"The clock stands still since {utc_words(stops.running.since)}"
    said = f"{since}: {stops.running.why}; the date moves on with it."
    return Due(found.due_at, (*found.steps, said), stops.running.since)


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
