"""What strangers may cost: bounds on connections, on time and on memory.

aiohttp 3.14 closes neither a silent connection nor half a header nor half a body by itself. Here:
- a connection that has not sent a whole header in ``head_s`` is closed, also between two requests;
- a body that pauses for ``pause_s`` or comes slower than ``bytes_per_s`` is refused (408) and the connection closed;
- an answer nobody reads for ``answer_s`` closes the connection;
- ``most_bodies`` and ``most_body_bytes`` bound what is in memory at once; beyond, 503 with Retry-After;
- ``most_connections`` bounds the connections; beyond, the one that has waited longest without a whole header makes room
  for the new one, so that a stranger who only opens connections keeps nobody out.

    intake = Intake(limits)
    body = await intake.read(http_request)
    listener = Listener(app, limits); await listener.start("127.0.0.1", 8470); ...; await listener.stop()
"""

import asyncio
import ssl
from dataclasses import dataclass
from typing import Any, cast

from aiohttp import web
from aiohttp.http_exceptions import HttpProcessingError

from tracing.exchange.problems import SERVER, Refusal, problem

__all__ = ["Intake", "Limits", "Listener"]


SHUTDOWN_S = 3.0  # for what is being judged; then for what does not end by itself: below 10 s together


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one listener; each with its reason."""

    head_s: float = 15.0  # a header fits in a few packets
    pause_s: float = 12.0  # with linger_s below 15: a half body is gone in 15 s
    linger_s: float = 2.0  # so that who is still sending can read why it was refused
    bytes_per_s: int = 16 * 1024  # the slowest link we serve: 128 kbit/s
    answer_s: float = 30.0
    body_bytes: int = 8 * 1024 * 1024  # the wire's limit
    most_bodies: int = 256
    most_body_bytes: int = 64 * 1024 * 1024
    most_landings: int = 32  # attachments being written at once: each holds a file and a thread now and then
    most_connections: int = 512  # half of the file handles a process has by default


class Intake:
    """Bodies being read and judged. ``read`` gives one, or refuses."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._bodies = 0
        self._bytes = 0

    async def read(self, http_request: web.Request) -> bytes:
        """The whole body; raises Refusal 408, 413 or 503."""
        limits = self._limits
        if (http_request.content_length or 0) > limits.body_bytes:
            raise Refusal(413, "too-large", f"expected at most {limits.body_bytes} bytes")
        if self._bodies >= limits.most_bodies:
            raise Refusal(503, "busy", "too many requests at once", retry_after_s=1)
        self._bodies += 1
        chunks: list[bytes] = []
        try:
            return await self._collect(http_request, chunks)
        finally:
            self._bodies -= 1
            self._bytes -= sum(map(len, chunks))

    async def _collect(self, http_request: web.Request, chunks: list[bytes]) -> bytes:
        loop, limits = asyncio.get_running_loop(), self._limits
        began, size = loop.time(), 0
        while chunk := await self._chunk(http_request):
            chunks.append(chunk)
            size += len(chunk)
            self._bytes += len(chunk)
            if size > limits.body_bytes:
                raise Refusal(413, "too-large", f"expected at most {limits.body_bytes} bytes")
            if self._bytes > limits.most_body_bytes:
                raise Refusal(503, "busy", "too much at once", retry_after_s=2)
            if loop.time() - began > limits.pause_s + size / limits.bytes_per_s:
                raise _too_slow()
        return chunks[0] if len(chunks) == 1 else b"".join(chunks)

    async def _chunk(self, http_request: web.Request) -> bytes:
        try:
            async with asyncio.timeout(self._limits.pause_s):
                return await http_request.content.readany()
        except TimeoutError:
            raise _too_slow() from None
        except (web.RequestPayloadError, HttpProcessingError) as error:
            raise Refusal(400, "schema", "expected a complete body") from error


def _too_slow() -> Refusal:
    return Refusal(408, "too-slow", "expected the body without long pauses")


class Connection(web.RequestHandler):
    """One connection of a counterpart, with the deadlines aiohttp does not keep."""

    def __init__(self, manager: web.Server, limits: Limits, **options: Any) -> None:
        super().__init__(manager, **options)
        self._limits = limits

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        # Whoever does not read is noticed while the answer is sent, and not only when it no longer fits in memory.
        cast("asyncio.Transport", transport).set_write_buffer_limits(high=0)
        manager = self._manager
        if manager is not None and len(manager.connections) > self._limits.most_connections:
            self._spare(manager.connections).force_close()

    def _spare(self, connections: list[web.RequestHandler]) -> web.RequestHandler:
        """Which to close when there is one too many: of those without work first who never asked, then the oldest."""
        idle = [one for one in connections if isinstance(one, Connection) and one is not self and one.is_idle]
        return min(idle, key=lambda one: one.has_asked, default=self)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being judged or answered here."""
        return not (self._request_in_progress or self._messages or self._force_close)

    @property
    def has_asked(self) -> bool:
        """Whether a whole header has come."""
        return self._request_count > 0

    async def finish_response(
        self, request: web.BaseRequest, resp: web.StreamResponse, start_time: float | None
    ) -> tuple[web.StreamResponse, bool]:
        """Send the answer, to a reader who reads."""
        try:
            async with asyncio.timeout(self._limits.answer_s):
                return await super().finish_response(request, resp, start_time)
        except TimeoutError:
            if self.transport is not None:
                self.transport.abort()  # closing would wait for the reader
            return resp, True

    def handle_error(
        self,
        request: web.BaseRequest,  # noqa: ARG002 - the signature is aiohttp's
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - it quotes what came
    ) -> web.StreamResponse:
        """What was no HTTP, or a fault of ours: a problem document, and nothing of the program in it."""
        if status >= 500:
            self.log_exception("exchange.fault", exc_info=exc)
            answer = problem(500, "busy", "the fault is on this side and was noted")
        else:
            answer = problem(status, "schema", "expected HTTP/1.1")
        answer.headers["Server"] = SERVER
        answer.force_close()
        return answer


class Listener:
    """The port counterparts connect to, serving one app under ``limits``."""

    def __init__(self, app: web.Application, limits: Limits) -> None:
        self._limits = limits
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=SHUTDOWN_S)
        self._server: asyncio.Server | None = None

    async def start(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Listen; returns the address, which tells the port when 0 was asked for. OSError if it is taken."""
        await self._runner.setup()
        self._server = await asyncio.get_running_loop().create_server(
            self._connection, host, port, ssl=tls, backlog=512
        )
        address = self._server.sockets[0].getsockname()
        return str(address[0]), int(address[1])

    async def stop(self) -> None:
        """Take no more connections, let the requests being judged finish, close."""
        if self._server is not None:
            self._server.close()
        await self._runner.cleanup()

    def _connection(self) -> Connection:
        server = self._runner.server
        assert server is not None, "start sets it up"
        return Connection(
            server,
            self._limits,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=self._limits.head_s,
            lingering_time=self._limits.linger_s,
            auto_decompress=False,  # nothing compressed is taken, so nothing is inflated
            access_log=None,
        )
