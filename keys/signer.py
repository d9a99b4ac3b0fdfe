"""Who signs: a name and two methods, wherever the private key lies.

Rules
- A ``Signer`` (``protocol.jws.Signer``) has ``kid``, ``alg`` and ``sign(data)``; nobody who signs sees a private key.
- Where a key lies is a URI. ``file:<kid>`` is a key of the vault in the node's home; this version serves no other.
  ``pkcs11:`` (RFC 7512, a hardware module) is recognised and refused with a sentence, never half-served.

Example
    signer = signer_at("file:kTx...", vault.signing_key)
"""

from collections.abc import Callable
from dataclasses import dataclass, field

from keys.algorithms import SigningKey
from keys.errors import CustodyUnsupported

__all__ = ["FileSigner", "custody_uri", "signer_at"]


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A signer whose key came out of an encrypted file."""

    kid: str
    alg: str
    _key: SigningKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data``."""
        return self._key.sign(data)


def custody_uri(kid: str) -> str:
    """The URI of a key in the node's vault."""
    return f"file:{kid}"


def signer_at(uri: str, find: Callable[[str], SigningKey]) -> FileSigner:
    """The signer a URI names; ``find`` gives the vault's key for a kid. CustodyUnsupported for other places."""
    scheme, _, place = uri.partition(":")
    if scheme == "pkcs11":
        raise CustodyUnsupported("keys in a hardware module (pkcs11:) are not served by this version; use file: keys")
    if scheme != "file" or not place:
        raise CustodyUnsupported(f"expected the URI of a key, like file:<kid>; the scheme {scheme!r} is unknown")
    key = find(place)
    return FileSigner(key.kid, key.alg, key)
