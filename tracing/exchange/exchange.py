"""The exchange of one node, put together: its app for counterparts, its outbox, its count of refusals.

exchange = Exchange(store=..., partners=..., signals=..., clock=..., ids=..., signer=rcpt_key, me=identity,
documents=own_documents, on_receipt=receipt_taken, folder=folder, quota_bytes=20 << 30, checkpoints=checkpoints,
log_origin=origin_of_our_log)
host, port = await exchange.listen("0.0.0.0", 8470)
await exchange.start()
...
await exchange.stop()
"""

import asyncio
import ssl
from collections.abc import Callable, Collection

from aiohttp import web

from keys.trust import TrustSet
from protocol.jws import Signer
from tracing.attachments import Folder
from tracing.audit import Checkpoints
from tracing.clock import Clock, Ids
from tracing.exchange.app import Door, build_app, refuse
from tracing.exchange.berths import Berths
from tracing.exchange.client import HttpWire, Wire
from tracing.exchange.documents import OwnDocuments
from tracing.exchange.inbox import Inbox, OnReceipt
from tracing.exchange.landing import Landing
from tracing.exchange.means import Means
from tracing.exchange.outbox import Outbox
from tracing.exchange.pace import Pace
from tracing.exchange.refreshing import Refresher, RefreshPace
from tracing.exchange.refusals import Refusals
from tracing.exchange.witnessing import Witnessing
from tracing.listening import Intake, Limits, Listener
from tracing.partners import Partners
from tracing.post import Identity
from tracing.signals import Signals
from tracing.store import Store

__all__ = ["Exchange"]


class Exchange:
    """What the composition root starts and stops. Make it inside the event loop it runs in."""

    def __init__(
        self,
        *,
        store: Store,
        partners: Partners,
        signals: Signals,
        clock: Clock,
        ids: Ids,
        signer: Callable[[], Signer],
        me: Callable[[], Identity],
        documents: Callable[[], OwnDocuments],
        on_receipt: OnReceipt,
        folder: Folder,
        quota_bytes: int,
        checkpoints: Checkpoints,
        log_origin: Callable[[], str],
        limits: Limits | None = None,
        pace: Pace | None = None,
        wire: Wire | None = None,
        refresh_pace: RefreshPace | None = None,
        own: Callable[[], TrustSet | None] = lambda: None,
        run: str | None = None,
        ours: Callable[[Collection[str]], Collection[str]] = lambda duties: duties,
    ) -> None:
        self._store = store
        self.wire = wire or HttpWire()
        self._limits = limits or Limits()
        self._refusals = Refusals(store)
        self.refresher = Refresher(
            store=store, partners=partners, signals=signals, wire=self.wire, clock=clock,
            refused=self._refusals.count, own=own, pace=refresh_pace,
        )  # fmt: skip
        pace = pace or Pace()
        witnessing = Witnessing(
            store, partners, checkpoints, clock, me=lambda: me().authority, origin=log_origin,
            hint=self.refresher.hint, every_s=pace.offer_s,
        )  # fmt: skip
        means = Means(
            store, partners, signals, self.wire, clock, ids, me, signer, on_receipt, pace, folder, documents,
            self.refresher.hint, witnessing, run, own,
        )  # fmt: skip
        self._outbox = Outbox(means, ours)
        self.inbox = Inbox(
            store=store, partners=partners, signals=signals, clock=clock, me=me, signer=signer, on_receipt=on_receipt,
            heard=self._outbox.heard, refused=self._refusals.count, refresher=self.refresher,
            witnessing=witnessing,
        )  # fmt: skip
        intake = Intake(self._limits)
        landing = Landing(Berths(store, folder, partners, signals, quota_bytes), intake, self._refusals.count)
        self._app = build_app(Door(self.inbox, intake, landing, me, documents, clock, self._refusals.count))
        self._listener: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []

    def app(self) -> web.Application:
        """The app counterparts touch. ``listen`` serves it with the deadlines a bare aiohttp runner does not keep."""
        return self._app

    async def listen(self, host: str, port: int, tls: ssl.SSLContext | None = None) -> tuple[str, int]:
        """Serve the app; returns the address. OSError if it is taken."""
        self._listener = Listener(self._app, self._limits, refuse)
        return await self._listener.start(host, port, tls)

    async def start(self) -> None:
        """Begin to deliver. Everything in the outbox is due."""
        self._tasks = [
            asyncio.create_task(self._refusals.run(), name="refusals"),
            asyncio.create_task(self.refresher.run(), name="refresh"),
        ]
        self._outbox.start()

    async def refresh(self) -> None:
        """Notice what other processes changed now: new, suspended and resumed counterparts, and who has spoken."""
        await self._outbox.match()
        if self._store.is_shared:
            await self._outbox.overhear()

    async def stop(self) -> None:
        """End within 10 s; what is not answered stays in the outbox."""
        ending = [self._outbox.stop()] + ([self._listener.stop()] if self._listener else [])
        await asyncio.gather(*ending)
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._refusals.write()
        await self.wire.close()
