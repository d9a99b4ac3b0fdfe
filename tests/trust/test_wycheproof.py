"""The vectors of Wycheproof through our own functions.

What is valid is taken, what is not is refused; what the profile forbids is refused by the profile, and counted.
"""

import json
from collections import Counter
from typing import Any

import pytest

from keys import symmetric
from keys.admission import admit
from keys.algorithms import verify
from keys.errors import KeyRefused, SealUnreadable
from protocol.errors import BadSignature
from tests.shared import SHARED, needs_shared

FOLDER = ("vectors", "wycheproof")


def cases(name: str) -> list[tuple[dict[str, Any], dict[str, Any]]]:
    groups = json.loads(SHARED.joinpath(*FOLDER, f"{name}_test.json").read_bytes())["testGroups"]
    return [(group, case) for group in groups for case in group["tests"]]


def taken(alg: str, raw: bytes, case: dict[str, Any]) -> bool:
    try:
        verify(admit(alg, raw), bytes.fromhex(case["msg"]), bytes.fromhex(case["sig"]))
    except (BadSignature, KeyRefused):
        return False
    return True


def mismatches(found: list[tuple[dict[str, Any], bool]]) -> list[int]:
    return [case["tcId"] for case, was_taken in found if was_taken != (case["result"] == "valid")]


@needs_shared(*FOLDER)
def test_ed25519_agrees_on_every_vector() -> None:
    found = [
        (case, taken("Ed25519", bytes.fromhex(group["publicKey"]["pk"]), case)) for group, case in cases("ed25519")
    ]
    assert (len(found), mismatches(found)) == (151, [])


@needs_shared(*FOLDER)
def test_es256_agrees_on_every_vector() -> None:
    name = "ecdsa_secp256r1_sha256_p1363"
    found = [
        (case, taken("ES256", bytes.fromhex(group["publicKey"]["uncompressed"]), case)) for group, case in cases(name)
    ]
    assert (len(found), mismatches(found)) == (262, [])


@needs_shared(*FOLDER)
def test_ml_dsa_65_agrees_on_every_vector_within_the_profile() -> None:
    found = [
        (case, taken("ML-DSA-65", bytes.fromhex(group["publicKey"]), case)) for group, case in cases("mldsa_65_verify")
    ]
    inside = [each for each in found if not forbidden(each[0])]
    assert (len(found), len(inside), mismatches(inside)) == (210, 206, [])


@needs_shared(*FOLDER)
def test_ml_dsa_65_with_a_context_or_a_zero_key_is_refused_by_the_profile() -> None:
    outside = [
        taken("ML-DSA-65", bytes.fromhex(group["publicKey"]), case)
        for group, case in cases("mldsa_65_verify")
        if forbidden(case)
    ]
    assert outside == [False] * 4


def forbidden(case: dict[str, Any]) -> bool:
    """Valid by FIPS 204, not here: a context that is not empty, and a public key whose t1 is zero."""
    return case["result"] == "valid" and (bool(case.get("ctx")) or "ZeroPublicKey" in case["flags"])


@needs_shared(*FOLDER)
def test_hkdf_agrees_on_every_vector() -> None:
    found = [(case, derived(case)) for _, case in cases("hkdf_sha256")]
    assert (len(found), mismatches(found)) == (86, [])


def derived(case: dict[str, Any]) -> bool:
    secret, salt, info = (bytes.fromhex(case[member]) for member in ("ikm", "salt", "info"))
    try:
        return symmetric.derive(secret, salt=salt, info=info, size=case["size"]) == bytes.fromhex(case["okm"])
    except ValueError:
        return False


@needs_shared(*FOLDER)
def test_aes_gcm_agrees_on_every_vector_within_the_profile() -> None:
    inside = [(case, opened(case)) for group, case in cases("aes_gcm") if sizes(group) == (256, 96, 128)]
    assert (len(inside), mismatches(inside)) == (66, [])


@needs_shared(*FOLDER)
def test_aes_gcm_with_other_keys_is_refused_by_the_profile() -> None:
    other = [case for group, case in cases("aes_gcm") if group["keySize"] != 256]
    for case in other:
        with pytest.raises(ValueError, match="32 bytes"):
            opened(case)
    assert other


@needs_shared(*FOLDER)
def test_aes_gcm_seals_as_the_vectors_do() -> None:
    counts: Counter[bool] = Counter()
    for group, case in cases("aes_gcm"):
        if sizes(group) == (256, 96, 128) and case["result"] == "valid":
            counts[sealed(case)] += 1
    assert set(counts) == {True}


def sizes(group: dict[str, Any]) -> tuple[int, int, int]:
    return group["keySize"], group["ivSize"], group["tagSize"]


def opened(case: dict[str, Any]) -> bool:
    key, nonce, ct, tag, bound = (bytes.fromhex(case[member]) for member in ("key", "iv", "ct", "tag", "aad"))
    try:
        return symmetric.unseal(key, nonce + ct + tag, bound) == bytes.fromhex(case["msg"])
    except SealUnreadable:
        return False


def sealed(case: dict[str, Any]) -> bool:
    key, nonce, plain, bound = (bytes.fromhex(case[member]) for member in ("key", "iv", "msg", "aad"))
    expected = bytes.fromhex(case["iv"] + case["ct"] + case["tag"])
    return symmetric.seal(key, plain, bound, lambda _: nonce) == expected
