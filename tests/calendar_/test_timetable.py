"""The limits and the calendar of a node, from its settings: every number is its own, every correction counts."""

import subprocess
import sys
from datetime import date, timedelta
from pathlib import Path

import pytest

from protocol.deadlines import Basis, ClockName, Unit, due
from protocol.vocabulary.countries import COUNTRIES
from protocol.vocabulary.requests import Priority
from tests.given import TurnedClock
from tracing.calendar.limits import timetable
from tracing.calendar.national import working_calendar
from tracing.casework.clocks import Timetable
from tracing.settings import CalendarSettings, DeadlineSettings, Settings

TODAY = date(2026, 11, 23)
CHRISTMAS = date(2026, 12, 25)


def made(tmp_path: Path, **given: object) -> Timetable:
    members = {"authority": "br", "country": "BRA", "name": "Test", "net": "training"}
    return timetable(Settings.for_new(tmp_path, **members | given), TODAY)


@pytest.mark.parametrize(("priority", "amount", "unit"), [("routine", 5, Unit.HOURS), ("urgent", 2, Unit.SECONDS)])
def test_the_numbers_are_those_the_authority_wrote(tmp_path: Path, priority: str, amount: int, unit: Unit) -> None:
    own = made(tmp_path, deadlines=DeadlineSettings(answer="5 hours", answer_urgent="2 seconds"))
    limit = own.profile.limit(ClockName.ANSWER, priority)
    assert limit is not None
    assert (limit.amount, limit.unit) == (amount, unit)


def test_low_priority_has_the_routine_numbers(tmp_path: Path) -> None:
    profile = made(tmp_path).profile
    assert profile.limit(ClockName.ACK, Priority.LOW) == profile.limit(ClockName.ACK, Priority.ROUTINE)


def test_every_number_says_that_it_is_the_nodes_own_and_makes_nobody_late(tmp_path: Path) -> None:
    profile = made(tmp_path).profile
    assert (profile.basis, profile.basis.makes_late) == (Basis.INTERNAL, False)
    assert "own target" in profile.source


def test_how_early_the_desk_reminds_depends_on_the_priority(tmp_path: Path) -> None:
    own = made(tmp_path, deadlines=DeadlineSettings(near="2 calendar days", near_urgent="3 hours"))
    assert (own.near, own.near_urgent) == (timedelta(days=2), timedelta(hours=3))
    assert (own.near_span_ms("low"), own.near_span_ms("urgent")) == (172_800_000, 10_800_000)


def test_a_country_brings_its_public_holidays() -> None:
    calendar = working_calendar(CalendarSettings(holidays="AUT"), "Europe/Vienna", TODAY)
    assert calendar.closed(CHRISTMAS) is not None
    assert "AUT" in calendar.source


def test_a_day_the_authority_works_is_no_holiday() -> None:
    calendar = working_calendar(CalendarSettings(holidays="AUT", also_worked=[CHRISTMAS]), "UTC", TODAY)
    assert calendar.closed(CHRISTMAS) is None


def test_a_worked_day_that_was_no_holiday_changes_nothing() -> None:
    calendar = working_calendar(CalendarSettings(also_worked=[CHRISTMAS]), "UTC", TODAY)
    assert calendar.closed(CHRISTMAS) is None


def test_a_day_off_the_authority_adds_is_not_counted(tmp_path: Path) -> None:
    own = made(
        tmp_path,
        calendar=CalendarSettings(also_off=[date(2026, 11, 24)]),
        deadlines=DeadlineSettings(ack="1 working day"),
    )
    limit = own.profile.limit(ClockName.ACK, "routine")
    assert limit is not None
    assert due(TurnedClock().now(), limit, own.calendar).due_at.date() == date(2026, 11, 26)


def test_without_a_country_no_holiday_is_known_and_the_source_says_so() -> None:
    calendar = working_calendar(CalendarSettings(), "UTC", TODAY)
    assert (dict(calendar.holidays), calendar.source) == ({}, "no list of public holidays is set")


@pytest.mark.parametrize("code", ["MAR", "BGR", "BHR", "GTM", "SWZ", "VUT"])
def test_a_country_the_library_calls_otherwise_than_iso_brings_its_holidays_too(code: str) -> None:
    calendar = working_calendar(CalendarSettings(holidays=code), "UTC", TODAY)
    assert len(calendar.holidays) > 20


def test_no_country_of_iso_3166_keeps_a_node_from_starting() -> None:
    for code in COUNTRIES:
        calendar = working_calendar(CalendarSettings(holidays=code), "UTC", TODAY)
        assert code in calendar.source


PROBE = """
import sys
from datetime import date
from tracing.calendar.national import working_calendar
from tracing.settings import CalendarSettings
found = working_calendar(CalendarSettings(holidays="BRA"), "UTC", date(2026, 6, 1)).holidays
loaded = [name for name in sys.modules if name.startswith("holidays.countries.")]
for name in [name for name in sys.modules if name.startswith("holidays")]:
    del sys.modules[name]
import holidays
import holidays.countries
whole = holidays.countries.Brazil(years=range(2025, 2031), language="en_US")
print(loaded, found == {day: str(name) for day, name in whole.items()})
"""


def test_only_the_country_that_is_asked_for_is_loaded_and_its_days_are_the_librarys() -> None:
    said = subprocess.run([sys.executable, "-c", PROBE], capture_output=True, text=True, check=True)
    assert said.stdout.strip() == "['holidays.countries.brazil'] True"
