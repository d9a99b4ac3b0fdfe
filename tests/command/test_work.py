"""Requests, cases, records, people and the trail by command: one clear sentence, the right code, nothing half-done."""

import csv
import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.command.conftest import Command
from tracing.cli.exits import Exit

REQUEST: dict[str, Any] = {
    "to": "xs", "priority": "routine",
    "weapon": {
        "class": "small_arm", "type": "pistol_self_loading", "make": "Zastava", "model": "M57", "calibre": "7.62x25 mm",
        "country_of_manufacture": "SRB", "serial": {"text": "KX-40417", "status": "original", "component": "frame"},
        "markings": [],
    },
    "illicit": [{"ground": "domestic_law", "citation": "Lei 10.826/2003, art. 16"}],
    "found": {"mode": "seized", "date": "2021-06-11", "place": "Rio de Janeiro", "circumstances": "search of premises"},
    "intended_use": ["criminal_investigation"], "sought": ["last_legal_holder"], "confidentiality": "can_guarantee",
}  # fmt: skip

MAPPING = """\
kind = "requests"
[constants]
priority = "routine"
"weapon.class" = "small_arm"
"weapon.type" = "pistol_self_loading"
illicit = [{ ground = "domestic_law", citation = "art. 16" }]
"found.mode" = "seized"
intended_use = ["criminal_investigation"]
[columns]
"weapon.make" = "Make"
"weapon.model" = "Model"
"weapon.calibre" = "Calibre"
"weapon.serial" = "Serial"
"found.date" = "Date"
"found.place" = "Place"
"found.circumstances" = "How"
"""
LIST = """\
Make,Model,Calibre,Serial,Date,Place,How
Zastava,M57,7.62x25 mm,KX-40417,2021-06-11,Rio,search
Zastava,M70,7.65 mm,KX-40418,not a date,Rio,search
Zastava,M88,9x19 mm,KX-40419,2021-06-12,Rio,search
"""


@pytest.fixture
def by_letter(at_home: Command) -> Command:
    """A home that knows one State, reached by letter."""
    assert (
        at_home("counterpart", "add", "--off-node", "xs", "--country", "SRB", "--name", "Contact point").code
        == Exit.DONE
    )
    return at_home


def written(folder: Path, body: Any) -> Path:
    file = folder / "request.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")
    return file


def cases(at_home: Command) -> list[dict[str, Any]]:
    return list(at_home("case", "list", "--json").json["items"])


# ---------------------------------------------------------------- one request


def test_a_request_opens_a_case_that_is_listed_and_shown(by_letter: Command, tmp_path: Path) -> None:
    sent = by_letter("request", "send", written(tmp_path, REQUEST), "--json")
    assert sent.code == Exit.DONE, sent.err
    assert [one["case"] for one in cases(by_letter)] == [sent.json["case"]]
    assert sent.json["case"] in by_letter("case", "show", sent.json["case"]).out


def test_a_request_is_found_again_by_its_serial(by_letter: Command, tmp_path: Path) -> None:
    by_letter("request", "send", written(tmp_path, REQUEST))
    assert len(by_letter("case", "list", "--q", "KX40417", "--json").json["items"]) == 1
    assert by_letter("case", "list", "--q", "KX40418", "--json").json["items"] == []


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        ({"to": "zz"}, "unknown-counterpart", "no counterpart zz is pinned"),
        ({"illicit": []}, "incomplete", "illicit"),
        ({"weapon": {**REQUEST["weapon"], "country_of_manufacture": "XXX"}}, "incomplete", "country_of_manufacture"),
        (
            {"weapon": {**REQUEST["weapon"], "serial": {"text": "eliminado", "status": "original"}}},
            "incomplete",
            "serial",
        ),
    ],
)
def test_a_request_that_will_not_do_opens_no_case(
    by_letter: Command, tmp_path: Path, change: dict[str, Any], code: str, said: str
) -> None:
    ended = by_letter("request", "send", written(tmp_path, REQUEST | change), "--json")
    assert (ended.code, ended.json["error"]) == (Exit.FAILED, code)
    assert said in ended.err
    assert cases(by_letter) == []


