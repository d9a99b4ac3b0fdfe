"""Two running nodes when keys are lost, stolen, too old or cut off: what each does, and what officers see."""

import asyncio
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
import pytest
from sqlalchemy import select

from keys.trust import Freshness
from protocol import envelope, strictjson
from tests.given import TurnedClock
from tests.world import OFFICER, World, ask, world
from tracing.cli.trust import fetched
from tracing.partners import SUSPENDED, set_status
from tracing.tables import Envelope, Leaf, Outbox, TrustAlarm, table_of
from tracing.trust.alarms import Unanswered, open_alarms, say_done
from tracing.trust.contested import answer, contested

_envelopes, _leaves, _outbox, _alarms = map(table_of, (Envelope, Leaf, Outbox, TrustAlarm))


def version(w: World, one: str, of: str) -> int:
    """Of the keyset that ``one`` believes of ``of``."""
    return w[one].partners.get(of).trust.keyset.ver  # type: ignore[union-attr]


async def knows(w: World, one: str, of: str, ver: int) -> None:
    async def is_so() -> bool:
        return version(w, one, of) == ver

    await w.until(is_so, f"{one} to hold keyset {ver} of {of}")


def rows(w: World, authority: str, query: Any) -> list[Any]:
    return list(w[authority].store.read_now(lambda view: view.conn.execute(query).all()))


async def stage_is(w: World, authority: str, mid: str, stage: str) -> None:
    query = select(_envelopes.c.stage).where(_envelopes.c.mid == mid)

    async def is_so() -> bool:
        return [row.stage for row in rows(w, authority, query)] == [stage]

    await w.until(is_so, f"{mid} to be {stage} at {authority}")


async def revoke(w: World, authority: str, kids: list[str] | None, since_ms: int) -> None:
    """As the command beside the running node does it."""
    node = w[authority]
    await asyncio.to_thread(node.keyring.revoke, kids, since_ms, "ada")
    node.ring_all()


