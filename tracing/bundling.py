"""Bundles of a node, put together: for commands beside a running node, and for its desk.

The inbox that judges what came by file is of the same kind as the one on line, and another one: what an inbox keeps in
memory is about hellos, and no file says hello. A command opens by itself what it takes; a running node is rung.

    packer_of(node).pack("at", Path("at.itx"), actor="ada")
    unpacker_of(node, opener_of(node).open_all).take(file, actor="ada")
"""

from collections.abc import Awaitable, Callable

from tracing.casework.delivery import receipt_taken
from tracing.exchange.berths import Berths
from tracing.exchange.bundles.packing import Packer
from tracing.exchange.bundles.unpacking import Unpacker
from tracing.exchange.client import HttpWire
from tracing.exchange.inbox import Inbox
from tracing.exchange.refreshing import Refresher
from tracing.node import Node
from tracing.seals.claims import Claims
from tracing.seals.opening import Opener

__all__ = ["opener_of", "packer_of", "unpacker_of"]

RUN_BYTES = 16


def packer_of(node: Node) -> Packer:
    """What makes bundles of this node."""
    return Packer(
        store=node.store, partners=node.partners, folder=node.folder, clock=node.clock, ids=node.ids, me=node.identity,
        signer=lambda: node.keyring.voice.signer("rcpt"), documents=node.documents,
    )  # fmt: skip


def unpacker_of(node: Node, opened: Callable[[], Awaitable[None]]) -> Unpacker:
    """What takes bundles at this node; ``opened`` sees to what was taken being opened."""
    refresher = Refresher(
        store=node.store, partners=node.partners, signals=node.signals, wire=HttpWire(), clock=node.clock,
        refused=_uncounted, own=lambda: node.keyring.trust,
    )  # fmt: skip
    inbox = Inbox(
        store=node.store, partners=node.partners, signals=node.signals, clock=node.clock, me=node.identity,
        signer=lambda: node.keyring.voice.signer("rcpt"), refresher=refresher, refused=_uncounted, heard=_unheard,
        on_receipt=lambda tx, mid, stage, _at_ms: receipt_taken(tx, node.house.timetable, mid, stage),
    )  # fmt: skip
    quota_bytes = node.settings.attachments.counterpart.in_bytes
    berths = Berths(node.store, node.folder, node.partners, node.signals, quota_bytes)
    return Unpacker(node.store, node.signals, inbox, berths, node.identity, opened)


def opener_of(node: Node) -> Opener:
    """What opens envelopes at this node, beside whatever else does."""
    return Opener(
        store=node.store, vault=node.vault, partners=node.partners, signals=node.signals, me=node.identity,
        receipt_key=lambda: node.keyring.voice.signer("rcpt"), house=node.house, folder=node.folder,
        claims=Claims(node.ids.random_bytes(RUN_BYTES).hex()) if node.store.is_shared else None,
    )  # fmt: skip


def _uncounted(_code: str) -> None:
    """Who imports a file is told what was refused; strangers' posts alone are counted by the minute."""


def _unheard(_authority: str, _started: bool) -> None:  # noqa: FBT001 - the callback of an inbox
    """A file says nothing of whether its sender is up."""
