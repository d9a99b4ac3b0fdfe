"""The schema of one statement's body, in the shape of the API (``Message.to_body``), with what its source asks for.

Rule: where marks are signed as elements, a body may also arrive with ``markings`` beside a weapon that has none; they
are its marks then, and must have their shape.
"""

import inspect

from protocol.messages import Message
from protocol.messages.origins import ORIGINS
from protocol.schemas.spelling import Schema, document

__all__ = ["body_schema"]

_MARKS_APART: Schema = {
    "if": {
        "required": ["markings"],
        "properties": {"weapon": {"type": ["object", "null"], "properties": {"markings": False}}},
    },
    "then": {"properties": {"markings": {"$ref": "#/$defs/Weapon/properties/markings"}}},
}


def body_schema(message: type[Message]) -> Schema:
    """What may arrive as the body of this kind, and under ``x-`` what it should say."""
    origin = ORIGINS[message.KIND]
    sources = [source.value for source in origin.sources]
    return document(message.TYPE.removeprefix("urn:itx:"), message, nullable_lists=True) | {
        "description": f"{inspect.getdoc(message)} Source: {', '.join(sources)}.",
        "x-type": message.TYPE,
        "x-number": origin.number,
        "x-sources": sources,
        "x-elements": {"singles": list(message.SINGLES), "lists": list(message.LISTS)},
        **(_MARKS_APART if "markings" in message.LISTS else {}),
    }