@pytest.mark.parametrize("body", ["{", "[]", '{"to": "xs", "to": "xs"}', '{"x": 1.5}'])
def test_what_is_no_request_at_all_is_one_sentence(by_letter: Command, tmp_path: Path, body: str) -> None:
    ended = by_letter("request", "send", written(tmp_path, body))
    assert ended.code == Exit.FAILED
    assert len(ended.err.splitlines()) == 1


def test_an_unknown_case_is_named(by_letter: Command) -> None:
    ended = by_letter("case", "show", "br.00000000000070008000000000000000", "--json")
    assert (ended.code, ended.json["error"]) == (Exit.FAILED, "not-found")


@pytest.mark.parametrize("words", [("--box", "lost"), ("--cursor", "!!"), ("--limit", "0")])
def test_a_slip_in_listing_is_one_of_usage(by_letter: Command, words: tuple[str, ...]) -> None:
    assert by_letter("case", "list", *words).code == Exit.USAGE


def test_a_due_date_is_explained(by_letter: Command, tmp_path: Path) -> None:
    case = by_letter("request", "send", written(tmp_path, REQUEST), "--json").json["case"]
    ended = by_letter("deadline", "why", case)
    assert ended.code == Exit.DONE, ended.err
    assert "source:" in ended.out or "No deadline runs" in ended.out


# ---------------------------------------------------------------- many


@pytest.fixture
def mapping(tmp_path: Path) -> Path:
    file = tmp_path / "mapping.toml"
    file.write_text(MAPPING, "utf-8")
    return file


@pytest.fixture
def rows(tmp_path: Path) -> Path:
    file = tmp_path / "seized.csv"
    file.write_text(LIST, "utf-8")
    return file


def test_every_row_is_a_case_or_comes_back_with_its_reason(by_letter: Command, rows: Path, mapping: Path) -> None:
    ended = by_letter("request", "import", rows, "--to", "xs", "--mapping", mapping, "--json")
    assert ended.code == Exit.DONE, ended.err
    assert {name: ended.json[name] for name in ("rows", "accepted", "rejected")} == {
        "rows": 3,
        "accepted": 2,
        "rejected": 1,
    }
    with Path(ended.json["rejects"]).open(encoding="utf-8-sig", newline="") as file:
        header, bad = csv.reader(file)
    assert (header[:7], bad[:7]) == (LIST.splitlines()[0].split(","), LIST.splitlines()[2].split(","))
    assert "found.date" in bad[-1]
    assert len(cases(by_letter)) == 2


def test_importing_the_same_list_again_opens_no_second_case(by_letter: Command, rows: Path, mapping: Path) -> None:
    words = ("request", "import", rows, "--to", "xs", "--mapping", mapping, "--json")
    assert by_letter(*words).json["accepted"] == by_letter(*words).json["accepted"] == 2
    assert len(cases(by_letter)) == 2


def test_a_dry_run_judges_and_writes_nothing(by_letter: Command, rows: Path, mapping: Path) -> None:
    ended = by_letter("request", "import", rows, "--to", "xs", "--mapping", mapping, "--dry-run", "--json")
    assert (ended.json["accepted"], ended.json["rejected"]) == (2, 1)
    assert (cases(by_letter), ended.json["rejects"], list(rows.parent.glob("*reject*"))) == ([], None, [])


def test_a_dry_run_writes_its_rejects_where_it_is_told(by_letter: Command, rows: Path, mapping: Path) -> None:
    place = rows.with_name("told.csv")
    words = ("request", "import", rows, "--to", "xs", "--mapping", mapping, "--dry-run", "--rejects", place)
    ended = by_letter(*words, "--json")
    assert (ended.json["rejects"], place.exists(), cases(by_letter)) == (str(place), True, [])
    assert "--rejects FILE" in by_letter(*words[:-2]).out


