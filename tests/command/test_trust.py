"""``tracing counterpart update``, ``alarms`` and ``contested``: what an officer does when keys of others need him."""

import json
import shutil
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from protocol import base64url
from tests.command.conftest import Command
from tests.commanding import command
from tracing.cli.exits import Exit

AUSTRIA = 18421  # the port of its exchange, as conftest founds it


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
    assert pinned("counterpart", "alarms", "--json").json == []
    assert pinned("counterpart", "alarms", "--done", 1, "--why", "there is none").code == Exit.FAILED


def forged(card: Path, folder: Path) -> Path:
    """The roots of a counterpart, which are public, with a keyset that nobody of it signed."""
    members = json.loads(card.read_bytes())
    signature = members["keyset"]["signatures"][0]["signature"]
    members["keyset"]["signatures"][0]["signature"] = signature[:-4] + ("AAAA" if signature[-4:] != "AAAA" else "BBBA")
    (folder / "forged.card").write_text(json.dumps(members), encoding="utf-8")
    return folder / "forged.card"


def test_a_wrong_file_is_the_officers_mistake_and_no_alarm_against_the_counterpart(
    pinned: Command, founded: dict[str, Path], tmp_path: Path
) -> None:
    for wrong, said in ((founded["br.card"], "another digest"), (forged(founded["at.card"], tmp_path), "still holds")):
        ended = pinned("counterpart", "update", "at", "--card", wrong)
        assert (ended.code, said in ended.err) == (Exit.INTEGRITY, True)
        assert pinned("counterpart", "alarms", "--json").json == []
        assert pinned("counterpart", "show", "at", "--json").json["keyset_version"] == 1


def test_two_keysets_of_one_version_are_an_alarm_whoever_brought_the_second(
    pinned: Command, founded: dict[str, Path], kept: Path, tmp_path: Path
) -> None:
    (tmp_path / "one").mkdir(), (tmp_path / "two").mkdir()
    one, two = (newer_card(founded, kept, tmp_path / name) for name in ("one", "two"))
    assert pinned("counterpart", "update", "at", "--card", one).code == Exit.DONE
    assert pinned("counterpart", "update", "at", "--card", two).code == Exit.INTEGRITY
    (alarm,) = pinned("counterpart", "alarms", "--json").json
    assert (alarm["authority"], alarm["code"]) == ("at", "equivocation")
    done = ("counterpart", "alarms", "--done", alarm["id"])
    assert (pinned(*done).code, pinned(*done, "--why", " ").code) == (Exit.USAGE, Exit.USAGE)
    assert pinned(*done, "--why", "telephoned: an old card", "--json").json == []
    assert pinned(*done, "--why", "again").code == Exit.FAILED


def test_with_two_officers_the_command_is_the_first_of_them(
    home: Path, at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    settings = home / "node.toml"
    settings.write_text(
        settings.read_text("utf-8").replace('two_officers = "desk"', 'two_officers = "always"'), "utf-8"
    )
    added = at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at, "--json")
    assert (added.code, added.json["waits_for_second_officer"]) == (Exit.DONE, True)
    assert at_home("counterpart", "list", "--json").json == []
    wrong = at_home("counterpart", "add", founded["at.card"], "--confirm", "0" * 64)
    assert wrong.code == Exit.INTEGRITY


def test_the_contact_card_is_set_shown_and_dropped(at_home: Command, tmp_path: Path) -> None:
    file = tmp_path / "contact.json"
    file.write_text(
        json.dumps({"name": "Trace desk", "phone": "+55 61 1", "languages": ["pt"], "points": [{"name": "Night desk"}]})
    )
    assert at_home("contact", "set", file).code == Exit.DONE
    shown = at_home("contact", "show", "--json").json
    assert (shown["name"], shown["points"][0]["name"], "edited by" in shown["source"]) == (
        "Trace desk",
        "Night desk",
        True,
    )
    at_home("card", "-o", tmp_path / "br.card")
    keyset = json.loads((tmp_path / "br.card").read_bytes())["keyset"]["payload"]
    assert b"Night desk" in base64url.decode(keyset)
    assert at_home("contact", "drop", "--json").json == {"changed": True}
    assert at_home("contact", "show", "--json").json["source"] == "node.toml"


