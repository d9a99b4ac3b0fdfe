"""Bodies: read whole, at a pace one can live with, and not too many at once."""

import asyncio
from collections.abc import AsyncIterator, Callable

from aiohttp import StreamReader, web
from aiohttp.http_exceptions import HttpProcessingError

from tracing.listening.bounds import BodyRefused, Limits, Reading
from tracing.listening.connections import Connection

__all__ = ["PIECE_BYTES", "Intake"]

PIECE_BYTES = 256 * 1024


class Intake:
    """The bodies that are being read. ``read`` gives one, or refuses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._readings: set[Reading] = set()
        self._bytes = 0

    async def read(self, http_request: web.Request) -> bytes:
        """The whole body. Raises BodyRefused."""
        if (http_request.content_length or 0) > self._limits.body_bytes:
            raise self._too_large()
        reading = self._admit()
        connection = http_request.protocol
        if isinstance(connection, Connection):
            connection.reading = reading
        try:
            return await self._collect(http_request.content, reading)
        finally:
            self._release(reading)
            if isinstance(connection, Connection):
                connection.reading = None

    async def pieces(
        self, http_request: web.Request, begun: Callable[[Reading], None] | None = None
    ) -> AsyncIterator[bytes]:
        """A body of any length as it comes, in pieces worth a call of a thread; one piece is in memory at once.

        What came before a fault is given first. Raises BodyRefused. Who is told that it has ``begun`` may ``end`` it.
        """
        reading, held = self._admit(), bytearray()
        if begun is not None:
            begun(reading)
        connection = http_request.protocol
        if isinstance(connection, Connection):
            connection.reading = reading
        try:
            while chunk := await self._chunk(http_request.content, reading):
                held += chunk
                self._count(reading, len(chunk))
                if len(held) >= PIECE_BYTES:
                    yield bytes(held)
                    held.clear()
        except BodyRefused:
            if held:
                yield bytes(held)
            raise
        finally:
            self._release(reading)
            if isinstance(connection, Connection):
                connection.reading = None
        if held:
            yield bytes(held)

    def _count(self, reading: Reading, size: int) -> None:
        """More of a body that is not kept in memory."""
        reading.came(size, asyncio.get_running_loop().time(), self._limits.bytes_per_s)
        reading.size = 0
        if reading.gives_way:
            raise _busy()
        if reading.debt_s > self._limits.behind_s:
            raise _too_slow()

    def _admit(self) -> Reading:
        """A place for one more; the body that is furthest behind gives its own when there is none."""
        now_s = asyncio.get_running_loop().time()
        if len(self._readings) >= self._limits.most_bodies:
            if not self._readings:
                raise _busy()
            self._dismiss(max(self._readings, key=lambda one: one.behind(now_s)))
        reading = Reading(now_s)
        self._readings.add(reading)
        return reading

    async def _collect(self, content: StreamReader, reading: Reading) -> bytes:
        loop, limits = asyncio.get_running_loop(), self._limits
        chunks: list[bytes] = []
        while chunk := await self._chunk(content, reading):
            chunks.append(chunk)
            reading.came(len(chunk), loop.time(), limits.bytes_per_s)
            self._bytes += len(chunk) * (not reading.gives_way)
            if reading.size > limits.body_bytes:
                raise self._too_large()
            if reading.gives_way or self._is_too_much(reading):
                raise _busy()
            if reading.debt_s > limits.behind_s:
                raise _too_slow()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _chunk(self, content: StreamReader, reading: Reading) -> bytes:
        limits = self._limits
        try:
            async with asyncio.timeout(min(limits.pause_s, limits.behind_s - reading.debt_s)) as reading.patience:
                return await content.readany()
        except TimeoutError:
            raise (_busy() if reading.gives_way else _too_slow()) from None
        except (web.RequestPayloadError, HttpProcessingError, ConnectionError) as error:
            raise BodyRefused("broken", "expected a complete body") from error
        finally:
            reading.patience = None

    def _is_too_much(self, reading: Reading) -> bool:
        """Whether this body must go: the largest does when all together are too large."""
        while self._bytes > self._limits.most_body_bytes:
            largest = max(self._readings, key=lambda one: one.size)
            if largest is reading:
                return True
            self._dismiss(largest)
        return False

    def end(self, reading: Reading) -> None:
        """This body gives way, ``busy``; what came of it is given first."""
        self._dismiss(reading)

    def _dismiss(self, reading: Reading) -> None:
        self._release(reading)
        reading.dismiss(asyncio.get_running_loop().time())

    def _release(self, reading: Reading) -> None:
        if reading in self._readings:
            self._readings.remove(reading)
            self._bytes -= reading.size

    def _too_large(self) -> BodyRefused:
        return BodyRefused("too-large", f"expected at most {self._limits.body_bytes} bytes")


def _too_slow() -> BodyRefused:
    return BodyRefused("too-slow", "expected the body without long pauses")


def _busy() -> BodyRefused:
    return BodyRefused("busy", "too much at once", retry_after_s=2)
