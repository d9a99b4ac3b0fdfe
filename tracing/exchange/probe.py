"""Trying the way to a counterpart, layer by layer: which one holds, which one fails, and what to do about it.

for layer in await probe(partner, wire=wire, me=identity, signer=rcpt_key, clock=clock, ids=ids):
print(layer.name, layer.state, layer.detail, layer.remedy)
"""

import asyncio
import socket
from dataclasses import dataclass

from keys.trust import Freshness
from protocol import strictjson
from protocol.errors import ProtocolError
from protocol.jws import Signer
from tracing.clock import Clock, Ids, from_ms
from tracing.connecting.faults import WireError
from tracing.exchange.client import Answer, Wire
from tracing.exchange.greeting import Greeting, Unanswered, greet
from tracing.partners import Partner, confirmed
from tracing.post import Identity

__all__ = ["Layer", "probe"]

CLOCK_MS = 60_000  # beyond, deadlines counted on both sides begin to differ
CONNECT_S = 10.0
MAJOR, OK = 1, 200
MOST_BYTES = 64 * 1024  # of what a node says of itself
SPOKEN = ("permission", "signature", "clock")  # the layers of a hello
STRANGER = {"wrong-recipient", "mismatch"}  # what it refuses with is that it is somebody else
NO_NODE = "does the address belong to a node, and not to something before it?"


@dataclass(frozen=True, slots=True)
class Layer:
    """One layer of the way: ``state`` is ok, failed, or skipped because one before it failed."""

    name: str
    state: str
    detail: str = ""
    remedy: str = ""

    @property
    def is_ok(self) -> bool:
        """It holds."""
        return self.state == "ok"


async def probe(
    partner: Partner, *, wire: Wire, me: Identity, signer: Signer, clock: Clock, ids: Ids
) -> tuple[Layer, ...]:
    """The layers name, connection, tls (for https), version, permission, signature, clock, keyset, in this order."""
    if not partner.on_node or partner.url is None:
        return (Layer("name", "failed", "this counterpart has no node", "write to it by letter"),)
    https = confirmed(partner.url).scheme == "https"
    below = [await _name(partner.url)]
    below.append(await _connection(partner.url) if below[0].is_ok else _skipped("connection"))
    if not below[1].is_ok:
        rest = (["tls"] if https else []) + ["version", *SPOKEN]
        return (*below, *map(_skipped, rest), _keyset(partner, clock))
    answered = await _answered(partner, wire, me, https=https)
    if not answered[-1].is_ok:
        return (*below, *answered, *map(_skipped, SPOKEN), _keyset(partner, clock))
    spoken, newest = await _spoken(partner, wire=wire, me=me, signer=signer, clock=clock, ids=ids)
    return (*below, *answered, *spoken, _keyset(partner, clock, newest))


async def _name(url: str) -> Layer:
    host = confirmed(url).host or ""
    try:
        found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        return Layer("name", "failed", f"{host} does not resolve", "check the host name and this node's name server")
    return Layer("name", "ok", f"{host} is {found[0][4][0]}")


async def _connection(url: str) -> Layer:
    address = confirmed(url)
    where = f"{address.host}:{address.port}"
    try:
        async with asyncio.timeout(CONNECT_S):
            _, writer = await asyncio.open_connection(address.host, address.port)
    except (OSError, TimeoutError):
        remedy = "is the node running there? do both firewalls let this port through?"
        return Layer("connection", "failed", f"{where} does not take connections", remedy)
    writer.close()
    return Layer("connection", "ok", f"{where} takes connections")


async def _answered(partner: Partner, wire: Wire, me: Identity, *, https: bool) -> list[Layer]:
    """TLS, and the version of what answers, from what it says of itself without a signature."""
    tls = [Layer("tls", "ok", "TLS 1.3")] if https else []
    try:
        answer = await wire.get(partner.authority, partner.url or "", "node")
    except WireError as error:
        if error.layer == "tls":
            return [Layer("tls", "failed", str(error), "check the certificate and TLS 1.3 there"), _skipped("version")]
        return [*tls, Layer("version", "failed", f"no answer: {error}", NO_NODE)]
    return [*tls, _version(answer, me)]


