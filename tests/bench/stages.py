"""What each stage of a message costs alone, in microseconds of wall time: the median over many runs, and the best.

The stages run in this process on real keys, on the homes of the two nodes that were measured before.
"""

import asyncio
import secrets
import statistics
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import Any

from aiohttp import web

from keys import algorithms
from protocol import envelope, jws, messages, receipts, statement, strictjson
from protocol.envelope import Authentic, Envelope, Verified
from protocol.lifecycle import Kind
from protocol.messages import Message
from protocol.names import AuthorityId, CaseId, MessageId, ReceiptId
from protocol.statement import Composed
from tests.bench.pair import RECEIVER, SENDER, entered
from tests.softhsm import MODULE, token
from tracing import audit
from tracing.exchange.client import HttpWire
from tracing.exchange.items import post_body, read_batch
from tracing.node import Node
from tracing.store import Tx

DATA = b"x" * 800  # about the payload of a statement
GROUP = 64  # units that arrive together
LEAST_RUNS = 5


@dataclass(frozen=True)
class Timing:
    """One stage. ``us`` is the median."""

    stage: str
    us: float
    best_us: float
    runs: int


def timed(stage: str, run: Callable[[], Any], for_s: float, *, each: int = 1) -> Timing:
    """Run until the time is over; ``each`` is how many things one run does."""
    run()
    took: list[float] = []
    until = time.perf_counter() + for_s
    while len(took) < LEAST_RUNS or time.perf_counter() < until:
        began = time.perf_counter()
        run()
        took.append((time.perf_counter() - began) * 1e6 / each)
    return Timing(stage, statistics.median(took), min(took), len(took))


async def timed_async(stage: str, run: Callable[[], Awaitable[Any]], for_s: float, *, each: int = 1) -> Timing:
    """The same for what is awaited."""
    await run()
    took: list[float] = []
    until = time.perf_counter() + for_s
    while len(took) < LEAST_RUNS or time.perf_counter() < until:
        began = time.perf_counter()
        await run()
        took.append((time.perf_counter() - began) * 1e6 / each)
    return Timing(stage, statistics.median(took), min(took), len(took))


class Conversation:
    """One message at every stage of its way from one node to the other."""

    def __init__(self, sender: Node, receiver: Node) -> None:
        self.sender, self.receiver = sender, receiver
        self.content = {name: value for name, value in entered(1).items() if name != "to"}
        self.mid = MessageId.new(AuthorityId(SENDER), sender.ids.uuid7())
        self.case = CaseId.new(AuthorityId(SENDER), sender.ids.uuid7())
        us = sender.trust
        self.statement_keys = sender.vault.signers("stmt", us.active("stmt"))
        self.envelope_key = sender.vault.signers("env", us.active("env"))[0]
        self.receipt_key = receiver.vault.signers("rcpt", receiver.trust.active("rcpt"))[0]
        self.suite, self.kid, _ = receiver.trust.kem("online")
        self.info = envelope.info(sender.trust.net, self.mid, SENDER, RECEIVER, self.kid)

    def build(self) -> Message:
        today = self.sender.clock.now().date()
        return messages.build(Kind.TRACE_REQUEST, self.content, today=today, standing=None)

    def compose(self) -> Composed:
        return statement.compose(
            self.message, net=self.sender.trust.net, mid=self.mid, sender=SENDER, to=RECEIVER,
            iat=self.sender.clock.now_ms(), thread=self.case, re=(), due=None, hand=(),
            salt=self.sender.ids.random_bytes,
        )  # fmt: skip

    def sign_statement(self) -> tuple[bytes, str]:
        signed = jws.sign(self.composed.payload, statement.TYP, self.statement_keys)
        return envelope.inner_bytes(self.composed, signed), envelope.stc(self.composed, signed)

    def seal(self) -> bytes:
        return self.receiver.trust.seal(self.info, envelope.pad(self.signed[0]))[1]

    def finish(self) -> Envelope:
        me = self.sender.identity()
        manifest = envelope.build_manifest(
            net=me.net, stc=self.signed[1], mid=self.mid, sender=SENDER, to=RECEIVER, prio="routine",
            iat=self.sender.clock.now_ms(), seq=1, prev=None, kem_suite=self.suite, kem_kid=self.kid, ct=self.ct,
            ks_ver=me.keyset_version, ks_sha256=me.keyset_sha256,
        )  # fmt: skip
        return envelope.finish(manifest, self.ct, self.envelope_key)

    def authenticate(self) -> Authentic:
        parsed = envelope.parse(read_batch(self.post).envelopes[0])
        verify = self.sender.trust.verifier("env")
        return envelope.authenticate(parsed, me=RECEIVER, net=self.sender.trust.net, verify=verify)

    def unseal(self) -> bytes:
        return self.receiver.vault.unseal(self.kid, self.info, self.ct)

    def open_inner(self) -> Verified:
        trust = self.sender.trust
        return envelope.open_inner(
            self.authentic, self.plaintext, verify=trust.verifier("stmt"), required=trust.require_statement_algs
        )

    def issue_receipt(self) -> dict[str, Any]:
        me = self.receiver.identity()
        receipt = receipts.build(
            net=me.net, rid=ReceiptId.new(AuthorityId(RECEIVER), self.receiver.ids.uuid7()), sender=RECEIVER,
            to=SENDER, mid=self.mid, env=self.envelope.digest, stage="accepted", at=self.receiver.clock.now_ms(), hi=1,
            missing=(), origin="itx.training/at/br", index=0, ks_ver=me.keyset_version, ks_sha256=me.keyset_sha256,
        )  # fmt: skip
        return receipts.issue(receipt, self.receipt_key)

    def take_receipt(self) -> None:
        signed = receipts.parse(strictjson.load(self.receipt_wire, 1 << 16))
        verify = self.receiver.trust.verifier("rcpt")
        receipts.authenticate(signed, me=SENDER, net=self.sender.trust.net, verify=verify)

    # What each stage hands to the next, made once.
    message = cached_property(lambda self: self.build())
    composed = cached_property(lambda self: self.compose())
    signed = cached_property(lambda self: self.sign_statement())
    ct = cached_property(lambda self: self.seal())
    envelope = cached_property(lambda self: self.finish())
    post = cached_property(lambda self: post_body([self.envelope.wire]))
    authentic = cached_property(lambda self: self.authenticate())
    plaintext = cached_property(lambda self: self.unseal())
    receipt_wire = cached_property(lambda self: strictjson.dump(self.issue_receipt()))


