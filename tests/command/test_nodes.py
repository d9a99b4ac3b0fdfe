"""``tracing init``, ``run``, ``doctor``: a home is whole or not there; what is wrong is said in one sentence."""

import contextlib
import hashlib
import json
import os
import signal
import socket
import sqlite3
import subprocess
import sys
import threading
import time
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from protocol.attachments import Attachment
from tests.command.conftest import PASSPHRASE, Command
from tests.commanding import command
from tracing.attachments import uploads
from tracing.cli.exits import Exit
from tracing.cli.zones import weekend_of, zone_of
from tracing.node import Node
from tracing.settings import Settings

ROOT = Path(__file__).resolve().parents[2]
NEW = ("init", "--authority", "ke", "--country", "KEN", "--name", "Tracing point", "--training")


def test_a_new_home_is_its_owners_alone(home: Path) -> None:
    modes = {path.relative_to(home).as_posix(): path.stat().st_mode & 0o777 for path in home.rglob("*")}
    assert home.stat().st_mode & 0o777 == 0o700
    assert not {name: mode for name, mode in modes.items() if mode & 0o077}


def test_a_new_node_takes_what_is_usual_in_its_country(home: Path) -> None:
    settings = Settings.load(home)
    assert (settings.zone, settings.calendar.holidays, settings.release) == ("America/Sao_Paulo", "BRA", "one")


def test_an_existing_home_is_not_touched(at_home: Command, home: Path) -> None:
    before = {path: path.read_bytes() for path in home.rglob("*") if path.is_file()}
    ended = at_home(*NEW)
    assert ended.code == Exit.FAILED
    assert "is not empty" in ended.err
    assert {path: path.read_bytes() for path in home.rglob("*") if path.is_file()} == before


def test_a_node_without_a_terminal_keeps_a_passphrase_drawn_by_chance(tmp_path: Path) -> None:
    made = command(*NEW, "--yes", "--home", tmp_path / "ke")
    assert made.code == Exit.DONE
    assert "A real node should keep it elsewhere" in made.err
    assert command("case", "list", "--home", tmp_path / "ke").code == Exit.DONE


def test_a_founding_that_was_killed_is_said_to_be_unfinished(tmp_path: Path) -> None:
    home = tmp_path / "ke"
    program = [sys.executable, "-c", "from tracing.cli import main; main()", *NEW, "--yes", "--home", str(home)]
    process = subprocess.Popen(program, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while process.poll() is None and not (home / "keys").exists():
        time.sleep(0.001)
    process.kill()
    assert process.wait() == -signal.SIGKILL
    before = sorted(home.rglob("*"))
    for words, code in ((NEW, Exit.FAILED), (("run",), Exit.CONFIGURATION), (("case", "list"), Exit.CONFIGURATION)):
        ended = command(*words, "--home", home)
        assert (ended.code, "was not finished" in ended.err, "run `tracing init` again" in ended.err) == (
            code, True, True,
        )  # fmt: skip
    assert sorted(home.rglob("*")) == before


@pytest.mark.parametrize("country", ["ZZZ", "KE"])
def test_a_country_that_does_not_exist_is_refused_once(tmp_path: Path, country: str) -> None:
    ended = command(*NEW, "--country", country, "--yes", "--home", tmp_path / "ke")
    assert (ended.code, ended.err.count("expected")) == (Exit.CONFIGURATION, 1)
    assert not (tmp_path / "ke").exists()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--country", "XXX"), '--country is "XXX"; expected a country of ISO 3166-1'),
        (("--country", "KE"), "did you mean KEN?"),
        (("--authority", "KE"), '--authority is "KE"; expected lower-case letters'),
        (("--desk", "8421"), '--desk is "8421"; expected HOST:PORT'),
        (("--zone", "Kenya/Nairobi"), '--zone is "Kenya/Nairobi"; expected the name of a time zone'),
        (("--exchange", "127.0.0.1:8421"), "exchange and desk are both 127.0.0.1:8421"),
        (("--database", "mysql://u:secret@db/x"), "expected sqlite:///FILE or postgresql://USER@HOST/NAME"),
        (("--database", "postgresql://u:secret@db/x"), "password"),
    ],
)
def test_a_wrong_value_makes_no_home(tmp_path: Path, kept: Path, words: tuple[str, ...], said: str) -> None:
    ended = command(*NEW, *words, "--home", tmp_path / "ke", "--passphrase-file", kept)
    assert ended.code == Exit.CONFIGURATION
    assert said in ended.err
    assert "secret" not in ended.err
    assert not (tmp_path / "ke").exists()


