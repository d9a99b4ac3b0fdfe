"""A calendar that changed: own targets move by themselves, what binds both waits for a person."""

from datetime import timedelta
from typing import Any

import pytest

from tests.calendar_.test_dating import agree, asks, clocks, due_of, end, pair
from tests.world import APPROVER, OFFICER, World
from tracing.calendar.correcting import Correcting
from tracing.casework.errors import Forbidden, NotFound
from tracing.casework.redating import correct, leave, proposals, take

__all__ = ["pair"]

WORKING = {"clock": "ack", "priority": "routine", "amount": 3, "unit": "working_days"}
AGREED = {"limits": [WORKING | {"clock": "answer", "amount": 10}]}


def correcting(w: World) -> Correcting:
    node = w["at"]
    return Correcting(node.store, node.house.timetable, node.settings)


async def corrected(w: World, days: int, kind: str = "off") -> None:
    """The office of at is closed on a working day so many weeks from now, or the day is as listed again."""
    day = (w.clock.now() + timedelta(days=days)).date()
    day += timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)
    await w["at"].store.write(lambda tx: correct(tx, APPROVER, "at", day, kind=kind, name="a day of mourning"))
    await correcting(w).look()


async def waiting(w: World, case: str) -> list[Any]:
    found = await w["at"].store.read(proposals)
    return [one for one in found if one.case == case]


async def test_a_date_of_our_own_target_moves_by_itself_and_says_why(pair: World) -> None:
    case = await asks(pair)
    before = (await clocks(pair, case))["ack"]
    await corrected(pair, 1)
    after = (await clocks(pair, case))["ack"]
    assert due_of(after) > due_of(before)
    assert any("a day of mourning" in step for step in after["steps"])
    assert await waiting(pair, case) == []
    assert pair.audit("at").ok


async def test_a_date_that_binds_both_is_proposed_and_waits_for_a_person(pair: World) -> None:
    proposal = await agree(pair, **AGREED | {"limits": [AGREED["limits"][0] | {"days": "both"}]})
    case = await asks(pair)
    before = (await clocks(pair, case))["answer"]
    await corrected(pair, 2)
    assert (await clocks(pair, case))["answer"]["due"] == before["due"]
    (found,) = await waiting(pair, case)
    await pair["at"].store.write(lambda tx: take(tx, pair["at"].house.timetable, APPROVER, found.deadline))
    after = (await clocks(pair, case))["answer"]
    assert due_of(after) > due_of(before)
    assert await waiting(pair, case) == []
    await end(pair, proposal)


async def test_a_date_that_was_left_is_not_proposed_again(pair: World) -> None:
    proposal = await agree(pair, **AGREED | {"limits": [AGREED["limits"][0] | {"days": "both"}]})
    case = await asks(pair)
    before = (await clocks(pair, case))["answer"]
    await corrected(pair, 3)
    (found,) = await waiting(pair, case)
    await pair["at"].store.write(lambda tx: leave(tx, APPROVER, found.deadline))
    await corrected(pair, 300)
    assert (await waiting(pair, case), (await clocks(pair, case))["answer"]["due"]) == ([], before["due"])
    with pytest.raises(NotFound):
        await pair["at"].store.write(lambda tx: take(tx, pair["at"].house.timetable, APPROVER, found.deadline))
    await end(pair, proposal)


async def test_who_does_not_bind_the_authority_corrects_and_moves_nothing(pair: World) -> None:
    day = pair.clock.now().date()
    for act in (
        lambda tx: correct(tx, OFFICER, "at", day, kind="off", name="x"),
        lambda tx: take(tx, pair["at"].house.timetable, OFFICER, 1),
        lambda tx: leave(tx, OFFICER, 1),
    ):
        with pytest.raises(Forbidden):
            await pair["at"].store.write(act)


async def test_a_day_is_off_worked_or_as_listed_and_nothing_else(pair: World) -> None:
    with pytest.raises(ValueError, match="expected off, worked or listed"):
        await pair["at"].store.write(
            lambda tx: correct(tx, APPROVER, "at", pair.clock.now().date(), kind="perhaps", name="a day")
        )
