"""A file of evidence: a case, or one message of it, for somebody who has no node (wire specification, section 24).

Rules
- The file is text, one strict JSON object a line, each line ended by one LF. It is read line by line: nothing is
  unpacked, no line is read before its length is bounded, and none is parsed before its digest is the one its exporter
  signed for.
- The first line is the *inventory*, signed by whoever exported the file: which lines follow, each with its SHA-256.
- Then the cards of the two authorities, the head of the exporter's tree (a checkpoint), and the messages.
- Last, perhaps, a time-stamp of somebody else over all the lines between (``Stamped``); such a file is of version 2.
- A message shows its statement, those of its disclosures that may be shown, the envelope and the receipts, and where
  receipts and envelope stand in the tree. Of what is withheld it says the place and why, and holds the digest alone.
- This room reads and writes lines; whose keys count is judged in ``keys/evidence.py``.

    data = write(inventory_line, lines)
    told = read_message(line)
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Annotated, Any, ClassVar, Final, Literal, Self, TypeVar

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from protocol import base64url, jws, merkle, strictjson
from protocol.attachments import MAX_ATTACHMENTS
from protocol.checkpoint import MAX_NOTE_BYTES
from protocol.elements import MAX_ELEMENTS
from protocol.errors import Mismatch, SchemaInvalid, UnsupportedVersion
from protocol.jws import Jws
from protocol.names import CaseId, MessageId
from protocol.payload import VERSION as MAJOR
from protocol.payload import Content, Count, Crit, Digest, Millis, Part, check_understood, first_fault
from protocol.statement import STC_SALT_BYTES

__all__ = [
    "MAX_ANSWER_BYTES", "MAX_FILE_BYTES", "MAX_LINES", "MAX_LINE_BYTES", "NONCE_BYTES", "STAMP", "TYP", "Carried",
    "Entry", "Inventory", "LeftOut", "Line", "Stamped", "Told", "Withheld", "digest_of", "inventory_line", "read_card",
    "read_head", "read_inventory", "read_message", "read_stamp", "stamp_line", "write",
]  # fmt: skip

STAMP: Final = "rfc3161"  # what a line of a time-stamp is of
TYP: Final = "itx-evid+json"
MAX_FILE_BYTES: Final = 64 * 1024 * 1024
MAX_LINE_BYTES: Final = 9 * 1024 * 1024  # a card has 8 MiB at most, a message under four
MAX_LINES: Final = 2048  # behind the inventory
MAX_PATH: Final = 63
MAX_ANSWER_BYTES: Final = 64 * 1024  # of a time-stamp authority, with its certificates
NONCE_BYTES: Final = 8
_MARK: Final = "itx_evidence"
_ORDER: Final = ("card", "head", "message", "stamp")
_SALT_CHARS: Final = len(base64url.encode(bytes(STC_SALT_BYTES)))

Model = TypeVar("Model", bound=BaseModel)
Text = Annotated[str, Field(min_length=1, max_length=200)]
Reason = Annotated[str, Field(min_length=1, max_length=64)]


# ---------------------------------------------------------------- the inventory


class Line(Part):
    """One line behind the inventory: what it is, whose or of which message, and the SHA-256 of its bytes."""

    kind: Literal["card", "head", "message", "stamp"]
    of: Text
    sha256: Digest


class LeftOut(Part):
    """A message of the case that the file does not hold, and why, in a word."""

    mid: MessageId
    why: Reason


class Inventory(Content):
    """The signed payload of the first line. ``to`` and ``purpose`` say whom the file was made for."""

    MAX_BYTES: ClassVar[int] = 768 * 1024

    crit: Crit
    at: Millis
    case: CaseId
    scope: Literal["case", "message"]
    to: Text
    purpose: Text
    lines: Annotated[tuple[Line, ...], Field(strict=False, min_length=2, max_length=MAX_LINES)]
    left_out: Annotated[tuple[LeftOut, ...], Field(strict=False, max_length=MAX_LINES)]

    @model_validator(mode="after")
    def _lines_in_their_order(self) -> Self:
        kinds = [line.kind for line in self.lines]
        places = [_ORDER.index(kind) for kind in kinds]
        cards, heads, messages, stamps = (kinds.count(kind) for kind in _ORDER)
        if places != sorted(places) or not 1 <= cards <= 2 or heads >= cards or not messages:
            raise ValueError("expected one or two cards, at most one head beside two cards, then messages")
        if stamps > 1 or (stamps and self.lines[-1].of != STAMP):
            raise ValueError(f"expected at most one time-stamp, of {STAMP}")
        if self.lines[0].of != self.from_ or len({(line.kind, line.of) for line in self.lines}) != len(self.lines):
            raise ValueError("expected the exporter's card first, and each thing once")
        if self.scope == "message" and messages != 1:
            raise ValueError("expected one message in the evidence of a message")
        return self

    @property
    def version(self) -> int:
        """Of the file: 2 where it holds a time-stamp, which readers of version 1 do not know."""
        return 2 if self.lines[-1].kind == "stamp" else 1

    @property
    def mids(self) -> frozenset[str]:
        """The messages the file holds or names as left out."""
        held = (line.of for line in self.lines if line.kind == "message")
        return frozenset((*held, *(one.mid for one in self.left_out)))


def inventory_line(signed: Any, version: int = 1) -> bytes:
    """The first line."""
    return strictjson.dump({_MARK: version, "inventory": signed})


def read_inventory(line: bytes) -> tuple[Jws, Inventory]:
    """The inventory with its signatures, not believed yet. SchemaInvalid, TooLarge or UnsupportedVersion."""
    members = strictjson.load(line, MAX_LINE_BYTES)
    if not isinstance(members, dict) or type(members.get(_MARK)) is not int:
        raise SchemaInvalid("expected a file of evidence")
    if members[_MARK] not in {1, 2}:
        raise UnsupportedVersion("expected evidence of version 1 or 2")
    if members.keys() != {_MARK, "inventory"} or strictjson.dump(members) != line:
        raise SchemaInvalid("expected the mark and the inventory in the first line, in the one form of section 2")
    signed = jws.parse(members["inventory"], TYP, max_payload_bytes=Inventory.MAX_BYTES)
    inventory = Inventory.read(signed.payload)
    check_understood(inventory.v, inventory.crit)
    if members[_MARK] != inventory.version:
        raise UnsupportedVersion("expected evidence of version 2 where it holds a time-stamp, else of version 1")
    return signed, inventory


def write(first: bytes, lines: Sequence[bytes]) -> bytes:
    """The whole file."""
    return b"".join(line + b"\n" for line in (first, *lines))


def digest_of(line: bytes) -> str:
    """What the inventory says of a line."""
    return sha256(line).hexdigest()


# ---------------------------------------------------------------- what stands in the tree


class _Exact(BaseModel):
    """An object of the file, outside any signature: these members and no other."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid", hide_input_in_errors=True)


