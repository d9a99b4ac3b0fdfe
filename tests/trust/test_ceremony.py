"""The ceremony of the holders, by files, as README of keys/ tells it."""

import json
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from keys import ceremony, founding, keyset
from keys.ceremony import (
    combine,
    describe,
    install,
    new_ceremony,
    proposal,
    propose,
    propose_next,
    sign_file,
    sign_part,
    training_holder,
    unsigned,
)
from keys.errors import (
    CeremonyRefused,
    DocumentMalformed,
    KeyRefused,
    SignatureRefused,
    ThresholdNotMet,
    VaultDamaged,
    VaultExists,
    VaultMissing,
    WrongPassphrase,
)
from keys.founding import FoundingRequest, read_founding
from keys.holders import new_holder, open_holder, read_holder
from keys.keyset import Contact, first_keyset, issue_keyset, renew_keyset
from keys.roots import Holder, OnlineKey, read_root
from keys.trust import TrustSet
from keys.uses import FIRST_KEYS
from keys.vault import Vault
from tests.trust.authority import (
    DAY,
    NET,
    NOW,
    PERSONS,
    digest,
    holder,
    holder_keys,
    key,
    next_root,
    online,
    online_entry,
    root,
    sign_root,
)

HOLDERS = {"Achieng": b"first word", "Baraka": b"second word", "Chebet Ruto": b"third word"}
REQUEST = FoundingRequest.model_validate_json(
    json.dumps({"itx_founding": 1, "net": NET, "auth": "ke", "country": "KEN", "name": "Kenya",
                "keyset": [online_entry(one) for one in online()]})
)  # fmt: skip
MEMBERS = [Holder.model_validate(holder(person)) for person in PERSONS]
PROPOSED = proposal(propose(REQUEST, MEMBERS, 2, at_ms=NOW))


