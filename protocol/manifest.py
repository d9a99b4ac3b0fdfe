"""The manifest: what stands outside a sealed message, for whoever carries it and for the receiver's front door.

Rules
- Case, subject and kind are never here. Who, when, priority, size step and order are; nothing else can be.
- ``stc`` is the salted digest of the statement: *accepted* binds the receiver to the contents, not only to ciphertext.
- ``seq`` counts from 1 for each pair of sender and recipient, ``prev`` is the digest of the envelope before: to notice
  gaps, never to block.
- ``exp`` is left out where a message does not expire.
"""

import struct
from collections.abc import Sequence
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field

from protocol import strictjson
from protocol.attachments import Sealed, SealedList
from protocol.names import KeyId, MessageId
from protocol.payload import VERSION, Crit, Digest, Keyset, Millis, Part, Payload, Word

__all__ = ["MAX_CT_BYTES", "MESSAGE", "SUITES", "Ciphertext", "Kem", "Manifest", "build_manifest", "info"]

MAX_CT_BYTES: Final = 1 << 20  # a statement with its elements; what is larger travels as an attachment
MESSAGE: Final = "message"
SUITES: Final = frozenset({"xwing", "p256"})  # X-Wing (HPKE KEM 0x647A); DHKEM(P-256) for hardware modules. No third.
_INFO: Final = b"itx/1 env\0"
_SEALED: Final = {"ct_len", "ct_sha256", "on_demand"}
_LENGTH: Final = struct.Struct(">I")


class Kem(Part):
    """The recipient's key the message is sealed to."""

    suite: Word
    kid: KeyId


class Ciphertext(Part):
    """Length and digest of the sealed bytes."""

    len: Annotated[int, Field(ge=1, le=MAX_CT_BYTES)]
    sha256: Digest


class Manifest(Payload):
    """The signed payload of an envelope."""

    MAX_BYTES: ClassVar[int] = 32 * 1024
    OPTIONAL: ClassVar[tuple[str, ...]] = ("exp",)

    crit: Crit
    stc: Digest
    mid: MessageId
    cls: Word
    prio: Literal["urgent", "routine", "low"]
    iat: Millis
    exp: Millis | None = None
    seq: Annotated[int, Field(ge=1, le=strictjson.MAX_INTEGER)]
    prev: Digest | None
    kem: Kem
    ct: Ciphertext
    att: SealedList
    ks: Keyset


def build_manifest(
    *,
    net: str,
    stc: str,
    mid: str,
    sender: str,
    to: str,
    prio: str,
    iat: int,
    seq: int,
    prev: str | None,
    kem_suite: str,
    kem_kid: str,
    ct: bytes,
    ks_ver: int,
    ks_sha256: str,
    exp: int | None = None,
    cls: str = MESSAGE,
    att: Sequence[Sealed] = (),
) -> Manifest:
    """The manifest of ``ct``, ``att`` as the statement names them. ValidationError for a wrong part: our fault."""
    members: dict[str, Any] = {
        "v": VERSION, "net": net, "crit": (), "stc": stc, "mid": mid, "from": sender, "to": to, "cls": cls,
        "prio": prio, "iat": iat, "exp": exp, "seq": seq, "prev": prev, "kem": {"suite": kem_suite, "kid": kem_kid},
        "ct": {"len": len(ct), "sha256": sha256(ct).hexdigest()},
        "att": tuple(one.model_dump(include=_SEALED) for one in att),
        "ks": {"ver": ks_ver, "sha256": ks_sha256},
    }  # fmt: skip
    return Manifest.model_validate(members)


def info(net: str, mid: str, sender: str, to: str, kem_kid: str, cls: str = MESSAGE) -> bytes:  # noqa: PLR0917 - in the order of the specification
    """The context an envelope is sealed in (HPKE ``info``): opened anywhere else, it does not open."""
    parts = [part.encode("utf-8") for part in (net, mid, sender, to, kem_kid, cls)]
    return _INFO + b"".join(_LENGTH.pack(len(part)) + part for part in parts)
