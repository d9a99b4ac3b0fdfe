"""A table of due dates against a walk on the wall clock that shares no rule with the product: not one may differ.

Half of the table stands on the public holidays of the outside material; it is left out, with its count, where that is
not here.
"""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from itertools import product
from random import Random

import pytest

from protocol.deadlines import Limit, Pause, Start, Unit, WorkingCalendar, due
from tests.domain.walked import Office, utc, walk
from tests.shared import SHARED

HOLIDAYS = SHARED / "data" / "holidays"


@dataclass(frozen=True)
class Row:
    """One line of the table: what is counted from when, by whose days, with which pauses."""

    start: datetime
    amount: int
    unit: Unit
    rule: Start
    places: tuple[str, ...]
    pauses: tuple[tuple[datetime, datetime], ...] = ()


ZONES = {
    "AT": "Europe/Vienna", "BR": "America/Sao_Paulo", "DE": "Europe/Berlin", "SA": "Asia/Riyadh", "EG": "Africa/Cairo",
    "US": "America/New_York", "AU": "Australia/Sydney", "IN": "Asia/Kolkata",
    "JP": "Asia/Tokyo", "NG": "Africa/Lagos", "IL": "Asia/Jerusalem",
    "CL": "America/Santiago", "PH": "Asia/Manila", "MA": "Africa/Casablanca",
}  # fmt: skip
INVENTED = {
    "west": Office("America/Sao_Paulo", frozenset({5, 6}), {date(2026, 11, 20): "a day", date(2026, 12, 25): "a day"}),
    "gulf": Office("Asia/Riyadh", frozenset({4, 5}), {date(2026, 11, 30): "a day", date(2026, 3, 20): "a day"}),
    "nepal": Office("Asia/Kathmandu", frozenset({5}), {date(2026, 10, 20): "a day"}),
    "middle": Office("Europe/Vienna", frozenset({5, 6}), {date(2026, 10, 26): "a day", date(2026, 12, 8): "a day"}),
    "island": Office("Australia/Lord_Howe", frozenset({5, 6}), {date(2026, 4, 6): "a day"}),  # half an hour of summer
    "east": Office("America/New_York", frozenset({5, 6}), {date(2026, 11, 26): "a day"}),
}
# The week in which clocks change in Europe, in America, in the south, and weeks in which nothing changes.
STARTS = (
    "2026-03-27T16:30", "2026-03-28T23:45", "2026-10-23T14:00", "2026-10-24T22:15", "2026-03-06T22:00",
    "2026-10-30T20:45", "2026-04-03T03:30", "2026-10-02T13:15", "2026-11-19T21:00", "2026-12-23T12:00",
)  # fmt: skip
COUNTED = (
    (3, Unit.WORKING_DAYS), (7, Unit.CALENDAR_DAYS), (8, Unit.HOURS), (30, Unit.HOURS), (12, Unit.WORKING_HOURS),
)  # fmt: skip


def paused(chance: Random, start: datetime) -> tuple[tuple[datetime, datetime], ...]:
    """None, one or two pauses on quarters of an hour, some across each other, some of no length."""
    found = []
    for _ in range(chance.choice((0, 0, 1, 1, 2))):
        since = start + timedelta(minutes=15 * chance.randrange(-20, 500))
        found.append((since, since + timedelta(minutes=15 * chance.choice((0, 1, 40, 96, 300)))))
    return tuple(found)


def rows(places: list[str], chance: Random) -> Iterator[Row]:
    """Every start by every unit, with a rule, one office or two, and pauses by chance."""
    for text, (amount, unit) in product(STARTS, COUNTED):
        for _ in range(3 if unit is Unit.WORKING_DAYS else 1):
            start = utc(text) + timedelta(minutes=15 * chance.randrange(40))
            both = tuple(chance.sample(places, chance.choice((1, 2))))
            yield Row(start, amount, unit, chance.choice((*Start, Start.NEXT_DAY)), both, paused(chance, start))


def reckoned(row: Row, offices: dict[str, Office]) -> datetime:
    """The product's date."""
    first, *beside = (_calendar(offices[place]) for place in row.places)
    pauses = [Pause(since, until, "a question") for since, until in row.pauses]
    return due(row.start, Limit(row.amount, row.unit, row.rule), first, beside=beside, pauses=pauses).due_at


def _calendar(office: Office) -> WorkingCalendar:
    return WorkingCalendar(office.zone, office.weekend, office.off)


def deviations(table: list[Row], offices: dict[str, Office]) -> list[tuple[Row, datetime, datetime]]:
    """Lines for which the two do not agree."""
    found = []
    for row in table:
        theirs = [offices[place] for place in row.places]
        walked = walk(row.start, row.amount, str(row.unit), theirs, rule=str(row.rule), pauses=row.pauses)
        if (ours := reckoned(row, offices)) != walked:
            found.append((row, ours, walked))
    return found


def is_possible(row: Row, offices: dict[str, Office]) -> bool:
    """Two offices count together only where some hour of the week finds both open."""
    if len(row.places) == 1 or (row.rule is not Start.NEXT_OPENING and row.unit is not Unit.WORKING_HOURS):
        return True
    at = datetime(2026, 11, 1, tzinfo=UTC)
    week = (at + timedelta(minutes=15 * quarter) for quarter in range(4 * 24 * 14))
    return any(all(offices[place].is_open(each) for place in row.places) for each in week)


def possible(places: dict[str, Office], seed: int) -> list[Row]:
    return [row for row in rows(sorted(places), Random(seed)) if is_possible(row, places)]


@pytest.mark.parametrize("seed", range(5))
def test_dates_by_invented_calendars_are_those_of_the_walk(seed: int) -> None:
    table = possible(INVENTED, seed)
    assert len(table) >= 60
    assert deviations(table, INVENTED) == []


def of_the_world() -> dict[str, Office]:
    """The offices of some States, from the outside list of public holidays."""
    off: dict[str, dict[date, str]] = {place: {} for place in ZONES}
    with (HOLIDAYS / "public_holidays_2024_2028.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            if row["country"] in off:
                off[row["country"]][date.fromisoformat(row["date"])] = row["name"]
    with (HOLIDAYS / "weekend_days.csv").open(encoding="utf-8") as file:
        weekends = {
            row["country"]: frozenset(int(day) - 1 for day in row["weekend_iso_days"].split())
            for row in csv.DictReader(file)
        }
    return {place: Office(zone, weekends[place], off[place]) for place, zone in ZONES.items() if off[place]}


@pytest.mark.skipif(
    not HOLIDAYS.exists(), reason="350 dates or more by public holidays: shared/data/holidays is not here"
)
@pytest.mark.parametrize("seed", range(100, 105))
def test_dates_by_public_holidays_are_those_of_the_walk(seed: int) -> None:
    offices = of_the_world()
    table = possible(offices, seed)
    assert len(table) >= 60
    assert deviations(table, offices) == []


def test_a_planted_error_of_a_quarter_of_an_hour_is_found() -> None:
    table = possible(INVENTED, 1)
    spoiled = INVENTED | {place: Office("UTC", office.weekend, office.off) for place, office in INVENTED.items()}
    assert any(reckoned(row, INVENTED) != reckoned(row, spoiled) for row in table)
