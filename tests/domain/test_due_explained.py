"""How a due date is explained where two offices, office hours, pauses or estimates play a part; and what is refused."""

from datetime import date, datetime, time, timedelta

import pytest

from protocol.deadlines import CalendarEnds, Limit, Pause, Start, Unit, Whose, WorkingCalendar, due
from tests.domain.walked import utc

VIENNA = WorkingCalendar(
    "Europe/Vienna", holidays={date(2026, 12, 8): "Immaculate Conception"}, source="Austria", whose="AUT"
)
RIYADH = WorkingCalendar("Asia/Riyadh", frozenset({4, 5}), source="Saudi Arabia", whose="SAU")
QUESTION = "waiting for the answer to question br:7"


def days(amount: int, start: Start = Start.NEXT_DAY) -> Limit:
    return Limit(amount, Unit.WORKING_DAYS, start)


def hours(amount: int, start: Start = Start.NEXT_DAY) -> Limit:
    return Limit(amount, Unit.WORKING_HOURS, start)


def pause(since: str, until: str | None) -> Pause:
    return Pause(utc(since), utc(until) if until else None, QUESTION)


def test_with_two_offices_each_closed_day_says_whose_it_is() -> None:
    steps = due(utc("2026-12-03T10:00"), days(2), VIENNA, beside=[RIYADH]).steps
    assert steps[1:] == (
        "Days the office is closed are not counted (Austria; Saudi Arabia).",
        "Friday 4 December 2026 is not counted: weekend (SAU).",
        "Saturday 5 December 2026 is not counted: weekend (AUT), weekend (SAU).",
        "Sunday 6 December 2026 is not counted: weekend (AUT).",
        "Monday 7 December 2026 is working day 1.",
        "Tuesday 8 December 2026 is not counted: Immaculate Conception (AUT).",
        "Wednesday 9 December 2026 is working day 2.",
        "It ends on Wednesday 9 December 2026 at 24:00 (Europe/Vienna), that is 2026-12-09 23:00 UTC.",
    )


def test_the_first_day_counts_where_the_rule_says_so() -> None:
    found = due(utc("2026-11-23T09:00"), days(1, Start.SAME_DAY), VIENNA)
    assert (found.due_at, found.steps[0]) == (
        utc("2026-11-23T23:00"),
        (
            "The limit of 1 working day runs from Monday 23 November 2026 at 10:00 (Europe/Vienna); "
            "the day it starts on is the first that may count."
        ),
    )


def test_what_comes_on_a_weekend_counts_from_the_next_opening() -> None:
    found = due(utc("2026-11-28T09:00"), days(1, Start.NEXT_OPENING), VIENNA)
    assert (found.due_at, found.steps[0]) == (
        utc("2026-12-01T23:00"),
        "It came on Saturday 28 November 2026 at 10:00, outside office hours, and counts from the next opening.",
    )


def test_what_comes_after_the_office_closed_counts_from_the_next_morning() -> None:
    found = due(utc("2026-11-26T17:00"), Limit(1, Unit.HOURS, Start.NEXT_OPENING), VIENNA)
    assert found.due_at == utc("2026-11-27T09:00")


def test_a_pause_before_the_start_moves_nothing() -> None:
    stops = [pause("2026-11-20T10:00", "2026-11-21T10:00")]
    assert due(utc("2026-11-23T09:00"), Limit(8, Unit.HOURS), VIENNA, pauses=stops).due_at == utc("2026-11-23T17:00")


def test_what_comes_in_office_hours_counts_from_its_instant() -> None:
    found = due(utc("2026-11-27T09:30"), Limit(8, Unit.HOURS, Start.NEXT_OPENING), VIENNA)
    assert (found.due_at, len(found.steps)) == (utc("2026-11-27T17:30"), 2)


def test_office_hours_are_counted_day_by_day() -> None:
    found = due(utc("2026-12-04T14:30"), hours(4), VIENNA)
    assert found.due_at == utc("2026-12-07T10:30")
    assert found.steps == (
        "The limit of 4 working hours runs from Friday 4 December 2026 at 15:30 (Europe/Vienna), in office hours only.",
        "Days the office is closed are not counted (Austria).",
        "Friday 4 December 2026: 1 h 30 min counted, 2 h 30 min left.",
        "Saturday 5 December 2026 is not counted: weekend.",
        "Sunday 6 December 2026 is not counted: weekend.",
        "It ends on Monday 7 December 2026 at 11:30 (Europe/Vienna), that is 2026-12-07 10:30 UTC.",
    )


def test_office_hours_of_two_are_those_that_both_share() -> None:
    found = due(utc("2026-12-07T05:00"), hours(8), VIENNA, beside=[RIYADH])  # together from 9 to 15 in Vienna
    assert found.due_at == utc("2026-12-09T10:00")
    assert "Monday 7 December 2026: 6 h counted, 2 h left." in found.steps


def test_days_that_ended_while_the_clock_stood_still_are_told() -> None:
    found = due(utc("2026-11-23T09:00"), days(2), VIENNA, pauses=[pause("2026-11-24T10:00", "2026-11-26T10:00")])
    assert found.due_at == utc("2026-11-27T23:00")
    assert found.steps[2] == (
        f"From Tuesday 24 November 2026 to Wednesday 25 November 2026 the clock stood still: {QUESTION}; "
        "2 days not counted."
    )


