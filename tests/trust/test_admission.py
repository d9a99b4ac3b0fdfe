"""No key is admitted with which its owner could deny what he signed."""

import json
from collections import Counter
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519, x25519

from keys import admission, edwards
from keys.admission import PublicKey, admit
from keys.algorithms import ALGORITHMS, SUITES, opening_key, signing_key, verify
from keys.errors import KeyRefused
from protocol import base64url
from protocol.errors import BadSignature
from tests.shared import SHARED, needs_shared
from tests.trust.authority import kem_key, key, seed

CCTV = ("vectors", "cctv-ed25519", "ed25519vectors.json")
BAD_SHAPES = {"low_order_A", "low_order_component_A", "non_canonical_A"}


def refused(alg: str, raw: bytes) -> bool:
    with pytest.raises(KeyRefused):
        admit(alg, raw)
    return True


# ---------------------------------------------------------------- Ed25519


@pytest.fixture(scope="module")
def edges() -> list[tuple[dict[str, Any], str]]:
    """Every edge vector, and what we make of it."""
    return [(vector, outcome(vector)) for vector in json.loads(SHARED.joinpath(*CCTV).read_bytes())]


def outcome(vector: dict[str, Any]) -> str:
    try:
        verify(admit("Ed25519", bytes.fromhex(vector["key"])), vector["msg"].encode(), bytes.fromhex(vector["sig"]))
    except KeyRefused:
        return "key refused"
    except BadSignature:
        return "signature refused"
    return "valid"


@needs_shared(*CCTV)
def test_no_key_of_low_mixed_or_doubtful_order_is_admitted(edges: list[tuple[dict[str, Any], str]]) -> None:
    bad = [said for vector, said in edges if BAD_SHAPES & set(vector["flags"] or ())]
    assert (len(bad), set(bad)) == (886, {"key refused"})


@needs_shared(*CCTV)
def test_the_edge_keys_that_draw_like_others_are_admitted(edges: list[tuple[dict[str, Any], str]]) -> None:
    good = [said for vector, said in edges if not BAD_SHAPES & set(vector["flags"] or ())]
    assert Counter(good) == {"signature refused": 26, "valid": 2}


@needs_shared(*CCTV)
def test_no_edge_signature_verifies_but_where_the_plain_equation_holds(
    edges: list[tuple[dict[str, Any], str]],
) -> None:
    assert [vector["flags"] for vector, said in edges if said == "valid"] == [["low_order_R"], None]


@pytest.mark.parametrize(
    "encoding",
    [
        pytest.param(1, id="the identity"),
        pytest.param(0, id="a point of order four"),
        pytest.param(edwards.PRIME - 1, id="the point of order two"),
        pytest.param(edwards.PRIME, id="zero spelled as the prime"),
        pytest.param(edwards.PRIME + 1, id="one spelled above the prime"),
        pytest.param(1 | 1 << 255, id="the identity with a sign"),
        pytest.param((edwards.PRIME - 1) | 1 << 255, id="the point of order two with a sign"),
        pytest.param(2, id="no point at all"),
        pytest.param(2**256 - 1, id="all bits set"),
    ],
)
def test_an_ed25519_key_that_is_no_key_is_refused(encoding: int) -> None:
    assert refused("Ed25519", encoding.to_bytes(32, "little"))


@pytest.mark.parametrize("number", [edwards.PRIME, edwards.PRIME + 18, 1 | 1 << 255, (edwards.PRIME - 1) | 1 << 255])
def test_a_second_spelling_of_a_point_decodes_to_none(number: int) -> None:
    assert edwards.decode(number.to_bytes(32, "little")) is None


def test_an_honest_point_moved_by_one_of_small_order_is_refused() -> None:
    honest = edwards.decode(key("honest").public.raw)
    order_two = edwards.Point(0, edwards.PRIME - 1, 1, 0)
    assert honest is not None
    assert edwards.is_of_prime_order(honest)
    assert not edwards.is_of_prime_order(edwards._add(honest, order_two))


def test_two_hundred_honest_ed25519_keys_are_admitted() -> None:
    keys = [ed25519.Ed25519PrivateKey.from_private_bytes(seed(f"honest {n}")) for n in range(200)]
    raws = [each.public_key().public_bytes_raw() for each in keys]
    assert [admit("Ed25519", raw).raw for raw in raws] == raws


# ---------------------------------------------------------------- the others


@pytest.mark.parametrize("alg", [*ALGORITHMS, *SUITES])
def test_an_honest_key_of_every_kind_is_admitted(alg: str) -> None:
    made = (signing_key if alg in ALGORITHMS else opening_key)(alg, seed("honest"))
    assert admit(alg, made.public.raw) == made.public


