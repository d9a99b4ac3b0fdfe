"""Messages whose attachments have not all come: none of them stops the opener, and many do not slow it."""

import asyncio
import time
from functools import partial
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import delete, insert, update

from protocol.lifecycle import Kind
from protocol.names import MatterId
from tests.casework.test_opening import opener
from tests.casework.voice import Voice, attachment
from tests.domain.bodies import body
from tests.world import World, world
from tracing.attachments import rows
from tracing.seals.opening import Opener
from tracing.store import Tx
from tracing.tables import Attachment, Envelope, Receipt, table_of

MANY = 2000
_envelopes, _attachments, _receipts = table_of(Envelope), table_of(Attachment), table_of(Receipt)


def row_of(mid: str, n: int = 0, **changed: Any) -> dict[str, Any]:
    """A row of an attachment that br is to bring."""
    return {
        "sender": "br", "mid": mid, "n": n, "counterpart": "br", "direction": "in", "digest": "0" * 64,
        "ct_len": 100, "on_demand": False, "wanted_ms": 1, "arrived_ms": None, "proved_ms": None,
    } | changed  # fmt: skip


def envelope_row(mid: str) -> dict[str, Any]:
    """A row of an envelope whose message took its effect and waits for an attachment."""
    return {
        "sender": "br", "mid": mid, "recipient": "at", "direction": "in", "digest": "0" * 64, "wire": b"x" * 2000,
        "seq": 1, "priority": "routine", "stage": "waiting", "stored_ms": 1, "accepted_ms": 1,
    }  # fmt: skip


async def make_wait(w: World, mid: str) -> None:
    """As if the message had an attachment, which has come now."""

    def work(tx: Tx) -> None:
        tx.conn.execute(delete(_receipts).where(_receipts.c.mid == mid, _receipts.c.stage == "opened"))
        tx.conn.execute(update(_envelopes).where(_envelopes.c.mid == mid).values(stage="waiting", code=None))
        tx.conn.execute(insert(_attachments), [row_of(mid, arrived_ms=1)])
        tx.after_commit(partial(w["at"].signals.ring, "opening"))

    await w["at"].store.write(work)


async def test_what_cannot_be_answered_is_held_and_stops_no_other(br: Voice, trio: World) -> None:
    matter = MatterId.new("br", trio.ids.uuid7())
    taken_nowhere = await br.says("trace_request", thread=matter)
    assert await br.there(taken_nowhere) == ("rejected", "policy")
    await make_wait(trio, taken_nowhere)
    assert await br.there(taken_nowhere) == ("held", "internal")
    _, good = await br.asks()
    assert await br.heard(good) == ("opened", None)


async def test_a_statement_outside_cases_taken_with_an_attachment_long_ago_is_answered(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        br = Voice(w, "br", "at")
        kind = Kind.SPONTANEOUS_INFORMATION
        old = await br.says(str(kind), body(kind), thread=MatterId.new("br", w.ids.uuid7()))
        assert await br.heard(old) == ("opened", None)
        await make_wait(w, old)
        assert await br.there(old) == ("opened", None)
        assert await w.count("at", "receipt", _receipts.c.mid == old, _receipts.c.stage == "opened") == 1
        _, good = await br.asks()
        assert await br.heard(good) == ("opened", None)


async def test_a_message_in_a_case_waits_for_its_attachment_and_takes_effect_before(br: Voice, trio: World) -> None:
    case_id = br.case_id()
    mid = await br.says("trace_request", thread=case_id, att=[attachment(7)])
    await trio.reached("at", case_id, "delivered")
    assert await trio.count("at", "envelope", _envelopes.c.mid == mid, _envelopes.c.stage == "waiting") == 1


class _FailsOnce(Opener):
    """Its first pass fails with a fault nobody foresaw."""

    passes = 0

    async def open_waiting(self) -> int:
        self.passes += 1
        if self.passes == 1:
            raise AssertionError("a fault of ours")
        return await super().open_waiting()


async def test_a_fault_of_ours_in_one_pass_does_not_end_the_opener(trio: World) -> None:
    one = opener(trio, "at", _FailsOnce)
    assert isinstance(one, _FailsOnce)
    with structlog.testing.capture_logs() as logged:
        running = asyncio.create_task(one.run())

        async def is_on_again() -> bool:
            return one.passes > 1 or running.done()

        trio["at"].signals.ring("opening")
        await trio.until(is_on_again, "the opener to try again")
    assert (running.done(), [one["event"] for one in logged if one["event"].startswith("opening.pass")]) == (
        False, ["opening.pass_failed"],
    )  # fmt: skip
    running.cancel()


async def test_two_thousand_messages_that_wait_for_ever_do_not_slow_the_look(trio: World) -> None:
    mids = [f"br:waits-{number}" for number in range(MANY)]

    def fill(tx: Tx) -> None:
        tx.conn.execute(insert(_envelopes), [envelope_row(mid) for mid in mids])
        tx.conn.execute(insert(_attachments), [row_of(mid, n) for mid in mids for n in range(2)])

    store = trio["ke"].store
    await store.write(fill)
    began = time.perf_counter()
    found = await store.read(rows.complete_envelopes)
    assert (found, time.perf_counter() - began < 0.5) == ([], True)
    proved = update(_attachments).where(_attachments.c.mid.in_(mids[-100:])).values(proved_ms=1)
    await store.write(lambda tx: tx.conn.execute(proved) and None)
    assert len(await store.read(rows.complete_envelopes)) == rows.MOST_CARRIED
    gone = [delete(table).where(table.c.mid.in_(mids)) for table in (_envelopes, _attachments)]
    await store.write(lambda tx: [tx.conn.execute(one) for one in gone] and None)
