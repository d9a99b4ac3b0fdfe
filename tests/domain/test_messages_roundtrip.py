"""A received request that lacks even its weapon is still a value that can be laid out as it was signed."""

import pytest

from protocol import messages

TYPE = "urn:itx:trace-request:1"


@pytest.mark.parametrize("body", [{"weapon": None}, {"weapon": {}}, {}, {"weapon": {"markings": []}}])
def test_a_request_without_a_weapon_survives_being_laid_out_and_read_again(body: dict[str, object]) -> None:
    received = messages.parse(TYPE, body)
    assert messages.parse(TYPE, received.to_elements()).to_body() == received.to_body()
