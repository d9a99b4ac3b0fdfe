"""When a request that nobody answers may lapse: a date of whoever asked, which is no duty and is counted as none."""

from datetime import timedelta
from typing import Any

from sqlalchemy import select, update

from protocol.lifecycle import Kind
from tests.calendar_.conftest import Waiting, deadlines, reminders
from tests.calendar_.test_watch import delay
from tests.domain.bodies import body
from tests.world import OFFICER
from tracing.calendar.watch import Watch
from tracing.casework.clocks import follow_anew
from tracing.casework.tallies import overdue
from tracing.clock import from_ms
from tracing.tables import Case, table_of

cases = table_of(Case)
INTERIM = body(Kind.INTERIM_RESPONSE) | {"final": False}
HALF_A_YEAR = timedelta(days=180)


def watch_of(waiting: Waiting, authority: str = "br") -> Watch:
    """As the node's own duties make it."""
    timetable = waiting.w[authority].house.timetable
    return waiting.watch(authority, passed=lambda tx, case_id: follow_anew(tx, timetable, case_id))


async def lapse(waiting: Waiting, authority: str = "br") -> list[Any]:
    return await waiting.rows(deadlines, deadlines.c.clock == "lapse", authority=authority)


async def answer_is_late(waiting: Waiting) -> Any:
    """The date of the answer has passed, and both have looked; its row at br."""
    await waiting.until_due("answer")
    for authority in ("at", "br"):
        await watch_of(waiting, authority).tick()
    (row,) = await waiting.rows(deadlines, deadlines.c.clock == "answer", authority="br")
    return row


async def falls_now(waiting: Waiting, column: str) -> None:
    """As half a year later, in which the keys of both would have ended."""
    this = update(deadlines).where(deadlines.c.case_id == waiting.case, deadlines.c.clock == "lapse")
    now_ms = waiting.clock.now_ms()
    await waiting.w["br"].store.write(lambda tx: tx.conn.execute(this.values({column: now_ms})))


async def test_before_the_answer_is_late_there_is_no_date_to_give_up(waiting: Waiting) -> None:
    await waiting.until_due("ack")
    await watch_of(waiting).tick()
    assert await lapse(waiting) == []


async def test_half_a_year_after_the_answer_was_due_whoever_asked_may_give_up_and_nobody_else(waiting: Waiting) -> None:
    answer = await answer_is_late(waiting)
    (row,) = await lapse(waiting)
    assert from_ms(row.due_ms) == from_ms(answer.due_ms) + HALF_A_YEAR
    assert (row.owed_by, row.basis, row.ended_ms, row.started_ms) == ("us", "internal", None, answer.due_ms - 1)
    assert await lapse(waiting, "at") == []


async def test_however_often_it_is_looked_at_it_is_one_row(waiting: Waiting) -> None:
    await answer_is_late(waiting)
    before = await lapse(waiting)
    for _ in range(2):
        timetable = waiting.w["br"].house.timetable
        await waiting.w["br"].store.write(lambda tx, t=timetable: follow_anew(tx, t, waiting.case))  # type: ignore[misc]
    assert await lapse(waiting) == before


async def test_it_is_no_duty_of_ours_in_a_list_or_a_tally(waiting: Waiting) -> None:
    await answer_is_late(waiting)
    store, query = waiting.w["br"].store, select(cases.c.due_ms, cases.c.counted).where(cases.c.id == waiting.case)
    before = await store.read(lambda view: view.conn.execute(query).one())
    ours = (await store.read(lambda view: overdue(view, waiting.clock.now_ms())))["us"]
    (row,) = await lapse(waiting)
    await falls_now(waiting, "due_ms")
    assert row.passed_told_ms is None
    await watch_of(waiting).tick()
    assert [event for clock, event, _ in await waiting.said("br") if clock == "lapse"] == ["passed"]
    assert await store.read(lambda view: view.conn.execute(query).one()) == before
    counts = await store.read(lambda view: overdue(view, waiting.clock.now_ms()))
    assert (counts["us"], counts["them"] >= 1) == (ours, True)


async def test_any_answer_ends_it(waiting: Waiting) -> None:
    await answer_is_late(waiting)
    await waiting.w["at"].office.move(OFFICER, waiting.case, "answer", INTERIM)
    await waiting.w.settled()
    (row,) = await lapse(waiting)
    interim = [one for one in (await waiting.w.case("br", waiting.case)).messages if one["kind"] == "interim_response"]
    assert (row.ended_ms is None, row.ended_by) == (False, interim[0]["mid"])


async def test_an_interim_answer_in_time_leaves_nothing_to_give_up(waiting: Waiting) -> None:
    await waiting.w["at"].office.move(OFFICER, waiting.case, "answer", INTERIM)
    await waiting.w.settled()
    await answer_is_late(waiting)
    assert await lapse(waiting) == []


async def test_a_date_that_moves_ahead_takes_it_and_its_reminders_away(waiting: Waiting) -> None:
    await answer_is_late(waiting)
    (row,) = await lapse(waiting)
    await falls_now(waiting, "near_ms")
    await watch_of(waiting).tick()
    assert ("lapse", "near", False) in await waiting.said("br")
    await waiting.w["at"].office.move(OFFICER, waiting.case, "delay", delay(waiting, 30))
    await waiting.w.settled()
    assert await lapse(waiting) == []
    assert await waiting.rows(reminders, reminders.c.deadline_id == row.id, authority="br") == []


async def test_three_reminders_without_an_answer_are_enough(waiting: Waiting) -> None:
    await answer_is_late(waiting)
    dates = []
    for _ in range(3):
        waiting.clock.turn(timedelta(days=5))
        await waiting.w["br"].office.move(OFFICER, waiting.case, "remind", {})
        await waiting.w.settled()
        (row,) = await lapse(waiting)
        dates.append(from_ms(row.due_ms))
    assert dates[0] == dates[1] > waiting.clock.now() + timedelta(days=100)
    assert dates[2] == waiting.clock.now()
    assert "3 reminders stayed without an answer" in row.steps
