"""One national node, put together: the only file that names concrete classes of every room.

``Node.open`` gives everything a command needs (no listener, nothing sent); ``start`` adds the two listeners, the
workers and the watch; ``stop`` ends them with nothing lost: what was promised is in the database.

    node = Node.open(home, passphrase)
    await node.start()
    await node.run_until_stopped()
"""

import asyncio
import signal
from collections.abc import Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO, Any

import structlog

from keys.trust import TrustSet
from keys.vault import Vault
from protocol.names import AuthorityId
from tracing import audit
from tracing.attachments import Folder
from tracing.audit import Checkpoints
from tracing.bundling import Bundles
from tracing.calendar.limits import timetable
from tracing.calendar.watch import Watch
from tracing.casework import tallies
from tracing.casework.acts import House
from tracing.casework.delivery import receipt_taken
from tracing.casework.matters.rows import judge_all
from tracing.casework.office import Office
from tracing.claim import claim_home, name_run
from tracing.clock import Clock, Ids, SystemClock
from tracing.custody import hardware_of, is_away, look_for
from tracing.database import engine_of, who_runs
from tracing.desk.accounts import Accounts
from tracing.desk.app import make_app
from tracing.desk.context import Desk
from tracing.desk.listener import desk_listener
from tracing.desk.pages import install as install_pages
from tracing.duties import Duties
from tracing.exchange import Exchange
from tracing.exchange.documents import OwnDocuments
from tracing.listening import Listener
from tracing.noticing import Notice
from tracing.outside import Outside
from tracing.partners import Partners
from tracing.parts import LEADER, Part, cipher_of, while_leading
from tracing.post import Identity
from tracing.reports.ledger import read_ledger
from tracing.reports.outcomes import read_outcomes
from tracing.seals.claims import Claims
from tracing.seals.opening import Opener
from tracing.seals.returning import Returner
from tracing.seals.sealing import Sealer
from tracing.settings import Settings
from tracing.signals import Signals
from tracing.stamping import Stamper
from tracing.store import Store, StoreUnavailable, Tx, bring_up_to_date, require_database
from tracing.store.leases import Leases
from tracing.trust.keyring import Keyring, NotFounded

__all__ = ["Node", "NotFounded"]

LOOK_EVERY_S = 30.0  # the watch over deadlines; checkpoints are signed at each look, so within 60 s


