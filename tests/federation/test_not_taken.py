"""What an officer said while the counterpart was suspended, signed by keys that were revoked before it went out."""

import asyncio
import json
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import delete, func, select, update

from tests.world import OFFICER, PASSPHRASE, TABLES, World, ask, world
from tracing.partners import ACTIVE, SUSPENDED, set_status
from tracing.tables import Outbox, table_of
from tracing.trust.alarms import open_alarms, say_done
from tracing.trust.untaken import AFTER_MS, BEHIND, NOT_TAKEN, is_to_tell, tell

_outbox, _leaves = table_of(Outbox), TABLES["leaf"]
ROOT = Path(__file__).parents[2]
WITHDRAWAL = {"reason": "superseded"}


async def suspend(w: World, status: str) -> None:
    """What at does with br."""
    await w["at"].store.write(lambda tx: set_status(tx, "br", status, "bo", "its keys are stolen"))
    await asyncio.to_thread(w["at"].partners.reload)


async def row_of(w: World, mid: str) -> Any:
    query = select(_outbox).where(_outbox.c.ref == mid)
    return await w["br"].store.read(lambda view: view.conn.execute(query).first())


async def parked(w: World, mid: str) -> None:
    async def is_so() -> bool:
        row = await row_of(w, mid)
        return row is not None and row.state == "parked"

    await w.until(is_so, f"{mid} to be parked")


@asynccontextmanager
async def refused(folder: Path, count: int = 1) -> AsyncIterator[tuple[World, list[Any]]]:
    """Requests of br that at refuses for good: their keys were revoked while at had br suspended."""
    async with world(folder, "br", "at", reconciliation="off") as w:
        await suspend(w, SUSPENDED)
        asked = [await w["br"].office.request(OFFICER, ask("at")) for _ in range(count)]
        await asyncio.to_thread(w["br"].keyring.revoke, None, w.clock.now_ms() - 1, "ada")
        w["br"].ring_all()
        await suspend(w, ACTIVE)
        for one in asked:
            await parked(w, one.mid)
        yield w, asked


async def aged(w: World, by_ms: int = AFTER_MS) -> None:
    """As if they had been parked so long."""
    older = update(_outbox).where(_outbox.c.parked_ms.is_not(None)).values(parked_ms=_outbox.c.parked_ms - by_ms)
    await w["br"].store.write(lambda tx: tx.conn.execute(older))


async def told(w: World) -> list[str]:
    """The words of the alarm at br, once the look was done that is done each minute."""
    store = w["br"].store
    if await store.read(is_to_tell):
        await store.write(tell)
    return [one.said for one in await store.read(open_alarms) if one.code == NOT_TAKEN]


async def at_br(w: World, *words: str) -> str:
    """What a command beside the running node says; a process of its own, so that no log is among its words."""
    kept = w.folder / "passphrase"
    kept.write_bytes(PASSPHRASE)
    kept.chmod(0o600)
    where = ["--home", str(w.folder / "br"), "--passphrase-file", str(kept)]
    line = [sys.executable, "-c", "from tracing.cli import main; main()", *words, *where]
    ended = await asyncio.to_thread(subprocess.run, line, cwd=ROOT, capture_output=True, text=True)
    assert ended.returncode == 0, ended.stderr
    return ended.stdout


async def leaves(w: World) -> int:
    query = select(func.count()).select_from(_leaves).where(_leaves.c.kind == "key")
    return int(await w["br"].store.read(lambda view: view.conn.execute(query).scalar_one()))


async def test_requests_signed_by_revoked_keys_are_told_after_ten_minutes_and_named(tmp_path: Path) -> None:
    async with refused(tmp_path, 2) as (w, asked):
        assert await told(w) == []
        await aged(w)
        cases = ", ".join(sorted(one.case for one in asked))
        assert await told(w) == [f"2 messages of ours are not taken there (key-revoked): {cases}"]
        before = await leaves(w)
        assert (len(await told(w)), await leaves(w)) == (1, before)


async def test_a_message_that_is_tried_again_is_not_forgotten_meanwhile(tmp_path: Path) -> None:
    async with refused(tmp_path) as (w, (asked,)):
        await aged(w)
        since_ms = (await row_of(w, asked.mid)).parked_ms
        tried = {"state": "due", "next_ms": w.clock.now_ms() + 3_600_000}
        await w["br"].store.write(lambda tx: tx.conn.execute(update(_outbox).values(tried)))
        assert len(await told(w)) == 1
        await w.restart("br")
        await parked(w, asked.mid)
        assert (await row_of(w, asked.mid)).parked_ms == since_ms
        assert len(await told(w)) == 1


async def test_what_a_person_closed_comes_back_with_another_message_only(tmp_path: Path) -> None:
    async with refused(tmp_path, 2) as (w, asked):
        await aged(w, 2 * AFTER_MS)
        words = await told(w)
        (alarm,) = [one for one in await w["br"].store.read(open_alarms) if one.code == NOT_TAKEN]
        assert await w["br"].store.write(lambda tx: say_done(tx, alarm.id, "bea", "asked anew"))
        assert await told(w) == []
        await asyncio.sleep(0.005)  # the next was parked ten minutes ago, a moment after what was told
        newer = update(_outbox).where(_outbox.c.ref == asked[1].mid).values(parked_ms=w.clock.now_ms() - AFTER_MS)
        await w["br"].store.write(lambda tx: tx.conn.execute(newer))
        assert await told(w) == words


async def test_withdrawing_what_never_came_sends_nothing_and_ends_the_alarm(tmp_path: Path) -> None:
    async with refused(tmp_path) as (w, (asked,)):
        await aged(w)
        assert len(await told(w)) == 1
        withdrawn = await w["br"].office.move(OFFICER, asked.case, "withdraw", WITHDRAWAL)
        assert (withdrawn.state, (await row_of(w, withdrawn.mid or "")).state) == ("withdrawn", BEHIND)
        assert await told(w) == []
        await w.restart("at")
        await parked(w, asked.mid)
        again = await w["br"].office.request(OFFICER, ask("at"))
        await w.reached("at", again.case, "delivered")
        assert (await row_of(w, withdrawn.mid or "")).state == BEHIND
        incoming = select(TABLES["envelope"].c.case_id).where(TABLES["envelope"].c.direction == "in")
        assert await w["at"].store.read(lambda view: view.conn.execute(incoming).scalars().all()) == [again.case]


async def test_what_waits_behind_a_request_goes_when_that_has_left(tmp_path: Path) -> None:
    async with refused(tmp_path) as (w, (asked,)):
        withdrawn = await w["br"].office.move(OFFICER, asked.case, "withdraw", WITHDRAWAL)
        left = delete(_outbox).where(_outbox.c.ref == asked.mid)
        await w["br"].store.write(lambda tx: tx.conn.execute(left))
        await w.restart("br")

        async def has_gone() -> bool:
            return await row_of(w, withdrawn.mid or "") is None

        await w.until(has_gone, "the withdrawal to be taken")


async def test_a_case_and_the_doctor_say_what_is_not_taken(tmp_path: Path) -> None:
    async with refused(tmp_path) as (w, (asked,)):
        shown = await at_br(w, "case", "show", asked.case)
        assert f"  {asked.mid}: parked (answered 400 key-revoked)" in shown.splitlines()
        found = await at_br(w, "doctor", "--json")
        (at,) = [one for one in json.loads(found)["checks"] if one["layer"] == "counterpart at"]
        assert (at["ok"], at["warning"]) == (True, True)
        assert at["said"].startswith(f"1 message of ours is not taken there (key-revoked): {asked.case}; ")
