"""Targets, calendars and moved dates by command: set whole or refused by name, every version listed."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.command.conftest import Command
from tracing.cli.exits import Exit

TARGETS: dict[str, Any] = {
    "name": "targets 2027", "limits": [{"clock": "answer", "amount": 20, "unit": "working_days"}],
}  # fmt: skip


def written(folder: Path, body: Any) -> Path:
    file = folder / "targets.json"
    file.write_text(body if isinstance(body, str) else json.dumps(body), "utf-8")
    return file


def listed(at_home: Command) -> list[dict[str, Any]]:
    return list(at_home("deadline", "targets", "--json").json["targets"])


def test_targets_are_set_in_versions_and_all_are_listed(at_home: Command, tmp_path: Path) -> None:
    assert "no targets are set" in at_home("deadline", "targets").out
    for name in ("first", "second"):
        ended = at_home("deadline", "targets", written(tmp_path, TARGETS | {"name": name}), "--from", "2027-01-01")
        assert ended.code == Exit.DONE, ended.err
    found = listed(at_home)
    assert [(one["version"], one["profile"]["name"], one["from"]) for one in found] == [
        (2, "second", "2027-01-01"),
        (1, "first", "2027-01-01"),
    ]


@pytest.mark.parametrize(
    ("body", "says"),
    [
        (TARGETS | {"limits": [{"clock": "answer", "amount": -3, "unit": "working_days"}]}, "got -3"),
        (TARGETS | {"after": {"ack": "answer", "answer": "ack"}}, "got a circle"),
        ("{", "nothing was changed"),
        ("[]", "profile: "),
    ],
)
def test_targets_that_cannot_be_counted_are_refused_and_none_is_set(
    at_home: Command, tmp_path: Path, body: Any, says: str
) -> None:
    ended = at_home("deadline", "targets", written(tmp_path, body))
    assert (ended.code, says in ended.err) == (Exit.FAILED, True)
    assert listed(at_home) == []


def test_a_day_of_a_calendar_is_corrected(at_home: Command) -> None:
    ended = at_home("deadline", "calendar", "2027-03-10", "off", "--name", "Eid", "--json")
    assert (ended.code, ended.json["kind"]) == (Exit.DONE, "off")
    assert at_home("audit", "verify").code == Exit.DONE


@pytest.mark.parametrize("words", [("2027-13-01", "off"), ("2027-03-10", "perhaps")])
def test_a_day_that_is_none_or_another_word_is_a_slip(at_home: Command, words: tuple[str, str]) -> None:
    assert at_home("deadline", "calendar", *words).code == Exit.USAGE


def test_without_another_date_nothing_is_moved(at_home: Command) -> None:
    assert at_home("deadline", "moved").out.strip() == "no other date is proposed"
    assert at_home("deadline", "moved", "7").code == Exit.USAGE
    assert at_home("deadline", "moved", "7", "--decide", "take").code == Exit.FAILED
    assert at_home("deadline", "moved", "7", "--decide", "leave").code == Exit.FAILED


def test_who_leads_the_office_is_named_and_named_no_longer(at_home: Command) -> None:
    at_home("user", "add", "bea", "--role", "approver")
    assert at_home("user", "head", "bea", "--json").json == {"user": "bea", "head": True}
    assert at_home("user", "head", "bea", "--off", "--json").json == {"user": "bea", "head": False}
    assert at_home("user", "head", "nobody").code == Exit.FAILED
