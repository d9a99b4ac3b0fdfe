"""Receivers that do to us what they like: none makes a call hang, none makes a reminder be lost."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from tests.channels.receiving import Receiving, Talk, raw, receiving
from tests.exchange.certificates import self_signed
from tracing.channels.faults import TargetAway
from tracing.channels.webhooks.caller import Pace, opened
from tracing.channels.webhooks.reach import check_url
from tracing.settings import Settings, WebhookSettings

QUICK = Pace(connect_s=1.0, call_s=1.0)
MOST_S = 15.0  # on a loaded machine; a call has a second
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"


def settings(net: str = "training", **more: Any) -> Settings:
    """Of a node that may call its own machine."""
    made: Any = {"authority": "br", "country": "BRA", "name": "x", "net": net, "webhooks": WebhookSettings(**more)}
    return Settings(**made)


async def post(url: str, how: Settings | None = None) -> None:
    async with asyncio.timeout(MOST_S), opened(how or settings(), QUICK) as caller:
        await caller.post(url, {}, b"{}")


async def is_taken(url: str) -> bool:
    """Whether a call counts as taken."""
    try:
        await post(url)
    except TargetAway:
        return False
    return True


@pytest.fixture
async def receiver() -> AsyncIterator[Receiving]:
    async with receiving() as one:
        yield one


async def _says(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(data)
    await writer.drain()


async def silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(60)


async def slow(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    for byte in OK:
        await _says(writer, bytes([byte]))
        await asyncio.sleep(0.5)


async def endless_head(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _says(writer, b"HTTP/1.1 200 OK\r\n")
    while True:
        await _says(writer, b"X-Y: " + b"z" * 1000 + b"\r\n")


async def endless_interim(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while True:
        await _says(writer, b"HTTP/1.1 103 Early Hints\r\n\r\n")


async def no_http(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await _says(writer, b"220 post.example ESMTP\r\n")
    await asyncio.sleep(60)


async def closes(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.readline()


@pytest.mark.parametrize("talk", [silent, slow, endless_head, endless_interim, no_http, closes])
async def test_a_receiver_without_an_answer_is_away_within_its_time(talk: Talk) -> None:
    async with raw(talk) as url:
        with pytest.raises(TargetAway):
            await post(url)


@pytest.mark.parametrize("how", ["endless", "huge", "bomb"])
async def test_no_body_of_an_answer_is_read_whatever_its_size(how: str) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        more = {"huge": b"Content-Length: 9999999999999\r\n", "bomb": b"Content-Encoding: gzip\r\n"}.get(how, b"")
        await _says(writer, b"HTTP/1.1 200 OK\r\n" + more + b"\r\n")
        while True:
            await _says(writer, b"a" * 65536)

    async with raw(talk) as url:
        assert await is_taken(url)


async def test_no_redirect_is_followed(receiver: Receiving) -> None:
    async with receiving() as other:
        for status in (301, 302, 303, 307, 308):
            receiver.answers, receiver.location = status, other.url
            with pytest.raises(TargetAway, match=f"answered {status} and names another address"):
                await post(receiver.url)
    assert (len(receiver.calls), other.calls) == (5, [])


async def test_a_port_where_nobody_is_and_a_name_that_is_none_are_away(receiver: Receiving) -> None:
    with pytest.raises(TargetAway, match="refused"):
        await post("http://127.0.0.1:9/x")
    with pytest.raises(TargetAway, match="does not resolve"):
        await post("https://nobody.invalid/x")


async def test_a_certificate_nobody_vouches_for_gets_no_word(tmp_path: Path) -> None:
    async with receiving(self_signed(tmp_path)) as one:
        url = one.url.replace("http://", "https://")
        with pytest.raises(TargetAway, match="certificate is not one this node believes"):
            await post(url)
        assert one.calls == []
        await post(url, settings(authorities_file=str(tmp_path / "stranger.pem")))
        assert len(one.calls) == 1


async def test_a_file_of_authorities_that_is_none_is_the_trouble_of_all(tmp_path: Path) -> None:
    (tmp_path / "ca.pem").write_text("nothing")
    for name in ("ca.pem", "gone.pem"):
        with pytest.raises(TargetAway, match="authorities_file"):
            await post("https://hooks.example/x", settings(authorities_file=str(tmp_path / name)))


async def test_a_name_that_leads_inside_is_not_connected_to(receiver: Receiving) -> None:
    for host in ("localhost", "127.0.0.1", "2130706433", "0x7f.1", "[::ffff:127.0.0.1]"):
        with pytest.raises(TargetAway, match="inner"):
            await post(f"https://{host}:{receiver.port}/x", settings("real"))
    assert receiver.calls == []


async def test_a_name_is_judged_by_the_address_that_is_connected_to(
    receiver: Receiving, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its first look-up was public, the next one is not: the resolver of the system is made to say so."""
    loop, answers = asyncio.get_running_loop(), ["93.184.216.34", "127.0.0.1"]

    async def looked_up(host: str, port: int, **_more: Any) -> Any:
        return [(2, 1, 6, "", (answers.pop(), port))]

    monkeypatch.setattr(loop, "getaddrinfo", looked_up)
    with pytest.raises(TargetAway, match="the name leads to an inner address"):
        await post(f"https://rebound.example:{receiver.port}/x", settings("real"))
    assert (receiver.calls, len(answers)) == ([], 1)


async def test_an_inner_address_is_reached_where_the_settings_allow_it(tmp_path: Path) -> None:
    async with receiving(self_signed(tmp_path)) as one:
        url, authorities = one.url.replace("http://", "https://"), str(tmp_path / "stranger.pem")
        with pytest.raises(TargetAway, match="allow of"):
            await post(url, settings("real", allow=["10.1.2.3/32"], authorities_file=authorities))
        await post(url, settings("real", allow=["127.0.0.1/32"], authorities_file=authorities))
    assert len(one.calls) == 1


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("http://hooks.example/x", "expected https"),
        ("http://127.0.0.1/x", "expected https"),
        ("ftp://hooks.example/x", "such as https"),
        ("hooks.example/x", "such as https"),
        ("https:///x", "such as https"),
        ("https://ada:pw@hooks.example/x", "without a user"),
        ("https://hooks.example/x#y", "without a user and without #"),
        ("https://hooks.example/\nx", "plain characters"),
        ("https://hooks.example/ü", "plain characters"),
        ("https://hooks.example/" + "x" * 2000, "at most 2000"),
        ("https://10.1.2.4/x", "allow of"),
        ("https://169.254.169.254/latest", "allow of"),
        ("https://[::1]/x", "allow of"),
        ("https://[fd00::1]/x", "allow of"),
        ("https://[64:ff9b::7f00:1]/x", "allow of"),
        ("https://[2002:7f00:1::]/x", "allow of"),
        ("https://0177.0.0.1/x", "allow of"),
        ("https://hooks.example:99999/x", "ort"),
    ],
)
def test_an_address_that_cannot_be_is_refused_in_one_sentence(url: str, expected: str) -> None:
    with pytest.raises(ValueError, match=expected):
        check_url(url, settings("real", allow=["10.1.2.3/32"]))


@pytest.mark.parametrize("url", ["https://hooks.example/x?token=1", "https://10.1.2.3:8443/x", "https://9.9.9.9/"])
def test_an_address_that_can_be_is_taken_as_it_was_written(url: str) -> None:
    assert check_url(url, settings("real", allow=["10.1.2.3/32"])) == url
