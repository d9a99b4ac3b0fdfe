"""A State whose classical keys lie on a token speaks like any other; while the token is away nothing is lost."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from keys.errors import WrongPin
from keys.hardware import HardwareModule
from tests.softhsm import PIN, custody, needs_softhsm, token
from tests.world import OFFICER, PASSPHRASE, World, ask, world
from tracing.node import Node

pytestmark = needs_softhsm

PULLED = "the hardware module"


@pytest.fixture
def hsm(tmp_path: Path) -> Iterator[tuple[HardwareModule, dict[str, Any]]]:
    with token(tmp_path / "hsm") as module:
        yield module, custody(tmp_path / "hsm", module)


def pull(tokens: Path, node: Node) -> None:
    """The token is taken out: its module finds none, and the session dies."""
    tokens.rename(tokens.with_name("pulled"))
    module = node.vault.hardware
    assert module is not None
    assert module._process is not None
    module._process.kill()


def put_back(tokens: Path) -> None:
    tokens.with_name("pulled").rename(tokens)


async def exchange(w: World, sender: str, receiver: str, serial: str) -> str:
    """A request and its acknowledgement between the two."""
    asked = await w[sender].office.request(OFFICER, ask(receiver, serial), wait_s=20)
    await w.reached(receiver, asked.case, "delivered")
    await w[receiver].office.move(OFFICER, asked.case, "acknowledge", {"reference": "7"})
    await w.reached(sender, asked.case, "acknowledged")
    return asked.case


async def test_two_states_with_tokens_exchange_and_their_keys_lie_there(
    tmp_path: Path, hsm: tuple[HardwareModule, dict[str, Any]]
) -> None:
    async with world(tmp_path, "br", "at", custody=hsm[1]) as w:
        await exchange(w, "br", "at", "HSM1")
        records = w["br"].vault.records()
        assert {record.alg for record in records if record.uri.startswith("pkcs11:")} == {"ES256", "p256"}
        assert w["br"].trust.keyset is not None
        assert sorted(w["br"].trust.keyset.requires) == ["ES256", "ML-DSA-65"]
        assert w.audit("br").ok
        assert w.audit("at").ok


async def test_a_token_pulled_out_of_the_receiver_loses_nothing(
    tmp_path: Path, hsm: tuple[HardwareModule, dict[str, Any]]
) -> None:
    async with world(tmp_path, "br", custody={}) as w:
        w.found("at", custody=hsm[1])
        w.introduce("br", "at")
        w.introduce("at", "br")
        await w["at"].start()
        await exchange(w, "br", "at", "HSM2")
        tokens = tmp_path / "hsm" / "tokens"
        pull(tokens, w["at"])
        asked = await w["br"].office.request(OFFICER, ask("at", "HSM3"), wait_s=2)
        assert asked.delivery == "queued"
        assert w["at"]._running is not None
        assert "token" in w["at"]._running.waits_for()
        put_back(tokens)
        await w.reached("at", asked.case, "delivered")
        assert w["at"]._running.waits_for() == ()


async def test_what_an_officer_asks_while_the_token_is_away_is_refused_and_leaves_nothing(
    tmp_path: Path, hsm: tuple[HardwareModule, dict[str, Any]]
) -> None:
    async with world(tmp_path, "br", "at", custody=hsm[1]) as w:
        tokens = tmp_path / "hsm" / "tokens"
        pull(tokens, w["br"])
        before = await w.counts("br")
        with pytest.raises(Exception, match=PULLED):
            await w["br"].office.request(OFFICER, ask("at", "HSM4"), wait_s=0)
        assert await w.counts("br") == before
        put_back(tokens)
        await asyncio.sleep(1.1)  # as long as nobody asks again
        await exchange(w, "br", "at", "HSM5")


async def test_a_wrong_pin_stops_the_start_and_a_missing_token_does_not(
    tmp_path: Path, hsm: tuple[HardwareModule, dict[str, Any]]
) -> None:
    async with world(tmp_path, "br", custody=hsm[1]) as w:
        await w.stop("br")
        tokens, pin = tmp_path / "hsm" / "tokens", Path(hsm[1]["pin_file"])
        pin.write_text("0000\n")
        node = Node.open(tmp_path / "br", PASSPHRASE)
        with pytest.raises(WrongPin):
            await node.start()
        node.close()
        pin.write_bytes(PIN + b"\n")
        tokens.rename(tokens.with_name("pulled"))
        w.nodes["br"] = Node.open(tmp_path / "br", PASSPHRASE)
        await w["br"].start()
        assert w["br"]._running is not None
        assert w["br"]._running.waits_for() == ("token",)
        put_back(tokens)
