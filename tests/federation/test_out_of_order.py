"""What arrives beside its request, or before it, is opened all the same."""

import asyncio
from pathlib import Path

from tests.world import OFFICER, TABLES, World, ask, world
from tracing.store import Tx

CASES = 12  # whether one of a pair overtakes the other is chance; with so many some do


async def test_a_withdrawal_that_comes_in_one_post_with_its_request_is_opened(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w.stop("at")
        office = w["br"].office
        sent = [(await office.request(OFFICER, ask("at", f"AB{number}"))).case for number in range(CASES)]
        await asyncio.gather(*(office.move(OFFICER, case, "withdraw", {"reason": "duplicate"}) for case in sent))
        w.found("at")
        await w["at"].start()
        for case in sent:
            await w.reached("at", case, "withdrawn")


async def test_what_is_held_is_looked_at_again_at_the_next_start(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        case = (await w["br"].office.request(OFFICER, ask("at"), wait_s=10)).case
        await w.reached("at", case, "delivered")
        await w["br"].office.move(OFFICER, case, "withdraw", {"reason": "duplicate"}, wait_s=10)
        await w.reached("at", case, "withdrawn")
        await w.settled()
        await w["at"].store.write(_hold_all)
        await w.restart("at")
        await w.until(lambda: _is_opened(w, 2), "what was held to be opened")


def _hold_all(tx: Tx) -> None:
    """As if opening them had failed."""
    envelopes, receipts = TABLES["envelope"], TABLES["receipt"]
    tx.conn.execute(envelopes.update().where(envelopes.c.direction == "in").values(stage="held", code="internal"))
    tx.conn.execute(receipts.delete().where(receipts.c.stage == "opened", receipts.c.direction == "out"))


async def _is_opened(w: World, count: int) -> bool:
    table = TABLES["envelope"]
    return await w.count("at", "envelope", table.c.stage == "opened", table.c.direction == "in") == count
