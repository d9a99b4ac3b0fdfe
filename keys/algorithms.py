"""One table: name of an algorithm -> how to make a key of it, sign, verify; name of a suite -> seal, open.

Rules
- Every private key is a short seed (32 bytes): that is what the vault keeps. Everything else follows from it.
- The names are those of the wire: JWS ``alg`` values, and ``xwing``/``p256`` for the two HPKE suites. ML-DSA-44 signs
  checkpoints only (C2SP tlog-cosignature) and is not a JWS algorithm here.
- Only admitted keys (``admission.PublicKey``) verify or are sealed to.
- Random bytes come as a parameter where the library lets them; HPKE, ECDSA and ML-DSA draw their own inside it.

Example
    key = signing_key("Ed25519", draw_seed("Ed25519", random))
    verify(key.public, data, key.sign(data))  # None, or BadSignature
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, NamedTuple

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, mldsa, mlkem, x25519
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from keys.admission import PublicKey, admit
from protocol.errors import BadSignature, DecryptFailed

__all__ = [
    "ALGORITHMS", "CLASSICAL", "POST_QUANTUM", "SEED_BYTES", "SUITES", "Algorithm", "OpeningKey", "Random",
    "SigningKey", "Suite", "draw_seed", "opening_key", "seal", "signing_key", "verify",
]  # fmt: skip

Random = Callable[[int], bytes]
"""So many bytes from a source fit for keys."""

SEED_BYTES: Final = 32
P256_ORDER: Final = 0xFFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551

CLASSICAL: Final = frozenset({"Ed25519", "ES256"})
POST_QUANTUM: Final = frozenset({"ML-DSA-65"})


Load = Callable[[bytes], tuple[Any, bytes]]
"""From a seed: the library's private object, and the raw public key."""


class Algorithm(NamedTuple):
    """One kind of signing key: ``sign(private, data)`` and ``verify(public, signature, data)``."""

    load: Load
    sign: Callable[[Any, bytes], bytes]
    verify: Callable[[Any, bytes, bytes], None]


class Suite(NamedTuple):
    """One HPKE suite (RFC 9180), single shot in base mode; what is sealed is the encapsulated key, then the text."""

    load: Load
    hpke: hpke.Suite


@dataclass(frozen=True, slots=True)
class SigningKey:
    """A private key that signs. Shows nothing but its name."""

    public: PublicKey
    _private: Any = field(repr=False, compare=False)

    @property
    def kid(self) -> str:
        return self.public.kid

    @property
    def alg(self) -> str:
        return self.public.alg

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data``."""
        return ALGORITHMS[self.alg].sign(self._private, data)


@dataclass(frozen=True, slots=True)
class OpeningKey:
    """A private key that opens what was sealed to it. Shows nothing but its name."""

    public: PublicKey
    _private: Any = field(repr=False, compare=False)

    @property
    def kid(self) -> str:
        return self.public.kid

    def open(self, info: bytes, ct: bytes) -> bytes:
        """The plaintext, or DecryptFailed: the same for every cause (RFC 9180, section 9.1)."""
        try:
            return SUITES[self.public.alg].hpke.decrypt(ct, self._private, info=info)
        except (InvalidTag, ValueError) as fault:
            raise DecryptFailed("the sealed part does not open with this key and context") from fault


def draw_seed(name: str, random: Random) -> bytes:
    """A fresh private seed for an algorithm or suite; for P-256 a scalar below the order, by rejection."""
    seed = random(SEED_BYTES)
    if name in {"ES256", "p256"}:
        while not 0 < int.from_bytes(seed, "big") < P256_ORDER:
            seed = random(SEED_BYTES)
    return seed


def signing_key(alg: str, seed: bytes) -> SigningKey:
    """The signing key of a seed."""
    private, raw = ALGORITHMS[alg].load(seed)
    return SigningKey(admit(alg, raw), private)


def opening_key(suite: str, seed: bytes) -> OpeningKey:
    """The opening key of a seed."""
    private, raw = SUITES[suite].load(seed)
    return OpeningKey(admit(suite, raw), private)


def verify(key: PublicKey, data: bytes, signature: bytes) -> None:
    """Return, or raise BadSignature: the same for every cause."""
    try:
        ALGORITHMS[key.alg].verify(key.handle, signature, data)
    except (InvalidSignature, ValueError) as fault:
        raise BadSignature(f"expected a signature by {key.kid}, this is none") from fault


def seal(key: PublicKey, info: bytes, plaintext: bytes) -> bytes:
    """Sealed to ``key`` in the context ``info``; the key's suite decides how."""
    return SUITES[key.alg].hpke.encrypt(plaintext, key.handle, info=info)


