"""``tracing counterpart test|recover``: the way to a counterpart, layer by layer; taking back what an old copy lost."""

from collections.abc import Sequence
from functools import partial

import typer

from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.counterparts import Authority, counterparts, find
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.exchange import Layer, probe
from tracing.exchange.client import HttpWire
from tracing.exchange.recovering import allow
from tracing.node import Node
from tracing.trust.foreign import what_to_do

__all__ = ["broken", "counterparts", "sentence", "try_way"]

ENDS = {"name": Exit.UNREACHABLE, "connection": Exit.UNREACHABLE, "tls": Exit.UNREACHABLE,
    "signature": Exit.INTEGRITY}  # fmt: skip


@counterparts.command("test")
def test(context: typer.Context, authority: Authority) -> None:
    """Reach a counterpart: name, connection, TLS, version, permission, signature, clock, age of its keyset."""
    call = call_of(context)
    layers = work_at(call, lambda node: try_way(node, authority))
    bad = broken(layers)
    said = [
        {"layer": one.name, "ok": one.is_ok, "state": one.state, "said": one.detail, "remedy": one.remedy}
        for one in layers
    ]
    document = {"authority": authority, "ok": bad is None, "layers": said}
    if bad is not None:
        raise Ends(ENDS.get(bad.name, Exit.PROBLEMS), f"{authority}: {sentence(bad)}", document)
    call.out.result(document, table(("layer", "", ""), [(one.name, one.state, one.detail) for one in layers]))


@counterparts.command("recover")
def recover(context: typer.Context, authority: Authority) -> None:
    """Say that this node, an older copy, is the one that goes on: the counterpart gives back what it lost."""
    call = call_of(context)
    call.confirm(f"No other node with our keys may run. Take back from {authority} what this copy lost?")

    async def work(node: Node) -> tuple[bool, str | None]:
        await find(node, authority)
        begins = await node.store.write(lambda tx: allow(tx, authority, by_command()))
        return begins, await node.store.read(partial(what_to_do, of=authority, mine=node.identity().keyset_version))

    begins, first = work_at(call, work)
    if not begins:
        why = first or f"{authority} is asked already, or holds no more"
        raise Ends(Exit.FAILED, f"nothing waits for that: {why}; nothing was done")
    document = {"authority": authority, "recovery": "asking", "first": first}
    then = "" if first is None else f"\nIt goes on by itself once {authority} holds a keyset of this home: {first}"
    call.out.result(document, f"{authority} is asked for what this copy lost{then}")


async def try_way(node: Node, authority: str) -> tuple[Layer, ...]:
    """Every layer of the way to a counterpart. It is said hello, and nothing else."""
    partner = await find(node, authority)
    wire = HttpWire()
    try:
        return await probe(
            partner, wire=wire, me=node.identity(), signer=node.keyring.voice.signer("rcpt"), clock=node.clock,
            ids=node.ids,
        )  # fmt: skip
    finally:
        await wire.close()


def broken(layers: Sequence[Layer]) -> Layer | None:
    """The first layer that fails."""
    return next((one for one in layers if one.state == "failed"), None)


def sentence(layer: Layer) -> str:
    """What fails, what was seen, and what to do."""
    return f"{layer.name}: {layer.detail}; {layer.remedy}"
