"""Two real nodes witness each other; one trail is rewritten with its real keys, found by command, and proved."""

import asyncio
import re
from pathlib import Path
from typing import Any

from sqlalchemy import delete, select, update

from protocol import merkle
from tests.commanding import Ended, command
from tests.world import OFFICER, PASSPHRASE, World, ask, world
from tracing.audit.trees import leaf_bytes
from tracing.cli.exits import Exit
from tracing.store import Tx
from tracing.tables import Cosigned, Leaf, Tree, Witnessed, table_of
from tracing.trust.alarms import open_alarms

_leaves, _trees, _cosigned, _witnessed = map(table_of, (Leaf, Tree, Cosigned, Witnessed))
ALTERED = 3  # an entry of br's tree with at


async def called(w: World, authority: str, *words: object) -> Ended:
    """The real command beside, or after, a running node."""
    kept = w.folder / "passphrase"
    if not kept.exists():
        kept.write_bytes(PASSPHRASE + b"\n")
        kept.chmod(0o600)
    home = w.folder / authority
    return await asyncio.to_thread(command, *words, "--home", home, "--passphrase-file", kept)


async def witnessed(w: World, size: int, origin: str = "itx.training/br/at") -> None:
    """Until at holds a checkpoint of br's log over so many entries, and br has it back."""

    async def is_so() -> bool:
        held = await w["at"].store.read(
            lambda view: view.conn.execute(select(_witnessed.c.size).where(_witnessed.c.origin == origin)).scalar()
        )
        kept = await w["br"].store.read(
            lambda view: view.conn.execute(select(_cosigned.c.size).where(_cosigned.c.origin == origin)).scalar()
        )
        return bool(held and kept and held >= size and kept >= size)

    await w.until(is_so, "the log to be witnessed")


async def alarmed(w: World, at: str, of: str, code: str) -> None:
    async def is_so() -> bool:
        found = await w[at].store.read(open_alarms)
        return (of, code) in {(one.authority, one.code) for one in found}

    await w.until(is_so, f"{at} to raise {code}")


def size_of(w: World) -> int:
    query = select(_trees.c.size).where(_trees.c.name == "at")
    return int(w["br"].store.read_now(lambda view: view.conn.execute(query).scalar_one()))


def rewrite(tx: Tx) -> None:
    """An entry, all hashes that follow from it, the head; and no note of what was cosigned stays."""
    head = merkle.CompactRange()
    for row in tx.conn.execute(select(_leaves).where(_leaves.c.tree == "at").order_by(_leaves.c.idx)).all():
        at_ms = row.at_ms - (row.idx == ALTERED)
        changed = merkle.leaf_hash(leaf_bytes(at_ms, row.kind, row.h))
        one = (_leaves.c.tree == "at", _leaves.c.idx == row.idx)
        tx.conn.execute(update(_leaves).where(*one).values(at_ms=at_ms, hash=changed))
        head = head.append(changed)
    blank: dict[str, Any] = {"peaks": b"".join(head.peaks), "checkpoint": None, "checkpoint_size": 0}
    tx.conn.execute(update(_trees).where(_trees.c.name == "at").values(blank))
    tx.conn.execute(delete(_cosigned))


