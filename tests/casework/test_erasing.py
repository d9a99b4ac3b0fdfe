"""Erasing one element of a stored message: it is gone from everywhere, the rest is whole, the trail holds."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date
from typing import Any

import pytest
from sqlalchemy import select, update

from keys import proof
from protocol import strictjson
from tests.casework.test_proving import ANSWER, Answered, answered, entered, last_leaf, pins, replied_by_letter
from tests.casework.voice import Voice
from tests.world import APPROVER, OFFICER, TABLES, World, ask
from tracing.casework.elements.proving import Release, build_proof, note_release
from tracing.casework.errors import CaseworkError, Incomplete, NotProvable, Stale
from tracing.casework.policy import Actor
from tracing.store.cases import CaseQuery, list_cases

ENVELOPES, LEAVES, MESSAGES = TABLES["envelope"], TABLES["leaf"], TABLES["message"]


def asked_to_erase(one: Answered, element: str = "outcomes.0", **more: Any) -> dict[str, Any]:
    return {"mid": one.mid, "element": element, "why": "order 7/2026", **more}


async def erased(trio: World, element: str = "outcomes.0") -> Answered:
    """An answer that lost an element at br."""
    one = await answered(trio)
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one, element))
    return one


async def test_an_erased_element_is_shown_as_erased_in_its_place(trio: World) -> None:
    one = await erased(trio)
    file = await trio.case("br", one.case)
    (told,) = [each for each in file.messages if each["mid"] == one.mid]
    assert told["body"]["outcomes"] == [{"erased": True}, ANSWER["outcomes"][1]]
    assert (told["erased"], told["lacks"], told["signature"]) == (["outcomes.0"], [], "verified")
    assert (file.state, "KRONOS" in str(file)) == ("answered", False)


async def test_another_element_of_the_same_statement_is_still_proved(trio: World) -> None:
    one = await erased(trio)
    made = await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.1"))
    assert proof.verify(made.data, pins(trio)).taken is not None
    assert b"KRONOS" not in made.data


async def test_the_erased_element_itself_is_not_released(trio: World) -> None:
    one = await erased(trio)
    with pytest.raises(Incomplete, match="it was erased"):
        await trio["br"].office.release(OFFICER, one.case, entered(one, "outcomes.0"))


async def test_an_erased_element_is_listed_as_erased(trio: World) -> None:
    one = await erased(trio)
    items = await trio["br"].office.elements(OFFICER, one.case)
    (found,) = [each for item in items if item["mid"] == one.mid for each in item["elements"] if each["erased"]]
    assert (found["name"], found["position"], found["value"]) == ("outcomes.0", 2, None)


@pytest.mark.parametrize("authority", ["br", "at"])
async def test_the_sealed_copy_goes_with_the_element_on_either_side(trio: World, authority: str) -> None:
    one = await answered(trio)
    await trio[authority].office.erase(APPROVER, one.case, asked_to_erase(one))
    query = select(ENVELOPES.c.wire).where(ENVELOPES.c.mid == one.mid)
    wire = await trio[authority].store.read(lambda view: view.conn.execute(query).scalar_one())
    assert strictjson.load(wire, 1 << 23).keys() == {"payload", "signatures"}
    assert trio.audit(authority).ok, trio.audit(authority).first_bad


async def test_erasing_the_weapon_takes_it_out_of_lists_and_search(trio: World) -> None:
    one = await answered(trio)
    words = CaseQuery(words=frozenset({"glock"}), limit=200)

    async def found() -> bool:
        page = await trio["br"].store.read(lambda view: list_cases(view, words, 0))
        return one.case in {item["case"] for item in page.items}

    assert await found()
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one, "weapon", mid=one.request))
    file = await trio.case("br", one.case)
    assert (file.weapon or {}).get("make") is None
    assert not await found()


async def test_the_requested_state_works_on_after_it_erased_the_weapon(trio: World) -> None:
    """The proposal from the records looks at the weapon; where it was erased it proposes nothing and breaks nothing."""
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    await trio.settled()
    one = Answered(asked.case, str(asked.mid), str(asked.mid))
    for element in ("weapon", "found", "rest"):
        await trio["at"].office.erase(APPROVER, one.case, asked_to_erase(one, element))
    file = await trio.case("at", one.case)
    assert "acknowledge" in file.allowed
    await trio["at"].office.move(OFFICER, one.case, "acknowledge", {"reference": "AT-1"})
    await trio.reached("br", one.case, "acknowledged")


async def test_what_was_said_of_a_whole_dossier_is_erased_in_each_of_its_cases(trio: World, at: Voice) -> None:
    common = {name: value for name, value in ask("at").items() if name != "weapon"}
    weapons = [{"weapon": ask("at", serial)["weapon"]} for serial in ("EEE111", "EEE222")]
    sent = await trio["br"].office.dossier(OFFICER, common | {"title": "Two", "weapons": weapons})
    await trio.settled()
    re = [(await trio.case("br", case_id)).messages[0]["mid"] for case_id in sent.cases]
    mid = await at.says("acknowledgement", thread=sent.dossier, re=tuple(re))
    await at.heard(mid)
    first, second = sent.cases
    await trio["br"].office.erase(APPROVER, first, asked_to_erase(Answered(first, "", mid), "rest"))
    told = (await trio.case("br", second)).messages[-1]
    assert (told["mid"], told["erased"]) == (mid, ["rest"])
    assert trio.audit("br").ok, trio.audit("br").first_bad


# ---------------------------------------------------------------- what is refused


async def test_a_message_on_its_way_is_not_erased(trio: World) -> None:
    node = trio["br"]
    await trio.stop("ke")
    asked = await node.office.request(OFFICER, ask("ke"))
    before = await trio.counts("br")
    with pytest.raises(CaseworkError) as refused:
        await node.office.erase(APPROVER, asked.case, asked_to_erase(Answered("", "", str(asked.mid)), "weapon"))
    assert (refused.value.code, await trio.counts("br")) == ("illegal-move", before)
    trio.found("ke")
    await trio["ke"].start()
    await trio.settled()


@pytest.mark.parametrize(
    ("changed", "actor", "code"),
    [
        ({}, OFFICER, "forbidden"),
        ({}, Actor("lin", "liaison"), "forbidden"),
        ({"element": "outcomes.7"}, APPROVER, "incomplete"),
        ({"why": " "}, APPROVER, "incomplete"),
        ({"element": 1}, APPROVER, "incomplete"),
        ({"whom": "x"}, APPROVER, "incomplete"),
        ({"mid": "at:01a20a1b-cc37-703c-91a8-c6e909b60a5f"}, APPROVER, "not-found"),
    ],
)
async def test_an_erasure_that_may_not_be_changes_nothing(
    trio: World, changed: dict[str, Any], actor: Actor, code: str
) -> None:
    one = await answered(trio)
    before = await trio.counts("br")
    with pytest.raises(CaseworkError) as refused:
        await trio["br"].office.erase(actor, one.case, asked_to_erase(one, **changed))
    assert (refused.value.code, await trio.counts("br")) == (code, before)


async def test_an_element_is_erased_once_only(trio: World) -> None:
    one = await erased(trio)
    before = await trio.counts("br")
    with pytest.raises(Incomplete):
        await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one))
    assert await trio.counts("br") == before


async def test_a_reply_entered_by_hand_has_no_elements_to_erase(trio: World) -> None:
    case_id, _, reply = await replied_by_letter(trio)
    with pytest.raises(NotProvable):
        await trio["br"].office.erase(APPROVER, case_id, asked_to_erase(Answered(case_id, "", reply), "rest"))


async def test_a_file_made_before_an_erasure_is_not_released_after_it(trio: World) -> None:
    one = await answered(trio)
    release = Release(one.case, one.mid, ("outcomes.0",), "ke", "third_state")
    made = await trio["br"].store.read(lambda view: build_proof(view, release, me="br", today=date(2026, 1, 1)))
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one))
    with pytest.raises(Stale):
        await trio["br"].store.write(lambda tx: note_release(tx, OFFICER, release, made))


# ---------------------------------------------------------------- the trail


async def test_the_trail_holds_after_erasures_and_names_each(trio: World) -> None:
    one = await erased(trio)
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one, "rest"))
    leaf = await last_leaf(trio, "br", one.mid)
    assert (leaf["act"], leaf["actor"], leaf["mid"], leaf["element"]) == ("erase", "bea", one.mid, "rest")
    assert (leaf["why"], [copy["case"] for copy in leaf["copies"]]) == ("order 7/2026", [one.case])
    assert "KRONOS" not in str(leaf)
    assert trio.audit("br").ok, trio.audit("br").first_bad


@asynccontextmanager
async def spoiled(trio: World, table: Any, row: Any, **values: Any) -> AsyncIterator[None]:
    """The columns of a row changed behind the node's back, and put back at the end."""
    columns = [table.c[name] for name in values]
    store = trio["br"].store
    before = await store.read(lambda view: view.conn.execute(select(*columns).where(row)).one()._mapping)
    await store.write(lambda tx: tx.conn.execute(update(table).where(row).values(values)))
    try:
        yield
    finally:
        await store.write(lambda tx: tx.conn.execute(update(table).where(row).values(dict(before))))


