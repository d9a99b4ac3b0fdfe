"""Evidence of a year ago: every key turned, private halves are gone, and what was said still proves itself."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import aiohttp
from sqlalchemy import select

from keys import proof
from keys.rotation import entries
from protocol import envelope, strictjson
from tests.commanding import command
from tests.conformance import verifier
from tests.given import TurnedClock
from tests.world import OFFICER, World, ask, world
from tracing.cli.exits import Exit
from tracing.exchange.refreshing import BELL
from tracing.tables import Envelope, Tree, table_of

ANSWER: dict[str, Any] = {
    "outcomes": [{"code": "traced_exported", "state": "BRA", "date": "2016-04-02", "licence": "L-1"}],
    "completeness": "full", "basis": ["registry"],
    "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": True}],
}  # fmt: skip
STEP, STEPS = timedelta(days=8), 51  # 408 days
FORGED = "br:0198c5f0-0000-7000-8000-00000000000f"
_envelopes, _trees = map(table_of, (Envelope, Tree))


@dataclass(frozen=True)
class Said:
    """What was said on the first day: the request of br and the answer of at."""

    case: str
    request: str
    answer: str


async def first_day(w: World) -> Said:
    asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
    await w.reached("at", asked.case, "delivered")
    answer = await w["at"].office.move(OFFICER, asked.case, "answer", ANSWER)
    await w.reached("br", asked.case, "answered")
    await w.settled()
    return Said(asked.case, str(asked.mid), str(answer.mid))


async def extracted(w: World, said: Said) -> dict[str, bytes]:
    """Proofs of one element of each message, by each side."""
    found = {}
    for authority in ("br", "at"):
        for mid, element in ((said.request, "found"), (said.answer, "outcomes.0")):
            made = await w[authority].office.release(OFFICER, said.case, {"mid": mid, "elements": [element]})
            found[f"{authority} {element}"] = made.data
    return found


async def a_year_passes(w: World, clock: TurnedClock) -> None:
    for _ in range(STEPS):
        clock.turn(STEP)
        for node in w.nodes.values():
            await node.keep_keys()
            await node.store.write(node.checkpoints.sign_due)
            node.signals.ring(BELL)
    for one, other in (("br", "at"), ("at", "br")):
        await w.until(lambda one=one, other=other: follows(w, one, other), f"{one} to hold the newest keyset")  # type: ignore[misc]


async def follows(w: World, one: str, other: str) -> bool:
    partner = w[one].partners.get(other)
    return partner is not None and partner.trust is not None and partner.trust.keyset == w[other].trust.keyset


def verified(w: World, file: Path, data: bytes) -> list[str]:
    """Which of three verify it: our own function, the command, and the independent verifier."""
    pins = {name: w[name].trust.digest for name in ("br", "at")}
    file.write_bytes(data)
    found = ["function"] if proof.verify(data, pins).elements else []
    words = [word for name, digest in pins.items() for word in ("--pin", f"{name}={digest}")]
    found += ["command"] if command("element", "verify", file, *words).code == Exit.DONE else []
    return [*found, "verifier"] if verifier.prove(data, pins)["elements"] else found


def notes(w: World, authority: str) -> list[tuple[str, str]]:
    query = select(_trees.c.checkpoint, _trees.c.origin).where(_trees.c.checkpoint.is_not(None))
    return [tuple(row) for row in w[authority].store.read_now(lambda view: view.conn.execute(query).all())]


async def posted(w: World, item: dict[str, Any]) -> str:
    headers = {"Content-Type": "application/json"}
    body = strictjson.dump({"envelopes": [item]})
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{w['at'].settings.url}/itx/1/envelopes", data=body, headers=headers) as response,
    ):
        return str((await response.json(content_type=None))["code"])


async def test_evidence_of_a_year_ago_verifies_after_every_key_has_turned(tmp_path: Path) -> None:
    clock = TurnedClock()
    async with world(tmp_path, "br", "at", clock=clock, reconciliation="off") as w:
        said = await first_day(w)
        before = {one.kid for one in entries(w["br"].keyring.voice.keyset)}
        old_files = await extracted(w, said)
        await w["br"].store.write(w["br"].checkpoints.sign_due)
        old_notes = notes(w, "br")
        await a_year_passes(w, clock)

        keyset, held = w["br"].keyring.voice.keyset, {one.kid for one in w["br"].vault.records()}
        assert {one.status for one in entries(keyset) if one.kid in before} == {"retired"}
        assert held.isdisjoint(before - {one.kid for one in keyset.kem if one.carriage == "file"})
        for name, data in (
            old_files | {f"now {name}": data for name, data in (await extracted(w, said)).items()}
        ).items():
            assert verified(w, tmp_path / "proof.json", data) == ["function", "command", "verifier"], name
        for authority in ("br", "at"):
            file = await w.case(authority, said.case)
            assert {one["signature"] for one in file.messages} == {"own", "verified"}
            assert w.audit(authority).ok
        assert [w["br"].checkpoints.check(*note)[0] > 0 for note in old_notes] == [True] * len(old_notes)

        stolen = w["br"].keyring.voice.signer("env")
        await asyncio.to_thread(w["br"].keyring.revoke, [stolen.kid], clock.now_ms(), "ada")
        w["br"].ring_all()
        await w.until(lambda: follows(w, "at", "br"), "the revocation to be known")
        a_year_ago, ct = clock.now_ms() - 400 * 86_400_000, b"x" * 600
        manifest = envelope.build_manifest(
            net="training", stc="0" * 64, mid=FORGED, sender="br", to="at", prio="routine", iat=a_year_ago, seq=9,
            prev=None, kem_suite="xwing", kem_kid=w["at"].trust.kem().kid, ct=ct, ks_ver=1,
            ks_sha256=w["br"].identity().keyset_sha256,
        )  # fmt: skip
        assert await posted(w, dict(envelope.finish(manifest, ct, stolen).item)) == "key-revoked"
        assert await w.count("at", "envelope", _envelopes.c.mid == FORGED) == 0
        for data in (await extracted(w, said)).values():
            assert verified(w, tmp_path / "proof.json", data) == ["function", "command", "verifier"]
