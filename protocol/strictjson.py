r"""One JSON encoding out, one strict reader in (wire specification, section 2).

Out: UTF-8, ASCII member names, sorted, no white space, no floats, integers within +-(2^53-1). For this subset the
result is that of RFC 8785.

In: everything RFC 8259 allows, except what two readers could understand differently or what costs more to read than to
send. Each limit has its reason:
- size before parsing: the sender chooses the size, we choose what to spend;
- 100,000 values: a bracket costs its sender one byte and us fifty;
- depth 32: nothing we define goes beyond 8, and recursion costs stack;
- duplicate members at any depth: readers differ on which one counts (RFC 8259, section 4);
- floats, NaN, infinities: they round differently; quantities travel as strings;
- integers beyond 2^53-1: other languages read them as floats (and 5,000 digits cost quadratic time);
- names of members in ASCII: languages sort others differently, so what was read could not be written again;
- lone surrogates: no UTF-8 exists for them, so they could be neither stored nor signed;
- BOM, trailing data, invalid UTF-8: not JSON.

    dump({"b": 1, "a": "é"})            ->  b'{"a":"\xc3\xa9","b":1}'
    load(b'{"a":1,"a":2}', 100)         ->  SchemaInvalid
"""

import json
import re
from typing import Any, Final, NoReturn

from protocol.errors import SchemaInvalid, TooLarge

__all__ = ["MAX_DEPTH", "MAX_INTEGER", "MAX_VALUES", "dump", "load"]

MAX_DEPTH: Final = 32
MAX_VALUES: Final = 100_000
MAX_INTEGER: Final = 2**53 - 1  # RFC 7493, section 2.2
_LONGEST_INTEGER: Final = len(str(-MAX_INTEGER))

# Brackets of both kinds as "[" and "]", and quotes; everything else is deleted.
_BRACKETS: Final = bytes.maketrans(b"{}", b"[]")
_NEITHER: Final = bytes(set(range(256)) - set(b'[]{}"'))
_ESCAPED_SURROGATE: Final = re.compile(rb"\\u[dD][89a-fA-F]")

_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False, sort_keys=True, separators=(",", ":")).encode


def dump(value: Any) -> bytes:
    """The canonical bytes of ``value``. ValueError if it is not in the profile: that is our fault, never a sender's."""
    _check_writable(value)
    return _encode(value).encode("utf-8")


def load(data: bytes, max_bytes: int) -> Any:
    """The value ``data`` spells. TooLarge beyond ``max_bytes``; SchemaInvalid for whatever is outside the profile."""
    if len(data) > max_bytes:
        raise TooLarge(f"expected at most {max_bytes} bytes of JSON, got {len(data)}")
    _check_structure(data)
    try:
        value = _decode(data.decode("utf-8"))
        if b"\\u" in data and _ESCAPED_SURROGATE.search(data):
            _encode(value).encode("utf-8")  # fails for lone ones, in names too; pairs have become one character
    except ValueError as error:  # JSONDecodeError and both Unicode errors are ValueErrors
        raise SchemaInvalid("expected strict JSON in UTF-8") from error
    return value


def _check_structure(data: bytes) -> None:
    """Not too many values, and not too deep.

    Peel the innermost pairs of brackets 32 times; if any are left, the text is too deep (or not JSON).
    Looks at what stands outside strings only. In a text that is not JSON that may be misjudged, but only behind the
    point where the parser stops, so the parser never recurses deeper than was counted here.
    """
    opened = data.count(b"[") + data.count(b"{")
    if opened + data.count(b",") > MAX_VALUES:  # each value but the first stands behind one of these three signs
        raise TooLarge(f"expected at most {MAX_VALUES} values in a text")
    if opened <= MAX_DEPTH:
        return
    if b"\\" in data:
        data = data.replace(b"\\\\", b"").replace(b'\\"', b"")
    quoted = data.translate(_BRACKETS, _NEITHER).replace(b'""', b"")  # strings without brackets vanish here
    brackets = b"".join(quoted.split(b'"')[::2])
    for _ in range(MAX_DEPTH):
        brackets = brackets.replace(b"[]", b"")
        if not brackets:
            return
    raise SchemaInvalid(f"expected balanced JSON at most {MAX_DEPTH} deep")


def _members(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        raise SchemaInvalid("expected every member of an object once")
    if not all(map(str.isascii, members)):
        raise SchemaInvalid("expected ASCII names of members")
    return members


def _integer(digits: str) -> int:
    if len(digits) <= _LONGEST_INTEGER:
        value = int(digits)
        if -MAX_INTEGER <= value <= MAX_INTEGER:
            return value
    raise SchemaInvalid("expected integers within +-(2^53-1)")


def _no_float(_text: str) -> NoReturn:
    raise SchemaInvalid("expected no floating point numbers, NaN or infinities")


_decode = json.JSONDecoder(
    object_pairs_hook=_members, parse_int=_integer, parse_float=_no_float, parse_constant=_no_float
).decode


def _check_writable(value: Any, depth: int = 0) -> None:
    """What ``json`` would write although the profile forbids it: floats, odd names, wide integers, deep nesting."""
    if value is None or isinstance(value, (str, bool)):
        return
    if isinstance(value, int):
        if not -MAX_INTEGER <= value <= MAX_INTEGER:
            raise ValueError("an integer beyond 2^53-1 cannot travel")
        return
    if depth >= MAX_DEPTH:
        raise ValueError(f"nothing deeper than {MAX_DEPTH} can travel")
    if isinstance(value, dict):
        _check_members(value, depth)
    elif isinstance(value, (list, tuple)):
        for item in value:
            _check_writable(item, depth + 1)
    else:
        raise ValueError(f"{type(value).__name__} cannot travel as JSON")  # noqa: TRY004 - one error for all of it


def _check_members(members: dict[Any, Any], depth: int) -> None:
    for name, member in members.items():
        if not isinstance(name, str) or not name.isascii():
            raise ValueError("names of members are ASCII strings")
        if type(member) is not str:
            _check_writable(member, depth + 1)
