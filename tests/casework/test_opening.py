"""Opening what was accepted: poison is rejected with its code, entry and receipt, and stops nothing else."""

import asyncio
from pathlib import Path
from typing import Any

import pytest
import structlog
from sqlalchemy import select, update

from protocol import envelope, strictjson
from tests.casework.voice import BODIES, Made, Voice
from tests.world import OFFICER, TABLES, World, ask, world
from tracing.seals.opening import Opener
from tracing.store import Tx

CASE = TABLES["case"]


def opener(w: World, authority: str, kind: type[Opener] = Opener) -> Opener:
    """A second opener on the node's database, beside its own."""
    node = w[authority]
    (key, *_) = node.vault.signers("rcpt")
    return kind(
        store=node.store,
        vault=node.vault,
        partners=node.partners,
        signals=node.signals,
        me=node.identity,
        receipt_key=lambda: key,
        house=node.house,
        folder=node.folder,
    )


def retold(inner: bytes, **members: Any) -> bytes:
    """The inside of an envelope with other members."""
    return strictjson.dump(strictjson.load(inner, 1 << 22) | members)


def poison(voice: Voice, what: str) -> Made:
    """One envelope that is authentic outside and must not be believed inside."""
    case_id = voice.case_id()
    good = voice.made("trace_request", thread=case_id)
    other = strictjson.load(voice.made("trace_request", thread=case_id, mid=good.mid).inner, 1 << 22)
    how: dict[str, dict[str, Any]] = {
        "sealed to a key nobody has": {"kem_kid": "A" * 43},
        "sealed to another State": {"sealed_to": "ke"},
        "a flipped byte of the sealed part": {"spoil_ct": lambda ct: ct[:-1] + bytes([ct[-1] ^ 1])},
        "a sealed part cut short": {"spoil_ct": lambda ct: ct[:-40]},
        "padding that is not zero": {"spoil": lambda padded: padded[:-1] + b"\x01"},
        "a length that is none": {"spoil": lambda padded: b"\xff\xff\xff\xff" + padded[4:]},
        "inside other than promised": {"stc": "0" * 64},
        "another salt": {"inner": retold(good.inner, salt=other["salt"]), "stc": envelope.Inner.read(good.inner).stc},
        "disclosures of another statement": {"inner": retold(good.inner, disclosures=other["disclosures"])},
        "a disclosure too few": {
            "inner": retold(good.inner, disclosures=strictjson.load(good.inner, 1 << 22)["disclosures"][:-1])
        },
        "meant for another State inside": {"inner_to": "ke"},
        "said by another State inside": {"sender": "ke", "inner_mid": f"ke:{voice.w.ids.uuid7()}"},
        "another id inside": {"inner_mid": voice.mid()},
        "only the classical signature": {"keys": slice(0, 1)},
        "only the signature of the second kind": {"keys": slice(1, 2)},
    }
    changed = {"mid": good.mid} | how[what]
    made = voice.made("trace_request", thread=case_id, **changed)
    if "inner" not in changed and what not in INSIDE:
        return Made(good.mid, good.inner, changed)
    return made


INSIDE = {"meant for another State inside", "said by another State inside", "another id inside",
          "only the classical signature", "only the signature of the second kind"}  # fmt: skip
CODES = {
    "sealed to a key nobody has": "decrypt-failed",
    "sealed to another State": "decrypt-failed",
    "a flipped byte of the sealed part": "decrypt-failed",
    "a sealed part cut short": "decrypt-failed",
    "padding that is not zero": "schema",
    "a length that is none": "schema",
    "inside other than promised": "mismatch",
    "another salt": "mismatch",
    "disclosures of another statement": "mismatch",
    "a disclosure too few": "mismatch",
    "meant for another State inside": "mismatch",
    "said by another State inside": "mismatch",
    "another id inside": "mismatch",
    "only the classical signature": "bad-signature",
    "only the signature of the second kind": "bad-signature",
}


