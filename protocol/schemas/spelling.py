"""How a model's JSON Schema is spelt here: what pydantic derives, without its noise and with lists bounded as lists.

Rules
- Titles of members and defaults are left out: the first repeat the name, the second are not what was said.
- ``null`` beside one type is a list of types; a bound on the length of a list is ``maxItems``.
"""

from collections.abc import Mapping
from typing import Any, Final

from pydantic import BaseModel

__all__ = ["DIALECT", "Schema", "document", "spelt"]

Schema = dict[str, Any]
DIALECT: Final = "https://json-schema.org/draft/2020-12/schema"
_NOISE: Final = frozenset({"title", "default"})
_NAMED: Final = ("properties", "$defs")
_SEVERAL: Final = ("anyOf", "prefixItems")


def document(name: str, model: type[BaseModel], *, nullable_lists: bool = False) -> Schema:
    """The whole document of one model, under its own name."""
    head = {"$schema": DIALECT, "$id": f"urn:itx:schema:{name}", "title": name}
    return head | spelt(model.model_json_schema(), nullable_lists=nullable_lists)


def spelt(schema: Schema, *, nullable_lists: bool) -> Schema:
    """The schema, and all schemas in it, in our spelling."""
    said = {name: value for name, value in schema.items() if name not in _NOISE}
    for name in _NAMED:
        if name in said:
            said[name] = {key: spelt(inner, nullable_lists=nullable_lists) for key, inner in said[name].items()}
    for name in _SEVERAL:
        if name in said:
            said[name] = [spelt(inner, nullable_lists=nullable_lists) for inner in said[name]]
    if isinstance(said.get("items"), Mapping):
        said["items"] = spelt(said["items"], nullable_lists=nullable_lists)
    return _list(_maybe(said), nullable=nullable_lists)


def _maybe(schema: Schema) -> Schema:
    """``anyOf`` of one simple type and null as one type with null."""
    simple, *others = schema.get("anyOf", [{}])
    if others != [{"type": "null"}] or "type" not in simple or "enum" in simple:
        return schema
    beside = {name: value for name, value in schema.items() if name != "anyOf"}
    return {**simple, "type": [simple["type"], "null"], **beside}


def _list(schema: Schema, *, nullable: bool) -> Schema:
    if schema.get("type") != "array":
        return schema
    most = {"maxItems": schema["maxLength"]} if "maxLength" in schema else {}
    rest = {name: value for name, value in schema.items() if name != "maxLength"}
    return rest | most | ({"type": ["array", "null"]} if nullable else {})
