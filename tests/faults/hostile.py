"""Servers that stand where counterparts should, each in a process of its own, with the real keys of an authority.

``hostile`` answers every hello as it should, so that what waits is posted; what it does then, a seed says (``TRICKS``).
``slow`` takes everything, hellos too, and lets its answers drip for as long as anybody listens.

    python -m tests.faults.hostile HOME --passphrase-file FILE --port N --manner hostile [--seed 1] [--elsewhere N]

It ends with SIGTERM, and prints what it did as JSON.
"""

import argparse
import asyncio
import json
import random
import secrets
import signal
import sys
from collections import Counter
from collections.abc import Awaitable, Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

from protocol import base64url, envelope, hello, receipts, strictjson
from protocol.names import AuthorityId, MessageId
from tests.faults.relay import MOST_HEAD_BYTES, read_message
from tracing.clock import SystemClock
from tracing.exchange.items import answer_body
from tracing.node import Node

__all__ = ["TRICKS", "Hostile"]

JSON = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
DRIP_S, HEADER_BYTES = 1.0, 4 * 1024 * 1024
Writer = asyncio.StreamWriter


class Hostile:
    """One counterpart that means harm. ``played`` counts its tricks."""

    def __init__(self, node: Node, chance: random.Random, elsewhere: int) -> None:
        self.played: Counter[str] = Counter()
        self._me = node.identity()
        self._signer = node.keyring.voice.signer("rcpt")
        self._ids, self._clock = node.ids, SystemClock()
        self._chance = chance
        self._elsewhere = elsewhere

    async def serve(self, reader: asyncio.StreamReader, writer: Writer) -> None:
        """A connection of the node it torments."""
        with suppress(OSError, EOFError, asyncio.CancelledError):
            while True:
                head, _, body = (await read_message(reader)).partition(b"\r\n\r\n")
                await self._answer(head, body, writer)
        writer.transport.abort()

    async def _answer(self, head: bytes, body: bytes, writer: Writer) -> None:
        said = strictjson.load(body, 1 << 24) if head.startswith(b"POST") else {}
        assert isinstance(said, dict), "what a node posts"
        if "hello" in said:
            await _send(writer, self._greeted(said["hello"]))
            return
        trick, play = self._chance.choice(TRICKS)
        self.played[trick] += 1
        await play(self, writer, said)

    def _greeted(self, item: Any) -> bytes:
        said = hello.parse(item).hello
        answer = hello.say(
            net=self._me.net, sender=self._me.authority, to=said.from_, at=self._clock.now_ms(),
            nonce=base64url.decode(said.nonce), signer=self._signer,
        )  # fmt: skip
        return answer_body((), (), (), strictjson.dump(answer), self._clock.now_ms())

    # ------------------------------------------------------------ tricks

    async def endless(self, writer: Writer, _: Any) -> None:
        """An answer without an end, as fast as it is read."""
        writer.write(JSON + b"Transfer-Encoding: chunked\r\n\r\n")
        while True:
            writer.write(b"10000\r\n" + b" " * 0x10000 + b"\r\n")
            await writer.drain()

    async def drip(self, writer: Writer, _: Any) -> None:
        """A long answer, a byte a second."""
        writer.write(JSON + b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(DRIP_S)

    async def silent(self, writer: Writer, _: Any) -> None:
        """Takes it and says nothing."""
        await writer.drain()
        await asyncio.sleep(3600)

    async def huge_header(self, writer: Writer, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\nX-Huge: ")
        for _ in range(HEADER_BYTES // 0x10000):
            writer.write(b"a" * 0x10000)
            await writer.drain()
        raise EOFError

    async def many_headers(self, writer: Writer, _: Any) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n")
        while True:
            writer.write(b"X-More: y\r\n" * 5000)
            await writer.drain()

    async def not_yet(self, writer: Writer, _: Any) -> None:
        """Interim answers without an end."""
        while True:
            writer.write(b"HTTP/1.1 103 Early Hints\r\n\r\n" * 2000)
            await writer.drain()

    async def no_http(self, writer: Writer, _: Any) -> None:
        writer.write(secrets.token_bytes(2000) + b"\r\n\r\n")
        await writer.drain()
        raise EOFError

    async def cut(self, writer: Writer, _: Any) -> None:
        """Closes in the middle of its answer."""
        writer.write(JSON + b'Content-Length: 1000\r\n\r\n{"receipts":[')
        await writer.drain()
        raise EOFError

    async def deep(self, writer: Writer, _: Any) -> None:
        await _send(writer, b"[" * 100_000)

    async def numbers(self, writer: Writer, _: Any) -> None:
        await _send(writer, b'{"clock":' + b"9" * 5000 + b',"receipts":[],"receipts":[NaN]}')

    async def compressed(self, writer: Writer, _: Any) -> None:
        await _send(writer, b"\x1f\x8b" + bytes(1000), b"Content-Encoding: gzip\r\n")

    async def elsewhere(self, writer: Writer, _: Any) -> None:
        """Sends it on to somebody else."""
        where = f"Location: http://127.0.0.1:{self._elsewhere}/itx/1/envelopes\r\n".encode()
        writer.write(b"HTTP/1.1 307 Temporary Redirect\r\nContent-Length: 0\r\n" + where + b"\r\n")
        await writer.drain()

    async def come_again(self, writer: Writer, _: Any) -> None:
        writer.write(b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\nRetry-After: 0\r\n\r\n")
        await writer.drain()

    async def fault(self, writer: Writer, _: Any) -> None:
        writer.write(b"HTTP/1.1 500 Oh\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async def of_another(self, writer: Writer, said: Any) -> None:
        """Receipts, truly signed, for messages nobody sent."""
        await _send(writer, self._receipted(said, lambda item: ("f" * 64, _renamed(item))))

    async def of_other_bytes(self, writer: Writer, said: Any) -> None:
        """Receipts, truly signed, for our messages with other bytes."""
        await _send(writer, self._receipted(said, lambda item: ("f" * 64, str(item.manifest.mid))))

    async def unsigned(self, writer: Writer, said: Any) -> None:
        """Receipts for what was sent, their signatures spoilt."""
        body = self._receipted(said, lambda item: (item.digest, str(item.manifest.mid)))
        await _send(writer, body.replace(b'"signature":"', b'"signature":"AAAA'))

    async def taken_for_nothing(self, writer: Writer, _: Any) -> None:
        """As if all were well, without a receipt."""
        await _send(writer, b'{"clock":0,"receipts":[],"refused":[],"taken":[]}')

    def _receipted(self, said: Any, about: Callable[[envelope.Envelope], tuple[str, str]]) -> bytes:
        found = []
        for item in said.get("envelopes", ()):
            parsed = envelope.parse(item)
            env, mid = about(parsed)
            rid = MessageId.new(AuthorityId(self._me.authority), self._ids.uuid7())
            made = receipts.build(
                net=self._me.net, rid=rid, sender=self._me.authority, to=parsed.manifest.from_, mid=mid, env=env,
                stage="accepted", at=self._clock.now_ms(), hi=1, missing=(), origin="x", index=0,
                ks_ver=self._me.keyset_version, ks_sha256=self._me.keyset_sha256,
            )  # fmt: skip
            found.append(receipts.parse(receipts.issue(made, self._signer)).wire)
        return answer_body(found, (), (), None, self._clock.now_ms())


def _renamed(item: envelope.Envelope) -> str:
    return f"{item.manifest.from_}:0190{secrets.token_hex(2)}-{secrets.token_hex(2)}-7000-8000-{secrets.token_hex(6)}"


Trick = Callable[[Hostile, Writer, Any], Awaitable[None]]
TRICKS: tuple[tuple[str, Trick], ...] = tuple(
    (name, getattr(Hostile, name))
    for name in (
        "endless", "drip", "silent", "huge_header", "many_headers", "not_yet", "no_http", "cut", "deep", "numbers",
        "compressed", "elsewhere", "come_again", "fault", "of_another", "of_other_bytes", "unsigned",
        "taken_for_nothing",
    )
)  # fmt: skip


async def _send(writer: Writer, body: bytes, more: bytes = b"") -> None:
    writer.write(JSON + more + b"Content-Length: %d\r\n\r\n" % len(body) + body)
    await writer.drain()


async def slow(reader: asyncio.StreamReader, writer: Writer) -> None:
    """A counterpart that takes everything and answers for as long as anybody listens."""
    with suppress(OSError, EOFError):
        await read_message(reader)
        writer.write(JSON + b"Content-Length: 100000\r\n\r\n")
        while True:
            writer.write(b" ")
            await writer.drain()
            await asyncio.sleep(DRIP_S)
    writer.transport.abort()


async def run(given: argparse.Namespace) -> dict[str, int]:
    """Until SIGTERM."""
    node = Node.open(given.home, given.passphrase_file.read_bytes().strip())
    hostile = Hostile(node, random.Random(given.seed), given.elsewhere)
    node.close()
    over = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, over.set)
    serve = hostile.serve if given.manner == "hostile" else slow
    await asyncio.start_server(serve, "127.0.0.1", given.port, limit=MOST_HEAD_BYTES)
    await over.wait()
    return dict(hostile.played)


def main() -> int:
    """The server as a command."""
    parser = argparse.ArgumentParser(description="A counterpart that means harm.")
    parser.add_argument("home", type=Path)
    parser.add_argument("--passphrase-file", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--manner", choices=("hostile", "slow"), default="hostile")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--elsewhere", type=int, default=9)
    sys.stdout.write(json.dumps(asyncio.run(run(parser.parse_args()))) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
