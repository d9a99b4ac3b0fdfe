"""The unit of work: what is written together, what stands alone, what is durable."""

import asyncio
import errno
import sqlite3
import threading
from pathlib import Path

import pytest
from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError

from keys.rest import ContentCipher
from tests.faults.disks import can_mount, small
from tests.given import cipher, new_store
from tests.postgres import database_of, on_sqlite
from tracing.store import (
    HEAD,
    DatabaseInvalid,
    Store,
    StoreUnavailable,
    Tx,
    View,
    bring_up_to_date,
    open_engine,
    schema_version,
)
from tracing.tables import User

users = User.__table__  # type: ignore[attr-defined]


def add(name: str) -> "object":
    return lambda tx: tx.conn.execute(
        insert(users).values(
            name=name, role="officer", password_hash="-", language="en", active=True, created_ms=tx.now_ms
        )
    )


def names(view: View) -> list[str]:
    return list(view.conn.execute(select(users.c.name).order_by(users.c.name)).scalars())


async def test_what_arrives_together_is_committed_together(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    await asyncio.gather(*(store.write(add(f"u{number:02d}")) for number in range(40)))
    assert await store.read(names) == [f"u{number:02d}" for number in range(40)]
    assert store.commits < store.units == 40
    store.close()


async def test_a_loop_that_ended_before_its_unit_was_done_harms_nobody(tmp_path: Path) -> None:
    store, is_free = new_store(tmp_path), threading.Event()

    def slow(tx: Tx) -> None:
        is_free.wait(10)
        add("late")(tx)

    def give_up() -> None:
        loop = asyncio.new_event_loop()
        waits = loop.create_task(store.write(slow))
        loop.run_until_complete(asyncio.sleep(0.05))
        waits.cancel()
        loop.run_until_complete(asyncio.sleep(0))
        loop.close()

    await asyncio.to_thread(give_up)
    is_free.set()
    await store.write(add("next"))
    assert await store.read(names) == ["late", "next"]
    store.close()


async def test_a_unit_that_fails_takes_nothing_from_the_units_beside_it(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    results = await asyncio.gather(*(store.write(add(name)) for name in ("a", "b", "a", "c")), return_exceptions=True)
    assert [isinstance(result, IntegrityError) for result in results] == [False, False, True, False]
    assert await store.read(names) == ["a", "b", "c"]
    store.close()


async def test_a_unit_that_fails_alone_leaves_nothing_behind(tmp_path: Path) -> None:
    store = new_store(tmp_path)

    def half(tx: Tx) -> None:
        add("half")(tx)
        raise ValueError("no")

    with pytest.raises(ValueError, match="no"):
        await store.write(half)
    assert await store.read(names) == []
    store.close()


async def test_nobody_is_told_of_a_unit_that_failed(tmp_path: Path) -> None:
    store, heard = new_store(tmp_path), []

    def tell(tx: Tx, *, fail: bool) -> None:
        tx.after_commit(lambda: heard.append(fail))
        if fail:
            raise ValueError("no")

    await asyncio.gather(
        store.write(lambda tx: tell(tx, fail=True)),
        store.write(lambda tx: tell(tx, fail=False)),
        return_exceptions=True,
    )
    assert heard == [False]
    store.close()


async def test_what_a_failed_unit_carried_is_taken_back(tmp_path: Path) -> None:
    store = new_store(tmp_path)

    def count(tx: Tx, *, fail: bool = False) -> int:
        tx.carry["n"] = tx.carry.get("n", 0) + 1
        if fail:
            raise ValueError("no")
        return int(tx.carry["n"])

    release = asyncio.Event()
    results = await asyncio.gather(
        store.write(count), store.write(lambda tx: count(tx, fail=True)), store.write(count), return_exceptions=True
    )
    release.set()
    assert isinstance(results[1], ValueError)
    assert results[2] <= 2
    store.close()


def test_a_command_writes_beside_a_live_node(tmp_path: Path) -> None:
    node = new_store(tmp_path)
    command = Store(open_engine(database_of(tmp_path)), node.cipher, node.clock, node.ids)
    command.write_now(add("from-the-command"))
    assert node.read_now(names) == ["from-the-command"]
    command.close()
    node.close()


async def test_a_node_notices_what_another_process_committed_and_not_its_own_commits(tmp_path: Path) -> None:
    node = new_store(tmp_path)
    before = await node.foreign_version()
    await node.write(add("own"))
    assert await node.foreign_version() == before
    command = Store(open_engine(database_of(tmp_path)), node.cipher, node.clock, node.ids)
    await command.write(add("other"))
    await node.others.wait(0.3)
    assert await node.foreign_version() != before
    command.close()
    node.close()


@on_sqlite
async def test_a_full_disk_is_unavailable_and_the_node_goes_on_when_there_is_room(tmp_path: Path) -> None:
    store = new_store(tmp_path)

    def limit(pages: int) -> "object":
        return lambda tx: tx.conn.exec_driver_sql(f"PRAGMA max_page_count={pages}")

    used = await store.write(lambda tx: tx.conn.exec_driver_sql("PRAGMA page_count").scalar_one())
    await store.write(limit(used))

    def fill(tx: Tx) -> None:
        add("x" * 900_000)(tx)

    with pytest.raises(StoreUnavailable, match="full"):
        await store.write(fill)
    await store.write(limit(1_000_000))
    await store.write(add("after"))
    assert await store.read(names) == ["after"]
    store.close()


@pytest.mark.skipif(not can_mount(), reason="a small file system needs root")
def test_a_disk_too_full_to_read_a_database_from_is_called_full(tmp_path: Path) -> None:
    with small(tmp_path / "home", 4) as room:
        place = tmp_path / "home" / "node.db"
        founding = open_engine(f"sqlite:///{place}")
        bring_up_to_date(founding)
        founding.dispose()
        engine = open_engine(f"sqlite:///{place}")
        room.fill(0)
        with pytest.raises(OSError, match="No space left") as full:
            schema_version(engine)
        assert (full.value.errno, full.value.filename) == (errno.ENOSPC, str(place))
        room.clear(0)
        assert schema_version(engine) == HEAD
        engine.dispose()


async def test_an_error_of_the_database_does_not_tell_the_values(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    await store.write(add("a name to keep"))
    with pytest.raises(IntegrityError) as refused:
        await store.write(add("a name to keep"))
    assert "a name to keep" not in str(refused.value)
    store.close()


def test_a_database_of_another_kind_is_refused_with_what_to_use() -> None:
    with pytest.raises(DatabaseInvalid, match="use sqlite:///FILE or postgresql") as refused:
        open_engine("mysql://user:secret@db/x")
    assert "secret" not in str(refused.value)


@on_sqlite
def test_a_database_newer_than_the_program_is_refused(tmp_path: Path) -> None:
    new_store(tmp_path).close()
    with sqlite3.connect(tmp_path / "node.db") as db:
        db.execute("UPDATE alembic_version SET version_num='9999'")
        db.execute("UPDATE schema_floor SET oldest='9999'")
    with pytest.raises(DatabaseInvalid, match="newer"):
        bring_up_to_date(open_engine(f"sqlite:///{tmp_path / 'node.db'}"))


def test_content_at_rest_opens_only_in_its_own_place() -> None:
    sealed: ContentCipher = cipher()
    _, key = sealed.new_key()
    blob = sealed.encrypt(key, b"text", "a")
    assert sealed.decrypt(key, blob, "a") == b"text"
    with pytest.raises(Exception, match="does not open"):
        sealed.decrypt(key, blob, "b")


async def test_a_caller_who_stops_waiting_neither_undoes_a_change_begun_nor_stops_the_writer(tmp_path: Path) -> None:
    store = new_store(tmp_path)
    begun, go_on = threading.Event(), threading.Event()

    def slow(tx: Tx) -> None:
        add("begun")(tx)
        begun.set()
        go_on.wait(10)

    first = asyncio.ensure_future(store.write(slow))
    await asyncio.to_thread(begun.wait, 10)
    waiting = asyncio.ensure_future(store.write(add("never begun")))
    await asyncio.sleep(0)
    first.cancel()
    waiting.cancel()
    await asyncio.gather(first, waiting, return_exceptions=True)
    go_on.set()
    await store.write(add("after"))
    assert await store.read(names) == ["after", "begun"]
    store.close()
