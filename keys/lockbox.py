"""What a passphrase locks: a header that stands beside the sealed things, and the keys that follow from both.

Rules
- Argon2id (RFC 9106) stretches the passphrase; its costs and salt stand in the header, so they can be raised later. The
  costs here take about 0.2 s and 64 MiB: dear for who guesses, bearable for a node that starts.
- A header from outside may not ask for more than ``MOST``: a file must not be able to eat the machine.
- A wrong passphrase is told apart from an altered file: the header holds a check value derived beside the keys.
- Three keys for three purposes, by HKDF: sealing, the MAC over the whole file, the check value.

Example
    lock = Lockbox.new(b"correct horse", random)
    again = Lockbox.of(lock.header, b"correct horse")
    again.unseal(lock.seal(b"seed", "k1", random), "k1")
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final, Literal, Self

from argon2.low_level import Type, hash_secret_raw
from pydantic import BaseModel, ConfigDict, Field

from keys import symmetric
from keys.algorithms import Random
from keys.errors import CustodyFault, SealUnreadable, VaultDamaged, WrongPassphrase
from protocol import base64url
from protocol.errors import SchemaInvalid

__all__ = ["LockHeader", "Lockbox"]

SALT_BYTES: Final = 16
MEMORY_KIB: Final = 64 * 1024  # RFC 9106, section 4, second recommended option, on one lane
PASSES: Final = 3
MOST_MEMORY_KIB: Final = 256 * 1024
MOST_PASSES: Final = 16


class LockHeader(BaseModel):
    """How the passphrase is stretched, and how to tell whether it is the right one. Nothing here is secret."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")

    kdf: Literal["argon2id"]
    salt: str = Field(min_length=22, max_length=64)
    memory_kib: int = Field(ge=8 * 1024, le=MOST_MEMORY_KIB)
    passes: int = Field(ge=1, le=MOST_PASSES)
    check: str


@dataclass(frozen=True, slots=True)
class Lockbox:
    """An opened lock. Shows its header only."""

    header: LockHeader
    _sealing_key: bytes = field(repr=False)
    _mac_key: bytes = field(repr=False)

    @classmethod
    def new(cls, passphrase: bytes, random: Random) -> Self:
        """A lock of today's costs under a fresh salt."""
        if not passphrase:
            raise CustodyFault("the passphrase is empty")
        salt = base64url.encode(random(SALT_BYTES))
        stretched = _stretch(passphrase, salt, MEMORY_KIB, PASSES)
        check = base64url.encode(_subkey(stretched, b"check"))
        header = LockHeader(kdf="argon2id", salt=salt, memory_kib=MEMORY_KIB, passes=PASSES, check=check)
        return cls(header, _subkey(stretched, b"seal"), _subkey(stretched, b"mac"))

    @classmethod
    def of(cls, header: LockHeader, passphrase: bytes) -> Self:
        """The lock of a header, or WrongPassphrase."""
        stretched = _stretch(passphrase, header.salt, header.memory_kib, header.passes)
        check = base64url.encode(_subkey(stretched, b"check"))
        if not hmac.compare_digest(check.encode(), header.check.encode()):
            raise WrongPassphrase("the passphrase does not open this file")
        return cls(header, _subkey(stretched, b"seal"), _subkey(stretched, b"mac"))

    def seal(self, plaintext: bytes, name: str, random: Random) -> str:
        """``plaintext`` under this lock as text, to be opened under the same ``name``."""
        return base64url.encode(symmetric.seal(self._sealing_key, plaintext, name.encode(), random))

    def unseal(self, box: str, name: str) -> bytes:
        """What was sealed under ``name``, or VaultDamaged."""
        try:
            return symmetric.unseal(self._sealing_key, base64url.decode(box), name.encode())
        except (SealUnreadable, SchemaInvalid) as fault:
            raise VaultDamaged(f"the entry {name} was altered") from fault

    def mac(self, content: bytes) -> str:
        """HMAC-SHA256 over the content of a file, as text."""
        return base64url.encode(hmac.digest(self._mac_key, content, hashlib.sha256))


def _stretch(passphrase: bytes, salt: str, memory_kib: int, passes: int) -> bytes:
    """The salt is used as its text, so that every text is some salt."""
    return hash_secret_raw(passphrase, salt.encode(), passes, memory_kib, 1, symmetric.KEY_BYTES, Type.ID)


def _subkey(stretched: bytes, purpose: bytes) -> bytes:
    return symmetric.derive(stretched, salt=b"", info=b"itx/1 lockbox " + purpose, size=symmetric.KEY_BYTES)
