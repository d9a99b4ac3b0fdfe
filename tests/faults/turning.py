"""Keys that turn under load: two real nodes, so many messages a second, a day passing every second.

    python -m tests.faults.turning --seconds 600 --rate 20

Prints one JSON document: messages, those that failed (not opened at the other side, or rejected), keysets issued, keys
turned, and how long a revocation took to count here and there. Ends with 1 if a message failed.
"""

import argparse
import asyncio
import json
import sys
import tempfile
import time
from collections import Counter
from datetime import timedelta
from pathlib import Path
from typing import Any

import structlog
from sqlalchemy import func, select

from keys.rotation import entries
from tests.given import TurnedClock
from tests.world import OFFICER, World, ask, world
from tracing.exchange.refreshing import BELL
from tracing.tables import Envelope, table_of

DAY = timedelta(days=1)
MOST_WAIT_S = 120.0
_envelopes = table_of(Envelope)


async def days_pass(w: World, clock: TurnedClock, days: int) -> None:
    """A day a second, noticed by both nodes as their own looks would."""
    for _ in range(days):
        await asyncio.sleep(1)
        clock.turn(DAY)
        for node in w.nodes.values():
            await node.keep_keys()
            node.signals.ring(BELL)


async def say(w: World, rate: int, seconds: int) -> int:
    """Requests from both sides in turn, evenly; how many."""
    began, said = time.monotonic(), 0
    while (now := time.monotonic() - began) < seconds:
        one, other = ("br", "at") if said % 2 else ("at", "br")
        await w[one].office.request(OFFICER, ask(other))
        said += 1
        await asyncio.sleep(max(0.0, said / rate - (time.monotonic() - began)) if now < seconds else 0)
    return said


async def settle(w: World) -> None:
    """Until everything is delivered and opened, or the patience is over."""
    until = time.monotonic() + MOST_WAIT_S
    while time.monotonic() < until:
        waiting = [await w.count(name, "outbox") + await w.unopened(name) for name in ("br", "at")]
        if sum(waiting) == 0:
            return
        await asyncio.sleep(0.2)


def stages(w: World, authority: str) -> Counter[str]:
    query = select(_envelopes.c.stage, func.count()).group_by(_envelopes.c.stage)
    rows = w[authority].store.read_now(lambda view: view.conn.execute(query).all())
    return Counter({row[0]: row[1] for row in rows})


async def revocation_s(w: World) -> tuple[float, float]:
    """Seconds until a revoked key signs nothing more here, and until it counts no more there."""
    kid, began = w["br"].keyring.voice.signer("env").kid, time.monotonic()
    await asyncio.to_thread(w["br"].keyring.revoke, [kid], w.clock.now_ms(), "ada")
    assert w["br"].keyring.voice.signer("env").kid != kid
    here = time.monotonic() - began
    w["br"].ring_all()
    while kid not in w["at"].partners.get("br").revoked:  # type: ignore[union-attr]
        await asyncio.sleep(0.005)
    return here, time.monotonic() - began


async def run(seconds: int, rate: int) -> dict[str, Any]:
    clock = TurnedClock()
    with tempfile.TemporaryDirectory() as folder:
        async with world(Path(folder), "br", "at", clock=clock, reconciliation="off") as w:
            said, _ = await asyncio.gather(say(w, rate, seconds), days_pass(w, clock, seconds))
            await settle(w)
            found = {name: stages(w, name) for name in ("br", "at")}
            here_s, there_s = await revocation_s(w)
            keyset = w["br"].keyring.voice.keyset
            return {
                "messages": said,
                "failed": 2 * said - sum(one["opened"] for one in found.values()),
                "rate": round(said / seconds, 1),
                "simulated_days": seconds,
                "keysets": keyset.ver,
                "keys_retired": sum(one.status == "retired" for one in entries(keyset)),
                "revoked_here_s": round(here_s, 3),
                "revoked_there_s": round(there_s, 3),
                "audit": all(w.audit(name).ok for name in ("br", "at")),
            }


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--seconds", type=int, default=600)
    parser.add_argument("--rate", type=int, default=20)
    given = parser.parse_args()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40))
    found = asyncio.run(run(given.seconds, given.rate))
    sys.stdout.write(json.dumps(found) + "\n")
    return 1 if found["failed"] or not found["audit"] else 0


if __name__ == "__main__":
    sys.exit(main())
