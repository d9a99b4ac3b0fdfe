"""The listener: connections that say nothing or half of something, and what is not HTTP."""

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from tests.desk.station import Station, open_desk_again, serve
from tracing.desk.listener import LIMITS

BRISK_S = 0.3


@pytest.fixture
async def address(br: Station) -> AsyncIterator[tuple[str, int]]:
    """A desk that waits 0.3 s for a header, and as long for the rest of a body."""
    brisk = replace(LIMITS, head_s=BRISK_S, pause_s=BRISK_S)
    async with serve(open_desk_again(br), limits=brisk) as (url, _):
        host, _, port = url.removeprefix("http://").partition(":")
        yield host, int(port)


async def says(address: tuple[str, int], *parts: bytes, pause_s: float = 0.0) -> bytes:
    """What the desk answers until it closes the connection; gives up after 30 s."""
    reader, writer = await asyncio.open_connection(*address)
    async with asyncio.timeout(30):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(pause_s)
        try:
            answer = await reader.read()
        except ConnectionResetError:  # closed with bytes unread, which drops what was answered
            answer = b""
    writer.close()
    with contextlib.suppress(ConnectionError):
        await writer.wait_closed()
    return answer


def head_of(station: Station, framing: str) -> bytes:
    token = f"Authorization: Bearer {station.tokens['ada']}"
    lines = ("POST /api/v1/requests HTTP/1.1", "Host: x", token, "Content-Type: application/json", framing, "", "")
    return "\r\n".join(lines).encode()


async def test_a_silent_connection_is_closed(address: tuple[str, int]) -> None:
    assert await says(address) == b""


async def test_half_a_header_is_closed(address: tuple[str, int]) -> None:
    assert await says(address, b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: ") == b""


async def test_a_header_that_comes_a_byte_at_a_time_is_closed(address: tuple[str, int]) -> None:
    drops = [bytes([byte]) for byte in b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Slow: yes"]
    with contextlib.suppress(ConnectionError):
        assert await says(address, *drops, pause_s=0.05) == b""


async def test_half_of_a_second_header_is_closed_after_the_first_was_answered(address: tuple[str, int]) -> None:
    answer = await says(address, b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n", b"GET /li", pause_s=0.1)
    assert answer.count(b"200 OK") == 1


async def test_a_connection_that_was_served_may_rest(address: tuple[str, int]) -> None:
    first = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    last = b"GET /livez HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
    reader, writer = await asyncio.open_connection(*address)
    writer.write(first)
    await reader.readuntil(b"true}")
    await asyncio.sleep(BRISK_S * 3)
    writer.write(last)
    async with asyncio.timeout(30):
        assert b"200 OK" in await reader.read()
    writer.close()


@pytest.mark.parametrize(
    "noise",
    [
        b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
        b"NONSENSE\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nBad Header: 1\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\nContent-Length: -5\r\n\r\n",
        b"POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"GET /livez HTTP/1.1\r\nHost: x\r\n" + b"X: y\r\n" * 500 + b"\r\n",
    ],
    ids=["tls", "nonsense", "version", "name", "length", "smuggling", "flood"],
)  # fmt: skip
async def test_what_is_not_http_is_answered_with_a_problem_document(address: tuple[str, int], noise: bytes) -> None:
    answer = await says(address, noise) or await says(address, noise)
    head, _, body = answer.partition(b"\r\n\r\n")
    assert (b" 400 " in head, b"application/problem+json" in head, json.loads(body)["code"]) == (
        True,
        True,
        "bad-request",
    )


@pytest.mark.parametrize(
    "head", [b"GET /livez HTTP/1.1\r\nHost: x\r\nX-Big: %s", b"GET /%s HTTP/1.1\r\nHost: x"], ids=["value", "path"]
)
async def test_a_line_longer_than_is_read_is_called_too_long(address: tuple[str, int], head: bytes) -> None:
    noise = head % (b"a" * 9_000) + b"\r\n\r\n"
    answer = await says(address, noise) or await says(address, noise)
    status, _, body = answer.partition(b"\r\n\r\n")
    assert (b" 414 " in status, json.loads(body)["code"]) == (True, "too-long")


async def test_a_body_that_never_comes_is_too_slow(address: tuple[str, int], br: Station) -> None:
    answer = await says(address, head_of(br, "Content-Length: 50") + b'{"to"')
    assert (b" 408 " in answer, b'"code":"too-slow"' in answer) == (True, True)


async def test_a_chunked_body_that_is_broken_is_a_bad_request(address: tuple[str, int], br: Station) -> None:
    answer = await says(address, head_of(br, "Transfer-Encoding: chunked"), b"ZZ\r\nnonsense\r\n", pause_s=0.05)
    assert b" 400 " in answer


async def test_an_expectation_that_cannot_be_met_is_refused(address: tuple[str, int]) -> None:
    answer = await says(address, b"GET /livez HTTP/1.1\r\nHost: x\r\nExpect: a-miracle\r\nConnection: close\r\n\r\n")
    assert b" 417 " in answer


async def test_a_body_nobody_reads_does_not_hold_the_answer(address: tuple[str, int]) -> None:
    answer = await says(
        address, b"POST /api/v1/requests HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\nConnection: close\r\n\r\nabc"
    )
    assert b" 401 " in answer
