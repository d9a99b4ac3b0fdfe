"""The composition root: what cannot start leaves nothing running, and what another process did is noticed."""

import asyncio
import os
import signal
import socket
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update

from keys.errors import WrongPassphrase
from tests.world import OFFICER, PASSPHRASE, World, ask, world
from tracing.clock import SystemClock
from tracing.node import Node, NotFounded
from tracing.partners import set_status
from tracing.store import StoreUnavailable
from tracing.tables import Tree, table_of

trees = table_of(Tree)


async def test_a_port_in_use_stops_the_start_and_leaves_nothing_running(tmp_path: Path) -> None:
    w = World(tmp_path, SystemClock())
    w.found("br")
    node = w["br"]
    with socket.socket() as taken:
        taken.bind((node.settings.exchange.host, node.settings.exchange.port))
        taken.listen()
        with pytest.raises(OSError, match="in use"):
            await node.start()
        assert not node.is_running
        with socket.socket() as desk:
            desk.bind((node.settings.desk.host, node.settings.desk.port))
    node.close()


async def test_a_node_that_never_started_can_be_stopped(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        w.found("br")
        await w["br"].stop()
        assert not w["br"].is_running


async def test_the_wrong_passphrase_opens_no_node(tmp_path: Path) -> None:
    async with world(tmp_path, "br"):
        with pytest.raises(WrongPassphrase):
            Node.open(tmp_path / "br", b"another")


async def test_what_a_command_wrote_beside_a_live_node_is_noticed(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        beside = Node.open(tmp_path / "br", PASSPHRASE)
        beside.store.write_now(lambda tx: set_status(tx, "at", "suspended", "admin"))
        beside.close()
        await w.until(_is_suspended(w), "the node to notice the command")
        assert w["br"].partners.get("at").is_suspended


def _is_suspended(w: World) -> Any:
    async def look() -> bool:
        return bool(w["br"].partners.get("at").is_suspended)

    return look


async def test_a_request_a_command_made_beside_a_live_node_is_delivered_by_it(tmp_path: Path) -> None:
    async with world(tmp_path, "br", "at") as w:
        beside = Node.open(tmp_path / "br", PASSPHRASE)
        asked = await beside.office.request(OFFICER, ask("at"))
        beside.close()
        await w.reached("at", asked.case, "delivered")
        assert (await w.reached("br", asked.case, "delivered")).state == "delivered"


async def test_a_task_that_ended_is_named_in_what_the_node_waits_for(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        running = w["br"]._running
        assert running.waits_for() == ()
        running._tasks[0].cancel()
        await asyncio.gather(running._tasks[0], return_exceptions=True)
        assert running.waits_for() == ("opening",)
        assert not w["br"].is_running


async def test_a_terminated_node_stops_in_order(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        node = w["br"]
        until = asyncio.create_task(node.run_until_stopped())
        await asyncio.sleep(0.05)
        os.kill(os.getpid(), signal.SIGTERM)
        await asyncio.wait_for(until, 20)
        assert not node.is_running
        for number in (signal.SIGTERM, signal.SIGINT):
            asyncio.get_running_loop().remove_signal_handler(number)


async def test_a_node_without_its_keyset_is_not_founded(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        await w["br"].store.write(lambda tx: tx.conn.exec_driver_sql("DELETE FROM trust_documents WHERE kind='keyset'"))
        await w.stop("br")
        with pytest.raises(NotFounded):
            Node.open(tmp_path / "br", PASSPHRASE)


async def test_a_broken_private_tree_is_said_and_the_node_does_not_start(tmp_path: Path) -> None:
    async with world(tmp_path, "br") as w:
        await w["br"].store.write(
            lambda tx: tx.conn.execute(update(trees).where(trees.c.name == "private").values(peaks=b"\0"))
        )
        await w.stop("br")
        node = Node.open(tmp_path / "br", PASSPHRASE)
        with pytest.raises((ValueError, StoreUnavailable), match="private"):
            await node.start()
        assert not node.is_running
        node.close()
