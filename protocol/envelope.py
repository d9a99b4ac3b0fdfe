"""The envelope: the only path between bytes and a Verified message (wire specification, sections 6 to 8).

Making one
  1. ``statement.compose`` and ``jws.sign`` give the signed statement.
  2. ``inner_bytes`` joins statement, salt and disclosures: what both sides keep.
  3. ``pad`` hides its length, ``info`` binds the encryption to its context; the recipient's key seals it.
  4. ``build_manifest`` and ``finish`` sign the outside.

Taking one
  1. ``parse``: shape and limits. Nothing is believed yet.
  2. ``authenticate``: outer signature, then the digest of the ciphertext. Until here a refusal must not be signed.
  3. then version, ``crit``, network, recipient, sender, suite. No decryption, no look at the clock.
  4. ``open_inner`` takes what the recipient's key opened: padding, salted digest, agreement of inside and outside, the
     statement's signatures, elements, message, attachments. Agreement comes first: what another State said is a
     mismatch, whoever sealed it anew, and no key that may become known later.

Only ``authenticate`` makes an Authentic and only ``open_inner`` makes a Verified; other code asks for one as proof.
"""

from collections.abc import Callable, Sequence
from dataclasses import InitVar, dataclass, replace
from hashlib import sha256
from typing import Any, Final

from protocol import base64url, elements, jws, messages, strictjson
from protocol.attachments import MAX_ATTACHMENTS, Attached, Sealed, attached
from protocol.elements import Disclosure, Gone
from protocol.errors import Mismatch, SchemaInvalid, TooLarge, UnsupportedExtension, UnsupportedSuite, authentic
from protocol.jws import Jws, Signer, Verify
from protocol.manifest import MAX_CT_BYTES, MESSAGE, SUITES, Manifest, build_manifest, info
from protocol.messages import Message
from protocol.padding import MAX_PADDED, pad, unpad
from protocol.payload import check_addressee, check_understood
from protocol.statement import STC_SALT_BYTES, Composed, Statement
from protocol.statement import TYP as STATEMENT_TYP

__all__ = [
    "TYP", "Authentic", "Envelope", "Inner", "Manifest", "Verified", "authenticate", "build_manifest", "erase",
    "finish", "info", "inner_bytes", "open_inner", "pad", "parse", "read_attachments", "read_own", "statement_of",
    "stc", "unpad", "without_ct",
]  # fmt: skip

TYP: Final = "itx-env+json"
_CT: Final = frozenset({"ct"})
_MAX_CT_CHARS: Final = (MAX_CT_BYTES * 4 + 2) // 3
_MOST_DISCLOSURES: Final = elements.MAX_ELEMENTS + MAX_ATTACHMENTS
_INNER_MEMBERS: Final = frozenset({"statement", "salt", "disclosures"})
_ERASED: Final = "erased"  # a member of inner bytes at rest; never travels
MAX_AT_REST: Final = 8 * 1024 * 1024  # ours, and therefore trusted to be bounded; an envelope with its ct fits
_MADE_HERE: Final = object()  # nobody else can name it, so nobody else can claim to have checked


# ---------------------------------------------------------------- making one


def stc(composed: Composed, statement: dict[str, Any]) -> str:
    """The salted digest of the signed statement, for the manifest of the envelope it goes into."""
    return sha256(composed.salt + strictjson.dump(statement)).hexdigest()


def inner_bytes(composed: Composed, statement: dict[str, Any]) -> bytes:
    """Statement, salt and disclosures in one, before padding. Sender and receiver keep exactly these bytes."""
    disclosures = [disclosure.text for disclosure in composed.disclosures]
    return strictjson.dump(
        {
            "statement": statement,
            "salt": base64url.encode(composed.salt),
            "disclosures": disclosures,
        }
    )


def finish(manifest: Manifest, ct: bytes, signer: Signer) -> "Envelope":
    """Sign the manifest and put the sealed bytes beside it."""
    item = jws.sign(manifest.payload(), TYP, [signer])
    signed, ct_text = jws.parse(item, TYP, most=1, max_payload_bytes=Manifest.MAX_BYTES), base64url.encode(ct)
    digest = sha256(signed.payload).hexdigest()
    return Envelope(manifest, signed, ct, digest, jws.wire(signed, ct_text), {**item, "ct": ct_text})


# ---------------------------------------------------------------- taking one


@dataclass(frozen=True, slots=True)
class Envelope:
    """An envelope of the right shape, from anyone. ``wire`` is stored and sent, ``digest`` is what it is called."""

    manifest: Manifest
    jws: Jws
    ct: bytes
    digest: str
    wire: bytes
    item: dict[str, Any]


