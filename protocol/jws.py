"""Signed objects: a strict profile of JWS in its general JSON form (RFC 7515, section 7.2.1).

Rules
- Members are exactly ``payload`` and ``signatures`` (1 to 4; roots up to 64), and what the slot adds (``ct``).
- The protected header is exactly ``alg``, ``kid``, ``typ``; there is no unprotected one. ``typ`` names the slot, so
  that nothing signed for one can be replayed in another.
- The key's record decides the algorithm; ``alg`` may only agree. ``verify`` is handed both and judges.
- A key signs once: a kid that occurs twice is refused.
- The bytes received are verified. Nothing is re-encoded.

    item = sign(payload, "itx-rcpt+json", [signer])
    jws = parse(item, "itx-rcpt+json", most=1)
    verify_each(jws, trust.verifier("rcpt"))
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, Protocol

from protocol import base64url, strictjson
from protocol.errors import BadSignature, SchemaInvalid, TooLarge, UnsupportedSuite
from protocol.names import KeyId

__all__ = ["SIGNATURE_BYTES", "Jws", "JwsSignature", "Signer", "Verify", "parse", "sign", "verify_each", "wire"]

# RFC 8032 (Ed25519), RFC 7518 section 3.4 (ES256), FIPS 204 table 2 (ML-DSA-65). No other algorithm exists here.
SIGNATURE_BYTES: Final = {"Ed25519": 64, "ES256": 64, "ML-DSA-65": 3309}
MAX_HEADER_CHARS: Final = 512  # the longest of ours has 140
MAX_SIGNATURE_CHARS: Final = 4500  # ML-DSA-65 has 4,412
_HEADER_MEMBERS: Final = frozenset({"alg", "kid", "typ"})
_SIGNATURE_MEMBERS: Final = frozenset({"protected", "signature"})
_MEMBERS: Final = frozenset({"payload", "signatures"})


class Signer(Protocol):
    """A seam: whoever holds a private key. ``sign`` takes the bytes to be signed and gives the raw signature."""

    @property
    def kid(self) -> str: ...
    @property
    def alg(self) -> str: ...
    def sign(self, data: bytes) -> bytes: ...


Verify = Callable[[str, str, bytes, bytes], None]
"""``verify(kid, alg, data, signature)``: returns, or raises UnknownKey, KeyRevoked or BadSignature."""


@dataclass(frozen=True, slots=True)
class JwsSignature:
    """One signature: what its header says, the header as it came, and the raw bytes."""

    alg: str
    kid: KeyId
    protected_text: str
    signature: bytes


@dataclass(frozen=True, slots=True)
class Jws:
    """A signed object whose shape is right. Nothing is verified yet."""

    payload: bytes
    payload_text: str
    signatures: tuple[JwsSignature, ...]

    @property
    def algs(self) -> frozenset[str]:
        """The algorithms that signed."""
        return frozenset(signature.alg for signature in self.signatures)


def sign(payload: bytes, typ: str, signers: Sequence[Signer]) -> dict[str, Any]:
    """The object that carries ``payload`` with one signature of each signer, in their order."""
    payload_text = base64url.encode(payload)
    return {"payload": payload_text, "signatures": [_signature(payload_text, typ, signer) for signer in signers]}


def _signature(payload_text: str, typ: str, signer: Signer) -> dict[str, str]:
    protected_text = base64url.encode(strictjson.dump({"alg": signer.alg, "kid": signer.kid, "typ": typ}))
    raw = signer.sign(_signing_input(protected_text, payload_text))
    return {"protected": protected_text, "signature": base64url.encode(raw)}


def _signing_input(protected_text: str, payload_text: str) -> bytes:
    return f"{protected_text}.{payload_text}".encode("ascii")


def parse(
    obj: Any, typ: str, *, most: int = 4, extra: frozenset[str] = frozenset(), max_payload_bytes: int = 1 << 20
) -> Jws:
    """The shape of a signed object of slot ``typ``; SchemaInvalid, TooLarge or UnsupportedSuite if it has another."""
    if not isinstance(obj, dict) or obj.keys() != _MEMBERS | extra:
        raise SchemaInvalid(f"expected an object of {sorted(_MEMBERS | extra)}")
    payload_text, signatures = obj["payload"], obj["signatures"]
    if isinstance(payload_text, str) and len(payload_text) > (max_payload_bytes * 4 + 2) // 3:
        raise TooLarge(f"expected a payload of at most {max_payload_bytes} bytes")
    if not isinstance(signatures, list) or not 1 <= len(signatures) <= most:
        raise SchemaInvalid(f"expected 1 to {most} signatures")
    parsed = tuple(_parse_signature(signature, typ) for signature in signatures)
    if len({signature.kid for signature in parsed}) != len(parsed):
        raise SchemaInvalid("expected each key to sign once")
    return Jws(base64url.decode(payload_text), payload_text, parsed)


def _parse_signature(obj: Any, typ: str) -> JwsSignature:
    if not isinstance(obj, dict) or obj.keys() != _SIGNATURE_MEMBERS:
        raise SchemaInvalid(f"expected a signature of {sorted(_SIGNATURE_MEMBERS)}")
    protected_text, signature_text = obj["protected"], obj["signature"]
    if not isinstance(protected_text, str) or len(protected_text) > MAX_HEADER_CHARS:
        raise SchemaInvalid("expected a short protected header")
    if not isinstance(signature_text, str) or len(signature_text) > MAX_SIGNATURE_CHARS:
        raise SchemaInvalid("expected a signature of a known size")
    alg, kid, stated_typ = _header(protected_text)
    if stated_typ != typ:
        raise SchemaInvalid(f"expected typ {typ}")
    raw = base64url.decode(signature_text)
    if len(raw) != SIGNATURE_BYTES[alg]:
        raise BadSignature(f"expected {SIGNATURE_BYTES[alg]} bytes of {alg}, got {len(raw)}")
    return JwsSignature(alg, kid, protected_text, raw)


@lru_cache(maxsize=1024)  # the same few keys sign again and again; bounded, because strangers choose the texts
def _header(protected_text: str) -> tuple[str, KeyId, str]:
    """``alg``, ``kid`` and ``typ`` of a protected header."""
    header = strictjson.load(base64url.decode(protected_text), MAX_HEADER_CHARS)
    if not isinstance(header, dict) or header.keys() != _HEADER_MEMBERS:
        raise SchemaInvalid(f"expected a protected header of {sorted(_HEADER_MEMBERS)}")
    alg, kid, typ = header["alg"], header["kid"], header["typ"]
    if not isinstance(alg, str) or not isinstance(kid, str) or not isinstance(typ, str):
        raise SchemaInvalid("expected strings in a protected header")
    if alg not in SIGNATURE_BYTES:
        raise UnsupportedSuite(f"expected alg to be one of {sorted(SIGNATURE_BYTES)}")
    try:
        return alg, KeyId(kid), typ
    except ValueError as error:
        raise SchemaInvalid("expected kid to be a thumbprint") from error


def verify_each(jws: Jws, verify: Verify) -> None:
    """Hand every signature to ``verify``; whatever it raises goes through, so all must verify."""
    for one in jws.signatures:
        verify(one.kid, one.alg, _signing_input(one.protected_text, jws.payload_text), one.signature)


def wire(jws: Jws, ct_text: str | None = None) -> bytes:
    """The canonical bytes of the whole object, as they are stored and sent: what ``strictjson.dump`` of it would give.

    Put together by hand because every text in it is base64url, which JSON never escapes: ten times quicker.
    """
    signatures = ",".join(
        f'{{"protected":"{one.protected_text}","signature":"{base64url.encode(one.signature)}"}}'
        for one in jws.signatures
    )
    ct = "" if ct_text is None else f'"ct":"{ct_text}",'
    return f'{{{ct}"payload":"{jws.payload_text}","signatures":[{signatures}]}}'.encode("ascii")
