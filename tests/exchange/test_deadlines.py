"""Slow strangers: whoever does not go on is closed, and nobody else waits for him. The limits are shortened here."""

import asyncio
import contextlib

from tests.exchange.conftest import MakeNode
from tests.exchange.world import Nation, Node, body_of
from tracing import tables
from tracing.exchange import Limits

HASTY = Limits(head_s=0.4, pause_s=0.3, linger_s=0.1, answer_s=0.5, bytes_per_s=10_000)
HEAD = b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def connect(node: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = node.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def until_closed(node: Node, *parts: bytes, every_s: float = 0.0) -> bytes:
    """Send the parts one after another; what came back until the node closed. TimeoutError if it never does."""
    reader, writer = await connect(node)
    sending = asyncio.create_task(send(writer, parts, every_s))
    async with asyncio.timeout(10):
        answer = await heard(reader)
    sending.cancel()
    writer.close()
    return answer


async def send(writer: asyncio.StreamWriter, parts: tuple[bytes, ...], every_s: float) -> None:
    with contextlib.suppress(ConnectionError):
        for part in parts:
            writer.write(part)
            await writer.drain()
            await asyncio.sleep(every_s)


async def heard(reader: asyncio.StreamReader) -> bytes:
    answer = b""
    with contextlib.suppress(ConnectionError):
        while part := await reader.read(65536):
            answer += part
    return answer


def test_the_limits_in_force_close_half_of_anything_in_15_s() -> None:
    limits = Limits()
    assert limits.head_s <= 15
    assert limits.pause_s + limits.linger_s <= 15


async def test_a_silent_connection_is_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    assert await until_closed(br) == b""


async def test_half_a_header_is_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    assert await until_closed(br, HEAD) == b""


async def test_a_header_that_drips_is_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    parts = [b"GET / HTTP/1.1\r\n", *(b"X-%d: y\r\n" % number for number in range(60))]
    assert await until_closed(br, *parts, every_s=0.05) == b""


async def test_half_a_body_is_refused_and_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    answer = await until_closed(br, HEAD + b"Content-Length: 100\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 408")
    assert b'"too-slow"' in answer


async def test_a_body_that_drips_is_refused_and_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    parts = [HEAD + b"Content-Length: 1000\r\n\r\n", *([b" "] * 40)]
    answer = await until_closed(br, *parts, every_s=0.05)
    assert answer.startswith(b"HTTP/1.1 408")


async def test_a_kept_connection_that_falls_silent_is_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    answer = await until_closed(br, b"GET /itx/1/node HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200")


async def test_who_does_not_read_the_answer_is_closed(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    _, writer = await connect(br)
    writer.transport.pause_reading()  # type: ignore[attr-defined]
    try:
        async with asyncio.timeout(10):
            while True:
                writer.write(b"GET /itx/1/keyset HTTP/1.1\r\nHost: x\r\n\r\n" * 50)
                await writer.drain()
                await asyncio.sleep(0)
    except ConnectionError:
        closed = True
    assert closed


async def test_slow_strangers_delay_nobody(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    br = await node_of("br").open(deliver=False)
    await br.knows(nations["ke"])
    slow = [await connect(br) for _ in range(50)]
    for _, writer in slow:
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    status, _ = await asyncio.wait_for(br.post(body_of(nations["ke"].envelope("br"))), 5)
    for _, writer in slow:
        writer.close()
    assert status == 200


async def test_silent_strangers_keep_nobody_out(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    br = await node_of("br", limits=Limits(most_connections=4)).open(deliver=False)
    await br.knows(nations["ke"])
    reader, writer = await connect(br)
    writer.write(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
    kept = await reader.readuntil(b"}")
    strangers = [await connect(br) for _ in range(12)]
    for _, each in strangers:
        each.write(HEAD)
    status, _ = await br.post(body_of(nations["ke"].envelope("br")))
    writer.write(b"GET /itx/1/keyset HTTP/1.1\r\nHost: x\r\n\r\n")
    again = await reader.readuntil(b"\r\n\r\n")
    for _, each in [*strangers, (reader, writer)]:
        each.close()
    assert (status, kept[:15], again[:15]) == (200, b"HTTP/1.1 404 No", b"HTTP/1.1 200 OK")


async def test_a_node_ends_soon_though_a_body_is_half_sent(node_of: MakeNode) -> None:
    br = await node_of("br").open()
    _, writer = await connect(br)
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    await asyncio.sleep(0.2)
    async with asyncio.timeout(10):
        await br.exchange.stop()
    writer.close()
    assert br.rows(tables.Envelope) == []
