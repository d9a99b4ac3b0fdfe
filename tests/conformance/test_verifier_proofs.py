"""The second verifier on proofs of elements: one element shown, the rest hidden, believed from a digest alone."""

import json
import random
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from keys.card import Card
from keys.trust import TrustSet
from protocol import base64url, strictjson
from tests.conformance import verifier
from tests.conformance.author import Author, now_ms, request_body
from tests.conformance.test_verifier import run


@dataclass(frozen=True)
class Shown:
    """A proof of the find alone, and who is to be believed."""

    members: dict[str, Any]
    pin: str

    @property
    def data(self) -> bytes:
        return strictjson.dump(self.members)


@pytest.fixture(scope="module")
def shown() -> Shown:
    author, reader = (Author.made(name, "XXA", "training", None) for name in ("ke", "at"))
    node = TrustSet.of_card(Card.read(reader.card()), reader.digest, "training", at_ms=now_ms())
    held: list[dict[str, Any]] = []

    def keep(inner: bytes) -> bytes:
        held.append(strictjson.load(inner, 1 << 20))
        return inner

    author.write(node, request_body("HIDDEN 4711"), inner=keep)
    (inside,) = held
    find = [text for text in inside["disclosures"] if verifier.read_disclosure(text)[0] == "found"]
    card = json.loads(author.card())
    return Shown(
        {"itx_elements": 1, "statement": inside["statement"], "disclosures": find, "sender": card}, author.digest
    )


def refused(data: bytes, pins: dict[str, str]) -> tuple[int, str]:
    with pytest.raises(verifier.Unproved) as seen:
        verifier.prove(data, pins)
    return seen.value.step, seen.value.code


def test_one_element_is_proved_with_the_rest_hidden(shown: Shown) -> None:
    found = verifier.prove(shown.data, {"ke": shown.pin})
    (element,) = found["elements"]
    assert (element["name"], element["value"]["place"], found["total"]) == ("found", "Test range", 6)
    assert not any(word in shown.data for word in (b"HIDDEN", b"4711", base64url.encode(b"HIDDEN 4711").encode()))


def test_the_command_proves_it_to_a_stranger(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "find.json").write_bytes(shown.data)
    groups = " ".join(shown.pin[at : at + 4] for at in range(0, 64, 4)).upper()
    ended = run("proof", "find.json", "--pin", f"ke={groups}", where=tmp_path)
    assert (ended.returncode, json.loads(ended.stdout)["proved"]) == (0, True)


def test_the_command_names_the_step_that_failed(shown: Shown, tmp_path: Path) -> None:
    (tmp_path / "find.json").write_bytes(shown.data)
    ended = run("proof", "find.json", "--pin", f"ke={'0' * 64}", where=tmp_path)
    said = json.loads(ended.stdout)
    assert (ended.returncode, said["proved"], said["step"], said["code"]) == (3, False, 3, "wrong-root")


def test_whoever_is_not_pinned_is_not_believed(shown: Shown) -> None:
    assert refused(shown.data, {"br": shown.pin}) == (3, "not-pinned")


def test_every_one_of_a_hundred_changed_signs_is_refused(shown: Shown) -> None:
    chance = random.Random(1)
    believed = []
    for _ in range(100):
        at = chance.randrange(len(shown.data))
        changed = shown.data[:at] + bytes([shown.data[at] ^ 1 << chance.randrange(7)]) + shown.data[at + 1 :]
        try:
            found = verifier.prove(changed, {"ke": shown.pin})
        except verifier.Unproved:
            continue
        believed.append((at, found))
    assert believed == []
