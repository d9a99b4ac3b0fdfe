"""What another authority passed on to us of a third one's words: read, and held against the statement it came from.

Rules
- A disclosure that is none of its statement proves nothing and is shown as such; nothing here refuses a message.
- Whether the third authority signed the statement is for a proof of elements to say (``tracing element verify``): its
  keys may not be known here.
"""

from collections.abc import Sequence
from typing import Any

from protocol import elements, jws, strictjson
from protocol.errors import ProtocolError
from protocol.messages import Message, PassedOn
from protocol.statement import TYP, Statement

__all__ = ["passed_on"]

MOST_BYTES = 1024 * 1024


def passed_on(message: Message) -> list[dict[str, Any]]:
    """Each element a message passes on: who gave it, its value, what it goes under, and how far it is proved."""
    parts: Sequence[PassedOn] = getattr(message, "passed_on", ())
    return [_shown(part) for part in parts]


def _shown(part: PassedOn) -> dict[str, Any]:
    value, proof = _value(part)
    return {
        "provider": part.provider,
        "mid": part.mid,
        "element": part.element,
        "value": value,
        "restrictions": list(part.restrictions),
        "conditions": part.conditions_,
        "superseded_by": part.superseded_by,
        "proof": proof,
    }


def _value(part: PassedOn) -> tuple[Any, str]:
    """The value, and one of ``of_its_statement``, ``unsigned``, ``does_not_match``, ``none``."""
    if part.disclosure is None:
        return None, "none"
    try:
        disclosure = elements.read(part.disclosure)
        if disclosure.name != part.element:
            return None, "does_not_match"
        if part.statement is None:
            return disclosure.value, "unsigned"
        said = _statement(part.statement)
    except (ProtocolError, ValueError):
        return None, "does_not_match"
    is_of_it = (said.mid, said.from_) == (part.mid, part.provider) and disclosure.digest in said.elements
    return disclosure.value, "of_its_statement" if is_of_it else "does_not_match"


def _statement(text: str) -> Statement:
    signed = jws.parse(strictjson.load(text.encode(), MOST_BYTES), TYP)
    return Statement.read(signed.payload)
