"""One authority through its lives: its home, its clock, its disk, and the node that runs there now, if one does."""

import asyncio
import contextvars
import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from keys.card import Card, make
from tests.simulation.disk import Disk, SimulatedStore
from tests.simulation.life import LIFE, Life
from tests.simulation.plan import AUTHORITIES
from tests.simulation.wire import Network, SimulatedWire
from tracing.clock import Clock, Ids, from_ms
from tracing.exchange import Exchange
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.pace import Pace
from tracing.exchange.refreshing import RefreshPace
from tracing.founding import found_node, log_origin
from tracing.node import Node
from tracing.outside import Outside
from tracing.partners import pin
from tracing.settings import AuditSettings, DeadlineSettings, Settings, Span
from tracing.store import DatabaseInvalid, StoreUnavailable

__all__ = ["EPOCH_MS", "LOOK_S", "Place", "SimulatedClock", "found_all"]

PASSPHRASE: Final = b"for simulations only"
EPOCH_MS: Final = int(datetime(2027, 1, 4, tzinfo=UTC).timestamp() * 1000)
LOOK_S: Final = 86_400.0  # how often a simulated node looks at what it may have missed: a real one looks far more often
SELDOM_S: Final = 4 * LOOK_S  # how often two that have nothing to say greet each other, and ask for newer keys
AGAIN_S: Final = 30.0  # how soon whatever watches over processes starts one again that could not start


@dataclass
class SimulatedClock:
    """The wall clock of one place: the time of the simulation, and how far it is off. ``steady`` never jumps."""

    steady: Callable[[], float]
    off_s: float = 0.0
    has_jumped: bool = False

    def jump(self, by_s: float) -> None:
        """From now on it shows so much more."""
        self.off_s += by_s
        self.has_jumped = True

    def now_ms(self) -> int:
        return EPOCH_MS + int((self.steady() + self.off_s) * 1000)

    def now(self) -> datetime:
        return from_ms(self.now_ms())

    def monotonic(self) -> float:
        return self.steady()


class Place:
    """What outlives a crash is the home; the rest is begun anew."""

    def __init__(self, authority: str, home: Path, network: Network, chance: random.Random) -> None:
        self.authority = authority
        self.home = home
        self.clock = SimulatedClock(asyncio.get_running_loop().time)
        self.disk = Disk(chance)
        self.life: Life | None = None
        self.node: Node | None = None
        self.lives = 0
        self.ended = ""  # why it may not run now: what keeps it from being started again
        self._network = network
        self._chance = chance

    @property
    def exchange(self) -> Exchange | None:
        """What takes posts, while the node runs."""
        running = self.node._running if self.node is not None else None
        return running.exchange if running is not None else None

    def documents(self) -> OwnDocuments:
        """What counterparts may fetch."""
        assert self.node is not None, "it has an exchange"
        return self.node.documents()

    def begin_in_life(self, act: Any) -> "asyncio.Task[Any]":
        """A task that ends with the node that runs now."""
        context = contextvars.Context()
        context.run(LIFE.set, self.life)
        return context.run(asyncio.get_running_loop().create_task, act)

    async def start(self) -> None:
        """Begin a life; where the node cannot start, again a little later, as a service manager does it."""
        while self.node is None and not self.ended:
            self.lives += 1
            self.life = Life(self.authority)
            begun = self.begin_in_life(self._begin())
            await asyncio.wait([begun])
            if not begun.cancelled() and (error := begun.exception()) is not None:
                self.crash()
                if not isinstance(error, StoreUnavailable | DatabaseInvalid):
                    raise error
            if self.node is None:
                await asyncio.sleep(AGAIN_S)

    async def _begin(self) -> None:
        outside = Outside(
            store=lambda *parts: SimulatedStore(*parts, disk=self.disk, crash=self.crash),
            wire=lambda: SimulatedWire(self._network, self.authority),
            pace=Pace(look_again_s=LOOK_S, greet_again_s=SELDOM_S),
            refresh_pace=RefreshPace(look_s=SELDOM_S, wake_s=LOOK_S),
            listens=False,
        )
        ids = Ids(self.clock, self._chance.randbytes)
        self.node = Node.open(self.home, PASSPHRASE, clock=self.clock, ids=ids, outside=outside)
        self.node.look_every_s = LOOK_S
        await self.node.start()

    def crash(self) -> None:
        """The process ends where it is."""
        if self.life is not None:
            self.life.end()
        node, self.node, self.life = self.node, None, None
        if node is not None:
            if node._running is not None:
                node._running._claim.close()
            node.close()

    async def stop(self) -> None:
        """An orderly end."""
        node, life = self.node, self.life
        if node is None or node._running is None or life is None:
            return
        await self.begin_in_life(node.stop())
        if self.life is life:
            self.crash()


def found_all(folder: Path, authorities: tuple[str, ...], clock: Clock) -> None:
    """Homes of nodes that know each other, never run: every month begins with a copy of them."""
    nodes: dict[str, Node] = {}
    for number, authority in enumerate(authorities):
        home, ids = folder / authority, Ids(clock)
        settings = Settings.for_new(
            home, authority=authority, country=AUTHORITIES[authority], name=f"Tracing point of {authority}",
            exchange=f"127.0.0.1:{20000 + number}", desk=f"127.0.0.1:{21000 + number}", net="training", release="one",
            audit=AuditSettings(nightly=False),  # the invariants verify; months of nights take their time
            deadlines=DeadlineSettings(ack=Span("2 calendar days"), answer=Span("9 calendar days")),
        )  # fmt: skip
        found_node(home, settings, PASSPHRASE, clock, ids)
        nodes[authority] = Node.open(home, PASSPHRASE, clock=clock)
    for one in nodes.values():
        for other in nodes.values():
            if one is not other:
                _introduce(one, other)
    for node in nodes.values():
        node.close()


def _introduce(one: Node, other: Node) -> None:
    card = Card.read(make(other.trust.root_documents, other.trust.keyset_document or b""))
    origin = log_origin(one.settings)
    one.store.write_now(lambda tx: pin(tx, card, other.trust.digest, "admin", net="training", log_origin=origin))
