"""Two States talk outside any case: what they tell each other, what they agree on, and what they see as open."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from protocol.deadlines import WorkingCalendar
from protocol.lifecycle import Kind
from tests.domain.bodies import body
from tests.given import TurnedClock
from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.calendar.monthly import Monthly, first_working_day
from tracing.casework.errors import ByLetterOnly, Forbidden, IllegalMove, Incomplete, NotFound, UnknownCounterpart
from tracing.casework.matters import relations as matters
from tracing.casework.matters.agreed import announced, proposed_with, stands_with
from tracing.casework.matters.file import MatterFile, list_matters, newest_reconciliation, read_matter
from tracing.casework.matters.relations import Relations, Told
from tracing.casework.matters.rows import judge_all
from tracing.casework.policy import Actor
from tracing.tables import Case, Matter, table_of

STOLEN = {"subject": "weapon_stolen", "information": "Reported stolen from a dealer on 3 May."}
PROFILE = {
    "name": "br-at 2026",
    "limits": [{"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}],
    "from": "2026-01-01",
}
STRANGER = "at:0198c5f0-0000-7000-8000-000000000001"
_matters = table_of(Matter)


def relations(w: World, authority: str) -> Relations:
    node = w[authority]
    return Relations(node.store, node.house, node.clock, node.ids, node.signals)


async def says(  # noqa: PLR0917 - who tells whom what
    w: World, me: str, to: str, verb: str, body: dict[str, Any], actor: Actor = APPROVER
) -> Told:
    told = await relations(w, me).say(actor, to, verb, body, wait_s=10)
    await w.settled()
    return told


async def matter(w: World, authority: str, told: Told) -> MatterFile:
    return await w[authority].store.read(lambda view: read_matter(view, told.matter))


async def count_matters(w: World, authority: str) -> int:
    query = select(func.count()).select_from(_matters)
    return int(await w[authority].store.read(lambda view: view.conn.execute(query).scalar_one()))


# ---------------------------------------------------------------- information


async def test_what_one_tells_unasked_is_read_by_the_other_and_can_be_answered(pair: World) -> None:
    told = await says(pair, "br", "at", "inform", STOLEN, OFFICER)
    assert told.delivery in ("accepted", "opened")
    back = await says(pair, "at", "br", "inform", body_of("Thank you.") | {"matter": told.matter}, OFFICER)
    ours, theirs = await matter(pair, "br", told), await matter(pair, "at", told)
    assert [(one["mid"], one["body"], one["re"]) for one in ours.messages] == [
        (told.mid, STOLEN, []), (back.mid, body_of("Thank you."), [told.mid]),
    ]  # fmt: skip
    assert [one["signature"] for one in theirs.messages] == ["verified", "own"]
    assert (ours.direction, theirs.direction) == ("sent", "received")


def body_of(information: str) -> dict[str, Any]:
    return {"subject": "other", "information": information}


async def test_what_is_told_outside_cases_is_in_the_trail_of_both(pair: World) -> None:
    await says(pair, "br", "at", "inform", STOLEN)
    assert (pair.audit("br").ok, pair.audit("at").ok) == (True, True)


async def test_the_matters_with_a_counterpart_are_listed_the_latest_first(pair: World) -> None:
    first, second = [await says(pair, "br", "at", "inform", STOLEN) for _ in range(2)]
    page, cursor = await pair["at"].store.read(lambda view: list_matters(view, "br", None, 1))
    rest, _ = await pair["at"].store.read(lambda view: list_matters(view, "br", cursor, 200))
    assert [one["matter"] for one in page] == [second.matter]
    assert rest[0]["matter"] == first.matter


@pytest.mark.parametrize(
    ("to", "verb", "said", "refusal"),
    [
        ("xb", "inform", STOLEN, ByLetterOnly),
        ("fr", "inform", STOLEN, UnknownCounterpart),
        ("at", "inform", {"subject": "weapon_stolen"}, Incomplete),
        ("at", "inform", STOLEN | {"matter": "br.m0198c5f0000070008000000000000001"}, NotFound),
        ("at", "reconcile", {"month": "2026-11"}, Incomplete),
        ("at", "decide-profile", {"about": STRANGER, "decision": "accepted"}, Incomplete),
        ("at", "decide-profile", {"decision": "accepted"}, Incomplete),
    ],
)  # fmt: skip
async def test_what_cannot_be_said_is_refused_and_nothing_is_kept(
    pair: World, to: str, verb: str, said: dict[str, Any], refusal: type[Exception]
) -> None:
    before = (await count_matters(pair, "br"), await pair.counts("br"))
    with pytest.raises(refusal):
        await says(pair, "br", to, verb, said)
    assert (await count_matters(pair, "br"), await pair.counts("br")) == before


@pytest.mark.parametrize(
    ("role", "verb"),
    [("liaison", "inform"), ("officer", "propose-profile"), ("officer", "decide-profile"),
     ("officer", "update-directory"), ("auditor", "reconcile"), ("admin", "inform")],
)  # fmt: skip
async def test_a_role_without_the_act_says_nothing(pair: World, role: str, verb: str) -> None:
    with pytest.raises(Forbidden):
        await relations(pair, "br").say(Actor("cy", role), "at", verb, {})


# ---------------------------------------------------------------- deadlines


async def test_a_profile_proposed_and_accepted_stands_at_both_and_counts_for_new_requests(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        proposed = await says(w, "br", "at", "propose-profile", PROFILE)
        accepted = await says(w, "at", "br", "decide-profile", {"decision": "accepted"})
        assert accepted.matter == proposed.matter
        today = w.clock.now().date()
        stands = [
            await w[me].store.read(lambda view, other=other: stands_with(view, other, today))
            for me, other in (("br", "at"), ("at", "br"))
        ]
        assert stands[0] is not None
        assert stands[0] == stands[1]
        asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.reached("at", asked.case, "delivered")
        for authority in ("br", "at"):
            clocks = {one["clock"]: one for one in (await w.case(authority, asked.case)).deadlines}
            assert (clocks["answer"]["basis"], clocks["ack"]["basis"]) == ("agreed", "internal")
            assert "20 working days" in clocks["answer"]["steps"][0]
        await says(w, "br", "at", "decide-profile", {"about": proposed.mid, "decision": "ended"})
        assert await w["at"].store.read(lambda view: stands_with(view, "br", today)) is None


async def test_a_decision_already_taken_is_not_taken_again_and_ones_own_proposal_not_accepted(pair: World) -> None:
    proposed = await says(pair, "br", "at", "propose-profile", PROFILE)
    with pytest.raises(IllegalMove, match="our own"):
        await says(pair, "br", "at", "decide-profile", {"about": proposed.mid, "decision": "accepted"})
    await says(
        pair, "at", "br", "decide-profile", {"about": proposed.mid, "decision": "declined", "reason": "Too short."}
    )
    with pytest.raises(IllegalMove, match="declined"):
        await says(pair, "at", "br", "decide-profile", {"about": proposed.mid, "decision": "accepted"})
    found = await pair["br"].store.read(lambda view: proposed_with(view, "at"))
    assert next(one.status for one in found if one.term.mid == proposed.mid) == "declined"


async def test_our_own_node_proposes_no_more_than_may_wait(pair: World, monkeypatch: pytest.MonkeyPatch) -> None:
    proposed = await says(pair, "br", "at", "propose-profile", PROFILE)
    monkeypatch.setattr(matters, "MOST_OPEN", 1)
    before = await count_matters(pair, "br")
    with pytest.raises(IllegalMove, match="wait for at"):
        await says(pair, "br", "at", "propose-profile", PROFILE)
    assert await count_matters(pair, "br") == before
    await says(pair, "br", "at", "decide-profile", {"about": proposed.mid, "decision": "ended"})


async def test_what_an_earlier_version_did_not_remember_is_judged_at_start(pair: World) -> None:
    await says(pair, "br", "at", "propose-profile", PROFILE)
    store = pair["at"].store
    before = await store.read(lambda view: proposed_with(view, "br"))
    await store.write(lambda tx: tx.conn.exec_driver_sql("DELETE FROM profiles_proposed"))
    await store.write(judge_all)
    assert await store.read(lambda view: proposed_with(view, "br")) == before
    assert before


# ---------------------------------------------------------------- what is open


async def test_both_sides_see_the_same_open_cases_and_say_so(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at", "ke") as w:
        asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w["ke"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.reached("at", asked.case, "delivered")
        await w.settled()
        await says(w, "br", "at", "reconcile", {"note": "monthly"}, OFFICER)
        found = await w["at"].store.read(lambda view: newest_reconciliation(view, "br", "in"))
        assert found is not None
        assert [one["case"] for one in found["body"]["cases"]] == [asked.case]
        assert found["compared"] == {"unknown_here": [], "differing": [], "missing_there": [], "agrees": True}


async def test_what_differs_is_named_case_by_case_and_changes_none(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        kept, lost = [(await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case for _ in range(2)]
        await w.reached("at", lost, "delivered")
        await w.settled()
        cases = table_of(Case)
        await w["at"].store.write(
            lambda tx: tx.conn.execute(cases.update().where(cases.c.id == kept).values(state="partial"))
        )
        await w["br"].store.write(
            lambda tx: tx.conn.execute(cases.update().where(cases.c.id == lost).values(state="draft"))
        )
        await says(w, "br", "at", "reconcile", {}, OFFICER)
        found = await w["at"].store.read(lambda view: newest_reconciliation(view, "br", "in"))
        assert found is not None
        compared = found["compared"]
        assert (compared["unknown_here"], compared["missing_there"], compared["agrees"]) == ([], [lost], False)
        assert [(one["case"], one["theirs"]["state"], one["ours"]["state"]) for one in compared["differing"]] == [
            (kept, "delivered", "partial")
        ]
        assert (await w.case("at", kept)).state == "delivered"


# ---------------------------------------------------------------- once a month


async def test_the_list_goes_to_each_old_counterpart_once_a_month_and_to_no_other(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with world(tmp_path, "br", "at", clock=clock) as w:
        w.add_by_letter("br", "xb")
        monthly = Monthly(relations(w, "br"), WorkingCalendar("UTC"))
        assert await monthly.look() == 0
        clock.turn(timedelta(days=40))
        assert (await monthly.look(), await monthly.look()) == (1, 0)
        await w.settled()
        found = await w["at"].store.read(lambda view: newest_reconciliation(view, "br", "in"))
        assert found is not None
        assert found["body"] == {"month": f"{clock.now():%Y-%m}", "cases": []}
        once = f"reconciliation at {clock.now():%Y-%m}"
        with pytest.raises(IntegrityError):
            await relations(w, "br").say(OFFICER, "at", "reconcile", {}, once=once)


@pytest.mark.parametrize(
    ("day", "first"),
    [("2026-11-26", "2026-11-02"), ("2026-12-01", "2026-12-01"), ("2026-08-15", "2026-08-03")],
)
def test_the_first_working_day_of_a_month_is_no_weekend(day: str, first: str) -> None:
    assert first_working_day(WorkingCalendar("UTC"), date.fromisoformat(day)) == date.fromisoformat(first)


def test_a_month_without_a_working_day_has_its_last_one() -> None:
    closed = WorkingCalendar("UTC", holidays={date(2026, 2, number): "closed" for number in range(1, 29)})
    assert first_working_day(closed, date(2026, 2, 3)) == date(2026, 2, 28)


# ---------------------------------------------------------------- points of contact


async def test_a_point_of_contact_made_known_is_shown_with_its_history(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        whole = body(Kind.DIRECTORY_UPDATE)
        await says(w, "br", "at", "update-directory", whole)
        await says(w, "br", "at", "update-directory", {name: value for name, value in whole.items() if name != "from"})
        found = await w["at"].store.read(lambda view: announced(view, "br"))
        assert [one.effective for one in found] == [date(2027, 1, 1), w.clock.now().date()]
        assert found[0].body == whole | {"zone": "UTC", "weekend": ["saturday", "sunday"]}  # filled in by the node
