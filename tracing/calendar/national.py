"""The working calendar of this node, from its settings and the public holidays of its country.

The library ``holidays`` knows every country; Islamic dates in it are estimates, so an authority can correct every day
(``also_off``, ``also_worked``). It is loaded on use.
"""

from datetime import date
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
    import holidays  # loads on use: the tables of all countries are some megabytes

    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    alpha_2 = str(COUNTRIES[country].alpha_2)  # several of the library's own alpha-3 codes are not those of ISO
    found: Any = holidays.country_holidays(alpha_2, years=years)
    return {day: str(name) for day, name in found.items()}