@pytest.mark.parametrize(
    "content", ["", "[]", '{"languages": ["english"]}', '{"radio": "HF"}', '{"holidays": ["soon"]}']
)
def test_what_is_no_contact_card_is_refused_and_nothing_changed(at_home: Command, tmp_path: Path, content: str) -> None:
    (tmp_path / "wrong.json").write_text(content)
    assert at_home("contact", "set", tmp_path / "wrong.json").code == Exit.FAILED
    assert at_home("contact", "show", "--json").json["source"] == "node.toml"


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
    ended = pinned("counterpart", "contested", "at", "--confirm", "at:x", "--why", "by telephone")
    assert (ended.code, "is not to be confirmed" in ended.err) == (Exit.FAILED, True)


def test_an_answer_about_a_contested_message_says_who_was_asked(pinned: Command) -> None:
    for option in ("--confirm", "--disown"):
        ended = pinned("counterpart", "contested", "at", option, "at:x", "--why", " ")
        assert (ended.code, "say who was asked" in ended.err) == (Exit.USAGE, True)


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


def test_a_training_node_makes_its_next_root_alone(at_home: Command, tmp_path: Path) -> None:
    first, folder = tmp_path / "root-1.json", tmp_path / "ceremony"
    before = at_home("root", "show", "-o", first, "--json").json
    assert at_home("keys", "request", "-o", tmp_path / "asked.json", "--yes").code == Exit.DONE
    made = at_home(
        "root", "new", "--after", first, "--threshold", 1, "--keep", "training", "--founding", tmp_path / "asked.json",
        "-o", folder, "--yes",
    )  # fmt: skip
    assert made.code == Exit.DONE, made.err
    assert at_home("root", "sign", folder / "root-2.json", "--after", first, "--yes").code == Exit.DONE
    assert at_home("root", "install", folder / "root-2.json").code == Exit.DONE
    after = at_home("root", "show", "--json").json
    assert (after["version"], after["complete"]) == (2, True)
    assert set(after["keyset_keys"]).isdisjoint(before["keyset_keys"])


def test_a_holder_of_a_real_root_signs_with_his_own_file_only(tmp_path: Path, kept: Path) -> None:
    real = ("--home", tmp_path / "ke", "--passphrase-file", kept)
    command("init", "--authority", "ke", "--country", "KEN", "--name", "Tracing point", *real)
    holders = ("--holder", "First", "--holder", "Second")
    command("root", "new", "--threshold", "2", *holders, "-o", tmp_path / "holders", "--yes", *real)
    ended = command("root", "sign", tmp_path / "holders" / "root-1.json", "--yes", *real)
    assert (ended.code, "--key FILE" in ended.err) == (Exit.USAGE, True)
    assert command("root", "show", tmp_path / "holders" / "root-1.json", "--json", *real).json["signed"] == []


def test_a_card_for_a_script_says_nothing_but_its_document(at_home: Command, tmp_path: Path) -> None:
    ended = at_home("card", "-o", tmp_path / "br.card", "--json")
    assert (set(ended.json), "Compare this digest" in ended.err) == ({"authority", "digest"}, False)


@pytest.mark.parametrize(
    ("answer", "layer", "code"),
    [
        ({"itx": 2, "net": "training"}, "version", Exit.PROBLEMS),
        ({"itx": 1, "net": "real"}, "version", Exit.PROBLEMS),
        ({"itx": 1, "net": "training"}, "signature", Exit.INTEGRITY),
    ],
)
def test_the_layer_that_fails_decides_how_the_test_of_a_counterpart_ends(
    pinned: Command, answer: dict[str, object], layer: str, code: Exit
) -> None:
    with answering(json.dumps(answer).encode()):
        ended = pinned("counterpart", "test", "at", "--json")
    failed = [one for one in ended.json["layers"] if one["state"] == "failed"]
    assert (ended.code, [one["layer"] for one in failed]) == (code, [layer])
    assert f"{layer}: {failed[0]['said']}; {failed[0]['remedy']}" in ended.err


@contextmanager
def answering(body: bytes) -> Iterator[None]:
    """Something that listens where Austria's node should, and says this to whatever it is asked."""

    class Same(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def do_POST(self) -> None:
            self.rfile.read(int(self.headers["Content-Length"]))
            self.do_GET()

        def log_message(self, *_: object) -> None:
            """Nobody is told."""

    server = ThreadingHTTPServer(("127.0.0.1", AUSTRIA), Same)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
