"""The sealed plaintext has few sizes and one form."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from protocol import padding
from protocol.errors import SchemaInvalid, TooLarge

KIB = 1024


@given(st.integers(0, 200_000))
def test_what_is_padded_comes_back(length: int) -> None:
    inner = b"x" * length
    assert padding.unpad(padding.pad(inner)) == inner


@pytest.mark.parametrize(
    ("length", "size"),
    [
        (0, 8), (8 * KIB - 4, 8), (8 * KIB - 3, 16), (16 * KIB - 3, 32), (32 * KIB - 3, 64), (64 * KIB - 4, 64),
        (64 * KIB - 3, 128), (128 * KIB - 3, 192), (padding.MAX_PADDED - 4, 960),
    ],
)  # fmt: skip
def test_a_length_falls_into_the_next_size(length: int, size: int) -> None:
    assert len(padding.pad(b"x" * length)) == size * KIB


def test_what_would_not_fit_into_an_envelope_is_not_padded() -> None:
    with pytest.raises(TooLarge):
        padding.pad(b"x" * (padding.MAX_PADDED - 3))


GOOD = padding.pad(b"inner")


@pytest.mark.parametrize(
    "padded",
    [
        b"", b"\0\0\0", GOOD[:-1], GOOD + b"\0", GOOD[:100] + b"\1" + GOOD[101:], GOOD[:-1] + b"\1",
        GOOD + bytes(8 * KIB),
        b"\xff\xff\xff\xff" + GOOD[4:], b"\0\0\x20\0" + GOOD[4:], GOOD.ljust(64 * KIB, b"\0"),
        (padding.MAX_PADDED).to_bytes(4, "big").ljust(padding.MAX_PADDED + 64 * KIB, b"\0"),
    ],
    ids=range(11),
)  # fmt: skip
def test_any_other_form_is_refused(padded: bytes) -> None:
    with pytest.raises(SchemaInvalid):
        padding.unpad(padded)
