"""Keyset cursors: where a list goes on, as opaque base64url text. What is in it is a position, never a right.

encode(1_790_000_000_000, "br.0198...")  ->  "WzE3OTAw..."
"""

from typing import Any

from protocol import base64url, strictjson
from protocol.errors import ProtocolError

__all__ = ["CursorInvalid", "decode", "encode"]

MOST_BYTES = 512


class CursorInvalid(Exception):
    """Not a cursor this node gave out for such a list."""


def encode(*position: int | str) -> str:
    """The cursor of a position."""
    return base64url.encode(strictjson.dump(list(position)))


def decode(cursor: str, *kinds: type) -> tuple[Any, ...]:
    """The position, of values of these kinds. Raises CursorInvalid."""
    try:
        position = strictjson.load(base64url.decode(cursor[: MOST_BYTES * 2]), MOST_BYTES)
    except ProtocolError as error:
        raise CursorInvalid(cursor[:20]) from error
    if not isinstance(position, list) or [type(value) for value in position] != list(kinds):
        raise CursorInvalid(cursor[:20])
    return tuple(position)
