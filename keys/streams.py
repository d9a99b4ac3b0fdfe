"""Sealing what is too large for memory: C2SP chunked encryption, instance Cobblestone-256 (AES-256-GCM, HKDF-SHA-512).

Rules
- One key seals one stream. Every chunk of 16 KiB is authenticated with its place; a stream cut short does not open.
- What ``OpeningStream`` gives before ``finish`` is authentic but may lack its end: only ``finish`` says it was all.

    sealing = SealingStream(key, context)
    sealed = sealing.update(b"...") + sealing.finish()
"""

from cryptography.cobblestone import Cobblestone256Decryptor, Cobblestone256Encryptor
from cryptography.exceptions import InvalidTag

from keys.errors import SealUnreadable

__all__ = ["OpeningStream", "SealingStream"]


class SealingStream:
    """Plain bytes in, sealed bytes out."""

    def __init__(self, key: bytes, context: bytes) -> None:
        self._inside = Cobblestone256Encryptor(key, context)

    def update(self, plain: bytes) -> bytes:
        """The sealed bytes that are ready."""
        return self._inside.update(plain)

    def finish(self) -> bytes:
        """The sealed bytes that are left."""
        return self._inside.finalize()


class OpeningStream:
    """Sealed bytes in, plain bytes out. SealUnreadable at the first chunk that is not what was sealed."""

    def __init__(self, key: bytes, context: bytes) -> None:
        self._inside = Cobblestone256Decryptor(key, context)

    def update(self, sealed: bytes) -> bytes:
        """The plain bytes that are proved."""
        try:
            return self._inside.update(sealed)
        except InvalidTag as error:
            raise SealUnreadable(_UNREADABLE) from error

    def finish(self) -> bytes:
        """The plain bytes that are left, and the proof that nothing is missing."""
        try:
            return self._inside.finalize()
        except InvalidTag as error:
            raise SealUnreadable(_UNREADABLE) from error


_UNREADABLE = "the sealed stream is not whole, or was sealed under another key"
