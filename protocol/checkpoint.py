"""Checkpoints: the head of an audit tree as a C2SP signed note, and what signs it (wire specification, section 12).

Rules
- Body: origin line, size, base64 of the root; no extension lines of ours (others' are kept: they are signed).
- Signature line: em dash, key name, base64(4-byte key id || signature). The key id names key name, type and key.
- Types: 0x01 Ed25519 over the body; 0x04 Ed25519 cosignature with its time; 0x06 ML-DSA-44 over the C2SP subtree
  message, with its time. A log signs 0x01 and 0x06; a witness 0x04 and 0x06. Unknown keys are ignored: that is how new
  kinds come in. A known key whose signature fails makes the whole note invalid.
- Keys and signing come as parameters; this module knows what bytes are signed.

    head = Checkpoint("ke.example/at", 2, root)
    key = NoteKey("ke.example/at", ED25519, public_key)
    note = write(head.body(), [key.sign(head, 0, signer.sign)])
    head, times = verify(read(note), {key: verify_ed25519})
"""

import base64
import binascii
import re
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from protocol import merkle
from protocol.errors import BadSignature, SchemaInvalid, TooLarge

__all__ = [
    "COSIGNATURE", "ED25519", "MAX_NOTE_BYTES", "MLDSA44", "Checkpoint", "Note", "NoteKey", "NoteSignature", "read",
    "verify", "write",
]  # fmt: skip

ED25519: Final = 0x01  # c2sp.org/signed-note
COSIGNATURE: Final = 0x04  # c2sp.org/tlog-cosignature, Ed25519
MLDSA44: Final = 0x06  # c2sp.org/tlog-cosignature, ML-DSA-44
_SIGNATURE_BYTES: Final = {ED25519: 64, COSIGNATURE: 64, MLDSA44: 2420}

MAX_NOTE_BYTES: Final = 64 * 1024  # sixteen signatures of the largest kind, with room
MAX_SIGNATURES: Final = 16
_MAX_SIZE: Final = 2**63 - 1
_MAX_SECONDS: Final = 2**63 - 1
_LINE: Final = re.compile(r"— ([^\s+]{1,255}) ([A-Za-z0-9+/]+={0,2})")
_NAME: Final = re.compile(r"[^\s+]{1,255}")
_SIZE: Final = re.compile(r"0|[1-9][0-9]{0,18}")
_SECONDS: Final = struct.Struct(">Q")
_RANGE: Final = struct.Struct(">QQ")
_ID_BYTES: Final = 4

