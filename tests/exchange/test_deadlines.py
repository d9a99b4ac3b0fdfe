"""Slow strangers: whoever does not go on is closed, and nobody else waits for him. The limits are shortened here."""

import asyncio
import contextlib
import socket
from pathlib import Path

from structlog.testing import capture_logs

from tests.exchange.certificates import self_signed
from tests.exchange.conftest import MakeNode
from tests.exchange.world import Nation, Node, body_of
from tracing import tables
from tracing.listening import Limits
from tracing.listening.connections import JUST_S

HASTY = Limits(head_s=0.4, rest_s=0.4, pause_s=0.3, behind_s=0.3, linger_s=0.1, answer_s=0.5, bytes_per_s=10_000)
HEAD = b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


async def connect(node: Node) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = node.url.removeprefix("http://").split(":")
    return await asyncio.open_connection(host, int(port))


async def until_closed(node: Node, *parts: bytes, every_s: float = 0.0) -> bytes:
    """Send the parts one after another; what came back until the node closed. TimeoutError if it never does."""
    reader, writer = await connect(node)
    sending = asyncio.create_task(send(writer, parts, every_s))
    async with asyncio.timeout(30):
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


async def test_a_connection_without_its_tls_handshake_is_closed(node_of: MakeNode, tmp_path: Path) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    await br.exchange.stop()
    host, port = await br.exchange.listen("127.0.0.1", 0, self_signed(tmp_path))
    br.url = f"http://{host}:{port}"
    assert await until_closed(br, b"\x16\x03\x01") == b""


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
        async with asyncio.timeout(30):
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


async def test_many_strangers_at_one_moment_find_room_at_the_port(
    node_of: MakeNode, nations: dict[str, Nation]
) -> None:
    """The loop has no turn while they come; who finds no room in the queue of the port would wait for a second."""
    br = await node_of("br", limits=Limits(most_connections=16)).open(deliver=False)
    await br.knows(nations["ke"])
    host, port = br.url.removeprefix("http://").split(":")
    strangers = [socket.create_connection((host, int(port)), timeout=0.5) for _ in range(600)]
    status, _ = await br.post(body_of(nations["ke"].envelope("br")))
    for each in strangers:
        each.close()
    assert status == 200


async def test_a_node_ends_soon_though_a_body_is_half_sent(node_of: MakeNode) -> None:
    br = await node_of("br").open()
    _, writer = await connect(br)
    writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    await asyncio.sleep(0.2)
    async with asyncio.timeout(30):
        await br.exchange.stop()
    writer.close()
    assert br.rows(tables.Envelope) == []


async def test_a_slow_link_with_pauses_posts_its_request(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    """50 kbit/s with pauses, everything ten times as fast as in life."""
    limits = Limits(head_s=1.5, rest_s=1.5, pause_s=1.2, behind_s=2.0, linger_s=0.2, bytes_per_s=20 * 1024)
    br = await node_of("br", limits=limits).open(deliver=False)
    await br.knows(nations["ke"])
    body = body_of(*(nations["ke"].envelope("br") for _ in range(6)))
    parts = [body[at : at + 3 * 1024] for at in range(0, len(body), 3 * 1024)]
    reader, writer = await connect(br)
    writer.write(HEAD + b"Content-Length: %d\r\nConnection: close\r\n\r\n" % len(body))
    for number, part in enumerate(parts):
        await asyncio.sleep(0.4 if number % 6 == 5 else 0.05)
        writer.write(part)
        await writer.drain()
    async with asyncio.timeout(30):
        answer = await heard(reader)
    writer.close()
    assert (answer[:15], len(br.rows(tables.Envelope))) == (b"HTTP/1.1 200 OK", 6)


async def test_a_body_that_was_fast_may_not_drip_for_ever(node_of: MakeNode) -> None:
    br = await node_of("br", limits=HASTY).open(deliver=False)
    parts = [HEAD + b"Content-Length: 900000\r\n\r\n" + b" " * 800_000, *([b" "] * 40)]
    answer = await until_closed(br, *parts, every_s=0.05)
    assert answer.startswith(b"HTTP/1.1 408")


async def test_half_sent_bodies_keep_nobody_out(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    """As many half bodies as there may be, on as many connections: the one furthest behind makes room."""
    br = await node_of("br", limits=Limits(most_bodies=8, most_connections=8)).open(deliver=False)
    await br.knows(nations["ke"])
    slow = [await connect(br) for _ in range(8)]
    for _, writer in slow:
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    await asyncio.sleep(0.2)
    statuses = [(await asyncio.wait_for(br.post(body_of(nations["ke"].envelope("br"))), 5))[0] for _ in range(3)]
    for _, writer in slow:
        writer.close()
    assert statuses == [200] * 3


async def test_who_just_came_is_heard_though_half_sent_bodies_hold_every_place(node_of: MakeNode) -> None:
    br = await node_of("br", limits=Limits(most_connections=4)).open(deliver=False)
    slow = [await connect(br) for _ in range(4)]
    for _, writer in slow:
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
    await asyncio.sleep(2 * JUST_S)
    came = [await connect(br) for _ in range(3)]
    await asyncio.sleep(JUST_S / 10)
    for _, writer in came:
        writer.write(b"GET /nothing HTTP/1.1\r\nHost: x\r\n\r\n")
    answers = [(await reader.readuntil(b"\r\n"))[:12] for reader, _ in came]
    for _, writer in (*slow, *came):
        writer.close()
    assert answers == [b"HTTP/1.1 404"] * 3


async def test_the_body_furthest_behind_is_told_to_come_again(node_of: MakeNode) -> None:
    br = await node_of("br", limits=Limits(most_bodies=1, linger_s=0.1)).open(deliver=False)
    first = asyncio.create_task(until_closed(br, HEAD + b"Content-Length: 100\r\n\r\n{"))
    await asyncio.sleep(0.2)
    second, _ = await br.post(b"{}")
    answer = await first
    assert (answer[:12], b"Retry-After: 2" in answer, second) == (b"HTTP/1.1 503", True, 400)


async def test_the_largest_body_makes_room_when_all_are_too_large(node_of: MakeNode) -> None:
    br = await node_of("br", limits=Limits(most_body_bytes=50_000, linger_s=0.1)).open(deliver=False)
    hog = asyncio.create_task(until_closed(br, HEAD + b"Content-Length: 90000\r\n\r\n" + b" " * 45_000))
    await asyncio.sleep(0.2)
    status, _ = await br.post(b" " * 10_000)
    assert ((await hog)[:12], status) == (b"HTTP/1.1 503", 400)


async def test_who_leaves_in_the_middle_of_a_body_is_no_fault_of_ours(node_of: MakeNode) -> None:
    br = await node_of("br").open(deliver=False)
    with capture_logs() as lines:
        _, writer = await connect(br)
        writer.write(HEAD + b"Content-Length: 100\r\n\r\n{")
        await asyncio.sleep(0.1)
        writer.transport.abort()
        await asyncio.sleep(0.1)
    assert [line["event"] for line in lines if line["log_level"] == "error"] == []
