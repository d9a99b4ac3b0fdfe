"""Every algorithm and suite makes what it takes, and takes nothing else."""

import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.bindings._rust import openssl
from cryptography.hazmat.primitives import hpke

from keys import algorithms
from keys.algorithms import ALGORITHMS, SUITES, draw_seed, opening_key, seal, signing_key, verify
from protocol.errors import BadSignature, DecryptFailed
from tests.trust.authority import kem_key, key, seed

VECTORS = json.loads((Path(__file__).parent / "vectors" / "hpke.json").read_bytes())
CHACHA = hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.CHACHA20_POLY1305)
P256_AES = SUITES["p256"].hpke


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_signature_verifies_over_what_was_signed(alg: str) -> None:
    signer = key("round", alg)
    verify(signer.public, b"what was said", signer.sign(b"what was said"))
    assert signer.alg == alg


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_signature_does_not_verify_over_anything_else(alg: str) -> None:
    signer = key("round", alg)
    with pytest.raises(BadSignature):
        verify(signer.public, b"what was not said", signer.sign(b"what was said"))


@pytest.mark.parametrize("alg", ALGORITHMS)
@pytest.mark.parametrize("cut", [0, 1, 63, -1])
def test_a_signature_cut_short_does_not_verify(alg: str, cut: int) -> None:
    signer = key("round", alg)
    with pytest.raises(BadSignature):
        verify(signer.public, b"said", signer.sign(b"said")[:cut])


@pytest.mark.parametrize("alg", ALGORITHMS)
def test_a_signature_by_another_key_does_not_verify(alg: str) -> None:
    with pytest.raises(BadSignature):
        verify(key("round", alg).public, b"said", key("other", alg).sign(b"said"))


def test_es256_signs_two_integers_of_32_bytes() -> None:
    assert {len(key("round", "ES256").sign(bytes([n]))) for n in range(20)} == {64}


def test_es256_with_a_byte_too_many_does_not_verify() -> None:
    good = key("round", "ES256").sign(b"said")
    with pytest.raises(BadSignature):
        verify(key("round", "ES256").public, b"said", good[:32] + b"\x00" + good[32:])


def test_es256_with_zeros_in_place_of_the_integers_does_not_verify() -> None:
    with pytest.raises(BadSignature):
        verify(key("round", "ES256").public, b"said", bytes(64))


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_sealed_opens_with_the_key_and_the_context(suite: str) -> None:
    private = kem_key("round", suite)
    assert private.open(b"context", seal(private.public, b"context", b"plain")) == b"plain"


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_sealed_does_not_open_in_another_context(suite: str) -> None:
    private = kem_key("round", suite)
    with pytest.raises(DecryptFailed):
        private.open(b"another", seal(private.public, b"context", b"plain"))


@pytest.mark.parametrize("suite", SUITES)
def test_what_is_sealed_does_not_open_with_another_key(suite: str) -> None:
    with pytest.raises(DecryptFailed):
        kem_key("other", suite).open(b"context", seal(kem_key("round", suite).public, b"context", b"plain"))


@pytest.mark.parametrize("suite", SUITES)
@pytest.mark.parametrize("length", [0, 1, 64, 65, 1120, 1135, 1136])
def test_what_is_no_sealed_text_does_not_open(suite: str, length: int) -> None:
    with pytest.raises(DecryptFailed):
        kem_key("round", suite).open(b"context", bytes(length))


@pytest.mark.parametrize(("name", "suite"), [("xwing", CHACHA), ("p256", P256_AES)])
def test_the_working_groups_vector_opens_with_our_expansion_of_its_seed(name: str, suite: hpke.Suite) -> None:
    vector: dict[str, Any] = VECTORS[name]
    first = {member: bytes.fromhex(value) for member, value in vector["encryption"].items()}
    private = opening_key(name, bytes.fromhex(vector["skRm"]))
    sealed, info = bytes.fromhex(vector["enc"]) + first["ct"], bytes.fromhex(vector["info"])
    opened = openssl.hpke._decrypt_with_aad(suite, sealed, private._private, info=info, aad=first["aad"])
    assert (private.public.raw.hex(), opened) == (vector["pkRm"], first["pt"])


def test_a_p256_seed_outside_the_order_is_drawn_again() -> None:
    draws = iter([bytes(32), b"\xff" * 32, algorithms.P256_ORDER.to_bytes(32, "big"), seed("good")])
    assert draw_seed("ES256", lambda _: next(draws)) == seed("good")


def test_the_same_seed_makes_the_same_key() -> None:
    assert signing_key("ML-DSA-65", seed("one")) == signing_key("ML-DSA-65", seed("one"))


@pytest.mark.parametrize("alg", [*ALGORITHMS, *SUITES])
def test_a_private_key_shows_nothing_of_its_seed(alg: str) -> None:
    private = (signing_key if alg in ALGORITHMS else opening_key)(alg, seed("hidden"))
    assert seed("hidden").hex() not in repr(private)
    assert "_private" not in repr(private)
