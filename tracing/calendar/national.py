"""The working calendar of this node, from its settings and the public holidays of its country.

The library ``holidays`` knows 193 countries; Islamic dates in it are estimates, so an authority can correct every day
(``also_off``, ``also_worked``). It is loaded on use.
"""

from datetime import date
from typing import Any

from protocol.deadlines import WorkingCalendar
from tracing.settings import CalendarSettings

__all__ = ["working_calendar"]

YEARS_BACK, YEARS_AHEAD = 1, 3  # no clock of a case runs longer


def working_calendar(calendar: CalendarSettings, zone: str, today: date) -> WorkingCalendar:
    """Days off around ``today``. An empty country knows none, and says so in ``source``."""
    days = _public_holidays(calendar.holidays, today) if calendar.holidays else {}
    for day in calendar.also_off:
        days[day] = "day off set by this authority"
    for day in calendar.also_worked:
        days.pop(day, None)
    source = (
        f"public holidays of {calendar.holidays}, as corrected by this authority"
        if calendar.holidays
        else "no list of public holidays is set"
    )
    return WorkingCalendar(zone=zone, weekend=calendar.weekend_days, holidays=days, source=source)


def _public_holidays(country: str, today: date) -> dict[date, str]:
    import holidays  # loads on use: the tables of all countries are some megabytes

    years = range(today.year - YEARS_BACK, today.year + YEARS_AHEAD + 1)
    try:
        found: Any = holidays.country_holidays(country, years=years)
    except NotImplementedError:
        return {}
    return {day: str(name) for day, name in found.items()}
