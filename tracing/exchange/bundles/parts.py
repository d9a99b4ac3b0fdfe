"""Dividing what is to go among files of a bounded size.

Rules
- Every part is a bundle of its own: an attachment goes together with the post that names it, again if need be. So
  parts may come in any order, and one that is lost takes nothing else with it.
- A part is filled in the order of what is given, the most urgent first; what does not fit any more begins the next.
- An attachment larger than a part can hold is cut into pieces of 1 MiB, each of which is whole by itself.

    divide(loads, most_bytes=10 << 20, fixed_bytes=40_000)  ->  [[packed, ...], ...]
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Final

from protocol.bundle import MAX_BYTES, MAX_MEMBERS, PIECE_BYTES, Member, pieces_of
from tracing.attachments import Folder
from tracing.exchange.bundles.container import OVERHEAD_BYTES

__all__ = ["LEAST_SPLIT_BYTES", "Load", "Packed", "PartTooSmall", "cut", "divide", "whole"]

LEAST_SPLIT_BYTES: Final = 4 << 20  # one post may hold an envelope of 1 MiB, which is 1.4 MB as text
_IN_INDEX: Final = 300  # bytes of a member in the signed index, as base64url


class PartTooSmall(Exception):
    """Something that cannot be cut does not fit a part of this size."""


@dataclass(frozen=True, slots=True)
class Packed:
    """One member, and where its bytes come from."""

    member: Member
    read: Callable[[], Iterable[bytes]]

    @property
    def cost(self) -> int:
        """Bytes it takes of a file, with its headers and its line in the index."""
        return self.member.len + OVERHEAD_BYTES + _IN_INDEX


@dataclass(frozen=True, slots=True)
class Load:
    """A member to be carried, and the post without which it would not be taken."""

    packed: Packed
    needs: Packed | None = None


@dataclass(slots=True)
class _Part:
    most_bytes: int
    cost: int
    packed: dict[str, Packed] = field(default_factory=dict)

    def takes(self, some: Sequence[Packed]) -> bool:
        cost = self.cost + sum(one.cost for one in some)
        if cost > self.most_bytes or len(self.packed) + len(some) > MAX_MEMBERS:
            return False
        self.cost = cost
        self.packed |= {one.member.name: one for one in some}
        return True

    def in_order(self) -> list[Packed]:
        """Posts first: they name what follows."""
        return sorted(self.packed.values(), key=lambda one: not one.member.is_post)


def divide(loads: Iterable[Load], *, most_bytes: int | None, fixed_bytes: int) -> list[list[Packed]]:
    """The members of each part, one at least. ``fixed_bytes``: of what every part has beside them. PartTooSmall."""
    most = min(most_bytes or MAX_BYTES, MAX_BYTES)
    parts = [_Part(most, fixed_bytes)]
    for load in loads:
        if not parts[-1].takes(_lacking(parts[-1], load)):
            parts.append(_Part(most, fixed_bytes))
            if not parts[-1].takes(_lacking(parts[-1], load)):
                raise PartTooSmall(f"something of {load.packed.member.len} bytes does not fit a part of {most}")
    return [part.in_order() for part in parts]


def _lacking(part: _Part, load: Load) -> list[Packed]:
    both = (load.needs, load.packed)
    return [one for one in both if one is not None and one.member.name not in part.packed]


# ---------------------------------------------------------------- attachments


def whole(folder: Folder, digest: str, length: int) -> Packed:
    """An attachment as one member."""
    return Packed(Member(name=f"blobs/{digest}", len=length, sha256=digest), partial(folder.pieces, digest))


def cut(folder: Folder, digest: str, length: int) -> Iterator[Packed]:
    """The same as pieces. OSError if it is not at hand."""
    for number in range(pieces_of(length)):
        first = number * PIECE_BYTES
        size = min(PIECE_BYTES, length - first)
        hashed = hashlib.sha256()
        for piece in folder.pieces(digest, first, size):
            hashed.update(piece)
        member = Member(name=f"blobs/{digest}.{number}", len=size, sha256=hashed.hexdigest(), whole=length)
        yield Packed(member, partial(folder.pieces, digest, first, size))
