"""The schemas of what carries a body: signed objects, and the payloads of statement, manifest, receipt and hello.

A payload is the base64url text ``payload`` of a signed object; its schema is that of the JSON it spells. What a schema
cannot say (signatures, digests, sorted lists, gaps that ascend) stands in the wire specification, in the section named.
"""

from collections.abc import Mapping
from functools import cache
from types import MappingProxyType
from typing import Any, Final

from protocol import envelope, hello, jws, receipts, statement
from protocol.errors import BY_CODE
from protocol.manifest import MAX_CT_BYTES, Manifest
from protocol.schemas.spelling import DIALECT, Schema, document

__all__ = ["wire_schemas"]

_BASE64URL: Final = r"^[A-Za-z0-9_-]*$"


def _text(most: int, **more: Any) -> Schema:
    return {"type": "string", "pattern": _BASE64URL, "maxLength": most, **more}


def _chars(count: int) -> int:
    """The base64url characters that so many bytes take."""
    return (count * 4 + 2) // 3


def _signed(name: str, typ: str, payload: str, most: int, section: int, **more: Schema) -> Schema:
    """A signed object of one slot (section 4): exactly these members."""
    signature = {
        "type": "object",
        "properties": {"protected": _text(jws.MAX_HEADER_CHARS), "signature": _text(jws.MAX_SIGNATURE_CHARS)},
        "required": ["protected", "signature"],
        "additionalProperties": False,
    }
    spells = {"contentEncoding": "base64url", "contentMediaType": "application/json"}
    members: Schema = {
        "payload": _text(_chars(most), **spells, contentSchema={"$ref": payload}),
        "signatures": {
            "type": "array", "items": signature, "minItems": 1, "maxItems": 4 if name == "signed-statement" else 1,
        },
        **more,
    }  # fmt: skip
    return {
        "$schema": DIALECT,
        "$id": f"urn:itx:schema:wire:{name}",
        "title": name,
        "description": f"A signed object of slot {typ} (wire specification, sections 4 and {section}).",
        "type": "object",
        "properties": members,
        "required": list(members),
        "additionalProperties": False,
    }


def _payload(name: str, model: type[Any], section: int, **more: Any) -> Schema:
    schema = document(f"wire:{name}", model)
    about = f"{schema['description']} Wire specification, section {section}."
    return schema | {"title": name, "description": about, **more}


def _statement() -> Schema:
    schema = _payload("statement", statement.Statement, 5)
    schema["properties"]["re"]["uniqueItems"] = True
    return schema


def _hello() -> Schema:
    schema = _payload("hello", hello.Hello, 10)
    schema["properties"]["nonce"] = _text(_chars(hello.NONCE_BYTES), minLength=_chars(hello.NONCE_BYTES))
    return schema


def _receipt() -> Schema:
    """Which members go with which stage (section 9)."""
    code = {"enum": sorted(BY_CODE)}
    nothing = {"type": "null"}
    stages = {
        "accepted": {"st": nothing, "code": nothing, "retry": nothing},
        "opened": {"st": {"type": "string"}, "code": nothing, "retry": nothing},
        "rejected": {"code": code, "retry": {"type": "string"}},
    }
    rules = [
        {"if": {"properties": {"stage": {"const": stage}}}, "then": {"properties": members}}
        for stage, members in stages.items()
    ]
    return _payload("receipt", receipts.Receipt, 9, allOf=rules)


@cache
def wire_schemas() -> Mapping[str, Schema]:
    """Name -> schema of what travels around a body; made when first asked for, as few nodes ever are."""
    return MappingProxyType({
        "statement": _statement(),
        "manifest": _payload("manifest", Manifest, 7),
        "receipt": _receipt(),
        "hello": _hello(),
        "signed-statement": _signed(
            "signed-statement", statement.TYP, "urn:itx:schema:wire:statement", statement.Statement.MAX_BYTES, 5
        ),
        "envelope": _signed(
            "envelope", envelope.TYP, "urn:itx:schema:wire:manifest", Manifest.MAX_BYTES, 7,
            ct=_text(_chars(MAX_CT_BYTES)),
        ),
        "signed-receipt": _signed(
            "signed-receipt", receipts.TYP, "urn:itx:schema:wire:receipt", receipts.Receipt.MAX_BYTES, 9
        ),
        "signed-hello": _signed("signed-hello", hello.TYP, "urn:itx:schema:wire:hello", hello.Hello.MAX_BYTES, 10),
    })  # fmt: skip