@pytest.mark.parametrize("what", CODES)
async def test_poison_is_rejected_with_its_code_on_both_sides(br: Voice, what: str) -> None:
    mid = await br.posts(poison(br, what))
    assert await br.heard(mid) == ("rejected", CODES[what])
    assert await br.there(mid) == ("rejected", CODES[what])


@pytest.mark.parametrize("what", ["sealed to a key nobody has", "only the classical signature"])
async def test_a_rejection_has_its_receipt_and_its_entry_and_no_case(br: Voice, trio: World, what: str) -> None:
    before = await trio.count("at", "case")
    mid = await br.posts(poison(br, what))
    await br.heard(mid)
    receipts, leaves = TABLES["receipt"], TABLES["leaf"]
    query = (
        select(receipts.c.stage, receipts.c.code, leaves.c.kind)
        .join(leaves, leaves.c.ref == receipts.c.rid)
        .where(receipts.c.mid == mid, receipts.c.stage == "rejected")
    )
    for authority, kind in (("at", "rcpt.out"), ("br", "rcpt.in")):
        rows = await trio[authority].store.read(lambda view: [tuple(row) for row in view.conn.execute(query)])
        assert rows == [("rejected", CODES[what], kind)]
        assert trio.audit(authority).ok
    assert await trio.count("at", "case") == before


async def test_an_envelope_of_ours_that_a_third_node_sends_on_is_refused(trio: World, br: Voice) -> None:
    """ke opens what br asked it, and seals br's signed statement to at as if br had asked at."""
    asked = await trio["br"].office.request(OFFICER, ask("ke"), wait_s=10)
    await trio.reached("ke", asked.case, "delivered")
    inner = Voice(trio, "br", "ke").made("trace_request", thread=br.case_id()).inner
    ke = Voice(trio, "ke", "at")
    mid = await ke.posts(Made(ke.mid(), inner, {}))
    assert await ke.heard(mid) == ("rejected", "mismatch")
    assert await ke.there(mid) == ("rejected", "mismatch")


async def test_twenty_good_ones_around_poison_are_all_opened(br: Voice, trio: World) -> None:
    good = [br.made("trace_request", thread=br.case_id()) for _ in range(20)]
    bad = [poison(br, what) for what in CODES]
    mixed = [one for pair in zip(good, bad, strict=False) for one in pair] + good[len(bad) :]
    await br.posts(*mixed)
    assert [await br.heard(one.mid) for one in good] == [("opened", None)] * 20
    assert [(await br.heard(one.mid))[0] for one in bad] == ["rejected"] * len(bad)


# ---------------------------------------------------------------- faults of ours, two openers, a database that cannot


async def test_a_fault_of_ours_in_one_message_stops_no_other_and_is_tried_again_at_the_next_start(
    br: Voice, trio: World
) -> None:
    case_id, request = await br.asks()
    await br.heard(request)
    query = select(CASE.c.content_key).where(CASE.c.id == case_id)
    key = await trio["at"].store.read(lambda view: view.conn.execute(query).scalar_one())
    await trio["at"].store.write(_change_key(case_id, b"a fault"))
    failing = br.made("information_supply", thread=case_id, re=(request,))
    good = [br.made("trace_request", thread=br.case_id()) for _ in range(5)]
    await br.posts(*good[:2], failing, *good[2:])
    assert [await br.heard(one.mid) for one in good] == [("opened", None)] * 5
    assert await br.there(failing.mid) == ("held", "internal")
    await trio["at"].store.write(_change_key(case_id, key))
    await trio.restart("at")
    assert await br.heard(failing.mid) == ("opened", None)


async def test_a_message_for_an_erased_case_is_held_and_stops_no_other(br: Voice, trio: World) -> None:
    case_id, request = await br.asks()
    await br.heard(request)
    await trio["at"].store.write(_change_key(case_id, None))
    late = await br.says("information_supply", thread=case_id, re=(request,))
    _, good = await br.asks()
    assert await br.heard(good) == ("opened", None)
    assert await br.there(late) == ("held", "internal")


