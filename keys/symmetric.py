"""Secret-key encryption and derivation, each in the one form this project uses.

Rules
- AES-256-GCM, 96-bit random nonce, 128-bit tag (NIST SP 800-38D); sealed = nonce, ciphertext, tag. What a sealed thing
  is for is bound as associated data.
- HKDF with SHA-256 (RFC 5869).

Example: ``unseal(key, seal(key, b"text", b"column", random), b"column") == b"text"``
"""

from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from keys.algorithms import Random
from keys.errors import SealUnreadable

__all__ = ["KEY_BYTES", "derive", "seal", "unseal"]

KEY_BYTES: Final = 32
NONCE_BYTES: Final = 12
TAG_BYTES: Final = 16


def seal(key: bytes, plaintext: bytes, bound: bytes, random: Random) -> bytes:
    """``plaintext`` under ``key``, to be opened only with the same ``bound``."""
    nonce = random(NONCE_BYTES)
    return nonce + _cipher(key).encrypt(nonce, plaintext, bound)


def unseal(key: bytes, sealed: bytes, bound: bytes) -> bytes:
    """What ``seal`` was given, or SealUnreadable: the same for every cause."""
    cipher = _cipher(key)
    if len(sealed) < NONCE_BYTES + TAG_BYTES:
        raise SealUnreadable("what was encrypted is cut short")
    try:
        return cipher.decrypt(sealed[:NONCE_BYTES], sealed[NONCE_BYTES:], bound)
    except InvalidTag as fault:
        raise SealUnreadable("what was encrypted does not open: altered, moved, or another key") from fault


def _cipher(key: bytes) -> AESGCM:
    if len(key) != KEY_BYTES:
        raise ValueError(f"keys of AES-256-GCM have {KEY_BYTES} bytes, this one {len(key)}")
    return AESGCM(key)


def derive(secret: bytes, *, salt: bytes, info: bytes, size: int) -> bytes:
    """So many bytes for one purpose. ValueError above 255 blocks (RFC 5869, section 2.3)."""
    return HKDF(SHA256(), size, salt, info).derive(secret)
