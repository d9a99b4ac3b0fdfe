"""The schemas of what travels around a body agree with the vectors: what is taken is valid, a wrong shape not."""

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from protocol import base64url
from protocol.schemas import published

VECTORS = Path(__file__).parent / "vectors"
SLOTS = {"envelope": "manifest", "signed-receipt": "receipt", "signed-hello": "hello"}
BEYOND_A_SCHEMA = {"re out of order", "ranges that overlap", "a range above hi", "stray bits in the sealed bytes"}


def vectors(name: str) -> list[dict[str, Any]]:
    return list(json.loads((VECTORS / f"{name}.json").read_text("utf-8"))["vectors"])


def is_valid(name: str, value: Any) -> bool:
    return Draft202012Validator(published()[f"wire/{name}.json"]).is_valid(value)


def is_signed_object_valid(slot: str, item: Any) -> bool:
    """The object, and the payload it spells."""
    return is_valid(slot, item) and is_valid(SLOTS[slot], json.loads(base64url.decode(item["payload"])))


CASES = [(slot, each) for slot in SLOTS for each in vectors(slot.removeprefix("signed-"))]


@pytest.mark.parametrize(("slot", "vector"), CASES, ids=[f"{slot}: {each['name']}" for slot, each in CASES])
def test_a_signed_object_is_valid_unless_it_is_refused_for_its_shape(slot: str, vector: dict[str, Any]) -> None:
    of_shape = {"schema", "too-large"}
    if vector["name"] in BEYOND_A_SCHEMA or vector["name"] == "another major version of another shape":
        assert vector["code"] in {*of_shape, "unsupported-version"}
    else:
        assert is_signed_object_valid(slot, vector["in"]) == (vector.get("code") not in of_shape)


@pytest.mark.parametrize("vector", vectors("statement"), ids=lambda each: str(each["name"]))
def test_a_statement_is_valid_unless_it_is_refused_for_its_shape(vector: dict[str, Any]) -> None:
    if vector["name"] in BEYOND_A_SCHEMA:
        assert vector["code"] == "schema"
    else:
        assert is_valid("statement", vector["in"]) == ("code" not in vector)


@pytest.mark.parametrize("vector", vectors("inner")[:1], ids=lambda each: str(each["name"]))
def test_a_statement_as_it_is_sealed_is_a_valid_signed_object(vector: dict[str, Any]) -> None:
    assert is_valid("signed-statement", json.loads(vector["in"]["inner"])["statement"])
