"""Backups of a node on a real PostgreSQL, by the server's own tools, over a password nobody else sees."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from tests.postgres import Server, needs_postgresql, server
from tests.world import PASSPHRASE, World
from tracing.backups import BackupDamaged, RestoreRefused, make_backup, restore_backup, verify_backup
from tracing.clock import SystemClock
from tracing.node import Node
from tracing.store import open_engine

SECRET = b"of backups"
WORD = "the password of:the \\ database"
pytestmark = needs_postgresql


def nothing(_what: str, _done: int, _total: int) -> None:
    """Hears progress."""


@pytest.fixture(scope="module")
def running() -> Iterator[Server]:
    with server() as made:
        made.execute(f"CREATE USER guest PASSWORD '{WORD}'")
        yield made


@pytest.fixture
def w(running: Server, tmp_path: Path) -> Iterator[World]:
    """A node whose database asks for a password."""
    kept = tmp_path / "of-the-database"
    kept.write_text(f"{WORD}\n")
    kept.chmod(0o600)
    made = World(tmp_path, SystemClock())
    made.found("br", database=fresh(running, "first"), database_password_file=str(kept))
    yield made
    for node in made.nodes.values():
        node.close()
    for name in ("first", "second", "third"):
        running.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


def fresh(running: Server, name: str) -> str:
    running.execute(f"CREATE DATABASE {name} OWNER guest TEMPLATE template0")
    return running.url(name, "guest")


def tables(running: Server, name: str) -> int:
    engine = open_engine(running.url(name))
    with engine.connect() as conn, conn.begin():
        count = conn.execute(text("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'")).scalar_one()
    engine.dispose()
    return int(count)


def test_a_backup_of_postgresql_is_proved_and_comes_back(
    w: World, running: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[list[str]] = []
    whole = subprocess.run

    def watched(argv: list[str], **how: object) -> object:
        asked.append(argv)
        return whole(argv, **how)  # type: ignore[call-overload]

    monkeypatch.setattr(subprocess, "run", watched)
    node, place = w["br"], tmp_path / "br.itxbackup"
    make_backup(node.home, node.settings, place, SECRET, w.clock, w.ids, nothing)
    second, third = fresh(running, "second"), fresh(running, "third")
    with pytest.raises(RestoreRefused, match="--database"):
        verify_backup(place, SECRET, nothing)
    for wrong in (f"sqlite:///{tmp_path}/any.db", second.replace("guest@", "guest:word@")):
        with pytest.raises(RestoreRefused, match="without a password"):
            verify_backup(place, SECRET, nothing, database=wrong)
    proved = verify_backup(place, SECRET, nothing, database=second)
    assert (proved.leaves > 0, tables(running, "second")) == (True, 0)
    home = tmp_path / "again"
    restore_backup(place, home, SECRET, w.clock, w.ids, nothing, database=third)
    assert third in (home / "node.toml").read_text()
    again = Node.open(home, PASSPHRASE)
    try:
        assert again.trust.digest == node.trust.digest
    finally:
        again.close()
    tools = [argv for argv in asked if "pg_" in argv[0] and "guest@" in argv[-1]]
    assert (len(tools), [argv for argv in tools if "password of" in " ".join(argv)]) == (3, [])


def test_a_database_that_holds_something_is_never_restored_into(w: World, running: Server, tmp_path: Path) -> None:
    node, place = w["br"], tmp_path / "br.itxbackup"
    make_backup(node.home, node.settings, place, SECRET, w.clock, w.ids, nothing)
    before = tables(running, "first")
    with pytest.raises(RestoreRefused, match="not empty"):
        restore_backup(place, tmp_path / "again", SECRET, w.clock, w.ids, nothing)
    assert (tables(running, "first"), (tmp_path / "again").exists()) == (before, False)


def test_what_fails_leaves_an_empty_database_and_no_home(w: World, running: Server, tmp_path: Path) -> None:
    node, place = w["br"], tmp_path / "br.itxbackup"
    engine = open_engine(running.url("first"))
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        conn.execute(text("UPDATE leaves SET h = 'ff' WHERE tree = 'private' AND idx = 0"))
    engine.dispose()
    make_backup(node.home, node.settings, place, SECRET, w.clock, w.ids, nothing)
    with pytest.raises(BackupDamaged, match="private:0"):
        restore_backup(place, tmp_path / "again", SECRET, w.clock, w.ids, nothing, database=fresh(running, "second"))
    assert (tables(running, "second"), (tmp_path / "again").exists()) == (0, False)
    assert list(tmp_path.glob(".restoring-*")) == []
