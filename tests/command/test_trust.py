"""``tracing counterpart update``, ``alarms`` and ``contested``: what an officer does when keys of others need him."""

import json
import shutil
from pathlib import Path

import pytest

from tests.command.conftest import Command, command
from tracing.cli.exits import Exit


@pytest.fixture
def pinned(at_home: Command, founded: dict[str, Path], digest_of_at: str) -> Command:
    """Brazil knows Austria by its card."""
    assert at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at).code == Exit.DONE
    return at_home


def newer_card(founded: dict[str, Path], kept: Path, folder: Path) -> Path:
    """Austria's card after it announced other keys, from a copy of its home."""
    home = Path(shutil.copytree(founded["at"], folder / "at"))
    command("keys", "rotate", "--home", home, "--passphrase-file", kept)
    command("card", "-o", folder / "newer.card", "--home", home, "--passphrase-file", kept)
    return folder / "newer.card"


def test_a_newer_card_is_followed_and_an_older_one_refused(
    pinned: Command, founded: dict[str, Path], kept: Path, tmp_path: Path
) -> None:
    newer = newer_card(founded, kept, tmp_path)
    followed = pinned("counterpart", "update", "at", "--card", newer, "--json").json
    assert (followed["root"], followed["keyset"], followed["refused"]) == (1, 2, [])
    older = pinned("counterpart", "update", "at", "--card", founded["at.card"], "--json")
    said = json.loads(older.out[older.out.index("{") :])  # the log of a test goes to the same place
    assert (older.code, said["refused"][0]["code"], said["keyset"]) == (Exit.INTEGRITY, "rollback", 2)
    (alarm,) = pinned("counterpart", "alarms", "--json").json
    assert (alarm["authority"], alarm["code"]) == ("at", "rollback")
    done = ("counterpart", "alarms", "--done", alarm["id"])
    assert (pinned(*done).code, pinned(*done, "--why", " ").code) == (Exit.USAGE, Exit.USAGE)
    assert pinned(*done, "--why", "telephoned: an old card", "--json").json == []
    assert pinned(*done, "--why", "again").code == Exit.FAILED


def test_a_counterpart_that_does_not_answer_changes_nothing(pinned: Command) -> None:
    ended = pinned("counterpart", "update", "at")
    assert (ended.code, "nothing was changed" in ended.err) == (Exit.UNREACHABLE, True)
    assert pinned("counterpart", "show", "at", "--json").json["keyset_version"] == 1


def test_the_address_of_the_newest_keyset_is_believed_by_an_officer(
    pinned: Command, founded: dict[str, Path], kept: Path, tmp_path: Path
) -> None:
    newer = newer_card(founded, kept, tmp_path)
    words = ("counterpart", "update", "at", "--card", newer, "--address", "--json")
    assert pinned(*words).json["url"].startswith("http://127.0.0.1:")


def test_nothing_is_contested_where_no_key_was_lost(pinned: Command) -> None:
    assert pinned("counterpart", "contested", "at", "--json").json == []
    ended = pinned("counterpart", "contested", "at", "--confirm", "at:x")
    assert (ended.code, "is not to be confirmed" in ended.err) == (Exit.FAILED, True)


def test_who_is_no_counterpart_is_named(at_home: Command) -> None:
    for verb in ("update", "contested"):
        assert at_home("counterpart", verb, "zz").code == Exit.FAILED


def test_an_id_that_looks_like_anothers_is_pinned_only_when_an_officer_insists(
    pinned: Command, tmp_path: Path, kept: Path
) -> None:
    twin = ("init", "--authority", "a.t", "--country", "AUT", "--name", "Austria", "--training")
    command(*twin, "--home", tmp_path / "twin", "--passphrase-file", kept, "--yes")
    made = command(
        "card", "-o", tmp_path / "twin.card", "--home", tmp_path / "twin", "--passphrase-file", kept, "--json"
    )
    add = ("counterpart", "add", tmp_path / "twin.card", "--confirm", made.json["digest"])
    refused = pinned(*add)
    assert (refused.code, "easily taken for 'at'" in refused.err) == (Exit.INTEGRITY, True)
    assert [one["authority"] for one in pinned("counterpart", "list", "--json").json] == ["at"]
    assert pinned(*add, "--alike").code == Exit.DONE
