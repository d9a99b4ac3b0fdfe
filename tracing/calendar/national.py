"""The working calendar of this node, from its settings and the public holidays of its country.

The library ``holidays`` knows every country; Islamic dates in it are estimates, so an authority can correct every day
(``also_off``, ``also_worked``). It is loaded on use.
"""

import sys
from datetime import date
from pathlib import Path
from types import ModuleType
from typing import Any

from protocol.deadlines import WorkingCalendar
from protocol.vocabulary.countries import COUNTRIES
from tracing.settings import CalendarSettings

__all__ = ["working_calendar"]

YEARS_BACK, YEARS_AHEAD = 1, 3  # no clock of a case runs longer


def working_calendar(calendar: CalendarSettings, zone: str, today: date) -> WorkingCalendar:
    """Days off around ``today``. An empty country knows none, and says so in ``source``."""
    found = _public_holidays(calendar.holidays, today) if calendar.holidays else {}
    days = {day: name for day, name in found.items() if day not in calendar.also_worked}
    days |= dict.fromkeys(calendar.also_off, "day off set by this authority")
    source = (
        f"public holidays of {calendar.holidays}, as corrected by this authority"
        if calendar.holidays
        else "no list of public holidays is set"
    )
    return WorkingCalendar(zone=zone, weekend=calendar.weekend_days, holidays=days, source=source)


def _public_holidays(country: str, today: date) -> dict[date, str]:
    import holidays  # loads on use: the tables of a country are some megabytes

    _load_one_at_a_time(holidays)
    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    alpha_2 = str(COUNTRIES[country].alpha_2)  # several of the library's own alpha-3 codes are not those of ISO
    found: Any = holidays.country_holidays(alpha_2, years=years)
    return {day: str(name) for day, name in found.items()}


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
