"""The closed list of refusals."""

import pytest

from protocol.errors import BY_CODE, Busy, authentic


def test_the_list_of_codes_is_the_one_of_the_specification() -> None:
    assert " ".join(BY_CODE) == (
        "bad-signature unknown-key key-revoked decrypt-failed mismatch schema unsupported-version "
        "unsupported-extension unsupported-suite blob-missing too-large mid-conflict expired wrong-recipient "
        "wrong-network policy busy"
    )


def test_only_what_may_change_by_itself_is_worth_another_try() -> None:
    assert {code for code, error in BY_CODE.items() if error.retry == "later"} == {
        "unknown-key",
        "blob-missing",
        "busy",
    }


def test_a_refusal_is_not_authentic_unless_it_is_marked() -> None:
    assert not Busy().authentic


def test_a_refusal_of_something_authentic_is_marked() -> None:
    with pytest.raises(Busy) as caught, authentic():
        raise Busy
    assert caught.value.authentic
