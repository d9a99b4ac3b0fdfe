"""The shape of a body: JSON types and sizes, for all that arrives and for all we say.

``fit`` gives the message and every place where the body has not its shape; such places are left out of the message, so
that the rules of ``part.gaps`` can still judge the rest and an officer hears of everything at once.
"""

from collections.abc import Mapping
from copy import deepcopy
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic_core import ErrorDetails

from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.vocabulary.sources import Source

__all__ = ["fit"]

P = TypeVar("P", bound=Part)

_EXPECTED = {
    "string_type": "text",
    "string_unicode": "text of whole characters (no half of a surrogate pair)",
    "string_pattern_mismatch": "text without NUL",
    "string_too_long": "at most {max_length} characters",
    "int_type": "a whole number",
    "greater_than_equal": "a number of at least {ge}",
    "less_than_equal": "a number of at most {le}",
    "bool_type": "true or false",
    "tuple_type": "a list",
    "too_long": "at most {max_length} items",
    "model_type": "an object",
}
_CALLED = {
    dict: "an object",
    list: "a list",
    str: "a text",
    bool: "true or false",
    int: "a number",
    type(None): "nothing",
}


def fit(kind: type[P], body: Mapping[str, Any]) -> tuple[P, tuple[Gap, ...]]:
    """The message, or part of one, ``body`` makes, and where it has not the shape of one."""
    found: list[Gap] = []
    rest: Any = body
    while True:
        try:
            return kind.model_validate(rest), tuple(found)
        except ValidationError as error:
            faults = error.errors(include_url=False)
            found += [_gap(fault) for fault in faults]
            rest = deepcopy(dict(rest))
            for fault in faults:
                _leave_out(rest, fault)


def _gap(fault: ErrorDetails) -> Gap:
    expected = _EXPECTED.get(fault["type"], "another shape").format(**fault.get("ctx", {}))
    return Gap(".".join(map(str, fault["loc"])), expected, _called(fault["input"]), Source.NODE)


def _called(value: Any) -> str:
    """What came, by its kind and size only."""
    if isinstance(value, str | list | tuple):
        return f"{len(value)} {'characters' if isinstance(value, str) else 'items'}"
    return _CALLED.get(type(value), "something else")


def _leave_out(body: Any, fault: ErrorDetails) -> None:
    """Take the place out; in a list put something empty there, so that its neighbours keep their numbers."""
    *path, last = fault["loc"]
    for step in path:
        body = body[step]
    if isinstance(body, dict):
        del body[last]
    else:
        body[last] = {} if fault["type"] == "model_type" else ""
