"""Dates of real cases at two nodes: by treaty, by agreement, by own targets; paused, and counted from another clock."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from typing import Any

import pytest
import pytest_asyncio
from sqlalchemy import select

from tests.given import TurnedClock
from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.casework.errors import Forbidden
from tracing.casework.matters.agreed import announced
from tracing.casework.matters.relations import Relations
from tracing.casework.policy import Actor
from tracing.casework.targets import set_targets, versions
from tracing.tables import Deadline, DeadlineProfile, table_of

deadlines, profiles = table_of(Deadline), table_of(DeadlineProfile)
DAY = timedelta(days=1)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def pair(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """Two States of the European Union on one clock."""
    async with world(tmp_path_factory.mktemp("dating"), "at", "fr", clock=TurnedClock()) as w:
        yield w


async def asks(w: World, **more: Any) -> str:
    """A request of at that fr has opened."""
    asked = await w["at"].office.request(OFFICER, ask("fr", **more), wait_s=10)
    await w.reached("fr", asked.case, "delivered")
    await w.settled()
    return str(asked.case)


async def clocks(w: World, case: str, authority: str = "at") -> dict[str, dict[str, Any]]:
    """The deadlines of a case as an officer reads them."""
    return {one["clock"]: one for one in (await w.case(authority, case)).deadlines}


async def moves(w: World, authority: str, case: str, verb: str, body: dict[str, Any]) -> None:
    await w[authority].office.move(OFFICER, case, verb, body)
    await w.settled()


async def agree(w: World, **profile: Any) -> str:
    """A profile that both agreed on; returns its proposal."""
    relations = {
        name: Relations(node.store, node.house, node.clock, node.ids, node.signals) for name, node in w.nodes.items()
    }
    limit = {"clock": "answer", "priority": "routine", "amount": 10, "unit": "calendar_days"}
    body = {"name": "at-fr", "limits": [limit]} | profile
    told = await relations["at"].say(APPROVER, "fr", "propose-profile", body, wait_s=10)
    await w.settled()
    await relations["fr"].say(APPROVER, "at", "decide-profile", {"about": told.mid, "decision": "accepted"}, wait_s=10)
    await w.settled()
    return told.mid


async def end(w: World, proposal: str) -> None:
    node = w["at"]
    relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
    await relations.say(APPROVER, "fr", "decide-profile", {"about": proposal, "decision": "ended"}, wait_s=10)
    await w.settled()


def due_of(one: dict[str, Any]) -> datetime:
    return datetime.fromisoformat(one["due"])


URGENT = {"priority": "urgent", "justification": "A life is in danger."}


# ---------------------------------------------------------------- treaties


async def test_the_directive_binds_a_case_carried_under_it_between_parties(pair: World) -> None:
    case = await asks(pair, instruments=["eu_2023_977"], **URGENT)
    for authority in ("at", "fr"):
        answer = (await clocks(pair, case, authority))["answer"]
        assert (answer["basis"], due_of(answer)) == ("treaty", pair.clock.now() + timedelta(hours=8))


async def test_what_is_reached_through_others_has_three_days_and_the_first_date_stays(pair: World) -> None:
    case = await asks(pair, instruments=["eu_2023_977"], **URGENT)
    began = pair.clock.now()
    await moves(pair, "fr", case, "acknowledge", {"accessible": "indirectly"})
    for authority in ("at", "fr"):
        answer = (await clocks(pair, case, authority))["answer"]
        assert due_of(answer).date() == (began + 3 * DAY).date() + DAY
        assert answer["original_due"] == (began + timedelta(hours=8)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        assert "What is asked for is reached indirectly, says the acknowledgement." in answer["steps"]


async def test_without_the_instrument_the_directive_binds_nobody(pair: World) -> None:
    answer = (await clocks(pair, await asks(pair, **URGENT)))["answer"]
    assert answer["basis"] == "internal"


async def test_an_instrument_neither_is_party_to_binds_nobody(pair: World) -> None:
    answer = (await clocks(pair, await asks(pair, instruments=["ecowas_convention"])))["answer"]
    assert answer["basis"] == "internal"


# ---------------------------------------------------------------- agreements


async def test_an_answer_agreed_to_count_from_the_acknowledgement_has_no_date_before(pair: World) -> None:
    proposal = await agree(pair, answer_counts_from_acknowledgement=True)
    case = await asks(pair)
    assert set(await clocks(pair, case)) == {"ack"}
    pair.clock.turn(2 * DAY)
    await moves(pair, "fr", case, "acknowledge", {})
    for authority in ("at", "fr"):
        answer = (await clocks(pair, case, authority))["answer"]
        assert (answer["basis"], due_of(answer).date()) == ("agreed", (pair.clock.now() + 11 * DAY).date())
        assert "which ended the clock of ack." in answer["steps"][0]
    await end(pair, proposal)


async def test_a_blocking_question_stops_the_clock_at_both_until_it_is_answered(pair: World) -> None:
    proposal = await agree(pair, question_pauses=True)
    case = await asks(pair)
    before = (await clocks(pair, case))["answer"]
    pair.clock.turn(DAY)
    await moves(pair, "fr", case, "ask", {"items": [{"code": "photograph", "blocking": True}]})
    for authority in ("at", "fr"):
        answer = (await clocks(pair, case, authority))["answer"]
        assert (answer["paused"], answer["due"], answer["standing"]) == (True, before["due"], "on_time")
    pair.clock.turn(3 * DAY)
    await moves(pair, "at", case, "supply", {"answers": [{"code": "photograph", "answer": "Attached."}]})
    for authority in ("at", "fr"):
        answer = (await clocks(pair, case, authority))["answer"]
        assert (answer["paused"], due_of(answer)) == (False, due_of(before) + 3 * DAY)
        assert answer["original_due"] == before["due"]
        assert any("3 days not counted" in step for step in answer["steps"])
    await end(pair, proposal)


async def test_without_an_agreement_on_it_a_blocking_question_stops_no_clock(pair: World) -> None:
    case = await asks(pair)
    before = (await clocks(pair, case))["answer"]
    await moves(pair, "fr", case, "ask", {"items": [{"code": "photograph", "blocking": True}]})
    after = (await clocks(pair, case))["answer"]
    assert (after["paused"], after["due"]) == (False, before["due"])


# ---------------------------------------------------------------- own targets

TARGETS = {"name": "targets", "limits": [{"clock": "answer", "amount": 12, "unit": "calendar_days"}]}


async def test_own_targets_for_a_counterpart_count_from_their_day_and_stay_at_home(pair: World) -> None:
    today = pair.clock.now().date()
    await pair["at"].store.write(lambda tx: set_targets(tx, APPROVER, "fr", TARGETS, today))
    case = await asks(pair)
    ours, theirs = [(await clocks(pair, case, one))["answer"] for one in ("at", "fr")]
    assert (ours["basis"], due_of(ours).date()) == ("internal", (pair.clock.now() + 13 * DAY).date())
    assert "targets, version 1" in ours["source"]
    assert due_of(theirs).date() == (pair.clock.now() + 31 * DAY).date()


async def test_a_later_version_leaves_the_earlier_one_as_it_was(pair: World) -> None:
    today = pair.clock.now().date()
    made = [
        await pair["at"].store.write(lambda tx, n=n: set_targets(tx, APPROVER, "br", TARGETS | {"name": n}, today))
        for n in ("first", "second")
    ]
    found = [one for one in await pair["at"].store.read(versions) if one.counterpart == "br"]
    assert [(one.version, one.body["name"]) for one in found] == [(2, "second"), (1, "first")]
    assert found == made[::-1]
    assert pair.audit("at").ok


async def test_targets_that_cannot_be_counted_are_refused_and_nothing_is_kept(pair: World) -> None:
    count = select(profiles.c.id)
    before = await pair["at"].store.read(lambda view: view.conn.execute(count).all())
    bad = TARGETS | {"limits": [{"clock": "answer", "amount": -3, "unit": "calendar_days"}]}
    with pytest.raises(ValueError, match="expected 1 to 3660 calendar days, got -3"):
        await pair["at"].store.write(lambda tx: set_targets(tx, APPROVER, "", bad, pair.clock.now().date()))
    assert await pair["at"].store.read(lambda view: view.conn.execute(count).all()) == before


async def test_who_does_not_bind_the_authority_sets_no_targets(pair: World) -> None:
    with pytest.raises(Forbidden):
        await pair["at"].store.write(
            lambda tx: set_targets(tx, Actor("cy", "officer"), "", TARGETS, pair.clock.now().date())
        )


# ---------------------------------------------------------------- two calendars


async def announce(w: World, authority: str, other: str, **office: Any) -> None:
    node = w[authority]
    relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
    told = {"contacts": [{"name": f"Desk of {authority}"}]} | office
    await relations.say(APPROVER, other, "update-directory", told, wait_s=10)
    await w.settled()


async def test_a_limit_of_both_offices_is_the_same_date_at_both_nodes(pair: World) -> None:
    tomorrow = (pair.clock.now() + DAY).date()
    await announce(pair, "at", "fr", zone="Europe/Vienna", weekend=["saturday", "sunday"])
    await announce(pair, "fr", "at", zone="Europe/Paris", weekend=["friday", "saturday"], holidays=[str(tomorrow)])
    limit = {"clock": "answer", "priority": "routine", "amount": 7, "unit": "working_days", "days": "both"}
    proposal = await agree(pair, limits=[limit])
    case = await asks(pair)
    ours, theirs = [(await clocks(pair, case, one))["answer"] for one in ("at", "fr")]
    assert (ours["due"], ours["steps"]) == (theirs["due"], theirs["steps"])
    closed = [step for step in ours["steps"] if "not counted:" in step]
    assert any("weekend (FRA)" in step and "AUT" not in step for step in closed)
    assert any("weekend (AUT)" in step for step in closed)
    assert any("announced by fr (FRA)" in step for step in closed)
    await end(pair, proposal)


async def test_an_office_announces_its_own_days_where_nobody_says_otherwise(pair: World) -> None:
    await announce(pair, "at", "fr")
    found = await pair["fr"].store.read(lambda view: announced(view, "at"))
    told = [(one.body["zone"], one.body["weekend"]) for one in found if one.sender == "at"]
    assert ("UTC", ["saturday", "sunday"]) in told


async def test_a_calendar_without_the_year_is_told_in_the_explanation_and_refuses_nothing(pair: World) -> None:
    today = pair.clock.now().date()
    limit = {"clock": "answer", "amount": 3_000, "unit": "working_days", "days": "theirs"}
    far = {"name": "far", "limits": [limit]}
    await pair["at"].store.write(lambda tx: set_targets(tx, APPROVER, "fr", far, today))
    answer = (await clocks(pair, await asks(pair)))["answer"]
    assert answer["steps"][-1].startswith("public holidays of FRA, as announced by fr: expected holidays of ")
    assert "weekends alone are left out" in answer["steps"][-1]