async def stored(trio: World, column: Any, row: Any) -> Any:
    return await trio["br"].store.read(lambda view: view.conn.execute(select(column).where(row)).scalar_one())


async def test_a_message_put_back_as_it_was_before_its_erasure_is_found(trio: World) -> None:
    one = await answered(trio)
    row = MESSAGES.c.mid == one.mid
    whole = await stored(trio, MESSAGES.c.inner, row)
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one))
    async with spoiled(trio, MESSAGES, row, inner=whole):
        assert "message at rest is gone or was altered" in str(trio.audit("br").first_bad)
    assert trio.audit("br").ok


async def test_a_sealed_copy_put_back_after_an_erasure_is_found(trio: World) -> None:
    one = await answered(trio)
    row = ENVELOPES.c.mid == one.mid
    whole = await stored(trio, ENVELOPES.c.wire, row)
    await trio["br"].office.erase(APPROVER, one.case, asked_to_erase(one))
    async with spoiled(trio, ENVELOPES, row, wire=whole):
        assert "the object it speaks of was altered" in str(trio.audit("br").first_bad)
    assert trio.audit("br").ok


async def test_a_message_edited_without_a_leaf_is_found_erased_or_not(trio: World) -> None:
    one = await erased(trio)
    for mid in (one.mid, one.request):
        row = MESSAGES.c.mid == mid
        blob = await stored(trio, MESSAGES.c.inner, row)
        async with spoiled(trio, MESSAGES, row, inner=blob[:-1] + bytes([blob[-1] ^ 1])):
            assert not trio.audit("br").ok


async def test_a_sealed_copy_taken_away_without_a_leaf_is_found(trio: World) -> None:
    one = await answered(trio)
    row = ENVELOPES.c.mid == one.mid
    item = strictjson.load(await stored(trio, ENVELOPES.c.wire, row), 1 << 23)
    del item["ct"]
    async with spoiled(trio, ENVELOPES, row, wire=strictjson.dump(item)):
        assert not trio.audit("br").ok


@pytest.mark.parametrize("column", ["object", "salt"])
async def test_a_leaf_of_an_erasure_that_was_altered_is_found(trio: World, column: str) -> None:
    one = await erased(trio)
    row = (LEAVES.c.ref == one.mid) & (LEAVES.c.kind == "erase")
    for value in (b"{}", b"not JSON", None):
        async with spoiled(trio, LEAVES, row, **{column: value}):
            assert not trio.audit("br").ok
    assert trio.audit("br").ok
