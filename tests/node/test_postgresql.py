"""PostgreSQL under the store: turns, snapshots, what is lost and found again when the server goes and comes."""

import asyncio
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, inspect, select
from sqlmodel import SQLModel

from keys.errors import LoosePermissions
from tests.given import cipher
from tests.postgres import PASSWORD, Server, needs_postgresql, server
from tracing import audit
from tracing.audit.trees import recompute
from tracing.clock import Ids, SystemClock
from tracing.database import engine_of
from tracing.settings import Settings
from tracing.store import (
    HEAD,
    DatabaseAway,
    DatabaseInvalid,
    Store,
    StoreUnavailable,
    Tx,
    View,
    bring_up_to_date,
    open_engine,
    require_empty,
    schema_version,
)
from tracing.store.schema import MIGRATIONS
from tracing.tables import Leaf, User, table_of

pytestmark = needs_postgresql
users, leaves = table_of(User), table_of(Leaf)
WRITERS, UNITS = 4, 60


@pytest.fixture(scope="module")
def shared() -> Iterator[Server]:
    with server() as one:
        yield one


def open_store(url: str) -> Store:
    clock = SystemClock()
    return Store(open_engine(url), cipher(), clock, Ids(clock))


def add(name: str) -> "object":
    row = {"name": name, "role": "officer", "password_hash": "-", "language": "en", "active": True}
    return lambda tx: tx.conn.execute(insert(users).values(**row, created_ms=tx.now_ms))


def names(view: View) -> list[str]:
    return list(view.conn.execute(select(users.c.name).order_by(users.c.name)).scalars())


def begin_trail(tx: Tx) -> None:
    audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private")


async def append_many(url: str, writer: str) -> None:
    """What one process does in the test of several: leaves and a counter that is read, then written."""
    store = open_store(url)
    await asyncio.gather(*(store.write(lambda tx, n=n: count(tx, f"{writer}.{n}")) for n in range(UNITS)))
    store.close()


def count(tx: Tx, ref: str) -> None:
    """A name made of how many there were: two writers who saw the same number would collide."""
    audit.note(tx, "op", ref, {"act": "test"})
    add(f"u{len(names(tx)):05d}")(tx)


def test_several_processes_that_write_at_once_lose_and_double_nothing(shared: Server) -> None:
    url = shared.migrated()
    store = open_store(url)
    store.write_now(begin_trail)
    call = "import asyncio, sys; from tests.node.test_postgresql import append_many as a; asyncio.run(a(*sys.argv[1:]))"
    writers = [subprocess.Popen([sys.executable, "-c", call, url, f"w{n}"]) for n in range(WRITERS)]
    assert [writer.wait(120) for writer in writers] == [0] * WRITERS
    total = WRITERS * UNITS
    assert store.read_now(names) == [f"u{number:05d}" for number in range(total)]
    assert store.read_now(lambda view: audit.read_head(view, audit.PRIVATE).range.size) == total
    rebuilt = store.read_now(lambda view: recompute(view, audit.PRIVATE, total))
    assert rebuilt == store.read_now(lambda view: audit.read_head(view, audit.PRIVATE).range.root())
    store.close()


def test_a_reader_keeps_its_snapshot_while_others_write_and_cannot_write_itself(shared: Server) -> None:
    url = shared.migrated()
    store, beside = open_store(url), open_store(url)

    def look_twice(view: View) -> tuple[list[str], list[str]]:
        before = names(view)
        beside.write_now(add("meanwhile"))
        return before, names(view)

    assert store.read_now(look_twice) == ([], [])
    with pytest.raises(StoreUnavailable, match="read-only transaction"):
        store.read_now(lambda view: view.conn.execute(delete(users)))
    assert store.read_now(names) == ["meanwhile"]
    store.close()
    beside.close()


async def test_a_server_started_anew_between_two_units_is_not_noticed() -> None:
    with server() as own:
        store = open_store(own.migrated())
        await store.write(add("before"))
        own.stop()
        own.start()
        assert await store.read(names) == ["before"]
        await store.write(add("after"))
        assert await store.read(names) == ["after", "before"]
        store.close()


async def test_a_commit_whose_answer_was_lost_is_asked_about() -> None:
    """The server dies right after it has committed, before it can say so; and before it has, in the other half."""
    with server() as own:
        store = open_store(own.migrated())
        await store.write(add("before"))
        for name, done in (("done", True), ("undone", False)):
            kill = _dying(own, store, done=done)
            outcome = (await asyncio.gather(store.write(kill(name)), return_exceptions=True))[0]
            assert isinstance(outcome, StoreUnavailable) is not done
            assert (name in await store.read(names)) is done
        store.close()


def _dying(own: Server, store: Store, *, done: bool) -> "object":
    """A unit after which the server is stopped at its commit: behind the connection's back, or in front of it."""

    def unit(name: str) -> "object":
        def work(tx: Tx) -> None:
            add(name)(tx)
            raw = tx.conn.connection.dbapi_connection
            assert raw is not None
            commit = raw.commit

            def commit_and_die() -> None:
                if done:
                    commit()
                own.stop()
                threading.Thread(target=own.start).start()
                raw.execute("SELECT 1")

            raw.commit = commit_and_die

        return work

    return unit