def _version(answer: Answer, me: Identity) -> Layer:
    """Of the protocol, and of the network: real and training nodes are two worlds."""
    try:
        said = strictjson.load(answer.body, MOST_BYTES) if answer.status == 200 else None
    except ProtocolError:
        said = None
    if not isinstance(said, dict) or "itx" not in said:
        return Layer("version", "failed", f"answered {answer.status}, and no node", NO_NODE)
    if said["itx"] != MAJOR:
        remedy = "ask which versions it speaks; the older of the two nodes is to be renewed"
        return Layer("version", "failed", f"it speaks ITX/{str(said['itx'])[:8]}, this node ITX/{MAJOR}", remedy)
    if said.get("net") != me.net:
        remedy = "training and real nodes refuse each other: ask for the address of the other one"
        return Layer("version", "failed", f"it is a node of the {str(said.get('net'))[:16]!r} network", remedy)
    return Layer("version", "ok", f"ITX/{MAJOR}, {me.net}")


async def _spoken(
    partner: Partner, *, wire: Wire, me: Identity, signer: Signer, clock: Clock, ids: Ids
) -> tuple[list[Layer], int]:
    """Permission, signature and clock, from one hello; and the version of the keyset it speaks under (or 0)."""
    if partner.is_suspended:
        remedy = f"the exchange was stopped here: `tracing counterpart resume {partner.authority}`"
        return [Layer("permission", "failed", "suspended by this node", remedy), *map(_skipped, SPOKEN[1:])], 0
    try:
        greeting = await greet(wire, partner, me=me, signer=signer, clock=clock, ids=ids)
    except WireError as error:
        return [Layer("permission", "failed", f"no answer: {error}", NO_NODE), *map(_skipped, SPOKEN[1:])], 0
    except Unanswered as error:
        return [*_unanswered(error), _skipped("clock")], 0
    may = Layer("permission", "ok", "it takes what this node signs")
    signed = Layer("signature", "ok", f"answered in {greeting.round_trip_ms} ms")
    return [may, signed, _clock(greeting)], greeting.keyset


def _unanswered(error: Unanswered) -> list[Layer]:
    """Whether we are refused, or what answers is not the one that was pinned."""
    if error.status == OK or error.code in STRANGER:
        remedy = "it is not the counterpart that was pinned, or its keys changed: compare digests before anything else"
        return [Layer("permission", "ok", "it answers"), Layer("signature", "failed", str(error), remedy)]
    remedies = {
        401: "it does not know this node, or not its newest keys: have this node's card pinned there",
        403: "the exchange is suspended there: ask its officers",
    }
    remedy = remedies.get(error.status, "look into its log, or ask again later")
    return [Layer("permission", "failed", str(error), remedy), _skipped("signature")]


def _clock(greeting: Greeting) -> Layer:
    seconds = greeting.offset_ms / 1000
    detail = f"its clock stands {seconds:+.1f} s against ours"
    if abs(greeting.offset_ms) <= CLOCK_MS:
        return Layer("clock", "ok", detail)
    return Layer("clock", "failed", detail, "set both clocks by a time server")


def _keyset(partner: Partner, clock: Clock, newest: int = 0) -> Layer:
    """What is held of its keys; ``newest`` is the version it speaks under."""
    keyset, root = (None, None) if partner.trust is None else (partner.trust.keyset, partner.trust.root)
    if keyset is None or root is None:
        return Layer("keyset", "failed", "its keys do not hold here", "ask it for a new card and compare digests")
    until, update = from_ms(min(keyset.exp, root.exp)).date(), f"`tracing counterpart update {partner.authority}`"
    if partner.freshness(clock.now_ms()) is not Freshness.CURRENT:
        return Layer(
            "keyset", "failed", f"version {keyset.ver} ended on {until}", f"{update}, or ask it for a new card"
        )
    if newest > keyset.ver:
        return Layer("keyset", "failed", f"it speaks under version {newest}, version {keyset.ver} is held", update)
    days = (clock.now_ms() - keyset.iat) // 86_400_000
    return Layer("keyset", "ok", f"version {keyset.ver}, {days} days old, holds until {until}")


def _skipped(name: str) -> Layer:
    return Layer(name, "skipped")
