"""The office: waiting for delivery, rows of lists taken once, a database that cannot, acts at once."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import text

from tests.casework.voice import BODIES
from tests.world import OFFICER, TABLES, World, ask, world
from tracing.casework.errors import CaseworkError, IllegalMove, Incomplete, NotFound, Unavailable
from tracing.casework.policy import ROLES, VERBS, Actor, may
from tracing.store import Tx

LEAF = TABLES["leaf"]


async def test_a_row_of_a_list_opens_one_case_however_often_it_is_imported(trio: World) -> None:
    office = trio["br"].office
    first = await office.request(OFFICER, ask("at"), row_digest="row-1", wait_s=10)
    again = await office.request(OFFICER, ask("at"), row_digest="row-1")
    assert (again.case, again.mid) == (first.case, first.mid)


async def test_a_row_imported_by_two_at_once_opens_one_case(trio: World) -> None:
    office = trio["br"].office
    both = await asyncio.gather(*(office.request(OFFICER, ask("at"), row_digest="row-2") for _ in range(2)))
    assert len({one.case for one in both}) == 1


async def test_a_case_nobody_has_is_not_found(trio: World) -> None:
    with pytest.raises(NotFound):
        await trio["br"].office.read_case(OFFICER, "br." + "0" * 32)


async def test_a_verb_nobody_knows_is_not_found(trio: World) -> None:
    with pytest.raises(NotFound, match="verbs"):
        await trio["br"].office.move(OFFICER, "br." + "0" * 32, "shout", {})


@pytest.mark.parametrize("to", [None, 7, ["at"], ""])
async def test_a_request_to_nobody_is_refused(trio: World, to: Any) -> None:
    with pytest.raises(CaseworkError) as refused:
        await trio["br"].office.request(OFFICER, ask("at") | {"to": to})
    assert refused.value.status == 422


async def test_a_very_long_wrong_value_is_quoted_short(trio: World) -> None:
    with pytest.raises(Incomplete) as refused:
        await trio["br"].office.request(OFFICER, ask("at") | {"confidentiality": "x" * 5000})
    assert all(len(problem.got) < 200 for problem in refused.value.problems)


async def test_who_waits_for_a_counterpart_that_is_down_hears_that_it_is_queued(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w.stop("at")
        asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=0.1)
        assert asked.delivery in ("queued", "sent")


async def test_who_waits_when_the_node_stops_hears_how_far_it_came(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w.stop("at")
        waiting = asyncio.create_task(w["br"].office.request(OFFICER, ask("at"), wait_s=30))
        await w.until(_posted(w), "the request to be in the outbox")
        w["br"].signals.close()
        assert (await waiting).delivery in ("queued", "sent")


async def test_who_stops_waiting_himself_undoes_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w.stop("at")
        waiting = asyncio.create_task(w["br"].office.request(OFFICER, ask("at"), wait_s=30))
        await w.until(_posted(w), "the request to be in the outbox")
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
        assert (await w.counts("br"))["case"] == 1


def _posted(w: World) -> Any:
    async def look() -> bool:
        return await w.count("br", "outbox") == 1

    return look


async def test_of_many_acts_at_once_in_one_case_one_acknowledges(trio: World) -> None:
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    acts = [trio["at"].office.move(OFFICER, asked.case, "acknowledge", {}) for _ in range(5)]
    results = await asyncio.gather(*acts, return_exceptions=True)
    assert sorted(isinstance(one, IllegalMove | Unavailable) for one in results) == [False, True, True, True, True]
    assert len((await trio.case("at", asked.case)).messages) == 2


async def test_acts_that_do_not_exclude_each_other_are_all_done_at_once(trio: World) -> None:
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.reached("at", asked.case, "delivered")
    acts = [trio["br"].office.move(OFFICER, asked.case, "supply", BODIES["information_supply"]) for _ in range(3)]
    await asyncio.gather(*acts)
    assert len((await trio.case("br", asked.case)).messages) == 4


async def test_a_full_disk_is_told_to_the_officer_and_nothing_is_done(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        w.add_by_letter("br", "xb")
        office = w["br"].office
        asked = await office.request(OFFICER, ask("xb"))
        before: dict[str, int] = {}

        async def until_full() -> None:
            while True:
                await w["br"].store.write(_fill)  # each time: whatever else found it full began on a new connection
                before.update(await w.counts("br"))
                await office.request(OFFICER, ask("xb"))

        with pytest.raises(Unavailable, match="make room"):
            await until_full()
        assert await w.counts("br") == before
        await w["br"].store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA max_page_count=1000000"))
        assert (await office.move(OFFICER, asked.case, "withdraw", BODIES["withdrawal"])).state == "withdrawn"


def _fill(tx: Tx) -> None:
    used = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
    tx.conn.exec_driver_sql(f"PRAGMA max_page_count={used}")


async def test_a_database_that_cannot_be_read_is_told_to_the_officer(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        await w["br"].store.write(lambda tx: tx.conn.execute(text("ALTER TABLE cases RENAME TO lost")))
        with pytest.raises(Unavailable):
            await w["br"].office.read_case(OFFICER, "br." + "0" * 32)


async def test_a_reading_is_an_entry_before_it_is_shown(trio: World) -> None:
    asked = await trio["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await trio.settled()
    of_reading = LEAF.c.kind == "read", LEAF.c.ref == asked.case
    before = await trio.count("br", "leaf", *of_reading)
    await trio["br"].office.read_case(OFFICER, asked.case)
    assert await trio.count("br", "leaf", *of_reading) == before + 1


async def test_reading_no_case_leaves_no_entry(trio: World) -> None:
    before = await trio.count("br", "leaf", LEAF.c.kind == "read")
    await trio["br"].office.note_read(OFFICER, ())
    assert await trio.count("br", "leaf", LEAF.c.kind == "read") == before


@pytest.mark.parametrize("role", ROLES)
def test_no_role_may_what_no_verb_names(role: str) -> None:
    assert not may(role, "everything")
    assert ROLES[role] <= VERBS


@pytest.mark.parametrize("role", ["admin", "auditor", "keyholder"])
def test_who_runs_or_audits_the_node_reads_no_case(role: str) -> None:
    assert not any(may(role, verb) for verb in ("read", "list", "request", "answer", "approve"))


def test_nobody_without_a_role_may_anything() -> None:
    assert not any(may(Actor("x", "").role, verb) for verb in VERBS)
