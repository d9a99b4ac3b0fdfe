"""The bytes of a feed, as two calendar readers understand them: the right local days, in six languages."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest

from protocol.deadlines import ClockName, Limit, Unit, WorkingCalendar, due, due_on
from tests.feeds.readers import READERS, Understood
from tracing.clock import to_ms
from tracing.feeds.calendars import Calendar
from tracing.feeds.duties import Due, Duties
from tracing.phrases import PHRASES, House, Reader

NOW = datetime(2026, 11, 27, 9, tzinfo=UTC)
PLAIN = House(is_training=False, names_counterparts=False, desk_url="https://desk.example")
END = to_ms(datetime(2026, 12, 24, 23, tzinfo=UTC))
ONE = Due(
    uid="0" * 32, deadline=7, case="456789abcdef", counterpart="Tracing point of br", clock="answer", owed_by="us",
    basis="treaty", due_ms=END, is_paused=False, first_ms=END, moves=0, changed_ms=to_ms(NOW),
)  # fmt: skip


def calendar(*shown: Due, language: str = "en", zone: str = "Europe/Vienna", **more: Any) -> Calendar:
    house = more.pop("house", PLAIN)
    due = Duties(NOW - timedelta(days=90), NOW + timedelta(days=400), shown, more.pop("is_cut", False))
    return Calendar(more.pop("whose", "mine"), due, Reader(language, zone), house)


def understood(data: bytes) -> list[Understood]:
    """What both readers understand alike."""
    one, other = (read(data) for read in READERS.values())
    assert one == other
    return one


MIDNIGHTS = [
    ("Asia/Kolkata", "2026-12-24"), ("America/St_Johns", "2026-12-24"), ("Pacific/Kiritimati", "2026-12-31"),
    ("Pacific/Pago_Pago", "2026-12-31"), ("Asia/Kathmandu", "2027-01-01"), ("Pacific/Chatham", "2027-04-03"),
    ("Europe/Vienna", "2027-03-27"), ("Europe/Vienna", "2027-03-28"), ("America/St_Johns", "2027-03-13"),
    ("America/St_Johns", "2027-03-14"), ("Asia/Beirut", "2027-03-27"), ("Asia/Beirut", "2027-03-28"),
    ("Africa/Cairo", "2027-04-29"), ("Africa/Cairo", "2027-04-30"), ("America/Havana", "2026-10-31"),
    ("America/Havana", "2026-11-01"), ("America/Havana", "2027-03-13"), ("America/Santiago", "2027-04-03"),
    ("America/Santiago", "2027-09-04"), ("America/Asuncion", "2027-01-31"), ("Australia/Lord_Howe", "2027-04-03"),
]  # fmt: skip


@pytest.mark.parametrize(("zone", "day"), MIDNIGHTS)
def test_a_limit_that_ends_with_a_day_is_an_event_of_that_local_day(zone: str, day: str) -> None:
    """Also where clocks change in that night, and where its midnight does not exist or comes twice."""
    ends = to_ms(due_on(date.fromisoformat(day), WorkingCalendar(zone)).due_at)
    (event,) = understood(calendar(replace(ONE, due_ms=ends), zone=zone).to_bytes())
    assert (event.at, isinstance(event.at, datetime)) == (date.fromisoformat(day), False)
    assert f"{day}, 24:00 ({zone})" in event.description


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/St_Johns", "Pacific/Kiritimati", "Asia/Beirut"])
def test_a_limit_in_hours_is_the_same_instant_in_every_zone(zone: str) -> None:
    start = datetime(2027, 3, 27, 17, 45, tzinfo=UTC)
    ends = due(start, Limit(8, Unit.HOURS), WorkingCalendar(zone)).due_at
    data = calendar(replace(ONE, due_ms=to_ms(ends)), zone=zone).to_bytes()
    (event,) = understood(data)
    assert event.at == ends == datetime(2027, 3, 28, 1, 45, tzinfo=UTC)
    assert b"DTSTART:20270328T014500Z\r\n" in data


def test_a_day_that_ends_in_another_zone_is_an_instant_and_not_a_day_of_ours() -> None:
    """24:00 in Kiritimati is half past six in the morning in St. John's: nobody there has the rest of that day."""
    ends = due_on(date(2026, 12, 24), WorkingCalendar("Pacific/Kiritimati")).due_at
    (event,) = understood(calendar(replace(ONE, due_ms=to_ms(ends)), zone="America/St_Johns").to_bytes())
    assert event.at == datetime(2026, 12, 24, 10, tzinfo=UTC)
    assert "2026-12-24, 06:30 (America/St_Johns)" in event.description


