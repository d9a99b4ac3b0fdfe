"""A user-space TCP proxy in front of a node: it delays, loses, tears, doubles and reorders HTTP requests, from a seed.

A request is read whole, then its fate is drawn. Of ``loses`` each kind has an equal part:

    gone     it never comes; the connection is cut
    torn     half of it comes, then both connections are cut
    silent   it never comes, and for ``silence_s`` nobody says so
    late     the connection is cut, and it comes all the same, after up to ``window`` later ones
    deaf     it comes, its answer does not
    half     it comes, half of its answer does

Of the rest ``doubles`` come once more, byte for byte, after up to ``window`` later ones. All take up to ``slowest_s``.

    relay = await Relay(random.Random(7), Weather()).open()
    relay.to = port_of_the_node
"""

import asyncio
import random
import re
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass

__all__ = ["LOSSES", "MOST_HEAD_BYTES", "Relay", "Weather", "read_message"]

LOSSES = ("gone", "torn", "silent", "late", "deaf", "half")
LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)\r\n", re.IGNORECASE)
MOST_HEAD_BYTES = 64 * 1024
ANSWER_S = 60.0


@dataclass(frozen=True)
class Weather:
    """How often something happens to a request, each in [0, 1]."""

    loses: float = 0.3
    doubles: float = 0.1
    window: int = 50
    slowest_s: float = 0.2
    silence_s: float = 3.0


@dataclass
class _Held:
    """A request that comes after so many more."""

    after: int
    asked: bytes


class Relay:
    """The proxy. ``fates`` counts what happened."""

    def __init__(self, chance: random.Random, weather: Weather) -> None:
        self.to = 0
        self.port = 0
        self.weather = weather
        self.is_cut = False  # nobody comes through
        self.fates: Counter[str] = Counter()
        self._chance = chance
        self._held: list[_Held] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        """Where counterparts find the node."""
        return f"http://127.0.0.1:{self.port}"

    async def open(self) -> "Relay":
        """Listen."""
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0, limit=MOST_HEAD_BYTES)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def close(self) -> None:
        """Cut everything."""
        assert self._server is not None, "opened"
        self._server.close()
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def release(self) -> int:
        """Let everything that is held go now, in any order; how many it were."""
        held, self._held = self._held, []
        self._chance.shuffle(held)
        for one in held:
            await self._replay(one.asked)
        return len(held)

    # ------------------------------------------------------------ a connection

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None, "in a task"
        self._tasks.add(task)
        try:
            while not self.is_cut and await self._meets(await read_message(reader), writer):
                pass
        except (OSError, EOFError, TimeoutError, asyncio.LimitOverrunError):
            pass  # either side has gone
        finally:
            self._tasks.discard(task)
            writer.transport.abort()

    async def _meets(self, asked: bytes, writer: asyncio.StreamWriter) -> bool:
        """One request meets its fate; whether the connection goes on."""
        fate = self._draw()
        self.fates[fate] += 1
        self._let_go()
        await asyncio.sleep(self._chance.random() * self.weather.slowest_s)
        if fate == "silent":
            await asyncio.sleep(self.weather.silence_s)
        elif fate == "torn":
            await _ask(self.to, asked[: len(asked) // 2], answered=False)
        elif fate == "late":
            self._hold(asked)
        elif fate != "gone":
            answer = await _ask(self.to, asked)
            if fate == "doubled":
                self._hold(asked)
            if fate != "deaf":
                writer.write(answer[: len(answer) // 2] if fate == "half" else answer)
                await writer.drain()
        return fate in {"passed", "doubled"}

    def _draw(self) -> str:
        if self._chance.random() < self.weather.loses:
            return self._chance.choice(LOSSES)
        return "doubled" if self._chance.random() < self.weather.doubles else "passed"

    # ------------------------------------------------------------ out of order

    def _hold(self, asked: bytes) -> None:
        self._held.append(_Held(self._chance.randint(1, self.weather.window), asked))

    def _let_go(self) -> None:
        """One more has come: what has waited for enough of them goes, beside it."""
        for one in self._held:
            one.after -= 1
        due = [one for one in self._held if one.after <= 0]
        self._held = [one for one in self._held if one.after > 0]
        for one in due:
            task = asyncio.create_task(self._replay(one.asked))
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)

    async def _replay(self, asked: bytes) -> None:
        with suppress(OSError, EOFError, TimeoutError):
            await _ask(self.to, asked)
            self.fates["replayed"] += 1


async def _ask(port: int, asked: bytes, *, answered: bool = True) -> bytes:
    """Send bytes to the node on a connection of their own; its whole answer."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    try:
        writer.write(asked)
        await writer.drain()
        if not answered:
            return b""
        async with asyncio.timeout(ANSWER_S):
            return await read_message(reader, has_body=not asked.startswith(b"HEAD"))
    finally:
        writer.close()


async def read_message(reader: asyncio.StreamReader, *, has_body: bool = True) -> bytes:
    """A whole HTTP message of a told length. EOFError at the end of the connection."""
    head = await reader.readuntil(b"\r\n\r\n")
    found = LENGTH.search(head)
    return head + (await reader.readexactly(int(found[1])) if found and has_body else b"")
