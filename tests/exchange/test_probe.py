"""Trying the way to a counterpart: the layer that fails is named, with what to do about it."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.exchange.conftest import MakeNode
from tests.exchange.test_wire_out import self_signed
from tests.exchange.world import SHORT, Nation, Node, make_node
from tests.given import TurnedClock
from tracing.clock import Ids, SystemClock
from tracing.exchange import Layer, probe
from tracing.exchange.client import HttpWire
from tracing.partners import Partner, set_status
from tracing.post import Identity

LAYERS = ("name", "connection", "version", "permission", "signature", "clock", "keyset")


@pytest.fixture
async def wire() -> AsyncIterator[HttpWire]:
    made = HttpWire(SHORT)
    yield made
    await made.close()


def brazil(nations: dict[str, Nation], url: str | None) -> Partner:
    return Partner("br", "BRA", "Bureau", on_node=True, status="active", url=url, trust=nations["br"].trust)


async def tried(
    wire: HttpWire, partner: Partner, nations: dict[str, Nation], clock: SystemClock | TurnedClock | None = None
) -> dict[str, Layer]:
    clock, ke = clock or SystemClock(), nations["ke"]
    layers = await probe(partner, wire=wire, me=ke.identity, signer=ke.signers["rcpt"], clock=clock, ids=Ids(clock))
    return {layer.name: layer for layer in layers}


def states(layers: dict[str, Layer]) -> list[tuple[str, str]]:
    return [(layer.name, layer.state) for layer in layers.values()]


async def test_a_way_that_holds_is_ok_in_every_layer(br: Node, wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, br.url), nations)
    assert states(layers) == [(name, "ok") for name in LAYERS]


async def test_a_name_that_does_not_resolve_is_named(wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, "https://no-such-host.invalid"), nations)
    skipped = [(name, "skipped") for name in ("connection", "tls", "version", "permission", "signature", "clock")]
    assert states(layers) == [("name", "failed"), *skipped, ("keyset", "ok")]
    assert layers["name"].remedy


async def test_a_closed_port_is_named(wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, "http://127.0.0.1:9"), nations)
    assert (layers["connection"].state, layers["signature"].state) == ("failed", "skipped")


async def test_a_certificate_nobody_vouches_for_is_named(
    wire: HttpWire, nations: dict[str, Nation], tmp_path: Path
) -> None:
    async def silent(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(silent, "127.0.0.1", 0, ssl=self_signed(tmp_path))
    layers = await tried(wire, brazil(nations, f"https://127.0.0.1:{server.sockets[0].getsockname()[1]}"), nations)
    server.close()
    assert (layers["connection"].state, layers["tls"].state, layers["signature"].state) == ("ok", "failed", "skipped")


async def test_something_that_is_no_node_is_named(wire: HttpWire, nations: dict[str, Nation]) -> None:
    async def mute(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.close()

    server = await asyncio.start_server(mute, "127.0.0.1", 0)
    layers = await tried(wire, brazil(nations, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), nations)
    server.close()
    assert (layers["version"].state, layers["signature"].state) == ("failed", "skipped")


def saying(body: bytes, status: str = "200 OK") -> bytes:
    return b"HTTP/1.1 %b\r\nContent-Length: %d\r\nConnection: close\r\n\r\n%b" % (status.encode(), len(body), body)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b'{"itx":2,"net":"real"}', "it speaks ITX/2, this node ITX/1"),
        (b'{"itx":1,"net":"real"}', "it is a node of the 'real' network"),
        (b'{"itx":1}', "it is a node of the 'None' network"),
        (b"<html>It works!</html>", "answered 200, and no node"),
        (b"[" * 5000, "answered 200, and no node"),
    ],
)
async def test_another_version_or_network_is_named(
    wire: HttpWire, nations: dict[str, Nation], body: bytes, said: str
) -> None:
    async def talk(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError):
            await reader.readuntil(b"\r\n\r\n")
            writer.write(saying(body))
        writer.close()

    server = await asyncio.start_server(talk, "127.0.0.1", 0)
    layers = await tried(wire, brazil(nations, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"), nations)
    server.close()
    assert (layers["version"].detail, layers["permission"].state, bool(layers["version"].remedy)) == (
        said, "skipped", True,
    )  # fmt: skip


async def test_a_counterpart_that_does_not_know_us_is_named(
    node_of: MakeNode, wire: HttpWire, nations: dict[str, Nation]
) -> None:
    br = await node_of("br").open(deliver=False)
    layers = await tried(wire, brazil(nations, br.url), nations)
    assert (layers["permission"].state, "pinned there" in layers["permission"].remedy) == ("failed", True)


async def test_a_counterpart_that_suspended_us_is_named(br: Node, wire: HttpWire, nations: dict[str, Nation]) -> None:
    await br.store.write(lambda tx: set_status(tx, "ke", "suspended", "ada"))
    await br.refresh()
    layers = await tried(wire, brazil(nations, br.url), nations)
    assert (layers["permission"].state, "suspended there" in layers["permission"].remedy) == ("failed", True)


async def test_a_counterpart_that_we_suspended_is_asked_nothing(
    br: Node, wire: HttpWire, nations: dict[str, Nation]
) -> None:
    layers = await tried(wire, replace(brazil(nations, br.url), status="suspended"), nations)
    assert (layers["permission"].detail, layers["signature"].state) == ("suspended by this node", "skipped")


class Ahead(Nation):
    """One that has issued a keyset since."""

    @property
    def identity(self) -> Identity:
        return replace(super().identity, keyset_version=2)


async def test_a_keyset_older_than_the_one_it_speaks_under_is_named(
    wire: HttpWire, nations: dict[str, Nation], tmp_path: Path
) -> None:
    there = nations["br"]
    br = await make_node(tmp_path, Ahead(there.authority, there.signers, there.roots, there.keyset, there.trust)).open(
        deliver=False
    )
    await br.knows(nations["ke"])
    layers = await tried(wire, brazil(nations, br.url), nations)
    await br.close()
    assert (layers["keyset"].state, layers["keyset"].detail) == (
        "failed", "it speaks under version 2, version 1 is held",
    )  # fmt: skip


async def test_another_authority_in_its_place_is_named(
    node_of: MakeNode, wire: HttpWire, nations: dict[str, Nation]
) -> None:
    at = await node_of("at").open(deliver=False)
    await at.knows(nations["ke"])
    layers = await tried(wire, brazil(nations, at.url), nations)
    assert (layers["signature"].state, layers["signature"].detail) == ("failed", "answered 400 wrong-recipient")


async def test_a_counterpart_whose_keys_do_not_hold_is_named(
    br: Node, wire: HttpWire, nations: dict[str, Nation]
) -> None:
    layers = await tried(wire, replace(brazil(nations, br.url), trust=None), nations)
    assert (layers["signature"].state, layers["keyset"].state) == ("failed", "failed")


async def test_a_server_that_is_something_else_is_named(br: Node, wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, f"{br.url}/elsewhere"), nations)
    assert (layers["version"].detail, layers["version"].state) == ("answered 404, and no node", "failed")


async def test_a_clock_that_stands_wrong_is_named(br: Node, wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, br.url), nations, TurnedClock(datetime.now(UTC) + timedelta(hours=1)))
    seconds = float(layers["clock"].detail.removeprefix("its clock stands ").split()[0])
    assert (layers["clock"].state, -3660 < seconds < -3540) == ("failed", True)


async def test_a_keyset_past_its_date_is_named(br: Node, wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, brazil(nations, br.url), nations, TurnedClock(datetime.now(UTC) + timedelta(days=91)))
    assert layers["keyset"].state == "failed"


async def test_a_state_reached_by_letter_has_no_way_to_try(wire: HttpWire, nations: dict[str, Nation]) -> None:
    layers = await tried(wire, replace(brazil(nations, None), on_node=False), nations)
    assert states(layers) == [("name", "failed")]
