"""Our own keys through crashes, old copies of the vault, years of silence and other processes."""

import asyncio
import shutil
from collections.abc import Iterator
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from keys.errors import KeyNotHeld
from keys.trust import Freshness
from tests.given import TurnedClock
from tests.postgres import copy_home
from tests.world import PASSPHRASE, World
from tracing.node import Node
from tracing.store import StoreUnavailable


@pytest.fixture
def clock() -> TurnedClock:
    return TurnedClock()


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home, founded once; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("founded")
    made = World(folder, TurnedClock())
    made.found("br")
    made["br"].close()
    return folder / "br"


@pytest.fixture
def br(founded: Path, tmp_path: Path, clock: TurnedClock) -> Iterator[Node]:
    """A founded node that is open and not running."""
    copy_home(founded, tmp_path / "br")
    made = World(tmp_path, clock)
    made.found("br")
    yield made["br"]
    made["br"].close()


def beside(br: Node, clock: TurnedClock) -> Node:
    return Node.open(br.home, PASSPHRASE, clock=clock)


def alarms(node: Node) -> list[str]:
    node.partners.reload()
    return [one.code for one in node.partners.alarms]


def test_a_key_that_a_crash_left_unannounced_is_the_next_one(br: Node) -> None:
    left = br.vault.new_key("env", "Ed25519", br.ids.random_bytes)
    br.keyring.rotate("env", "ada")
    assert [one.kid for one in br.keyring.voice.keyset.keys if one.status == "next"] == [left.kid]
    assert len(br.vault.records("env")) == 2


def test_what_a_command_did_is_taken_over_before_anything_is_done(br: Node, clock: TurnedClock) -> None:
    other = beside(br, clock)
    other.keyring.rotate(None, "ada")
    assert (br.keyring.reload(), br.keyring.reload()) == (True, False)
    assert br.keyring.voice.keyset == other.keyring.voice.keyset
    br.keyring.revoke([br.keyring.voice.signer("env").kid], clock.now_ms(), "bea")
    other.keyring.rotate("rcpt", "ada")
    assert other.keyring.voice.keyset.ver == 3
    other.close()


def test_a_new_address_of_the_settings_is_told_with_a_new_keyset(br: Node, clock: TurnedClock) -> None:
    text = (br.home / "node.toml").read_text("utf-8")
    assert "exchange_url" in text
    changed = [
        'exchange_url = "https://itx.example.br"' if line.startswith(("exchange_url", "# exchange_url")) else line
        for line in text.splitlines()
    ]
    (br.home / "node.toml").write_text("\n".join(changed), "utf-8")
    other = beside(br, clock)
    assert (other.keyring.look(), other.keyring.look()) == (True, False)
    assert other.trust.url == "https://itx.example.br"
    other.close()


def test_with_an_older_vault_the_node_says_which_key_is_missing_and_goes_on_without_it(
    br: Node, clock: TurnedClock, tmp_path: Path
) -> None:
    shutil.copytree(br.home / "keys", tmp_path / "copy")
    lost = br.keyring.voice.signer("env").kid
    br.keyring.revoke([lost], clock.now_ms(), "ada")
    missing = br.keyring.voice.signer("env").kid
    shutil.rmtree(br.home / "keys")
    shutil.copytree(tmp_path / "copy", br.home / "keys")
    other = beside(br, clock)
    with pytest.raises(KeyNotHeld, match="no active key for env"):
        other.keyring.voice.signer("env")
    assert [one.state for one in other.keyring.states() if one.kid == missing] == ["destroyed"]
    other.keyring.revoke([missing], clock.now_ms(), "ada")
    assert other.keyring.voice.signer("env").kid not in (lost, missing)
    other.close()


def test_a_node_that_lost_the_keys_of_its_keysets_says_so_and_keeps_the_one_it_has(
    br: Node, clock: TurnedClock
) -> None:
    br.vault.destroy({record.kid for record in br.vault.records("keyset")})
    clock.turn(timedelta(days=61))
    with pytest.raises(KeyNotHeld, match="lost keyset role"):
        br.keyring.look()
    assert (br.keyring.voice.keyset.ver, alarms(br)) == (1, ["key-not-held"])
    assert {one.state for one in br.keyring.states() if one.use == "keyset"} == {"lost"}


def test_the_holders_are_reminded_half_a_year_before_the_root_ends(br: Node, clock: TurnedClock) -> None:
    for _ in range(53):
        clock.turn(timedelta(days=31))
        br.keyring.look()
    assert (br.trust.freshness(clock.now_ms()), alarms(br)) == (Freshness.CURRENT, [])
    clock.turn(timedelta(days=31))
    br.keyring.look()
    assert alarms(br) == ["root-ends"]


def test_a_node_that_was_off_for_a_year_speaks_with_a_fresh_keyset_at_its_first_look(
    br: Node, clock: TurnedClock
) -> None:
    clock.turn(timedelta(days=365))
    assert br.trust.freshness(clock.now_ms()) is Freshness.HELD
    assert br.keyring.look()
    assert br.trust.freshness(clock.now_ms()) is Freshness.CURRENT


def test_every_change_of_keys_has_its_leaf(br: Node, clock: TurnedClock) -> None:
    def leaves() -> int:
        query = "SELECT count(*) FROM leaves WHERE kind = 'key'"
        return int(br.store.read_now(lambda view: view.conn.exec_driver_sql(query).scalar_one()))

    counts = [leaves()]
    br.keyring.rotate("env", "ada")
    counts.append(leaves())
    br.keyring.revoke([br.keyring.voice.signer("rcpt").kid], clock.now_ms(), "ada")
    counts.append(leaves())
    clock.turn(timedelta(days=4))
    br.keyring.look()
    counts.append(leaves())
    assert [later - earlier for earlier, later in pairwise(counts)] == [1, 1, 2]


def test_a_node_that_let_go_of_its_database_changes_no_key(br: Node, clock: TurnedClock) -> None:
    other = beside(br, clock)
    other.close()
    with pytest.raises(StoreUnavailable, match="is ending"):
        other.keyring.look()
    assert other.keyring.voice.keyset.ver == 1


def test_a_node_without_counterparts_believes_nobody(br: Node) -> None:
    assert (br.partners.all(), br.partners.trusts(), alarms(br)) == ((), (), [])


async def test_keys_are_looked_at_in_a_thread_and_counterparts_are_woken(br: Node, clock: TurnedClock) -> None:
    clock.turn(timedelta(days=61))
    assert await asyncio.wait_for(br.keep_keys(), 20)
    assert not await br.keep_keys()
