"""Due dates, each worked out by hand with a wall calendar and the time zone's rules."""

from datetime import UTC, date, datetime, timedelta

import pytest

from protocol.deadlines import Limit, Standing, Unit, WorkingCalendar, due, due_on, standing

VIENNA = WorkingCalendar(
    "Europe/Vienna",
    holidays={
        date(2026, 10, 26): "National Day",
        date(2026, 12, 8): "Immaculate Conception",
        date(2026, 12, 25): "Christmas Day",
        date(2026, 12, 26): "St Stephen's Day",
        date(2027, 1, 1): "New Year",
        date(2027, 1, 6): "Epiphany",
    },
    source="public holidays of Austria",
)
SAO_PAULO = WorkingCalendar("America/Sao_Paulo", holidays={date(2026, 11, 20): "Black Awareness Day"})
RIYADH = WorkingCalendar("Asia/Riyadh", frozenset({4, 5}), {date(2026, 9, 23): "National Day"})
KATHMANDU = WorkingCalendar("Asia/Kathmandu", frozenset({5}))
NEW_YORK = WorkingCalendar(
    "America/New_York", holidays={date(2026, 11, 26): "Thanksgiving", date(2026, 7, 3): "Independence Day (observed)"}
)
SYDNEY = WorkingCalendar("Australia/Sydney")
HAVANA = WorkingCalendar("America/Havana")
BEIRUT = WorkingCalendar("Asia/Beirut")
APIA = WorkingCalendar("Pacific/Apia")
PLAIN = WorkingCalendar("UTC")


def working(amount: int) -> Limit:
    return Limit(amount, Unit.WORKING_DAYS)


def days(amount: int) -> Limit:
    return Limit(amount, Unit.CALENDAR_DAYS)


def hours(amount: int) -> Limit:
    return Limit(amount, Unit.HOURS)


def months(amount: int) -> Limit:
    return Limit(amount, Unit.MONTHS)


