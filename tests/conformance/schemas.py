"""The JSON Schema (draft 2020-12) of a body as it is signed: the model's own, and what a model cannot say of itself.

- Lists whose items are elements stand at the top (``markings``), as they are joined, also where officers know them
  under another member.
- On a list null says the same as nothing; a text holds no NUL.
"""

from copy import deepcopy
from typing import Any

from protocol.messages import Message

__all__ = ["of"]

Schema = dict[str, Any]
NO_NUL = "^[^\\u0000]*$"


def of(kind: type[Message]) -> dict[str, Any]:
    """The entry of a kind: what it names as singles and lists, and the schema of its body."""
    whole: Schema = kind.model_json_schema(by_alias=True)
    defs = whole.get("$defs", {})
    for name in kind.LISTS:
        if name not in whole["properties"]:
            whole["properties"][name] = deepcopy(_inner(defs, name))
    schema = {"$schema": "https://json-schema.org/draft/2020-12/schema"} | _plain(whole)
    return {"singles": list(kind.SINGLES), "lists": list(kind.LISTS), "schema": schema}


def _inner(defs: Schema, name: str) -> Schema:
    """The list as the part says it that officers know it under."""
    (found,) = [part["properties"][name] for part in defs.values() if name in part.get("properties", {})]
    return dict(found)


def _plain(schema: Any) -> Any:
    """Without titles and defaults, with null for lists and without NUL in texts."""
    if isinstance(schema, list):
        return [_plain(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made = {name: _plain(value) for name, value in schema.items() if name not in {"title", "default"}}
    if "properties" in schema:
        made["properties"] = {name: _plain(value) for name, value in schema["properties"].items()}
    if schema.get("type") == "string":
        made.setdefault("pattern", NO_NUL)
    if schema.get("type") == "array":
        if "maxLength" in made:  # how pydantic writes the bound of a list behind a validator
            made["maxItems"] = made.pop("maxLength")
        return {"anyOf": [made, {"type": "null"}]}
    return made
