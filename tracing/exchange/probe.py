"""Trying the way to a counterpart, layer by layer: which one holds, which one fails, and what to do about it.

for layer in await probe(partner, wire=wire, me=identity, signer=rcpt_key, clock=clock, ids=ids):
print(layer.name, layer.state, layer.detail, layer.remedy)
"""

import asyncio
import socket
from dataclasses import dataclass

from protocol.jws import Signer
from tracing.clock import Clock, Ids, from_ms
from tracing.exchange.client import Wire, WireError
from tracing.exchange.greeting import Greeting, Unanswered, greet
from tracing.partners import Partner, confirmed
from tracing.post import Identity

__all__ = ["Layer", "probe"]

CLOCK_MS = 60_000  # beyond, deadlines counted on both sides begin to differ
CONNECT_S = 10.0


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
    """The layers name, connection, tls (for https), signature, clock, keyset, in this order."""
    if not partner.on_node or partner.url is None:
        return (Layer("name", "failed", "this counterpart has no node", "write to it by letter"),)
    https = confirmed(partner.url).scheme == "https"
    below = [await _name(partner.url)]
    below.append(await _connection(partner.url) if below[0].is_ok else _skipped("connection"))
    if not below[1].is_ok:
        rest = (["tls"] if https else []) + ["signature", "clock"]
        return (*below, *map(_skipped, rest), _keyset(partner, clock))
    return (
        *below,
        *await _spoken(partner, wire=wire, me=me, signer=signer, clock=clock, ids=ids, https=https),
        _keyset(partner, clock),
    )


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


async def _spoken(
    partner: Partner, *, wire: Wire, me: Identity, signer: Signer, clock: Clock, ids: Ids, https: bool
) -> list[Layer]:
    """TLS, signature and clock, from one hello."""
    tls = [Layer("tls", "ok", "TLS 1.3")] if https else []
    try:
        greeting = await greet(wire, partner, me=me, signer=signer, clock=clock, ids=ids)
    except WireError as error:
        if error.layer == "tls":
            return [Layer("tls", "failed", str(error), "check the certificate and TLS 1.3 there"), *_skip_spoken()]
        detail, remedy = f"no answer: {error}", "does the address belong to a node, and not to something before it?"
        return [*tls, Layer("signature", "failed", detail, remedy), _skipped("clock")]
    except Unanswered as error:
        return [*tls, Layer("signature", "failed", str(error), _remedy(error)), _skipped("clock")]
    return [*tls, Layer("signature", "ok", f"answered in {greeting.round_trip_ms} ms"), _clock(greeting)]


def _remedy(error: Unanswered) -> str:
    if error.status == 401:
        return "it does not know this node yet: have this node's card pinned there"
    if error.status == 403:
        return "the exchange is suspended there: ask its officers"
    if error.status == 200:
        return "it is not the counterpart that was pinned, or its keys changed: compare digests before anything else"
    return "does the address belong to a node? look into its log"


def _clock(greeting: Greeting) -> Layer:
    seconds = greeting.offset_ms / 1000
    detail = f"its clock stands {seconds:+.1f} s against ours"
    if abs(greeting.offset_ms) <= CLOCK_MS:
        return Layer("clock", "ok", detail)
    return Layer("clock", "failed", detail, "set both clocks by a time server")


def _keyset(partner: Partner, clock: Clock) -> Layer:
    keyset = None if partner.trust is None else partner.trust.keyset
    if keyset is None:
        return Layer("keyset", "failed", "its keys do not hold here", "ask it for a new card and compare digests")
    until = from_ms(keyset.exp).date()
    if keyset.exp < clock.now_ms():
        return Layer("keyset", "failed", f"version {keyset.ver} ended on {until}", "ask it for a new card")
    days = (clock.now_ms() - keyset.iat) // 86_400_000
    return Layer("keyset", "ok", f"version {keyset.ver}, {days} days old, holds until {until}")


def _skip_spoken() -> list[Layer]:
    return [_skipped("signature"), _skipped("clock")]


def _skipped(name: str) -> Layer:
    return Layer(name, "skipped")