# start and due in UTC; 23 November 2026 is a Monday
WORKED: list[tuple[str, WorkingCalendar, str, Limit, str]] = [
    ("three working days in one week", VIENNA, "2026-11-23T09:00", working(3), "2026-11-26T23:00"),
    ("one working day", VIENNA, "2026-11-23T09:00", working(1), "2026-11-24T23:00"),
    ("from Friday over the weekend", VIENNA, "2026-11-27T12:00", working(1), "2026-11-30T23:00"),
    ("from Saturday", VIENNA, "2026-11-28T12:00", working(1), "2026-11-30T23:00"),
    ("Sunday one minute to midnight", VIENNA, "2026-11-29T22:59", working(1), "2026-11-30T23:00"),
    ("Monday at midnight is Monday", VIENNA, "2026-11-29T23:00", working(1), "2026-12-01T23:00"),
    ("over a weekend and a holiday", VIENNA, "2026-12-04T15:00", working(2), "2026-12-09T23:00"),
    ("over Christmas", VIENNA, "2026-12-24T10:00", working(1), "2026-12-28T23:00"),
    ("three days over Christmas", VIENNA, "2026-12-24T10:00", working(3), "2026-12-30T23:00"),
    ("over New Year and Epiphany", VIENNA, "2026-12-31T10:00", working(3), "2027-01-07T23:00"),
    ("over a holiday on Monday", VIENNA, "2026-10-23T10:00", working(1), "2026-10-27T23:00"),
    ("thirty calendar days", VIENNA, "2026-11-23T09:00", days(30), "2026-12-23T23:00"),
    ("fourteen calendar days", VIENNA, "2026-11-23T09:00", days(14), "2026-12-07T23:00"),
    ("calendar days end on a holiday too", VIENNA, "2026-12-24T10:00", days(2), "2026-12-26T23:00"),
    ("past midnight here, not yet in UTC", VIENNA, "2026-11-23T23:30", days(1), "2026-11-25T23:00"),
    ("a day of 23 hours", VIENNA, "2026-03-28T12:00", days(1), "2026-03-29T22:00"),
    ("a day of 25 hours", VIENNA, "2026-10-24T12:00", days(1), "2026-10-25T23:00"),
    ("24 hours while clocks go forward", VIENNA, "2026-03-28T12:00", hours(24), "2026-03-29T12:00"),
    ("24 hours while clocks go back", VIENNA, "2026-10-24T12:00", hours(24), "2026-10-25T12:00"),
    ("eight hours by day", VIENNA, "2026-11-23T09:00", hours(8), "2026-11-23T17:00"),
    ("eight hours into a weekend", VIENNA, "2026-11-27T20:00", hours(8), "2026-11-28T04:00"),
    ("72 hours", VIENNA, "2026-11-27T20:00", hours(72), "2026-11-30T20:00"),
    ("sixty seconds", VIENNA, "2026-11-23T09:00", Limit(60, Unit.SECONDS), "2026-11-23T09:01"),
    ("one month", VIENNA, "2026-11-23T10:00", months(1), "2026-12-23T23:00"),
    ("one month into the next year", VIENNA, "2026-12-15T10:00", months(1), "2027-01-15T23:00"),
    ("one month from the 31st of January", VIENNA, "2027-01-31T10:00", months(1), "2027-02-28T23:00"),
    ("the same in a leap year", VIENNA, "2028-01-31T10:00", months(1), "2028-02-29T23:00"),
    ("one month into a shorter one", VIENNA, "2026-03-31T10:00", months(1), "2026-04-30T22:00"),
    ("three months into February", VIENNA, "2026-11-30T10:00", months(3), "2027-02-28T23:00"),
    ("twelve months from a leap day", VIENNA, "2028-02-29T10:00", months(12), "2029-02-28T23:00"),
    ("a holiday before a weekend", SAO_PAULO, "2026-11-19T18:00", working(1), "2026-11-24T03:00"),
    ("thirty days west of Greenwich", SAO_PAULO, "2026-11-23T18:00", days(30), "2026-12-24T03:00"),
    ("late evening here, next day in UTC", SAO_PAULO, "2026-11-24T02:30", working(1), "2026-11-25T03:00"),
    ("midnight does not exist that day", SAO_PAULO, "2018-11-02T15:00", days(1), "2018-11-04T03:00"),
    ("the hour before midnight comes twice", SAO_PAULO, "2018-02-16T15:00", days(1), "2018-02-18T03:00"),
    ("a weekend on Friday and Saturday", RIYADH, "2026-11-26T09:00", working(1), "2026-11-29T21:00"),
    ("three days over such a weekend", RIYADH, "2026-11-25T09:00", working(3), "2026-11-30T21:00"),
    ("past midnight into such a weekend", RIYADH, "2026-11-26T21:30", working(1), "2026-11-29T21:00"),
    ("a holiday in midweek", RIYADH, "2026-09-22T09:00", working(1), "2026-09-24T21:00"),
    ("a weekend of one day, a zone of 45 minutes", KATHMANDU, "2026-11-27T10:00", working(1), "2026-11-29T18:15"),
    ("calendar days in that zone", KATHMANDU, "2026-11-27T10:00", days(2), "2026-11-29T18:15"),
    ("over a holiday on Thursday", NEW_YORK, "2026-11-25T20:00", working(1), "2026-11-28T05:00"),
    ("over an observed holiday on Friday", NEW_YORK, "2026-07-02T20:00", working(1), "2026-07-07T04:00"),
    ("clocks go back in autumn", NEW_YORK, "2026-10-31T16:00", days(1), "2026-11-02T05:00"),
    ("clocks go forward in spring", NEW_YORK, "2026-03-07T17:00", days(1), "2026-03-09T04:00"),
    ("24 hours over that night", NEW_YORK, "2026-10-31T16:00", hours(24), "2026-11-01T16:00"),
    ("spring in the south", SYDNEY, "2026-10-03T02:00", days(1), "2026-10-04T13:00"),
    ("autumn in the south", SYDNEY, "2026-04-04T02:00", days(1), "2026-04-05T14:00"),
    ("no midnight in Havana", HAVANA, "2026-03-06T17:00", days(1), "2026-03-08T05:00"),
    ("midnight twice in Havana, the first counts", HAVANA, "2026-10-30T16:00", days(1), "2026-11-01T04:00"),
    ("no midnight in Beirut", BEIRUT, "2026-03-27T10:00", days(1), "2026-03-28T22:00"),
    ("a day that Samoa left out", APIA, "2011-12-28T22:00", days(2), "2011-12-30T10:00"),
    ("a week of working days", PLAIN, "2026-11-23T08:00", working(5), "2026-12-01T00:00"),
    ("two weeks of working days", PLAIN, "2026-11-23T08:00", working(10), "2026-12-08T00:00"),
]


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("calendar", "start", "limit", "expected"), [w[1:] for w in WORKED], ids=[w[0] for w in WORKED]
)
def test_a_due_date_is_the_one_worked_out_by_hand(
    calendar: WorkingCalendar, start: str, limit: Limit, expected: str
) -> None:
    assert due(utc(start), limit, calendar).due_at == utc(expected)


