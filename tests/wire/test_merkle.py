"""Tree maths against RFC 6962's own definition, outside cases, and every small tree."""

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import merkle
from protocol.merkle import CompactRange, ProofInvalid
from tests.shared import SHARED, needs_shared

CASES = SHARED / "vectors" / "merkle" / "testdata"
MOST = 40
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(MOST)]


def definition(hashes: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word."""
    if not hashes:
        return merkle.EMPTY
    if len(hashes) == 1:
        return hashes[0]
    k = 1
    while k * 2 < len(hashes):
        k *= 2
    return merkle.node_hash(definition(hashes[:k]), definition(hashes[k:]))


def subtree(first: int, count: int) -> bytes:
    assert count & (count - 1) == 0
    assert first % count == 0
    return definition(LEAVES[first : first + count])


def raw(text: str | None) -> bytes:
    return base64.b64decode(text or "")


CHECKS: dict[str, Callable[[dict[str, Any], list[bytes]], None]] = {
    "inclusion": lambda case, proof: merkle.verify_inclusion(
        raw(case["leafHash"]), case["leafIdx"], case["treeSize"], proof, raw(case["root"])
    ),
    "consistency": lambda case, proof: merkle.verify_consistency(
        case["size1"], case["size2"], proof, raw(case["root1"]), raw(case["root2"])
    ),
    "subtreeinclusion": lambda case, proof: merkle.verify_subtree_inclusion(
        raw(case["leafHash"]), case["leafIdx"], case["start"], case["end"], proof, raw(case["root"])
    ),
    "subtreeconsistency": lambda case, proof: merkle.verify_subtree_consistency(
        case["start"], case["end"], case["size"], proof, raw(case["root1"]), raw(case["root2"])
    ),
}


def decides_as_given(file: Path) -> bool:
    case = json.loads(file.read_text("utf-8"))
    try:
        CHECKS[file.relative_to(CASES).parts[0]](case, [raw(step) for step in case["proof"] or []])
    except ProofInvalid:
        return bool(case["wantErr"])
    return not case["wantErr"]


@needs_shared("vectors", "merkle")
def test_all_518_outside_cases_are_decided_as_given() -> None:
    files = sorted(CASES.rglob("*.json"))
    assert (len(files), [str(file) for file in files if not decides_as_given(file)]) == (518, [])


@pytest.mark.parametrize("size", range(MOST))
def test_the_root_is_the_one_of_the_definition(size: int) -> None:
    assert merkle.root(LEAVES[:size]) == definition(LEAVES[:size])


@pytest.mark.parametrize("size", range(1, MOST))
def test_every_leaf_of_every_small_tree_is_proved(size: int) -> None:
    root = definition(LEAVES[:size])
    for index in range(size):
        proof = merkle.inclusion_proof(index, size, subtree)
        assert merkle.verify_inclusion(LEAVES[index], index, size, proof, root) is None


@pytest.mark.parametrize("size", range(1, MOST))
def test_every_beginning_of_every_small_tree_is_proved(size: int) -> None:
    root = definition(LEAVES[:size])
    for old in range(1, size + 1):
        proof = merkle.consistency_proof(old, size, subtree)
        assert merkle.verify_consistency(old, size, proof, definition(LEAVES[:old]), root) is None


def subtree_proof(start: int, end: int, leaves: list[bytes], *, known: bool) -> list[bytes]:
    """SUBTREE_SUBPROOF of draft-ietf-plants-merkle-tree-certs, section 4.4.1, word for word."""
    if (start, end) == (0, len(leaves)):
        return [] if known else [definition(leaves)]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    if end <= k:
        return [*subtree_proof(start, end, leaves[:k], known=known), definition(leaves[k:])]
    if k <= start:
        return [*subtree_proof(start - k, end - k, leaves[k:], known=known), definition(leaves[:k])]
    return [*subtree_proof(0, end - k, leaves[k:], known=False), definition(leaves[:k])]


def subtrees(size: int) -> list[tuple[int, int]]:
    return [
        (start, end)
        for start in range(size)
        for end in range(start + 1, size + 1)
        if start % (1 << (end - start - 1).bit_length()) == 0
    ]


@pytest.mark.parametrize("size", range(1, 20))
def test_every_part_of_every_small_tree_is_proved(size: int) -> None:
    root = definition(LEAVES[:size])
    for start, end in subtrees(size):
        proof = subtree_proof(start, end, LEAVES[:size], known=True)
        part = definition(LEAVES[start:end])
        assert merkle.verify_subtree_consistency(start, end, size, proof, part, root) is None


@pytest.mark.parametrize("size", range(1, 20))
def test_every_leaf_of_every_part_is_proved(size: int) -> None:
    for start, end in subtrees(size):
        part = LEAVES[start:end]
        proof = merkle.inclusion_proof(0, len(part), lambda at, count, part=part: definition(part[at : at + count]))
        assert merkle.verify_subtree_inclusion(part[0], start, start, end, proof, definition(part)) is None


PART, WHOLE = definition(LEAVES[2:4]), definition(LEAVES[:7])
PROOF = subtree_proof(2, 4, LEAVES[:7], known=True)


@pytest.mark.parametrize(
    ("start", "end", "size", "proof", "part", "whole"),
    [
        (1, 3, 7, PROOF, PART, WHOLE), (4, 2, 7, PROOF, PART, WHOLE), (-2, 0, 7, PROOF, PART, WHOLE),
        (2, 4, 3, PROOF, PART, WHOLE), (2, 4, 7, PROOF[:-1], PART, WHOLE), (2, 4, 7, [*PROOF, PART], PART, WHOLE),
        (2, 4, 7, PROOF, WHOLE, WHOLE), (2, 4, 7, PROOF, PART, PART), (4, 6, 7, PROOF, PART, WHOLE),
        (0, 3, 7, [], definition(LEAVES[:3]), WHOLE), (2, 4, 7, [b"short", *PROOF[1:]], PART, WHOLE),
        (2, 2, 7, PROOF, merkle.EMPTY, WHOLE), (2, 2, 7, [], PART, WHOLE),
    ],
)  # fmt: skip
def test_a_part_that_is_not_there_is_not_proved(  # noqa: PLR0917 - one case
    start: int, end: int, size: int, proof: list[bytes], part: bytes, whole: bytes
) -> None:
    with pytest.raises(ProofInvalid):
        merkle.verify_subtree_consistency(start, end, size, proof, part, whole)


def test_an_empty_part_is_in_every_tree() -> None:
    assert merkle.verify_subtree_consistency(2, 2, 7, [], merkle.EMPTY, WHOLE) is None


def test_nothing_is_proved_about_the_empty_tree() -> None:
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(0, 7, [], merkle.EMPTY, WHOLE)


def test_a_proof_that_goes_on_proves_no_leaf() -> None:
    proof = merkle.inclusion_proof(3, 8, subtree)
    with pytest.raises(ProofInvalid, match="long"):
        merkle.verify_inclusion(LEAVES[3], 3, 8, [*proof, proof[0]], definition(LEAVES[:8]))


@given(st.integers(2, MOST - 1), st.data())
def test_a_proof_changed_in_any_way_proves_nothing(size: int, data: st.DataObject) -> None:
    old = data.draw(st.integers(1, size - 1))
    proof = merkle.consistency_proof(old, size, subtree)
    at = data.draw(st.integers(0, len(proof) - 1))
    bent = [*proof[:at], bytes(32), *proof[at + 1 :]]
    for wrong in (bent, proof[:-1], [*proof, bytes(32)], [*proof[:at], proof[at][:-1], *proof[at + 1 :]]):
        with pytest.raises(ProofInvalid):
            merkle.verify_consistency(old, size, wrong, definition(LEAVES[:old]), definition(LEAVES[:size]))


@given(st.integers(0, MOST - 1), st.data())
def test_a_leaf_is_not_proved_at_another_place(index: int, data: st.DataObject) -> None:
    other = data.draw(st.integers(-1, MOST).filter(lambda at: at != index))
    with pytest.raises(ProofInvalid):
        merkle.verify_inclusion(
            LEAVES[index], other, MOST, merkle.inclusion_proof(index, MOST, subtree), definition(LEAVES)
        )


def test_a_proof_that_ends_early_proves_no_leaf() -> None:
    proof = merkle.inclusion_proof(3, 8, subtree)
    with pytest.raises(ProofInvalid, match="short"):
        merkle.verify_inclusion(LEAVES[3], 3, 8, proof[:-1], definition(LEAVES[:8]))


def test_a_tree_rebuilt_from_another_history_is_no_continuation() -> None:
    other = [*LEAVES[:3], merkle.leaf_hash(b"rewritten"), *LEAVES[4:8]]
    proof = merkle.consistency_proof(4, 8, lambda first, count: definition(other[first : first + count]))
    with pytest.raises(ProofInvalid):
        merkle.verify_consistency(4, 8, proof, definition(LEAVES[:4]), definition(other))


@pytest.mark.parametrize(("index", "size"), [(0, 0), (5, 5), (-1, 5)])
def test_no_proof_is_made_for_a_leaf_that_is_not_there(index: int, size: int) -> None:
    with pytest.raises(ValueError, match="index"):
        merkle.inclusion_proof(index, size, subtree)


@pytest.mark.parametrize(("old", "new"), [(0, 5), (6, 5)])
def test_no_proof_is_made_for_a_tree_that_is_no_beginning(old: int, new: int) -> None:
    with pytest.raises(ValueError, match="size"):
        merkle.consistency_proof(old, new, subtree)


@pytest.mark.parametrize(("size", "peaks"), [(-1, ()), (1, ()), (2, (b"", b"")), (3, (b"",))])
def test_a_compact_tree_has_the_peaks_of_its_size(size: int, peaks: tuple[bytes, ...]) -> None:
    with pytest.raises(ValueError, match="peaks"):
        CompactRange(size, peaks)


def test_a_leaf_never_passes_for_a_node() -> None:
    assert merkle.leaf_hash(LEAVES[0] + LEAVES[1]) != merkle.node_hash(LEAVES[0], LEAVES[1])


@given(st.lists(st.integers(0, MOST), max_size=6))
def test_leaves_appended_together_make_the_tree_of_each_alone(groups: list[int]) -> None:
    leaves = (LEAVES * len(groups))[: sum(groups)]
    together, alone = CompactRange(), CompactRange()
    for count in groups:
        together = together.extend(leaves[together.size : together.size + count])
    for leaf in leaves:
        alone = alone.append(leaf)
    assert together == alone