@pytest.fixture(scope="module")
def held(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with three holders' files and a proposed root."""
    folder = tmp_path_factory.mktemp("ceremony") / "files"
    new_ceremony(folder, REQUEST, HOLDERS, 2, os.urandom, at_ms=NOW)
    return folder


@pytest.fixture
def folder(held: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(held, tmp_path / "files"))


def names(folder: Path) -> list[str]:
    return sorted(each.name for each in folder.iterdir())


# ---------------------------------------------------------------- found


def test_a_ceremony_makes_a_file_for_each_holder_and_the_root_to_sign(folder: Path) -> None:
    assert names(folder) == ["holder-1-achieng.key", "holder-2-baraka.key", "holder-3-chebet-ruto.key", "root-1.json"]


def test_the_files_of_a_ceremony_belong_to_their_owner_alone(folder: Path) -> None:
    assert {each.stat().st_mode & 0o777 for each in folder.iterdir()} == {0o600}


def test_two_holders_sign_one_after_the_other_and_the_node_installs(folder: Path) -> None:
    path = folder / "root-1.json"
    first = sign_file(path, folder / "holder-1-achieng.key", HOLDERS["Achieng"])
    second = sign_file(path, folder / "holder-3-chebet-ruto.key", HOLDERS["Chebet Ruto"])
    trust = install(path.read_bytes(), REQUEST, at_ms=NOW + DAY)
    assert [(first.missing, first.complete), (second.missing, second.complete)] == [(1, False), (0, True)]
    assert (trust.authority, trust.digest) == ("ke", second.digest)


def test_copies_signed_in_two_places_are_put_together(folder: Path) -> None:
    keys = [open_holder(folder / file, word) for file, word in zip(names(folder), HOLDERS.values(), strict=False)]
    blank = (folder / "root-1.json").read_bytes()
    whole = combine([sign_part(blank, one) for one in keys])
    assert describe(whole).signed == tuple(HOLDERS)


def test_a_signature_in_both_copies_is_kept_once() -> None:
    part = sign_part(PROPOSED, holder_keys("Achieng"))
    assert describe(combine([part, sign_part(part, holder_keys("Baraka")), PROPOSED])).signed == PERSONS[:2]


def test_copies_of_different_roots_are_not_put_together() -> None:
    with pytest.raises(CeremonyRefused, match="not copies"):
        combine([PROPOSED, proposal(propose(REQUEST, MEMBERS, 3, at_ms=NOW))])


def test_nothing_put_together_is_no_root() -> None:
    with pytest.raises(CeremonyRefused):
        combine([])


def test_a_root_is_described_before_anybody_signed() -> None:
    summary = describe(PROPOSED).summary()
    assert (summary["holders"], summary["threshold"], summary["signed"], summary["missing"]) == ([*PERSONS], 2, [], 2)


def test_the_description_names_the_digest_that_will_be_compared() -> None:
    signed = sign_part(PROPOSED, holder_keys("Achieng"))
    assert describe(PROPOSED).summary()["digest"] == describe(signed).digest == digest(signed)


def test_a_description_is_plain_json() -> None:
    summary = describe(sign_part(PROPOSED, holder_keys("Achieng"))).summary()
    assert json.loads(json.dumps(summary)) == summary


# ---------------------------------------------------------------- what cannot be done


@pytest.mark.parametrize(
    ("holders", "threshold"),
    [(PERSONS, 0), (PERSONS, 1), (PERSONS, 4), (("Achieng",), 1), ((), 0), (("Achieng", "Line\nbreak"), 2)],
)
def test_numbers_and_names_that_do_not_fit_leave_no_file(
    tmp_path: Path, holders: tuple[str, ...], threshold: int
) -> None:
    with pytest.raises(CeremonyRefused):
        new_ceremony(tmp_path / "files", REQUEST, dict.fromkeys(holders, b"word"), threshold, os.urandom, at_ms=NOW)
    assert not (tmp_path / "files").exists()


def test_a_holder_without_a_passphrase_leaves_no_file(tmp_path: Path) -> None:
    with pytest.raises(CeremonyRefused, match="passphrase"):
        new_ceremony(tmp_path / "files", REQUEST, {"Achieng": b"word", "Baraka": b""}, 2, os.urandom, at_ms=NOW)
    assert not (tmp_path / "files").exists()


def test_a_ceremony_is_not_held_over_another(folder: Path) -> None:
    before = (folder / "root-1.json").read_bytes()
    with pytest.raises(VaultExists):
        new_ceremony(folder, REQUEST, {"Dalmar": b"x", "Ekai": b"y"}, 2, os.urandom, at_ms=NOW)
    assert ((folder / "root-1.json").read_bytes(), len(names(folder))) == (before, 4)


def test_a_holders_file_is_not_written_over(folder: Path) -> None:
    (folder / "root-1.json").unlink()
    with pytest.raises(VaultExists):
        new_ceremony(folder, REQUEST, HOLDERS, 2, os.urandom, at_ms=NOW)


def test_a_single_holders_file_is_not_written_over(folder: Path) -> None:
    before = (folder / "holder-1-achieng.key").read_bytes()
    with pytest.raises(VaultExists):
        new_holder(folder / "holder-1-achieng.key", "Achieng", b"word", os.urandom)
    assert (folder / "holder-1-achieng.key").read_bytes() == before


def test_a_name_without_latin_letters_still_makes_a_file(tmp_path: Path) -> None:
    new_ceremony(tmp_path, REQUEST, {"阿青": b"x", "باراكا": b"y"}, 2, os.urandom, at_ms=NOW)
    assert names(tmp_path) == ["holder-1-holder.key", "holder-2-holder.key", "root-1.json"]


def test_nobody_signs_twice() -> None:
    signed = sign_part(PROPOSED, holder_keys("Achieng"))
    with pytest.raises(CeremonyRefused, match="already"):
        sign_part(signed, holder_keys("Achieng"))


def test_a_stranger_does_not_sign() -> None:
    with pytest.raises(CeremonyRefused, match="no holder"):
        sign_part(PROPOSED, holder_keys("Dalmar"))


def test_a_wrong_passphrase_signs_nothing(folder: Path) -> None:
    before = (folder / "root-1.json").read_bytes()
    with pytest.raises(WrongPassphrase):
        sign_file(folder / "root-1.json", folder / "holder-1-achieng.key", b"wrong")
    assert (folder / "root-1.json").read_bytes() == before


def test_a_holders_file_that_is_not_there_is_missing(folder: Path) -> None:
    with pytest.raises(VaultMissing):
        open_holder(folder / "holder-9.key", b"word")


@pytest.mark.parametrize("kept", [0, 10, -1])
def test_a_truncated_holders_file_is_damaged(folder: Path, kept: int) -> None:
    file = folder / "holder-1-achieng.key"
    file.write_bytes(file.read_bytes()[:kept])
    with pytest.raises(VaultDamaged, match="copy"):
        read_holder(file)


@pytest.mark.parametrize("member", ["ed25519", "mldsa65", "name"])
def test_a_holders_file_with_another_public_half_does_not_open(folder: Path, member: str) -> None:
    mine, other = (json.loads((folder / each).read_bytes()) for each in names(folder)[:2])
    (folder / "holder-1-achieng.key").write_text(json.dumps(mine | {member: other[member]}))
    with pytest.raises(VaultDamaged):
        open_holder(folder / "holder-1-achieng.key", HOLDERS["Achieng"])


def test_the_public_half_is_read_without_a_passphrase(folder: Path) -> None:
    listed = describe((folder / "root-1.json").read_bytes()).root.holders
    assert read_holder(folder / "holder-2-baraka.key") == listed[1]


def test_no_private_byte_of_a_holder_shows(folder: Path) -> None:
    keys = open_holder(folder / "holder-1-achieng.key", HOLDERS["Achieng"])
    assert repr(keys) == "HolderKeys(name='Achieng')"


def test_a_false_signature_is_not_counted_but_refused() -> None:
    signed = json.loads(sign_part(PROPOSED, holder_keys("Achieng")))
    other = json.loads(sign_part(proposal(propose(REQUEST, MEMBERS, 3, at_ms=NOW)), holder_keys("Achieng")))
    with pytest.raises(SignatureRefused):
        describe(json.dumps(signed | {"signatures": other["signatures"]}).encode())


@pytest.mark.parametrize(
    "data", [b"", b"{}", b"[]", b'{"payload":"A","signatures":[]}', b'{"payload":1,"signatures":1}']
)
def test_what_is_no_root_file_is_refused(data: bytes) -> None:
    with pytest.raises(DocumentMalformed):
        describe(data)


# ---------------------------------------------------------------- install

COMPLETE = combine([sign_part(PROPOSED, holder_keys(person)) for person in PERSONS[:2]])


@pytest.mark.parametrize("persons", [(), ("Achieng",)])
def test_an_incomplete_root_is_not_installed(persons: tuple[str, ...]) -> None:
    data = combine([PROPOSED, *(sign_part(PROPOSED, holder_keys(person)) for person in persons)])
    with pytest.raises(ThresholdNotMet):
        install(data, REQUEST, at_ms=NOW)


@pytest.mark.parametrize(
    "asked",
    [
        {"auth": "br"},
        {"country": "BRA"},
        {"name": "Brazil"},
        {"net": "training"},
        {"keyset": tuple(OnlineKey.model_validate(online_entry(one)) for one in online("other"))},
    ],
    ids=lambda asked: next(iter(asked)),
)
def test_a_root_that_another_node_asked_for_is_not_installed(asked: dict[str, Any]) -> None:
    with pytest.raises(CeremonyRefused, match=next(iter(asked))):
        install(COMPLETE, REQUEST.model_copy(update=asked), at_ms=NOW)


def test_a_founding_request_is_read_as_it_was_written() -> None:
    again = read_founding(REQUEST.to_bytes())
    assert (again, again.digest) == (REQUEST, REQUEST.digest)


@pytest.mark.parametrize(
    "change",
    [
        {"itx_founding": 2},
        {"net": "test"},
        {"auth": "K E"},
        {"country": "Kenya"},
        {"keyset": []},
        {"name": "x" * 200_000},
    ],
    ids=lambda change: next(iter(change)),
)
def test_a_founding_request_that_is_none_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(DocumentMalformed):
        read_founding(json.dumps(json.loads(REQUEST.to_bytes()) | change).encode())


def test_a_founding_request_of_absurd_size_is_refused() -> None:
    with pytest.raises(DocumentMalformed, match="at most"):
        read_founding(REQUEST.to_bytes() + b" " * 200_000)


def test_a_founding_request_with_a_weak_key_is_refused() -> None:
    weak = online_entry(key("online")) | {"pub": "A" * 43}
    with pytest.raises(KeyRefused):
        read_founding(json.dumps(json.loads(REQUEST.to_bytes()) | {"keyset": [weak]}).encode())


def test_a_founding_request_with_one_key_twice_is_refused() -> None:
    twice = [online_entry(key("online"))] * 2
    with pytest.raises(DocumentMalformed, match="twice"):
        read_founding(json.dumps(json.loads(REQUEST.to_bytes()) | {"keyset": twice}).encode())


# ---------------------------------------------------------------- the next root


def test_a_successor_is_signed_by_the_former_and_the_new_holders() -> None:
    previous = read_root(COMPLETE)
    changed = tuple(Holder.model_validate(holder(person)) for person in ("Achieng", "Dalmar", "Ekai"))
    blank = proposal(propose_next(previous, at_ms=NOW + DAY, holders=changed))
    signed = blank
    for person in ("Achieng", "Dalmar", "Baraka"):
        signed = sign_part(signed, holder_keys(person), previous)
    report = describe(signed, previous)
    assert (report.signed, report.former_signed, report.complete) == (
        ("Achieng", "Dalmar"),
        ("Achieng", "Baraka"),
        True,
    )


def test_a_successor_without_the_former_holders_is_not_complete() -> None:
    previous = read_root(COMPLETE)
    blank = proposal(propose_next(previous, at_ms=NOW + DAY))
    report = describe(sign_part(blank, holder_keys("Chebet"), previous), previous)
    assert (report.missing, report.former_missing, report.complete) == (1, 1, False)


def test_a_complete_successor_is_followed_by_the_trust_set() -> None:
    previous = read_root(COMPLETE)
    signed = proposal(propose_next(previous, at_ms=NOW + DAY, threshold=3))
    for person in PERSONS:
        signed = sign_part(signed, holder_keys(person), previous)
    trust = install(COMPLETE, REQUEST, at_ms=NOW).update_root(signed, at_ms=NOW + DAY)
    assert (trust.root.ver, trust.root.threshold) == (2, 3)


def test_the_ceremony_writes_what_a_root_written_by_hand_says() -> None:
    by_hand = sign_root(root(exp=describe(COMPLETE).root.exp))
    assert digest(by_hand) == digest(COMPLETE)


def test_a_root_of_the_future_is_described_with_its_former() -> None:
    second = next_root(COMPLETE)
    assert describe(second, read_root(COMPLETE)).complete


# ---------------------------------------------------------------- a node's own documents


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> tuple[Vault, FoundingRequest, TrustSet]:
    vault = Vault.create(tmp_path_factory.mktemp("node") / "keys", b"word", os.urandom)
    request = founding.found(vault, os.urandom, net="training", auth="ke", country="KEN", name="Kenya")
    root_document = ceremony.found_training(vault, request, os.urandom, at_ms=NOW)
    return vault, request, install(root_document, request, at_ms=NOW)


def test_a_training_root_is_made_in_place(trained: tuple[Vault, FoundingRequest, TrustSet]) -> None:
    vault, request, trust = trained
    assert (trust.net, trust.root.threshold, len(vault.records("root"))) == ("training", 1, 2)
    assert read_founding(request.to_bytes()).keyset == trust.root.keyset


def test_a_real_root_is_never_made_in_place(trained: tuple[Vault, FoundingRequest, TrustSet]) -> None:
    vault, request, _ = trained
    with pytest.raises(CeremonyRefused, match="for training"):
        ceremony.found_training(vault, request.model_copy(update={"net": "real"}), os.urandom, at_ms=NOW)
    assert len(vault.records("root")) == 2


def test_the_first_keyset_lists_every_key_of_the_vault(trained: tuple[Vault, FoundingRequest, TrustSet]) -> None:
    vault, _, trust = trained
    written = first_keyset(trust.root, vault.records(), at_ms=NOW, origin="ke/itx", contact=Contact(name="Desk"))
    believed = trust.update_keyset(issue_keyset(written, vault.signers("keyset")))
    assert believed.keyset == written
    listed = (*written.keys, *written.kem, written.log.ed25519, written.log.mldsa44, *trust.root.keyset)
    assert len(listed) == len(FIRST_KEYS)


def test_what_is_sealed_to_a_new_node_is_opened_by_its_vault(trained: tuple[Vault, FoundingRequest, TrustSet]) -> None:
    vault, _, trust = trained
    written = first_keyset(trust.root, vault.records(), at_ms=NOW, origin="ke/itx", contact=Contact(name="Desk"))
    believed = trust.update_keyset(issue_keyset(written, vault.signers("keyset")))
    for carriage in ("online", "file"):
        kid, sealed = believed.seal(b"context", b"plain", carriage)
        assert vault.unseal(kid, b"context", sealed) == b"plain"


def test_a_renewed_keyset_follows_the_one_before(trained: tuple[Vault, FoundingRequest, TrustSet]) -> None:
    vault, _, trust = trained
    first = first_keyset(trust.root, vault.records(), at_ms=NOW, origin="ke/itx", contact=Contact(name="Desk"))
    second = renew_keyset(first, at_ms=NOW + DAY, contact=Contact(name="New desk"))
    believed = trust.update_keyset(issue_keyset(first, vault.signers("keyset")))
    renewed = believed.update_keyset(issue_keyset(second, vault.signers("keyset")))
    assert renewed.keyset == second
    assert (second.ver, second.exp, second.contact.name) == (2, NOW + DAY + keyset.LIFETIME_MS, "New desk")


def test_a_file_that_nobody_signed_is_known_from_one_that_somebody_did(tmp_path: Path) -> None:
    path = new_ceremony(tmp_path, REQUEST, HOLDERS, 2, os.urandom, at_ms=NOW)
    proposed = unsigned(path.read_bytes())
    assert [one.name for one in proposed.holders] == [*HOLDERS] if proposed else False
    sign_file(path, tmp_path / "holder-1-achieng.key", HOLDERS["Achieng"])
    assert unsigned(path.read_bytes()) is None


def test_a_vault_without_keys_of_a_root_is_no_holder(tmp_path: Path) -> None:
    vault = Vault.create(tmp_path / "keys", b"a passphrase for tests", os.urandom)
    with pytest.raises(CeremonyRefused, match="holds no keys of a root"):
        training_holder(vault)
