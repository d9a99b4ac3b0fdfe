"""Who signs: a name and two methods, wherever the private key lies.

Rules
- A ``Signer`` (``protocol.jws.Signer``) has ``kid``, ``alg`` and ``sign(data)``; nobody who signs sees a private key.
- Where a key lies is a URI: ``file:<kid>`` is a key of the vault in the node's home, ``pkcs11:...`` (RFC 7512) one on a
  hardware module (``keys.hardware``).

Example
    signer = FileSigner(key.kid, key.alg, key)
    signer.sign(b"...")
"""

from dataclasses import dataclass, field

from keys.algorithms import SigningKey
from keys.errors import CustodyUnsupported
from keys.hardware import HardwareModule

__all__ = ["FileSigner", "HardwareSigner", "custody_uri", "is_on_hardware"]


@dataclass(frozen=True, slots=True)
class FileSigner:
    """A signer whose key came out of an encrypted file."""

    kid: str
    alg: str
    _key: SigningKey = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data``."""
        return self._key.sign(data)


@dataclass(frozen=True, slots=True)
class HardwareSigner:
    """A signer whose key lies on a token. HardwareUnavailable or WrongPin where the token does not sign."""

    kid: str
    alg: str
    uri: str
    _module: HardwareModule = field(repr=False, compare=False)

    def sign(self, data: bytes) -> bytes:
        """The raw signature over ``data``."""
        return self._module.sign(self.uri, data)


def custody_uri(kid: str) -> str:
    """The URI of a key in the node's vault."""
    return f"file:{kid}"


def is_on_hardware(uri: str) -> bool:
    """Whether a key lies on a token. CustodyUnsupported for a place no version knows."""
    scheme, _, place = uri.partition(":")
    if scheme not in {"file", "pkcs11"} or not place:
        raise CustodyUnsupported(f"expected the URI of a key, like file:<kid>; the scheme {scheme!r} is unknown")
    return scheme == "pkcs11"
