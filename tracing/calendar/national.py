"""The working calendars of this node and of counterparts: public holidays of a country, and what was corrected of them.

Rules
- The library ``holidays`` knows every country; Islamic dates in it are estimates and say so, so an authority can
  correct every day: ours in the settings (``also_off``, ``also_worked``) and in the database, a counterpart's in the
  database and by what the counterpart announces of itself. The latest word wins: list, announcement, correction.
- A calendar knows the years around the day it is asked for. Outside the years of the library it knows none, and whoever
  counts in it is told which year is missing.
- The library is loaded on use, one country at a time.
"""

import sys
from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType, ModuleType
from typing import Any

from protocol.deadlines import WorkingCalendar
from protocol.vocabulary.countries import COUNTRIES
from protocol.vocabulary.deadlines import WeekdayWord
from tracing.casework.offices import Corrections, OfficeTold
from tracing.settings import CalendarSettings

__all__ = ["Almanac", "working_calendar"]

YEARS_BACK, YEARS_AHEAD = 1, 4  # around the day a clock begins; few limits are longer
KNOWN_YEARS = range(1950, 2101)  # of the library
WEEK = tuple(word.value for word in WeekdayWord)
MOST_ANNOUNCED = 400  # days in one directory update
SET_BY_US = "day off set by this authority"


class Almanac:
    """Calendars by the day a clock begins."""

    def __init__(self, calendar: CalendarSettings, zone: str, country: str) -> None:
        self._calendar, self._zone, self._country = calendar, zone, country

    def ours(self, day: date, corrections: Corrections = MappingProxyType({})) -> WorkingCalendar:
        """Of this node. An empty country in the settings knows no holidays, and says so in ``source``."""
        own = self._calendar
        years = _years(day)
        found = _public_holidays(own.holidays, years) if own.holidays else {}
        days = {each: name for each, name in found.items() if each not in own.also_worked}
        days |= dict.fromkeys(own.also_off, SET_BY_US)
        listed = f"public holidays of {own.holidays}, as corrected by this authority"
        return WorkingCalendar(
            zone=self._zone,
            weekend=own.weekend_days,
            holidays=_corrected(days, corrections),
            source=listed if own.holidays else "no list of public holidays is set",
            whose=self._country,
            years=years if own.holidays else None,
        )

    def announces(self, corrections: Corrections, today: date) -> dict[str, Any]:
        """What a directory update should say of this node's office: zone, weekend, and what no list knows."""
        own = self._calendar
        off = {*own.also_off, *(day for day, name in corrections.items() if name is not None)}
        worked = {*own.also_worked, *(day for day, name in corrections.items() if name is None)}
        said = {"holidays": _ahead(off, today), "worked": _ahead(worked, today)}
        weekend = [WEEK[day] for day in sorted(own.weekend_days)]
        return {"zone": self._zone, "weekend": weekend} | {name: days for name, days in said.items() if days}

    @staticmethod
    def announced(country: str, told: OfficeTold, day: date, corrections: Corrections) -> WorkingCalendar:
        """Of either side, by what it announced, where it announced anything."""
        years = _years(day)
        found = {} if country not in COUNTRIES else _public_holidays(country, years)
        days = {each: name for each, name in found.items() if each not in told.worked}
        days |= dict.fromkeys(told.off, f"day off announced by {told.authority}")
        zone = told.zone or "UTC"
        unknown = "" if told.zone else f"; the time zone of {told.authority} was not announced: days of UTC"
        return WorkingCalendar(
            zone=zone,
            weekend=frozenset(WEEK.index(each) for each in told.weekend) or _weekend(country),
            holidays=_corrected(days, corrections),
            source=f"public holidays of {country}, as announced by {told.authority}{unknown}",
            whose=country,
            years=None if years and not found else years,
        )


def working_calendar(calendar: CalendarSettings, zone: str, today: date) -> WorkingCalendar:
    """This node's days off around ``today``, by its settings alone."""
    return Almanac(calendar, zone, "").ours(today)


def _ahead(days: Iterable[date], today: date) -> list[str]:
    return [day.isoformat() for day in sorted(days) if day >= today][:MOST_ANNOUNCED]


def _years(day: date) -> frozenset[int]:
    return frozenset(range(day.year - YEARS_BACK, day.year + YEARS_AHEAD + 1)).intersection(KNOWN_YEARS)


def _corrected(days: Mapping[date, str], corrections: Corrections) -> Mapping[date, str]:
    """With the days this authority corrected: a name makes one off, None makes one worked."""
    whole = {**days, **{day: name for day, name in corrections.items() if name is not None}}
    return {day: name for day, name in whole.items() if corrections.get(day, name) is not None}


def _public_holidays(country: str, years: Iterable[int]) -> dict[date, str]:
    return {day: name for year in sorted(years) for day, name in _of_year(country, year).items()}


@lru_cache(maxsize=1024)
def _of_year(country: str, year: int) -> Mapping[date, str]:
    found = _library().country_holidays(_alpha_2(country), years=year, language="en_US")
    return MappingProxyType({day: str(name) for day, name in found.items() if day.year == year})


@lru_cache(maxsize=256)
def _weekend(country: str) -> frozenset[int]:
    """As the library has it, Saturday and Sunday where it knows no better."""
    if country not in COUNTRIES:
        return frozenset({5, 6})
    return frozenset(_library().country_holidays(_alpha_2(country)).weekend) or frozenset({5, 6})


def _alpha_2(country: str) -> str:
    return str(COUNTRIES[country].alpha_2)  # several of the library's own alpha-3 codes are not those of ISO


def _library() -> Any:
    import holidays  # loads on use: the tables of a country are some megabytes

    _load_one_at_a_time(holidays)
    return holidays


def _load_one_at_a_time(library: ModuleType) -> None:
    """Let the library load the country it is asked for: its package of countries would load all 250 of them.

    They cost every node 7 MB and a sixth of a second at its start. In place of that package stands an empty one that
    knows where its modules are; the library's own lazy loader does the rest.
    """
    name = f"{library.__name__}.countries"
    if name not in sys.modules and library.__file__ is not None:
        package = ModuleType(name)
        package.__path__ = [str(Path(library.__file__).with_name("countries"))]
        sys.modules[name] = package