def _change_key(case_id: str, key: bytes | None) -> Any:
    return lambda tx: tx.conn.execute(update(CASE).where(CASE.c.id == case_id).values(content_key=key))


async def test_two_openers_on_one_database_open_each_message_once(br: Voice, trio: World) -> None:
    beside = [opener(trio, "at") for _ in range(2)]
    made = [br.made("trace_request", thread=br.case_id()) for _ in range(6)] + [poison(br, "another id inside")]
    before = await trio.counts("at")
    await br.posts(*made)
    for _ in range(20):
        await asyncio.gather(*(one.open_waiting() for one in beside))
    await trio.settled()
    after = await trio.counts("at")
    assert {name: after[name] - before[name] for name in ("case", "message", "envelope", "receipt")} == {
        "case": 6, "message": 6, "envelope": 7, "receipt": 14,
    }  # fmt: skip
    assert trio["at"].is_running


async def _closed(node: Any) -> None:
    """The node's own opener has ended."""
    opening = node._running._tasks[0]
    opening.cancel()
    await asyncio.gather(opening, return_exceptions=True)


async def test_what_is_held_for_keys_that_are_not_here_is_opened_once_they_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(tmp_path, "br", "at") as w:
        br = Voice(w, "br", "at")
        at = w["at"]
        await _closed(at)
        mid = await br.says("trace_request", thread=br.case_id())
        await w.until(_count_is(w, "at", "envelope", 1), "the envelope to be accepted")
        one = opener(w, "at")
        with monkeypatch.context() as patch:
            patch.setattr(at.partners, "_by_authority", {})
            patch.setattr(at.partners, "reload", lambda: None)  # a hello that comes now would bring them back
            assert await one.open_waiting() == 1
        assert await _stage(w, mid) == ("held", "unknown-key")
        running = asyncio.create_task(one.run())
        await w.until(_stage_is(w, mid, "opened"), "the envelope to be opened")
        running.cancel()


async def _stage(w: World, mid: str) -> tuple[str, str | None]:
    table = TABLES["envelope"]
    query = select(table.c.stage, table.c.code).where(table.c.mid == mid)
    return tuple(await w["at"].store.read(lambda view: view.conn.execute(query).one()))


def _stage_is(w: World, mid: str, stage: str) -> Any:
    async def look() -> bool:
        return (await _stage(w, mid))[0] == stage

    return look


def _count_is(w: World, authority: str, table: str, count: int) -> Any:
    async def look() -> bool:
        return await w.count(authority, table) == count

    return look


async def test_a_database_that_is_full_is_tried_again_and_loses_nothing(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        br = Voice(w, "br", "at")
        at = w["at"]
        await _closed(at)
        mid = await br.says("trace_request", BODIES["trace_request"] | {"remarks": "x" * 60_000}, thread=br.case_id())
        await w.until(_count_is(w, "at", "envelope", 1), "the envelope to be accepted")
        await at.store.write(_most_pages(0))
        one = opener(w, "at")
        with structlog.testing.capture_logs() as logged:
            running = asyncio.create_task(one.run())
            await w.until(_said(logged, "opening.store_unavailable"), "the opener to find the database full")
        await at.store.write(_most_pages(1_000_000))
        await w.until(_stage_is(w, mid, "opened"), "the envelope to be opened")
        assert await w.count("at", "case") == 1
        running.cancel()


def _most_pages(most: int) -> Any:
    def work(tx: Tx) -> None:
        used = tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one()
        tx.conn.exec_driver_sql(f"PRAGMA max_page_count={most or used}")

    return work


def _said(logged: list[Any], event: str) -> Any:
    async def look() -> bool:
        return any(one["event"] == event for one in logged)

    return look
