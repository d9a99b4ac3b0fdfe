"""The network between simulated nodes: it delays, loses, doubles and cuts, as the seed says.

What is posted is taken by the other node's inbox, in the life of that node. Of every answer that carries receipts the
network asks the receiver's file itself whether they are in it: nothing is promised that is not durable.
"""

import asyncio
import contextvars
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Protocol

from protocol import strictjson
from tests.simulation.life import LIFE, Life
from tracing.connecting.faults import AnswerBroken, TooSlow, Unreachable
from tracing.exchange import Exchange
from tracing.exchange.client import Answer, Blob, Pieces
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.problems import Refusal
from tracing.store import StoreUnavailable

__all__ = ["Network", "SimulatedWire", "Station", "Weather"]

PATIENCE_S = 30.0
Path = tuple[str, str]


class Station(Protocol):
    """A node as the network sees it: who takes what comes, None while nobody listens."""

    life: Life | None

    @property
    def exchange(self) -> Exchange | None: ...
    def documents(self) -> OwnDocuments: ...


@dataclass
class Weather:
    """How often something happens to a post, each in [0, 1], and how long a way takes in seconds."""

    lost: float = 0.0  # it never comes
    deaf: float = 0.0  # it comes, its answer does not
    doubled: float = 0.0  # it comes once more, later
    slowest_s: float = 0.5


@dataclass
class Network:
    """All ways between the nodes. ``cut`` holds the pairs (in the order of their names) that have none."""

    chance: random.Random
    stations: dict[str, Station]
    promised: Callable[[str, bytes], None]
    weather: Weather = field(default_factory=Weather)
    cut: set[Path] = field(default_factory=set)
    posts: int = 0
    losses: int = 0
    doubles: int = 0

    async def post(self, sender: str, to: str, body: bytes) -> Answer:
        """One exchange."""
        self.posts += 1
        await self._travel(sender, to)
        if self.chance.random() < self.weather.lost:
            self.losses += 1
            await asyncio.sleep(PATIENCE_S)
            raise TooSlow("it was lost")
        if self.chance.random() < self.weather.doubled:
            self.doubles += 1
            asyncio.get_running_loop().call_later(self.chance.random() * 600, self._again, sender, to, body)
        answer = await self._taken(to, lambda exchange: _take(exchange, body))
        self.promised(to, answer.body)
        await self._travel(to, sender)
        if self.chance.random() < self.weather.deaf:
            self.losses += 1
            raise AnswerBroken("its answer was lost")
        return answer

    async def get(self, sender: str, to: str, path: str) -> Answer:
        """A trust document."""
        await self._travel(sender, to)
        station = self.stations[to]
        answer = await self._taken(to, lambda _: _document(station.documents(), path))
        await self._travel(to, sender)
        return answer

    def _again(self, sender: str, to: str, body: bytes) -> None:
        async def once_more() -> None:
            try:
                await self._travel(sender, to)
                await self._taken(to, lambda exchange: _take(exchange, body))
            except (Unreachable, AnswerBroken):
                return

        task = contextvars.Context().run(asyncio.get_running_loop().create_task, once_more())
        _ALIVE.add(task)
        task.add_done_callback(_ALIVE.discard)

    async def _travel(self, one: str, other: str) -> None:
        await asyncio.sleep(self.chance.random() ** 3 * self.weather.slowest_s)
        if (min(one, other), max(one, other)) in self.cut:
            raise Unreachable("the way is cut")

    async def _taken(self, to: str, act: Callable[[Exchange], Awaitable[Answer]]) -> Answer:
        """Let the other node do it, in its own life; AnswerBroken when that ends before."""
        station = self.stations[to]
        exchange, life = station.exchange, station.life
        if exchange is None or life is None or life.is_over:
            raise Unreachable("nobody listens")
        heard: asyncio.Future[Answer] = asyncio.get_running_loop().create_future()

        async def work() -> None:
            try:
                answer = await act(exchange)
            except Exception as error:  # noqa: BLE001 - a fault of the node is what the simulation looks for
                _settle(heard, error)
            else:
                _settle(heard, answer)

        context = contextvars.Context()
        context.run(LIFE.set, life)
        life.at_end(lambda: _settle(heard, AnswerBroken("the node ended")))
        context.run(asyncio.get_running_loop().create_task, work())
        return await heard


class SimulatedWire:
    """The Wire of one node. What its node asks for after its end goes nowhere."""

    def __init__(self, network: Network, sender: str) -> None:
        self._network = network
        self._sender = sender
        self._life = LIFE.get()

    async def post(self, authority: str, url: str, body: bytes) -> Answer:
        await self._is_alive()
        return await self._network.post(self._sender, authority, body)

    async def get(self, authority: str, url: str, path: str) -> Answer:
        await self._is_alive()
        return await self._network.get(self._sender, authority, path)

    async def head(self, authority: str, url: str, blob: Blob) -> Answer:
        raise AnswerBroken("no attachments are carried here")

    async def put(self, authority: str, url: str, blob: Blob, first: int, pieces: Pieces) -> Answer:
        raise AnswerBroken("no attachments are carried here")

    async def close(self) -> None:
        """Nothing to let go of."""

    async def _is_alive(self) -> None:
        if self._life is not None and self._life.is_over:
            await asyncio.get_running_loop().create_future()


_ALIVE: set["asyncio.Task[None]"] = set()


def _settle(heard: "asyncio.Future[Answer]", result: Answer | Exception) -> None:
    if heard.done():
        return
    if isinstance(result, Exception):
        heard.set_exception(result)
    else:
        heard.set_result(result)


async def _take(exchange: Exchange, body: bytes) -> Answer:
    """As the border of the listener does it."""
    try:
        reply = await exchange.inbox.take(body)
    except Refusal as refusal:
        return Answer(refusal.status, strictjson.dump({"code": refusal.code}), refusal.retry_after_s)
    except StoreUnavailable:
        return Answer(503, b"{}", 5.0)
    return Answer(reply.status, reply.body)


async def _document(documents: OwnDocuments, path: str) -> Answer:
    if path == "keyset":
        return Answer(200, documents.keyset)
    if path.startswith("root/") and 1 <= int(path[5:]) <= len(documents.roots):
        return Answer(200, documents.roots[int(path[5:]) - 1])
    return Answer(404, b"{}")
