"""What the counterpart rejected for ever was never said: the state, the clocks and what may be done now follow."""

from collections.abc import AsyncIterator

import aiohttp
import pytest
import pytest_asyncio
from sqlalchemy import select

from protocol import receipts
from tests.casework.voice import BODIES, Voice
from tests.world import OFFICER, TABLES, World, ask, world
from tracing.casework.casefile import CaseFile
from tracing.clock import rfc3339


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def silent(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[World]:
    """at runs; fr is known to it and never runs: what fr says is posted by the test."""
    async with world(tmp_path_factory.mktemp("silent"), "at") as w:
        w.found("fr")
        w.introduce("at", "fr")
        w.introduce("fr", "at")
        yield w


async def post(w: World, **items: object) -> None:
    url = f"http://{w['at'].settings.exchange}/itx/1/envelopes"
    async with aiohttp.ClientSession() as client, client.post(url, json=items) as reply:
        assert reply.status == 200, await reply.text()


async def says(w: World, stage: str, mid: str, code: str | None = None) -> None:
    """A receipt of fr for a message of at."""
    fr, table = w["fr"], TABLES["envelope"]
    query = select(table.c.digest).where(table.c.mid == mid)
    env = await w["at"].store.read(lambda view: view.conn.execute(query).scalar_one())
    me = fr.identity()
    said = receipts.build(
        net=me.net, rid=f"fr:{w.ids.uuid7()}", sender="fr", to="at", mid=mid, env=env, stage=stage,
        at=w.clock.now_ms(), hi=1, missing=(), origin="itx.training/fr", index=0, ks_ver=me.keyset_version,
        ks_sha256=me.keyset_sha256, code=code, st="0" * 64 if stage == "opened" else None,
    )  # fmt: skip
    (signer,) = fr.vault.signers("rcpt")
    await post(w, receipts=[receipts.issue(said, signer)])


async def asked(w: World) -> str:
    """A request of fr that at holds."""
    fr = Voice(w, "fr", "at")
    case_id = fr.case_id()
    made = fr.made("trace_request", thread=case_id)
    await post(w, envelopes=[made.finish(fr, 1, None).item])
    await w.reached("at", case_id, "delivered")
    return case_id


def running(file: CaseFile) -> set[str]:
    """The clocks that run."""
    return {one["clock"] for one in file.deadlines if one["ended"] is None}


async def test_an_answer_that_was_rejected_leaves_the_case_open_its_clock_running_and_a_new_answer_possible(
    silent: World,
) -> None:
    case_id = await asked(silent)
    said = await silent["at"].office.move(OFFICER, case_id, "answer", BODIES["final_response"])
    assert (said.state, running(await silent.case("at", case_id))) == ("answered", set())
    await says(silent, "accepted", str(said.mid))
    await says(silent, "rejected", str(said.mid), "decrypt-failed")
    file = await silent.case("at", case_id)
    assert (file.state, running(file)) == ("delivered", {"ack", "answer"})
    assert file.messages[-1]["effect"] == "kept"
    again = await silent["at"].office.move(OFFICER, case_id, "answer", BODIES["final_response"])
    assert again.state == "answered"


async def test_a_question_that_was_rejected_owes_nobody_an_answer(silent: World) -> None:
    case_id = await asked(silent)
    said = await silent["at"].office.move(OFFICER, case_id, "ask", BODIES["information_request"])
    await says(silent, "accepted", str(said.mid))
    assert "info" in running(await silent.case("at", case_id))
    await says(silent, "rejected", str(said.mid), "policy")
    file = await silent.case("at", case_id)
    assert (file.overlays, "info" in running(file)) == ([], False)


async def test_a_request_that_was_rejected_ends_its_clocks(silent: World) -> None:
    out = await silent["at"].office.request(OFFICER, ask("fr"))
    await says(silent, "accepted", str(out.mid))
    assert running(await silent.case("at", out.case)) == {"ack", "answer"}
    await says(silent, "rejected", str(out.mid), "schema")
    file = await silent.case("at", out.case)
    assert (file.state, running(file), file.due) == ("rejected_invalid", set(), None)


async def test_what_was_rejected_for_now_changes_nothing(silent: World) -> None:
    case_id = await asked(silent)
    said = await silent["at"].office.move(OFFICER, case_id, "answer", BODIES["final_response"])
    await says(silent, "rejected", str(said.mid), "busy")
    file = await silent.case("at", case_id)
    assert (file.state, file.delivery[0]["stage"]) == ("answered", "queued")


async def test_an_opened_receipt_that_overtakes_the_accepted_one_delivers_and_starts_the_clocks(silent: World) -> None:
    out = await silent["at"].office.request(OFFICER, ask("fr"))
    await says(silent, "opened", str(out.mid))
    assert (await silent.case("at", out.case)).state == "delivered"
    await says(silent, "accepted", str(out.mid))
    file = await silent.case("at", out.case)
    assert (file.state, running(file), file.delivery[0]["stage"]) == ("delivered", {"ack", "answer"}, "opened")
    assert silent.audit("at").ok


# ---------------------------------------------------------------- the rows of clocks follow from the messages alone


async def test_a_clock_that_was_over_when_its_question_was_rejected_has_no_row_left(silent: World) -> None:
    """It had begun and was done before the rejection came: the other side never had it, and nor have we."""
    case_id = await asked(silent)
    said = await silent["at"].office.move(OFFICER, case_id, "ask", BODIES["information_request"])
    await says(silent, "accepted", str(said.mid))
    answered = await silent["at"].office.move(OFFICER, case_id, "answer", BODIES["final_response"])
    await says(silent, "accepted", str(answered.mid))
    before = (await silent.case("at", case_id)).deadlines
    assert {one["clock"] for one in before if one["ended"]} == {"ack", "answer", "info"}
    await says(silent, "rejected", str(said.mid), "policy")
    after = (await silent.case("at", case_id)).deadlines
    assert [one["clock"] for one in after] == [one["clock"] for one in before if one["clock"] != "info"]


async def test_a_delay_that_was_rejected_leaves_the_date_where_it_was(silent: World) -> None:
    case_id = await asked(silent)
    (before,) = [one for one in (await silent.case("at", case_id)).deadlines if one["clock"] == "answer"]
    said = await silent["at"].office.move(OFFICER, case_id, "delay", BODIES["delay_notice"])
    await says(silent, "accepted", str(said.mid))
    (moved,) = [one for one in (await silent.case("at", case_id)).deadlines if one["clock"] == "answer"]
    assert (moved["due"] > before["due"], moved["original_due"]) == (True, before["due"])
    await says(silent, "rejected", str(said.mid), "policy")
    (after,) = [one for one in (await silent.case("at", case_id)).deadlines if one["clock"] == "answer"]
    assert after == before


async def test_a_clock_ends_at_the_instant_of_the_receipt_on_both_sides(silent: World) -> None:
    """Until the receipt is there it ended when we said so."""
    case_id = await asked(silent)
    said = await silent["at"].office.move(OFFICER, case_id, "answer", BODIES["final_response"])
    envelopes = TABLES["envelope"]
    query = select(envelopes.c.accepted_ms).where(envelopes.c.mid == said.mid)
    spoken = {one["ended"] for one in (await silent.case("at", case_id)).deadlines}
    await says(silent, "accepted", str(said.mid))
    accepted_ms = await silent["at"].store.read(lambda view: view.conn.execute(query).scalar_one())
    ended = {one["ended"] for one in (await silent.case("at", case_id)).deadlines}
    assert (ended, len(spoken)) == ({rfc3339(accepted_ms)}, 1)
    assert ended != spoken