def parse(item: Any) -> Envelope:
    """Shape and limits of one envelope. Any refusal here is of something unauthenticated."""
    signed = jws.parse(item, TYP, most=1, extra=_CT, max_payload_bytes=Manifest.MAX_BYTES)
    ct_text = item["ct"]
    if isinstance(ct_text, str) and len(ct_text) > _MAX_CT_CHARS:
        raise TooLarge(f"expected at most {MAX_CT_BYTES} sealed bytes")
    ct = base64url.decode(ct_text)
    manifest = Manifest.read(signed.payload)
    digest = sha256(signed.payload).hexdigest()
    return Envelope(manifest, signed, ct, digest, jws.wire(signed, ct_text), item)


@dataclass(frozen=True, slots=True)
class Authentic:
    """An envelope its sender signed, whole, and meant for this node. Not opened yet."""

    envelope: Envelope
    made: InitVar[object]

    def __post_init__(self, made: object) -> None:
        _only_from_here(made)


def _only_from_here(made: object) -> None:
    if made is not _MADE_HERE:
        raise TypeError("only the checks of protocol.envelope make this")


def authenticate(envelope: Envelope, *, me: str, net: str, verify: Verify) -> Authentic:
    """Steps 2 and 3. ``verify`` knows the keys of the authority in ``manifest.from_`` that may sign envelopes.

    The errors of step 3 are marked ``authentic``. ``exp`` is for the caller to judge: it has the clock.
    """
    jws.verify_each(envelope.jws, verify)
    stated = envelope.manifest.ct
    if len(envelope.ct) != stated.len or sha256(envelope.ct).hexdigest() != stated.sha256:
        raise Mismatch("expected the sealed bytes the manifest names")
    with authentic():
        _check_manifest(envelope.manifest, me, net)
    return Authentic(envelope, _MADE_HERE)


def _check_manifest(manifest: Manifest, me: str, net: str) -> None:
    check_understood(manifest.v, manifest.crit)
    check_addressee(manifest, me=me, net=net)
    if manifest.mid.authority != manifest.from_:
        raise Mismatch("expected the message id to begin with its sender")
    if manifest.cls != MESSAGE:
        raise UnsupportedExtension("expected a message")
    if manifest.kem.suite not in SUITES:
        raise UnsupportedSuite(f"expected an encryption suite of {sorted(SUITES)}")


@dataclass(frozen=True, slots=True)
class Verified:
    """A message whose sender is proved: the only thing casework takes as said by another authority.

    ``inner`` is what to store (encrypted), ``statement_digest`` and ``envelope_digest`` what receipts refer to.
    """

    statement: Statement
    message: Message
    disclosures: tuple[Disclosure, ...]
    attachments: tuple[Attached, ...]
    inner: bytes
    statement_digest: str
    envelope_digest: str
    made: InitVar[object]

    def __post_init__(self, made: object) -> None:
        _only_from_here(made)


def open_inner(
    opened: Authentic,
    plaintext: bytes,
    *,
    verify: Verify,
    required: Callable[[frozenset[str]], None],
    given_back: bool = False,
) -> Verified:
    """Step 4. ``verify`` knows the sender's keys for statements; ``required`` raises if an algorithm is missing.

    What is ``given_back`` is as it rested there: elements may have been erased since.
    """
    envelope = opened.envelope
    with authentic():
        inner = (Inner.at_rest if given_back else Inner.read)(unpad(plaintext))
        if inner.stc != envelope.manifest.stc:
            raise Mismatch("expected the statement the manifest commits to")
        said = Statement.read(inner.jws.payload)
        _check_statement(said, envelope.manifest)
        jws.verify_each(inner.jws, verify)
        required(inner.jws.algs)
        found = _Contents.of(said, inner.disclosures, inner.gone)
    digest = sha256(inner.jws.payload).hexdigest()
    return Verified(
        said, found.message, found.disclosures, found.attachments, inner.raw, digest, envelope.digest, _MADE_HERE
    )


