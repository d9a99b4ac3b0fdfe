"""Where two persons release: who may, what is released, and what becomes of drafts that were overtaken."""

import asyncio
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio
from sqlalchemy import select

from tests.casework.voice import BODIES
from tests.world import APPROVER, OFFICER, World, ask, world
from tracing.casework.errors import Forbidden, IllegalMove, NotFound, Stale, Unseen
from tracing.casework.policy import Actor
from tracing.tables import Draft, table_of

drafts = table_of(Draft)
ANSWER, REFUSAL = BODIES["final_response"], BODIES["refusal"]
OTHER = Actor("cy", "officer")


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def two(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """br and at, where nothing important leaves without a second person."""
    async with world(tmp_path_factory.mktemp("two"), "br", "at", release="two") as w:
        yield w


async def fates(w: World, authority: str, case_id: str) -> list[tuple[str, str, str | None]]:
    """Every draft of a case: verb, status, who released it."""
    query = select(drafts.c.verb, drafts.c.status, drafts.c.released_by).where(drafts.c.case_id == case_id)
    store = w[authority].store
    return [
        tuple(row)
        for row in await store.read(lambda view: view.conn.execute(query.order_by(drafts.c.drafted_ms)).all())
    ]


async def asked(w: World) -> str:
    """A request of br that both released, as at holds it."""
    drafted = await w["br"].office.request(OFFICER, ask("at"))
    await w["br"].office.move(APPROVER, drafted.case, "approve", {}, wait_s=10)
    await w.reached("at", drafted.case, "delivered")
    await w.reached("br", drafted.case, "delivered")
    return drafted.case


async def test_a_released_draft_says_who_released_it(two: World) -> None:
    case_id = await asked(two)
    assert await fates(two, "br", case_id) == [("request", "released", "bea")]


async def test_what_a_second_person_sees_is_what_leaves(two: World) -> None:
    drafted = await two["br"].office.request(OFFICER, ask("at", "SEEN77"))
    seen = (await two.case("br", drafted.case)).drafts[0]["body"]
    await two["br"].office.move(APPROVER, drafted.case, "approve", {}, wait_s=10)
    arrived = await two.reached("at", drafted.case, "delivered")
    assert arrived.messages[0]["body"]["weapon"]["serial"]["text"] == seen["weapon"]["serial"]["text"] == "SEEN77"


async def test_a_newer_draft_takes_the_place_of_an_older_one(two: World) -> None:
    case_id = await asked(two)
    await two["at"].office.move(OFFICER, case_id, "answer", ANSWER)
    await two["at"].office.move(OTHER, case_id, "refuse", REFUSAL)
    assert [one["verb"] for one in (await two.case("at", case_id)).drafts] == ["refuse"]
    await two["at"].office.move(APPROVER, case_id, "approve", {}, wait_s=10)
    await two.reached("br", case_id, "refused")
    assert await fates(two, "at", case_id) == [("answer", "void", None), ("refuse", "released", "bea")]


async def test_an_act_of_one_person_leaves_a_draft_waiting_and_released_by_nobody(two: World) -> None:
    case_id = await asked(two)
    await two["at"].office.move(OFFICER, case_id, "answer", ANSWER)
    await two["at"].office.move(OTHER, case_id, "acknowledge", {})
    assert await fates(two, "at", case_id) == [("answer", "pending", None)]
    await two["at"].office.move(APPROVER, case_id, "approve", {}, wait_s=10)
    await two.reached("br", case_id, "answered")


async def test_a_draft_whose_case_was_withdrawn_meanwhile_cannot_be_released(two: World) -> None:
    case_id = await asked(two)
    await two["at"].office.move(OFFICER, case_id, "answer", ANSWER)
    await two["br"].office.move(OFFICER, case_id, "withdraw", {"reason": "duplicate"})
    await two.reached("at", case_id, "withdrawn")
    await two.settled()
    before = await two.counts("at")
    with pytest.raises(IllegalMove):
        await two["at"].office.move(APPROVER, case_id, "approve", {})
    assert await two.counts("at") == before


async def test_what_is_released_is_what_was_looked_at_or_nothing(two: World) -> None:
    case_id = await asked(two)
    await two["at"].office.move(OFFICER, case_id, "answer", ANSWER)
    looked_at = (await two.case("at", case_id)).version
    await two["at"].office.move(OTHER, case_id, "refuse", REFUSAL)
    with pytest.raises(Stale):
        await two["at"].office.move(APPROVER, case_id, "approve", {}, if_match=looked_at)
    assert (await fates(two, "at", case_id))[-1] == ("refuse", "pending", None)


async def test_what_was_drafted_after_one_looked_is_not_released_blindly(two: World) -> None:
    case_id = await asked(two)
    office = two["at"].office
    await office.move(OFFICER, case_id, "answer", ANSWER)
    seen = await office.read_case(APPROVER, case_id)
    await asyncio.sleep(0.005)
    await office.move(OTHER, case_id, "refuse", REFUSAL)
    with pytest.raises(Unseen) as refused:
        await office.move(APPROVER, case_id, "approve", {})
    with pytest.raises(Stale, match="another draft waits"):
        await office.move(APPROVER, case_id, "approve", {"draft": seen.drafts[0]["draft"]})
    assert (refused.value.status, refused.value.code) == (428, "precondition-required")
    assert (await fates(two, "at", case_id))[-1] == ("refuse", "pending", None)


async def test_naming_the_draft_releases_it_and_so_does_reading_again(two: World) -> None:
    office = two["at"].office
    for named in (True, False):
        case_id = await asked(two)
        await office.read_case(APPROVER, case_id)
        await asyncio.sleep(0.005)
        await office.move(OFFICER, case_id, "answer", ANSWER)
        reader = OTHER if named else APPROVER
        waits = (await office.read_case(reader, case_id)).drafts[0]["draft"]
        await office.move(APPROVER, case_id, "approve", {"draft": waits} if named else {})
        assert (await fates(two, "at", case_id))[-1] == ("answer", "released", "bea")


async def test_of_two_who_release_at_once_one_does(two: World) -> None:
    drafted = await two["br"].office.request(OFFICER, ask("at"))
    both = (Actor("bea", "approver"), Actor("dee", "approver"))
    results = await asyncio.gather(
        *(two["br"].office.move(one, drafted.case, "approve", {}) for one in both), return_exceptions=True
    )
    assert sorted(isinstance(one, Stale | IllegalMove) for one in results) == [False, True]
    assert len((await two.reached("at", drafted.case, "delivered")).messages) == 1


async def test_there_is_nothing_to_approve_twice(two: World) -> None:
    with pytest.raises(IllegalMove, match="second person"):
        await two["br"].office.move(APPROVER, await asked(two), "approve", {})


async def test_a_question_needs_no_second_person(two: World) -> None:
    case_id = await asked(two)
    said = await two["at"].office.move(OFFICER, case_id, "ask", BODIES["information_request"])
    assert said.mid is not None


async def test_approve_is_offered_to_an_approver_who_did_not_draft(two: World) -> None:
    drafted = await two["br"].office.request(APPROVER, ask("at"))
    own = await two["br"].office.read_case(APPROVER, drafted.case)
    others = await two["br"].office.read_case(Actor("dee", "approver"), drafted.case)
    officers = await two.case("br", drafted.case)
    assert (own.allowed, others.allowed, officers.allowed) == ([], ["approve"], [])


async def test_an_act_that_is_incomplete_is_no_draft(two: World) -> None:
    case_id = await asked(two)
    with pytest.raises(Exception, match="ground"):
        await two["at"].office.move(OFFICER, case_id, "refuse", {"reason": "x"})
    assert await fates(two, "at", case_id) == []


# ---------------------------------------------------------------- dossiers


def dossier(*serials: str) -> dict[str, object]:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    return common | {"title": "Search of June", "weapons": [{"weapon": ask("at", one)["weapon"]} for one in serials]}


async def test_a_dossier_is_released_as_one_by_a_second_person(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111", "BBB222"))
    assert set(drafted.cases.values()) == {"draft"}
    released = await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    assert set(released.cases) == set(drafted.cases)
    for case_id in drafted.cases:
        assert (await two.reached("at", case_id, "delivered")).dossier == drafted.dossier


async def test_nobody_releases_a_dossier_he_drafted(two: World) -> None:
    drafted = await two["br"].office.dossier(APPROVER, dossier("AAA111", "BBB222"))
    with pytest.raises(Forbidden):
        await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    assert [(await two.case("br", case)).state for case in drafted.cases] == ["draft", "draft"]


async def test_a_dossier_released_already_has_nothing_to_approve(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111"))
    await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    with pytest.raises(IllegalMove, match="second person"):
        await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})


async def test_only_what_waits_in_a_dossier_is_released(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111", "BBB222"))
    first, second = drafted.cases
    await two["br"].office.move(APPROVER, first, "approve", {})
    released = await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    assert list(released.cases) == [second]


async def test_an_unknown_dossier_or_verb_is_not_found(two: World) -> None:
    with pytest.raises(NotFound):
        await two["br"].office.dossier_move(APPROVER, "br.d" + "0" * 32, "approve", {})
    with pytest.raises(NotFound):
        await two["br"].office.dossier_move(APPROVER, "br.d" + "0" * 32, "close", {})


async def test_a_dossier_nobody_waits_for_is_not_acknowledged(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111"))
    with pytest.raises(IllegalMove):
        await two["br"].office.dossier_move(OFFICER, drafted.dossier, "acknowledge", {})


async def test_a_dossier_of_which_some_cases_are_acknowledged_is_acknowledged_for_the_others(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111", "BBB222"))
    await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    first, second = drafted.cases
    for case_id in (first, second):
        await two.reached("at", case_id, "delivered")
    await two["at"].office.move(OFFICER, first, "acknowledge", {})
    rest = await two["at"].office.dossier_move(OFFICER, drafted.dossier, "acknowledge", {})
    assert rest.cases == {second: "acknowledged"}
    with pytest.raises(IllegalMove):
        await two["at"].office.dossier_move(OFFICER, drafted.dossier, "acknowledge", {})


async def test_a_dossier_acknowledged_twice_at_once_is_acknowledged_once(two: World) -> None:
    drafted = await two["br"].office.dossier(OFFICER, dossier("AAA111", "BBB222"))
    await two["br"].office.dossier_move(APPROVER, drafted.dossier, "approve", {})
    for case_id in drafted.cases:
        await two.reached("at", case_id, "delivered")
    office = two["at"].office
    acts = [office.dossier_move(OFFICER, drafted.dossier, "acknowledge", {}) for _ in range(2)]
    results = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(isinstance(one, Stale | IllegalMove) for one in results) == [False, True]
    for case_id in drafted.cases:
        assert len((await two.case("at", case_id)).messages) == 2


@pytest.mark.parametrize(
    "change",
    [{"title": ""}, {"title": "x" * 300}, {"title": 7}, {"weapons": []}, {"weapons": "x"}, {"weapons": [1]}, {"to": 7}],
)
async def test_a_dossier_without_title_or_weapons_is_refused(two: World, change: dict[str, object]) -> None:
    before = await two.count("br", "case")
    with pytest.raises(Exception, match=r"title|weapons|to"):
        await two["br"].office.dossier(OFFICER, dossier("AAA111") | change)
    assert await two.count("br", "case") == before
