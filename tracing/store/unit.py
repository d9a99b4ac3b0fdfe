"""The unit of work: every change of the node is one function run inside one durable transaction.

Rules
- ``write(work)`` runs ``work(tx)`` on the single writer thread. Units that arrive together share one commit and one
  fsync; each stands alone (a savepoint), so one that fails takes nothing from the others.
- ``write`` returns after the commit. From here on a crash is safe: what a unit promised is on disk.
- ``read(look)`` runs ``look(view)`` on a snapshot, beside the writer.
- The writer takes its turn before it reads (``BEGIN IMMEDIATE`` on SQLite, a lock on PostgreSQL), so heads of trees and
  counters read in a unit cannot be stale, whatever other process writes to the same database.
- A commit whose answer was lost is asked about when the server is there again; where even that cannot be told, the
  units are ``StoreUnavailable``, as whatever was not done.
- What a unit leaves in ``tx.carry`` (immutable values only) is seen by later units of the same commit, and taken back
  when the unit fails; ``tx.at_commit`` writes such values once, just before the commit.
- ``tx.kept`` outlives the commit, in this process: only for what a unit can prove to hold still, by something it reads.

    outcome = await store.write(lambda tx: answer(tx, case_id, body))
"""

import asyncio
import queue
import threading
from collections.abc import Callable, Hashable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from contextvars import copy_context
from typing import Any, TypeVar, cast

import structlog
from sqlalchemy import Connection, Engine, Row, text
from sqlalchemy.exc import DatabaseError, DataError, DBAPIError, IntegrityError

from keys.rest import ContentCipher
from tracing.clock import Clock, Ids
from tracing.store import postgresql
from tracing.store.engine import Turn, open_writer
from tracing.store.others import Counted, Heard, Others
from tracing.store.spelt import Spelt

__all__ = ["AnyRow", "Store", "StoreUnavailable", "Tx", "View"]

T = TypeVar("T")
AnyRow = Row[*tuple[Any, ...]]
"""A row of whatever columns were asked for."""

MOST_UNITS_PER_COMMIT = 64  # keeps one commit below some tens of milliseconds
READERS = 4
OF_UNIT = (IntegrityError, DataError)  # the fault of one unit; every other error of a database is the database's
ASK_S, ASKS = 0.25, 80  # how often a server that is away is asked what became of a commit


class StoreUnavailable(Exception):
    """The database cannot take or give anything just now (disk full, locked, gone). Nothing was done; try again."""


class View:
    """A consistent look at the database. ``conn`` is a SQLAlchemy Core connection, ``cipher`` opens content at rest."""

    def __init__(self, conn: Connection, cipher: ContentCipher) -> None:
        self.conn = conn
        self.cipher = cipher


class Tx(View):
    """One unit inside a commit. ``now_ms`` is the instant of the unit, ``ids`` makes identifiers and salts."""

    def __init__(self, commit: "_Commit", cipher: ContentCipher, ids: Ids, now_ms: int) -> None:
        super().__init__(commit.conn, cipher)
        self.ids = ids
        self.now_ms = now_ms
        self.carry = commit.carry
        self.kept = commit.kept
        self._flushes = commit.flushes
        self._after: list[Callable[[], None]] = []

    def at_commit(self, key: Hashable, flush: Callable[[Connection, dict[Hashable, Any]], None]) -> None:
        """Run ``flush(conn, carry)`` once before the commit, however many units asked under the same key."""
        self._flushes[key] = flush

    def after_commit(self, tell: Callable[[], None]) -> None:
        """Call ``tell`` on the writer thread once this unit is durable; it must be quick and thread-safe."""
        self._after.append(tell)

    def tell(self) -> None:
        """Tell all who asked to hear of this unit. For the store alone."""
        for tell in self._after:
            try:
                tell()
            except Exception:  # noqa: BLE001 - the unit is durable; whoever cannot be told finds the rows at its next look
                structlog.get_logger().exception("store.not_told")


class _Commit:
    """What the units of one commit share."""

    def __init__(self, conn: Connection, kept: dict[Hashable, Any]) -> None:
        self.conn = conn
        self.kept = kept
        self.carry: dict[Hashable, Any] = {}
        self.flushes: dict[Hashable, Callable[[Connection, dict[Hashable, Any]], None]] = {}

    def flush(self) -> None:
        for flush in self.flushes.values():
            flush(self.conn, self.carry)


class _Began:
    """How far a commit came."""

    is_running = False  # its transaction has begun
    transaction: str | None = None  # its number, once all that was to be done in it is done and only its end is open


