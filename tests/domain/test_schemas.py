"""The published schemas: current, sourced, and true: what ``parse`` takes is valid, and nothing else is."""

import json
from collections.abc import Callable
from copy import deepcopy
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator

from protocol.errors import SchemaInvalid
from protocol.lifecycle import Kind
from protocol.messages import BY_KIND, KINDS, Message, build, parse
from protocol.messages.origins import ORIGINS
from protocol.schemas import published
from protocol.vocabulary import LISTS, Source
from tests.domain.bodies import body
from tests.domain.make_schemas import FOLDER, text_of

VALIDATORS = {kind: Draft202012Validator(published()[f"{kind}.json"]) for kind in Kind}
SCHEMAS = [path for path in published() if path not in {"index.json", "vocabulary.json"}]


@pytest.mark.parametrize("path", published())
def test_a_published_document_is_current(path: str) -> None:
    assert (FOLDER / path).read_text("utf-8") == text_of(published()[path]), "run: make schemas"


def test_no_document_lies_about_that_is_not_published() -> None:
    assert {str(path.relative_to(FOLDER)) for path in FOLDER.rglob("*.json")} == set(published())


@pytest.mark.parametrize("path", SCHEMAS)
def test_a_published_schema_is_one_of_draft_2020_12(path: str) -> None:
    schema = published()[path]
    Draft202012Validator.check_schema(schema)
    assert schema["$schema"].endswith("2020-12/schema")


def test_every_schema_has_a_name_of_its_own() -> None:
    names = [published()[path]["$id"] for path in SCHEMAS]
    assert len(names) == len(set(names))


@pytest.mark.parametrize("kind", Kind)
def test_every_schema_cites_the_paragraphs_of_its_kind(kind: Kind) -> None:
    schema = published()[f"{kind}.json"]
    named = [source.value for source in ORIGINS[kind].sources]
    assert (schema["x-sources"], schema["description"].endswith(f"Source: {', '.join(named)}.")) == (named, True)


def members(schema: Any) -> list[dict[str, Any]]:
    """Every member of a document that says something under ``x-needed`` or ``x-words``."""
    inner = schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ()
    own = [schema] if isinstance(schema, dict) and {"x-needed", "x-words"} & schema.keys() else []
    return own + [each for one in inner for each in members(one)]


@pytest.mark.parametrize("kind", Kind)
def test_what_an_instrument_asks_for_stands_with_its_paragraph_and_question(kind: Kind) -> None:
    needs = [member["x-needed"] for member in members(published()[f"{kind}.json"]) if "x-needed" in member]
    assert all(Source(need["source"]) and "?" in need["question"] for need in needs)


@pytest.mark.parametrize("kind", Kind)
def test_the_words_of_a_member_are_one_of_the_lists(kind: Kind) -> None:
    lists = [{word.value: word.source.value for word in words} for words in LISTS.values()]
    said = [member["x-words"] for member in members(published()[f"{kind}.json"]) if "x-words" in member]
    assert [words for words in said if words not in lists] == []


@pytest.mark.parametrize("kind", Kind)
def test_what_our_node_says_is_valid_in_both_its_forms(kind: Kind) -> None:
    said = build(kind, body(kind))
    assert [list(VALIDATORS[kind].iter_errors(form)) for form in (said.to_body(), said.to_elements())] == [[], []]


def test_the_index_names_every_kind_and_its_file() -> None:
    named = {urn: entry["schema"] for urn, entry in published()["index.json"]["bodies"].items()}
    assert named == {urn: f"{kind.KIND}.json" for urn, kind in KINDS.items()}


def test_the_vocabulary_holds_every_word_with_its_source() -> None:
    lists = published()["vocabulary.json"]["lists"]
    assert {name: {each["word"]: each["source"] for each in words} for name, words in lists.items()} == {
        name: {word.value: word.source.value for word in words} for name, words in LISTS.items()
    }


def test_the_vocabulary_is_plain_json() -> None:
    assert json.loads(text_of(published()["vocabulary.json"])) == published()["vocabulary.json"]


# ---------------------------------------------------------------- taken exactly when valid