def test_hours_that_stood_still_are_told() -> None:
    found = due(
        utc("2026-11-23T09:00"), Limit(8, Unit.HOURS), VIENNA, pauses=[pause("2026-11-23T10:00", "2026-11-23T12:00")]
    )
    assert found.due_at == utc("2026-11-23T19:00")
    assert found.steps[1] == (
        f"From Monday 23 November 2026 at 11:00 to Monday 23 November 2026 at 13:00 the clock stood still: {QUESTION}."
    )


def test_office_hours_pass_over_days_that_stood_still_whole() -> None:
    found = due(utc("2026-11-23T09:00"), hours(10), VIENNA, pauses=[pause("2026-11-23T10:00", "2026-11-26T10:00")])
    assert found.due_at == utc("2026-11-27T11:00")
    assert found.steps[3] == (
        f"From Tuesday 24 November 2026 to Wednesday 25 November 2026 the clock stood still: {QUESTION}; "
        "2 days not counted."
    )


def test_a_month_is_prolonged_by_the_days_that_stood_still() -> None:
    found = due(
        utc("2026-11-23T09:00"), Limit(1, Unit.MONTHS), VIENNA, pauses=[pause("2026-11-24T10:00", "2026-11-25T10:00")]
    )
    assert found.steps[2] == (
        "1 month later is Wednesday 23 December 2026, with the days it stood still Thursday 24 December 2026."
    )


def test_pauses_across_each_other_are_counted_once() -> None:
    stops = [
        pause("2026-11-23T10:00", "2026-11-23T12:00"),
        pause("2026-11-23T11:00", "2026-11-23T13:00"),
        pause("2026-11-23T08:00", "2026-11-23T07:00"),
    ]
    assert due(utc("2026-11-23T09:00"), Limit(8, Unit.HOURS), VIENNA, pauses=stops).due_at == utc("2026-11-23T20:00")


def test_a_clock_that_stands_still_says_since_when() -> None:
    found = due(utc("2026-11-23T09:00"), days(3), VIENNA, pauses=[pause("2026-11-24T10:00", None)])
    assert (found.due_at, found.paused_since) == (utc("2026-11-26T23:00"), utc("2026-11-24T10:00"))
    assert found.steps[-1] == (
        f"The clock stands still since 2026-11-24 10:00 UTC: {QUESTION}; the date moves on with it."
    )


def test_a_question_after_the_date_does_not_stop_the_clock() -> None:
    assert due(utc("2026-11-23T09:00"), days(3), VIENNA, pauses=[pause("2026-11-27T10:00", None)]).paused_since is None


def test_an_estimated_holiday_is_marked_and_said_to_be_one() -> None:
    feast = WorkingCalendar("Asia/Riyadh", frozenset({4, 5}), {date(2026, 5, 27): "Eid al-Adha (estimated)"})
    steps = due(utc("2026-05-26T09:00"), days(1), feast).steps
    assert "Wednesday 27 May 2026 is not counted: Eid al-Adha (estimated)." in steps
    assert steps[-1] == "Dates marked (estimated) depend on the moon: the authority corrects them when they are known."


# ---------------------------------------------------------------- refused

KNOWN = WorkingCalendar("UTC", years=frozenset({2025, 2026}), source="list of the ministry")


def test_a_year_the_calendar_does_not_know_is_named() -> None:
    with pytest.raises(CalendarEnds) as refused:
        due(utc("2026-12-30T09:00"), days(3), KNOWN)
    assert str(refused.value) == "list of the ministry: expected holidays of 2027, got those of 2025 to 2026"


def test_a_calendar_of_no_year_says_so() -> None:
    with pytest.raises(CalendarEnds, match="got those of no year"):
        WorkingCalendar("UTC", years=frozenset()).closed(date(2026, 1, 1))


def test_calendar_days_need_no_list_of_holidays() -> None:
    found = due(utc("2026-12-30T09:00"), Limit(7, Unit.CALENDAR_DAYS), KNOWN)
    assert found.due_at == utc("2027-01-07T00:00")


def test_two_weeks_without_a_common_working_day_are_refused() -> None:
    first, second = WorkingCalendar("UTC", frozenset({0, 1, 2})), WorkingCalendar("UTC", frozenset({3, 4, 5, 6}))
    with pytest.raises(ValueError, match="a day of the week on which both offices work"):
        due(utc("2026-11-23T09:00"), days(1), first, beside=[second])


def test_an_office_that_closes_before_it_opens_is_refused() -> None:
    with pytest.raises(ValueError, match="closes after it opens, got 17:00:00 to 09:00:00"):
        WorkingCalendar("UTC", opens=time(17), closes=time(9))


@pytest.mark.parametrize("limit", [hours(1), Limit(1, Unit.HOURS, Start.NEXT_OPENING)])
def test_offices_that_are_never_open_at_once_are_refused(limit: Limit) -> None:
    tokyo, sao_paulo = WorkingCalendar("Asia/Tokyo"), WorkingCalendar("America/Sao_Paulo")
    with pytest.raises(ValueError, match="ten years"):
        due(utc("2026-11-23T09:00"), limit, tokyo, beside=[sao_paulo])


def test_a_limit_says_whose_days_it_counts() -> None:
    assert Limit(2, Unit.WORKING_DAYS, whose=Whose.BOTH).whose is Whose.BOTH


def test_a_pause_of_centuries_is_passed_in_one_step() -> None:
    far = datetime(8999, 1, 1, tzinfo=utc("2026-01-01T00:00").tzinfo)
    found = due(utc("2026-11-23T09:00"), days(2), VIENNA, pauses=[Pause(utc("2026-11-23T10:00"), far, QUESTION)])
    assert (found.due_at - far, len(found.steps)) == (timedelta(days=1, hours=23), 6)
