"""Witnessing: a log shows its newest checkpoint, and its counterpart cosigns what extends the one before (section 23).

Rules
- An *offer* is the checkpoint, the size its log believes was cosigned last, the proof that the tree of that size begins
  this one, and, where they are not too many, the hashes of the entries since: with them the witness can later name the
  first entry that is not as it was.
- Two signed checkpoints of one log *contradict* each other if they give one size two roots (``fork``), or if the later
  one has fewer entries (``rollback``: a log never signs an earlier time over a larger tree). Whoever holds both can
  show it to anybody, offline.
- Who witnesses cosigns only on ``EXTENDS``; whatever else it meets, it answers with the note it cosigned last.

    offer = read(item)
    judge(held, Dated(head, seconds), offer)  ->  Verdict.EXTENDS
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any, Final, Literal

from pydantic import Field, ValidationError

from protocol import base64url, merkle
from protocol.checkpoint import MAX_NOTE_BYTES, Checkpoint
from protocol.errors import SchemaInvalid
from protocol.payload import Count, Part

__all__ = ["MOST_LEAVES", "Contradiction", "Dated", "Offer", "Verdict", "contradiction", "judge", "offer", "read"]

MOST_LEAVES: Final = 16_384  # 700 kB; a log that is further ahead is witnessed without them
MOST_STEPS: Final = 63  # a proof is no longer than a size has bits
HASH_CHARS: Final = 43
Contradiction = Literal["fork", "rollback"]
Hash = Annotated[str, Field(min_length=HASH_CHARS, max_length=HASH_CHARS)]


class Offer(Part):
    """A checkpoint to cosign, as it travels; nothing in it is verified."""

    note: Annotated[str, Field(max_length=MAX_NOTE_BYTES)]
    old: Count
    proof: Annotated[tuple[Hash, ...], Field(strict=False, max_length=MOST_STEPS)]
    leaves: Annotated[str, Field(max_length=MOST_LEAVES * merkle.HASH_BYTES * 4 // 3 + 4)] | None = None

    @property
    def steps(self) -> tuple[bytes, ...]:
        """The hashes of the proof."""
        return tuple(base64url.decode(step) for step in self.proof)

    @property
    def hashes(self) -> tuple[bytes, ...] | None:
        """The hashes of the entries from ``old`` on; None where they are not given."""
        if self.leaves is None:
            return None
        raw = base64url.decode(self.leaves)
        if len(raw) % merkle.HASH_BYTES:
            raise SchemaInvalid(f"expected hashes of {merkle.HASH_BYTES} bytes")
        return tuple(raw[at : at + merkle.HASH_BYTES] for at in range(0, len(raw), merkle.HASH_BYTES))

    def members(self) -> dict[str, Any]:
        """The offer as JSON."""
        found: dict[str, Any] = {"note": self.note, "old": self.old, "proof": list(self.proof)}
        return found if self.leaves is None else found | {"leaves": self.leaves}


def offer(note: str, old: int, steps: list[bytes], hashes: list[bytes] | None) -> Offer:
    """The offer of a checkpoint."""
    leaves = None if hashes is None else base64url.encode(b"".join(hashes))
    return Offer(note=note, old=old, proof=tuple(base64url.encode(step) for step in steps), leaves=leaves)


def read(item: Any) -> Offer:
    """The offer an item spells. SchemaInvalid where it is none."""
    try:
        found = Offer.model_validate(item)
    except ValidationError as error:
        raise SchemaInvalid("expected a checkpoint as an object of note, old and proof") from error
    _ = found.steps, found.hashes  # their spelling is part of the shape
    return found


@dataclass(frozen=True, slots=True)
class Dated:
    """A head whose signatures hold, and when its log signed it (seconds since 1970, by its ML-DSA-44 signature)."""

    head: Checkpoint
    seconds: int


class Verdict(StrEnum):
    """What an offer comes to beside the checkpoint that was cosigned last."""

    EXTENDS = "extends"
    SAME = "same"
    ELSEWHERE = "elsewhere"  # it begins at another size than the one held, or is an older note
    UNPROVED = "unproved"  # it begins there, and does not prove that it goes on from there
    FORK = "fork"
    ROLLBACK = "rollback"


def contradiction(one: Dated, other: Dated) -> Contradiction | None:
    """What two checkpoints, each proved to be by one log, show about it; None where one log may have signed both."""
    if one.head.origin != other.head.origin:
        return None
    if one.head.size == other.head.size:
        return None if one.head.root == other.head.root else "fork"
    larger, smaller = (one, other) if one.head.size > other.head.size else (other, one)
    return "rollback" if smaller.seconds > larger.seconds else None


def judge(held: Dated | None, shown: Dated, given: Offer) -> Verdict:
    """What to make of ``shown``, which ``given`` offers. ``held`` is what was cosigned last of the same log."""
    if held is None:
        return Verdict.EXTENDS
    if (found := contradiction(held, shown)) is not None:
        return Verdict(found)
    if shown.head.size == held.head.size:
        return Verdict.SAME
    if given.old != held.head.size or shown.head.size < held.head.size:
        return Verdict.ELSEWHERE
    try:
        merkle.verify_consistency(given.old, shown.head.size, given.steps, held.head.root, shown.head.root)
    except merkle.ProofInvalid:
        return Verdict.UNPROVED
    return Verdict.EXTENDS
