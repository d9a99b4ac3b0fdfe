"""Binary in text has one spelling."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import base64url
from protocol.errors import SchemaInvalid


@given(st.binary(max_size=200))
def test_what_is_encoded_decodes_to_the_same_bytes(data: bytes) -> None:
    assert base64url.decode(base64url.encode(data)) == data


@given(st.text(alphabet="ABab-_+/=\n é", max_size=12))
def test_a_text_that_decodes_is_the_one_spelling_of_its_bytes(text: str) -> None:
    try:
        data = base64url.decode(text)
    except SchemaInvalid:
        return
    assert base64url.encode(data) == text


@pytest.mark.parametrize(
    "text",
    [
        "A", "AB", "AAB", "AAAAA", "AA==", "AA=", "=", "A=AA", "AAA\n", " AAA", "AA+A", "AA/A", "AAé=", "ÄAAA", "AA.A",
        "AA\0A", None, 5, b"AAAA", ["AAAA"],
    ],
)  # fmt: skip
def test_any_other_spelling_is_refused(text: object) -> None:
    with pytest.raises(SchemaInvalid):
        base64url.decode(text)


def test_nothing_is_the_spelling_of_no_bytes() -> None:
    assert base64url.decode("") == b""


def test_every_change_of_the_last_sign_is_refused_or_other_bytes() -> None:
    text = base64url.encode(bytes(range(32)))
    spelled: dict[bytes, str] = {}
    for last in "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_":
        try:
            spelled[base64url.decode(text[:-1] + last)] = last
        except SchemaInvalid:
            continue
    assert len(spelled) == 16