def test_an_empty_folder_may_become_a_home_and_is_emptied_again_when_that_fails(tmp_path: Path, kept: Path) -> None:
    (tmp_path / "ke").mkdir()
    bad = ("--database", "sqlite:////nowhere/at/all/node.db")
    assert command(*NEW, *bad, "--home", tmp_path / "ke", "--passphrase-file", kept).code != Exit.DONE
    assert list((tmp_path / "ke").iterdir()) == []


# ---------------------------------------------------------------- the passphrase


def test_a_wrong_passphrase_is_one_sentence(home: Path, tmp_path: Path) -> None:
    wrong = tmp_path / "wrong"
    wrong.write_text("battery staple", encoding="utf-8")
    wrong.chmod(0o600)
    ended = command("case", "list", "--home", home, "--passphrase-file", wrong)
    assert ended.code == Exit.CONFIGURATION
    assert len(ended.err.splitlines()) == 1
    assert "battery" not in ended.err
    assert str(wrong) in ended.err
    assert str(home / "keys") in ended.err


def test_the_passphrase_comes_from_the_variable_when_no_option_names_it(
    home: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACING_PASSPHRASE_FILE", str(kept))
    assert command("case", "list", "--home", home).code == Exit.DONE


def test_the_passphrase_comes_from_the_systemd_credential_next(
    home: Path, kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "tracing-passphrase").write_bytes(kept.read_bytes())
    (tmp_path / "tracing-passphrase").chmod(0o400)
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert command("case", "list", "--home", home).code == Exit.DONE


def test_without_a_passphrase_and_a_terminal_the_command_says_where_to_put_one(home: Path) -> None:
    ended = command("case", "list", "--home", home)
    assert ended.code == Exit.CONFIGURATION
    assert "give --passphrase-file FILE" in ended.err


@pytest.mark.parametrize(
    ("content", "mode", "said"),
    [("x\n", 0o644, "is open to others"), ("\nx\n", 0o600, "on its first line"), (None, 0, "cannot be read")],
)
def test_a_passphrase_file_that_will_not_do_is_named(
    home: Path, tmp_path: Path, content: str | None, mode: int, said: str
) -> None:
    file = tmp_path / "passphrase"
    if content is not None:
        file.write_text(content, encoding="utf-8")
        file.chmod(mode)
    ended = command("case", "list", "--home", home, "--passphrase-file", file)
    assert ended.code == Exit.CONFIGURATION
    assert said in ended.err


# ---------------------------------------------------------------- run


@pytest.mark.parametrize("part", ["exchange", "desk", "worker"])
def test_one_part_of_a_node_needs_a_shared_database(at_home: Command, part: str) -> None:
    ended = at_home("run", part)
    assert ended.code == Exit.CONFIGURATION
    assert "this node keeps its data in SQLite" in ended.err


def test_a_port_in_use_is_one_sentence(home: Path, kept: Path) -> None:
    with socket.create_server(("127.0.0.1", Settings.load(home).exchange.port)):
        ended = start(home, kept).communicate(timeout=60)
    assert "tracing: cannot listen (127.0.0.1:" in ended[1]
    assert "Traceback" not in ended[1]


def test_a_configuration_changed_to_another_authority_does_not_start(at_home: Command, home: Path) -> None:
    file = home / "node.toml"
    file.write_text(file.read_text("utf-8").replace('authority = "br"', 'authority = "pt"'), "utf-8")
    ended = at_home("run")
    assert ended.code == Exit.CONFIGURATION
    assert len(ended.err.splitlines()) == 1


def test_loose_permissions_do_not_start(at_home: Command, home: Path) -> None:
    (home / "keys" / "vault.json").chmod(0o644)
    ended = at_home("run")
    assert ended.code == Exit.CONFIGURATION
    assert "chmod 0600" in ended.err


def start(home: Path, kept: Path) -> "subprocess.Popen[str]":
    words = ["run", "--home", str(home), "--passphrase-file", str(kept)]
    program = [sys.executable, "-c", "from tracing.cli import main; main()", *words]
    return subprocess.Popen(program, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def live(home: Path, kept: Path) -> Iterator["subprocess.Popen[str]"]:
    """The node in a process of its own, ready."""
    process = start(home, kept)
    ready = f"http://{Settings.load(home).desk}/readyz"
    while process.poll() is None and not answers(ready):
        time.sleep(0.05)
    try:
        yield process
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
        process.communicate()


def answers(url: str) -> bool:
    with contextlib.suppress(OSError), urllib.request.urlopen(url, timeout=5) as answer:
        return bool(answer.status == 200)
    return False


def test_what_a_running_node_writes_is_its_owners_alone(live: "subprocess.Popen[str]", home: Path) -> None:
    assert live.poll() is None
    assert (home / "running").stat().st_mode & 0o777 == 0o600


def test_a_running_node_ends_on_sigterm_with_zero(live: "subprocess.Popen[str]") -> None:
    live.terminate()
    live.communicate(timeout=30)
    assert live.returncode == 0


def test_a_command_beside_a_running_node_finds_it_sound(live: "subprocess.Popen[str]", at_home: Command) -> None:
    ended = at_home("doctor", "--json")
    ports = {one["layer"]: one["said"] for one in ended.json["checks"]}
    assert ended.code == Exit.DONE, ended.err
    assert "the node is running" in ports["exchange port"]


def test_a_running_node_says_that_its_configuration_file_has_changed(live: "subprocess.Popen[str]", home: Path) -> None:
    with (home / "node.toml").open("a", encoding="utf-8") as file:
        file.write("# changed\n")
    assert live.stderr is not None
    said = next(line for line in live.stderr if "settings.changed" in line)
    assert "has changed since this node started" in said


# ---------------------------------------------------------------- doctor


def test_a_sound_node_has_nothing_to_mend(at_home: Command) -> None:
    ended = at_home("doctor")
    assert ended.code == Exit.DONE, ended.err
    assert {"configuration", "permissions", "disk", "keys", "database", "root", "clock", "ledger"} <= set(
        ended.out.split()
    )


def test_the_doctor_names_a_tally_that_no_case_comes_to_and_a_recount_mends_it(at_home: Command, home: Path) -> None:
    with sqlite3.connect(home / "node.db") as db:
        db.execute("INSERT INTO tallies VALUES ('at', 'sent', 0, 'requests', 0, 2026, 7)")
    ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    assert "0 cases sent with at count as" in next(one["said"] for one in ended.json["checks"] if not one["ok"])
    assert at_home("counterpart", "recount").code == Exit.DONE
    assert at_home("doctor").code == Exit.DONE


def test_a_missing_or_altered_attachment_is_found(at_home: Command, home: Path) -> None:
    data = b"sealed long ago"
    digest = hashlib.sha256(data).hexdigest()
    one = Attachment("plan.pdf", "application/pdf", 3, "0" * 64, bytes(32), digest)
    node = Node.open(home, PASSPHRASE.encode())
    upload = node.store.write_now(lambda tx: uploads.add(tx, "ada", [one], 1 << 20))
    file = node.folder.whole(digest)
    ended = at_home("doctor", "--json")
    bad = [check["said"] for check in ended.json["checks"] if not check["ok"]]
    assert (ended.code, len(bad), digest in bad[0]) == (Exit.PROBLEMS, 1, True)
    assert at_home("audit", "verify").code == Exit.INTEGRITY
    file.write_bytes(data)
    assert (at_home("doctor").code, at_home("audit", "verify", "--json").json["attachments"]) == (Exit.DONE, 1)
    file.write_bytes(b"something else here")
    ended = at_home("audit", "verify", "--json")
    assert (ended.code, ended.json["first_bad"]) == (Exit.INTEGRITY, f"attachment {digest} was altered")
    node.store.write_now(lambda tx: uploads.take(tx, upload.id))
    assert at_home("audit", "verify").code == Exit.DONE
    file.unlink()
    node.close()


def test_the_doctor_names_a_taken_port(at_home: Command, home: Path) -> None:
    with socket.create_server(("127.0.0.1", Settings.load(home).exchange.port)):
        ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    assert [one["layer"] for one in ended.json["checks"] if not one["ok"]] == ["exchange port"]


class Other(BaseHTTPRequestHandler):
    """Another node's desk, or a program that answers whatever it is asked."""

    said = b""

    def do_GET(self) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(self.said)

    def log_message(self, *_: object) -> None:
        """Nothing."""


@pytest.mark.parametrize(
    ("said", "named"),
    [
        (b'{"ready": true, "waits_for": [], "authority": "at", "run": "0011"}', "by the desk of 'at'"),
        (b'{"ready": true}', "stop the other program"),
        (b"[1]", "stop the other program"),
        (b"hello", "stop the other program"),
    ],
)
@pytest.mark.parametrize("claimed", ["", "2233"])
def test_the_doctor_believes_no_desk_that_is_not_this_nodes(
    at_home: Command, home: Path, said: bytes, named: str, claimed: str
) -> None:
    if claimed:
        (home / "running").write_text(claimed, "ascii")
    desk = Settings.load(home).desk
    with HTTPServer((desk.host, desk.port), type("Answering", (Other,), {"said": said})) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        ended = at_home("doctor", "--json")
        server.shutdown()
    assert ended.code == Exit.PROBLEMS
    bad = [one for one in ended.json["checks"] if not one["ok"]]
    assert [one["layer"] for one in bad] == ["desk port"]
    assert named in bad[0]["said"]


def test_the_doctor_names_loose_permissions(at_home: Command, home: Path) -> None:
    (home / "keys").chmod(0o755)
    ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    assert "permissions" in [one["layer"] for one in ended.json["checks"] if not one["ok"]]


def test_the_doctor_names_a_broken_configuration_and_goes_no_further(at_home: Command, home: Path) -> None:
    (home / "node.toml").write_text("nonsense", "utf-8")
    ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    assert [one["layer"] for one in ended.json["checks"]] == ["configuration"]


def test_the_doctor_names_a_damaged_database(at_home: Command, home: Path) -> None:
    (home / "node.db").write_bytes(b"not a database" * 400)
    ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    assert [one["layer"] for one in ended.json["checks"] if not one["ok"]] == ["database"]


def test_the_doctor_names_a_counterpart_that_cannot_be_reached(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at)
    ended = at_home("doctor", "--json")
    assert ended.code == Exit.PROBLEMS
    bad = [one for one in ended.json["checks"] if not one["ok"]]
    assert [(one["layer"], one["said"].split(":")[0]) for one in bad] == [("counterpart at", "connection")]


def test_the_doctor_warns_of_a_suspended_counterpart_and_says_how_it_is_resumed(
    at_home: Command, founded: dict[str, Path], digest_of_at: str
) -> None:
    at_home("counterpart", "add", founded["at.card"], "--confirm", digest_of_at)
    at_home("counterpart", "suspend", "at", "--yes")
    ended = at_home("doctor", "--json")
    assert (ended.code, ended.json["ok"]) == (Exit.DONE, True)
    warned = next(one for one in ended.json["checks"] if one["layer"] == "counterpart at")
    assert (warned["warning"], warned["ok"]) == (True, True)
    assert "until `tracing counterpart resume at`" in warned["said"]
    line = next(one for one in at_home("doctor").out.splitlines() if one.startswith("counterpart at"))
    assert line.split()[2:4] == ["WARN", "suspended"]


# ---------------------------------------------------------------- what is usual


@pytest.mark.parametrize(
    ("country", "zone"), [("KEN", "Africa/Nairobi"), ("BRA", "America/Sao_Paulo"), ("XXX", "UTC"), ("ATA", "UTC")]
)
def test_the_zone_is_the_countrys_or_that_of_its_seat(country: str, zone: str) -> None:
    assert zone_of(country) == zone


@pytest.mark.parametrize(
    ("country", "days"),
    [("SAU", ("friday", "saturday")), ("BRA", ("saturday", "sunday")), ("XXX", ("saturday", "sunday"))],
)
def test_the_weekend_is_the_countrys(country: str, days: tuple[str, ...]) -> None:
    assert weekend_of(country) == days


def test_the_settings_of_a_new_node_do_not_depend_on_the_environment(
    tmp_path: Path, kept: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TRACING_ZONE", "UTC")
    assert command(*NEW, "--home", tmp_path / "ke", "--passphrase-file", kept).code == Exit.DONE
    monkeypatch.delenv("TRACING_ZONE")
    assert Settings.load(tmp_path / "ke").zone == "Africa/Nairobi"


def test_the_summary_of_init_is_a_document(tmp_path: Path, kept: Path) -> None:
    made = command(*NEW, "--json", "--home", tmp_path / "ke", "--passphrase-file", kept)
    assert set(json.loads(made.out)) >= {"authority", "digest", "net", "waits_for_root"}
