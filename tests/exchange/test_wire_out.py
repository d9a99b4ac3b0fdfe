"""The only way out: nowhere else than told, no longer and no more than bounded."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import pytest

from tests.exchange.certificates import self_signed
from tracing.connecting.faults import (
    AnswerBroken,
    AnswerTooLarge,
    NameUnknown,
    TlsRefused,
    TooSlow,
    Unreachable,
    WireError,
)
from tracing.exchange.client import HttpWire, WireLimits

Talk = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
Serve = Callable[..., Awaitable[str]]


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire(WireLimits(connect_s=2, answer_s=1, answer_bytes=100_000))
    yield made
    await made.close()


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    """Starts servers that talk as told; gives their addresses."""
    servers = []

    async def start(talk: Talk, tls: ssl.SSLContext | None = None) -> str:
        server = await asyncio.start_server(talk, "127.0.0.1", 0, ssl=tls)
        servers.append(server)
        return f"http{'s' if tls else ''}://127.0.0.1:{server.sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.close()


def saying(*parts: bytes, pause_s: float = 0.0) -> Talk:
    """Reads a header, says the parts, closes."""

    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            await reader.readuntil(b"\r\n\r\n")
            for part in parts:
                writer.write(part)
                await writer.drain()
                await asyncio.sleep(pause_s)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    return talk


async def test_an_answer_comes_back_as_it_is(wire: HttpWire, serve: Serve) -> None:
    url = await serve(saying(b"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 2\r\n\r\n{}"))
    answer = await wire.post("br", url, b"{}")
    assert (answer.status, answer.body, answer.retry_after_s) == (503, b"{}", 7.0)


@pytest.mark.parametrize("given", ["Fri, 31 Dec 1999 23:59:59 GMT", "99999999", "-1", "\xb2"])
async def test_a_strange_retry_after_counts_as_none(wire: HttpWire, serve: Serve, given: str) -> None:
    head = f"HTTP/1.1 503 Busy\r\nRetry-After: {given}\r\nContent-Length: 0\r\n\r\n"
    answer = await wire.post("br", await serve(saying(head.encode())), b"{}")
    assert answer.retry_after_s is None


async def test_a_redirect_is_not_followed(wire: HttpWire, serve: Serve) -> None:
    reached = []

    async def elsewhere(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        reached.append(True)
        writer.close()

    away = await serve(elsewhere)
    url = await serve(saying(f"HTTP/1.1 307 Away\r\nLocation: {away}/x\r\nContent-Length: 0\r\n\r\n".encode()))
    answer = await wire.post("br", url, b"{}")
    assert (answer.status, reached) == (307, [])


async def test_an_endless_answer_is_cut(wire: HttpWire, serve: Serve) -> None:
    url = await serve(saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x" * 10_000] * 1000))
    with pytest.raises(AnswerTooLarge):
        await wire.post("br", url, b"{}")


async def test_an_answer_that_drips_is_cut(wire: HttpWire, serve: Serve) -> None:
    url = await serve(saying(b"HTTP/1.1 200 OK\r\n\r\n", *[b"x"] * 200, pause_s=0.05))
    with pytest.raises(TooSlow):
        await wire.post("br", url, b"{}")


async def test_a_header_without_end_is_cut(wire: HttpWire, serve: Serve) -> None:
    url = await serve(saying(b"HTTP/1.1 200 OK\r\n", *[b"X: " + b"y" * 5000] * 100))
    with pytest.raises(AnswerBroken):
        await wire.post("br", url, b"{}")


async def test_interim_answers_without_end_are_cut_at_once(serve: Serve) -> None:
    """At once is before the time for an exchange is over, which would be another error."""
    patient = HttpWire(WireLimits(answer_s=60))
    url = await serve(saying(*[b"HTTP/1.1 103 Early Hints\r\n\r\n" * 1000] * 10_000))
    with pytest.raises(AnswerBroken):
        await patient.post("br", url, b"{}")
    await patient.close()


async def test_a_few_interim_answers_are_borne(wire: HttpWire, serve: Serve) -> None:
    hints = b"HTTP/1.1 103 Early Hints\r\n\r\n" * 3
    url = await serve(saying(hints + b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}"))
    assert (await wire.post("br", url, b"{}")).body == b"{}"


async def test_a_body_of_frames_without_end_is_cut(serve: Serve) -> None:
    patient = HttpWire(WireLimits(answer_s=60, answer_bytes=1000))
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;"
    url = await serve(saying(head, *[b"x" * 10_000] * 10_000))
    with pytest.raises(AnswerBroken):
        await patient.post("br", url, b"{}")
    await patient.close()


@pytest.mark.parametrize("said", [b"", b"SSH-2.0-OpenSSH_9\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nx"])
async def test_what_is_no_whole_answer_is_refused(wire: HttpWire, serve: Serve, said: bytes) -> None:
    with pytest.raises(AnswerBroken):
        await wire.post("br", await serve(saying(said)), b"{}")


async def test_a_name_that_does_not_resolve_is_told_apart(wire: HttpWire) -> None:
    with pytest.raises(NameUnknown) as caught:
        await wire.get("br", "http://no-such-host.invalid", "node")
    assert (caught.value.layer, caught.value.maybe_taken) == ("name", False)


async def test_a_closed_port_is_told_apart(wire: HttpWire, serve: Serve) -> None:
    with pytest.raises(Unreachable) as caught:
        await wire.post("br", "http://127.0.0.1:9", b"{}")
    assert caught.value.maybe_taken is False


async def test_a_certificate_nobody_vouches_for_is_refused(wire: HttpWire, serve: Serve, tmp_path: Path) -> None:
    url = await serve(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), self_signed(tmp_path))
    with pytest.raises(TlsRefused) as caught:
        await wire.post("br", url, b"{}")
    assert caught.value.layer == "tls"


async def test_what_speaks_no_tls_is_refused(wire: HttpWire, serve: Serve) -> None:
    url = await serve(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    with pytest.raises(WireError):
        await wire.post("br", url.replace("http:", "https:"), b"{}")


async def test_an_older_tls_is_refused(wire: HttpWire, serve: Serve, tmp_path: Path) -> None:
    context = self_signed(tmp_path)
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    url = await serve(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"), context)
    with pytest.raises(TlsRefused):
        await wire.post("br", url, b"{}")


async def test_proxies_of_the_environment_are_not_used(
    wire: HttpWire, serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    proxy = await serve(saying(b"HTTP/1.1 502 Proxy\r\nContent-Length: 0\r\n\r\n"))
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, proxy)
    url = await serve(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    assert (await wire.post("br", url, b"{}")).status == 200


@pytest.mark.parametrize(
    "url", ["ftp://x", "http://", "http://u:p@x", "http://x/?a=b", "http://x/#a", "file:///etc/passwd"]
)
async def test_what_is_no_plain_address_is_not_tried(wire: HttpWire, url: str) -> None:
    with pytest.raises(WireError):
        await wire.post("br", url, b"{}")


async def test_each_counterpart_has_a_pool_of_its_own(wire: HttpWire, serve: Serve) -> None:
    async def hang(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()

    stuck = await serve(hang)
    url = await serve(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"))
    hanging = [asyncio.ensure_future(wire.post("at", stuck, b"{}")) for _ in range(20)]
    answer = await wire.post("br", url, b"{}")
    failed = await asyncio.gather(*hanging, return_exceptions=True)
    assert (answer.status, {type(one) for one in failed}) == (200, {TooSlow})


async def test_a_large_answer_over_a_slow_line_gets_the_time_it_needs(serve: Serve) -> None:
    slow = HttpWire(WireLimits(answer_s=0.3, bytes_per_s=100_000))
    head = b"HTTP/1.1 200 OK\r\nContent-Length: 200000\r\n\r\n"
    url = await serve(saying(head, *[b"x" * 10_000] * 20, pause_s=0.04))
    assert len((await slow.post("br", url, b"{}")).body) == 200_000
    await slow.close()