@pytest.mark.parametrize("language", PHRASES)
def test_every_language_says_which_case_what_when_and_where_the_number_comes_from(language: str) -> None:
    say, house = PHRASES[language], replace(PLAIN, is_training=True)
    shown = [
        replace(ONE, uid=f"{basis}-{clock}-{owed}", basis=basis, clock=clock, owed_by=owed, moves=2,
            first_ms=END - 86_400_000, is_paused=basis == "agreed")
        for basis in say.bases for clock in say.clocks for owed in ("us", "them")
    ]  # fmt: skip
    data = calendar(*shown, language=language, house=house, is_cut=True).to_bytes()
    found = {one.uid: one for one in understood(data)}
    assert len(found) == len(shown) + 1
    for one in shown:
        event, owed = found[one.uid], say.by_us if one.owed_by == "us" else say.by_them
        assert event.summary.startswith(say.training)
        for part in (say.clocks[one.clock], "456789abcdef"):
            assert part in event.summary and part in event.description  # noqa: PT018 - each part
        is_duty = ClockName(one.clock).is_duty  # what is nobody's is owed by nobody
        assert (owed in event.summary, owed in event.description) == (is_duty, is_duty)
        for part in (say.bases[one.basis], "2026-12-24, 24:00 (Europe/Vienna)", "2026-12-23, 24:00", say.unread):
            assert part in event.description
        assert (say.still in event.description, event.status) == (
            one.is_paused, "TENTATIVE" if one.is_paused else "CONFIRMED",
        )  # fmt: skip
    assert say.more_dates in found[f"{shown[-1].uid}-more"].summary
    text = data.decode()
    assert ("{" in text, "Tracing point" in text, max(map(len, data.split(b"\r\n")))) == (False, False, 75)


def test_each_language_has_words_for_every_basis() -> None:
    assert {frozenset(say.bases) for say in PHRASES.values()} == {frozenset(PHRASES["en"].bases)}


def test_no_line_of_a_feed_ends_otherwise_than_the_grammar_says() -> None:
    data = calendar(ONE, language="ar").to_bytes()
    assert (data.count(b"\n"), data.endswith(b"END:VCALENDAR\r\n")) == (data.count(b"\r\n"), True)


def test_the_head_says_how_often_to_read_and_what_is_shown() -> None:
    text = calendar(ONE, whose="team").to_bytes().decode().replace("\r\n ", "")
    for line in ("VERSION:2.0", "CALSCALE:GREGORIAN", "REFRESH-INTERVAL;VALUE=DURATION:PT1H", "X-PUBLISHED-TTL:PT1H",
                 "NAME:Tracing: all dates", "X-WR-CALNAME:Tracing: all dates"):  # fmt: skip
        assert f"\r\n{line}\r\n" in text
    assert ("from 2026-08-29 to 2028-01-01\\, at most 600" in text, "METHOD" in text, "VALARM" in text) == (
        True,
        False,
        False,
    )


def test_a_state_is_named_only_where_the_settings_say_so_and_breaks_out_of_nothing() -> None:
    hostile = replace(ONE, counterpart="Bureau\r\nEND:VEVENT\r\nX-EVIL:1\r\n;,\\\u202egnp" + "x" * 500)
    (event,) = understood(calendar(hostile, house=replace(PLAIN, names_counterparts=True)).to_bytes())
    (line,) = [one for one in event.description.split("\n") if "Bureau" in one]
    assert line.startswith("Counterpart: Bureau END:VEVENT X-EVIL:1 ;,\\ gnpx") and len(line) == 133  # noqa: PT018
    assert b"Bureau" not in calendar(hostile).to_bytes()


def test_an_address_leads_to_the_date_and_stands_only_where_the_desk_has_one() -> None:
    assert b"URL:https://desk.example/deadlines/7-456789abcdef\r\n" in calendar(ONE).to_bytes()
    assert b"URL" not in calendar(ONE, house=replace(PLAIN, desk_url="")).to_bytes()


def test_the_validator_changes_with_all_that_is_said_and_with_nothing_else() -> None:
    one = calendar(ONE)
    assert one.etag == calendar(replace(ONE)).etag
    others = [
        calendar(replace(ONE, moves=1)), calendar(ONE, language="fr"), calendar(ONE, zone="UTC"), calendar(),
        calendar(ONE, whose="team"), calendar(ONE, is_cut=True), calendar(ONE, house=replace(PLAIN, desk_url="")),
    ]  # fmt: skip
    assert len({one.etag, *(other.etag for other in others)}) == len(others) + 1
    assert one.to_bytes() == calendar(ONE).to_bytes()


def test_a_calendar_without_events_is_read_as_one() -> None:
    assert understood(calendar().to_bytes()) == []
