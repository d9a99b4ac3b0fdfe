"""``tracing card``, ``counterpart`` and ``root``: nobody is believed but by a digest that two officers compared."""

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.command.conftest import Command
from tests.commanding import Ended, command
from tracing.cli.exits import Exit

OFF_NODE = ("counterpart", "add", "--off-node", "xs", "--country", "SRB", "--name", "Contact point")


def authorities(at_home: Command) -> list[str]:
    return [one["authority"] for one in at_home("counterpart", "list", "--json").json]


def test_a_card_is_written_with_the_digest_to_compare(at_home: Command, tmp_path: Path) -> None:
    ended = at_home("card", "-o", tmp_path / "br.card", "--json")
    assert set(ended.json) == {"authority", "digest"}
    assert (tmp_path / "br.card").stat().st_size > 1000


def test_the_digest_on_the_card_is_that_of_the_root(at_home: Command, tmp_path: Path) -> None:
    card = at_home("card", "-o", tmp_path / "br.card", "--json").json
    assert at_home("root", "show", "--json").json["digest"] == card["digest"]


def test_a_counterpart_is_pinned_by_the_compared_digest(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    ended = at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at, "--json")
    assert ended.code == Exit.DONE, ended.err
    assert authorities(at_home) == ["at"]


def test_a_digest_read_aloud_in_groups_is_the_same_digest(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    groups = " ".join(digest_of_at[at : at + 4] for at in range(0, 64, 4)).upper()
    assert at_home("counterpart", "add", founded["at.card"], "--confirm", groups).code == Exit.DONE


def test_another_digest_is_refused_and_pins_nobody(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    ended = at_home("counterpart", "add", founded["at.card"], "--confirm", "0" * 64, "--json")
    assert (ended.code, ended.json["error"]) == (Exit.INTEGRITY, "digest-mismatch")
    assert digest_of_at not in ended.err
    assert authorities(at_home) == []


def test_an_altered_card_is_refused_and_pins_nobody(
    at_home: Command, founded: dict[str, Path], digest_of_at: str, tmp_path: Path
) -> None:
    content = founded["at.card"].read_bytes()
    keyset = content.index(b'"keyset"') + 400
    (tmp_path / "at.card").write_bytes(content[:keyset] + b"AAAA" + content[keyset + 4 :])
    ended = at_home("counterpart", "add", tmp_path / "at.card", "--confirm", digest_of_at)
    assert ended.code == Exit.INTEGRITY
    assert authorities(at_home) == []


def test_what_is_no_card_is_refused(at_home: Command, tmp_path: Path) -> None:
    (tmp_path / "x.card").write_text("{}", "utf-8")
    ended = at_home("counterpart", "add", tmp_path / "x.card", "--confirm", "0" * 64)
    assert ended.code == Exit.INTEGRITY
    assert "not a card" in ended.err


def test_a_card_that_is_not_there_is_named(at_home: Command, tmp_path: Path) -> None:
    ended = at_home("counterpart", "add", tmp_path / "x.card", "--confirm", "0" * 64)
    assert ended.code == Exit.FAILED
    assert "x.card" in ended.err


def test_a_counterpart_is_pinned_once(at_home: Command, founded: dict[str, Path], digest_of_at: str) -> None:
    words = ("counterpart", "add", founded["at.card"], "--confirm", digest_of_at)
    assert at_home(*words).code == Exit.DONE
    again = at_home(*words)
    assert again.code == Exit.FAILED
    assert "nothing was changed" in again.err


def test_a_state_without_a_node_is_added_by_name(at_home: Command) -> None:
    assert at_home(*OFF_NODE).code == Exit.DONE
    assert at_home("counterpart", "show", "xs", "--json").json["on_node"] is False
    assert at_home(*OFF_NODE).code == Exit.FAILED


@pytest.mark.parametrize(
    "words",
    [
        ("counterpart", "add"),
        ("counterpart", "add", "--off-node", "xs"),
        ("counterpart", "add", "--off-node", "XS", "--country", "SRB", "--name", "x"),
        ("counterpart", "add", "--off-node", "xs", "--country", "XXX", "--name", "x"),
        ("counterpart", "add", "--off-node", "xs", "--country", "YUG", "--name", "x"),
    ],
)
def test_a_slip_in_adding_is_one_of_usage_and_adds_nobody(at_home: Command, words: tuple[str, ...]) -> None:
    assert at_home(*words).code == Exit.USAGE
    assert authorities(at_home) == []


def test_an_unknown_counterpart_is_named_with_the_known_ones(at_home: Command) -> None:
    at_home(*OFF_NODE)
    ended = at_home("counterpart", "show", "zz")
    assert ended.code == Exit.FAILED
    assert "known here: xs" in ended.err


def test_suspending_asks_first_and_is_taken_back(at_home: Command) -> None:
    at_home(*OFF_NODE)
    assert at_home("counterpart", "suspend", "xs").code == Exit.USAGE
    assert at_home("counterpart", "suspend", "xs", "--yes").code == Exit.DONE
    assert at_home("counterpart", "show", "xs", "--json").json["status"] == "suspended"
    at_home("counterpart", "resume", "xs")
    assert at_home("counterpart", "show", "xs", "--json").json["status"] == "active"


def test_testing_a_counterpart_names_the_layer_that_fails(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at)
    ended = at_home("counterpart", "test", "at", "--json")
    assert ended.code == Exit.UNREACHABLE
    failed = [one for one in ended.json["layers"] if one["state"] == "failed"]
    assert [one["layer"] for one in failed] == ["connection"]
    assert failed[0]["remedy"] in ended.err


def test_a_counterpart_by_letter_has_nothing_to_test(at_home: Command) -> None:
    at_home(*OFF_NODE)
    assert at_home("counterpart", "test", "xs").code == Exit.UNREACHABLE


# ---------------------------------------------------------------- the ceremony


@pytest.fixture
def real(tmp_path: Path, kept: Path) -> Command:
    """A real node that waits for its root."""

    def waiting(*words: object) -> Ended:
        return command(*words, "--home", tmp_path / "ke", "--passphrase-file", kept)

    made = waiting("init", "--authority", "ke", "--country", "KEN", "--name", "Tracing point", "--json")
    assert made.json["waits_for_root"] is True
    return waiting


@pytest.fixture
def ceremony(real: Command, tmp_path: Path) -> Any:
    """The files of a ceremony: two of three holders must sign."""
    holders = ("--holder", "First", "--holder", "Second", "--holder", "Third")
    made = real("root", "new", "--threshold", "2", *holders, "-o", tmp_path / "holders", "--yes", "--json")
    assert made.code == Exit.DONE, made.err
    return made.json


def test_a_real_node_waits_for_its_root(real: Command) -> None:
    ended = real("card")
    assert ended.code == Exit.CONFIGURATION
    assert "`tracing root new`" in ended.err


def test_a_root_is_signed_by_its_holders_and_installed(real: Command, ceremony: Any) -> None:
    for key in ceremony["holders"][:2]:
        assert real("root", "sign", ceremony["root"], "--key", key, "--yes").code == Exit.DONE
    installed = real("root", "install", ceremony["root"], "--json")
    assert installed.code == Exit.DONE, installed.err
    assert real("root", "show", "--json").json["digest"] == installed.json["digest"]


def test_a_root_that_too_few_have_signed_is_not_installed(real: Command, ceremony: Any) -> None:
    real("root", "sign", ceremony["root"], "--key", ceremony["holders"][0], "--yes")
    ended = real("root", "install", ceremony["root"])
    assert (ended.code, "signed (First); 1 more of Second, Third must" in ended.err) == (Exit.INTEGRITY, True)
    assert real("card").code == Exit.CONFIGURATION


def test_a_root_that_nobody_has_signed_says_who_must(real: Command, ceremony: Any) -> None:
    ended = real("root", "install", ceremony["root"])
    assert (ended.code, "2 of its holders (First, Second, Third) must sign it first" in ended.err) == (
        Exit.INTEGRITY, True,
    )  # fmt: skip
    assert real("card").code == Exit.CONFIGURATION


def test_a_root_is_shown_in_words_and_dates(real: Command, ceremony: Any) -> None:
    real("root", "sign", ceremony["root"], "--key", ceremony["holders"][0], "--yes")
    shown = real("root", "show", ceremony["root"])
    assert all(words in shown.out for words in ("First, Second, Third", "2 of 3", "1 more must sign", " UTC"))
    assert not [odd for odd in ("['", "_ms", "None") if odd in shown.out]
    assert real("card").code == Exit.CONFIGURATION


def test_copies_that_holders_signed_apart_are_put_together(real: Command, ceremony: Any, tmp_path: Path) -> None:
    copies = [tmp_path / f"copy-{number}.json" for number in range(2)]
    for copy, key in zip(copies, ceremony["holders"], strict=False):
        shutil.copy(ceremony["root"], copy)
        assert real("root", "sign", copy, "--key", key, "--yes").code == Exit.DONE
    alone = [real("root", "install", copy).code for copy in copies]
    installed = real("root", "install", ceremony["root"], *copies, "--json")
    assert (alone, installed.code) == ([Exit.INTEGRITY] * 2, Exit.DONE)
    assert real("root", "show", "--json").json["signed"] == ["First", "Second"]


def test_what_are_no_copies_of_one_root_are_not_put_together(real: Command, ceremony: Any, tmp_path: Path) -> None:
    holders = ("--holder", "Other", "--holder", "Another", "--holder", "One more")
    other = real("root", "new", "--threshold", "2", *holders, "-o", tmp_path / "other", "--yes", "--json")
    real("root", "sign", other.json["root"], "--key", other.json["holders"][0], "--yes")
    ended = real("root", "install", ceremony["root"], other.json["root"])
    assert ended.code in (Exit.FAILED, Exit.INTEGRITY)
    assert "not copies of one root" in ended.err
    assert real("card").code == Exit.CONFIGURATION


def test_a_holder_signs_once(real: Command, ceremony: Any) -> None:
    words = ("root", "sign", ceremony["root"], "--key", ceremony["holders"][0], "--yes")
    assert real(*words).code == Exit.DONE
    assert real(*words).code == Exit.FAILED
    assert real("root", "show", ceremony["root"], "--json").json["signed"] == ["First"]


def test_a_root_is_installed_once(real: Command, ceremony: Any) -> None:
    for key in ceremony["holders"][:2]:
        real("root", "sign", ceremony["root"], "--key", key, "--yes")
    assert real("root", "install", ceremony["root"]).code == Exit.DONE
    again = real("root", "install", ceremony["root"])
    assert again.code == Exit.FAILED
    assert "nothing was changed" in again.err


def test_the_holders_are_asked_whether_the_request_is_the_nodes(real: Command, tmp_path: Path) -> None:
    ended = real("root", "new", "--threshold", "1", "--holder", "First", "-o", tmp_path / "holders")
    assert ended.code == Exit.USAGE
    assert not (tmp_path / "holders").exists()


@pytest.mark.parametrize(
    "words",
    [("--threshold", "2", "--holder", "A", "--holder", "A"), ("--threshold", "3", "--holder", "A", "--holder", "B")],
)
def test_a_ceremony_whose_numbers_do_not_fit_makes_no_file(
    real: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    assert real("root", "new", *words, "-o", tmp_path / "holders", "--yes").code in {Exit.USAGE, Exit.FAILED}
    assert not (tmp_path / "holders").exists()


def test_a_training_node_refuses_a_real_ones_card(
    real: Command, ceremony: Any, at_home: Command, tmp_path: Path
) -> None:
    for key in ceremony["holders"][:2]:
        real("root", "sign", ceremony["root"], "--key", key, "--yes")
    real("root", "install", ceremony["root"])
    digest = real("card", "-o", tmp_path / "ke.card", "--json").json["digest"]
    ended = at_home("counterpart", "add", tmp_path / "ke.card", "--confirm", digest)
    assert ended.code == Exit.INTEGRITY
    assert "training and real nodes do not talk to each other" in ended.err
    assert authorities(at_home) == []
