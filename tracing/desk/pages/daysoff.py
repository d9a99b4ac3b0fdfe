"""Days on which an office is closed, with why: ours and those of counterparts, as deadlines are counted by them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date

from protocol.deadlines import CalendarEnds, WorkingCalendar
from tracing.casework.offices import corrections_of, told_by
from tracing.desk.context import Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.tongue import _
from tracing.store import View

__all__ = ["DaysOff", "days_off"]

MOST_OFFICES = 20  # on one page; a list of holidays is loaded for each country
WEEKEND = "weekend"  # as the calendar names it


@dataclass(frozen=True, slots=True)
class DaysOff:
    """Calendars by authority."""

    us: str
    calendars: Mapping[str, WorkingCalendar]

    def why(self, authority: str, day: date) -> str | None:
        """Why an office is closed on a day: a holiday by its name, or a weekend; None where it is open or not known."""
        calendar = self.calendars.get(authority)
        try:
            return None if calendar is None else calendar.closed(day)
        except CalendarEnds:  # a year no list knows is shown as it is: without days off
            return None

    def holiday(self, authority: str, day: date) -> str | None:
        """The same without weekends, with the State's name."""
        why = self.why(authority, day)
        if why is None or why == WEEKEND:
            return None
        return _("%(why)s (%(who)s)") % {"why": why, "who": country_name(self.calendars[authority].whose)}


def days_off(view: View, desk: Desk, authorities: Iterable[str], around: date) -> DaysOff:
    """Of this office, and of these counterparts by what each announced to us."""
    almanac, us = desk.office.house.timetable.almanac, desk.settings.authority
    found = {us: almanac.ours(around, corrections_of(view, us))}
    for authority in list(dict.fromkeys(authorities))[:MOST_OFFICES]:
        if (partner := desk.partners.get(authority)) is not None:
            told = told_by(view, authority, authority, around)
            found[authority] = almanac.announced(partner.country, told, around, corrections_of(view, authority))
    return DaysOff(us, found)
