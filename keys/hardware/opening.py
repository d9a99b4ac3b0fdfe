"""Opening what was sealed to a P-256 key whose private half only a token holds (RFC 9180, base mode, single shot).

The token does one thing: the agreement of its private key with the sender's point, which gives the x coordinate the two
share. What follows from it (RFC 9180, sections 4.1 and 5.1) is computed here, because the library takes private keys
only: DHKEM(P-256, HKDF-SHA256), HKDF-SHA256, AES-256-GCM.

Example: ``open_sealed(lambda point: module.agree(uri, point), public.raw, info, ct)``
"""

import hashlib
import hmac
from collections.abc import Callable
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from protocol.errors import DecryptFailed

__all__ = ["POINT_BYTES", "open_sealed"]

POINT_BYTES: Final = 65
KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
SECRET_BYTES: Final = 32
TAG_BYTES: Final = 16
KEM: Final = b"KEM\x00\x10"  # DHKEM(P-256, HKDF-SHA256)
HPKE: Final = b"HPKE\x00\x10\x00\x01\x00\x02"  # that, HKDF-SHA256, AES-256-GCM
BASE_MODE: Final = b"\x00"


def open_sealed(agree: Callable[[bytes], bytes], public: bytes, info: bytes, ct: bytes) -> bytes:
    """The plaintext, or DecryptFailed: the same for every cause (RFC 9180, section 9.1)."""
    point, sealed = ct[:POINT_BYTES], ct[POINT_BYTES:]
    if len(sealed) < TAG_BYTES or not _is_on_curve(point):  # a token may not look: an odd point would tell of its key
        raise DecryptFailed(_REFUSED)
    key, nonce = _schedule(_shared_secret(agree(point), point + public), info)
    try:
        return AESGCM(key).decrypt(nonce, sealed, b"")
    except InvalidTag as fault:
        raise DecryptFailed(_REFUSED) from fault


_REFUSED: Final = "the sealed part does not open with this key and context"


def _is_on_curve(point: bytes) -> bool:
    try:
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), point)
    except ValueError:
        return False
    return len(point) == POINT_BYTES


def _shared_secret(agreed: bytes, context: bytes) -> bytes:
    prk = _extract(KEM, b"", b"eae_prk", agreed)
    return _expand(KEM, prk, b"shared_secret", context, SECRET_BYTES)


def _schedule(shared_secret: bytes, info: bytes) -> tuple[bytes, bytes]:
    context = BASE_MODE + _extract(HPKE, b"", b"psk_id_hash", b"") + _extract(HPKE, b"", b"info_hash", info)
    secret = _extract(HPKE, shared_secret, b"secret", b"")
    return (
        _expand(HPKE, secret, b"key", context, KEY_BYTES),
        _expand(HPKE, secret, b"base_nonce", context, NONCE_BYTES),
    )


def _extract(suite: bytes, salt: bytes, label: bytes, value: bytes) -> bytes:
    """LabeledExtract: HKDF-Extract is an HMAC under the salt."""
    return hmac.new(salt, b"HPKE-v1" + suite + label + value, hashlib.sha256).digest()


def _expand(suite: bytes, prk: bytes, label: bytes, context: bytes, length: int) -> bytes:
    """LabeledExpand."""
    labelled = length.to_bytes(2, "big") + b"HPKE-v1" + suite + label + context
    return HKDFExpand(hashes.SHA256(), length, labelled).derive(prk)
