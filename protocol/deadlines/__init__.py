"""When something is owed, by whom, and why on that day: pure arithmetic of dates, explained in plain English.

Rules
- The ITI sets no number ("a reasonable time", "prompt"). Every number here is a policy and says whose: ``Basis`` tells
  treaty, mutual agreement and own target apart, and only the first two may ever make a counterpart *late*.
- A clock runs from the ``at`` of the ``accepted`` receipt of the message that starts it.
- Hours and seconds are elapsed time. A limit in days or months does not count the day it starts on, and ends at 24:00
  local time of its last day; calendar days are neither shortened nor prolonged by holidays, working days skip them.
- Local days are those of the calendar's zone, so a day in which clocks change is one day. Where two offices must be
  open, a day or an hour counts when both are, and days are those of the first one's zone.
- A pause takes its length from elapsed time and office hours, and from days each one at whose end the clock stood.
- ``Due.steps`` explains the date: start, rule, each skipped day, end, and where the calendar comes from.

Example
    >>> from datetime import UTC, date, datetime
    >>> austria = WorkingCalendar("Europe/Vienna", holidays={date(2026, 12, 8): "Immaculate Conception"})
    >>> found = due(datetime(2026, 12, 4, 15, 0, tzinfo=UTC), Limit(2, Unit.WORKING_DAYS), austria)
    >>> found.due_at.isoformat()
    '2026-12-09T23:00:00+00:00'
    >>> found.steps[2]
    'Saturday 5 December 2026 is not counted: weekend.'
"""

from protocol.deadlines.course import Course, Rules, Talk, course
from protocol.deadlines.due import Due, Standing, due, due_on, standing
from protocol.deadlines.duties import Duty, SaidAt, duties
from protocol.deadlines.limits import MAX_AMOUNT, Limit, Start, Unit, Whose
from protocol.deadlines.pauses import Pause
from protocol.deadlines.profiles import (
    ECOWAS_19,
    EU_2023_977,
    POLICY,
    PROFILES,
    TREATIES,
    Basis,
    Clock_,
    ClockName,
    Profile,
    Treaty,
)
from protocol.deadlines.working_calendar import CalendarEnds, WorkingCalendar

__all__ = [
    "ECOWAS_19", "EU_2023_977", "MAX_AMOUNT", "POLICY", "PROFILES", "TREATIES", "Basis", "CalendarEnds", "ClockName",
    "Clock_", "Course", "Due", "Duty", "Limit", "Pause", "Profile", "Rules", "SaidAt", "Standing", "Start", "Talk",
    "Treaty", "Unit", "Whose", "WorkingCalendar", "course", "due", "due_on", "duties", "standing",
]  # fmt: skip