class _Unit:
    """Work waiting for the writer, and the future that hears what became of it."""

    def __init__(self, work: Callable[[Tx], Any], loop: asyncio.AbstractEventLoop | None) -> None:
        self.work = work
        self.loop = loop  # where it is waited for; None where a thread waits
        self.future: asyncio.Future[Any] | Future[Any] = loop.create_future() if loop else Future()
        self.tx: Tx | None = None
        self.result: Any = None
        self.error: BaseException | None = None

    def begin(self) -> bool:
        """False when its caller gave up before its turn came. From now on it is finished, whoever stops waiting."""
        if isinstance(self.future, Future):
            return self.future.set_running_or_notify_cancel()
        return not self.future.cancelled()

    def settle(self) -> None:
        """In the loop where it is waited for, if there is one."""
        if self.future.cancelled():
            return
        if self.error is None:
            self.future.set_result(self.result)
        else:
            self.future.set_exception(self.error)


class Store:
    """The database of a node: one writer thread, a few readers."""

    def __init__(self, engine: Engine, cipher: ContentCipher, clock: Clock, ids: Ids) -> None:
        self.engine = engine
        self.cipher = cipher
        self.clock = clock
        self.ids = ids
        self.commits = 0
        self.units = 0
        self._queue: queue.SimpleQueue[_Unit | None] = queue.SimpleQueue()
        self._conn: Connection | None = None  # the writer thread's own
        self._kept: dict[Hashable, Any] = {}  # the same
        self._turn = Turn.of(engine)
        self.others: Others = Counted()
        if self.is_shared:
            self.others = Heard(engine, ids.random_bytes(8).hex(), clock)
        self._readers = ThreadPoolExecutor(READERS, thread_name_prefix="store-read")
        self._writer = threading.Thread(target=self._write_forever, name="store-write", daemon=True)
        self._writer.start()

    # ------------------------------------------------------------ for callers

    async def write(self, work: Callable[[Tx], T]) -> T:
        """Run ``work`` in a transaction; returns once it is durable."""
        unit = _Unit(work, asyncio.get_running_loop())
        self._queue.put(unit)
        return await cast("asyncio.Future[T]", unit.future)

    def write_now(self, work: Callable[[Tx], T]) -> T:
        """The same for commands, which have no event loop."""
        unit = _Unit(work, None)
        self._queue.put(unit)
        return cast("Future[T]", unit.future).result()

    async def read(self, look: Callable[[View], T]) -> T:
        """Run ``look`` on a snapshot in a reader thread, in the context of whoever asks (his language, for one)."""
        run = copy_context().run
        return await asyncio.get_running_loop().run_in_executor(self._readers, run, self.read_now, look)

    def read_now(self, look: Callable[[View], T]) -> T:
        """Run ``look`` on a snapshot in this thread."""
        try:
            with self._looking() as conn:
                return look(View(conn, self.cipher))
        except DatabaseError as error:
            if isinstance(error, OF_UNIT):
                raise
            raise StoreUnavailable(_short(error)) from error

    @contextmanager
    def _looking(self) -> Iterator[Connection]:
        """A snapshot; where the server was started anew since a connection's last use, on another connection."""
        conn = self.engine.connect()
        try:
            try:
                begun = conn.begin()
            except DBAPIError as error:
                if not error.connection_invalidated:
                    raise
                conn.close()
                conn = self.engine.connect()
                begun = conn.begin()
            with begun:
                yield conn
        finally:
            conn.close()

    @property
    def is_shared(self) -> bool:
        """Whether several processes of one node may stand on this database."""
        return self.engine.dialect.name == "postgresql"

    async def foreign_version(self) -> int:
        """A number that changes when another process has committed to the same database."""
        return await self.others.version(self.write)

    def close(self) -> None:
        """Finish what is queued, then let go of the database."""
        self._queue.put(None)
        self._writer.join()
        self._readers.shutdown()
        self.others.close()
        self.engine.dispose()
        self._turn.close()

    # ------------------------------------------------------------ the writer

    def _write_forever(self) -> None:
        """One connection for the thread's whole life, so that ``foreign_version`` tells others' commits from ours."""
        last = False
        while not last:
            first = self._queue.get()
            if first is None:
                break
            units = [first]
            while len(units) < MOST_UNITS_PER_COMMIT and not self._queue.empty():
                more = self._queue.get()
                if more is None:
                    last = True
                    break
                units.append(more)
            if units := [unit for unit in units if unit.begin()]:
                self._commit(units)
        if self._conn is not None:
            self._conn.close()

    def _connection(self) -> Connection:
        if self._conn is None:
            self._conn = open_writer(self.engine)
        return self._conn

    def _commit(self, units: list[_Unit], *, again: bool = True) -> None:
        began = _Began()
        try:
            self._commit_once(units, began)
        except _Abandoned:
            pass
        except DBAPIError as error:
            self._let_go()
            if again and self.is_shared and not began.is_running:  # the server was started anew since our last commit
                self._commit(units, again=False)
                return
            if self._was_done(began):
                self._announce(units)
            else:
                self._fail(units, StoreUnavailable(_short(error)), error)
        except Exception as error:  # noqa: BLE001 - the one border of the writer: a bug fails its units, not the thread
            self._fail(units, error, error)
        else:
            self._announce(units)
        _settle(units)

    def _commit_once(self, units: list[_Unit], began: "_Began") -> None:
        conn = self._connection()
        with self._turn, conn.begin():
            began.is_running = True
            commit = _Commit(conn, self._kept)
            for unit in units:
                self._run(commit, unit, alone=len(units) == 1)
            commit.flush()
            self.others.tell(conn)
            began.transaction = postgresql.transaction_of(conn) if self.is_shared else None

    def _was_done(self, began: "_Began") -> bool:
        """Whether a commit that failed at its very end was done all the same: the server is asked, once it is there."""
        if began.transaction is None:
            return False
        for _ in range(ASKS):
            try:
                return postgresql.was_committed(self.engine, began.transaction)
            except DBAPIError:
                threading.Event().wait(ASK_S)
        return False

    def _let_go(self) -> None:
        """After a failure of the database the next commit begins on a new connection."""
        if self._conn is not None:
            self._conn.invalidate()
            self._conn.close()
            self._conn = None

    def _run(self, commit: _Commit, unit: _Unit, *, alone: bool) -> None:
        saved, flushes = dict(commit.carry), dict(commit.flushes)
        unit.tx = Tx(commit, self.cipher, self.ids, self.clock.now_ms())
        try:
            if alone:
                unit.result = unit.work(unit.tx)
                return
            with _apart(commit.conn):
                unit.result = unit.work(unit.tx)
        except DBAPIError as error:
            if not isinstance(error, OF_UNIT):
                raise
            unit.error = error
        except Exception as error:  # noqa: BLE001 - whatever a unit raises is its caller's answer
            unit.error = error
        if unit.error is not None:
            commit.carry.clear()
            commit.carry.update(saved)
            commit.flushes.clear()
            commit.flushes.update(flushes)
            if alone:
                raise _Abandoned

    def _announce(self, units: list[_Unit]) -> None:
        self.commits += 1
        self.units += len(units)
        for unit in units:
            if unit.error is None and unit.tx is not None:
                unit.tx.tell()

    @staticmethod
    def _fail(units: list[_Unit], error: Exception, cause: Exception) -> None:
        structlog.get_logger().error(
            "store.commit_failed", units=len(units), cause=type(cause).__name__, reason=_short(cause)
        )
        for unit in units:
            unit.error = unit.error or error


