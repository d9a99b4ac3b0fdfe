"""Which public keys are acceptable at all.

One function, used at enrolment and whenever a root or a keyset is read, so before anything is verified or sealed.

Rules
- The encoding is the canonical one and has the one right length.
- Ed25519: on the curve, not the identity, **of prime order** ([L]A is the identity). Refusing only points of small
  order is not enough: with a point of mixed order a signature can still verify for what it was not made for.
- P-256 (``ES256`` signatures and the ``p256`` suite): uncompressed, coordinates below the prime, on the curve (whose
  order is prime, so nothing else can be wrong; SEC 1, section 3.2.2.1).
- ML-DSA: the right length, and ``t1`` not near zero: with ``t1`` = 0 anybody can sign (FIPS 204, algorithm 8: the
  secret drops out of the equation), and its owner could say so.
- X-Wing (``xwing`` suite): the ML-KEM part passes the modulus check of FIPS 203, section 7.2; the X25519 part is
  canonical and not of low order (RFC 7748, section 7).
- Admission costs milliseconds, so the newest admitted keys are remembered by their bytes; refusals are not.

Example
    key = admit("Ed25519", raw)  # KeyRefused, or a PublicKey with its kid
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, Final

from cryptography.hazmat.primitives import hpke
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, x25519

from keys import edwards
from keys.errors import KeyRefused
from protocol import base64url, strictjson

__all__ = ["KEYS_REMEMBERED", "PublicKey", "admit"]

KEYS_REMEMBERED: Final = 4096  # some 200 States with 20 keys each

P256_PRIME: Final = 2**256 - 2**224 + 2**192 + 2**96 - 1
P256_B: Final = 0x5AC635D8AA3A93E7B3EBBD55769886BC651D06B0CC53B0F63BCE3C3E27D2604B
MLKEM768_BYTES: Final = 1184
MLKEM_VECTOR_BYTES: Final = 1152  # three polynomials of 256 coefficients, 12 bits each; the rest is a seed
MLKEM_MODULUS: Final = 3329
MLDSA_SEED_BYTES: Final = 32
MLDSA_ROW_BYTES: Final = 320  # 256 coefficients of t1, 10 bits each

# Canonical u-coordinates of order 1, 2, 4 and 8, of the curve and its twist (RFC 7748, section 7).
X25519_LOW_ORDER: Final = frozenset({
    0,
    1,
    325606250916557431795983626356110631294008115727848805560023387167927233504,
    39382357235489614581723060781553021112529911719440698176882885853963445705823,
    edwards.PRIME - 1,
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class PublicKey:
    """An admitted key. Only ``admit`` makes one; ``handle`` is the library's own object for it."""

    alg: str
    raw: bytes = field(repr=False)
    kid: str
    handle: Any = field(repr=False, compare=False)


def admit(alg: str, raw: bytes) -> PublicKey:
    """The key, ready for use, or KeyRefused. ``alg`` is a signature algorithm or the name of an HPKE suite."""
    return _admitted(alg, bytes(raw))


@lru_cache(maxsize=KEYS_REMEMBERED)
def _admitted(alg: str, raw: bytes) -> PublicKey:
    kind = KINDS.get(alg)
    if kind is None:
        raise KeyRefused(f"keys of type {alg!r} are not used here; known are {', '.join(KINDS)}")
    size, check, describe = kind
    if len(raw) != size:
        raise KeyRefused(f"a public key for {alg} has {size} bytes, this one {len(raw)}")
    return PublicKey(alg, raw, _thumbprint(describe(alg, raw)), check(raw))


def _thumbprint(members: dict[str, str]) -> str:
    """RFC 7638: SHA-256 over the required members, sorted and compact."""
    return base64url.encode(hashlib.sha256(strictjson.dump(members)).digest())


# ---------------------------------------------------------------- one check for each kind of key


def _check_ed25519(raw: bytes) -> ed25519.Ed25519PublicKey:
    point = edwards.decode(raw)
    if point is None:
        raise KeyRefused("these 32 bytes are not the canonical encoding of a point of edwards25519")
    if not edwards.is_of_prime_order(point):
        raise KeyRefused("this Ed25519 key is not of prime order: its owner could deny what it signed")
    return ed25519.Ed25519PublicKey.from_public_bytes(raw)


