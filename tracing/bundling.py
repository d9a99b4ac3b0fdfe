"""Bundles of a node, put together: for commands beside a running node, and for its desk.

The inbox that judges what came by file is of the same kind as the one on line, and another one: what an inbox keeps in
memory is about hellos, and no file says hello. A command opens by itself what it takes; a running node is rung.

    packer_of(node).pack("at", Path("at.itx"), actor="ada")
    unpacker_of(node, opener_of(node).open_all).take(file, actor="ada")
"""

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import IO, Protocol

from sqlalchemy import func, literal_column, select

from keys.vault import Vault
from protocol.errors import ProtocolError
from tracing.attachments import Folder
from tracing.casework.acts import House
from tracing.casework.delivery import receipt_taken
from tracing.clock import Clock, Ids
from tracing.desk.carrying import BundleRefused
from tracing.exchange.berths import Berths
from tracing.exchange.bundles.container import NoBundle
from tracing.exchange.bundles.packing import BundleHeld, Made, Packer
from tracing.exchange.bundles.parts import PartTooSmall
from tracing.exchange.bundles.unpacking import Report, Unpacker
from tracing.exchange.client import HttpWire
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.inbox import Inbox
from tracing.exchange.refreshing import Refresher
from tracing.partners import Partners
from tracing.post import Identity
from tracing.seals.claims import Claims
from tracing.seals.opening import Opener
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.store import Store, View
from tracing.tables import Envelope, table_of
from tracing.trust.keyring import Keyring

__all__ = ["Bundles", "opener_of", "packer_of", "unpacker_of"]

RUN_BYTES = 16
PATIENCE_S = 10.0  # for what was taken to be opened, so that the way back says so already
LOOK_S = 0.1
_envelopes = table_of(Envelope)
_UNOPENED = (
    select(func.count())
    .select_from(_envelopes)
    .where(_envelopes.c.direction == literal_column("'in'"), _envelopes.c.stage == literal_column("'accepted'"))
)


class OfNode(Protocol):
    """What is needed of a node (``tracing/node.py``, which stands above)."""

    @property
    def store(self) -> Store: ...
    @property
    def vault(self) -> Vault: ...
    @property
    def partners(self) -> Partners: ...
    @property
    def signals(self) -> Signals: ...
    @property
    def folder(self) -> Folder: ...
    @property
    def clock(self) -> Clock: ...
    @property
    def ids(self) -> Ids: ...
    @property
    def settings(self) -> Settings: ...
    @property
    def keyring(self) -> Keyring: ...
    @property
    def house(self) -> House: ...
    def identity(self) -> Identity: ...
    def documents(self) -> OwnDocuments: ...


class Bundles:
    """Those of a node that runs: what a file brings is opened by whoever opens there."""

    def __init__(self, node: OfNode) -> None:
        self._node = node

    async def pack(self, to: str, place: Path, *, actor: str) -> Made:
        """Everything that waits for ``to``, in one file. BundleRefused, OSError."""
        try:
            return await packer_of(self._node).pack(to, place, actor=actor)
        except (BundleHeld, PartTooSmall) as error:
            raise BundleRefused("held", str(error)) from error

    async def take(self, file: IO[bytes], *, actor: str) -> Report:
        """Take a bundle in. BundleRefused where all of it is."""
        try:
            report = await unpacker_of(self._node, self._ring).take(file, actor=actor)
        except (NoBundle, ProtocolError) as error:
            raise BundleRefused(error.code, str(error)) from error
        waited = 0.0
        while waited < PATIENCE_S and await self._node.store.read(_is_unopened):
            await asyncio.sleep(LOOK_S)
            waited += LOOK_S
        return report

    async def _ring(self) -> None:
        self._node.signals.ring("opening")


def _is_unopened(view: View) -> bool:
    return view.conn.execute(_UNOPENED).scalar_one() > 0


def packer_of(node: OfNode) -> Packer:
    """What makes bundles of this node."""
    return Packer(
        store=node.store, partners=node.partners, folder=node.folder, clock=node.clock, ids=node.ids, me=node.identity,
        signer=lambda: node.keyring.voice.signer("rcpt"), documents=node.documents,
    )  # fmt: skip


def unpacker_of(node: OfNode, opened: Callable[[], Awaitable[None]]) -> Unpacker:
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


def opener_of(node: OfNode) -> Opener:
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
