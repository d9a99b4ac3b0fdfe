"""What holds of every due date, whatever the calendar, the limit and the pauses."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from protocol.deadlines import Limit, Pause, Start, Unit, WorkingCalendar, due

ZONES = ("UTC", "Europe/Vienna", "America/Sao_Paulo", "Asia/Kathmandu", "Asia/Riyadh", "Pacific/Apia", "America/Havana")
FIRST = datetime(2018, 1, 1, tzinfo=UTC)
weekends = st.frozensets(st.integers(0, 6), max_size=3)
days = st.dates(date(2018, 1, 1), date(2018, 12, 31))
holidays = st.dictionaries(days, st.just("a holiday"), max_size=30)
instants = st.integers(0, 300 * 86_400).map(lambda seconds: FIRST + timedelta(seconds=seconds))
limits = st.builds(Limit, st.integers(1, 40), st.sampled_from(Unit), st.sampled_from(Start))
zones = st.sampled_from(ZONES)


@st.composite
def calendars(draw: st.DrawFn) -> WorkingCalendar:
    return WorkingCalendar(draw(zones), draw(weekends), draw(holidays))


def _pause(since: datetime, seconds: int) -> Pause:
    return Pause(since, since + timedelta(seconds=seconds), "a question")


one_pause = st.builds(_pause, instants, st.integers(0, 20 * 86_400))
pauses = st.lists(one_pause, max_size=3)


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), holidays, pauses)
def test_more_holidays_never_make_a_date_earlier(
    start: datetime, limit: Limit, calendar: WorkingCalendar, more: dict[date, str], stops: list[Pause]
) -> None:
    fuller = WorkingCalendar(calendar.zone, calendar.weekend, {**more, **calendar.holidays})
    before, after = (due(start, limit, each, pauses=stops).due_at for each in (calendar, fuller))
    assert after >= before


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), calendars(), pauses)
def test_a_second_office_never_makes_a_date_earlier(
    start: datetime, limit: Limit, calendar: WorkingCalendar, other: WorkingCalendar, stops: list[Pause]
) -> None:
    assume(len(calendar.weekend | other.weekend) < 7)
    if limit.unit is Unit.WORKING_HOURS or limit.start is Start.NEXT_OPENING:
        other = WorkingCalendar(calendar.zone, other.weekend, other.holidays)
    alone = due(start, limit, calendar, pauses=stops).due_at
    assert due(start, limit, calendar, beside=[other], pauses=stops).due_at >= alone


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), pauses, instants)
def test_pausing_and_resuming_at_once_changes_nothing(
    start: datetime, limit: Limit, calendar: WorkingCalendar, stops: list[Pause], at: datetime
) -> None:
    without = due(start, limit, calendar, pauses=stops)
    assert due(start, limit, calendar, pauses=[*stops, Pause(at, at, "nothing")]) == without


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), pauses, one_pause)
def test_a_pause_never_makes_a_date_earlier(
    start: datetime, limit: Limit, calendar: WorkingCalendar, stops: list[Pause], more: Pause
) -> None:
    without, paused = (due(start, limit, calendar, pauses=each).due_at for each in (stops, [*stops, more]))
    assert paused >= without


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), pauses, one_pause)
def test_a_pause_that_goes_on_gives_the_earliest_date_that_its_end_can_bring(
    start: datetime, limit: Limit, calendar: WorkingCalendar, stops: list[Pause], more: Pause
) -> None:
    open_ended = due(start, limit, calendar, pauses=[*stops, replace(more, until=None)])
    closed = due(start, limit, calendar, pauses=[*stops, more])
    assert open_ended.due_at <= closed.due_at
    assert (open_ended.paused_since is not None) is (more.since < open_ended.due_at)


@settings(max_examples=80, deadline=None)
@given(instants, limits, calendars(), st.integers(0, 86_400))
def test_what_starts_later_is_not_due_earlier(
    start: datetime, limit: Limit, calendar: WorkingCalendar, seconds: int
) -> None:
    earlier, later = (due(at, limit, calendar).due_at for at in (start, start + timedelta(seconds=seconds)))
    assert later >= earlier
