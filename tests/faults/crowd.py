"""A crowd of slow strangers at one port, in a process of its own: each comes again some seconds after it was closed.

silent      connects and says nothing
header      one line of a header a second, and never the last
body        a whole header, then one byte of the body a second
half body   a whole header, then one byte, and no more
tls         half of a TLS ClientHello

python -m tests.faults.crowd PORT --count 2000 --seconds 40     one JSON document: how long the longest was let live
"""

import argparse
import asyncio
import json
import resource
import ssl
import sys
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from typing import cast

__all__ = ["KINDS", "Crowded", "crowd", "handles"]

HEAD = b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
WHOLE = HEAD + b"Content-Length: 100000\r\n\r\n"
KINDS = ("silent", "header", "body", "half body", "tls")
DRIPS = {"header": b"X-More: y\r\n", "body": b" "}
DRIP_S, AGAIN_S = 1.0, 5.0
AT_ONCE = 200  # connecting at the same time: a backlog of a listener holds some hundreds


@dataclass
class Crowded:
    """``most`` were connected at the same time; ``longest_s`` by kind is from connected to closed by the other side."""

    handles: int
    most: int = 0
    connected: int = 0
    refused: int = 0
    closed: dict[str, int] = field(default_factory=dict)
    longest_s: dict[str, float] = field(default_factory=dict)


def hello_of_tls() -> bytes:
    """What a TLS client says first."""
    context = ssl.create_default_context()
    said = ssl.MemoryBIO()
    with suppress(ssl.SSLWantReadError):
        context.wrap_bio(ssl.MemoryBIO(), said, server_hostname="x.example").do_handshake()
    return said.read()


FIRST = {"silent": b"", "header": HEAD, "body": WHOLE, "half body": WHOLE + b"{"}


class Stranger(asyncio.Protocol):
    """One slow connection. It reads whatever comes, and says no more than its kind does."""

    def __init__(self, kind: str, first: bytes, found: Crowded, here: set["Stranger"]) -> None:
        self.gone = asyncio.get_running_loop().create_future()
        self._kind, self._first, self._found, self._here = kind, first, found, here
        self._since_s = 0.0
        self.transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.Transport", transport)
        self._since_s = asyncio.get_running_loop().time()
        self._here.add(self)
        self._found.connected += 1
        self._found.most = max(self._found.most, len(self._here))
        self.transport.write(self._first)

    def drip(self) -> None:
        """Say a little more."""
        if self._kind in DRIPS and self.transport is not None:
            self.transport.write(DRIPS[self._kind])

    def connection_lost(self, exc: Exception | None) -> None:
        self._here.discard(self)
        lived_s = asyncio.get_running_loop().time() - self._since_s
        self._found.closed[self._kind] = self._found.closed.get(self._kind, 0) + 1
        self._found.longest_s[self._kind] = round(max(lived_s, self._found.longest_s.get(self._kind, 0.0)), 1)
        if not self.gone.done():
            self.gone.set_result(None)


async def crowd(port: int, count: int, seconds: float) -> Crowded:
    """So many strangers for so long; what is still connected then has no longest time yet and counts as it stands."""
    found, here, doors = Crowded(handles()), set[Stranger](), asyncio.Semaphore(AT_ONCE)
    first = FIRST | {"tls": hello_of_tls()[:100]}
    loop = asyncio.get_running_loop()

    async def come_again(kind: str) -> None:
        while True:
            try:
                async with doors:
                    _, one = await loop.create_connection(
                        lambda: Stranger(kind, first[kind], found, here), "127.0.0.1", port
                    )
                await one.gone
            except OSError:
                found.refused += 1
            await asyncio.sleep(AGAIN_S)

    tasks = [asyncio.create_task(come_again(KINDS[number % len(KINDS)])) for number in range(count)]
    end = loop.time() + seconds
    while loop.time() < end:
        await asyncio.sleep(DRIP_S)
        for one in list(here):
            one.drip()
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
    return found


def handles() -> int:
    """As many file handles as this process may have, from now on."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard


def main() -> int:
    """The crowd as a command."""
    parser = argparse.ArgumentParser(description="Slow strangers at a port.")
    parser.add_argument("port", type=int)
    parser.add_argument("--count", type=int, default=2000)
    parser.add_argument("--seconds", type=float, default=40.0)
    given = parser.parse_args()
    sys.stdout.write(json.dumps(asdict(asyncio.run(crowd(given.port, given.count, given.seconds)))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