def _check_p256(raw: bytes) -> ec.EllipticCurvePublicKey:
    x, y = int.from_bytes(raw[1:33], "big"), int.from_bytes(raw[33:], "big")
    if raw[0] != 4 or max(x, y) >= P256_PRIME:
        raise KeyRefused("a P-256 key is given uncompressed: 04, then two coordinates below the prime")
    if (y * y - x * x * x + 3 * x - P256_B) % P256_PRIME != 0:
        raise KeyRefused("this point is not on P-256")
    return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), raw)


def _check_mldsa65(raw: bytes) -> mldsa.MLDSA65PublicKey:
    _refuse_small_t1(raw)
    return mldsa.MLDSA65PublicKey.from_public_bytes(raw)


def _check_mldsa44(raw: bytes) -> mldsa.MLDSA44PublicKey:
    _refuse_small_t1(raw)
    return mldsa.MLDSA44PublicKey.from_public_bytes(raw)


def _refuse_small_t1(raw: bytes) -> None:
    """Each polynomial of t1 must look drawn: in honest keys 6 % of coefficients are near zero, 50 % never happens.

    A coefficient counts as near zero where t1 * 2^13, centred modulo q, is within 2^18: then rounding can hide it.
    """
    for start in range(MLDSA_SEED_BYTES, len(raw), MLDSA_ROW_BYTES):
        row = _unpack(raw[start : start + MLDSA_ROW_BYTES], bits=10)
        if sum(value < 32 or value >= 1024 - 32 for value in row) > len(row) // 2:
            raise KeyRefused("this ML-DSA key is degenerate: anybody could sign for it")


def _check_xwing(raw: bytes) -> hpke.MLKEM768X25519PublicKey:
    lattice, curve = raw[:MLKEM768_BYTES], raw[MLKEM768_BYTES:]
    if any(value >= MLKEM_MODULUS for value in _unpack(lattice[:MLKEM_VECTOR_BYTES], bits=12)):
        raise KeyRefused("the ML-KEM part of this X-Wing key fails the modulus check")
    u = int.from_bytes(curve, "little")
    if u >= edwards.PRIME or u in X25519_LOW_ORDER:
        raise KeyRefused("the X25519 part of this X-Wing key is not canonical or of low order")
    return hpke.MLKEM768X25519PublicKey(
        mlkem.MLKEM768PublicKey.from_public_bytes(lattice), x25519.X25519PublicKey.from_public_bytes(curve)
    )


def _unpack(packed: bytes, *, bits: int) -> list[int]:
    """Coefficients of so many bits each, least significant first (FIPS 203 and 204: ByteDecode, SimpleBitUnpack)."""
    number, mask = int.from_bytes(packed, "little"), (1 << bits) - 1
    return [number >> shift & mask for shift in range(0, 8 * len(packed), bits)]


# ---------------------------------------------------------------- what a kid is the thumbprint of


def _okp(alg: str, raw: bytes) -> dict[str, str]:
    """RFC 8037, section 2."""
    return {"crv": alg, "kty": "OKP", "x": base64url.encode(raw)}


def _ec(_alg: str, raw: bytes) -> dict[str, str]:
    """RFC 7638, section 3.2."""
    return {"crv": "P-256", "kty": "EC", "x": base64url.encode(raw[1:33]), "y": base64url.encode(raw[33:])}


def _akp(alg: str, raw: bytes) -> dict[str, str]:
    """RFC 9964: the algorithm is part of the key."""
    return {"alg": alg, "kty": "AKP", "pub": base64url.encode(raw)}


def _suite(suite: str, raw: bytes) -> dict[str, str]:
    """Ours: no RFC names a thumbprint for HPKE keys."""
    return {"kty": "HPKE", "pub": base64url.encode(raw), "suite": suite}


KINDS: Final[dict[str, tuple[int, Callable[[bytes], Any], Callable[[str, bytes], dict[str, str]]]]] = {
    "Ed25519": (32, _check_ed25519, _okp),
    "ES256": (65, _check_p256, _ec),
    "ML-DSA-65": (1952, _check_mldsa65, _akp),
    "ML-DSA-44": (1312, _check_mldsa44, _akp),
    "xwing": (1216, _check_xwing, _suite),
    "p256": (65, _check_p256, _suite),
}