async def test_a_rotation_is_shown_to_the_counterpart_at_once(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await asyncio.to_thread(w["br"].keyring.rotate, None, "ada")
        w["br"].ring_all()
        await knows(w, "at", "br", 2)
        await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        assert w["at"].partners.alarms == ()
        assert w.audit("at").ok


async def test_a_revoked_key_signs_nothing_more_and_its_earlier_messages_are_asked_about(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        before = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        since_ms = w.clock.now_ms()
        between = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        stolen = w["br"].keyring.voice.signer("env")
        await revoke(w, "br", [stolen.kid], since_ms)
        await knows(w, "at", "br", 2)
        after = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.reached("at", after.case, "delivered")

        refused = await _post(w, _forged(w, stolen, iat_ms=since_ms - 1000))
        assert refused["code"] == "key-revoked"
        assert rows(w, "at", select(_envelopes.c.mid).where(_envelopes.c.mid == FORGED)) == []

        listed = w["at"].store.read_now(lambda view: contested(view, "br"))
        assert [one.case for one in listed] == [between.case]
        assert [(await w.case("at", one.case)).messages[0]["doubt"] for one in (before, between)] == [None, "asked"]
        (alarm,) = w["at"].store.read_now(open_alarms)
        with pytest.raises(Unanswered, match="br is still to be asked"):
            w["at"].store.write_now(lambda tx: say_done(tx, alarm.id, "bea", "looked"))
        assert w["at"].store.write_now(lambda tx: answer(tx, "br", listed[0].mid, "bea"))
        assert w["at"].store.read_now(lambda view: contested(view, "br")) == []
        assert not w["at"].store.write_now(lambda tx: answer(tx, "br", listed[0].mid, "bea"))
        assert [one.code for one in w["at"].partners.alarms] == ["keys-revoked"]
        assert w["at"].store.write_now(lambda tx: say_done(tx, alarm.id, "bea", "asked by telephone"))
        for asked in (before, between):
            file = await w.case("at", asked.case)
            assert file.messages[0]["signature"] == "verified"
        assert w.audit("at").ok


FORGED = "br:0198c5f0-0000-7000-8000-000000000001"


def _forged(w: World, stolen: Any, *, iat_ms: int) -> dict[str, Any]:
    """What a thief dates back to before the revocation."""
    me, ct = w["br"].identity(), b"x" * 600
    manifest = envelope.build_manifest(
        net="training", stc="0" * 64, mid=FORGED, sender="br", to="at", prio="routine", iat=iat_ms, seq=9, prev=None,
        kem_suite="xwing", kem_kid=w["at"].trust.kem().kid, ct=ct, ks_ver=1, ks_sha256=me.keyset_sha256,
    )  # fmt: skip
    return dict(envelope.finish(manifest, ct, stolen).item)


async def _post(w: World, item: dict[str, Any]) -> dict[str, Any]:
    url = f"{w['at'].settings.url}/itx/1/envelopes"
    body, headers = strictjson.dump({"envelopes": [item]}), {"Content-Type": "application/json"}
    async with aiohttp.ClientSession() as session, session.post(url, data=body, headers=headers) as answer:
        return dict(await answer.json(content_type=None))


async def test_a_statement_key_that_was_stolen_is_found_inside_the_message(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        since_ms = w.clock.now_ms()
        between = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        kid = w["br"].keyring.voice.signers("stmt")[0].kid
        await revoke(w, "br", [kid], since_ms)
        await knows(w, "at", "br", 2)
        listed = w["at"].store.read_now(lambda view: contested(view, "br"))
        assert [(one.case, one.kid) for one in listed] == [(between.case, kid)]


def signing(w: World, authority: str) -> set[str]:
    """The kids of all that a node signs with now."""
    voice = w[authority].keyring.voice
    return {one.kid for use in ("stmt", "env", "rcpt", "pull") for one in voice.signers(use)}


async def test_after_a_stolen_backup_every_key_is_another_and_the_exchange_goes_on(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        before = signing(w, "br")
        await revoke(w, "br", None, w.clock.now_ms())
        assert before.isdisjoint(signing(w, "br"))
        await knows(w, "at", "br", 2)
        there = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        back = await w["at"].office.request(OFFICER, ask("br"), wait_s=10)
        await w.reached("at", there.case, "delivered")
        await w.reached("br", back.case, "delivered")


async def test_the_alarm_of_lost_keys_counts_those_that_follow_and_says_when_all_went(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:

        def said() -> list[str]:
            return [one.said.partition(";")[0] for one in w["at"].partners.alarms]

        for ver, (use, count) in enumerate((("env", "1 of its keys"), ("rcpt", "2 of its keys in all")), start=2):
            await revoke(w, "br", [w["br"].keyring.voice.signer(use).kid], w.clock.now_ms())
            await knows(w, "at", "br", ver)
            assert said() == [f"it revoked {count}"]
        await revoke(w, "br", None, w.clock.now_ms())
        await knows(w, "at", "br", 4)
        assert said() == ["it revoked every key it had"]


async def test_a_counterpart_that_was_down_learns_of_every_keyset_when_it_is_back(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        await w.stop("at")
        for _ in range(3):
            await revoke(w, "br", [w["br"].keyring.voice.signer("rcpt").kid], w.clock.now_ms())
        asked = await w["br"].office.request(OFFICER, ask("at"))
        w.found("at")
        await w["at"].start()
        await knows(w, "at", "br", 4)
        await w.reached("at", asked.case, "delivered")


async def test_a_request_sealed_to_a_lost_key_is_told_to_be_unreadable_and_a_new_one_arrives(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        lost = str(w["at"].trust.kem().kid)
        await w.stop("at")
        asked = await w["br"].office.request(OFFICER, ask("at"))
        w.found("at")
        await asyncio.to_thread(w["at"].keyring.revoke, [lost], w.clock.now_ms(), "bea")
        w["at"].vault.destroy({lost})
        await w["at"].start()
        await w.reached("br", asked.case, "rejected_invalid")
        await knows(w, "br", "at", 2)
        codes = select(_envelopes.c.code).where(_envelopes.c.case_id == asked.case)
        assert [row.code for row in rows(w, "br", codes)] == ["decrypt-failed"]
        assert await w.count("at", "case") == 0
        again = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", again.case, "delivered")
        assert (await w.case("br", asked.case)).state == "rejected_invalid"


# ---------------------------------------------------------------- too old


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


async def test_messages_to_a_counterpart_whose_keys_are_long_past_wait_until_it_is_back(
    tmp_path: Path, clock: TurnedClock
) -> None:
    async with world(tmp_path, "br", "at", clock=clock, reconciliation="off") as w:
        await w.stop("at")
        clock.turn(timedelta(days=100))
        await w["br"].keep_keys()
        assert w["br"].partners.get("at").freshness(clock.now_ms()) is Freshness.STALE
        clock.turn(timedelta(days=30))
        await w["br"].keep_keys()
        assert w["br"].partners.get("at").freshness(clock.now_ms()) is Freshness.HELD
        asked = await w["br"].office.request(OFFICER, ask("at"))
        w.found("at")
        await w["at"].start()
        await w["at"].keep_keys()
        await w.reached("at", asked.case, "delivered")
        assert w["br"].partners.get("at").freshness(clock.now_ms()) is Freshness.CURRENT


async def test_what_comes_from_a_counterpart_whose_keys_are_long_past_is_accepted_and_waits_unopened(
    tmp_path: Path, clock: TurnedClock
) -> None:
    async with world(tmp_path, "br", reconciliation="off") as w:
        w.clock = clock
        clock.turn(w["br"].clock.now() - clock.now() + timedelta(days=130))
        w.found("at")
        w.introduce("br", "at")
        w.introduce("at", "br")
        await w["at"].start()
        asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        assert asked.delivery == "accepted"
        held = select(_envelopes.c.stage, _envelopes.c.code).where(_envelopes.c.direction == "in")

        async def is_held() -> bool:
            return [tuple(row) for row in rows(w, "at", held)] == [("held", "stale")]

        await w.until(is_held, "the message to be quarantined")
        clock.turn(timedelta(days=-120))
        await w["at"]._running.exchange.refresher.look("br")  # type: ignore[union-attr]
        await w.reached("at", asked.case, "delivered")


async def test_a_suspended_counterpart_is_followed_when_an_officer_asks_and_stays_suspended(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["at"].store.write(lambda tx: set_status(tx, "br", SUSPENDED, "bo", "its keys are stolen"))
        w["at"].partners.reload()
        await revoke(w, "br", None, w.clock.now_ms())
        judged = await fetched(w["at"], "br")
        assert judged is not None
        assert (judged.after.keyset.ver, judged.refused) == (2, ())  # type: ignore[union-attr]
        partner = w["at"].partners.get("br")
        assert partner is not None
        assert (partner.is_suspended, partner.trust.keyset.ver) == (True, 2)  # type: ignore[union-attr]
