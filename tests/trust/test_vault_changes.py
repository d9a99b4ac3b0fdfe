"""Keys that leave the vault, and keys that another process made or destroyed meanwhile."""

import json
import os
from pathlib import Path

import pytest

from keys.errors import CustodyFault, VaultChanged, VaultDamaged
from keys.uses import FIRST_KEYS
from keys.vault import FILE_NAME, Vault
from protocol.errors import UnknownKey

PASSPHRASE = b"eleven elephants eat early"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    vault = Vault.create(tmp_path / "keys", PASSPHRASE, os.urandom)
    for use, alg in FIRST_KEYS:
        vault.new_key(use, alg, os.urandom)
    return tmp_path / "keys"


def test_a_destroyed_key_is_gone_from_memory_and_disk(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    (kem,) = (one.kid for one in vault.records("kem"))
    assert vault.destroy({kem, "nobody"}) == (kem,)
    for each in (vault, Vault.open(folder, PASSPHRASE)):
        assert each.records("kem") == ()
        with pytest.raises(UnknownKey):
            each.unseal(kem, b"", b"")


def test_a_destroyed_signing_key_signs_no_more_and_the_others_do(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    (env,) = (one.kid for one in vault.records("env"))
    vault.destroy({env})
    assert (vault.signers("env"), len(Vault.open(folder, PASSPHRASE).signers("rcpt"))) == ((), 1)


def test_destroying_nothing_writes_nothing(folder: Path) -> None:
    before = (folder / FILE_NAME).stat().st_mtime_ns
    assert Vault.open(folder, PASSPHRASE).destroy(()) == ()
    assert (folder / FILE_NAME).stat().st_mtime_ns == before


def test_a_vault_that_was_changed_meanwhile_destroys_nothing(folder: Path) -> None:
    one, other = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE)
    record = other.new_key("env", "Ed25519", os.urandom)
    with pytest.raises(VaultChanged):
        one.destroy({record.kid, *(each.kid for each in one.records("env"))})
    assert (len(one.signers("env")), len(Vault.open(folder, PASSPHRASE).records("env"))) == (1, 2)


def test_what_another_process_added_and_destroyed_is_taken_over(folder: Path) -> None:
    one, other = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE)
    (old,), (kem,) = ((each.kid for each in other.records(use)) for use in ("env", "kem"))
    new = other.new_key("env", "Ed25519", os.urandom).kid
    other.destroy({old, kem})
    assert (one.reload(), one.reload()) == (True, False)
    assert [each.kid for each in one.signers("env")] == [new]
    with pytest.raises(UnknownKey):
        one.unseal(kem, b"", b"")


def test_a_vault_altered_meanwhile_is_not_taken_over(folder: Path) -> None:
    one = Vault.open(folder, PASSPHRASE)
    members = json.loads((folder / FILE_NAME).read_bytes())
    members["keys"].pop()
    (folder / FILE_NAME).write_text(json.dumps(members))
    with pytest.raises(VaultDamaged):
        one.reload()
    assert len(one.signers("env")) == 1


def test_opened_for_some_uses_nothing_is_taken_over(folder: Path) -> None:
    with pytest.raises(CustodyFault, match="some uses"):
        Vault.open(folder, PASSPHRASE, uses={"env"}).reload()
