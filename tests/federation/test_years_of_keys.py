"""Two nodes over simulated years: keys are announced, go live, are retired and destroyed, and nothing is lost."""

from datetime import timedelta
from pathlib import Path

from tests.given import TurnedClock
from tests.world import OFFICER, World, ask, world
from tracing.exchange.refreshing import BELL
from tracing.tables import Envelope, table_of

STEP = timedelta(days=4)
_envelopes = table_of(Envelope)


async def pass_time(w: World, clock: TurnedClock, step: timedelta = STEP) -> None:
    """A step of time, and what every node does when it notices."""
    clock.turn(step)
    for node in w.nodes.values():
        await node.keep_keys()
        node.signals.ring(BELL)


def retired(w: World, authority: str, use: str) -> int:
    return sum(one.use == use and one.status == "retired" for one in w[authority].trust.keyset.keys)  # type: ignore[union-attr]


async def test_messages_travel_across_every_rotation_of_thirteen_months_without_one_failing(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with world(tmp_path, "br", "at", clock=clock, reconciliation="off") as w:
        sent, kems = 0, set()
        for _ in range(400 // STEP.days):
            await pass_time(w, clock)
            one, other = ("br", "at") if sent % 2 else ("at", "br")
            await w[one].office.request(OFFICER, ask(other), wait_s=10)
            sent += 1
            kems.add(w["br"].trust.kem().kid)
            await w.settled()
        for authority in ("br", "at"):
            stages = {
                row.stage
                for row in w[authority].store.read_now(lambda view: view.conn.execute(_envelopes.select()).all())
            }
            assert stages == {"opened"}
            assert await w.count(authority, "outbox") == 0
            assert await w.count(authority, "envelope") == sent
            assert w.audit(authority).ok
            assert (retired(w, authority, "env"), retired(w, authority, "stmt")) == (1, 2)
            other = "at" if authority == "br" else "br"
            assert w[authority].partners.get(other).trust.keyset == w[other].trust.keyset
            assert w[authority].partners.alarms == ()
        assert len(kems) == 5
        held = {record.kid for record in w["br"].vault.records("kem")}
        assert len(kems & held) <= 2
