"""Asking a time-stamp authority (RFC 3161) over HTTP: bounded in time, in what is heard, and in where it leads.

Rules
- The authority learns one SHA-256 and that something was stamped; never a case, nor who asks beyond his address.
- What it answers is judged before it is taken, under the authorities of ``[evidence] timestamp_ca``. Anything else than
  a stamp that holds is ``NotStamped``, with a sentence for people: evidence leaves without it then.
- No redirect is followed, no proxy is used, nothing is tried again: somebody waits for his download.

    stamper = Stamper.of(settings, ids)
    stamped = await stamper.stamp(digest)
"""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network
from pathlib import Path
from typing import Final, Self

import aiohttp
from cryptography.x509 import Certificate

from keys.stamps import judge, query, read_authorities
from protocol.errors import ProtocolError
from protocol.evidence import MAX_ANSWER_BYTES, NONCE_BYTES, Stamped
from tracing.casework.evidence.stamped import NotStamped
from tracing.clock import Ids
from tracing.connecting.addresses import Network, gate
from tracing.connecting.faults import sorted_out
from tracing.connecting.hearing import HearingConnector
from tracing.settings import Settings

__all__ = ["Stamper"]

CONNECT_S: Final = 5.0
WHOLE_S: Final = 15.0
MOST_HEARD: Final = 2 * MAX_ANSWER_BYTES  # with what frames it
LOOPBACK: Final[tuple[Network, ...]] = (IPv4Network("127.0.0.0/8"), IPv6Network("::1/128"))
HEADERS: Final = {
    "Content-Type": "application/timestamp-query", "Accept": "application/timestamp-reply", "User-Agent": "itx",
    "Accept-Encoding": "identity",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stamper:
    """One authority, and who must vouch for it."""

    url: str
    ca: str
    allowed: tuple[Network, ...]
    random_bytes: Callable[[int], bytes]
    whole_s: float = WHOLE_S

    @classmethod
    def of(cls, settings: Settings, ids: Ids) -> Self | None:
        """As the settings name it; None where they name none. Those of training may be on this machine."""
        said = settings.evidence
        if not said.timestamp_url:
            return None
        allowed = said.allow + (LOOPBACK if settings.net == "training" else ())
        return cls(said.timestamp_url, said.timestamp_ca, allowed, ids.random_bytes)

    def authorities(self) -> tuple[Certificate, ...]:
        """Who must vouch for it. NotStamped where the file cannot be read: then it is not known who."""
        if not self.ca:
            return ()
        try:
            return read_authorities(Path(self.ca).read_bytes())
        except (OSError, ProtocolError) as error:
            raise NotStamped("the file that timestamp_ca of [evidence] names cannot be read as PEM") from error

    async def stamp(self, digest: bytes) -> Stamped:
        """A stamp of this SHA-256 that holds. NotStamped."""
        authorities = self.authorities()
        nonce = int.from_bytes(self.random_bytes(NONCE_BYTES), "big")
        answer = await self._answer(query(digest, nonce))
        try:
            judge(answer, digest, nonce, authorities)
        except ProtocolError as error:
            raise NotStamped(f"its answer does not hold: {error}") from error
        return Stamped(nonce, answer)

    async def _answer(self, body: bytes) -> bytes:
        try:
            async with (
                asyncio.timeout(self.whole_s),
                self._session() as session,
                session.post(self.url, data=body, headers=HEADERS, allow_redirects=False) as response,
            ):
                if response.status != 200:
                    raise NotStamped(f"it answered with the status {response.status}")
                answer = await response.content.read(MAX_ANSWER_BYTES + 1)
                while len(answer) <= MAX_ANSWER_BYTES and (more := await response.content.read(MAX_ANSWER_BYTES)):
                    answer += more
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            raise NotStamped(str(sorted_out(error))) from error
        if len(answer) > MAX_ANSWER_BYTES:
            raise NotStamped(f"it answered more than {MAX_ANSWER_BYTES} bytes")
        return answer

    @asynccontextmanager
    async def _session(self) -> AsyncIterator[aiohttp.ClientSession]:
        connector = HearingConnector(
            MOST_HEARD, limit=1, ttl_dns_cache=0, use_dns_cache=False, socket_factory=gate(self.allowed)
        )
        async with aiohttp.ClientSession(
            connector=connector,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S, sock_connect=CONNECT_S),
            cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False,
            trust_env=False,
        ) as session:
            yield session
