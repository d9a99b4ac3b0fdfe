"""``tracing keys passphrase``: the same keys under another passphrase, from files and credentials only."""

import json
from pathlib import Path

import pytest
from sqlalchemy import select

from keys.vault import Vault
from tests.command.conftest import PASSPHRASE, Command
from tests.commanding import command
from tests.softhsm import custody, needs_softhsm, token
from tests.world import World
from tracing.claim import claim_home
from tracing.cli.exits import Exit
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.tables import Leaf, table_of

FRESH = "battery staple"
_leaves = table_of(Leaf)


@pytest.fixture
def fresh(tmp_path: Path) -> Path:
    return written(tmp_path / "fresh", FRESH)


def written(file: Path, words: str) -> Path:
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    file.write_text(f"{words}\n", encoding="utf-8")
    file.chmod(0o600)
    return file


def leaves(home: Path, passphrase: str) -> list[str]:
    """What the private tree says of passphrases."""
    node = Node.open(home, passphrase.encode())
    try:
        query = select(_leaves.c.object).where(_leaves.c.kind == "key", _leaves.c.object.is_not(None))
        rows = node.store.read_now(lambda view: view.conn.execute(query).scalars().all())
    finally:
        node.close()
    return [act for row in rows if (act := json.loads(row)["act"]) == "passphrase"]


def test_the_node_opens_by_the_new_passphrase_only_and_the_trail_says_so(
    at_home: Command, home: Path, fresh: Path, kept: Path
) -> None:
    before = at_home("keys", "list", "--json").json
    ended = at_home("keys", "passphrase", "--new-passphrase-file", fresh)
    assert (ended.code, f"{kept} still holds the former one" in ended.out) == (Exit.DONE, True)
    refused = at_home("keys", "list")
    assert (refused.code, "does not open the keys" in refused.err) == (Exit.CONFIGURATION, True)
    after = command("keys", "list", "--json", "--home", home, "--passphrase-file", fresh)
    assert [one["kid"] for one in after.json] == [one["kid"] for one in before]
    assert leaves(home, FRESH) == ["passphrase"]
    assert PASSPHRASE not in ended.out + ended.err
    assert FRESH not in ended.out + ended.err


def test_what_was_cut_short_is_finished_by_the_same_command_again(at_home: Command, home: Path, fresh: Path) -> None:
    """The file of keys had changed, the home's copy of the passphrase had not."""
    place = written(home / "secrets" / "passphrase", PASSPHRASE)
    Vault.open(home / "keys", PASSPHRASE.encode()).change_passphrase(FRESH.encode(), bytes)
    words = ("keys", "passphrase", "--new-passphrase-file", fresh, "--home", home)
    ended = command(*words, "--json")
    assert (ended.code, ended.json["changed"], place.read_text()) == (Exit.DONE, False, f"{FRESH}\n")
    assert command("keys", "list", "--home", home).code == Exit.DONE
    assert command(*words).code == Exit.USAGE


def test_the_copy_in_the_home_follows_and_a_credential_will_do(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    place = written(home / "secrets" / "passphrase", PASSPHRASE)
    written(tmp_path / "credentials" / "tracing-new-passphrase", FRESH)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path / "credentials"))
    ended = command("keys", "passphrase", "--home", home)
    assert (ended.code, place.read_text(), place.stat().st_mode & 0o777) == (Exit.DONE, f"{FRESH}\n", 0o600)
    assert command("doctor", "--home", home).code == Exit.DONE


def test_a_running_node_keeps_its_passphrase(at_home: Command, home: Path, fresh: Path) -> None:
    claim = claim_home(home)
    ended = at_home("keys", "passphrase", "--new-passphrase-file", fresh)
    claim.close()
    assert (ended.code, "stop it first" in ended.err) == (Exit.CONFIGURATION, True)
    assert at_home("keys", "list").code == Exit.DONE


@pytest.mark.parametrize(
    ("new", "code", "said"),
    [
        (PASSPHRASE, Exit.USAGE, "is the former one"),
        ("", Exit.CONFIGURATION, "on its first line"),
        (None, Exit.USAGE, "give --new-passphrase-file"),
    ],
)
def test_a_passphrase_that_will_not_do_changes_nothing(
    at_home: Command, tmp_path: Path, new: str | None, code: int, said: str
) -> None:
    words = () if new is None else ("--new-passphrase-file", written(tmp_path / "new", new))
    ended = at_home("keys", "passphrase", *words)
    assert (ended.code, said in ended.err) == (code, True)
    assert at_home("keys", "list").code == Exit.DONE


def test_who_knows_neither_passphrase_changes_nothing(home: Path, tmp_path: Path, fresh: Path, kept: Path) -> None:
    wrong = written(tmp_path / "wrong", "no idea")
    words = ("keys", "passphrase", "--home", home, "--passphrase-file", wrong, "--new-passphrase-file", fresh)
    ended = command(*words)
    assert (ended.code, "does not open the keys" in ended.err) == (Exit.CONFIGURATION, True)
    assert command("keys", "list", "--home", home, "--passphrase-file", kept).code == Exit.DONE


def test_a_node_that_waits_for_its_root_takes_another_passphrase(tmp_path: Path, kept: Path, fresh: Path) -> None:
    home = tmp_path / "ke"
    words = ("--home", home, "--passphrase-file", kept, "--yes")
    assert command("init", "--authority", "ke", "--country", "KEN", "--name", "Kenya", *words).code == Exit.DONE
    assert command("keys", "passphrase", "--new-passphrase-file", fresh, *words).code == Exit.DONE
    assert len(Vault.open(home / "keys", FRESH.encode()).records("keyset")) == 2


@needs_softhsm
def test_keys_on_a_token_go_on_under_its_pin(tmp_path: Path, fresh: Path) -> None:
    with token(tmp_path / "hsm") as module:
        made = World(tmp_path, SystemClock(), custody=custody(tmp_path, module))
        made.found("br")
        made["br"].close()
        old = written(tmp_path / "old", "for tests only")
        words = ("--home", tmp_path / "br", "--passphrase-file")
        assert command("keys", "passphrase", "--new-passphrase-file", fresh, *words, old).code == Exit.DONE
        node = Node.open(tmp_path / "br", FRESH.encode())
        assert node.keyring.voice.signer("env").sign(b"x")
        node.close()