class Entry(_Exact):
    """Where an object stands in the exporter's tree: the entry without its digest, its place, the path to the head."""

    t: Millis
    k: Literal["env.out", "env.in", "rcpt.out", "rcpt.in"]
    index: Count
    path: Annotated[tuple[Digest, ...], Field(strict=False, max_length=MAX_PATH)]

    def check(self, item: Any, size: int, root: bytes) -> None:
        """Mismatch unless this very object is entry ``index`` of the tree of this head (section 11)."""
        said = {"v": MAJOR, "t": self.t, "k": self.k, "h": sha256(strictjson.dump(item)).hexdigest()}
        path = [bytes.fromhex(step) for step in self.path]
        try:
            merkle.verify_inclusion(merkle.leaf_hash(strictjson.dump(said)), self.index, size, path, root)
        except merkle.ProofInvalid as error:
            raise Mismatch(f"expected this object at place {self.index} of the tree: {error}") from error


class Carried(_Exact):
    """An envelope or a receipt as it was signed, and its entry, where the head covers it."""

    item: dict[str, Any]
    entry: Entry | None


# ---------------------------------------------------------------- the other lines


class Withheld(_Exact):
    """Something signed that is not shown: its place among all that is signed, from 0, and why."""

    position: Annotated[int, Field(ge=0, lt=MAX_ELEMENTS + MAX_ATTACHMENTS)]
    why: Annotated[tuple[Reason, ...], Field(strict=False, min_length=1, max_length=32)]


