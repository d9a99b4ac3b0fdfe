"""Proofs of elements: what holds is proved, what was altered is refused by name, what is withheld is not there."""

import pytest

from keys import proof
from keys.card import Card
from protocol import strictjson
from tests.wire import provers
from tests.wire.alterations import Altered, Case

CASE = Case()
ALTERED = {one.name: one for one in CASE.all()}


@pytest.mark.parametrize("name", ALTERED)
def test_an_altered_proof_is_refused_at_its_step_with_its_code(name: str) -> None:
    one: Altered = ALTERED[name]
    with pytest.raises(proof.ProofRefused) as refused:
        proof.verify(strictjson.dump(one.proof), one.pins)
    assert (refused.value.step, refused.value.code) == (one.step, one.code), str(refused.value)


def test_more_than_a_hundred_alterations_are_tried() -> None:
    assert len(ALTERED) > 100


def test_the_proof_they_were_made_from_holds() -> None:
    assert proof.verify(strictjson.dump(CASE.whole), provers.their_pins()).total == 4


def test_a_card_stands_in_a_proof_as_it_was_read() -> None:
    assert Card.read(strictjson.dump(CASE.whole["sender"])).members() == CASE.whole["sender"]
