"""Connections with the deadlines aiohttp does not keep, and the listener that accepts them."""

import asyncio
import os
import socket
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Final, cast

import structlog
from aiohttp import web
from aiohttp.web_protocol import _ErrInfo

from tracing.listening.bounds import Limits, Reading

__all__ = ["Connection", "Listener", "Refuse"]

SHUTDOWN_S: Final = 3.0  # for what is being judged; then for what does not end by itself: below 10 s together
LOOKS: Final = 15  # in the time a header has; how exact its deadline is
AT_ONCE: Final = 32  # taken in one turn of the loop, some 10 ms; then those who are here have theirs
JUST_S: Final = 0.5  # has one come who is silent for no longer
QUEUE: Final = 4096  # wait at the port meanwhile: one that finds no room there comes again a second later

Refuse = Callable[[int, BaseException | None], web.Response]
"""(status, error) -> the answer to what was no HTTP (400 and above), or to a fault outside the app (500)."""


@dataclass(slots=True)
class Present:
    """Who is connected, in the order in which they came; ``silent`` are those who never sent a whole header."""

    everybody: "dict[Connection, None]" = field(default_factory=dict)
    silent: "dict[Connection, None]" = field(default_factory=dict)

    def come(self, one: "Connection") -> None:
        self.everybody[one] = self.silent[one] = None

    def go(self, one: "Connection") -> None:
        self.everybody.pop(one, None)
        self.silent.pop(one, None)


class Connection(web.RequestHandler):
    """One connection of a stranger."""

    def __init__(self, manager: web.Server, limits: Limits, refuse: Refuse, present: Present, **options: Any) -> None:
        super().__init__(manager, **options)
        self._limits = limits
        self._refuse = refuse
        self._present = present
        self._owes_header = True  # from the first byte after what was served; at once on a new connection
        self._since_s = 0.0
        self._looking: asyncio.TimerHandle | None = None
        self.reading: Reading | None = None  # the body that is being read from it

    # ------------------------------------------------------------ deadlines

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Whoever does not read is noticed while the answer is sent, and not only when it no longer fits in memory.
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)
        self._since_s = self._loop.time()
        self._looking = self._loop.call_later(self._limits.head_s, self._look)
        self._present.come(self)
        if len(self._present.everybody) > self._limits.most_connections:
            spare = self._spare()
            self._present.go(spare)
            spare.force_close()

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._looking is not None:
            self._looking.cancel()
        self._present.go(self)
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._owes_header and not self._is_busy:
            self._owes_header, self._since_s = True, self._loop.time()
        count = self._request_count
        super().data_received(data)
        if self._request_count > count:  # a header is whole; what comes now is its body, or the next one
            self._owes_header = False
            self._present.silent.pop(self, None)
            self._tell_of_broken_body()

    def _tell_of_broken_body(self) -> None:
        """A body whose framing broke ends for its reader now; aiohttp would let it wait for ever."""
        current = self._current_request
        broken = self._messages and isinstance(self._messages[-1][0], _ErrInfo)
        if broken and current is not None and not current.content.is_eof():
            current.content.set_exception(web.RequestPayloadError("the framing of the body broke"))

    def _look(self) -> None:
        """Close the connection when it waits for a header for too long; otherwise look again later."""
        if self.transport is None:
            return
        now_s, head_s = self._loop.time(), self._limits.head_s
        if self._is_busy:
            self._owes_header, self._since_s = False, now_s
        elif self._owes_header and now_s >= self._since_s + head_s:
            structlog.get_logger().info("listening.half_open_closed")
            self.force_close()
            return
        self._looking = self._loop.call_later(max(self._since_s + head_s - now_s, head_s / LOOKS), self._look)

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, to a reader who reads."""
        length_s = (resp.content_length or 0) / self._limits.bytes_per_s
        try:
            async with asyncio.timeout(self._limits.answer_s + length_s):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()  # closing would wait for the reader
            return resp, True

    # ------------------------------------------------------------ one too many

    def _spare(self) -> "Connection":
        """Which to close when there is one too many: who is silent for long, a slow body, who just came, who rests.

        Whoever just came has not had the time to ask: in a crowd it is an honest client as often as not.
        """
        now_s, longest = self._loop.time(), next(iter(self._present.silent))
        if longest.silent_s(now_s) >= JUST_S:
            return longest
        asked = [one for one in self._present.everybody if one not in self._present.silent]
        bodies = ((one.reading.behind(now_s), one) for one in asked if one.reading is not None)
        behind, slowest = max(bodies, key=lambda pair: pair[0], default=(0.0, None))
        if slowest is not None and behind >= JUST_S:
            return slowest
        if longest is not self:
            return longest
        return next((one for one in asked if one.is_idle), slowest or self)

    def silent_s(self, now_s: float) -> float:
        """How long it owes a header, where it does."""
        return now_s - self._since_s

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being judged or answered here."""
        return not (self._is_busy or self._force_close)

    @property
    def _is_busy(self) -> bool:
        return self._request_in_progress or bool(self._messages)

    # ------------------------------------------------------------ what was no HTTP

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature; it quotes what came
    ) -> web.StreamResponse:
        """What could not even be parsed (400), or a fault outside the app (500), in the words of this listener."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had begun already")
        answer = self._refuse(status, exc)
        answer.force_close()
        return answer


class Listener:
    """One port, serving one app under ``limits``."""

    def __init__(self, app: web.Application, limits: Limits, refuse: Refuse) -> None:
        self._limits = limits
        self._refuse = refuse
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._server: asyncio.Server | None = None
        self._present = Present()

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Listen; returns the address, which tells the port when 0 was asked for. OSError if it is taken."""
        await self._runner.setup()
        try:
            self._server = await asyncio.get_running_loop().create_server(
                self._connection, host, port, ssl=tls, backlog=AT_ONCE,
                ssl_handshake_timeout=self._limits.head_s if tls else None,
            )  # fmt: skip
        except OSError as error:  # asyncio's own words hold the address as Python writes it
            number = error.errno or 0
            raise OSError(number, os.strerror(number).lower(), f"{host}:{port}") from error
        _queue(self._server)
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def stop(self) -> None:
        """Take no more connections, let the HTTP requests being judged finish, close."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _connection(self) -> Connection:
        server = self._runner.server
        assert server is not None, "start sets it up"
        return Connection(
            server,
            self._limits,
            self._refuse,
            self._present,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._limits.rest_s,
            lingering_time=self._limits.linger_s,
            auto_decompress=False,  # nothing compressed is taken, so nothing is inflated
            access_log=None,
        )


def _queue(server: asyncio.Server) -> None:
    """Let many wait at the port: to asyncio, the backlog is also how many it takes in one turn."""
    for one in server.sockets:
        with socket.socket(fileno=os.dup(one.fileno())) as same:
            same.listen(QUEUE)
