"""``tracing element``: what is extracted at a node is verified by anybody, with the file and a digest alone."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.command.conftest import Command
from tests.command.test_work import REQUEST
from tests.commanding import Ended, command
from tracing.cli.exits import Exit


@dataclass(frozen=True)
class Proof:
    """A file made at br's home, and the digest of br's root."""

    file: Path
    digest: str
    extracted: Ended

    def verify(self, *words: object, pin: str | None = None) -> Ended:
        return command("element", "verify", self.file, "--pin", f"br={pin or self.digest}", *words)


@pytest.fixture
def asked(at_home: Command, tmp_path: Path) -> tuple[str, str]:
    """A request by letter: its case and its message."""
    who = ("counterpart", "add", "--off-node", "xs", "--country", "SRB", "--name", "Contact point")
    assert at_home(*who).code == Exit.DONE
    body = tmp_path / "request.json"
    body.write_text(json.dumps(REQUEST), encoding="utf-8")
    made = at_home("request", "send", body, "--json")
    assert made.code == Exit.DONE, made.err
    return made.json["case"], made.json["mid"]


@pytest.fixture
def proof(at_home: Command, asked: tuple[str, str], tmp_path: Path) -> Proof:
    case, mid = asked
    file = tmp_path / "proof.json"
    ended = at_home("element", "extract", case, "--mid", mid, "--element", "found", "-o", file, "--json")
    assert ended.code == Exit.DONE, ended.err
    return Proof(file, at_home("root", "show", "--json").json["digest"], ended)


def test_elements_are_listed_by_name_with_their_restrictions(at_home: Command, asked: tuple[str, str]) -> None:
    ended = at_home("element", "list", asked[0], "--json")
    assert [one["name"] for one in ended.json["items"][0]["elements"]] == ["weapon", "found", "illicit.0", "rest"]
    assert "illicit.0" in at_home("element", "list", asked[0]).out


def test_an_extracted_element_is_verified_without_a_node(proof: Proof) -> None:
    ended = proof.verify("--json", "--home", "/nowhere/at/all")
    assert (ended.code, ended.json["ok"], ended.json["from"]["authority"]) == (Exit.DONE, True, "br")
    assert [one["name"] for one in ended.json["elements"]] == ["found"]
    assert (ended.json["of"], ended.json["taken_over"]) == (4, None)


def test_what_is_withheld_is_not_in_the_extracted_file(proof: Proof) -> None:
    assert "KX-40417" not in proof.file.read_text("utf-8")
    assert proof.extracted.json["elements"] == ["found"]


def test_the_verdict_in_words_says_who_said_what_and_what_is_not_proved(proof: Proof) -> None:
    ended = proof.verify()
    assert ended.code == Exit.DONE
    for words in ("TRAINING", "br (", "said to xs", "Rio de Janeiro", "restrictions: none", "Not proved"):
        assert words in ended.out


def test_a_digest_in_groups_is_the_same_pin(proof: Proof) -> None:
    groups = " ".join(proof.digest[at : at + 4] for at in range(0, 64, 4)).upper()
    assert proof.verify(pin=groups).code == Exit.DONE


def altered(file: Path, change: Callable[[str], str]) -> None:
    file.write_text(change(file.read_text("utf-8")), encoding="utf-8")


@pytest.mark.parametrize(
    "change",
    [lambda text: text[:-1], lambda text: text.replace('"disclosures":["W', '"disclosures":["X'), lambda _text: "",
     lambda text: text.replace('"itx_elements":1', '"itx_elements":2')],
)  # fmt: skip
def test_an_altered_file_ends_with_6_and_says_where_it_breaks(proof: Proof, change: Callable[[str], str]) -> None:
    altered(proof.file, change)
    ended = proof.verify("--json")
    assert (ended.code, ended.json["ok"], ended.json["exit"]) == (Exit.INTEGRITY, False, 6)
    assert ended.json["step"] in range(1, 10)
    assert ended.json["error"] in ended.err


@pytest.mark.parametrize(
    ("pin", "code"), [(f"br={'0' * 64}", 6), (f"at={'0' * 64}", 6), ("br", 2), ("br=12", 2), ("=", 2)]
)
def test_a_root_that_is_not_the_one_known_proves_nothing(proof: Proof, pin: str, code: int) -> None:
    ended = command("element", "verify", proof.file, "--pin", pin)
    assert (ended.code, ended.out) == (code, "")


def test_a_file_that_is_not_there_is_a_fault_of_usage(tmp_path: Path) -> None:
    assert command("element", "verify", tmp_path / "none", "--pin", f"br={'0' * 64}").code == Exit.USAGE


def test_nothing_is_written_over_and_nothing_noted_then(at_home: Command, proof: Proof, asked: tuple[str, str]) -> None:
    case, mid = asked
    before = proof.file.read_bytes()
    ended = at_home("element", "extract", case, "--mid", mid, "--element", "rest", "-o", proof.file)
    assert (ended.code, proof.file.read_bytes()) == (Exit.USAGE, before)


def test_an_element_that_is_not_there_makes_no_file(at_home: Command, asked: tuple[str, str], tmp_path: Path) -> None:
    case, mid = asked
    file = tmp_path / "none.json"
    ended = at_home("element", "extract", case, "--mid", mid, "--element", "outcomes.0", "-o", file)
    assert (ended.code, file.exists()) == (Exit.FAILED, False)
    assert "illicit.0" in ended.err
