"""What other processes commit to the same database, noticed soon: a number that changes when they did.

Rules
- A hint only, as bells are: the rows are the truth, and who waits for something looks at them again from time to time.
- SQLite counts the commits of others itself. On PostgreSQL every commit tells its writer's name on a channel, a
  connection of our own listens there, and every ``LOOK_S`` the number changes whatever was heard: what was told while
  that connection was away is found then.
"""

import asyncio
import threading
from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from sqlalchemy import Connection, Engine, PoolProxiedConnection
from sqlalchemy.exc import DBAPIError

from tracing.clock import Clock
from tracing.store.postgresql import CHANNEL

__all__ = ["Counted", "Heard", "Others", "Write"]

Write = Callable[[Callable[[Any], int]], Awaitable[int]]

LOOK_S = 5.0


class Others(Protocol):
    """The commits of other processes."""

    def tell(self, conn: Connection) -> None:
        """In a commit of ours, before its end: let others know."""

    async def version(self, write: Write) -> int:
        """A number that changes when another process has committed, and only then or from time to time."""

    async def wait(self, seconds: float) -> None:
        """Until something was heard, or so long."""

    def close(self) -> None:
        """Let go."""


class Counted:
    """SQLite: the file says it, when asked on one connection for ever."""

    def tell(self, conn: Connection) -> None: ...

    async def version(self, write: Write) -> int:
        return await write(lambda tx: int(tx.conn.exec_driver_sql("PRAGMA data_version").scalar_one()))

    async def wait(self, seconds: float) -> None:
        await asyncio.sleep(seconds)

    def close(self) -> None: ...


class Heard:
    """PostgreSQL: NOTIFY at each commit, LISTEN on a connection of its own."""

    def __init__(self, engine: Engine, name: str, clock: Clock) -> None:
        self._engine = engine
        self._name = name
        self._clock = clock
        self._ear: PoolProxiedConnection | None = None
        self._turn = threading.Lock()
        self._told = 0
        self._looked = clock.monotonic()

    def tell(self, conn: Connection) -> None:
        conn.exec_driver_sql(f"NOTIFY {CHANNEL}, '{self._name}'")

    async def version(self, write: Write) -> int:  # noqa: ARG002 - this one needs no transaction
        await asyncio.to_thread(self._listen, 0.0)
        if self._clock.monotonic() - self._looked >= LOOK_S:
            self._looked, self._told = self._clock.monotonic(), self._told + 1
        return self._told

    async def wait(self, seconds: float) -> None:
        began = self._clock.monotonic()
        if not await asyncio.to_thread(self._listen, seconds):
            await asyncio.sleep(max(0.0, seconds - (self._clock.monotonic() - began)))

    def _listen(self, seconds: float) -> bool:
        """Whether something was heard. Never fails: a server that is away is met by whoever wants something of it."""
        with self._turn:
            try:
                return self._is_told(seconds)
            except (DBAPIError, self._engine.dialect.loaded_dbapi.Error):
                self._let_go()
                return False

    def _is_told(self, seconds: float) -> bool:
        if self._ear is None:
            self._ear = self._engine.raw_connection()
            self._ear.detach()
            self._ear.cursor().execute(f"LISTEN {CHANNEL}")
            self._told += 1  # what was told before nobody heard
        connection: Any = self._ear.dbapi_connection
        before = self._told
        for heard in connection.notifies(timeout=seconds):
            self._told += heard.payload != self._name
            if self._told != before and seconds:
                break
        return self._told != before

    def close(self) -> None:
        with self._turn:
            self._let_go()

    def _let_go(self) -> None:
        if self._ear is not None:
            self._ear.invalidate()
            self._ear = None