async def test_while_the_server_is_away_a_unit_is_unavailable_and_nothing_of_it_is_kept() -> None:
    with server() as own:
        store = open_store(own.migrated())
        await store.write(add("before"))
        own.stop()
        with pytest.raises(StoreUnavailable):
            await store.write(add("never"))
        with pytest.raises(StoreUnavailable):
            await store.read(names)
        own.start()
        assert await store.read(names) == ["before"]
        store.close()


async def test_text_the_server_cannot_hold_fails_its_own_unit_only(shared: Server) -> None:
    store = open_store(shared.migrated())
    first, second = await asyncio.gather(
        store.write(add("with \0 in it")), store.write(add("plain")), return_exceptions=True
    )
    assert [isinstance(each, Exception) for each in (first, second)] == [True, False]
    assert await store.read(names) == ["plain"]
    store.close()


def test_a_password_is_read_at_each_connection_and_told_to_nobody(shared: Server, tmp_path: Path) -> None:
    shared.execute(f"CREATE USER guest PASSWORD '{PASSWORD}'")
    given = iter([PASSWORD, "another-secret"])
    engine = open_engine(shared.url("postgres", "guest"), lambda: next(given))
    assert schema_version(engine) is None
    engine.dispose()
    with pytest.raises(DatabaseAway, match="password authentication failed") as refused:
        schema_version(engine)
    assert "another-secret" not in str(refused.value)
    assert PASSWORD not in repr(engine)


def test_a_server_that_is_not_there_is_named_with_what_it_said(tmp_path: Path) -> None:
    with pytest.raises(DatabaseAway, match="is not reached"):
        schema_version(open_engine(f"postgresql://itx@/node?host={tmp_path}"))


def test_a_server_that_may_forget_a_commit_is_refused(shared: Server) -> None:
    engine = open_engine(shared.empty())
    shared.execute("ALTER ROLE itx SET synchronous_commit = off")
    try:
        with pytest.raises(DatabaseInvalid, match="synchronous_commit is off"):
            schema_version(engine)
    finally:
        shared.execute("ALTER ROLE itx RESET synchronous_commit")
    engine.dispose()


def test_a_database_that_sorts_by_language_is_refused(shared: Server) -> None:
    shared.execute(
        "CREATE DATABASE sorted TEMPLATE template0 LOCALE_PROVIDER icu ICU_LOCALE 'en' LOCALE 'C' ENCODING 'UTF8'"
    )
    with pytest.raises(DatabaseInvalid, match="byte by byte"):
        schema_version(open_engine(shared.url("sorted")))


def test_a_database_that_holds_a_node_takes_no_second_one(shared: Server) -> None:
    url = shared.migrated()
    require_empty(open_engine(url))
    store = open_store(url)
    store.write_now(begin_trail)
    with pytest.raises(DatabaseInvalid, match="holds a node already"):
        require_empty(store.engine)
    store.close()


def test_two_processes_that_start_at_once_bring_the_schema_up_to_date_once(shared: Server) -> None:
    engines = [open_engine(url) for url in [shared.empty()] * 2]
    starting = [threading.Thread(target=bring_up_to_date, args=(engine,)) for engine in engines]
    for each in starting:
        each.start()
    for each in starting:
        each.join()
    assert [schema_version(engine) for engine in engines] == [HEAD] * 2


def test_the_migrations_make_the_same_tables_here_and_can_be_taken_back(shared: Server) -> None:
    engine, config = open_engine(shared.migrated()), Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    with engine.connect() as conn:
        assert compare_metadata(MigrationContext.configure(conn), SQLModel.metadata) == []
    declared = {(table.name, index.name) for table in SQLModel.metadata.tables.values() for index in table.indexes}
    here = inspect(engine)
    assert {(table, index["name"]) for table, _ in declared for index in here.get_indexes(table)} >= declared
    with engine.connect().execution_options(write=True) as conn, conn.begin():
        config.attributes["connection"] = conn
        command.downgrade(config, "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    engine.dispose()


async def test_a_password_file_is_named_in_the_settings_and_open_to_nobody_else(shared: Server, tmp_path: Path) -> None:
    file = tmp_path / "password"
    file.write_text(PASSWORD + "\n")
    file.chmod(0o644)
    url = shared.url("postgres", "visitor")
    shared.execute(f"CREATE USER visitor PASSWORD '{PASSWORD}'")
    named = {"authority": "br", "country": "BRA", "name": "x", "net": "training", "database": url}
    settings = Settings.for_new(tmp_path, **named, database_password_file=str(file))
    with pytest.raises(LoosePermissions, match="open to others"):
        schema_version(engine_of(settings))
    file.chmod(0o600)
    assert schema_version(engine_of(settings)) is None
    file.unlink()
    with pytest.raises(DatabaseInvalid, match="password of the database cannot be read"):
        schema_version(engine_of(settings))