async def test_a_trail_rewritten_with_the_real_keys_is_named_by_what_a_counterpart_holds(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        for serial in ("AAA111", "BBB222"):
            await w["br"].office.request(OFFICER, ask("at", serial), wait_s=10)
        await w.settled()
        size = size_of(w)
        await w.restart("br")
        await witnessed(w, size)
        green = await called(w, "br", "audit", "witnesses", "--json")
        assert (green.code, green.json["green"], green.json["items"][0]["state"]) == (Exit.DONE, True, "current")
        file, proof = tmp_path / "br.checkpoint", tmp_path / "proof"
        assert (await called(w, "at", "audit", "witnessed", "br", "-o", file)).code == Exit.DONE
        assert (await called(w, "br", "audit", "verify", "--against", file)).code == Exit.DONE
        digest = w["br"].trust.digest

        await w["br"].store.write(rewrite)
        await w.restart("br")
        await alarmed(w, "at", "br", "log-fork")
        await alarmed(w, "br", "br", "log-strange")
        found = await called(w, "br", "audit", "verify", "--against", file, "--json")
        assert (found.code, found.json["ok"]) == (Exit.INTEGRITY, False)
        assert str(found.json["first_bad"]).startswith(f"at:{ALTERED} ")
        assert (await called(w, "at", "audit", "prove", "br", "-o", proof)).code == Exit.DONE
        shown = await asyncio.to_thread(command, "audit", "check", proof, "--pin", f"br={digest}", "--json")
        assert (shown.code, shown.json["what"], shown.json["authority"]) == (Exit.DONE, "fork", "br")
        other = await asyncio.to_thread(command, "audit", "check", proof, "--pin", f"br={'0' * 64}")
        assert other.code == Exit.INTEGRITY

        anew = await called(w, "br", "audit", "anew", "at", "--why", "the rewriting was a test", "--json")
        assert re.fullmatch("itx.training/br/at~[0-9]{13}", anew.json["origin"])
        await w.restart("br")
        await witnessed(w, size, anew.json["origin"])
        await alarmed(w, "at", "br", "log-anew")
        asked = await w["br"].office.request(OFFICER, ask("at", "CCC333"), wait_s=10)
        await w.reached("at", asked.case, "delivered")


async def test_a_witness_whose_keys_were_revoked_cosigns_again_what_it_holds(tmp_path: Path) -> None:
    """Its last answer was lost, so the log does not know how far it was witnessed; the former keys count no more."""
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at", "AAA111"), wait_s=10)
        await w.settled()
        await w.restart("br")
        await witnessed(w, size_of(w))
        await w["br"].store.write(lambda tx: tx.conn.execute(delete(_cosigned)))
        old = [one.kid for one in w["at"].keyring.voice.log]
        await asyncio.to_thread(w["at"].keyring.revoke, old, w.clock.now_ms(), "admin")
        w["at"].ring_all()

        async def is_known() -> bool:
            trust = getattr(w["br"].partners.get("at"), "trust", None)
            return trust is not None and not {key.kid for key, counts in trust.log_keys if counts} & set(old)

        await w.until(is_known, "br to know that the keys are revoked")
        await w["br"].office.request(OFFICER, ask("at", "BBB222"), wait_s=10)
        await w.settled()
        size = size_of(w)
        await w.restart("br")
        await witnessed(w, size)


async def test_files_that_prove_nothing_are_refused_by_name(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        await w["br"].office.request(OFFICER, ask("at"), wait_s=10)
        await w.settled()
        size = size_of(w)
        await w.restart("br")
        await witnessed(w, size)
        amber = await called(w, "at", "audit", "witnesses")
        nothing, none = tmp_path / "nothing", tmp_path / "none"
        nothing.write_text("nothing\n", "utf-8")
        own = tmp_path / "own"
        assert (await called(w, "at", "audit", "witnessed", "br", "-o", own)).code == Exit.DONE
        ended = {
            "amber or green": amber.code in {Exit.DONE, Exit.PROBLEMS},
            "no checkpoint": (await called(w, "br", "audit", "verify", "--against", nothing)).code == Exit.INTEGRITY,
            "of another": (await called(w, "at", "audit", "verify", "--against", own)).code == Exit.FAILED,
            "written over": (await called(w, "at", "audit", "witnessed", "br", "-o", own)).code == Exit.USAGE,
            "of nobody": (await called(w, "br", "audit", "witnessed", "zz", "-o", none)).code == Exit.FAILED,
            "nothing to prove": (await called(w, "at", "audit", "prove", "br", "-o", none)).code == Exit.FAILED,
            "no proof": (await called(w, "at", "audit", "check", nothing, "--pin", f"br={'0' * 64}")).code
            == Exit.INTEGRITY,
            "anew with nobody": (await called(w, "br", "audit", "anew", "zz", "--why", "x")).code == Exit.FAILED,
        }
        assert [what for what, is_so in ended.items() if not is_so] == []
        lines = own.read_text("utf-8").splitlines(keepends=True)
        own.write_text("".join([*lines[:1], "1\n", *lines[2:]]), "utf-8")
        assert (await called(w, "br", "audit", "verify", "--against", own)).code == Exit.INTEGRITY
