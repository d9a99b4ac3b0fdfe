"""Signed objects: the strict profile."""

from typing import Any

import pytest

from keys.algorithms import SigningKey, signing_key
from protocol import base64url, jws, strictjson
from protocol.errors import BadSignature, ProtocolError, SchemaInvalid, TooLarge, UnknownKey, UnsupportedSuite
from tests.wire.keyring import knows, seed

TYP = "itx-stmt+json"
ED = signing_key("Ed25519", seed("ed"))
PQ = signing_key("ML-DSA-65", seed("pq"))
EC = signing_key("ES256", seed("ec"))
ITEM = jws.sign(b"payload", TYP, [ED, PQ])


def changed(**members: Any) -> dict[str, Any]:
    return ITEM | members


def with_header(header: Any) -> dict[str, Any]:
    text = base64url.encode(header if isinstance(header, bytes) else strictjson.dump(header))
    return changed(signatures=[{"protected": text, "signature": base64url.encode(bytes(64))}])


def header(**members: Any) -> dict[str, Any]:
    return {"alg": "Ed25519", "kid": ED.kid, "typ": TYP} | members


@pytest.mark.parametrize(
    "keys", [[ED], [EC], [PQ], [ED, PQ], [ED, EC, PQ]], ids=lambda keys: "+".join(k.alg for k in keys)
)
def test_what_is_signed_verifies(keys: list[SigningKey]) -> None:
    parsed = jws.parse(jws.sign(b"payload", TYP, keys), TYP)
    jws.verify_each(parsed, knows(*keys))
    assert (parsed.payload, parsed.algs) == (b"payload", {key.alg for key in keys})


@pytest.mark.parametrize("keys", [[ED], [ED, PQ]])
def test_the_wire_of_an_object_is_its_canonical_dump(keys: list[SigningKey]) -> None:
    item = jws.sign(b"payload", TYP, keys)
    assert jws.wire(jws.parse(item, TYP)) == strictjson.dump(item)


def test_the_wire_of_an_envelope_holds_its_ciphertext() -> None:
    item = ITEM | {"ct": "AAAA"}
    assert jws.wire(jws.parse(item, TYP, extra=frozenset({"ct"})), "AAAA") == strictjson.dump(item)


def test_one_signature_that_fails_spoils_all() -> None:
    first, second = ITEM["signatures"]
    broken = second | {"signature": base64url.encode(bytes(3309))}
    with pytest.raises(BadSignature):
        jws.verify_each(jws.parse(changed(signatures=[first, broken]), TYP), knows(ED, PQ))


def test_a_signature_of_a_stranger_spoils_all() -> None:
    with pytest.raises(UnknownKey):
        jws.verify_each(jws.parse(ITEM, TYP), knows(ED))


def test_the_key_decides_the_algorithm() -> None:
    ed_as_ec = with_header(header(alg="ES256"))
    with pytest.raises(BadSignature):
        jws.verify_each(jws.parse(ed_as_ec, TYP), knows(ED))


def test_an_object_of_one_slot_is_refused_in_every_other() -> None:
    slots = [f"itx-{slot}+json" for slot in ("env", "stmt", "rcpt", "root", "keyset", "pull", "bundle", "hello")]
    objects = {slot: jws.sign(b"payload", slot, [ED]) for slot in slots}
    assert [(one, other) for one in slots for other in slots if fits(objects[one], other)] == [(s, s) for s in slots]


def fits(item: dict[str, Any], slot: str) -> bool:
    try:
        jws.parse(item, slot)
    except SchemaInvalid:
        return False
    return True


ILL_FORMED = {
    "no object": [],
    "nothing": None,
    "no payload": {"signatures": ITEM["signatures"]},
    "a member too many": changed(header={}),
    "ciphertext where none belongs": changed(ct="AAAA"),
    "payload no text": changed(payload=5),
    "payload no base64url": changed(payload="A="),
    "signatures no list": changed(signatures={}),
    "no signature": changed(signatures=[]),
    "five signatures": changed(signatures=ITEM["signatures"] * 3),
    "a signature no object": changed(signatures=["x"]),
    "an unprotected header": changed(signatures=[ITEM["signatures"][0] | {"header": {}}]),
    "a protected header no text": changed(signatures=[ITEM["signatures"][0] | {"protected": {}}]),
    "a long protected header": changed(signatures=[ITEM["signatures"][0] | {"protected": "A" * 513}]),
    "a signature no text": changed(signatures=[ITEM["signatures"][0] | {"signature": None}]),
    "a long signature": changed(signatures=[ITEM["signatures"][0] | {"signature": "A" * 4501}]),
    "the same key twice": changed(signatures=[ITEM["signatures"][0]] * 2),
    "a header no object": with_header([]),
    "a header with a member too many": with_header(header(crit=[])),
    "a header with jwk": with_header(header(jwk={})),
    "a header with b64": with_header(header(b64=False)),
    "a header without typ": with_header({"alg": "Ed25519", "kid": ED.kid}),
    "a header that is not JSON": with_header(b"{"),
    "a header with a duplicate": with_header(b'{"alg":"Ed25519","alg":"Ed25519","kid":"' + ED.kid.encode() + b'"}'),
    "alg no text": with_header(header(alg=1)),
    "kid no text": with_header(header(kid=None)),
    "typ no text": with_header(header(typ=[])),
    "kid no thumbprint": with_header(header(kid="1")),
    "another typ": with_header(header(typ="itx-env+json")),
    "typ in another case": with_header(header(typ=TYP.upper())),
}


@pytest.mark.parametrize("name", ILL_FORMED)
def test_an_object_of_another_shape_is_refused(name: str) -> None:
    with pytest.raises(SchemaInvalid):
        jws.parse(ILL_FORMED[name], TYP)


@pytest.mark.parametrize("alg", ["none", "HS256", "RS256", "ES384", "EdDSA", "ed25519", "ML-DSA-44", ""])
def test_no_other_algorithm_exists(alg: str) -> None:
    with pytest.raises(UnsupportedSuite):
        jws.parse(with_header(header(alg=alg)), TYP)


def test_a_signature_of_another_length_is_none() -> None:
    short = ITEM["signatures"][0] | {"signature": base64url.encode(bytes(63))}
    with pytest.raises(BadSignature):
        jws.parse(changed(signatures=[short]), TYP)


def test_a_payload_over_its_limit_is_refused_before_it_is_decoded() -> None:
    with pytest.raises(TooLarge):
        jws.parse(changed(payload="!" * 140), TYP, max_payload_bytes=100)


def test_every_changed_bit_of_a_signed_object_is_found() -> None:
    item = jws.sign(b"payload", TYP, [ED])
    wire = strictjson.dump(item)
    taken = [
        at
        for at in range(len(wire) * 8)
        if verifies(wire[: at // 8] + bytes([wire[at // 8] ^ 1 << at % 8]) + wire[at // 8 + 1 :])
    ]
    assert taken == []


def verifies(wire: bytes) -> bool:
    try:
        jws.verify_each(jws.parse(strictjson.load(wire, 1 << 16), TYP), knows(ED))
    except ProtocolError:
        return False
    return True
