"""The database of a simulated node: a real SQLite file, written in the loop, that fails when it is told to.

A crash between two commits loses what was not committed; one right after a commit loses that anybody heard of it. A
disk that is full is SQLite's own (no page can be added); one that cannot be written fails at the begin.
"""

import asyncio
import random
import sqlite3
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, TypeVar, cast

from sqlalchemy import Connection
from sqlalchemy.exc import OperationalError

from tests.simulation.life import LIFE, Life
from tracing.store import Store, View
from tracing.store.unit import MOST_UNITS_PER_COMMIT, _Unit

__all__ = ["Disk", "SimulatedStore"]

T = TypeVar("T")
LONGEST_COMMIT_S = 0.03
NO_LIMIT = 2**32 - 2  # pages


class _Died(Exception):
    """The process ended right after a commit, before anybody was told."""


@dataclass
class Disk:
    """How the disk of one node behaves now. ``dies``: at the next commit the node crashes, after it is durable."""

    chance: random.Random
    fails: float = 0.0  # how often a commit fails
    is_full: bool = False
    dies: bool = False
    failures: int = 0
    deaths: int = 0


class SimulatedStore(Store):
    """The store, whose commits are turns of the loop. ``crash`` ends the life of its node."""

    def __init__(self, *parts: Any, disk: Disk, crash: Callable[[], None]) -> None:
        super().__init__(*parts)
        self._disk = disk
        self._crash = crash
        self._life: Life | None = LIFE.get()
        self._units: list[_Unit] = []
        self._limit = NO_LIMIT

    # ------------------------------------------------------------ for callers

    async def write(self, work: Callable[[Any], T]) -> T:
        """Some turns of the loop later, together with what comes meanwhile."""
        loop = asyncio.get_running_loop()
        unit = _Unit(work, loop)
        self._units.append(unit)
        if len(self._units) == 1:
            loop.call_later(self._disk.chance.random() * LONGEST_COMMIT_S, self._write_some)
        return cast("T", await cast("asyncio.Future[Any]", unit.future))

    def write_now(self, work: Callable[[Any], T]) -> T:
        """Commands, and a node that opens: at once."""
        unit = _Unit(work, None)
        unit.begin()
        self._commit([unit])
        return cast("Future[T]", unit.future).result()

    async def read(self, look: Callable[[View], T]) -> T:
        """A turn of the loop later."""
        return await asyncio.get_running_loop().run_in_executor(None, self.read_now, look)

    def close(self) -> None:
        """Let go of the file. After a crash nothing is finished first."""
        if self._conn is not None:
            self._conn.close()
            self._conn = None
        super().close()

    # ------------------------------------------------------------ writing

    def _write_some(self) -> None:
        if self._life is not None and self._life.is_over:
            return
        some, self._units = self._units[:MOST_UNITS_PER_COMMIT], self._units[MOST_UNITS_PER_COMMIT:]
        units = [unit for unit in some if unit.begin()]
        try:
            if units:
                self._commit(units)
        except _Died:
            self._crash()
            return
        if self._units:
            asyncio.get_running_loop().call_soon(self._write_some)

    def _connection(self) -> Connection:
        if self._disk.chance.random() < self._disk.fails:
            self._disk.failures += 1
            raise OperationalError("BEGIN", None, sqlite3.OperationalError("disk I/O error"))
        is_new = self._conn is None
        conn = super()._connection()
        if is_new:  # what dies here is a process: what its system was given stays, so nobody need wait for the platter
            conn.connection.cursor().execute("PRAGMA synchronous=OFF")
        self._keep_room(conn)
        return conn

    def _keep_room(self, conn: Connection) -> None:
        """A full disk has no page more than it has; SQLite says so itself, in the middle of a commit."""
        limit = 1 if self._disk.is_full else NO_LIMIT  # fewer than there are means: as many as there are
        if limit != self._limit:
            conn.connection.cursor().execute(f"PRAGMA max_page_count={limit}")
            self._limit = limit

    def _announce(self, units: list[_Unit]) -> None:
        if self._disk.dies:
            self._disk.dies = False
            self._disk.deaths += 1
            raise _Died
        super()._announce(units)
