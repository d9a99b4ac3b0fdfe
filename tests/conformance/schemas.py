"""The published schema of a body (``protocol/schemas``) as a reader of elements needs it: lists of elements at the top.

Elements are joined under the names they are signed by, so ``markings`` stands at the top, where officers know it under
the weapon; and what a schema says for people (``x-``) is left out.
"""

from copy import deepcopy
from typing import Any

from protocol.messages import Message
from protocol.schemas.bodies import body_schema
from protocol.schemas.spelling import Schema

__all__ = ["of"]

FOR_PEOPLE = ("x-", "description", "title", "if", "then")


def of(kind: type[Message]) -> dict[str, Any]:
    """The entry of a kind: what it names as singles and lists, and the schema of its body."""
    whole: Schema = deepcopy(body_schema(kind))
    for name in kind.LISTS:
        if name not in whole["properties"]:
            whole["properties"][name] = _inner(whole["$defs"], name)
    return {"singles": list(kind.SINGLES), "lists": list(kind.LISTS), "schema": _bare(whole)}


def _inner(defs: Schema, name: str) -> Schema:
    """The list as the part says it that officers know it under."""
    (found,) = [part["properties"][name] for part in defs.values() if name in part.get("properties", {})]
    return dict(found)


def _bare(schema: Any) -> Any:
    """Without what is for people; the names of members stay, whatever they are."""
    if isinstance(schema, list):
        return [_bare(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    kept = {name: _bare(value) for name, value in schema.items() if not name.startswith(FOR_PEOPLE)}
    if isinstance(schema.get("properties"), dict):
        kept["properties"] = {name: _bare(value) for name, value in schema["properties"].items()}
    return kept
