"""The desk's listener: aiohttp's, with a deadline of our own for connections that say nothing, or half of something.

aiohttp closes neither a silent connection nor one that sent half a header within any useful time (decision 43). Here a
connection has 15 s to send a whole header, counted from its beginning or from the end of what came before; one that
has been served and sends nothing may rest for 75 s. Bodies have a timeout where they are read (``reading.py``).
What is not HTTP at all is answered with a problem document, and not with the parser's words.

    runner = DeskRunner(app)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
"""

import asyncio
from typing import Any, Final

import structlog
from aiohttp import web
from aiohttp.web_protocol import RequestHandler, _ErrInfo

from tracing.desk.app import harden
from tracing.desk.problems import Refused, log_fault, respond

__all__ = ["HEADER_S", "DeskRunner"]

HEADER_S: Final = 15.0
REST_S: Final = 75.0  # between two HTTP requests on a kept connection
LINGER_S: Final = 2.0  # how long an unread body is read and thrown away after an early answer


class _Connection(RequestHandler):
    """One connection with a deadline for its next header."""

    __slots__ = ("_begun", "_deadline", "_header_s", "_since")

    def __init__(self, manager: web.Server, *, header_s: float, **kwargs: Any) -> None:
        super().__init__(manager, **kwargs)
        self._header_s = header_s
        self._begun = False  # bytes have come since the last answer
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._since = self._loop.time()
        self._begun = True  # a new connection owes a header at once
        self._deadline = self._loop.call_later(self._header_s, self._look)

    def connection_lost(self, exc: BaseException | None) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        if not self._begun and not self._is_busy():
            self._begun, self._since = True, self._loop.time()
        count = self._request_count
        super().data_received(data)
        if self._request_count > count:  # a header is whole; what comes now is its body, or the next one
            self._begun = False
            self._tell_of_broken_body()

    def _tell_of_broken_body(self) -> None:
        """A body whose framing broke ends for its reader now; aiohttp would let it wait for ever."""
        request = self._current_request
        broken = self._messages and isinstance(self._messages[-1][0], _ErrInfo)
        if broken and request is not None and not request.content.is_eof():
            request.content.set_exception(web.RequestPayloadError("the framing of the body broke"))

    def _look(self) -> None:
        """Close the connection when it waits for a header for too long; otherwise look again later."""
        if self.transport is None:
            return
        now = self._loop.time()
        if self._is_busy():
            self._begun, self._since = False, now
        elif self._begun and now >= self._since + self._header_s:
            structlog.get_logger().info("desk.half_open_closed")
            self.force_close()
            return
        self._deadline = self._loop.call_later(max(self._since + self._header_s - now, self._header_s / 15), self._look)

    def _is_busy(self) -> bool:
        return self._request_in_progress or bool(self._messages)

    def handle_error(
        self,
        request: web.BaseRequest,
        status: int = 500,
        exc: BaseException | None = None,
        message: str | None = None,  # noqa: ARG002 - aiohttp's signature; its words stay here
    ) -> web.StreamResponse:
        """What could not even be parsed (400), or a fault outside the app (500)."""
        if request.writer.output_size > 0:
            raise ConnectionError("an answer had begun already")
        if status < 500:
            structlog.get_logger().info("desk.not_http", fault=type(exc).__name__)
            refused = Refused("bad-request", "expected HTTP/1.1")
        else:
            log_fault(exc or RuntimeError("no exception given"))
            refused = Refused("fault", "it was written to the log")
        response = respond(refused.problem)
        harden(response)
        response.force_close()
        return response


class _Server(web.Server):
    """Makes our connections instead of aiohttp's."""

    header_s: float = HEADER_S

    def __call__(self) -> RequestHandler:
        return _Connection(self, loop=self._loop, header_s=self.header_s, **self._kwargs)


class DeskRunner(web.AppRunner):
    """Runs the desk's app. ``header_s`` is shorter in tests."""

    def __init__(self, app: web.Application, *, header_s: float = HEADER_S, shutdown_timeout: float = 5.0) -> None:
        super().__init__(
            app,
            access_log=None,
            keepalive_timeout=REST_S,
            lingering_time=LINGER_S,
            auto_decompress=False,
            shutdown_timeout=shutdown_timeout,
        )
        self._header_s = header_s

    async def _make_server(self) -> web.Server:
        plain = await super()._make_server()
        loop, options = plain._loop, plain._kwargs  # noqa: SLF001 - aiohttp offers no other way to its connections
        server = _Server(plain.request_handler, request_factory=plain.request_factory, loop=loop, **options)
        server.header_s = self._header_s
        return server