@pytest.mark.parametrize("alg", [*ALGORITHMS, *SUITES])
@pytest.mark.parametrize("longer_by", [-1, 1, -16])
def test_a_key_of_another_length_is_refused(alg: str, longer_by: int) -> None:
    raw = (signing_key if alg in ALGORITHMS else opening_key)(alg, seed("honest")).public.raw
    assert refused(alg, (raw + bytes(1))[: len(raw) + longer_by])


@pytest.mark.parametrize("alg", ["RSA", "ed25519", "X25519", "none", ""])
def test_a_key_of_an_unknown_kind_is_refused(alg: str) -> None:
    assert refused(alg, bytes(32))


def p256(x: int, y: int, first: int = 4) -> bytes:
    return bytes([first]) + x.to_bytes(32, "big") + y.to_bytes(32, "big")


HONEST_P256 = key("honest", "ES256").public.raw
Y_AT_ZERO = pow(admission.P256_B, (admission.P256_PRIME + 1) // 4, admission.P256_PRIME)  # (0, y) is on the curve
X, Y = int.from_bytes(HONEST_P256[1:33], "big"), int.from_bytes(HONEST_P256[33:], "big")


@pytest.mark.parametrize("alg", ["ES256", "p256"])
@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(p256(X, Y ^ 1), id="off the curve"),
        pytest.param(p256(0, 0), id="the origin"),
        pytest.param(p256(X, Y, first=6), id="hybrid form"),
        pytest.param(p256(X, Y, first=2), id="the mark of a compressed point"),
        pytest.param(p256(admission.P256_PRIME, Y_AT_ZERO), id="zero spelled as the prime"),
        pytest.param(p256(admission.P256_PRIME, Y), id="x not below the prime"),
        pytest.param(p256(X, admission.P256_PRIME), id="y not below the prime"),
        pytest.param(bytes([2 + Y % 2]) + X.to_bytes(32, "big"), id="compressed"),
    ],
)
def test_a_p256_key_that_is_no_plain_point_is_refused(alg: str, raw: bytes) -> None:
    assert refused(alg, raw)


@pytest.mark.parametrize(("alg", "rows"), [("ML-DSA-65", 6), ("ML-DSA-44", 4)])
@pytest.mark.parametrize("filling", [b"\x00", b"\xff"], ids=["t1 zero", "t1 nearly the modulus"])
def test_a_degenerate_ml_dsa_key_is_refused(alg: str, rows: int, filling: bytes) -> None:
    assert refused(alg, bytes(32) + filling * (320 * rows))


def test_an_ml_dsa_key_with_one_degenerate_row_is_refused() -> None:
    raw = key("honest", "ML-DSA-65").public.raw
    assert refused("ML-DSA-65", raw[:-320] + bytes(320))


def test_an_x_wing_key_that_fails_the_modulus_check_is_refused() -> None:
    raw = kem_key("honest").public.raw
    assert refused("xwing", (3329).to_bytes(2, "little") + raw[2:])


LOW_ORDER = sorted(admission.X25519_LOW_ORDER)


@pytest.mark.parametrize("u", [*LOW_ORDER, edwards.PRIME, edwards.PRIME + 1, 9 | 1 << 255])
def test_an_x_wing_key_whose_curve_part_is_weak_is_refused(u: int) -> None:
    raw = kem_key("honest").public.raw
    assert refused("xwing", raw[:1184] + u.to_bytes(32, "little"))


@pytest.mark.parametrize("u", LOW_ORDER)
def test_what_is_held_for_low_order_gives_the_library_no_shared_secret(u: int) -> None:
    private = x25519.X25519PrivateKey.from_private_bytes(seed("any"))
    with pytest.raises(ValueError, match="shared key"):
        private.exchange(x25519.X25519PublicKey.from_public_bytes(u.to_bytes(32, "little")))


# ---------------------------------------------------------------- names and memory


def test_the_kid_is_the_thumbprint_of_rfc_8037() -> None:
    raw = base64url.decode("11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo")  # RFC 8037, appendix A.2 and A.3
    assert admit("Ed25519", raw).kid == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k"


def test_one_point_has_another_kid_for_another_use() -> None:
    assert admit("ES256", HONEST_P256).kid != admit("p256", HONEST_P256).kid


def test_an_admitted_key_is_remembered_by_its_bytes() -> None:
    raw = key("remembered").public.raw
    assert admit("Ed25519", raw) is admit("Ed25519", bytes(bytearray(raw)))


def test_only_so_many_admitted_keys_are_remembered() -> None:
    assert admission._admitted.cache_info().maxsize == admission.KEYS_REMEMBERED


def test_a_public_key_shows_its_name_and_not_its_bytes() -> None:
    public: PublicKey = key("shown").public
    assert repr(public) == f"PublicKey(alg='Ed25519', kid='{public.kid}')"
