"""Attachments: photographs and documents that travel beside a message as sealed files (wire specification, section 20).

Rules
- Each is sealed by itself under a fresh key, as a stream (C2SP chunked encryption, ``Cobblestone-256``). Manifest and
  signed statement name length and digest of the sealed bytes and nothing else of it.
- What it is (name, media type, length and digest of the plain bytes, key) is a disclosure beside the statement, named
  ``att.<n>``, whose digest the statement signs: one attachment can be shown or erased alone, like an element.
- ``on_demand`` marks what its sender uploads only when the receiver asks for it: the original of a photograph, of which
  a review copy (``copy_of``) travels at once.
- A name is for people. It never becomes a path.

    disclosures = describe([attachment, ...], restrictions, random_bytes)
    attached(said.att, disclosures)   ->  (Attached(n=0, ...), ...)
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field, ValidationError

from protocol import base64url, elements
from protocol.elements import Disclosure
from protocol.errors import Mismatch, SchemaInvalid
from protocol.payload import Digest, Part

__all__ = [
    "KEY_BYTES", "MAX_ATTACHMENTS", "MAX_BYTES", "MAX_CT_BYTES", "MAX_NAME_CHARS", "Attached", "Attachment", "Named",
    "Sealed", "attached", "context", "describe", "is_name", "is_type", "named_like", "place_of",
    "sealed_length",
]  # fmt: skip

MAX_ATTACHMENTS: Final = 64
MAX_BYTES: Final = 256 << 20  # a film of some minutes; what is larger goes by bag
MAX_NAME_CHARS: Final = 200
KEY_BYTES: Final = 32
_CHUNK_BYTES: Final = 16 * 1024  # of Cobblestone
_TAG_BYTES: Final = 16
_HEAD_BYTES: Final = 56  # salt and commitment of Cobblestone
_CONTEXT: Final = b"itx/1 att\0"
_TYPE: Final = r"^[a-z0-9][a-z0-9!#$&^_.+-]{0,63}/[a-z0-9][a-z0-9!#$&^_.+-]{0,63}$"
# Characters that separate paths, control a terminal, or show a text in another order than it is read.
_NOT_IN_NAMES: Final = re.compile("[\\x00-\\x1f\\x7f-\\x9f/\\\\\\u200b-\\u200f\\u2028-\\u202e\\u2060-\\u2069\\ufeff]")


def sealed_length(length: int) -> int:
    """Bytes that ``length`` plain bytes take when sealed: one tag each 16 KiB, the last chunk never full."""
    return _HEAD_BYTES + length + _TAG_BYTES * (length // _CHUNK_BYTES + 1)


MAX_CT_BYTES: Final = sealed_length(MAX_BYTES)


def context(net: str) -> bytes:
    """The context an attachment is sealed in: of one network it does not open in the other."""
    return _CONTEXT + net.encode("ascii")


def is_type(text: str) -> bool:
    """Whether this is the form of a media type, without parameters."""
    return re.fullmatch(_TYPE, text) is not None


def is_name(text: str) -> bool:
    """Whether an attachment may bear this name."""
    return 0 < len(text) <= MAX_NAME_CHARS and text not in {".", ".."} and _NOT_IN_NAMES.search(text) is None


def named_like(text: str) -> str:
    """The name nearest to ``text``, as a browser gives it: no path (RFC 7578, 4.2), ``_`` for what it may not hold.

    One that is too long keeps its end, which tells its kind.
    """
    last = re.split(r"[/\\]", text)[-1].encode("utf-8", "replace").decode()
    name = _NOT_IN_NAMES.sub("_", last)
    if len(name) > MAX_NAME_CHARS:
        ending = name[-20:]
        name = name[: MAX_NAME_CHARS - len(ending)] + ending
    return name if is_name(name) else "attachment"


# ---------------------------------------------------------------- what is signed


class Sealed(Part):
    """Length and digest of one sealed attachment, and whether it waits until it is asked for. Stands in manifests."""

    ct_len: Annotated[int, Field(ge=sealed_length(1), le=MAX_CT_BYTES)]
    ct_sha256: Digest
    on_demand: bool


class Named(Sealed):
    """The same in a statement, with the digest of the disclosure that says what it is."""

    disclosure: Digest


def _each_once(some: tuple[Sealed, ...]) -> tuple[Sealed, ...]:
    if len({one.ct_sha256 for one in some}) != len(some):
        raise ValueError("every attachment once")
    return some


_BOUNDED: Final = Field(strict=False, max_length=MAX_ATTACHMENTS)
SealedList = Annotated[tuple[Sealed, ...], _BOUNDED, AfterValidator(_each_once)]
NamedList = Annotated[tuple[Named, ...], _BOUNDED, AfterValidator(_each_once)]


# ---------------------------------------------------------------- what is disclosed


class _Described(Part):
    """The value of a disclosure ``att.<n>``."""

    name: Annotated[str, Field(min_length=1, max_length=MAX_NAME_CHARS)]
    type: Annotated[str, Field(pattern=_TYPE)]
    len: Annotated[int, Field(ge=1, le=MAX_BYTES)]
    sha256: Digest
    key: Annotated[str, Field(min_length=43, max_length=43)]
    copy_of: Annotated[int, Field(ge=0, lt=MAX_ATTACHMENTS)] | None = None


@dataclass(frozen=True, slots=True)
class Attachment:
    """One attachment as its sender gives it to a message. ``copy_of``: the place of the original it is a copy of."""

    name: str
    type: str
    length: int
    sha256: str
    key: bytes = field(repr=False)
    ct_sha256: str
    on_demand: bool = False
    copy_of: int | None = None

    @property
    def sealed(self) -> dict[str, Any]:
        """What manifest and statement say of it."""
        sealed = {"ct_len": sealed_length(self.length), "ct_sha256": self.ct_sha256, "on_demand": self.on_demand}
        return Sealed.model_validate(sealed).model_dump()


@dataclass(frozen=True, slots=True)
class Attached:
    """One attachment of a message that was opened, with the restrictions it was given under; ``n`` is its place."""

    n: int
    attachment: Attachment
    restrictions: tuple[str, ...]


def describe(
    some: Sequence[Attachment], restrictions: tuple[str, ...], salt: Callable[[int], bytes]
) -> tuple[Disclosure, ...]:
    """The disclosures of a message's attachments, in order. ValidationError or ValueError if one is ill-formed."""
    return tuple(
        elements.disclose(f"att.{n}", _value(one, len(some)), restrictions, salt) for n, one in enumerate(some)
    )


