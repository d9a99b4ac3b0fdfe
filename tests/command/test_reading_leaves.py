"""Every command that shows something of a case leaves a leaf that names it; a new command must say which it is."""

import json
import sqlite3
from pathlib import Path
from typing import Any

import pytest

from tests.command.conftest import Command
from tests.command.test_elements import asked as asked  # noqa: PLC0414 - the same request by letter
from tests.command.test_work import REQUEST
from tracing.cli.exits import Exit
from tracing.cli.verbs import VERBS, loaded

SERIAL = "KX-40417"
SHOWS = {"case list", "case show", "element list", "deadline why"}  # each is called below
RELEASES = {"element extract", "evidence export"}  # to a third; called below as well
SHOWS_NOTHING_OF_A_CASE = {
    "init", "run", "doctor", "card", "demo",
    "root new", "root sign", "root install", "root show",
    "keys list", "keys rotate", "keys issue", "keys revoke", "keys request", "keys passphrase",
    "counterpart add", "counterpart list", "counterpart show", "counterpart test", "counterpart suspend",
    "counterpart resume", "counterpart update", "counterpart alarms", "counterpart contested", "counterpart introduce",
    "counterpart recover", "counterpart recount", "counterpart carriage",
    "contact show", "contact set", "contact drop",
    "user add", "user list", "user close", "user reopen", "user head", "user mail",
    "token create", "token list", "token revoke",
    "request send", "request import", "element verify", "evidence verify", "records import", "records find",
    "deadline targets", "deadline calendar", "deadline moved",
    "mail test", "mail show", "mail readmit",
    "webhook add", "webhook list", "webhook test", "webhook choose", "webhook rotate", "webhook move", "webhook again",
    "webhook remove",
    "audit entries", "audit readers", "audit mark-anew",
    "audit verify", "audit witnesses", "audit witnessed", "audit prove", "audit check", "audit anew",
    "bundle export", "bundle import",
    "backup create", "backup verify", "backup restore", "db check", "db upgrade",
}  # fmt: skip
LISTS = ("counterpart list", "counterpart alarms", "user list", "token list", "mail show", "webhook list", "keys list",
         "contact show", "deadline targets", "audit witnesses", "doctor")  # fmt: skip


def all_commands() -> set[str]:
    """Every verb, and every verb of a noun."""
    found = set()
    for name in VERBS:
        made = loaded(name)
        inner: dict[str, Any] = getattr(made, "commands", {})
        found |= {f"{name} {one}" for one in inner} or {name}
    return found


def read_since(home: Path, first: int) -> set[str]:
    """The cases that readings since an entry name."""
    with sqlite3.connect(home / "node.db") as db:
        query = "SELECT object FROM leaves WHERE tree = 'private' AND kind = 'read' AND idx >= ?"
        rows = db.execute(query, (first,)).fetchall()
    db.close()
    read = [json.loads(said) for (said,) in rows]
    return {case for one in read for case in (*one.get("cases", ()), *([one["case"]] if "case" in one else ()))}


def size(home: Path) -> int:
    with sqlite3.connect(home / "node.db") as db:
        (count,) = db.execute("SELECT count(*) FROM leaves WHERE tree = 'private'").fetchone()
    db.close()
    return int(count)


def test_every_command_is_said_to_show_something_of_a_case_or_not() -> None:
    assert all_commands() == SHOWS | RELEASES | SHOWS_NOTHING_OF_A_CASE


@pytest.fixture
def case(at_home: Command, tmp_path: Path) -> str:
    """A request of ours to a State reached by letter."""
    words = ("counterpart", "add", "--off-node", "xs", "--country", "SRB", "--name", "Contact point")
    assert at_home(*words).code == Exit.DONE
    file = tmp_path / "request.json"
    file.write_text(json.dumps(REQUEST), encoding="utf-8")
    return str(at_home("request", "send", file, "--json").document["case"])


@pytest.mark.parametrize("command", sorted(SHOWS))
def test_a_command_that_shows_a_case_leaves_a_leaf_that_names_it(
    at_home: Command, home: Path, case: str, command: str
) -> None:
    before = size(home)
    ended = at_home(*command.split(), *([] if command.endswith("list") and command != "element list" else [case]))
    assert (ended.code, read_since(home, before)) == (Exit.DONE, {case})


@pytest.mark.parametrize("command", sorted(RELEASES))
def test_a_command_that_hands_something_out_leaves_a_leaf_that_names_it(
    at_home: Command, home: Path, asked: tuple[str, str], tmp_path: Path, command: str
) -> None:
    case, mid = asked
    named = ["--mid", mid, "--element", "found"] if command == "element extract" else []
    before = size(home)
    ended = at_home(*command.split(), case, *named, "-o", tmp_path / "out")
    assert (ended.code, read_since(home, before)) == (Exit.DONE, {case}), ended.err


def test_what_lists_other_things_shows_nothing_of_a_case(at_home: Command, case: str) -> None:
    said = [at_home(*command.split()) for command in LISTS]
    assert not [one.out for one in said if SERIAL in one.out or case in one.out]
