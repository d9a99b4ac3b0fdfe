"""The Wire: what goes out to counterparts, over HTTP.

Rules
- It connects only to the URL confirmed for that counterpart, never through a proxy from the environment, and follows
  no redirect (aiohttp would post again to another host).
- One pool of connections per counterpart: what one does to us delays nobody else.
- An answer is bounded in size and in time, and so is what comes before it (``hearing``).
- The transport is never the source of authenticity: what comes back is bytes to be verified.

    answer = await wire.post("br", "https://itx.example.br", body)
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from typing import Final, Protocol

import aiohttp

from tracing.connecting.faults import AnswerTooLarge, sorted_out
from tracing.connecting.hearing import HearingConnector
from tracing.exchange.items import MAX_BYTES
from tracing.partners import confirmed

__all__ = ["Answer", "Blob", "HttpWire", "Pieces", "Wire", "WireLimits"]

ENVELOPES: Final = "itx/1/envelopes"
JSON: Final = {"Content-Type": "application/json"}
FRAMES_BYTES: Final = 1024 * 1024  # headers, and the frames of a body that comes in pieces


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back, unverified."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    offset: int | None = None  # of a blob: how many of its bytes are there


@dataclass(frozen=True, slots=True)
class Blob:
    """A sealed attachment: its digest, and its length in bytes."""

    digest: str
    length: int

    @property
    def path(self) -> str:
        """Where it is taken."""
        return f"itx/1/blobs/{self.digest}"


@dataclass(frozen=True, slots=True)
class Pieces:
    """``size`` bytes, in pieces that are read as they are sent."""

    size: int
    read: Callable[[], AsyncIterator[bytes]]


class Wire(Protocol):
    """A seam: the way out to counterparts. ``url`` is always the one confirmed for ``authority``."""

    async def post(self, authority: str, url: str, body: bytes) -> Answer:
        """Post one exchange. Raises WireError."""

    async def get(self, authority: str, url: str, path: str) -> Answer:
        """Fetch ``/itx/1/<path>``. Raises WireError."""

    async def head(self, authority: str, url: str, blob: Blob) -> Answer:
        """Ask how much of ``blob`` is there. Raises WireError."""

    async def put(self, authority: str, url: str, blob: Blob, first: int, pieces: Pieces) -> Answer:
        """Send the pieces of ``blob`` from ``first`` on. Raises WireError."""

    async def close(self) -> None:
        """Let go of all connections."""


@dataclass(frozen=True, slots=True)
class WireLimits:
    """Bounds of one exchange; each with its reason."""

    connect_s: float = 10.0
    answer_s: float = 30.0  # for everything, plus the time of a slow link for what is sent and what comes
    bytes_per_s: int = 4 * 1024  # what a link of 50 kbit/s carries with its pauses
    answer_bytes: int = MAX_BYTES  # 64 items with three receipts each stay below 700 kB; what is given back does not
    idle_s: float = 10.0  # below the 15 s after which a counterpart closes: no post meets a closing connection
    connections: int = 6  # the window of the outbox and a little


class HttpWire:
    """The Wire over HTTP/1.1."""

    def __init__(self, limits: WireLimits | None = None, tls: ssl.SSLContext | None = None) -> None:
        self._limits = limits or WireLimits()
        self._tls = tls or _tls()
        self._pools: dict[str, aiohttp.ClientSession] = {}

    async def post(self, authority: str, url: str, body: bytes) -> Answer:
        """Post one exchange."""
        return await self._exchange(authority, url, ENVELOPES, body, method="POST", headers=JSON)

    async def get(self, authority: str, url: str, path: str) -> Answer:
        """Fetch ``/itx/1/<path>``."""
        return await self._exchange(authority, url, f"itx/1/{path}", None, method="GET", headers={})

    async def head(self, authority: str, url: str, blob: Blob) -> Answer:
        """Ask how much of ``blob`` is there."""
        headers = {"Upload-Length": str(blob.length)}
        return await self._exchange(authority, url, blob.path, None, method="HEAD", headers=headers)

    async def put(self, authority: str, url: str, blob: Blob, first: int, pieces: Pieces) -> Answer:
        """Send the pieces of ``blob`` from ``first`` on."""
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Length": str(pieces.size),
            "Content-Range": f"bytes {first}-{first + pieces.size - 1}/{blob.length}",
        }
        return await self._exchange(authority, url, blob.path, pieces, method="PUT", headers=headers)

    async def close(self) -> None:
        """Close every pool."""
        pools, self._pools = list(self._pools.values()), {}
        for pool in pools:
            await pool.close()

    async def _exchange(
        self, authority: str, url: str, path: str, body: bytes | Pieces | None, *, method: str, headers: dict[str, str]
    ) -> Answer:
        size, data = (body.size, body.read()) if isinstance(body, Pieces) else (len(body or b""), body)
        pool, seconds = self._pool(authority), self._limits.answer_s + size / self._limits.bytes_per_s
        try:
            where = confirmed(url) / path
            async with (
                asyncio.timeout(seconds) as ends,
                pool.request(method, where, data=data, headers=headers, allow_redirects=False) as response,
            ):
                body_read = await self._read(response, ends)
                return Answer(response.status, body_read, _retry_after(response), _offset(response))
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise sorted_out(error) from error

    async def _read(self, response: aiohttp.ClientResponse, ends: asyncio.Timeout) -> bytes:
        chunks, size, end = [], 0, ends.when()
        async for chunk in response.content.iter_any():
            chunks.append(chunk)
            size += len(chunk)
            if end is not None:
                ends.reschedule(end + size / self._limits.bytes_per_s)
            if size > self._limits.answer_bytes:
                response.close()
                raise AnswerTooLarge(f"the answer is longer than {self._limits.answer_bytes} bytes")
        return b"".join(chunks)

    def _pool(self, authority: str) -> aiohttp.ClientSession:
        pool = self._pools.get(authority)
        if pool is None:
            limits = self._limits
            pool = aiohttp.ClientSession(
                connector=HearingConnector(
                    2 * limits.answer_bytes + FRAMES_BYTES,
                    limit=limits.connections,
                    keepalive_timeout=limits.idle_s,
                    ttl_dns_cache=30,
                    ssl=self._tls,
                ),
                timeout=aiohttp.ClientTimeout(total=None, connect=limits.connect_s, sock_connect=limits.connect_s),
                cookie_jar=aiohttp.DummyCookieJar(),
                headers={"User-Agent": "itx", "Accept": "application/json", "Accept-Encoding": "identity"},
                auto_decompress=False,
                trust_env=False,
            )
            self._pools[authority] = pool
        return pool


def _tls() -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_3
    return context


def _retry_after(response: aiohttp.ClientResponse) -> float | None:
    """Seconds; the form with a date is not used between nodes."""
    text = response.headers.get("Retry-After", "")
    return float(text) if text.isascii() and text.isdigit() and len(text) < 7 else None


def _offset(response: aiohttp.ClientResponse) -> int | None:
    """Bytes of a blob that are there."""
    text = response.headers.get("Upload-Offset", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else None
