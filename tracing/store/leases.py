"""Duties shared out between the processes of one node: rows with an end, renewed by whoever has them.

Rules
- A duty belongs to one process until an instant of the database's clock. Whoever has it renews it every ``BEAT_S``;
  where nobody did for ``LEASE_S`` it is free. A process that ends in order gives its duties back at once.
- A process believes in its lease only until ``TRUST_S`` after the last renewal, by its own steady clock: it stops
  before anybody else can begin, however late the answer of the database came.
- A process that begins takes away the rows whose end is past: those that were killed leave theirs behind.
- What many may do (``share``) is spread over the processes that live; each gives back what is more than its part.
- A lease saves work and quarrels. That nothing acts twice is for constraints and the turn of the writer to hold.
- On SQLite one process is the node, and has every duty.

    leases = Leases(store, run)
    leases.want("leader")
    await leases.beat()
    leases.has("leader")
"""

import asyncio
from collections.abc import Collection, Iterable
from itertools import islice

import structlog
from sqlalchemy import Connection, Engine, bindparam, delete, func, inspect, literal_column, select

from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.store.unit import Store, StoreUnavailable, Tx
from tracing.tables import Lease, table_of

__all__ = ["LEASE_S", "Leases", "database_ms", "living"]

BEAT_S, TRUST_S, LEASE_S = 2.0, 7.0, 10.0
PROCESS = "process:"  # the duty of a process to live, by its part and name
_leases = table_of(Lease)
_RETURN = Spelt(delete(_leases).where(_leases.c.duty == bindparam("duty"), _leases.c.holder == bindparam("by")))
_FORGET = Spelt(delete(_leases).where(_leases.c.until_ms <= bindparam("now_ms")))
_NOW = Spelt(select(func.floor(func.extract("epoch", func.clock_timestamp()) * literal_column("1000")).label("now")))


def database_ms(conn: Connection) -> int:
    """The instant by the clock of the server, which all processes share."""
    return int(_NOW.scalar(conn))


def living(engine: Engine) -> int:
    """How many processes of the node are at work on a server, wherever they run; 0 on SQLite, where the home tells."""
    if engine.dialect.name != "postgresql":
        return 0
    with engine.connect() as conn, conn.begin():
        if not inspect(conn).has_table(_leases.name):
            return 0
        alive = (_leases.c.duty.startswith(PROCESS, autoescape=True), _leases.c.until_ms > database_ms(conn))
        return int(conn.execute(select(func.count()).select_from(_leases).where(*alive)).scalar_one())


class Leases:
    """The duties of one process. ``part`` tells which processes share with each other."""

    def __init__(self, store: Store, name: str, part: str) -> None:
        self._store = store
        self._name = name
        self._part = f"{PROCESS}{part}:"
        self._wanted: set[str] = set()
        self._shared: set[str] = set()
        self._has: dict[str, float] = {}  # until when, by our steady clock
        self._changed = asyncio.Event()

    def want(self, *duties: str) -> None:
        """Single duties this process would do."""
        self._wanted.update(duties)

    def has(self, duty: str) -> bool:
        """Whether the duty is ours now."""
        return not self._store.is_shared or self._has.get(duty, 0.0) > self._store.clock.monotonic()

    def share(self, duties: Collection[str]) -> set[str]:
        """Duties that many processes divide between them; those that are ours now."""
        if set(duties) != self._shared:
            self._shared = set(duties)
            self._changed.set()
        return {duty for duty in duties if self.has(duty)}

    async def run(self) -> None:
        """Renew for ever."""
        while self._store.is_shared:
            self._changed.clear()
            try:
                await self.beat()
            except StoreUnavailable as error:
                structlog.get_logger().warning("leases.not_renewed", reason=str(error))
            try:
                async with asyncio.timeout(BEAT_S):
                    await self._changed.wait()
            except TimeoutError:
                pass

    async def beat(self) -> None:
        """Renew what is ours, take what is free, give back what is more than our part."""
        asked_at = self._store.clock.monotonic()
        taken = await self._store.write(self._take)
        self._has = dict.fromkeys(taken, asked_at + TRUST_S)

    async def give_back(self) -> None:
        """At the end: others need not wait."""
        has, self._has, self._wanted, self._shared = set(self._has), {}, set(), set()
        if self._store.is_shared:
            await self._store.write(lambda tx: self._return(tx, has))

    def _take(self, tx: Tx) -> list[str]:
        now_ms = database_ms(tx.conn)
        if not self._has:
            _FORGET.run(tx.conn, {"now_ms": now_ms})
        self._take_one(tx, self._part + self._name, now_ms)
        part = -(-len(self._shared) // max(1, self._living(tx, now_ms)))
        taken = [duty for duty in sorted(self._wanted) if self._take_one(tx, duty, now_ms)]
        ours_first = sorted(self._shared, key=lambda each: (each not in self._has, each))
        shared = list(islice((duty for duty in ours_first if self._take_one(tx, duty, now_ms)), part))
        self._return(tx, {duty for duty in self._has if duty in self._shared and duty not in shared})
        return [self._part + self._name, *taken, *shared]

    def _take_one(self, tx: Tx, duty: str, now_ms: int) -> bool:
        ours = {"holder": self._name, "until_ms": now_ms + int(LEASE_S * 1000)}
        may = (_leases.c.holder == self._name) | (_leases.c.until_ms <= now_ms)
        taking = insert(_leases).values(duty=duty, **ours)
        return (
            tx.conn.execute(taking.on_conflict_do_update(index_elements=["duty"], set_=ours, where=may)).rowcount == 1
        )

    def _return(self, tx: Tx, duties: Iterable[str]) -> None:
        for duty in duties:
            _RETURN.run(tx.conn, {"duty": duty, "by": self._name})

    def _living(self, tx: Tx, now_ms: int) -> int:
        living = (_leases.c.duty.startswith(self._part, autoescape=True), _leases.c.until_ms > now_ms)
        return int(tx.conn.execute(select(func.count()).select_from(_leases).where(*living)).scalar_one())
