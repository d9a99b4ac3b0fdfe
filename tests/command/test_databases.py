"""``tracing db``: looking at a schema, and bringing it up beside a node of the version before."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from alembic import command as alembic
from sqlalchemy import text

from tests.command.conftest import Command
from tests.postgres import needs_postgresql, on_sqlite, server
from tests.world import OFFICER, PASSPHRASE, ask, world
from tracing.node import Node
from tracing.settings import Settings
from tracing.store import HEAD, DatabaseInvalid, open_engine
from tracing.store.schema import _config

ROOT = Path(__file__).resolve().parents[2]
BEFORE = "0023"  # the schema before the one that keeps which programs can work on it
NEXT, AFTER_NEXT = (f"{int(HEAD) + step:04}" for step in (1, 2))
MIGRATION = '''"""{what}."""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None
oldest = "{oldest}"


def upgrade() -> None:
    {does}
'''


def _taken_back(home: Path, to: str) -> None:
    engine, config = open_engine(Settings.load(home).database), _config()
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        alembic.downgrade(config, to)
    engine.dispose()


def _said_in(home: Path, statement: str) -> None:
    engine = open_engine(Settings.load(home).database)
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        conn.execute(text(statement))
    engine.dispose()


# ---------------------------------------------------------------- at a home that stands still


@on_sqlite
def test_an_older_schema_is_named_step_by_step_and_brought_up_once(home: Path, at_home: Command) -> None:
    assert at_home("db", "check", "--json").document["ok"] is True
    _taken_back(home, BEFORE)
    found = at_home("db", "check", "--json")
    missing = [one["revision"] for one in found.json["pending"]]
    assert (found.code, found.json["schema"], missing[-1], found.json["ok"]) == (3, BEFORE, HEAD, False)
    tried = at_home("db", "upgrade", "--dry-run", "--json").document
    assert (tried["to"], [one["revision"] for one in tried["steps"]]) == (BEFORE, missing)
    done = at_home("db", "upgrade", "--json").document
    assert (done["from"], done["to"], done["steps"]) == (BEFORE, HEAD, tried["steps"])
    assert at_home("db", "upgrade", "--json").document["steps"] == []
    assert at_home("db", "check").code == 0


@on_sqlite
@pytest.mark.parametrize(
    ("statement", "named"),
    [
        ("DROP INDEX envelopes_by_number", "add index envelopes_by_number"),
        ("DROP INDEX cases_pressing", "missing index cases_pressing"),
        ("ALTER TABLE counterparts DROP COLUMN twice_from", "add column counterparts twice_from"),
        ("CREATE TABLE of_somebody_else (it INTEGER)", "remove table of_somebody_else"),
    ],
)
def test_tables_that_somebody_changed_behind_the_node_are_named(
    home: Path, at_home: Command, statement: str, named: str
) -> None:
    _said_in(home, statement)
    found = at_home("db", "check", "--json")
    assert found.code == 3
    assert any(named in one for one in found.json["differences"]), found.json


@on_sqlite
def test_a_damaged_file_is_named(home: Path, at_home: Command) -> None:
    place = home / "node.db"
    size = place.stat().st_size
    with place.open("r+b") as file:
        file.seek(size // 2 // 4096 * 4096)
        file.write(b"\xff" * 4096)
    found = at_home("db", "check")
    assert (found.code, "damaged" in found.err or "cannot be read" in found.err) in {(3, True), (4, True)}


@on_sqlite
def test_a_database_that_is_gone_is_not_made_anew(home: Path, at_home: Command) -> None:
    (home / "node.db").unlink()
    for verb in ("check", "upgrade"):
        ended = at_home("db", verb)
        assert (ended.code, "missing" in ended.err) == (4, True)
    assert not (home / "node.db").exists()


# ---------------------------------------------------------------- beside a node that runs


class NextVersion:
    """A copy of the program with migrations that ours does not know, run as a process of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        for package in ("protocol", "keys", "tracing"):
            shutil.copytree(ROOT / package, folder / package, ignore=shutil.ignore_patterns("__pycache__"))

    def add(self, revision: str, before: str, oldest: str, does: str, what: str) -> None:
        """One more migration; the program then expects it."""
        versions = self.folder / "tracing" / "migrations" / "versions"
        written = MIGRATION.format(what=what, revision=revision, before=before, oldest=oldest, does=does)
        (versions / f"{revision}_next.py").write_text(written, encoding="utf-8")
        schema = self.folder / "tracing" / "store" / "schema.py"
        spelt = schema.read_text(encoding="utf-8")
        assert spelt.count(f'HEAD: Final = "{before}"') == 1
        schema.write_text(spelt.replace(f'HEAD: Final = "{before}"', f'HEAD: Final = "{revision}"'), encoding="utf-8")

    def __call__(self, home: Path, *words: str) -> "subprocess.CompletedProcess[str]":
        program = "from tracing.cli.app import main; main()"
        given = [sys.executable, "-c", program, "--home", str(home), "--json", *words]
        return subprocess.run(
            given, cwd=self.folder, env={"PYTHONPATH": str(self.folder)}, capture_output=True, text=True, check=False
        )


def _document(ended: "subprocess.CompletedProcess[str]") -> Any:
    assert ended.returncode == 0, ended.stderr
    return json.loads(ended.stdout)


async def _goes_on_beside(folder: Path, next_version: NextVersion, url: Callable[[], str] | None) -> None:
    async with world(folder, "at") as w:
        w.found("br", **({"database": url()} if url else {}))
        w.introduce("br", "at")
        w.introduce("at", "br")
        await w["br"].start()
        home = folder / "br"

        async def exchanged() -> None:
            there = await w["br"].office.request(OFFICER, ask("at"), wait_s=30)
            back = await w["at"].office.request(OFFICER, ask("br"), wait_s=30)
            await w.reached("at", there.case, "delivered")
            await w.reached("br", back.case, "delivered")

        await exchanged()
        next_version.add(NEXT, HEAD, HEAD, "op.add_column('cases', sa.Column('later', sa.Text()))", "A column")
        done = _document(next_version(home, "db", "upgrade"))
        assert (done["to"], [one["online"] for one in done["steps"]]) == (NEXT, [True])
        await exchanged()  # the older program, on the newer schema
        await w.restart("br")
        await exchanged()  # and started again on it
        assert w.audit("br").ok

        next_version.add(AFTER_NEXT, NEXT, AFTER_NEXT, "op.drop_column('cases', 'later')", "A column taken away")
        held = next_version(home, "db", "upgrade")
        assert (held.returncode, "stop every part" in held.stderr) == (75, True), held.stderr
        await exchanged()
        await w.stop("br")
        assert _document(next_version(home, "db", "upgrade"))["to"] == AFTER_NEXT
        with pytest.raises(DatabaseInvalid, match="newer than this program"):
            Node.open(home, PASSPHRASE)
        assert _document(next_version(home, "db", "check"))["schema"] == AFTER_NEXT


@pytest.mark.timeout(300)
async def test_a_node_of_the_version_before_goes_on_while_the_schema_is_brought_up(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    await _goes_on_beside(tmp_path, NextVersion(tmp_path / "next"), None)


@needs_postgresql
@pytest.mark.timeout(300)
async def test_the_same_on_a_server(tmp_path: Path) -> None:
    (tmp_path / "next").mkdir()
    with ExitStack() as stack:
        made = stack.enter_context(server())
        await _goes_on_beside(tmp_path, NextVersion(tmp_path / "next"), made.migrated)
