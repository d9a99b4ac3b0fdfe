"""Who is told, when, and in which order: rungs, hours, deputies, absences; and what a person sees and puts off."""

from datetime import date, time, timedelta
from typing import Any

import pytest
from sqlalchemy import delete, select, update

from tests.calendar_.conftest import Waiting, deadlines, reminders
from tests.domain.walked import utc
from tests.world import OFFICER
from tracing.casework.attendance import ALWAYS, Hours, attend
from tracing.casework.errors import Forbidden, NotFound
from tracing.casework.ladders import Ladder
from tracing.casework.nudges import nudges, snooze
from tracing.casework.policy import Actor
from tracing.settings.values import Rung
from tracing.store import people
from tracing.tables import Attendance, Case, User, table_of

attendances, cases, users = table_of(Attendance), table_of(Case), table_of(User)
DAY = 86_400_000
LADDER = Ladder.of(
    [Rung("7 calendar days after to approver"), Rung("2 calendar days before"), Rung("14 calendar days after to head")]
)
BEA, CY = Actor("bea", "approver"), Actor("cy", "officer")

# ---------------------------------------------------------------- rungs


def test_rungs_stand_in_order_and_one_at_each_offset() -> None:
    ladder = Ladder.of([Rung("2 hours after"), Rung("1 hour before"), Rung("2 hours after to head")])
    assert [(one.offset_ms, one.to) for one in ladder.rungs] == [(-3_600_000, "owner"), (7_200_000, "owner")]


def test_a_date_known_late_passes_over_the_rungs_before() -> None:
    assert LADDER.first(10 * DAY, 9 * DAY) == 17 * DAY
    assert LADDER.first(10 * DAY, 8 * DAY) == 8 * DAY
    assert LADDER.first(10 * DAY, 25 * DAY) is None


def test_every_rung_that_fell_is_told_once() -> None:
    assert [one.to for one in LADDER.fallen(10 * DAY, 8 * DAY, 17 * DAY)] == ["owner", "approver"]
    assert LADDER.next_after(10 * DAY, 7 * DAY) == 24 * DAY
    assert LADDER.next_after(10 * DAY, 14 * DAY) is None


@pytest.mark.parametrize("text", ["soon", "-3 calendar days after", "7 weeks after", "7 calendar days after to mother"])
def test_a_rung_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="14 calendar days before"):
        Rung(text)


# ---------------------------------------------------------------- hours

VIENNA = Hours("Europe/Vienna", time(8), time(16))


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        ("2026-11-26T10:00", "2026-11-26T10:00"),
        ("2026-11-26T05:00", "2026-11-26T07:00"),
        ("2026-11-26T15:00", "2026-11-27T07:00"),
        ("2026-11-27T18:00", "2026-11-30T07:00"),
        ("2026-03-27T18:00", "2026-03-30T06:00"),
    ],
)
def test_a_reminder_waits_for_the_hours_of_its_person(now: str, expected: str) -> None:
    assert VIENNA.from_when(utc(now), urgent=False) == utc(expected)


def test_an_urgent_reminder_comes_at_any_hour_to_who_is_on_call() -> None:
    night = utc("2026-11-28T02:00")
    on_call = Hours("Europe/Vienna", time(8), time(16), on_call=True)
    assert [one.from_when(night, urgent=True) for one in (on_call, VIENNA)] == [night, utc("2026-11-30T07:00")]


def test_who_said_nothing_of_hours_is_reminded_at_once() -> None:
    assert ALWAYS.from_when(utc("2026-11-28T02:00"), urgent=False) == utc("2026-11-28T02:00")


def test_hours_that_end_before_they_begin_are_refused() -> None:
    with pytest.raises(ValueError, match="closes after it opens"):
        Hours(opens=time(16), closes=time(8))


def test_an_absence_that_ends_before_it_began_is_refused() -> None:
    with pytest.raises(ValueError, match="ends after it began"):
        Hours(absent=(date(2026, 12, 2), date(2026, 12, 1)))


# ---------------------------------------------------------------- people


async def staff(waiting: Waiting, owner: str | None = "ada", **hours: Hours) -> None:
    """Ada and Cy are officers, Bea approves; the case is Ada's, and nobody has other hours than given."""

    def employ(tx: Any) -> None:
        tx.conn.execute(delete(attendances))
        known = set(tx.conn.execute(select(users.c.name)).scalars())
        for name, role in (("ada", "officer"), ("cy", "officer"), ("bea", "approver")):
            if name not in known:
                people.add_user(tx, name, role, "x", "en", "tests")
        for name, one in hours.items():
            attend(tx, name, one, name)
        tx.conn.execute(update(cases).where(cases.c.id == waiting.case).values(owner=owner))
        first = LADDER.first
        for row in tx.conn.execute(select(deadlines).where(deadlines.c.case_id == waiting.case)).all():
            rung = first(row.due_ms, tx.now_ms)
            tx.conn.execute(update(deadlines).where(deadlines.c.id == row.id).values(rung_ms=rung))

    await waiting.w["at"].store.write(employ)


async def told(waiting: Waiting) -> list[tuple[str, str | None, str]]:
    """Every reminder of the acknowledgement: event, to whom, as what."""
    (row,) = await waiting.rows(deadlines, deadlines.c.clock == "ack")
    found = await waiting.rows(reminders, reminders.c.deadline_id == row.id)
    return [(one.event, one.to_user, one.to_role) for one in sorted(found, key=lambda one: one.id)]


async def seen(waiting: Waiting, actor: Actor) -> list[str]:
    """The clocks of this case that a person is reminded of now."""
    now = waiting.clock.now()
    found = await waiting.w["at"].store.read(lambda view: nudges(view, actor, now))
    return sorted(one.clock for one in found if one.case == waiting.case)


