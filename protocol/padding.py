"""The sealed plaintext: a length, the bytes, and zeros up to one of few sizes (wire specification, section 6).

Rules
- 4 bytes of length (big-endian), the bytes, zeros up to 8, 16, 32, 64 KiB, then steps of 64 KiB: who watches the line
  learns one of few sizes, not what kind of message it is.
- The reader takes the smallest size that fits and zeros only: a padded text has one form, and no room for other data.

    len(pad(b"x" * 3000))  ->  8192
"""

import struct
from typing import Final

from protocol.errors import SchemaInvalid, TooLarge

__all__ = ["MAX_PADDED", "pad", "unpad"]

_STEP: Final = 64 * 1024
_SMALL: Final = (8 * 1024, 16 * 1024, 32 * 1024)
MAX_PADDED: Final = 15 * _STEP  # the largest that fits, with what the encryption adds, into 1 MiB of ciphertext
_LENGTH: Final = struct.Struct(">I")


def _padded_size(length: int) -> int:
    needed = _LENGTH.size + length
    return next((size for size in _SMALL if needed <= size), -(-needed // _STEP) * _STEP)


def pad(inner: bytes) -> bytes:
    """The plaintext to be sealed. TooLarge if it would not fit into an envelope."""
    size = _padded_size(len(inner))
    if size > MAX_PADDED:
        raise TooLarge(f"expected at most {MAX_PADDED - _LENGTH.size} bytes inside an envelope, got {len(inner)}")
    return (_LENGTH.pack(len(inner)) + inner).ljust(size, b"\0")


def unpad(padded: bytes) -> bytes:
    """What was padded. SchemaInvalid for any other size, length or filling than ``pad`` would have made."""
    if len(padded) < _LENGTH.size:
        raise SchemaInvalid("expected a padded plaintext")
    end = _LENGTH.size + int(_LENGTH.unpack_from(padded)[0])
    if len(padded) > MAX_PADDED or len(padded) != _padded_size(end - _LENGTH.size):
        raise SchemaInvalid("expected a plaintext of the padded size that its length calls for")
    if padded.count(0, end) != len(padded) - end:
        raise SchemaInvalid("expected zeros as padding")
    return padded[_LENGTH.size : end]
