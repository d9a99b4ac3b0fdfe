"""The card: all a counterpart needs to know us, in one file; and the digest two officers compare.

Rules
- ``{"itx_card": 1, "roots": [every root from version 1 on], "keyset": the newest}``; the contact card of ITI para 31
  is in the keyset.
- The digest is the SHA-256 of root 1's payload. It never changes while the authority lives, however often keys do.
- A card proves nothing by itself: whoever made it could have made its digest. The digest must come over another way
  (a note verbale, a meeting, the list of contact points).

Example
    card = Card.read(data)
    groups(card.digest)  # "3f9a 01c2 ..." to read aloud
    TrustSet.of_card(card, confirmed_digest, "real", at_ms=now_ms)
"""

import hashlib
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Final, Self

from keys.errors import DigestMismatch, DocumentMalformed
from protocol import base64url, strictjson
from protocol.errors import ProtocolError

__all__ = ["MAX_CARD_BYTES", "MAX_ROOTS", "Card", "groups", "make", "root_digest", "same_digest"]

MAX_ROOTS: Final = 256  # a rotation a year for longer than States keep names
MAX_CARD_BYTES: Final = 8 * 1024 * 1024
MEMBERS: Final = frozenset({"itx_card", "roots", "keyset"})
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class Card:
    """A card whose shape is right. Nothing in it is believed yet; ``digest`` is what it claims."""

    root_documents: tuple[bytes, ...] = field(repr=False)
    keyset_document: bytes = field(repr=False)
    digest: str

    @classmethod
    def read(cls, data: bytes) -> Self:
        """The card in these bytes, or DocumentMalformed."""
        try:
            members = strictjson.load(data, MAX_CARD_BYTES)
        except ProtocolError as fault:
            raise DocumentMalformed(f"not a card: {fault}") from fault
        if not isinstance(members, dict) or members.keys() != MEMBERS or members["itx_card"] != 1:
            raise DocumentMalformed(f"not a card: expected an object of {sorted(MEMBERS)}")
        roots = members["roots"]
        if not isinstance(roots, list) or not 1 <= len(roots) <= MAX_ROOTS:
            raise DocumentMalformed(f"a card holds 1 to {MAX_ROOTS} roots")
        documents = tuple(strictjson.dump(root) for root in roots)
        return cls(documents, strictjson.dump(members["keyset"]), root_digest(documents[0]))

    def members(self) -> dict[str, Any]:
        """The card as JSON, to stand inside another file."""
        return dict(strictjson.load(make(self.root_documents, self.keyset_document), MAX_CARD_BYTES))


def make(root_documents: Sequence[bytes], keyset_document: bytes) -> bytes:
    """The card of these documents."""
    roots = [strictjson.load(root, MAX_CARD_BYTES) for root in root_documents]
    return strictjson.dump({"itx_card": 1, "roots": roots, "keyset": strictjson.load(keyset_document, MAX_CARD_BYTES)})


def root_digest(document: bytes) -> str:
    """The digest of a root document, hex: what it claims, nothing verified. DocumentMalformed if it is none."""
    try:
        members = strictjson.load(document, MAX_CARD_BYTES)
        payload = base64url.decode(members.get("payload") if isinstance(members, dict) else None)
    except ProtocolError as fault:
        raise DocumentMalformed(f"not a root: {fault}") from fault
    return hashlib.sha256(payload).hexdigest()


def groups(digest: str) -> str:
    """Sixteen groups of four digits, to be read aloud."""
    return " ".join(digest[start : start + 4] for start in range(0, len(digest), 4))


def same_digest(typed: str) -> str:
    """A digest as an officer typed it: blanks, colons, hyphens and capitals do not matter. DigestMismatch if none."""
    digest = re.sub(r"[\s:-]", "", typed).lower()
    if DIGEST.fullmatch(digest) is None:
        raise DigestMismatch("expected a digest of 64 hexadecimal digits")
    return digest