def _settle(units: list[_Unit]) -> None:
    """Tell everybody what became of his unit: a loop is woken once for all that is waited for in it."""
    for loop in {unit.loop for unit in units}:
        waited = [unit for unit in units if unit.loop is loop]
        if loop is None:
            _settle_each(waited)
        elif not loop.is_closed():  # else nobody waits any more
            with suppress(RuntimeError):  # closed just now
                loop.call_soon_threadsafe(_settle_each, waited)


def _settle_each(units: list[_Unit]) -> None:
    for unit in units:
        unit.settle()


_SAVE = Spelt(text("SAVEPOINT unit"))
_UNDO = Spelt(text("ROLLBACK TO SAVEPOINT unit"))
_KEEP = Spelt(text("RELEASE SAVEPOINT unit"))


@contextmanager
def _apart(conn: Connection) -> Iterator[None]:
    """What fails in here takes nothing from the other units of the commit, unless the database itself failed."""
    _SAVE.run(conn)
    try:
        yield
    except Exception as error:
        if isinstance(error, OF_UNIT) or not isinstance(error, DBAPIError):
            _UNDO.run(conn)
            _KEEP.run(conn)
        raise
    _KEEP.run(conn)


class _Abandoned(Exception):
    """The only unit of a commit failed: roll back without ado."""


def _short(error: Exception) -> str:
    """The database's own words without statement or parameters, which may hold what an officer wrote."""
    return str(getattr(error, "orig", None) or type(error).__name__)[:200]