ANYTHING = st.recursive(
    st.none()
    | st.booleans()
    | st.sampled_from([-1, 0, 1, 500, 501, 1_000_000, 1_000_001, 2**53 - 1])
    | st.sampled_from(["", "x", "\0", "2026", "x" * 64, "x" * 65, "x" * 500, "x" * 501, "x" * 20_001, "line\n"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["text", "kind", "new"]), inner),
    max_leaves=4,
)


def described(schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    """What a member's schema leads to: the object it refers to, or itself."""
    for one in (schema, *schema.get("anyOf", ())):
        if "$ref" in one:
            place: Any = whole
            for step in one["$ref"].removeprefix("#/").split("/"):
                place = place[step]
            return dict(place)
    return schema


@st.composite
def values(draw: st.DrawFn, schema: dict[str, Any], whole: dict[str, Any]) -> Any:
    """Something of the shape a member has, now and then of another one, and now and then beyond its bounds."""
    if draw(st.integers(0, 30)) == 0:
        return draw(ANYTHING)
    inner = described(schema, whole)
    kinds = inner["type"] if isinstance(inner["type"], list) else [inner["type"]]
    return draw(OF_KIND[draw(st.sampled_from(kinds))](inner, whole))


def texts(schema: dict[str, Any], _whole: dict[str, Any]) -> st.SearchStrategy[str]:
    most = schema["maxLength"]
    return st.text(max_size=5) | st.sampled_from(["x", "x" * most, "x" * (most + 1)])


@st.composite
def objects(draw: st.DrawFn, schema: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    names = draw(st.lists(st.sampled_from([*sorted(schema["properties"]), "stranger", "markings"]), max_size=6))
    known = schema["properties"]
    return {name: draw(values(known[name], whole) if name in known else ANYTHING) for name in names}


OF_KIND: dict[str, Callable[[dict[str, Any], dict[str, Any]], st.SearchStrategy[Any]]] = {
    "object": objects,
    "array": lambda schema, whole: st.lists(values(schema["items"], whole), max_size=2),
    "string": texts,
    "integer": lambda schema, _whole: st.integers(schema["minimum"], schema["maximum"]),
    "boolean": lambda _schema, _whole: st.booleans(),
    "null": lambda _schema, _whole: st.none(),
}


@st.composite
def arrivals(draw: st.DrawFn) -> tuple[Kind, Any]:
    kind = draw(st.sampled_from(Kind))
    schema = published()[f"{kind}.json"]
    return kind, draw(objects(schema, schema) if draw(st.integers(0, 50)) else ANYTHING)


def is_taken(kind: Kind, whole: Any) -> bool:
    try:
        return isinstance(parse(BY_KIND[kind].TYPE, deepcopy(whole)), Message)
    except SchemaInvalid:
        return False


@settings(max_examples=600, deadline=None)
@given(arrivals())
@example((Kind.TRACE_REQUEST, {"markings": [1]}))
@example((Kind.TRACE_REQUEST, {"markings": [1], "weapon": None}))
@example((Kind.TRACE_REQUEST, {"markings": [1], "weapon": {"markings": []}}))
@example((Kind.AMENDMENT, {"markings": [{}], "weapon": {}}))
@example((Kind.SPONTANEOUS_INFORMATION, {"markings": None, "weapon": {}}))
@example((Kind.RECONCILIATION, {"cases": [{"messages": True}]}))
@example((Kind.HANDLING_NOTICE, {"changes": [{"restrictions": ["x" * 65]}]}))
def test_a_body_is_taken_exactly_when_its_schema_allows_it(arrival: tuple[Kind, Any]) -> None:
    kind, whole = arrival
    assert is_taken(kind, whole) == VALIDATORS[kind].is_valid(whole)


@pytest.mark.parametrize("kind", Kind)
@pytest.mark.parametrize("spoilt", [5, "x" * 20_001, [[]], {"text": {}}, "\0"])
def test_each_member_of_a_kind_is_refused_exactly_when_its_schema_refuses_it(kind: Kind, spoilt: Any) -> None:
    wholes = [{name: spoilt} for name in published()[f"{kind}.json"]["properties"]]
    assert [is_taken(kind, whole) for whole in wholes] == [VALIDATORS[kind].is_valid(whole) for whole in wholes]