def away(waiting: Waiting, deputy: str | None) -> Hours:
    today = waiting.clock.now().date()
    return Hours(
        opens=time.min,
        closes=time.max,
        days=frozenset(range(7)),
        deputy=deputy,
        absent=(today, today + timedelta(days=60)),
    )


async def test_a_duty_climbs_from_its_owner_to_the_approvers_and_to_the_head(waiting: Waiting) -> None:
    head = Hours(opens=time.min, closes=time.max, days=frozenset(range(7)), is_head=True)
    await staff(waiting, bea=head)
    watch = waiting.watch(ladder=LADDER)
    for days in (0, 7, 14):
        await waiting.until_due("ack", after=timedelta(days=days, seconds=1))
        await watch.tick()
        assert await watch.tick() == 0
    assert [one for one in await told(waiting) if one[0] != "2 calendar days before"] == [
        ("passed", "ada", "owner"),
        ("7 calendar days after to approver", None, "approver"),
        ("14 calendar days after to head", "bea", "head"),
    ]
    assert waiting.w.audit("at").ok


async def test_rungs_that_fell_while_nobody_looked_are_each_said_and_marked_late(waiting: Waiting) -> None:
    await staff(waiting)
    await waiting.until_due("ack", after=timedelta(days=15))
    await waiting.watch(ladder=LADDER).tick()
    (row,) = await waiting.rows(deadlines, deadlines.c.clock == "ack")
    found = await waiting.rows(reminders, reminders.c.deadline_id == row.id)
    assert len(found) == 4
    assert all(one.late for one in found)


async def test_two_watches_say_each_rung_once(waiting: Waiting) -> None:
    await staff(waiting)
    await waiting.until_due("ack", after=timedelta(days=15))
    for watch in (waiting.watch(ladder=LADDER), waiting.watch(ladder=LADDER)):
        await watch.tick()
    events = [event for event, *_ in await told(waiting)]
    assert len(events) == len(set(events)) == 4


async def test_a_duty_that_is_done_climbs_no_further(waiting: Waiting) -> None:
    await staff(waiting)
    await waiting.until_due("ack")
    await waiting.watch(ladder=LADDER).tick()
    await waiting.w["at"].office.move(OFFICER, waiting.case, "acknowledge", {})
    before = await told(waiting)
    waiting.clock.turn(timedelta(days=9))
    await waiting.watch(ladder=LADDER).tick()
    assert (await told(waiting), "ack" in await seen(waiting, OFFICER)) == (before, False)


async def test_whoever_is_away_is_reminded_through_the_deputy(waiting: Waiting) -> None:
    await staff(waiting, ada=away(waiting, "cy"))
    await waiting.until_due("ack")
    await waiting.watch().tick()
    assert ("passed", "cy", "owner") in await told(waiting)
    assert (await seen(waiting, CY), await seen(waiting, OFFICER)) == (["ack"], [])


@pytest.mark.parametrize("deputy", [None, "cy", "nobody"])
async def test_where_nobody_stands_in_all_officers_are_told(waiting: Waiting, deputy: str | None) -> None:
    await staff(waiting, ada=away(waiting, deputy), cy=away(waiting, "ada"))
    await waiting.until_due("ack")
    await waiting.watch().tick()
    assert ("passed", None, "officer") in await told(waiting)
    assert await seen(waiting, BEA) == ["ack"]


async def test_what_went_to_somebody_before_an_absence_is_seen_by_the_deputy(waiting: Waiting) -> None:
    await staff(waiting)
    await waiting.until_due("ack")
    await waiting.watch().tick()
    assert await seen(waiting, CY) == []
    await waiting.w["at"].store.write(lambda tx: attend(tx, "ada", away(waiting, "cy"), "ada"))
    assert await seen(waiting, CY) == ["ack"]


async def test_a_reminder_put_off_comes_back_and_the_ladder_goes_on(waiting: Waiting) -> None:
    await staff(waiting)
    await waiting.until_due("ack")
    await waiting.watch(ladder=LADDER).tick()
    store = waiting.w["at"].store
    (one,) = [
        one
        for one in await store.read(lambda view: nudges(view, OFFICER, waiting.clock.now()))
        if one.case == waiting.case
    ]
    until = waiting.clock.now() + timedelta(days=1)
    await store.write(lambda tx: snooze(tx, OFFICER, one.reminder, until))
    assert await seen(waiting, OFFICER) == []
    waiting.clock.turn(timedelta(days=1))
    assert await seen(waiting, OFFICER) == ["ack"]
    waiting.clock.turn(timedelta(days=7))
    await waiting.watch(ladder=LADDER).tick()
    assert await seen(waiting, BEA) == ["ack"]


@pytest.mark.parametrize(
    ("actor", "length", "refusal"),
    [
        (OFFICER, timedelta(days=31), ValueError),
        (OFFICER, timedelta(0), ValueError),
        (CY, timedelta(days=1), NotFound),
        (Actor("aud", "auditor"), timedelta(days=1), Forbidden),
    ],
)
async def test_what_cannot_be_put_off_is_refused_and_stays(
    waiting: Waiting, actor: Actor, length: timedelta, refusal: type[Exception]
) -> None:
    await staff(waiting)
    await waiting.until_due("ack")
    await waiting.watch().tick()
    store, now = waiting.w["at"].store, waiting.clock.now()
    one = next(one for one in await store.read(lambda view: nudges(view, OFFICER, now)) if one.case == waiting.case)
    with pytest.raises(refusal):
        await store.write(lambda tx: snooze(tx, actor, one.reminder, now + length))
    assert await seen(waiting, OFFICER) == ["ack"]
