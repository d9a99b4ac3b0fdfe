"""Tree maths of the audit trail: RFC 6962, section 2.1, proofs as RFC 9162 words them, and the subtrees of MTC.

Rules
- A leaf is hashed with 0x00 before it, a node with 0x01: none passes for the other. The empty tree is SHA-256("").
- Who proves keeps hashes wherever it likes: ``hash_of_subtree(first, count)`` gives the root of a complete subtree
  (``count`` a power of two, ``first`` a multiple of it).
- Who verifies needs nothing but the proof; ProofInvalid says that it does not hold.
- A *subtree* [start, end) begins at a multiple of the power of two that covers it (draft-ietf-plants-merkle-tree-certs,
  section 4.1). Proofs for whole trees are the case start = 0.

    head = CompactRange().append(leaf_hash(b"one")).append(leaf_hash(b"two"))
    head.root() == root([leaf_hash(b"one"), leaf_hash(b"two")])
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from hmac import compare_digest
from typing import Final

__all__ = [
    "EMPTY", "HASH_BYTES", "CompactRange", "HashOfSubtree", "ProofInvalid", "complete_root", "consistency_proof",
    "inclusion_proof", "leaf_hash", "node_hash", "root", "verify_consistency", "verify_inclusion",
    "verify_subtree_consistency", "verify_subtree_inclusion",
]  # fmt: skip

HASH_BYTES: Final = 32
EMPTY: Final = sha256(b"").digest()

HashOfSubtree = Callable[[int, int], bytes]


class ProofInvalid(ValueError):
    """The proof does not show what it should."""


def leaf_hash(data: bytes) -> bytes:
    """The hash of one entry (RFC 6962, section 2.1)."""
    return sha256(b"\0" + data).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours (RFC 6962, section 2.1)."""
    return sha256(b"\1" + left + right).digest()


# ---------------------------------------------------------------- growing a tree


