"""The vault opens for who knows the passphrase, and only while nobody touched it."""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from keys.algorithms import SUITES, seal, verify
from keys.errors import (
    CustodyFault,
    KeyNotHeld,
    LoosePermissions,
    SealUnreadable,
    VaultChanged,
    VaultDamaged,
    VaultExists,
    VaultMissing,
    WrongPassphrase,
)
from keys.lockbox import MOST_MEMORY_KIB, Lockbox
from keys.rest import ContentCipher
from keys.uses import FIRST_KEYS, FITTING, Use
from keys.vault import FILE_NAME, Vault
from protocol.errors import DecryptFailed, UnknownKey

PASSPHRASE = b"eleven elephants eat early"


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A vault with one key of each first use; tests work on copies of it."""
    folder = tmp_path_factory.mktemp("vault") / "keys"
    vault = Vault.create(folder, PASSPHRASE, os.urandom)
    for use, alg in FIRST_KEYS:
        vault.new_key(use, alg, os.urandom)
    return folder


@pytest.fixture
def folder(made: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(made, tmp_path / "keys"))


def rewrite(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    file = folder / FILE_NAME
    members = json.loads(file.read_bytes())
    change(members)
    file.write_text(json.dumps(members))


# ---------------------------------------------------------------- what it does


def test_every_key_is_there_again_after_opening(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    assert [(record.use, record.alg) for record in vault.records()] == [*FIRST_KEYS]


def test_the_signers_of_a_use_sign_for_their_records(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    for signer in vault.signers("stmt"):
        verify(vault.signing_key(signer.kid).public, b"said", signer.sign(b"said"))
    assert [signer.alg for signer in vault.signers("stmt")] == ["Ed25519", "ML-DSA-65"]


def test_a_record_gives_the_public_key_of_its_private_one(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    assert [record.raw for record in vault.records("stmt")] == [
        vault.signing_key(signer.kid).public.raw for signer in vault.signers("stmt")
    ]


def test_the_signers_can_be_narrowed_to_some_keys(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    kid = vault.records("stmt")[1].kid
    assert [signer.kid for signer in vault.signers("stmt", {kid})] == [kid]


@pytest.mark.parametrize("use", ["kem", "kem-file"])
def test_what_was_sealed_to_the_vault_is_unsealed_by_it(folder: Path, use: str) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    (record,) = vault.records(use)
    sealed = seal(vault._opening[record.kid].public, b"context", b"plain")
    assert vault.unseal(record.kid, b"context", sealed) == b"plain"


def test_a_kid_not_held_unseals_nothing(folder: Path) -> None:
    with pytest.raises(UnknownKey):
        Vault.open(folder, PASSPHRASE).unseal("nobody", b"context", bytes(2000))


def test_what_is_not_sealed_to_the_key_is_not_unsealed(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    with pytest.raises(DecryptFailed):
        vault.unseal(vault.records("kem")[0].kid, b"context", bytes(2000))


def test_the_named_secrets_stay_and_differ(folder: Path) -> None:
    first, again = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE)
    assert first.secret("rest") == again.secret("rest") != again.secret("search")


def test_a_secret_of_another_name_is_not_held(folder: Path) -> None:
    with pytest.raises(KeyNotHeld):
        Vault.open(folder, PASSPHRASE).secret("tea")


def test_a_kid_of_nobody_signs_nothing(folder: Path) -> None:
    with pytest.raises(KeyNotHeld):
        Vault.open(folder, PASSPHRASE).signing_key("nobody")


@pytest.mark.parametrize(("use", "alg"), [(use, alg) for use in Use for alg in sorted(FITTING[use])])
def test_a_new_key_of_every_use_and_kind_is_on_disk_at_once(folder: Path, use: Use, alg: str) -> None:
    record = Vault.open(folder, PASSPHRASE).new_key(use, alg, os.urandom)
    on_disk = json.loads((folder / FILE_NAME).read_bytes())["keys"][-1]["record"]
    assert (on_disk["kid"], on_disk["alg"], alg in SUITES) == (record.kid, alg, use in {Use.KEM, Use.KEM_FILE})


@pytest.mark.parametrize(("use", "alg"), [("env", "ML-DSA-65"), ("kem", "Ed25519"), ("log", "ES256"), ("tea", "xwing")])
def test_a_key_that_does_not_fit_its_use_is_not_made(folder: Path, use: str, alg: str) -> None:
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(ValueError, match=use):
        Vault.open(folder, PASSPHRASE).new_key(use, alg, os.urandom)
    assert (folder / FILE_NAME).read_bytes() == before


@pytest.mark.usefixtures("dear_locks")
def test_a_vault_with_the_costs_of_a_real_node_opens(tmp_path: Path) -> None:
    Vault.create(tmp_path / "keys", PASSPHRASE, os.urandom)
    lock = json.loads((tmp_path / "keys" / FILE_NAME).read_bytes())["lock"]
    assert (lock["memory_kib"], lock["passes"]) == (64 * 1024, 3)  # RFC 9106, section 4
    assert Vault.open(tmp_path / "keys", PASSPHRASE).records() == ()


# ---------------------------------------------------------------- some uses only


def test_opened_for_some_uses_it_signs_for_these_only(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE, uses={"rcpt", "log"})
    assert [len(vault.signers(use)) for use in ("rcpt", "log")] == [1, 2]
    with pytest.raises(KeyNotHeld):
        vault.signers("stmt")


def test_opened_for_some_uses_it_holds_no_other_secret(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE, uses={"rest"})
    assert len(vault.secret("rest")) == 32
    with pytest.raises(KeyNotHeld):
        vault.secret("search")


def test_opened_for_some_uses_it_forgets_the_lock_and_can_add_nothing(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE, uses={"rcpt"})
    with pytest.raises(CustodyFault, match="some uses only"):
        vault.new_key("rcpt", "Ed25519", os.urandom)
    assert vault._lock is None


# ---------------------------------------------------------------- what it refuses


def test_a_wrong_passphrase_opens_nothing(folder: Path) -> None:
    with pytest.raises(WrongPassphrase):
        Vault.open(folder, b"twelve elephants eat early")


def test_an_empty_passphrase_locks_nothing(tmp_path: Path) -> None:
    with pytest.raises(CustodyFault, match="empty"):
        Vault.create(tmp_path / "keys", b"", os.urandom)
    assert not (tmp_path / "keys" / FILE_NAME).exists()


def test_a_vault_that_exists_is_not_written_over(folder: Path) -> None:
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(VaultExists):
        Vault.create(folder, PASSPHRASE, os.urandom)
    assert (folder / FILE_NAME).read_bytes() == before


def test_a_folder_without_a_vault_says_so(tmp_path: Path) -> None:
    with pytest.raises(VaultMissing):
        Vault.open(tmp_path / "nowhere", PASSPHRASE)


def test_a_loose_folder_is_refused_before_anything_is_read(folder: Path) -> None:
    folder.chmod(0o755)
    with pytest.raises(LoosePermissions):
        Vault.open(folder, PASSPHRASE)


def test_a_loose_file_is_refused(folder: Path) -> None:
    (folder / FILE_NAME).chmod(0o644)
    with pytest.raises(LoosePermissions):
        Vault.open(folder, PASSPHRASE)


@pytest.mark.parametrize("kept", [0, 1, 100, -1])
def test_a_truncated_vault_is_damaged(folder: Path, kept: int) -> None:
    file = folder / FILE_NAME
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(VaultDamaged, match="backup"):
        Vault.open(folder, PASSPHRASE)


ALTERATIONS: dict[str, Callable[[dict[str, Any]], object]] = {
    "a key taken out": lambda file: file["keys"].pop(),
    "a key put in twice": lambda file: file["keys"].append(file["keys"][0]),
    "keys in another order": lambda file: file["keys"].reverse(),
    "a box of another key": lambda file: file["keys"][0].update(box=file["keys"][1]["box"]),
    "another use": lambda file: file["keys"][4]["record"].update(use="rcpt"),
    "another public key": lambda file: file["keys"][0]["record"].update(pub=file["keys"][2]["record"]["pub"]),
    "a secret under another name": lambda file: file["secrets"][0].update(name="search"),
    "a secret taken out": lambda file: file["secrets"].pop(),
    "another mac": lambda file: file.update(mac="AAAA"),
    "no mac": lambda file: file.pop("mac"),
    "a member nobody knows": lambda file: file.update(note="hello"),
    "another version": lambda file: file.update(itx_vault=2),
    "no lock": lambda file: file.pop("lock"),
    "another derivation": lambda file: file["lock"].update(kdf="md5"),
    "a derivation that eats the machine": lambda file: file["lock"].update(memory_kib=MOST_MEMORY_KIB + 1),
    "a derivation without end": lambda file: file["lock"].update(passes=1000),
}


@pytest.mark.parametrize("alteration", ALTERATIONS)
def test_an_altered_vault_is_damaged(folder: Path, alteration: str) -> None:
    rewrite(folder, ALTERATIONS[alteration])
    with pytest.raises(VaultDamaged, match="backup"):
        Vault.open(folder, PASSPHRASE)


@pytest.mark.parametrize("change", [{"passes": 2}, {"memory_kib": 8193}, {"salt": "A" * 22}, {"check": "AAAA"}])
def test_a_vault_with_another_lock_does_not_know_the_passphrase(folder: Path, change: dict[str, Any]) -> None:
    rewrite(folder, lambda file: file["lock"].update(change))
    with pytest.raises(WrongPassphrase):
        Vault.open(folder, PASSPHRASE)


@pytest.mark.parametrize("box", ["", "AAAA", "A" * 80, "not base64url!"])
def test_a_box_that_does_not_open_is_named(box: str) -> None:
    with pytest.raises(VaultDamaged, match="tea"):
        Lockbox.new(PASSPHRASE, os.urandom).unseal(box, "tea")


def test_a_vault_changed_by_another_process_is_not_written_over(folder: Path) -> None:
    first, second = Vault.open(folder, PASSPHRASE), Vault.open(folder, PASSPHRASE)
    second.new_key("env", "Ed25519", os.urandom)
    before = (folder / FILE_NAME).read_bytes()
    with pytest.raises(VaultChanged):
        first.new_key("env", "Ed25519", os.urandom)
    assert ((folder / FILE_NAME).read_bytes(), len(first.records("env"))) == (before, 1)


# ---------------------------------------------------------------- nothing shows


def test_no_private_byte_shows_in_a_vault_or_its_parts(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    shown = "".join(map(repr, (vault, vault._lock, *vault.signers("stmt"), vault.records())))
    hidden = [vault.secret("rest"), vault.secret("search"), vault._lock._sealing_key, vault._lock._mac_key]  # type: ignore[union-attr]
    assert not [secret for secret in hidden if secret.hex() in shown or repr(secret)[2:-1] in shown]


def test_no_private_byte_stands_in_the_file(folder: Path) -> None:
    vault = Vault.open(folder, PASSPHRASE)
    file = (folder / FILE_NAME).read_bytes()
    secrets = [vault.secret("rest"), vault.secret("search"), PASSPHRASE]
    assert not [secret for secret in secrets if secret in file or secret.hex().encode() in file]


# ---------------------------------------------------------------- at rest


@pytest.fixture
def cipher() -> ContentCipher:
    return ContentCipher(b"r" * 32, b"s" * 32, os.urandom)


def test_content_opens_under_its_unwrapped_key(cipher: ContentCipher) -> None:
    wrapped, key = cipher.new_key()
    blob = cipher.encrypt(key, b"a name", "cases.person/1")
    assert cipher.decrypt(cipher.unwrap(wrapped), blob, "cases.person/1") == b"a name"


def test_content_moved_to_another_place_does_not_open(cipher: ContentCipher) -> None:
    _, key = cipher.new_key()
    with pytest.raises(SealUnreadable):
        cipher.decrypt(key, cipher.encrypt(key, b"a name", "cases.person/1"), "cases.person/2")


@pytest.mark.parametrize("blob", [b"", b"\x01", b"\x02" + bytes(40), b"\x01" + bytes(40), b"\x01" + bytes(27)])
def test_what_was_never_encrypted_does_not_open(cipher: ContentCipher, blob: bytes) -> None:
    with pytest.raises(SealUnreadable):
        cipher.decrypt(bytes(32), blob, "cases.person/1")


def test_content_of_another_form_does_not_open(cipher: ContentCipher) -> None:
    blob = cipher.encrypt(bytes(32), b"a name", "cases.person/1")
    with pytest.raises(SealUnreadable, match="unknown form"):
        cipher.decrypt(bytes(32), b"\x02" + blob[1:], "cases.person/1")


def test_a_wrapped_key_does_not_unwrap_at_another_node(cipher: ContentCipher) -> None:
    with pytest.raises(SealUnreadable):
        ContentCipher(b"q" * 32, b"s" * 32, os.urandom).unwrap(cipher.new_key()[0])


def test_the_same_text_never_encrypts_to_the_same_bytes(cipher: ContentCipher) -> None:
    assert len({cipher.encrypt(bytes(32), b"a name", "c") for _ in range(50)}) == 50


def test_a_search_token_depends_on_the_word_and_the_node(cipher: ContentCipher) -> None:
    other = ContentCipher(b"r" * 32, b"t" * 32, os.urandom)
    assert len({cipher.token("glock"), cipher.token("glocks"), other.token("glock")}) == 3
    assert cipher.token("glock") == cipher.token("glock")


def test_a_search_token_has_32_hex_digits(cipher: ContentCipher) -> None:
    assert len(bytes.fromhex(cipher.token("glöck"))) == 16


def test_a_content_cipher_shows_no_secret(cipher: ContentCipher) -> None:
    assert repr(cipher) == "ContentCipher()"
