"""Signed trust documents (roots, keysets) as bytes: their shape, their digest, who signed.

Rules
- The bytes received are what is verified, kept and passed on; nothing is re-encoded.
- Every signature on a document must verify, and must be by a key that has a part in it. A stray signature is refused:
  nobody honest adds one.
- The digest of a document is the SHA-256 of its payload, so it does not depend on who has signed so far.
- Faults of shape and signature raise the classes of ``keys.errors``; a public key that is not acceptable: KeyRefused.

Example
    document = open_document(data, "itx-root+json", most_signatures=64, max_bytes=MAX_ROOT_BYTES)
    kids = check_signatures(document, {key.kid: key})
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Final, Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from keys.admission import PublicKey, admit
from keys.algorithms import CLASSICAL, POST_QUANTUM, verify
from keys.errors import AlgorithmsReduced, DocumentMalformed, SignatureRefused
from protocol import base64url, jws, strictjson
from protocol.errors import BadSignature, ProtocolError

__all__ = [
    "DAY_MS", "Document", "EvidenceAlgorithm", "Instant", "Name", "SignedModel", "Version", "admit_key",
    "check_never_fewer", "check_signatures", "explain", "open_document", "parse_payload", "unique",
]  # fmt: skip

DAY_MS: Final = 24 * 60 * 60 * 1000

Name = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Instant = Annotated[int, Field(ge=0)]  # milliseconds UTC
Version = Annotated[int, Field(ge=1)]
EvidenceAlgorithm = Literal["Ed25519", "ES256", "ML-DSA-65"]


class SignedModel(BaseModel):
    """What a trust document says. Members of a later minor version are kept and shown as not understood."""

    model_config = ConfigDict(frozen=True, strict=True, extra="allow")

    def payload(self) -> bytes:
        """The bytes that are signed."""
        return strictjson.dump(self.model_dump(mode="json"))


Model = TypeVar("Model", bound=SignedModel)


@dataclass(frozen=True, slots=True)
class Document:
    """A document whose shape is right. ``data`` is what came, ``sha256`` the digest of the payload."""

    data: bytes = field(repr=False)
    signed: jws.Jws = field(repr=False)
    sha256: str

    @property
    def payload(self) -> bytes:
        return self.signed.payload


def open_document(data: bytes, typ: str, *, most_signatures: int, max_bytes: int) -> Document:
    """The document of slot ``typ``, or DocumentMalformed. No signature is verified yet."""
    try:
        signed = jws.parse(strictjson.load(data, max_bytes), typ, most=most_signatures)
    except ProtocolError as fault:
        raise DocumentMalformed(f"not a signed document of type {typ}: {fault}") from fault
    return Document(data, signed, hashlib.sha256(signed.payload).hexdigest())


def parse_payload(model: type[Model], payload: bytes) -> Model:
    """What the payload says, or DocumentMalformed that names the members at fault."""
    try:
        strictjson.load(payload, len(payload))
        return model.model_validate_json(payload)
    except ProtocolError as fault:
        raise DocumentMalformed(f"the content of this {model.__name__} is not strict JSON: {fault}") from fault
    except ValidationError as fault:
        raise DocumentMalformed(f"this {model.__name__} is not well formed: {explain(fault)}") from fault


def explain(fault: ValidationError) -> str:
    """Where and why, without the values."""
    found = fault.errors(include_input=False, include_context=False, include_url=False)
    return "; ".join(f"{'.'.join(map(str, each['loc'])) or 'as a whole'}: {each['msg']}" for each in found[:5])


def admit_key(alg: str, pub: str, kid: str | None = None) -> PublicKey:
    """An admitted key from a document's text, which must bear the kid it is listed under."""
    try:
        key = admit(alg, base64url.decode(pub))
    except ProtocolError as fault:
        raise DocumentMalformed(f"the public key {kid or alg} is not in base64url: {fault}") from fault
    if kid is not None and key.kid != kid:
        raise DocumentMalformed(f"the key listed as {kid} is {key.kid}")
    return key


def check_signatures(document: Document, keys: Mapping[str, PublicKey]) -> frozenset[str]:
    """The kids that signed, all of them verified; SignatureRefused for a stray or a false one."""

    def check(kid: str, alg: str, data: bytes, signature: bytes) -> None:
        if kid not in keys or keys[kid].alg != alg:
            raise SignatureRefused(f"signed by {kid} ({alg}), which has no part in this document")
        try:
            verify(keys[kid], data, signature)
        except BadSignature as fault:
            raise SignatureRefused(f"the signature by {kid} does not verify") from fault

    jws.verify_each(document.signed, check)
    return frozenset(each.kid for each in document.signed.signatures)


def check_never_fewer(what: str, now: tuple[str, ...], before: tuple[str, ...] = ()) -> None:
    """AlgorithmsReduced unless ``now`` asks for as many of each class as ``before``, and for one of each at least."""
    for name, kind in (("classical", CLASSICAL), ("post-quantum", POST_QUANTUM)):
        least = max(1, len(kind & set(before)))
        if len(kind & set(now)) < least:
            raise AlgorithmsReduced(f"{what} must require {least} {name} signature(s), this document asks for {now}")


def unique(what: str, values: list[Any]) -> None:
    """ValueError where one value occurs twice."""
    if len(set(values)) != len(values):
        raise ValueError(f"{what} occurs twice")
