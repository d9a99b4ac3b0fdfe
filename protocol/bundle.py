"""The index of a bundle: what one ``.itx`` file carries from one authority to another (wire specification, section 23).

Rules
- A bundle is a stored ZIP of *posts*, each the very object that ``POST /itx/1/envelopes`` takes, and of sealed
  attachments. So a file and a line carry the same bytes, and one judge takes both.
- The index says of every member its name, length and digest, in their order. It is signed like a receipt, and it is
  all that is believed of the container: a ZIP's own directory is for people who look into the file.
- ``taken`` and ``landed`` answer what came in bundles of the other side; ``want`` asks for attachments on demand.
- Names are of three forms and never become paths. A piece is one of the 1 MiB steps of an attachment, so that a part
  may be smaller than what it carries.

    item = issue(index, signer)
    authenticate(parse(item), me="at", net="real", verify=verify).members
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, ClassVar, Final, Self

from pydantic import Field, model_validator

from protocol import jws, strictjson
from protocol.attachments import MAX_CT_BYTES
from protocol.errors import Mismatch
from protocol.jws import Jws, Signer, Verify
from protocol.names import MessageId, ReceiptId
from protocol.payload import (
    VERSION,
    Crit,
    Digest,
    Keyset,
    Millis,
    Part,
    Payload,
    check_addressee,
    check_understood,
)

__all__ = [
    "INDEX", "MAX_BYTES", "MAX_LANDED", "MAX_MEMBERS", "MAX_PARTS", "MAX_POST_BYTES", "MAX_TAKEN", "MAX_WANT",
    "PIECE_BYTES", "TRUST", "TYP", "Index", "Member", "SignedIndex", "authenticate", "build", "issue", "parse",
    "pieces_of",
]  # fmt: skip

TYP: Final = "itx-bundle+json"
TRUST: Final = "trust.json"  # first in the file: who reads it may need these documents to believe the index
INDEX: Final = "index.json"
MAX_MEMBERS: Final = 16_000  # with the lists below they stay under the 100,000 values of one JSON text
MAX_TAKEN: Final = 20_000
MAX_LANDED: Final = 10_000
MAX_WANT: Final = 1_000
MAX_PARTS: Final = 9_999
MAX_BYTES: Final = 2_000_000_000  # of one file: every program reads a ZIP of this size, every disc takes it
MAX_POST_BYTES: Final = 8 << 20  # as over HTTP
PIECE_BYTES: Final = 1 << 20
_POST: Final = re.compile(r"posts/[0-9]{6}\.json")
_BLOB: Final = re.compile(r"blobs/([0-9a-f]{64})(?:\.(0|[1-9][0-9]{0,2}))?")


def pieces_of(length: int) -> int:
    """How many pieces an attachment of ``length`` sealed bytes is cut into."""
    return -(-length // PIECE_BYTES)


class Member(Part):
    """One file of the bundle. ``whole`` is the length of the attachment that a piece is of, and of pieces alone."""

    name: Annotated[str, Field(max_length=80)]
    len: Annotated[int, Field(ge=1, le=MAX_CT_BYTES)]
    sha256: Digest
    whole: Annotated[int, Field(ge=1, le=MAX_CT_BYTES)] | None = None

    @property
    def is_post(self) -> bool:
        """A post, not bytes of an attachment."""
        return _POST.fullmatch(self.name) is not None

    @property
    def digest(self) -> str:
        """Of the attachment this is, or is a piece of."""
        return self.name[6:70]

    @property
    def piece(self) -> int | None:
        """Which piece of it, from 0; None where it is whole."""
        return int(self.name[71:]) if self.whole is not None else None

    @model_validator(mode="after")
    def _name_fits_the_content(self) -> Self:
        found = _BLOB.fullmatch(self.name)
        if found is None:
            if not self.is_post or self.whole is not None or self.len > MAX_POST_BYTES:
                raise ValueError("expected posts/<n>.json or blobs/<digest>, within their sizes")
        elif (found[2] is None) != (self.whole is None) or (found[2] is None and found[1] != self.sha256):
            raise ValueError("expected an attachment under its digest, or a piece with the length of the whole")
        elif self.whole is not None and self.len != _piece_bytes(self.whole, int(found[2])):
            raise ValueError("expected a piece of 1 MiB, or the last one")
        return self

    def members(self) -> dict[str, Any]:
        """As its writer signs it."""
        found: dict[str, Any] = {"name": self.name, "len": self.len, "sha256": self.sha256}
        return found if self.whole is None else found | {"whole": self.whole}


def _piece_bytes(whole: int, piece: int) -> int:
    return max(0, min(PIECE_BYTES, whole - piece * PIECE_BYTES))


class Index(Payload):
    """The signed payload of an index."""

    MAX_BYTES: ClassVar[int] = 8 * 1024 * 1024

    crit: Crit
    id: MessageId  # of the bundle; all its parts bear it
    iat: Millis
    part: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    of: Annotated[int, Field(ge=1, le=MAX_PARTS)]
    ks: Keyset
    taken: Annotated[tuple[ReceiptId, ...], Field(strict=False, max_length=MAX_TAKEN)]
    landed: Annotated[tuple[Digest, ...], Field(strict=False, max_length=MAX_LANDED)]
    want: Annotated[tuple[Digest, ...], Field(strict=False, max_length=MAX_WANT)]
    members: Annotated[tuple[Member, ...], Field(strict=False, max_length=MAX_MEMBERS)]

    @model_validator(mode="after")
    def _is_one_file(self) -> Self:
        if self.part > self.of:
            raise ValueError("expected a part of those there are")
        if len({one.name for one in self.members}) != len(self.members):
            raise ValueError("expected each member once")
        if sum(one.len for one in self.members) > MAX_BYTES:
            raise ValueError(f"expected at most {MAX_BYTES} bytes")
        return self

    def payload(self) -> bytes:
        """The canonical bytes; a member that is no piece does not say ``whole``."""
        said = self.model_dump(by_alias=True, exclude={"members"})
        return strictjson.dump(said | {"members": [one.members() for one in self.members]})


@dataclass(frozen=True, slots=True)
class SignedIndex:
    """An index of the right shape, from anyone."""

    index: Index
    jws: Jws
    wire: bytes


def build(
    *,
    net: str,
    bundle: str,
    sender: str,
    to: str,
    iat: int,
    part: tuple[int, int],
    ks: tuple[int, str],
    members: Sequence[Member],
    taken: Sequence[str] = (),
    landed: Sequence[str] = (),
    want: Sequence[str] = (),
) -> Index:
    """The index of one part, ``part`` being its number and how many there are."""
    said: dict[str, Any] = {
        "v": VERSION, "net": net, "crit": (), "id": bundle, "from": sender, "to": to, "iat": iat, "part": part[0],
        "of": part[1], "ks": {"ver": ks[0], "sha256": ks[1]}, "taken": tuple(taken), "landed": tuple(landed),
        "want": tuple(want), "members": tuple(members),
    }  # fmt: skip
    return Index.model_validate(said)


def issue(index: Index, signer: Signer) -> dict[str, Any]:
    """The signed index, as it travels."""
    return jws.sign(index.payload(), TYP, [signer])


def parse(item: Any) -> SignedIndex:
    """Shape and limits of one index. Any refusal here is of something unauthenticated."""
    signed = jws.parse(item, TYP, most=1, max_payload_bytes=Index.MAX_BYTES)
    return SignedIndex(Index.read(signed.payload), signed, jws.wire(signed))


def authenticate(signed: SignedIndex, *, me: str, net: str, verify: Verify) -> Index:
    """The index, once its signature holds and it is meant for this node. ``verify`` knows its sender's receipt keys."""
    jws.verify_each(signed.jws, verify)
    index = signed.index
    check_understood(index.v, index.crit)
    check_addressee(index, me=me, net=net)
    if index.id.authority != index.from_:
        raise Mismatch("expected the id of the bundle to begin with its sender")
    return index
