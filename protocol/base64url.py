r"""Binary in text: base64url without padding, in the one canonical spelling (RFC 4648, section 5 and section 3.5).

Rules
- The alphabet is ``A-Z a-z 0-9 - _``; no padding, no white space.
- The unused bits of the last character are zero: each byte string has exactly one spelling. Otherwise whoever carries
  a signed object could respell it, and two different texts would bear one digest of contents.

    encode(b"\x00\xff")  ->  "AP8"
    decode("AP8")         ->  b"\x00\xff"
    decode("AP9")         ->  SchemaInvalid: the last character carries stray bits
"""

import base64
import binascii

from protocol.errors import SchemaInvalid

__all__ = ["decode", "encode"]

_TO_STANDARD = bytes.maketrans(b"-_+/", b"+/!!")  # the standard alphabet's own two become signs that are in neither
# By length modulo 4: which last characters leave the unused bits zero (all of them, none, every 16th, every 4th).
_LAST = (None, "", "AQgw", "AEIMQUYcgkosw048")
_PADDING = (b"", b"", b"==", b"=")


def encode(data: bytes) -> str:
    """The canonical text of ``data``."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")


def decode(text: object) -> bytes:
    """The bytes of a canonical text; SchemaInvalid for everything else, whatever its type."""
    if not isinstance(text, str) or not text.isascii() or "=" in text:
        raise SchemaInvalid("expected unpadded base64url")
    over = len(text) % 4
    last = _LAST[over]
    if last is not None and text[-1] not in last:
        raise SchemaInvalid("expected canonical base64url: a length that occurs, and no stray bits at the end")
    try:
        return binascii.a2b_base64(text.encode("ascii").translate(_TO_STANDARD) + _PADDING[over], strict_mode=True)
    except binascii.Error as error:
        raise SchemaInvalid("expected base64url: a sign outside its alphabet") from error