@dataclass(slots=True)
class Node:
    """The parts of one node."""

    home: Path
    settings: Settings
    vault: Vault
    store: Store
    keyring: Keyring
    partners: Partners
    signals: Signals
    office: Office
    checkpoints: Checkpoints
    clock: Clock
    ids: Ids
    house: House = field(repr=False)
    folder: Folder
    part: Part = Part.ALL
    outside: Outside = field(default_factory=Outside)
    look_every_s: float = LOOK_EVERY_S
    needs_new_start: bool = False  # its keys changed, and this part cannot read the new ones
    stopped: asyncio.Event = field(repr=False, default_factory=asyncio.Event)
    _running: "_Running | None" = field(repr=False, default=None)

    # ------------------------------------------------------------ opening

    @classmethod
    def open(
        cls,
        home: Path,
        passphrase: bytes,
        *,
        clock: Clock | None = None,
        ids: Ids | None = None,
        part: Part = Part.ALL,
        outside: Outside | None = None,
    ) -> "Node":
        """Everything a command needs. ConfigInvalid, WrongPassphrase, DatabaseInvalid or NotFounded say what to do."""
        clock, outside = clock or SystemClock(), outside or Outside()
        ids = ids or Ids(clock)
        settings = Settings.load(home)
        vault = Vault.open(home / "keys", passphrase, part.uses, hardware=hardware_of(settings, clock))
        engine = engine_of(settings)
        require_database(engine)
        bring_up_to_date(engine, running=lambda: who_runs(home, engine))
        store = outside.store(engine, cipher_of(vault, ids), clock, ids)
        try:
            if part.works:
                tallies.count_all_missing(store)
            keyring = Keyring.open(vault, store, settings)
            return cls._put_together(home, _Basis(settings, vault, store, keyring, clock, ids, part, outside))
        except BaseException:  # whatever it was flies on; the database is let go of first
            store.close()
            raise

    @classmethod
    def _put_together(cls, home: Path, basis: "_Basis") -> "Node":
        settings, vault, store, keyring = basis.settings, basis.vault, basis.store, basis.keyring
        partners, signals = Partners(store, settings.net), Signals()
        partners.reload()
        house = House(
            authority=AuthorityId(settings.authority),
            country=settings.country,
            two_persons=settings.release == "two",
            confidentiality=settings.confidentiality,
            seal=_sealer(basis, partners, signals),
            timetable=timetable(settings, basis.clock.now().date()),
        )
        office = Office(store, house, basis.clock, basis.ids, signals)
        office.stamper = Stamper.of(settings, basis.ids)
        checkpoints = Checkpoints(lambda: keyring.voice.log, lambda: keyring.trust.log_keys)
        return cls(
            home, settings, vault, store, keyring, partners, signals, office, checkpoints, basis.clock, basis.ids,
            house, Folder(home / "attachments").make(), basis.part, basis.outside,
        )  # fmt: skip

    @property
    def trust(self) -> TrustSet:
        """What counterparts believe of us, verified like theirs."""
        return self.keyring.trust

    def identity(self) -> Identity:
        """Who we are on the wire now."""
        return self.keyring.voice.identity

    def documents(self) -> OwnDocuments:
        """Our trust documents, as counterparts fetch them."""
        return OwnDocuments(self.trust.root_documents, self.trust.keyset_document or b"")

    async def keep_keys(self) -> bool:
        """Do what is due with our keys; counterparts are told at once if that issued a keyset."""
        if issued := await asyncio.to_thread(self.keyring.look):
            self.ring_all()
        return issued

    def ring_all(self) -> None:
        """Wake everything that looks at rows."""
        waiting = (f"{bell}:{one.authority}" for one in self.partners.all() for bell in ("outbox", "blobs"))
        for bell in ("opening", "desk", "mail", "webhook", *waiting):
            self.signals.ring(bell)

    def close(self) -> None:
        """Let go of the database, and of the token."""
        self.signals.close()
        self.keyring.close()
        if self.vault.hardware is not None:
            self.vault.hardware.close()
        self.store.close()

    # ------------------------------------------------------------ running

    async def start(self) -> None:
        """Listen, deliver, open, watch. OSError when an address cannot be had; nothing runs then."""
        await asyncio.to_thread(look_for, self.vault.hardware)
        claim = claim_home(self.home, shared=self.store.is_shared)
        run = name_run(claim, self.ids)
        self.signals.bind()
        await self.store.write(self._note_start)
        if self.part.works:
            await self.store.write(judge_all)
        running = _Running(self, claim, run)
        try:
            await running.begin()
        except BaseException:  # whatever it was flies on; nothing is left running
            await running.end()
            raise
        self._running = running
        structlog.get_logger().info(
            "node.started",
            authority=self.settings.authority,
            net=self.settings.net,
            exchange=str(self.settings.exchange),
            desk=str(self.settings.desk),
        )

    async def stop(self) -> None:
        """End everything ``start`` began."""
        if self._running is not None:
            await self._running.end()
            self._running = None
            structlog.get_logger().info("node.stopped", authority=self.settings.authority)

    async def run_until_stopped(self) -> None:
        """Run until SIGTERM or SIGINT."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.stopped.set)
        await self.stopped.wait()
        await self.stop()

    def _note_start(self, tx: Tx) -> None:
        audit.note(
            tx,
            "cfg",
            "start",
            {"act": "start", "settings": self.settings.sha256, "net": self.settings.net}
            | ({} if self.part is Part.ALL else {"part": self.part.value}),
        )

    @property
    def is_running(self) -> bool:
        """Whether both listeners are up and every worker runs."""
        return self._running is not None and not self._running.waits_for()


class _Running:
    """What runs between ``start`` and ``stop``."""

    def __init__(self, node: Node, claim: IO[bytes], run: str) -> None:
        self._node = node
        self._claim = claim
        self._run = run
        house, vault, keyring = node.house, node.vault, node.keyring
        self._leases = Leases(node.store, run, node.part.value)
        self.exchange = Exchange(
            store=node.store, partners=node.partners, signals=node.signals, clock=node.clock, ids=node.ids,
            signer=lambda: keyring.voice.signer("rcpt"), me=node.identity, documents=node.documents,
            on_receipt=lambda tx, mid, stage, _at_ms: receipt_taken(tx, house.timetable, mid, stage),
            folder=node.folder, quota_bytes=node.settings.attachments.counterpart.in_bytes, pace=node.outside.pace,
            wire=node.outside.wire(), refresh_pace=node.outside.refresh_pace, own=lambda: keyring.trust,
            ours=self._leases.share, checkpoints=node.checkpoints, log_origin=lambda: keyring.voice.keyset.log.origin,
            run=None if node.store.is_shared else run,  # several processes of one node are no twins
        )  # fmt: skip
        self._opener = Opener(
            store=node.store,
            vault=vault,
            partners=node.partners,
            signals=node.signals,
            me=node.identity,
            receipt_key=lambda: keyring.voice.signer("rcpt"),
            house=house,
            folder=node.folder,
            claims=Claims(run) if node.store.is_shared else None,
        )
        self._returner = Returner(
            store=node.store, vault=vault, own=lambda: keyring.trust, partners=node.partners, signals=node.signals,
            me=node.identity, house=house,
        )  # fmt: skip
        self._duties = Duties(
            office=node.office,
            folder=node.folder,
            checkpoints=node.checkpoints,
            keep_keys=node.keep_keys,
            settings=node.settings,
            every_s=node.look_every_s,
            reload=node.partners.reload,
        )
        self._watch: Watch | None = None
        self._desk: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_up = False

    async def begin(self) -> None:
        """Listeners first: a port in use stops the start before anything is sent."""
        node, part = self._node, self._node.part
        if part.has_desk and node.outside.listens:
            await self._open_desk()
        if part.exchanges and node.outside.listens:
            await self.exchange.listen(node.settings.exchange.host, node.settings.exchange.port)
        if part.exchanges:
            await self.exchange.start()
        if node.store.is_shared:
            self._leases.want(*([LEADER] if part.works else []))
            await self._leases.beat()
        if part.works:
            await self._begin_work()
        refresh = self.exchange.refresh if part.exchanges else None
        notice = Notice(
            node.store, node.keyring, node.partners, node.signals, refresh=refresh, ring=node.ring_all,
            end=self._end_for_new_keys,
        )  # fmt: skip
        self._begin("notice", notice.run())
        if node.store.is_shared:
            self._begin("leases", self._leases.run())
        self._is_up = True

    def _end_for_new_keys(self) -> None:
        self._node.needs_new_start = True
        self._node.stopped.set()

    def _begin(self, name: str, run: Coroutine[Any, Any, None]) -> None:
        self._tasks.append(asyncio.create_task(run, name=name))

    async def _begin_work(self) -> None:
        """Opening is for every worker; the single duties are for one, where there may be several."""
        self._begin("opening", self._opener.run())
        self._begin("returning", self._returner.run())
        if self._node.store.is_shared:
            if self._leases.has(LEADER):  # what fell due while nothing ran is said at once
                await self._duties.watch().tick()
            self._begin("leading", while_leading(self._leases, self._duties.lead))
        else:
            self._watch = self._duties.watch()
            await self._watch.start()
            self._tasks += self._duties.begin()

    async def _open_desk(self) -> None:
        node = self._node
        desk = Desk(
            store=node.store,
            office=node.office,
            partners=node.partners,
            settings=node.settings,
            signals=node.signals,
            clock=node.clock,
            ids=node.ids,
            accounts=Accounts(node.store, node.clock, node.ids),
            ledger=partial(read_ledger, promise=node.settings.deadlines.promise),
            outcomes=partial(read_outcomes, me=node.settings.authority),
            check_note=node.checkpoints.check,
            waits_for=self.waits_for,
            folder=node.folder,
            run=self._run,
            bundles=Bundles(node),
        )
        self._desk = desk_listener(make_app(desk, install_pages))
        await self._desk.start(node.settings.desk.host, node.settings.desk.port)

    async def end(self) -> None:
        """No new work, then what is under way, then the rest. Each step is bounded."""
        self._is_up = False
        self._node.signals.close()
        if self._watch is not None:
            await self._watch.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self.exchange.stop()
        if self._desk is not None:
            await self._desk.stop()
        with suppress(StoreUnavailable):
            await self._leases.give_back()
        self._claim.close()

    def waits_for(self) -> tuple[str, ...]:
        """What is missing for the node to be ready."""
        dead = tuple(task.get_name() for task in self._tasks if task.done())
        dead = (*dead, "token") if is_away(self._node.vault.hardware) else dead
        return dead if self._is_up else (*dead, "start")


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a node is put together from."""

    settings: Settings
    vault: Vault
    store: Store
    keyring: Keyring
    clock: Clock
    ids: Ids
    part: Part
    outside: Outside


def _sealer(basis: _Basis, partners: Partners, signals: Signals) -> Sealer:
    """The node's voice: the keys its keyset calls active."""
    keyring = basis.keyring
    return Sealer(
        me=lambda: keyring.voice.identity, statement_keys=lambda: keyring.voice.signers("stmt"),
        envelope_key=lambda: keyring.voice.signer("env"), partners=partners, clock=basis.clock, ids=basis.ids,
        signals=signals,
    )  # fmt: skip