# ---------------------------------------------------------------- from a seed


def _load_ed25519(seed: bytes) -> tuple[Any, bytes]:
    private = ed25519.Ed25519PrivateKey.from_private_bytes(seed)
    return private, private.public_key().public_bytes_raw()


def _load_mldsa65(seed: bytes) -> tuple[Any, bytes]:
    private = mldsa.MLDSA65PrivateKey.from_seed_bytes(seed)
    return private, private.public_key().public_bytes_raw()


def _load_mldsa44(seed: bytes) -> tuple[Any, bytes]:
    private = mldsa.MLDSA44PrivateKey.from_seed_bytes(seed)
    return private, private.public_key().public_bytes_raw()


def _load_p256(seed: bytes) -> tuple[Any, bytes]:
    """The seed is the scalar itself."""
    private = ec.derive_private_key(int.from_bytes(seed, "big"), ec.SECP256R1())
    return private, private.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)


def _load_xwing(seed: bytes) -> tuple[Any, bytes]:
    """SHAKE-256 of the seed gives ML-KEM's d and z, then the X25519 scalar (draft-connolly-cfrg-xwing-kem, 5.2)."""
    expanded = hashlib.shake_256(seed).digest(96)
    lattice = mlkem.MLKEM768PrivateKey.from_seed_bytes(expanded[:64])
    curve = x25519.X25519PrivateKey.from_private_bytes(expanded[64:])
    raw = lattice.public_key().public_bytes_raw() + curve.public_key().public_bytes_raw()
    return hpke.MLKEM768X25519PrivateKey(lattice, curve), raw


# ---------------------------------------------------------------- signatures


def _sign_plain(private: Any, data: bytes) -> bytes:
    """Ed25519 (RFC 8032) and ML-DSA (FIPS 204, hedged, empty context) sign the bytes themselves."""
    signature: bytes = private.sign(data)
    return signature


def _verify_plain(public: Any, signature: bytes, data: bytes) -> None:
    public.verify(signature, data)


def _sign_es256(private: ec.EllipticCurvePrivateKey, data: bytes) -> bytes:
    """The two integers, 32 bytes each (RFC 7518, section 3.4), not the DER the library gives."""
    r, s = decode_dss_signature(private.sign(data, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def _verify_es256(public: ec.EllipticCurvePublicKey, signature: bytes, data: bytes) -> None:
    if len(signature) != 64:
        raise InvalidSignature
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    public.verify(encode_dss_signature(r, s), data, ec.ECDSA(hashes.SHA256()))


# ---------------------------------------------------------------- the tables

ALGORITHMS: Final = {
    "Ed25519": Algorithm(_load_ed25519, _sign_plain, _verify_plain),
    "ES256": Algorithm(_load_p256, _sign_es256, _verify_es256),
    "ML-DSA-65": Algorithm(_load_mldsa65, _sign_plain, _verify_plain),
    "ML-DSA-44": Algorithm(_load_mldsa44, _sign_plain, _verify_plain),
}

SUITES: Final = {
    "xwing": Suite(_load_xwing, hpke.Suite(hpke.KEM.MLKEM768_X25519, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)),
    "p256": Suite(_load_p256, hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)),
}
