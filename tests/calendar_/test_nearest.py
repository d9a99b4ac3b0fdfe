"""The nearest date on the row of a case: written with a new case, and again with every change of its clocks."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from tests.calendar_.test_dating import DAY, agree, asks, end, moves, pair
from tests.world import World
from tracing.casework.clocks import as_rows, nearest
from tracing.tables import Case, Deadline, table_of
from tracing.tables.cases import NO_DATE

__all__ = ["pair"]

MS = timedelta(milliseconds=1)
cases, deadlines = table_of(Case), table_of(Deadline)


async def rows(w: World, authority: str, case: str) -> dict[str, Any]:
    """The clocks of a case that still run."""
    query = select(deadlines).where(deadlines.c.case_id == case, deadlines.c.ended_ms.is_(None))
    return {row.clock: row for row in await w[authority].store.read(lambda view: view.conn.execute(query).all())}


async def nearest_of(w: World, authority: str, case: str) -> int | None:
    query = select(cases.c.due_ms).where(cases.c.id == case)
    found = await w[authority].store.read(lambda view: view.conn.execute(query).scalar_one())
    return None if found is None else int(found)


@pytest.mark.parametrize("authority", ["at", "fr"])
async def test_a_new_case_has_its_nearest_date_and_the_first_rung_of_each_clock(pair: World, authority: str) -> None:
    case = await asks(pair)
    running = await rows(pair, authority, case)
    assert set(running) == {"ack", "answer"}
    assert await nearest_of(pair, authority, case) == min(row.due_ms for row in running.values())
    ladder = pair[authority].house.timetable.ladder
    for row in running.values():
        assert row.rung_ms == ladder.first(row.due_ms, row.started_ms) is not None
        assert (row.paused_due_ms, row.near_told_ms, row.passed_told_ms) == (None, None, None)


@pytest.mark.parametrize("authority", ["at", "fr"])
async def test_a_clock_that_stands_still_gives_the_place_on_the_row_to_the_next(pair: World, authority: str) -> None:
    proposal = await agree(pair, question_pauses=True)
    case = await asks(pair)
    await moves(pair, "fr", case, "acknowledge", {})
    before = (await rows(pair, authority, case))["answer"]
    assert await nearest_of(pair, authority, case) == before.due_ms
    pair.clock.turn(DAY)
    await moves(pair, "fr", case, "ask", {"items": [{"code": "photograph", "blocking": True}]})
    stopped = await rows(pair, authority, case)
    assert (stopped["answer"].due_ms, stopped["answer"].paused_due_ms) == (NO_DATE, before.due_ms)
    assert await nearest_of(pair, authority, case) == stopped["info"].due_ms > before.due_ms
    pair.clock.turn(DAY)
    await moves(pair, "at", case, "supply", {"answers": [{"code": "photograph", "answer": "Attached."}]})
    going = await rows(pair, authority, case)
    assert await nearest_of(pair, authority, case) == going["answer"].due_ms == before.due_ms + DAY // MS
    await end(pair, proposal)


def test_a_case_whose_only_clock_stands_still_has_no_nearest_date() -> None:
    stopped = {"due_ms": NO_DATE, "paused_due_ms": 5, "ended_ms": None}
    over = {"due_ms": 3, "paused_due_ms": None, "ended_ms": 2}
    assert nearest(as_rows([stopped, over])) is None
    assert nearest(as_rows([stopped, over, over | {"due_ms": 7, "ended_ms": None}])) == 7