@dataclass(frozen=True, slots=True)
class Inner:
    """The three parts of an opened plaintext, their shape checked."""

    raw: bytes
    jws: Jws
    salt: bytes
    disclosures: tuple[Disclosure, ...]
    gone: tuple[Gone, ...] = ()

    @property
    def stc(self) -> str:
        return sha256(self.salt + jws.wire(self.jws)).hexdigest()

    @classmethod
    def read(cls, raw: bytes) -> "Inner":
        """What an envelope held."""
        parts = strictjson.load(raw, MAX_PADDED)
        if not isinstance(parts, dict) or parts.keys() != _INNER_MEMBERS:
            raise SchemaInvalid(f"expected {sorted(_INNER_MEMBERS)} inside an envelope")
        return cls._of(raw, parts)

    @classmethod
    def at_rest(cls, raw: bytes) -> "Inner":
        """The same as it rests here, perhaps with elements erased."""
        parts = strictjson.load(raw, MAX_AT_REST)
        if not isinstance(parts, dict) or parts.keys() - {_ERASED} != _INNER_MEMBERS:
            raise SchemaInvalid(f"expected {sorted(_INNER_MEMBERS)} at rest")
        inner = cls._of(raw, parts)
        if _ERASED not in parts:
            return inner
        count = len(Statement.read(inner.jws.payload).digests)
        return replace(inner, gone=elements.check_gone(parts[_ERASED], count))

    @classmethod
    def _of(cls, raw: bytes, parts: dict[str, Any]) -> "Inner":
        salt, texts = base64url.decode(parts["salt"]), parts["disclosures"]
        if len(salt) != STC_SALT_BYTES:
            raise SchemaInvalid(f"expected a salt of {STC_SALT_BYTES} bytes")
        if not isinstance(texts, list) or len(texts) > _MOST_DISCLOSURES:
            raise SchemaInvalid(f"expected a list of at most {_MOST_DISCLOSURES} disclosures")
        signed = jws.parse(parts["statement"], STATEMENT_TYP, max_payload_bytes=Statement.MAX_BYTES)
        return cls(raw, signed, salt, tuple(elements.read(text) for text in texts))


def _check_statement(said: Statement, manifest: Manifest) -> None:
    """Inside and outside must agree: this defeats re-wrapping and forwarding as if we had been asked."""
    check_understood(said.v, said.crit)
    inside = (said.net, said.mid, said.from_, said.to)
    if inside != (manifest.net, manifest.mid, manifest.from_, manifest.to):
        raise Mismatch("expected statement and envelope to agree on network, id, sender and recipient")
    if _sealed(said.att) != _sealed(manifest.att):
        raise Mismatch("expected statement and envelope to name the same attachments")


def _sealed(some: Sequence[Sealed]) -> list[tuple[str, int, bool]]:
    return [(one.ct_sha256, one.ct_len, one.on_demand) for one in some]


@dataclass(frozen=True, slots=True)
class _Contents:
    """What the disclosures beside a statement spell: first its elements, then its attachments."""

    message: Message
    disclosures: tuple[Disclosure, ...]
    attachments: tuple[Attached, ...]

    @classmethod
    def of(cls, said: Statement, disclosures: tuple[Disclosure, ...], gone: tuple[Gone, ...] = ()) -> "_Contents":
        """``gone`` were erased at rest."""
        count = len(said.elements)
        lost = tuple(one for one in gone if one[0] < count)
        told, about = disclosures[: count - len(lost)], disclosures[count - len(lost) :]
        body = elements.join(told, said.elements, lost)
        message = messages.reread(said.type, body) if lost else messages.parse(said.type, body)
        missing = frozenset(at - count for at, _ in gone if at >= count)
        return cls(message, told, attached(said.att, about, missing))


# ---------------------------------------------------------------- at rest


def read_own(inner: bytes) -> tuple[Statement, Message, tuple[Disclosure, ...]]:
    """Stored inner bytes, read again. Their signatures were verified, or made, before they were stored.

    Where elements were erased since, ``{"erased": true}`` stands in their place.
    """
    said, found = _at_rest(inner)
    return said, found.message, found.disclosures


def read_attachments(inner: bytes) -> tuple[Attached, ...]:
    """The attachments that stored inner bytes name, with their keys; without those erased since."""
    return _at_rest(inner)[1].attachments


def _at_rest(inner: bytes) -> tuple[Statement, _Contents]:
    parts = Inner.at_rest(inner)
    said = Statement.read(parts.jws.payload)
    return said, _Contents.of(said, parts.disclosures, parts.gone)


def statement_of(inner: bytes) -> str:
    """The signed statement in stored inner bytes, as its text: what a third party verifies an element against."""
    return jws.wire(Inner.at_rest(inner).jws).decode()


def erase(inner: bytes, name: str) -> bytes:
    """Stored inner bytes without the disclosure of one element. KeyError if there is none, or it was erased before."""
    parts = Inner.at_rest(inner)
    signed = Statement.read(parts.jws.payload).digests
    found = next((one for one in parts.disclosures if one.name == name), None)
    if found is None:
        raise KeyError(name)
    gone = sorted([*parts.gone, (signed.index(found.digest), name)])
    kept = [one.text for one in parts.disclosures if one is not found]
    return strictjson.dump(strictjson.load(inner, MAX_AT_REST) | {"disclosures": kept, _ERASED: gone})


def without_ct(wire: bytes) -> bytes:
    """An envelope as it is kept once something in it was erased: manifest and signature, without the sealed copy."""
    item = strictjson.load(wire, MAX_AT_REST)
    return strictjson.dump({name: member for name, member in item.items() if name not in _CT})
