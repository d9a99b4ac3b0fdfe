"""What a witness makes of a checkpoint beside the one it cosigned last."""

from typing import Any

import pytest

from protocol import merkle, witness
from protocol.checkpoint import Checkpoint
from protocol.errors import SchemaInvalid
from protocol.witness import MOST_LEAVES, Dated, Verdict, contradiction, judge

ORIGIN = "itx.real/br/at"
LEAVES = [merkle.leaf_hash(bytes([at])) for at in range(40)]
OTHERS = [*LEAVES[:5], *(merkle.leaf_hash(b"x%d" % at) for at in range(35))]


def head(size: int, seconds: int = 0, leaves: list[bytes] = LEAVES, origin: str = ORIGIN) -> Dated:
    return Dated(Checkpoint(origin, size, merkle.root(leaves[:size])), seconds)


def offer(old: int, new: int, leaves: list[bytes] = LEAVES) -> witness.Offer:
    steps = merkle.consistency_proof(old, new, lambda first, count: merkle.root(leaves[first : first + count]))
    return witness.offer("note", old, steps, leaves[old:new])


def test_the_first_checkpoint_of_a_log_is_taken_as_it_is() -> None:
    assert judge(None, head(7), offer(7, 7)) is Verdict.EXTENDS


@pytest.mark.parametrize(("old", "new"), [(1, 2), (4, 8), (5, 40), (39, 40)])
def test_what_is_proved_to_go_on_from_the_last_is_cosigned(old: int, new: int) -> None:
    assert judge(head(old), head(new, 9), offer(old, new)) is Verdict.EXTENDS


def test_the_same_head_again_is_the_same() -> None:
    assert judge(head(7, 1), head(7, 9), offer(7, 7)) is Verdict.SAME


def test_a_proof_from_another_size_is_answered_with_the_one_held() -> None:
    assert judge(head(7, 1), head(9, 9), offer(5, 9)) is Verdict.ELSEWHERE


def test_an_older_note_played_back_is_no_contradiction() -> None:
    assert judge(head(9, 9), head(7, 8), offer(7, 7)) is Verdict.ELSEWHERE


def test_a_later_note_over_fewer_entries_is_a_rollback() -> None:
    assert judge(head(9, 8), head(7, 9), offer(7, 7)) is Verdict.ROLLBACK


def test_two_roots_of_one_size_are_a_fork() -> None:
    assert judge(head(9, 8), head(9, 9, OTHERS), offer(9, 9, OTHERS)) is Verdict.FORK


def test_a_tree_that_does_not_go_on_from_the_one_held_is_not_proved() -> None:
    assert judge(head(9, 8), head(12, 9, OTHERS), offer(9, 12, OTHERS)) is Verdict.UNPROVED


def test_checkpoints_of_two_logs_contradict_nothing() -> None:
    assert contradiction(head(9, 1), head(9, 2, OTHERS, "itx.real/br/ke")) is None


def test_a_contradiction_is_one_in_either_order() -> None:
    pairs = [(head(9, 8), head(7, 9)), (head(9, 1), head(9, 2, OTHERS)), (head(7, 1), head(9, 1))]
    assert [contradiction(*pair) for pair in pairs] == ["rollback", "fork", None]
    assert [contradiction(other, one) for one, other in pairs] == ["rollback", "fork", None]


def test_an_offer_is_read_as_it_was_written() -> None:
    made = offer(5, 9)
    assert witness.read(made.members()) == made
    assert (made.hashes, made.steps) == (tuple(LEAVES[5:9]), witness.read(made.members()).steps)


def test_an_offer_without_the_hashes_of_entries_says_nothing_of_them() -> None:
    made = witness.offer("note", 3, [], None)
    assert (made.hashes, "leaves" in made.members()) == (None, False)


def test_members_that_are_not_known_are_passed_over() -> None:
    assert witness.read(offer(5, 9).members() | {"later": 1}).old == 5


WRONG: dict[str, Any] = {
    "no object": [],
    "no note": {"old": 1, "proof": []},
    "a negative size": {"note": "n", "old": -1, "proof": []},
    "a size that is a truth value": {"note": "n", "old": True, "proof": []},
    "a short step": {"note": "n", "old": 1, "proof": ["AAAA"]},
    "a step with stray bits": {"note": "n", "old": 1, "proof": ["A" * 42 + "B"]},
    "too many steps": {"note": "n", "old": 1, "proof": ["A" * 43] * 64},
    "hashes of another length": {"note": "n", "old": 1, "proof": [], "leaves": "AAAA"},
    "hashes that are no base64url": {"note": "n", "old": 1, "proof": [], "leaves": "*"},
    "too many hashes": {"note": "n", "old": 1, "proof": [], "leaves": "A" * (MOST_LEAVES * 43 + 64)},
    "a note that is too long": {"note": "n" * 70_000, "old": 1, "proof": []},
}


@pytest.mark.parametrize("what", WRONG)
def test_what_is_no_offer_is_refused(what: str) -> None:
    with pytest.raises(SchemaInvalid):
        witness.read(WRONG[what])