VerifyRaw = Callable[[bytes, bytes], None]
"""``verify(message, signature)``: returns, or raises BadSignature."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """The head of one tree: whose, how many leaves, which root."""

    origin: str
    size: int
    root: bytes
    extensions: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.origin) is None or len(self.origin.encode("utf-8")) > 255:
            raise ValueError("an origin is 1 to 255 bytes without white space or +")
        if not 0 <= self.size <= _MAX_SIZE or len(self.root) != merkle.HASH_BYTES:
            raise ValueError("a checkpoint has a size and a root of 32 bytes")
        if not all(line and line.isprintable() for line in self.extensions):
            raise ValueError("extension lines are not empty, and printable")

    def body(self) -> str:
        """The text that is signed, with its final newline (c2sp.org/tlog-checkpoint)."""
        root = base64.b64encode(self.root).decode("ascii")
        return "".join(f"{line}\n" for line in (self.origin, self.size, root, *self.extensions))

    @classmethod
    def of(cls, body: str) -> "Checkpoint":
        """The checkpoint a body spells. SchemaInvalid if it spells none, or not in its one spelling."""
        lines = body.split("\n")
        if len(lines) < 4 or lines[-1] or _SIZE.fullmatch(lines[1]) is None:
            raise SchemaInvalid("expected origin, size and root, one a line")
        try:
            found = cls(lines[0], int(lines[1]), base64.b64decode(lines[2], validate=True), tuple(lines[3:-1]))
        except ValueError as error:
            raise SchemaInvalid("expected origin, size and root of a checkpoint") from error
        if found.body() != body:
            raise SchemaInvalid("expected canonical base64")
        return found


@dataclass(frozen=True, slots=True)
class NoteSignature:
    """One signature line. ``blob`` is what follows the key id: a signature, in cosignatures with its time before it."""

    name: str
    key_id: bytes
    blob: bytes

    def line(self) -> str:
        return f"— {self.name} {base64.b64encode(self.key_id + self.blob).decode('ascii')}\n"


@dataclass(frozen=True, slots=True)
class NoteKey:
    """A public key under the name it signs with."""

    name: str
    kind: int
    public: bytes

    def __post_init__(self) -> None:
        if _NAME.fullmatch(self.name) is None or len(self.name.encode("utf-8")) > 255:
            raise ValueError("a key name is 1 to 255 bytes without white space or +")
        if self.kind not in _SIGNATURE_BYTES:
            raise ValueError(f"a note key is of a kind in {sorted(_SIGNATURE_BYTES)}")

    @property
    def key_id(self) -> bytes:
        """First four bytes of SHA-256(name, newline, kind, key) (c2sp.org/signed-note)."""
        return sha256(self.name.encode("utf-8") + b"\n" + bytes([self.kind]) + self.public).digest()[:_ID_BYTES]

    def message(self, head: Checkpoint, seconds: int) -> bytes:
        """The bytes a key of this kind signs. ``seconds`` since 1970: when a cosigner saw it; unused for 0x01."""
        if self.kind == ED25519:
            return head.body().encode("utf-8")
        if self.kind == COSIGNATURE:
            return f"cosignature/v1\ntime {seconds}\n{head.body()}".encode()
        name, origin = self.name.encode("utf-8"), head.origin.encode("utf-8")
        return b"".join((
            b"subtree/v1\n\0", bytes([len(name)]), name, _SECONDS.pack(seconds), bytes([len(origin)]), origin,
            _RANGE.pack(0, head.size), head.root,
        ))  # fmt: skip

    def sign(self, head: Checkpoint, seconds: int, sign: Callable[[bytes], bytes]) -> NoteSignature:
        """The signature line of this key, ``sign`` being its private half."""
        time = b"" if self.kind == ED25519 else _SECONDS.pack(seconds)
        return NoteSignature(self.name, self.key_id, time + sign(self.message(head, seconds)))

    def verify(self, head: Checkpoint, blob: bytes, verify: VerifyRaw) -> int:
        """When it was signed, in seconds (0 for 0x01, which says none). BadSignature if it does not hold."""
        timed = self.kind != ED25519
        if len(blob) != _SIGNATURE_BYTES[self.kind] + timed * _SECONDS.size:
            raise BadSignature(f"expected a signature of kind {self.kind}")
        seconds = int(_SECONDS.unpack_from(blob)[0]) if timed else 0
        if seconds > _MAX_SECONDS:
            raise BadSignature("expected a time before 2^63")
        verify(self.message(head, seconds), blob[_SECONDS.size :] if timed else blob)
        return seconds


@dataclass(frozen=True, slots=True)
class Note:
    """A text with signature lines, shape checked, nothing verified."""

    body: str
    signatures: tuple[NoteSignature, ...]


def write(body: str, signatures: Sequence[NoteSignature]) -> str:
    """The signed note: body, empty line, signatures."""
    return body + "\n" + "".join(signature.line() for signature in signatures)


def read(text: str) -> Note:
    """Body and signature lines of a note. SchemaInvalid or TooLarge if it is none (c2sp.org/signed-note)."""
    if len(text) > MAX_NOTE_BYTES:
        raise TooLarge(f"expected a note of at most {MAX_NOTE_BYTES} characters")
    body, gap, tail = text.rpartition("\n\n")
    if not gap or not tail.endswith("\n") or not body:
        raise SchemaInvalid("expected a body, an empty line and signatures")
    lines = tail[:-1].split("\n")
    if len(lines) > MAX_SIGNATURES:
        raise SchemaInvalid(f"expected at most {MAX_SIGNATURES} signatures")
    return Note(body + "\n", tuple(_read_line(line) for line in lines))


def _read_line(line: str) -> NoteSignature:
    parts = _LINE.fullmatch(line)
    if parts is None:
        raise SchemaInvalid("expected a signature line")
    try:
        raw = base64.b64decode(parts[2], validate=True)
    except binascii.Error as error:
        raise SchemaInvalid("expected base64 in a signature line") from error
    if len(raw) <= _ID_BYTES or base64.b64encode(raw).decode("ascii") != parts[2]:
        raise SchemaInvalid("expected a key id and a signature in canonical base64")
    return NoteSignature(parts[1], raw[:_ID_BYTES], raw[_ID_BYTES:])


def verify(note: Note, keys: Mapping[NoteKey, VerifyRaw]) -> tuple[Checkpoint, dict[NoteKey, int]]:
    """The checkpoint, and for each of ``keys`` that signed it when it did. BadSignature if one fails or none signed.

    Which keys must have signed is for the caller to say: it looks them up in the result.
    """
    head = Checkpoint.of(note.body)
    known = {(key.name, key.key_id): key for key in keys}
    times: dict[NoteKey, int] = {}
    for signature in note.signatures:
        key = known.get((signature.name, signature.key_id))
        if key is None:
            continue
        if key in times:
            raise BadSignature("expected each key to sign once")
        times[key] = key.verify(head, signature.blob, keys[key])
    if not times:
        raise BadSignature("expected a signature of a known key")
    return head, times
