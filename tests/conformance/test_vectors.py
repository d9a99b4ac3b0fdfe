"""The vectors of messages, cases and cards: what the maker makes, about every kind, cell and rule."""

import json
import random
from typing import Any

import pytest

from protocol.lifecycle import TABLE, Effect, Kind, Role, Said, fold
from protocol.messages import BY_KIND
from tests.conformance import make_vectors, verifier

DOCUMENTS = make_vectors.documents()


def on_file(name: str) -> Any:
    return json.loads((make_vectors.FOLDER / name).read_bytes())


def messages_of(given: Any) -> list[Said]:
    return [
        Said(one["mid"], Kind(one["kind"]), Role(one["sender"]), tuple(one["re"]), frozenset(one["facts"]))
        for one in given["messages"]
    ]


@pytest.mark.parametrize("name", DOCUMENTS)
def test_a_file_of_the_kit_is_what_its_maker_makes(name: str) -> None:
    made = json.loads(make_vectors.strictjson.dump(DOCUMENTS[name]))
    assert (make_vectors.FOLDER / name).read_text("utf-8") == make_vectors.text_of(made)


def test_no_file_of_the_kit_is_without_a_maker() -> None:
    assert {path.name for path in make_vectors.FOLDER.iterdir()} == set(DOCUMENTS)


@pytest.mark.parametrize("kind", BY_KIND)
def test_every_kind_has_vectors_of_every_sort(kind: str) -> None:
    mine = [one for one in on_file("messages.json")["vectors"] if one["name"].startswith(f"{kind}: ")]
    codes = {one.get("code") for one in mine}
    assert codes == {None, "schema", "unsupported-version"}
    assert any(one["out"]["unknown"] == ["news"] for one in mine if "out" in one)
    assert any(not one["lacks"] and not one["out"]["unknown"] for one in mine if "out" in one)


def test_what_a_kind_needs_is_asked_for_in_some_vector() -> None:
    asking = {one["name"].partition(": ")[0] for one in on_file("messages.json")["vectors"] if one.get("lacks")}
    assert asking == {kind.value for kind, model in BY_KIND.items() if model().lacks()}


def test_every_cell_of_the_table_is_used_in_some_vector() -> None:
    used = set()
    for vector in on_file("lifecycle.json")["vectors"]:
        given = vector["in"]
        held = [one for one in messages_of(given) if one.mid not in given["rejected"]]
        used |= make_vectors.cells_of(held, given["opened"])
    assert set(TABLE) - used == set()


def test_every_file_has_what_passes_and_what_fails() -> None:
    assert {"code" in one for one in on_file("cards.json")["vectors"]} == {True, False}
    effects = {word for one in on_file("lifecycle.json")["vectors"] for word in one["out"]["effects"].values()}
    assert effects == {Effect.EFFECTIVE, Effect.KEPT}


def test_the_second_reader_agrees_on_conversations_beyond_the_vectors() -> None:
    law, chance = on_file("lifecycle_table.json"), random.Random(11)
    for number in range(100):
        vector = make_vectors.of_case(f"beyond {number}", *make_vectors.drawn(chance))
        given = json.loads(json.dumps(vector))["in"]
        found = verifier.life(law, given["messages"], given["opened"], given["rejected"])
        assert found == json.loads(json.dumps(vector["out"])), given


def test_the_order_of_arrival_changes_no_vector() -> None:
    chance = random.Random(5)
    for vector in on_file("lifecycle.json")["vectors"]:
        said = messages_of(vector["in"])
        chance.shuffle(said)
        view = fold(said, opened=vector["in"]["opened"], rejected=vector["in"]["rejected"])
        assert (view.state, list(view.heads)) == (vector["out"]["state"], vector["out"]["heads"])
