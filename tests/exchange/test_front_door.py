"""What strangers can send over HTTP: always an answer with a code, never a fault of ours, never a name of a program."""

import asyncio
import gzip

import aiohttp
import pytest

from protocol import strictjson
from tests.exchange.conftest import MakeNode
from tests.exchange.test_ingest import raw_answer
from tests.exchange.world import Nation, Node, body_of
from tests.shared import SHARED, needs_shared
from tracing import tables
from tracing.listening import Limits

SUITE = SHARED / "vectors" / "jsontestsuite"


async def talk(node: Node, sent: bytes) -> bytes:
    """Raw bytes to the port of a node, and what comes back until it closes."""
    host, port = node.url.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(sent)
    answer = await asyncio.wait_for(reader.read(), 20)
    writer.close()
    return answer


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"", 400, "schema"),
        (b"{}", 400, "schema"),
        (b"[]", 400, "schema"),
        (b"null", 400, "schema"),
        (b'{"envelopes":[]}', 400, "schema"),
        (b'{"envelopes":{}}', 400, "schema"),
        (b'{"envelopes":[1,"x",null]}', 400, "schema"),
        (b'{"receipts":[{}]}', 400, "schema"),
        (b'{"hello":7}', 400, "schema"),
        (b'{"a":1,"a":2}', 400, "schema"),
        (b'{"envelopes":[' + b"[" * 100_000, 413, "too-large"),
        (b'{"envelopes":[' + b"9" * 5_000 + b"]}", 400, "schema"),
        (b'{"envelopes":["\\ud800"]}', 400, "schema"),
        (b'{"envelopes":[NaN]}', 400, "schema"),
        (b"\xef\xbb\xbf{}", 400, "schema"),
        (b"\xff\xfe{\x00}\x00", 400, "schema"),
    ],
)
async def test_what_holds_no_authentic_item_is_refused(br: Node, body: bytes, status: int, code: str) -> None:
    before = br.state()
    answered, answer = await br.post(body)
    assert (answered, answer["code"], answer["status"]) == (status, code, status)
    assert br.state() == before


@pytest.mark.parametrize(
    "headers",
    [
        {"Content-Type": "text/plain"},
        {"Content-Type": "application/json; charset=utf-7"},
        {"Content-Type": "application/json; charset=no-such"},
        {"Content-Type": "application/x-www-form-urlencoded"},
        {"Content-Type": "multipart/form-data; boundary=x"},
        {"Content-Type": ";;;"},
        {"Content-Encoding": "gzip"},
        {"Content-Encoding": "br"},
    ],
)
async def test_another_media_type_is_refused(br: Node, headers: dict[str, str]) -> None:
    status, answer = await br.post(b"{}", **headers)
    assert (status, answer["code"]) == (415, "media-type")


SQUEEZED = gzip.compress(b"{}" * 1000, mtime=0)  # the same bytes at any time: they name the test


@pytest.mark.parametrize("body", [SQUEEZED, b"\x1f\x8b not gzip", SQUEEZED[:9]])
async def test_compressed_bodies_are_never_inflated(br: Node, body: bytes) -> None:
    status, answer = await br.post(body, **{"Content-Encoding": "gzip"})
    assert (status, answer["code"]) == (415, "media-type")


async def test_utf_8_may_be_named(br: Node, nations: dict[str, Nation]) -> None:
    body = body_of(nations["ke"].envelope("br"))
    status, _ = await br.post(body, **{"Content-Type": 'application/json; charset="UTF-8"'})
    assert status == 200


