"""The parts of a node: what each may do, and that together they are one node."""

import asyncio
from pathlib import Path

import pytest

from keys.errors import KeyNotHeld
from keys.rest import ContentCipher
from tests.postgres import needs_postgresql, on_sqlite, server
from tests.world import OFFICER, PASSPHRASE, ask, world
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.parts import Part
from tracing.settings import ConfigInvalid


async def test_what_stands_in_the_outer_network_opens_no_key_that_decrypts_or_speaks_for_officers(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "br") as w:
        whole, content = w["br"].store.cipher, b"what an officer wrote"
        wrapped, key = whole.new_key()
        outside = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        assert outside.keyring.voice.signer("rcpt").kid == w["br"].keyring.voice.signer("rcpt").kid
        for use in ("stmt", "env"):
            with pytest.raises(KeyNotHeld):
                outside.keyring.voice.signer(use)
        assert isinstance(outside.store.cipher, ContentCipher)
        with pytest.raises(Exception, match="does not open"):
            outside.store.cipher.decrypt(
                outside.store.cipher.unwrap(wrapped), whole.encrypt(key, content, "here"), "here"
            )
        outside.close()


async def test_a_part_that_opened_some_keys_only_must_start_again_when_the_keyset_names_newer_ones(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "br") as w:
        outside = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        before = outside.keyring.voice.signer("rcpt").kid
        await asyncio.to_thread(w["br"].keyring.revoke, [before], SystemClock().now_ms(), "admin")
        with pytest.raises(KeyNotHeld, match="start it again"):
            outside.keyring.reload()
        assert outside.keyring.voice.signer("rcpt").kid == before
        outside.close()


async def test_a_part_goes_on_when_keys_it_never_opened_are_replaced_and_speaks_under_the_new_keyset(
    tmp_path: Path,
) -> None:
    async with world(tmp_path, "br") as w:
        outside = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        before = outside.keyring.voice
        others = [*before.trust.active("env"), *before.trust.active("stmt")]
        await asyncio.to_thread(w["br"].keyring.revoke, others, SystemClock().now_ms(), "admin")
        assert (outside.keyring.reload(), outside.keyring.reload()) == (True, False)
        after = outside.keyring.voice
        assert (after.keyset.ver, after.identity) == (before.keyset.ver + 1, w["br"].identity())
        assert [key.kid for key in (*after.signers("rcpt"), *after.log)] == [
            key.kid for key in (*before.signers("rcpt"), *before.log)
        ]
        outside.close()


async def test_a_part_never_signs_with_half_of_its_pair_of_log_keys_but_starts_again(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        outside = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        classical, other = (key.kid for key in outside.keyring.voice.log)
        await asyncio.to_thread(w["br"].keyring.revoke, [classical], SystemClock().now_ms(), "admin")
        with pytest.raises(KeyNotHeld, match="start it again"):
            outside.keyring.reload()
        assert [key.kid for key in outside.keyring.voice.log] == [classical, other]
        again = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        assert [key.kid for key in again.keyring.voice.log] == [key.kid for key in w["br"].keyring.voice.log]
        for node in (outside, again):
            node.close()


async def test_a_part_starts_without_a_key_that_the_vault_has_lost(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        w["br"].vault.destroy({key.kid for key in w["br"].keyring.voice.log})
        outside = Node.open(tmp_path / "br", PASSPHRASE, part=Part.EXCHANGE)
        assert (outside.keyring.voice.log, outside.keyring.reload()) == ((), False)
        assert outside.keyring.voice.signer("rcpt").kid == w["br"].keyring.voice.signer("rcpt").kid
        outside.close()


@on_sqlite
async def test_on_sqlite_a_home_is_one_process_s_alone(tmp_path: Path) -> None:
    async with world(tmp_path, "br"):
        second = Node.open(tmp_path / "br", PASSPHRASE)
        with pytest.raises(ConfigInvalid, match="runs from"):
            await second.start()
        second.close()


@needs_postgresql
async def test_an_officer_at_the_desk_hears_of_the_receipt_that_the_exchange_took(tmp_path: Path) -> None:
    with server() as database:
        async with world(tmp_path, "at") as w:
            w.found("br", database=database.migrated())
            w.introduce("br", "at")
            w.introduce("at", "br")
            w.nodes.pop("br").close()
            parts = {part: Node.open(tmp_path / "br", PASSPHRASE, part=part) for part in list(Part)[1:]}
            for node in parts.values():
                await node.start()
            w.nodes["br"] = parts[Part.DESK]
            asked = await w["br"].office.request(OFFICER, ask("at"), wait_s=15)
            assert asked.delivery in {"accepted", "opened"}
            await w.reached("br", asked.case, "delivered")
            back = await w["at"].office.request(OFFICER, ask("br"), wait_s=15)
            await w.reached("br", back.case, "delivered")
            assert w.audit("br").ok
            w.nodes.pop("br")
            for node in parts.values():
                await node.stop()
                node.close()
