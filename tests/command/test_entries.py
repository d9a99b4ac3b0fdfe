"""``tracing audit entries|readers|mark-anew``: what is found by filters, taken out as a file, and who read a case."""

import csv
import json
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.command.conftest import Command
from tests.command.test_elements import asked as asked  # noqa: PLC0414 - the same request by letter
from tests.command.test_reading_leaves import size
from tests.command.test_work import REQUEST
from tracing.cli.exits import Exit

Asked = tuple[str, str]


def test_entries_of_one_case_are_found_by_its_reference(at_home: Command, asked: Asked, tmp_path: Path) -> None:
    file = tmp_path / "second.json"
    file.write_text(json.dumps(REQUEST | {"reference": "BR-2021-0815"}), encoding="utf-8")
    sent = at_home("request", "send", file, "--json").json
    case, mid = sent["case"], sent["mid"]
    by_id = at_home("audit", "entries", "--case", case, "--json").json["items"]
    assert at_home("audit", "entries", "--case", "br-2021-0815", "--json").json["items"] == by_id
    assert {one["object"]["case"] for one in by_id} == {case}
    assert mid in {one["ref"] for one in by_id}


def test_who_read_a_case_is_told_by_person(at_home: Command, asked: Asked) -> None:
    assert at_home("audit", "readers", asked[0]).out == "nobody read it\n"
    for _ in range(2):
        at_home("case", "show", asked[0])
    at_home("deadline", "why", asked[0])
    said = at_home("audit", "readers", asked[0], "--json").json
    (one,) = said["items"]
    assert (said["case"], said["whole"], one["times"], one["who"].startswith("command:")) == (asked[0], True, 3, True)


@pytest.mark.parametrize(
    ("words", "code", "said"),
    [
        (("--case", "NOBODY-1"), Exit.FAILED, "no case here has the id or the reference"),
        (("--tree", "zz"), Exit.FAILED, "no tree 'zz'"),
        (("--from", "yesterday"), Exit.USAGE, "from: expected a day"),
        (("--cursor", "x"), Exit.USAGE, "--cursor"),
        (("-o", "out", "--format", "pdf"), Exit.USAGE, "--format is one of csv, jsonl"),
        (("--case", "KX-40417"), Exit.FAILED, "no case here has the id or the reference"),  # a serial finds no case
    ],
)
def test_what_cannot_be_understood_is_said(
    at_home: Command, asked: Asked, words: tuple[str, ...], code: Exit, said: str
) -> None:
    ended = at_home("audit", "entries", *words)
    assert (ended.code, said in ended.err) == (code, True), ended.err


def test_a_file_holds_what_the_filter_finds_and_is_an_entry(
    at_home: Command, home: Path, asked: Asked, tmp_path: Path
) -> None:
    found = at_home("audit", "entries", "--kind", "cfg", "--json").json["items"]
    before, files = size(home), {form: tmp_path / f"out.{form}" for form in ("csv", "jsonl")}
    for form, file in files.items():
        assert at_home("audit", "entries", "--kind", "cfg", "--format", form, "-o", file).code == Exit.DONE
        assert stat.S_IMODE(file.stat().st_mode) == 0o600
    lines = [json.loads(line) for line in files["jsonl"].read_text(encoding="utf-8").splitlines()]
    rows = list(csv.DictReader(files["csv"].read_text(encoding="utf-8-sig").splitlines()))
    assert (lines, [int(row["entry"]) for row in rows]) == (found, [one["index"] for one in found])
    assert size(home) == before + 2
    newest = at_home("audit", "entries", "--act", "entries", "--json").json["items"]
    assert [one["object"]["asked"] for one in newest] == [{"tree": "private", "kind": "cfg"}] * 2


def test_a_file_that_is_there_is_not_written_over(at_home: Command, home: Path, tmp_path: Path) -> None:
    file, before = tmp_path / "out", size(home)
    file.write_text("mine", encoding="utf-8")
    ended = at_home("audit", "entries", "-o", file)
    assert (ended.code, file.read_text(encoding="utf-8"), size(home)) == (Exit.FAILED, "mine", before)


def test_a_mark_taken_away_to_hide_a_reading_is_found_and_made_anew(at_home: Command, home: Path, asked: Asked) -> None:
    at_home("case", "show", asked[0])
    assert len(at_home("audit", "readers", asked[0], "--json").json["items"]) == 1
    with sqlite3.connect(home / "node.db") as db:
        db.execute("DELETE FROM leaf_marks WHERE mark = ?", (f"case:{asked[0]}",))
    db.close()
    assert at_home("audit", "readers", asked[0], "--json").json["items"] == []
    broken = at_home("audit", "verify", "--json")
    assert (broken.code, "the marks by which its entries are found" in broken.json["first_bad"]) == (6, True)
    assert at_home("audit", "mark-anew", "--yes").code == Exit.DONE
    assert len(at_home("audit", "readers", asked[0], "--json").json["items"]) == 1
    assert at_home("audit", "verify", "--json").json["ok"] is True
