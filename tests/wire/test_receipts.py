"""Receipts: signed answers about one envelope."""

from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from keys.algorithms import signing_key
from protocol import envelope, receipts, strictjson
from protocol.errors import (
    BY_CODE,
    BadSignature,
    Mismatch,
    ProtocolError,
    SchemaInvalid,
    TooLarge,
    UnknownKey,
    UnsupportedVersion,
    WrongNetwork,
    WrongRecipient,
)
from tests.wire import cast
from tests.wire.keyring import knows, seed

RECEIPT = receipts.build(**cast.receipt_parts())
ITEM = receipts.issue(RECEIPT, cast.RECIPIENT.rcpt)


def take(item: Any) -> receipts.Receipt:
    return receipts.authenticate(receipts.parse(item), me=cast.KE, net=cast.NET, verify=knows(cast.RECIPIENT.rcpt))


def test_a_receipt_arrives_as_it_was_made() -> None:
    assert take(ITEM) == RECEIPT


def test_the_wire_of_a_receipt_is_its_canonical_dump() -> None:
    assert receipts.parse(ITEM).wire == strictjson.dump(ITEM)


def test_unknown_members_are_kept_and_shown() -> None:
    assert take(cast.receipt_item(cast.receipt_members(news=1))).unknown == {"news": 1}


@pytest.mark.parametrize("code", sorted(BY_CODE))
def test_a_rejection_says_by_its_code_whether_trying_again_helps(code: str) -> None:
    made = receipts.build(**cast.receipt_parts(stage="rejected", code=code))
    assert made.retry == BY_CODE[code].retry


def test_a_rejection_may_name_the_statement_it_opened() -> None:
    assert receipts.build(**cast.receipt_parts(stage="rejected", code="policy", st="b" * 64)).st == "b" * 64


def test_opened_names_the_statement() -> None:
    assert receipts.build(**cast.receipt_parts(stage="opened", st="b" * 64)).st == "b" * 64


@pytest.mark.parametrize(
    "parts",
    [
        {"stage": "opened"}, {"stage": "accepted", "st": "b" * 64}, {"stage": "rejected"}, {"code": "policy"},
        {"stage": "opened", "st": "b" * 64, "code": "busy"}, {"stage": "lost"}, {"at": -1}, {"env": "x"}, {"rid": "x"},
        {"missing": ((1, 2),) * 65}, {"missing": ((3, 2),)}, {"missing": ((2, 3), (3, 4))},
        {"missing": ((5, 6), (1, 2))},
        {"missing": ((0, 1),)}, {"missing": ((8, 9),)}, {"missing": ((1, 2, 3),)}, {"missing": ((-1, 1),)}, {"hi": -1},
        {"origin": ""}, {"origin": "x" * 256}, {"index": -1}, {"ks_ver": 0}, {"late": 1},
    ],
)  # fmt: skip
def test_no_receipt_is_made_that_contradicts_itself(parts: dict[str, Any]) -> None:
    with pytest.raises(ValidationError):
        receipts.build(**cast.receipt_parts(**parts))


@pytest.mark.parametrize(
    "members",
    [
        {"retry": "never"}, {"code": "policy", "retry": "never"}, {"stage": "rejected", "code": "policy"},
        {"stage": "rejected", "retry": "later"}, {"stage": "rejected", "code": "weather", "retry": "later"},
        {"stage": "rejected", "code": "policy", "retry": "soon"}, {"for": {}}, {"for": None}, {"sack": {"hi": 1}},
        {"sack": {"hi": 1, "missing": {}}}, {"sack": {"hi": 1, "missing": [[1]]}}, {"log": []}, {"late": None},
        {"at": "now"}, {"st": 5}, {"ks": None},
    ],
)  # fmt: skip
def test_a_receipt_that_contradicts_itself_is_refused(members: dict[str, Any]) -> None:
    with pytest.raises(SchemaInvalid):
        receipts.parse(cast.receipt_item(cast.receipt_members(**members)))


@pytest.mark.parametrize("name", sorted(cast.receipt_members()))
def test_no_member_may_be_left_out(name: str) -> None:
    members = cast.receipt_members()
    del members[name]
    with pytest.raises(SchemaInvalid):
        receipts.parse(cast.receipt_item(members))


REFUSED: dict[str, tuple[dict[str, Any], type[ProtocolError]]] = {
    "another version": ({"v": 2}, UnsupportedVersion),
    "another network": ({"net": "real"}, WrongNetwork),
    "another reader": ({"to": "br"}, WrongRecipient),
    "an id of another signer": ({"rid": f"br:{cast.uuid7(2)}"}, Mismatch),
    "about a message of another": ({"for": {"mid": f"br:{cast.uuid7(1)}", "env": "a" * 64}}, Mismatch),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_receipt_that_is_not_about_ours_is_refused(name: str) -> None:
    members, expected = REFUSED[name]
    with pytest.raises(expected):
        take(cast.receipt_item(cast.receipt_members(**members)))


def test_a_receipt_signed_by_a_stranger_is_refused() -> None:
    with pytest.raises(UnknownKey):
        take(cast.receipt_item(cast.receipt_members(), signing_key("Ed25519", seed("stranger"))))


def test_a_receipt_with_the_signature_of_another_is_refused() -> None:
    other = cast.receipt_item(cast.receipt_members(at=5))
    with pytest.raises(BadSignature):
        take(ITEM | {"signatures": other["signatures"]})


def test_a_receipt_over_its_limit_is_refused() -> None:
    with pytest.raises(TooLarge):
        receipts.parse(cast.receipt_item(cast.receipt_members(news="x" * 9000)))


def test_a_receipt_is_no_envelope() -> None:
    with pytest.raises(SchemaInvalid):
        envelope.parse(ITEM | {"ct": "AAAA"})


@given(st.integers(0, 100), st.lists(st.tuples(st.integers(-1, 100), st.integers(-1, 100)), max_size=4))
def test_only_gaps_that_ascend_apart_below_the_highest_are_taken(hi: int, missing: list[tuple[int, int]]) -> None:
    gaps = [at for first, last in missing for at in range(first, last + 1)]
    sound = (
        all(0 < first <= last < hi for first, last in missing)
        and gaps == sorted(set(gaps))
        and all(after[0] > before[1] for before, after in pairwise(missing))
    )
    try:
        receipts.build(**cast.receipt_parts(hi=hi, missing=tuple(missing)))
    except ValidationError:
        assert not sound
    else:
        assert sound