@dataclass(frozen=True, slots=True)
class CompactRange:
    """A tree reduced to the roots of its complete subtrees, largest first: enough to append and to give the root."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if self.size < 0 or len(self.peaks) != self.size.bit_count():
            raise ValueError("a tree has as many peaks as its size has ones in binary")

    def append(self, leaf: bytes) -> "CompactRange":
        """The tree with one more leaf, given by its hash."""
        peaks, size = self.peaks, self.size
        while size & 1:
            leaf, peaks, size = node_hash(peaks[-1], leaf), peaks[:-1], size >> 1
        return CompactRange(self.size + 1, (*peaks, leaf))

    def extend(self, leaves: Sequence[bytes]) -> "CompactRange":
        """The tree with these leaves after it, by complete subtrees: a third of the time of each leaf alone."""
        peaks, size, at = list(self.peaks), self.size, 0
        while at < len(leaves):
            count = 1 << (len(leaves) - at).bit_length() - 1
            count = min(count, size & -size or count)
            value, before = complete_root(leaves[at : at + count]), size // count
            while before & 1:
                value, before = node_hash(peaks.pop(), value), before >> 1
            peaks.append(value)
            size, at = size + count, at + count
        return CompactRange(size, tuple(peaks))

    def root(self) -> bytes:
        """The root of the whole tree."""
        return _fold(self.peaks) if self.peaks else EMPTY


def _fold(peaks: Sequence[bytes]) -> bytes:
    value = peaks[-1]
    for peak in reversed(peaks[:-1]):
        value = node_hash(peak, value)
    return value


def complete_root(hashes: Sequence[bytes]) -> bytes:
    """The root of a complete subtree: over as many hashes side by side as a power of two."""
    while len(hashes) > 1:
        pairs = iter(hashes)
        hashes = [sha256(b"\1" + left + right).digest() for left, right in zip(pairs, pairs, strict=True)]
    return hashes[0]


def root(hashes: Sequence[bytes]) -> bytes:
    """The root over these leaf hashes."""
    return CompactRange().extend(hashes).root()


# ---------------------------------------------------------------- making proofs


def _complete(first: int, last: int) -> Iterator[tuple[int, int]]:
    """[first, last) as complete subtrees from left to right; ``first`` is a multiple of the largest."""
    while first < last:
        count = 1 << (last - first).bit_length() - 1
        yield first, count
        first += count


def _range_root(first: int, last: int, hash_of_subtree: HashOfSubtree) -> bytes:
    return _fold([hash_of_subtree(at, count) for at, count in _complete(first, last)])


def _split(size: int) -> int:
    """The largest power of two smaller than ``size``."""
    return 1 << (size - 1).bit_length() - 1


def inclusion_proof(index: int, size: int, hash_of_subtree: HashOfSubtree) -> list[bytes]:
    """The path from leaf ``index`` to the root of the tree of ``size`` leaves (RFC 6962, section 2.1.1)."""
    if not 0 <= index < size:
        raise ValueError(f"expected an index below {size}, got {index}")
    path: list[bytes] = []
    first, last = 0, size
    while last - first > 1:
        middle = first + _split(last - first)
        if index < middle:
            path.append(_range_root(middle, last, hash_of_subtree))
            last = middle
        else:
            path.append(_range_root(first, middle, hash_of_subtree))
            first = middle
    return path[::-1]


def consistency_proof(old: int, new: int, hash_of_subtree: HashOfSubtree) -> list[bytes]:
    """That the tree of ``old`` leaves is the beginning of the one of ``new`` (RFC 6962, section 2.1.2)."""
    if not 0 < old <= new:
        raise ValueError(f"expected a size from 1 to {new}, got {old}")
    path: list[bytes] = []
    first, last = 0, new
    while last != old:
        middle = first + _split(last - first)
        if old <= middle:
            path.append(_range_root(middle, last, hash_of_subtree))
            last = middle
        else:
            path.append(_range_root(first, middle, hash_of_subtree))
            first = middle
    if first:  # otherwise the old root is a node of the path, and the verifier has it
        path.append(_range_root(first, last, hash_of_subtree))
    return path[::-1]


# ---------------------------------------------------------------- verifying proofs


def verify_inclusion(leaf: bytes, index: int, size: int, proof: Sequence[bytes], expected_root: bytes) -> None:
    """ProofInvalid unless ``leaf`` is entry ``index`` of the tree (RFC 9162, section 2.1.3.2)."""
    if not 0 <= index < size:
        raise ProofInvalid(f"expected an index below {size}, got {index}")
    _check_hashes([leaf, *proof])
    at, last, value = index, size - 1, leaf
    for neighbour in proof:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if at & 1 or at == last:
            value = node_hash(neighbour, value)
            at, last = _up_to_right_child(at, last)
        else:
            value = node_hash(value, neighbour)
        at, last = at >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is too short")
    _check_equal(value, expected_root)


def _up_to_right_child(at: int, last: int) -> tuple[int, int]:
    """Skip the levels where ``at`` ends an incomplete tree and has no neighbour."""
    while at and not at & 1:
        at, last = at >> 1, last >> 1
    return at, last


def verify_consistency(old: int, new: int, proof: Sequence[bytes], old_root: bytes, new_root: bytes) -> None:
    """ProofInvalid unless the old tree is the beginning of the new one (RFC 9162, section 2.1.4.2).

    Nothing can be proved about the empty tree, so ``old`` = 0 is refused: everything begins with it.
    """
    if old == 0:
        raise ProofInvalid("nothing can be proved about the empty tree")
    verify_subtree_consistency(0, old, new, proof, old_root, new_root)


def verify_subtree_inclusion(  # noqa: PLR0917 - in the order of the draft
    leaf: bytes, index: int, start: int, end: int, proof: Sequence[bytes], expected_root: bytes
) -> None:
    """ProofInvalid unless ``leaf`` is entry ``index`` of the tree, seen from the root of its subtree [start, end)."""
    _check_subtree(start, end)
    verify_inclusion(leaf, index - start, end - start, proof, expected_root)


def verify_subtree_consistency(  # noqa: PLR0917 - in the order of the draft
    start: int, end: int, size: int, proof: Sequence[bytes], subtree_root: bytes, tree_root: bytes
) -> None:
    """ProofInvalid unless [start, end) is part of the tree (draft-ietf-plants-merkle-tree-certs, section 4.4.3)."""
    _check_subtree(start, end)
    if end > size:
        raise ProofInvalid(f"expected a subtree within {size}, got its end at {end}")
    _check_hashes(proof)
    if start == end:
        _check_empty(proof, subtree_root)
    else:
        _check_part(*_climb(start, end, size), proof, subtree_root, tree_root)


def _check_empty(proof: Sequence[bytes], subtree_root: bytes) -> None:
    """The empty subtree is part of every tree, without proof."""
    if proof:
        raise ProofInvalid("the proof is too long")
    _check_equal(EMPTY, subtree_root)


def _check_part(  # noqa: PLR0917 - the words of the draft
    first: int, at: int, last: int, proof: Sequence[bytes], subtree_root: bytes, tree_root: bytes
) -> None:
    """Compute both roots from the proof in one pass (steps 4 to 6 of the draft)."""
    path = iter(proof)
    seed = subtree_root if first == at else next(path, None)
    if seed is None:
        raise ProofInvalid("the proof is too short")
    part, whole = seed, seed
    for neighbour in path:
        if last == 0:
            raise ProofInvalid("the proof is too long")
        if at & 1 or at == last:
            if first < at:
                part = node_hash(neighbour, part)
            whole = node_hash(neighbour, whole)
            while not at & 1:
                first, at, last = first >> 1, at >> 1, last >> 1
        else:
            whole = node_hash(whole, neighbour)
        first, at, last = first >> 1, at >> 1, last >> 1
    if last != 0:
        raise ProofInvalid("the proof is too short")
    _check_equal(part, subtree_root)
    _check_equal(whole, tree_root)


def _climb(start: int, end: int, size: int) -> tuple[int, int, int]:
    """First and last leaf of the subtree and last of the tree, lifted to the lowest level where a proof can begin."""
    first, at, last = start, end - 1, size - 1
    while first != at and (at == last or at & 1):
        first, at, last = first >> 1, at >> 1, last >> 1
    return first, at, last


def _check_subtree(start: int, end: int) -> None:
    if not 0 <= start <= end:
        raise ProofInvalid("expected a subtree to end where it begins or later")
    if start < end and start % (1 << (end - start - 1).bit_length()):
        raise ProofInvalid("expected a subtree to begin at a multiple of the power of two that covers it")


def _check_hashes(hashes: Sequence[bytes]) -> None:
    if any(len(value) != HASH_BYTES for value in hashes):
        raise ProofInvalid(f"expected hashes of {HASH_BYTES} bytes")


def _check_equal(value: bytes, expected: bytes) -> None:
    if not compare_digest(value, expected):
        raise ProofInvalid("the proof leads to another root")
