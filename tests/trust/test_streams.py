"""Sealing what is too large for memory: streams."""

import pytest

from keys.errors import SealUnreadable
from keys.streams import OpeningStream, SealingStream

KEY, CONTEXT = b"k" * 32, b"context"
PLAIN = bytes(range(256)) * 200  # three chunks and a piece


def sealed() -> bytes:
    sealing = SealingStream(KEY, CONTEXT)
    return b"".join(sealing.update(PLAIN[at : at + 1000]) for at in range(0, len(PLAIN), 1000)) + sealing.finish()


def opened(data: bytes, key: bytes = KEY, context: bytes = CONTEXT) -> bytes:
    opening = OpeningStream(key, context)
    return b"".join(opening.update(data[at : at + 777]) for at in range(0, len(data), 777)) + opening.finish()


def test_a_stream_opens_to_what_was_sealed_in_pieces_of_any_size() -> None:
    assert opened(sealed()) == PLAIN


def test_the_same_stream_sealed_twice_looks_different() -> None:
    assert sealed() != sealed()


@pytest.mark.parametrize("cut", [1, 17, 16_400, 33_000])
def test_a_stream_cut_short_does_not_open(cut: int) -> None:
    with pytest.raises(SealUnreadable):
        opened(sealed()[:-cut])


@pytest.mark.parametrize("at", [0, 30, 60, 20_000])
def test_a_stream_with_one_byte_changed_does_not_open(at: int) -> None:
    data = bytearray(sealed())
    data[at] ^= 1
    with pytest.raises(SealUnreadable):
        opened(bytes(data))


def test_a_stream_opens_under_its_key_and_in_its_context_only() -> None:
    for key, context in ((b"x" * 32, CONTEXT), (KEY, b"other")):
        with pytest.raises(SealUnreadable):
            opened(sealed(), key, context)