def test_a_malformed_mapping_stops_before_the_first_row(by_letter: Command, rows: Path, mapping: Path) -> None:
    mapping.write_text(MAPPING.replace('"weapon.make"', '"weapon.maker"'), "utf-8")
    ended = by_letter("request", "import", rows, "--to", "xs", "--mapping", mapping)
    assert ended.code == Exit.CONFIGURATION
    assert "mapping.toml, line 10" in ended.err
    assert cases(by_letter) == []


def test_a_list_without_a_mapped_column_stops_before_the_first_row(
    by_letter: Command, rows: Path, mapping: Path
) -> None:
    rows.write_text(LIST.replace("Serial", "Number"), "utf-8")
    assert by_letter("request", "import", rows, "--to", "xs", "--mapping", mapping).code == Exit.CONFIGURATION
    assert cases(by_letter) == []


def test_a_list_for_an_unknown_counterpart_stops_before_the_first_row(
    by_letter: Command, rows: Path, mapping: Path
) -> None:
    ended = by_letter("request", "import", rows, "--to", "zz", "--mapping", mapping)
    assert ended.code == Exit.FAILED
    assert "no counterpart 'zz'" in ended.err
    assert not rows.with_name("seized.rejects.csv").exists()


def test_a_file_that_is_no_list_is_one_sentence(by_letter: Command, rows: Path, mapping: Path) -> None:
    rows.write_bytes(b"PK\x03\x04" + b"\0" * 100)
    ended = by_letter("request", "import", rows, "--to", "xs", "--mapping", mapping)
    assert ended.code == Exit.FAILED
    assert len(ended.err.splitlines()) == 1


# ---------------------------------------------------------------- records


RECORDS = """\
kind = "national_records"
[constants]
registry = "exports"
event = "exported"
[columns]
serial = "Serial"
make = "Make"
model = "Model"
event_date = "Date"
"""


def test_records_are_taken_once_and_found_by_serial_and_make(at_home: Command, rows: Path, tmp_path: Path) -> None:
    mapping = tmp_path / "records.toml"
    mapping.write_text(RECORDS, "utf-8")
    taken = at_home("records", "import", rows, "--mapping", mapping, "--json")
    assert taken.code == Exit.DONE, taken.err
    assert at_home("records", "import", rows, "--mapping", mapping, "--json").json["new"] == 0
    found = at_home("records", "find", "KX40417", "--json").json["items"]
    assert [one["model"] for one in found] == ["M57"]
    assert "nothing found" in at_home("records", "find", "QQ999").out


# ---------------------------------------------------------------- people


def test_an_account_is_made_and_its_password_shown_once(at_home: Command) -> None:
    made = at_home("user", "add", "ana", "--role", "officer", "--language", "es", "--json")
    assert made.code == Exit.DONE, made.err
    known = at_home("user", "list", "--json")
    assert [(one["name"], one["role"], one["language"]) for one in known.json] == [("ana", "officer", "es")]
    assert made.json["password"] not in known.out


def test_a_name_is_given_once(at_home: Command) -> None:
    at_home("user", "add", "ana", "--role", "officer")
    assert at_home("user", "add", "ana", "--role", "admin").code == Exit.FAILED
    assert [one["role"] for one in at_home("user", "list", "--json").json] == ["officer"]


@pytest.mark.parametrize(
    "words",
    [("ana", "--role", "king"), ("ana", "--role", "officer", "--language", "xx"), (" ana", "--role", "officer"),
        *((name, "--role", "officer") for name in ("a b/../", "a/b", "..", "@ana", "", "a" * 65, "a\u202eb", "a\x00"))],
)  # fmt: skip
def test_a_slip_in_adding_a_user_adds_nobody(at_home: Command, words: tuple[str, ...]) -> None:
    assert at_home("user", "add", *words).code == Exit.USAGE
    assert at_home("user", "list", "--json").json == []