def place_of(name: str) -> int | None:
    """The place of the attachment whose disclosure bears this name, ``att.<n>``; None for the name of an element."""
    found = re.fullmatch(r"att\.([0-9]{1,2})", name)
    return int(found[1]) if found else None


def _value(one: Attachment, count: int) -> dict[str, Any]:
    if not is_name(one.name) or len(one.key) != KEY_BYTES or (one.copy_of or 0) >= count:
        raise ValueError("expected a name for people, a key of 32 bytes and a copy of one of the attachments")
    members: dict[str, Any] = {
        "name": one.name, "type": one.type, "len": one.length, "sha256": one.sha256, "key": base64url.encode(one.key),
    }  # fmt: skip
    if one.copy_of is not None:
        members["copy_of"] = one.copy_of
    _Described.model_validate(members)
    return members


def attached(
    named: Sequence[Named], disclosures: Sequence[Disclosure], gone: frozenset[int] = frozenset()
) -> tuple[Attached, ...]:
    """What the disclosures say of the attachments a statement names, but for the places ``gone``: erased at rest.

    Mismatch, or SchemaInvalid if they do not fit.
    """
    kept = [(n, one) for n, one in enumerate(named) if n not in gone]
    if [one.digest for one in disclosures] != [one.disclosure for _, one in kept]:
        raise Mismatch("expected every signed attachment disclosed exactly once, in order")
    found = tuple(_read(n, one, told) for (n, one), told in zip(kept, disclosures, strict=True))
    originals = gone.union(one.n for one in found if one.attachment.copy_of is None)
    if any(one.attachment.copy_of is not None and one.attachment.copy_of not in originals for one in found):
        raise SchemaInvalid("expected a copy of an attachment that is none")
    return found


def _read(n: int, named: Named, disclosure: Disclosure) -> Attached:
    if disclosure.name != f"att.{n}":
        raise SchemaInvalid("expected the disclosure of an attachment to bear its place")
    try:
        told = _Described.model_validate(disclosure.value)
    except ValidationError as error:
        raise SchemaInvalid("expected name, type, length, digest and key of an attachment") from error
    if not is_name(told.name):
        raise SchemaInvalid("expected the name of an attachment to be one line, without a path")
    if sealed_length(told.len) != named.ct_len:
        raise SchemaInvalid("expected the sealed length of an attachment to follow from its length")
    key = base64url.decode(told.key)
    one = Attachment(
        told.name, told.type, told.len, told.sha256, key, named.ct_sha256, named.on_demand, told.copy_of
    )  # fmt: skip
    return Attached(n, one, disclosure.restrictions)