class Told(_Exact):
    """One message. ``salt`` is that of ``stc``; it, envelope and receipts are left empty for a letter."""

    statement: Any
    disclosures: Annotated[tuple[str, ...], Field(strict=False, max_length=MAX_ELEMENTS)]
    attachments: Annotated[tuple[str, ...], Field(strict=False, max_length=MAX_ATTACHMENTS)]
    withheld: Annotated[tuple[Withheld, ...], Field(strict=False, max_length=MAX_ELEMENTS + MAX_ATTACHMENTS)]
    salt: Annotated[str, Field(min_length=_SALT_CHARS, max_length=_SALT_CHARS)] | None
    envelope: Carried | None
    receipts: Annotated[tuple[Carried, ...], Field(strict=False, max_length=2)]

    @model_validator(mode="after")
    def _salt_and_envelope_go_together(self) -> Self:
        if (self.salt is None) != (self.envelope is None) or (self.receipts and self.envelope is None):
            raise ValueError("salt and receipts belong to an envelope")
        return self


class _Card(_Exact):
    card: dict[str, Any]


class _Head(_Exact):
    head: Annotated[str, Field(max_length=MAX_NOTE_BYTES)]


class _Stamp(_Exact):
    nonce: Annotated[str, Field(max_length=2 * NONCE_BYTES)]
    answer: Annotated[str, Field(max_length=MAX_ANSWER_BYTES * 4 // 3 + 4)]


class _StampLine(_Exact):
    stamp: _Stamp


@dataclass(frozen=True, slots=True)
class Stamped:
    """A time-stamp authority's answer (RFC 3161, TimeStampResp) as it came, and the number sent with the question.

    What is stamped is the SHA-256 of all lines behind the inventory and before this one, each with its LF.
    """

    nonce: int
    answer: bytes


def stamp_line(stamped: Stamped) -> bytes:
    """The line of a time-stamp."""
    nonce = base64url.encode(stamped.nonce.to_bytes(NONCE_BYTES, "big"))
    return strictjson.dump({"stamp": {"nonce": nonce, "answer": base64url.encode(stamped.answer)}})


def read_stamp(line: bytes) -> Stamped:
    """The time-stamp in a line, nothing of it judged. SchemaInvalid or TooLarge."""
    said = _read(_StampLine, line).stamp
    nonce = base64url.decode(said.nonce)
    if len(nonce) != NONCE_BYTES:
        raise SchemaInvalid(f"expected a number of {NONCE_BYTES} bytes")
    return Stamped(int.from_bytes(nonce, "big"), base64url.decode(said.answer))


def read_card(line: bytes) -> dict[str, Any]:
    """The card in a line. SchemaInvalid or TooLarge."""
    return _read(_Card, line).card


def read_head(line: bytes) -> str:
    """The signed note in a line. SchemaInvalid or TooLarge."""
    return _read(_Head, line).head


def read_message(line: bytes) -> Told:
    """The message in a line. SchemaInvalid or TooLarge."""
    return _read(Told, line)


def _read(model: type[Model], line: bytes) -> Model:
    members = strictjson.load(line, MAX_LINE_BYTES)
    try:
        return model.model_validate(members)
    except ValidationError as error:
        raise SchemaInvalid(first_fault(model.__name__.strip("_"), error)) from error
