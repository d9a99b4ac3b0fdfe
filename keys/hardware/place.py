"""Where a key of a hardware module lies: the part of a PKCS#11 URI (RFC 7512) this node uses.

Rules
- A token is named by ``token`` (its label) and, where two bear one label, by ``serial``; a key on it by ``id``.
- ``pin-value`` is refused: a PIN in a URI ends in files and lists of processes. So is every attribute not used here.

Example: ``Place.parse("pkcs11:token=itx-br;id=%3F%A1")``
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Self

from keys.errors import CustodyUnsupported

__all__ = ["Place", "Token"]

SCHEME: Final = "pkcs11:"
MOST_CHARS: Final = 512
_ATTRIBUTE: Final = re.compile(r"([a-z-]+)=((?:[A-Za-z0-9._~:\[\]@!$'()*+,&=-]|%[0-9A-Fa-f]{2})+)")
_SPELT: Final = re.compile(rb"%([0-9A-Fa-f]{2})")
_PLAIN: Final = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")  # RFC 3986, 2.3


@dataclass(frozen=True, slots=True)
class Token:
    """A token, by the label and perhaps the serial number it bears."""

    label: str
    serial: str = ""

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The token a URI names. CustodyUnsupported for anything else in it."""
        given = _attributes(uri, {"token", "serial"})
        return cls(_text(given["token"]), _text(given.get("serial", b"")))

    @property
    def uri(self) -> str:
        serial = f";serial={_spell(self.serial.encode())}" if self.serial else ""
        return f"{SCHEME}token={_spell(self.label.encode())}{serial}"


@dataclass(frozen=True, slots=True)
class Place:
    """A key on a token."""

    token: Token
    id: bytes

    @classmethod
    def parse(cls, uri: str) -> Self:
        """The key a URI names. CustodyUnsupported for anything else in it, and for a URI without ``id``."""
        given = _attributes(uri, {"token", "serial", "id"})
        if not given.get("id"):
            raise CustodyUnsupported("expected the URI of a key, with id=: this one names a token only")
        return cls(Token(_text(given["token"]), _text(given.get("serial", b""))), given["id"])

    @property
    def uri(self) -> str:
        return f"{self.token.uri};id={_spell(self.id)}"


def _attributes(uri: str, known: set[str]) -> Mapping[str, bytes]:
    if not uri.startswith(SCHEME) or len(uri) > MOST_CHARS:
        raise CustodyUnsupported(f"expected a URI of a hardware module such as {SCHEME}token=itx-br")
    found: dict[str, bytes] = {}
    for part in uri.removeprefix(SCHEME).split(";"):
        match = _ATTRIBUTE.fullmatch(part)
        if match is None or match[1] not in known or match[1] in found:
            name = part.partition("=")[0][:20]  # never the value: it may be a PIN
            raise CustodyUnsupported(f"expected {', '.join(sorted(known))} in {SCHEME} once each; not {name!r}")
        found[match[1]] = _read(match[2])
    if not found.get("token"):
        raise CustodyUnsupported(f"expected {SCHEME}token=...: the label of the token")
    return found


def _text(value: bytes) -> str:
    try:
        return value.decode()
    except UnicodeDecodeError as fault:
        raise CustodyUnsupported("expected UTF-8 in the label and serial number of a token") from fault


def _spell(value: bytes) -> str:
    return "".join(chr(byte) if byte in _PLAIN else f"%{byte:02X}" for byte in value)


def _read(value: str) -> bytes:
    return _SPELT.sub(lambda found: bytes.fromhex(found[1].decode()), value.encode())