def test_the_due_date_does_not_depend_on_the_zone_the_start_is_written_in() -> None:
    start = datetime.fromisoformat("2026-11-23T14:45:00+05:45")
    assert due(start, working(3), VIENNA) == due(utc("2026-11-23T09:00"), working(3), VIENNA)


def test_every_skipped_day_is_explained_in_plain_english() -> None:
    assert due(utc("2026-12-04T15:00"), working(2), VIENNA).steps == (
        (
            "The limit of 2 working days runs from Friday 4 December 2026 at 16:00 (Europe/Vienna); "
            "the day it starts on is not counted."
        ),
        "Days the office is closed are not counted (public holidays of Austria).",
        "Saturday 5 December 2026 is not counted: weekend.",
        "Sunday 6 December 2026 is not counted: weekend.",
        "Monday 7 December 2026 is working day 1.",
        "Tuesday 8 December 2026 is not counted: Immaculate Conception.",
        "Wednesday 9 December 2026 is working day 2.",
        "It ends on Wednesday 9 December 2026 at 24:00 (Europe/Vienna), that is 2026-12-09 23:00 UTC.",
    )


def test_calendar_days_say_that_all_days_count() -> None:
    steps = due(utc("2026-12-24T10:00"), days(2), VIENNA).steps
    assert steps[1] == "All days count, weekends and holidays too: day 2 is Saturday 26 December 2026."


@pytest.mark.parametrize(("amount", "words"), [(1, "1 month later is"), (3, "3 months later is")])
def test_months_are_explained(amount: int, words: str) -> None:
    assert due(utc("2026-11-30T10:00"), months(amount), VIENNA).steps[1].startswith(words)


def test_elapsed_hours_say_when_clocks_change() -> None:
    assert due(utc("2026-03-28T12:00"), hours(24), VIENNA).steps == (
        (
            "The limit of 24 hours runs from Saturday 28 March 2026 at 13:00 (Europe/Vienna), "
            "through nights, weekends and holidays."
        ),
        "Clocks change in between; elapsed time is counted.",
        "It ends on Sunday 29 March 2026 at 14:00 (Europe/Vienna), that is 2026-03-29 12:00 UTC.",
    )


def test_elapsed_hours_are_silent_about_clocks_that_stay() -> None:
    assert len(due(utc("2026-11-23T09:00"), hours(8), VIENNA).steps) == 2


def test_a_named_day_ends_at_its_midnight() -> None:
    found = due_on(date(2027, 1, 15), VIENNA)
    assert (found.due_at, found.steps[0]) == (utc("2027-01-15T23:00"), "Friday 15 January 2027 was named.")


def test_an_instant_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="aware"):
        due(datetime(2026, 11, 23, 9, 0), working(1), VIENNA)  # noqa: DTZ001 - that is what is refused


@pytest.mark.parametrize("amount", [0, -1, 3_661])
def test_a_limit_of_no_days_or_of_decades_is_refused(amount: int) -> None:
    with pytest.raises(ValueError, match="expected 1 to 3660 calendar days"):
        Limit(amount, Unit.CALENDAR_DAYS)


@pytest.mark.parametrize("weekend", [frozenset(range(7)), frozenset({7})])
def test_a_week_without_a_working_day_is_refused(weekend: frozenset[int]) -> None:
    with pytest.raises(ValueError, match="working day"):
        WorkingCalendar("UTC", weekend)


def test_an_unknown_zone_is_refused_when_the_calendar_is_made() -> None:
    with pytest.raises(KeyError):
        WorkingCalendar("Europe/Atlantis")


@pytest.mark.parametrize(("limit", "words"), [(working(1), "1 working day"), (hours(8), "8 hours")])
def test_a_limit_reads_as_english(limit: Limit, words: str) -> None:
    assert str(limit) == words


# ---------------------------------------------------------------- standing

DUE = utc("2026-11-26T23:00")


@pytest.mark.parametrize(
    ("at", "expected"),
    [
        ("2026-11-24T22:59", Standing.ON_TIME),
        ("2026-11-25T23:00", Standing.DUE_SOON),
        ("2026-11-26T23:00", Standing.DUE_SOON),
        ("2026-11-26T23:01", Standing.OVERDUE),
    ],
)
def test_a_deadline_stands_on_time_then_soon_then_overdue(at: str, expected: Standing) -> None:
    assert standing(DUE, utc(at), timedelta(days=1)) is expected