def key_stages(for_s: float) -> Iterator[Timing]:
    """Each algorithm and each suite on a key of its own."""
    for alg in algorithms.ALGORITHMS:
        key = algorithms.signing_key(alg, algorithms.draw_seed(alg, _bytes))
        signature = key.sign(DATA)
        yield timed(f"sign {alg}", lambda key=key: key.sign(DATA), for_s)
        check = lambda key=key, made=signature: algorithms.verify(key.public, DATA, made)  # noqa: E731 - bound to this key
        yield timed(f"verify {alg}", check, for_s)
    for suite in algorithms.SUITES:
        opening = algorithms.opening_key(suite, algorithms.draw_seed(suite, _bytes))
        padded = bytes(16 * 1024)
        sealed = algorithms.seal(opening.public, b"info", padded)
        yield timed(f"seal {suite}", lambda key=opening, p=padded: algorithms.seal(key.public, b"info", p), for_s)
        yield timed(f"open {suite}", lambda key=opening, ct=sealed: key.open(b"info", ct), for_s)


def token_stages(folder: Path, for_s: float) -> Iterator[Timing]:
    """The same on a SoftHSM token, through the signer process; nothing where there is no SoftHSM."""
    if not MODULE:
        return
    with token(folder / "hsm") as module:
        uri, _ = module.make("ES256", "sign", secrets.token_bytes)
        yield timed("sign ES256 on a token", lambda: module.sign(uri, DATA), for_s)
        place, public = module.make("p256", "open", secrets.token_bytes)
        sealed = algorithms.seal(public, b"info", bytes(16 * 1024))
        yield timed("open p256 on a token", lambda: module.open(place, public.raw, b"info", sealed), for_s)


def _bytes(count: int) -> bytes:
    """Keys that guard nothing."""
    return sha256(b"bench").digest()[:count]


def message_stages(said: Conversation, for_s: float) -> Iterator[Timing]:
    """The stages of one message, in the order they happen."""
    yield timed("build message", said.build, for_s)
    yield timed("compose", said.compose, for_s)
    yield timed("sign statement", said.sign_statement, for_s)
    yield timed("seal message", said.seal, for_s)
    yield timed("finish envelope", said.finish, for_s)
    yield timed("parse and authenticate", said.authenticate, for_s)
    yield timed("issue receipt", said.issue_receipt, for_s)
    yield timed("take receipt", said.take_receipt, for_s)
    yield timed("unseal message", said.unseal, for_s)
    yield timed("open_inner", said.open_inner, for_s)


def commit_stages(node: Node, for_s: float) -> Iterator[Timing]:
    """A unit of work that appends one leaf: alone with its own fsync, and among those that arrive with it."""

    def unit(tx: Tx) -> int:
        return audit.note(tx, "op", "bench", {"act": "bench"})

    async def group() -> None:
        await asyncio.gather(*(node.store.write(unit) for _ in range(GROUP)))

    yield timed("commit alone", lambda: node.store.write_now(unit), for_s)
    yield asyncio.run(timed_async("commit grouped", group, for_s, each=GROUP))


async def http_stage(body: bytes, for_s: float) -> Timing:
    """One exchange over a kept connection: both ends in this process, nothing looked at."""

    async def serve(http_request: web.Request) -> web.Response:
        await http_request.read()
        return web.Response(body=b'{"receipts":[]}', content_type="application/json")

    app = web.Application(client_max_size=1 << 23)
    app.router.add_post("/itx/1/envelopes", serve)
    runner, wire = web.AppRunner(app, access_log=None), HttpWire()
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        url = f"http://127.0.0.1:{runner.addresses[0][1]}"
        return await timed_async("HTTP exchange", lambda: wire.post(RECEIVER, url, body), for_s)
    finally:
        await wire.close()
        await runner.cleanup()


def all_stages(folder: Path, passphrase: bytes, for_s: float) -> Iterator[Timing]:
    """Every stage, ``for_s`` each."""
    sender, receiver = (Node.open(folder / name, passphrase) for name in (SENDER, RECEIVER))
    try:
        said = Conversation(sender, receiver)
        yield from key_stages(for_s)
        yield from token_stages(folder, for_s)
        yield from message_stages(said, for_s)
        yield from commit_stages(sender, for_s)
        yield asyncio.run(http_stage(said.post, for_s))
    finally:
        sender.close()
        receiver.close()
