"""The HTTP of a call: one POST, whose status counts; bounded in time, in what is heard, and in where it leads.

Rules
- 2xx: taken. 400, 413 and 422: this notice is not taken. Everything else, a redirect too, is the receiver's trouble.
- What may be heard is a head and a little of a body, which nobody reads.

    async with opened(settings, pace) as caller:
        await caller.post(url, headers, body)
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Final

import aiohttp
from yarl import URL

from tracing.channels.faults import NoticeRefused, TargetAway
from tracing.channels.webhooks.reach import allowed, check_url
from tracing.connecting.addresses import gate
from tracing.connecting.faults import sorted_out
from tracing.connecting.hearing import HearingConnector
from tracing.settings import Settings

__all__ = ["Caller", "Pace", "opened"]

MOST_HEARD: Final = 1024 * 1024  # several reads of a socket: the status is seen before a body of any size ends the line
OF_NOTICE: Final = {400, 413, 422}


@dataclass(frozen=True, slots=True)
class Pace:
    """Seconds: for a connection, and for all of one call."""

    connect_s: float = 5.0
    call_s: float = 10.0


class Caller:
    """Connections to receivers."""

    def __init__(self, session: aiohttp.ClientSession, settings: Settings, pace: Pace) -> None:
        self._session, self._settings, self._pace = session, settings, pace

    async def post(self, url: str, headers: Mapping[str, str], body: bytes) -> None:
        """Returns once the receiver has taken it. TargetAway or NoticeRefused."""
        try:
            where = URL(check_url(url, self._settings))  # the settings may have changed since it was named
        except ValueError as error:
            raise TargetAway(str(error)) from error
        status = await self._status(where, headers, body)
        if status in OF_NOTICE:
            raise NoticeRefused(f"the receiver answered {status}", is_final=False)
        if 300 <= status < 400:
            raise TargetAway(f"the receiver answered {status} and names another address: name that one here")
        if not 200 <= status < 300:
            raise TargetAway(f"the receiver answered {status}")

    async def _status(self, where: URL, headers: Mapping[str, str], body: bytes) -> int:
        try:
            async with (
                asyncio.timeout(self._pace.call_s),
                self._session.post(where, data=body, headers=headers, allow_redirects=False) as response,
            ):
                return response.status
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise TargetAway(str(sorted_out(error))) from error


@asynccontextmanager
async def opened(settings: Settings, pace: Pace | None = None) -> AsyncIterator[Caller]:
    """TargetAway where the file of ``[webhooks] authorities_file`` is none."""
    pace = pace or Pace()
    connector = HearingConnector(
        MOST_HEARD, limit=1, ttl_dns_cache=0, use_dns_cache=False, ssl=_context(settings),
        socket_factory=gate(allowed(settings)),
    )  # fmt: skip
    session = aiohttp.ClientSession(
        connector=connector,
        timeout=aiohttp.ClientTimeout(total=None, connect=pace.connect_s, sock_connect=pace.connect_s),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"User-Agent": "itx", "Accept-Encoding": "identity"},
        auto_decompress=False,
        trust_env=False,
    )
    async with session:
        yield Caller(session, settings, pace)


def _context(settings: Settings) -> ssl.SSLContext:
    """Who vouches for receivers, and for their names."""
    try:
        return ssl.create_default_context(cafile=settings.webhooks.authorities_file or None)
    except (OSError, ssl.SSLError) as error:
        raise TargetAway("the file that authorities_file of [webhooks] names cannot be read as PEM") from error
