"""Keys that leave the vault, and keys that another process made or destroyed meanwhile."""

import contextlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from keys.errors import CustodyFault, VaultChanged, VaultDamaged, WrongPassphrase
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


# ---------------------------------------------------------------- another passphrase

FRESH = b"twelve tapirs take tea"


def opened_by(folder: Path) -> list[bytes]:
    """Which of the two passphrases opens the vault."""
    found = []
    for each in (PASSPHRASE, FRESH):
        with contextlib.suppress(WrongPassphrase):
            Vault.open(folder, each)
            found.append(each)
    return found


def acts(vault: Vault) -> list[str]:
    """What every private key does, so that each is seen to be there."""
    signing = [signer.kid for use in ("stmt", "env", "rcpt", "pull", "log", "keyset") for signer in vault.signers(use)]
    for kid in signing:
        vault.signing_key(kid).sign(b"x")
    return [*signing, *(vault.secret(name).hex() for name in ("rest", "search"))]


def test_another_passphrase_opens_the_same_keys_and_the_former_nothing(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    before = acts(vault)
    vault.change_passphrase(FRESH, os.urandom)
    assert (opened_by(folder), acts(Vault.open(folder, FRESH))) == ([FRESH], before)
    made = vault.new_key("env", "Ed25519", os.urandom)
    assert made in Vault.open(folder, FRESH).records("env")


def test_the_former_file_is_zeros_for_whoever_still_holds_it(folder: Path) -> None:
    with (folder / FILE_NAME).open("rb") as former:
        Vault.open(folder, PASSPHRASE).change_passphrase(FRESH, os.urandom)
        assert set(former.read()) == {0}


def test_a_former_file_under_a_second_name_is_a_copy_and_left_alone(folder: Path) -> None:
    os.link(folder / FILE_NAME, folder / "copy")
    before = (folder / "copy").read_bytes()
    Vault.open(folder, PASSPHRASE).change_passphrase(FRESH, os.urandom)
    assert (folder / "copy").read_bytes() == before


def test_another_passphrase_is_refused_to_a_vault_that_was_changed_meanwhile(folder: Path) -> None:
    one, other = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE)
    other.new_key("env", "Ed25519", os.urandom)
    with pytest.raises(VaultChanged):
        one.change_passphrase(FRESH, os.urandom)
    assert opened_by(folder) == [PASSPHRASE]


@pytest.mark.parametrize("passphrase", [b"", PASSPHRASE])
def test_no_empty_passphrase_and_no_vault_of_some_uses_is_changed(folder: Path, passphrase: bytes) -> None:
    vault = Vault.open(folder, PASSPHRASE, uses=None if not passphrase else {"env"})
    with pytest.raises(CustodyFault):
        vault.change_passphrase(passphrase, os.urandom)
    assert opened_by(folder) == [PASSPHRASE]


def test_who_holds_a_vault_whose_passphrase_changed_is_told_so(folder: Path) -> None:
    held = Vault.open(folder, PASSPHRASE)
    Vault.open(folder, PASSPHRASE).change_passphrase(FRESH, os.urandom)
    with pytest.raises(WrongPassphrase, match="was changed meanwhile"):
        held.reload()
    assert len(held.signers("env")) == 1


CUT = """
import os, sys
from pathlib import Path
from keys import privatefile
from keys.vault import Vault

steps = iter(range(100))

def counted(act):
    def does(*given, **named):
        if next(steps) == int(sys.argv[2]):
            os._exit(9)
        return act(*given, **named)
    return does

vault = Vault.open(Path(sys.argv[1]), sys.argv[3].encode())
for name in ("open", "fsync", "fdopen", "pwrite", "close"):
    setattr(privatefile.os, name, counted(getattr(os, name)))
Path.replace = counted(Path.replace)
vault.change_passphrase(sys.argv[4].encode(), os.urandom)
"""


def test_killed_at_any_step_one_passphrase_opens_everything(folder: Path, tmp_path: Path) -> None:
    """A real process dies before its n-th system call, for every n there is."""
    before, seen = acts(Vault.open(folder, PASSPHRASE)), []
    for number in range(100):
        home = tmp_path / f"at {number}"
        shutil.copytree(folder, home)
        words = [sys.executable, "-c", CUT, str(home), str(number), PASSPHRASE.decode(), FRESH.decode()]
        ended = subprocess.run(words, check=False, capture_output=True)
        (word,) = opened_by(home)
        assert acts(Vault.open(home, word)) == before
        seen.append(word)
        if ended.returncode == 0:
            break
        assert ended.returncode == 9, ended.stderr
    changed = seen.index(FRESH)
    assert (set(seen[:changed]), set(seen[changed:]), changed > 5) == ({PASSPHRASE}, {FRESH}, True)


def test_opened_for_some_uses_nothing_is_taken_over(folder: Path) -> None:
    with pytest.raises(CustodyFault, match="some uses"):
        Vault.open(folder, PASSPHRASE, uses={"env"}).reload()


def test_a_vault_knows_that_another_process_wrote_whatever_it_opened_itself(folder: Path) -> None:
    whole, part = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE, uses={"rcpt"})
    assert (whole.is_outdated, part.is_outdated) == (False, False)
    whole.new_key("env", "Ed25519", os.urandom)
    assert (whole.is_outdated, part.is_outdated) == (False, True)
