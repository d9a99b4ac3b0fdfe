"""The signature of a webhook: HMAC-SHA256 over ``id.timestamp.body``, in base64 (RFC 2104, RFC 4648 section 4).

A secret is 32 bytes, written as ``whsec_`` and base64. While two are valid there are two signatures, and a receiver is
content with one: so it can change to the new one at any time of the overlap.
"""

import base64
import hashlib
import hmac
from collections.abc import Callable, Mapping, Sequence
from typing import Final

__all__ = ["headers", "new_secret", "signature"]

PREFIX: Final = "whsec_"
SECRET_BYTES: Final = 32


def new_secret(random: Callable[[int], bytes]) -> str:
    """A secret, to be shown once."""
    return PREFIX + base64.b64encode(random(SECRET_BYTES)).decode()


def signature(secret: str, notice: str, timestamp: int, body: bytes) -> str:
    """One signature of a call at ``timestamp`` (seconds since 1970)."""
    key = base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    signed = f"{notice}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.digest(key, signed, hashlib.sha256)).decode()


def headers(secrets: Sequence[str], notice: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """What stands above a body that is JSON."""
    signatures = (signature(secret, notice, timestamp, body) for secret in secrets)
    return {
        "Content-Type": "application/json", "webhook-id": notice, "webhook-timestamp": str(timestamp),
        "webhook-signature": " ".join(signatures),
    }  # fmt: skip