@pytest.mark.parametrize("name", ["ana.b-c_2@x.example", "Ана", "अनिता", "عائشة", "小林", "a" * 64])
def test_a_name_may_be_of_any_script(at_home: Command, name: str) -> None:
    assert at_home("user", "add", name, "--role", "officer").code == Exit.DONE
    assert [one["name"] for one in at_home("user", "list", "--json").json] == [name]


def test_a_token_is_a_document_of_its_own(at_home: Command) -> None:
    at_home("user", "add", "ana", "--role", "officer")
    ended = at_home("token", "create", "ana", "--json")
    assert set(ended.json) == {"token"}
    assert ended.json["token"] not in ended.err


def test_nobody_gets_a_token_who_has_no_account(at_home: Command) -> None:
    ended = at_home("token", "create", "ana")
    assert ended.code == Exit.FAILED
    assert "`tracing user add ana" in ended.err


def test_a_closed_account_is_nobody_until_it_is_opened_again(at_home: Command) -> None:
    at_home("user", "add", "ana", "--role", "officer")
    at_home("token", "create", "ana")
    assert at_home("user", "close", "ana", "--json").json == {"user": "ana", "active": False}
    assert [one["active"] for one in at_home("user", "list", "--json").json] == [False]
    assert "closed with its account" in at_home("token", "list").out
    assert at_home("token", "create", "ana").code == Exit.FAILED
    assert at_home("user", "reopen", "ana").code == Exit.DONE
    assert [one["active"] for one in at_home("user", "list", "--json").json] == [True]


def test_an_account_nobody_has_cannot_be_closed(at_home: Command) -> None:
    ended = at_home("user", "close", "ana")
    assert (ended.code, "there is no user 'ana'" in ended.err) == (Exit.FAILED, True)


def test_one_token_is_revoked_by_its_mark_and_the_rest_by_their_account(at_home: Command) -> None:
    at_home("user", "add", "ana", "--role", "officer")
    secrets = [at_home("token", "create", "ana", "--json").json["token"] for _ in range(3)]
    listed = at_home("token", "list", "--json")
    marks = [one["mark"] for one in listed.json]
    assert not [secret for secret in secrets if secret in listed.out]
    assert at_home("token", "revoke", "ana", "--mark", marks[1], "--json").json == {"user": "ana", "revoked": 1}
    assert [one["revoked_ms"] is None for one in at_home("token", "list", "--json").json] == [True, False, True]
    assert at_home("token", "revoke", "ana", "--json").json["revoked"] == 2
    assert at_home("token", "list").out.count("revoked") == 3


@pytest.mark.parametrize(
    ("words", "code"), [(("ana",), Exit.FAILED), (("ana", "--mark", "%"), Exit.USAGE), (("bob",), Exit.FAILED)]
)
def test_where_no_token_serves_none_is_revoked(at_home: Command, words: tuple[str, ...], code: Exit) -> None:
    at_home("user", "add", "ana", "--role", "officer")
    before = at_home("audit", "verify", "--json").json["leaves"]
    assert at_home("token", "revoke", *words).code == code
    assert at_home("audit", "verify", "--json").json["leaves"] == before


# ---------------------------------------------------------------- the trail


def test_an_untouched_trail_holds(by_letter: Command, tmp_path: Path) -> None:
    by_letter("request", "send", written(tmp_path, REQUEST))
    ended = by_letter("audit", "verify", "--json")
    assert (ended.code, ended.json["ok"], ended.json["first_bad"]) == (Exit.DONE, True, None)
    assert ended.json["leaves"] == sum(ended.json["trees"].values())


def test_an_altered_entry_is_named(by_letter: Command, home: Path) -> None:
    with sqlite3.connect(home / "node.db") as database:
        database.execute("UPDATE leaves SET at_ms = at_ms + 1 WHERE tree = 'private' AND idx = 1")
    ended = by_letter("audit", "verify", "--json")
    assert ended.code == Exit.INTEGRITY
    assert (ended.json["ok"], ended.json["first_bad"].split(" ")[0]) == (False, "private:1")
