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
from protocol import base64url, jws, strictjson
from protocol.errors import BadSignature, ProtocolError
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


# ---------------------------------------------------------------- JSON web signatures


def as_ours(case: dict[str, Any]) -> dict[str, Any]:
    """A compact JWS in the general form, which is the one this profile has."""
    protected, payload, signature = (*case["jws"].split("."), "", "")[:3]
    return {"payload": payload, "signatures": [{"protected": protected, "signature": signature}]}


def is_p256(group: dict[str, Any]) -> bool:
    return (group.get("public") or {}).get("crv") == "P-256"


@needs_shared(*FOLDER)
def test_json_web_signatures_of_other_profiles_are_all_refused_by_the_profile() -> None:
    """HMAC, RSA, P-521, headers of their own: whatever is valid elsewhere names no slot of ours."""
    found = cases("json_web_signature")
    for _, case in found:
        with pytest.raises(ProtocolError):
            jws.parse(as_ours(case), "itx-stmt+json", most=4)
    assert (len(found), sum(case["result"] == "valid" for _, case in found)) == (401, 46)


@needs_shared(*FOLDER)
def test_json_web_signatures_by_p256_agree_on_every_vector_below_the_profile() -> None:
    """The same bytes through our own base64url, admission and ES256, the profile of headers left aside."""
    found = [(case, web_signature_holds(group, case)) for group, case in cases("json_web_signature") if is_p256(group)]
    assert (len(found), mismatches(found)) == (41, [])


def web_signature_holds(group: dict[str, Any], case: dict[str, Any]) -> bool:
    parts = case["jws"].split(".")
    public = group["public"]
    raw = b"\x04" + base64url.decode(public["x"]) + base64url.decode(public["y"])
    try:
        header = strictjson.load(base64url.decode(parts[0]), 4096)
        base64url.decode(parts[1])
        verify(admit("ES256", raw), ".".join(parts[:2]).encode(), base64url.decode(parts[2]))
    except (BadSignature, KeyRefused, ProtocolError, IndexError):
        return False
    return bool(len(parts) == 3 and header["alg"] == public.get("alg") == "ES256")