async def test_a_problem_is_a_problem_document(br: Node) -> None:
    async with aiohttp.ClientSession() as session, session.post(f"{br.url}/itx/1/envelopes", json={}) as response:
        assert response.content_type == "application/problem+json"


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 404),
        ("GET", "/itx/1/envelopes", 405),
        ("DELETE", "/itx/1/keyset", 405),
        ("GET", "/itx/1/root/0", 404),
        ("GET", "/itx/1/root/2", 404),
        ("GET", "/itx/1/root/" + "9" * 4000, 404),
        ("GET", "/itx/1/root/-1", 404),
        ("GET", "/api/v1/cases", 404),
        ("GET", "/itx/1/../../etc/passwd", 404),
        ("POST", "/itx/2/envelopes", 404),
    ],
)
async def test_nothing_else_is_served(br: Node, method: str, path: str, status: int) -> None:
    answer = await talk(br, f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n".encode())
    assert int(answer.split(b" ", 2)[1]) == status
    assert b'"code":' in answer


async def test_the_trust_documents_are_served_byte_for_byte(br: Node, nations: dict[str, Nation]) -> None:
    async with aiohttp.ClientSession(br.url) as session:
        root = await (await session.get("/itx/1/root/1")).read()
        keyset = await (await session.get("/itx/1/keyset")).read()
    assert (root, keyset) == (nations["br"].roots[0], nations["br"].keyset)


async def test_a_node_says_who_it_is(br: Node, nations: dict[str, Nation]) -> None:
    async with aiohttp.ClientSession(br.url) as session:
        node = await (await session.get("/itx/1/node")).json()
    assert (node["itx"], node["authority"], node["net"]) == (1, "br", "training")
    assert node["root"] == {"ver": 1, "digest": nations["br"].card.digest}
    assert node["keyset"]["sha256"] == nations["br"].trust.keyset_sha256


@pytest.mark.parametrize(
    "sent",
    [
        b"GET /itx/1/node HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"GET /nothing HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n",
        b"\x16\x03\x01\x02\x00\x01 no HTTP at all\r\n\r\n",
        b"GET / HTTP/9.9\r\n\r\n",
        b"GET / HTTP/1.1\r\n" + b"X: " + b"y" * 20_000 + b"\r\n\r\n",
        b"GET / HTTP/1.1\r\nbroken header\r\n\r\n",
        b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nExpect: miracles\r\nConnection: close\r\n\r\n",
        b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n{}",
    ],
)
async def test_no_answer_names_the_program(br: Node, sent: bytes) -> None:
    answer = await talk(br, sent)
    assert b"Server: itx\r\n" in answer
    assert b"aiohttp" not in answer.lower()
    assert b"python" not in answer.lower()
    assert not answer.startswith(b"HTTP/1.1 5")


async def test_who_waits_for_leave_to_send_gets_it(br: Node) -> None:
    head = b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    answer = await talk(br, head + b"Content-Length: 2\r\nExpect: 100-continue\r\nConnection: close\r\n\r\n{}")
    assert answer.startswith(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 400")


async def test_a_body_that_says_it_is_too_large_is_refused_unread(br: Node) -> None:
    head = b"POST /itx/1/envelopes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
    answer = await talk(br, head + b"Content-Length: 99999999\r\n\r\n{")
    assert answer.startswith(b"HTTP/1.1 413")


async def test_a_body_that_grows_too_large_is_refused(node_of: MakeNode) -> None:
    br = await node_of("br", limits=Limits(body_bytes=10_000)).open(deliver=False)

    async def endless() -> object:
        for _ in range(100):
            yield b" " * 1000

    async with (
        aiohttp.ClientSession() as session,
        session.post(
            f"{br.url}/itx/1/envelopes", data=endless(), headers={"Content-Type": "application/json"}
        ) as response,
    ):
        assert (response.status, (await response.json(content_type=None))["code"]) == (413, "too-large")


@pytest.mark.parametrize("limits", [Limits(most_bodies=0), Limits(most_body_bytes=100)], ids=["bodies", "bytes"])
async def test_too_much_at_once_is_put_off(node_of: MakeNode, limits: Limits) -> None:
    br = await node_of("br", limits=limits).open(deliver=False)
    status, raw = await raw_answer(br, b" " * 200)
    assert (status, b"Retry-After: " in raw) == (503, True)


async def test_too_many_connections_are_closed_unread(node_of: MakeNode) -> None:
    br = await node_of("br", limits=Limits(most_connections=0)).open(deliver=False)
    assert await talk(br, b"GET /itx/1/node HTTP/1.1\r\nHost: x\r\n\r\n") == b""


async def test_a_database_that_takes_nothing_is_said_so(br: Node, nations: dict[str, Nation]) -> None:
    await br.store.write(lambda tx: tx.conn.exec_driver_sql("ALTER TABLE leaves RENAME TO mislaid"))
    status, raw = await raw_answer(br, body_of(nations["ke"].envelope("br")))
    await br.store.write(lambda tx: tx.conn.exec_driver_sql("ALTER TABLE mislaid RENAME TO leaves"))
    assert (status, b"Retry-After: " in raw, br.rows(tables.Envelope)) == (503, True, [])


@needs_shared("vectors", "jsontestsuite")
async def test_hostile_json_is_always_answered_with_a_code(br: Node) -> None:
    files = sorted(SUITE.rglob("*.json"))
    before = br.state()
    wrong = []
    for path in files:
        status, answer = await br.post(path.read_bytes())
        if not 400 <= status < 500 or answer["code"] not in {"schema", "too-large"}:
            wrong.append((path.name, status))
    assert (len(files) > 250, wrong) == (True, [])
    assert br.state() == before


async def test_unauthenticated_refusals_leave_one_leaf_a_minute(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    br = await node_of("br").open()
    for _ in range(20):
        await br.post(b"{}")
    await br.post(body_of(nations["ke"].envelope("br")))
    assert await br.reaches(lambda: len(br.rows(tables.Leaf, kind="refused")) == 1)
    (leaf,) = br.rows(tables.Leaf, kind="refused")
    assert (leaf.tree, sum(strictjson.load(leaf.object, 1000)["counts"].values()) >= 1) == ("private", True)


async def test_refusals_still_to_be_noted_are_noted_at_the_end(node_of: MakeNode, nations: dict[str, Nation]) -> None:
    br = await node_of("br").open(deliver=False)
    await br.post(b"{}")
    await br.post(body_of(nations["ke"].envelope("br")))
    await br.exchange.stop()
    (leaf,) = br.rows(tables.Leaf, kind="refused")
    assert strictjson.load(leaf.object, 1000) == {"ref": "exchange", "counts": {"schema": 1, "unknown-key": 1}}
