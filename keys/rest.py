"""Encryption at rest, and search in what is encrypted.

Rules
- Every case has a content key of its own, kept wrapped under the node's ``rest`` secret. Destroying the wrapped key
  erases the case; the audit tree keeps its leaves and stays valid.
- ``context`` (which column of which row) is bound, so that a value moved to another place does not open.
- Search runs on tokens: HMAC-SHA256 of a normalised word under the ``search`` secret, cut to 128 bits. Equal words give
  equal tokens, so how often a word occurs is visible to who reads the database, and nothing else.

Example
    wrapped, key = cipher.new_key()
    blob = cipher.encrypt(key, b"...", "messages.inner/ke:0198...")
    cipher.decrypt(cipher.unwrap(wrapped), blob, "messages.inner/ke:0198...")
"""

import hashlib
import hmac
from dataclasses import dataclass, field
from typing import Final

from keys import symmetric
from keys.algorithms import Random
from keys.errors import SealUnreadable

__all__ = ["ContentCipher"]

FORM: Final = b"\x01"  # so that another form can follow one day
WRAP_CONTEXT: Final = "content-key"
TOKEN_DIGITS: Final = 32


@dataclass(frozen=True, slots=True)
class ContentCipher:
    """Wraps content keys, encrypts under them, and makes search tokens."""

    _rest_secret: bytes = field(repr=False)
    _search_secret: bytes = field(repr=False)
    _random: Random = field(repr=False)

    def new_key(self) -> tuple[bytes, bytes]:
        """A content key: (wrapped, to be stored; plain, to be used and forgotten)."""
        key = self._random(symmetric.KEY_BYTES)
        return self.encrypt(self._rest_secret, key, WRAP_CONTEXT), key

    def unwrap(self, wrapped: bytes) -> bytes:
        """The plain content key, or SealUnreadable."""
        return self.decrypt(self._rest_secret, wrapped, WRAP_CONTEXT)

    def encrypt(self, key: bytes, plaintext: bytes, context: str) -> bytes:
        """``plaintext`` under ``key``, to be opened only with the same ``context``."""
        return FORM + symmetric.seal(key, plaintext, context.encode(), self._random)

    def decrypt(self, key: bytes, blob: bytes, context: str) -> bytes:
        """What ``encrypt`` was given, or SealUnreadable: wrong key, wrong context, or altered."""
        if blob[:1] != FORM:
            raise SealUnreadable(f"what rests at {context} is of an unknown form")
        return symmetric.unseal(key, blob[1:], context.encode())

    def token(self, word: str) -> str:
        """32 hex digits that stand for a word in the search table."""
        return hmac.new(self._search_secret, word.encode(), hashlib.sha256).hexdigest()[:TOKEN_DIGITS]
