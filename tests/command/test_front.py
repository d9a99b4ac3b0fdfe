"""What holds for every command: where options stand, how faults end, what goes to which stream."""

import errno
import json
import subprocess
import sys
from importlib import import_module
from importlib.metadata import version
from itertools import combinations
from pathlib import Path

import pytest

from tests.command.conftest import Command
from tests.commanding import command
from tests.house.source import ROOT
from tracing.cli.app import hoist
from tracing.cli.exits import OF_DATABASE, TABLE, Ends, Exit, foreseen
from tracing.cli.verbs import VERBS, loaded
from tracing.store import StoreUnavailable


def test_global_options_are_taken_before_and_after_the_verb() -> None:
    before = ["--home", "br", "--json", "case", "show", "br.1"]
    after = ["case", "show", "br.1", "--home", "br", "--json"]
    assert sorted(hoist(before)) == sorted(hoist(after))
    assert hoist(after)[:3] == ["--home", "br", "--json"]


def test_an_option_with_an_equals_sign_is_moved_too() -> None:
    assert hoist(["case", "list", "--home=br"]) == ["--home=br", "case", "list"]


def test_what_stands_behind_two_dashes_is_left_alone() -> None:
    assert hoist(["records", "find", "--", "--json"]) == ["records", "find", "--", "--json"]


def test_an_option_without_its_value_is_a_slip_of_usage() -> None:
    assert command("case", "list", "--home").code == Exit.USAGE


def test_an_unknown_verb_is_a_slip_of_usage() -> None:
    ended = command("parcel", "post")
    assert (ended.code, ended.out) == (Exit.USAGE, "")
    assert ended.err.startswith("tracing: No such command 'parcel'")


def test_help_is_given_and_is_no_failure() -> None:
    ended = command("--help")
    assert ended.code == Exit.DONE
    assert "counterpart" in ended.out


def test_the_version_is_said_and_nothing_else() -> None:
    ended = command("--version")
    assert (ended.code, ended.out) == (Exit.DONE, f"tracing {version('tracing')}\n")


def test_help_and_version_load_nothing_of_the_node() -> None:
    heavy = "{'pydantic', 'sqlalchemy', 'aiohttp', 'cryptography', 'tracing.node', 'tracing.tables', 'protocol'}"
    for option in ("--help", "--version"):
        program = (
            f"import sys; from tracing.cli.app import run; code = run([{option!r}]); "
            f"loaded = {heavy} & set(sys.modules); sys.exit(f'loaded {{loaded}}' if loaded else code)"
        )
        done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, cwd=ROOT)
        assert (done.returncode, done.stderr) == (0, "")


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_is_where_the_table_says_and_says_of_itself_the_same(name: str) -> None:
    assert loaded(name).help.partition(". ")[0].rstrip(".") == VERBS[name].help.rstrip(".")


def test_a_word_nearly_a_verb_is_answered_with_the_verb() -> None:
    assert "Did you mean 'request'?" in command("reqest", "send").err


def named(path: str) -> type[Exception]:
    module, _, name = path.rpartition(".")
    found = getattr(import_module(module), name)
    assert issubclass(found, Exception)
    assert f"{found.__module__}.{found.__qualname__}" == path, "the name must be that of where the class is defined"
    return found


def test_every_fault_of_the_table_of_ends_is_where_it_says() -> None:
    assert [named(path) for path in (OF_DATABASE, *(path for path, _ in TABLE))]


def test_in_the_table_of_ends_a_narrower_fault_stands_above_a_wider() -> None:
    kinds = [named(path) for path, _ in TABLE]
    assert not [(above, below) for above, below in combinations(kinds, 2) if issubclass(below, above)]


def test_a_failing_command_with_json_prints_one_document_too(tmp_path: Path) -> None:
    ended = command("case", "list", "--json", "--home", tmp_path)
    assert ended.code == Exit.CONFIGURATION
    assert json.loads(ended.out) == {
        "error": "configuration",
        "message": ended.err.removeprefix("tracing: ")[:-1],
        "exit": 4,
    }


def test_a_place_without_a_node_says_how_to_make_one(tmp_path: Path) -> None:
    assert "`tracing init` makes one" in command("case", "list", "--home", tmp_path).err


@pytest.mark.parametrize(
    ("fault", "code", "said"),
    [
        (OSError(errno.ENOSPC, "No space left on device"), Exit.TEMPORARY, "the disk is full: make room"),
        (OSError(errno.EADDRINUSE, "address in use"), Exit.CONFIGURATION, "cannot listen: address in use"),
        (PermissionError(errno.EACCES, "denied", "/srv/x"), Exit.CONFIGURATION, "not allowed by the system (/srv/x)"),
        (ConnectionRefusedError(errno.ECONNREFUSED, "refused"), Exit.UNREACHABLE, "not reachable: refused"),
        (FileNotFoundError(errno.ENOENT, "No such file", "x.card"), Exit.FAILED, "No such file (x.card)"),
        (StoreUnavailable("is locked"), Exit.TEMPORARY, "the database took nothing (is locked): make room or mend it"),
        (ExceptionGroup("several", [OSError(errno.EDQUOT, "quota")]), Exit.TEMPORARY, "the disk is full"),
    ],
)
def test_a_foreseen_fault_ends_with_its_code_and_one_sentence(fault: Exception, code: Exit, said: str) -> None:
    end = foreseen(fault)
    assert end is not None
    assert (end.code, str(end)[: len(said)]) == (code, said)


def test_a_fault_that_another_was_raised_from_decides() -> None:
    outer = ValueError("cannot")
    outer.__cause__ = Ends(Exit.UNREACHABLE, "gone")
    assert foreseen(outer) is outer.__cause__


@pytest.mark.parametrize("fault", [RuntimeError("bug"), OSError(errno.EIO, "I/O error")])
def test_a_fault_nobody_foresaw_keeps_its_traceback(fault: Exception) -> None:
    assert foreseen(fault) is None


def test_a_full_disk_is_one_sentence(at_home: Command) -> None:
    ended = at_home("card", "-o", "/dev/full")
    assert ended.code == Exit.TEMPORARY
    assert ended.err.splitlines()[-1].startswith("tracing: the disk is full")


def test_the_installed_entry_ends_the_process_with_the_code(tmp_path: Path) -> None:
    program = [sys.executable, "-c", "from tracing.cli import main; main()", "case", "list", "--home", str(tmp_path)]
    ended = subprocess.run(program, capture_output=True, text=True, check=False, cwd=Path(__file__).parents[2])
    assert ended.returncode == Exit.CONFIGURATION
    assert "Traceback" not in ended.stderr
