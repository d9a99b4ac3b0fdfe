"""One national node, put together: the only file that names concrete classes of every room.

``Node.open`` gives everything a command needs (no listener, nothing sent); ``start`` adds the two listeners, the
workers and the watch; ``stop`` ends them with nothing lost: what was promised is in the database.

    node = Node.open(home, passphrase)
    await node.start()
    await node.run_until_stopped()
"""

import asyncio
import contextlib
import fcntl
import signal
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import IO

import structlog

from keys.errors import VaultChanged
from keys.rest import ContentCipher
from keys.trust import TrustSet
from keys.vault import Vault
from protocol.names import AuthorityId
from tracing import audit
from tracing.attachments import Folder
from tracing.attachments.sweeping import sweep_for_ever
from tracing.audit import Checkpoints
from tracing.calendar.limits import timetable
from tracing.calendar.monthly import Monthly
from tracing.calendar.watch import Watch
from tracing.casework import tallies
from tracing.casework.acts import House
from tracing.casework.delivery import receipt_taken
from tracing.casework.elements.follower import Follower
from tracing.casework.matters.relations import Relations
from tracing.casework.matters.rows import judge_all
from tracing.casework.office import Office
from tracing.clock import Clock, Ids, SystemClock
from tracing.custody import hardware_of, is_away, look_for
from tracing.database import engine_of
from tracing.desk.accounts import Accounts
from tracing.desk.app import make_app
from tracing.desk.context import Desk
from tracing.desk.listener import desk_listener
from tracing.desk.pages import install as install_pages
from tracing.exchange import Exchange
from tracing.exchange.documents import OwnDocuments
from tracing.listening import Listener
from tracing.partners import Partners
from tracing.post import Identity
from tracing.reports.ledger import read_ledger
from tracing.reports.outcomes import read_outcomes
from tracing.seals.opening import Opener
from tracing.seals.sealing import Sealer
from tracing.settings import ConfigInvalid, Settings
from tracing.signals import Signals
from tracing.store import Store, StoreUnavailable, Tx, bring_up_to_date, require_database
from tracing.trust.keyring import Keyring, NotFounded

__all__ = ["Node", "NotFounded"]

NOTICE_EVERY_S = 0.25  # how soon a live node sees what a command wrote beside it
MONTH_LOOK_S = 3600.0  # how soon a new month, or a counterpart that came back, is noticed
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
    look_every_s: float = LOOK_EVERY_S
    _running: "_Running | None" = field(repr=False, default=None)

    # ------------------------------------------------------------ opening

    @classmethod
    def open(cls, home: Path, passphrase: bytes, *, clock: Clock | None = None, ids: Ids | None = None) -> "Node":
        """Everything a command needs. ConfigInvalid, WrongPassphrase, DatabaseInvalid or NotFounded say what to do."""
        clock = clock or SystemClock()
        ids = ids or Ids(clock)
        settings = Settings.load(home)
        vault = Vault.open(home / "keys", passphrase, hardware=hardware_of(settings, clock))
        engine = engine_of(settings)
        require_database(engine)
        bring_up_to_date(engine)
        cipher = ContentCipher(vault.secret("rest"), vault.secret("search"), ids.random_bytes)
        store = Store(engine, cipher, clock, ids)
        try:
            tallies.count_all_missing(store)
            keyring = Keyring.open(vault, store, settings)
            return cls._put_together(home, _Basis(settings, vault, store, keyring, clock, ids))
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
        checkpoints = Checkpoints.of(vault.signers("log"), vault.records("log"))
        return cls(
            home, settings, vault, store, keyring, partners, signals, office, checkpoints, basis.clock, basis.ids,
            house, Folder(home / "attachments").make(),
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
        for bell in ("opening", "desk", *waiting):
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
        claim, run = _claim(self.home, self.ids)
        self.signals.bind()
        await self.store.write(self._note_start)
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
        stopped = asyncio.Event()
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, stopped.set)
        await stopped.wait()
        await self.stop()

    def _note_start(self, tx: Tx) -> None:
        audit.note(tx, "cfg", "start", {"act": "start", "settings": self.settings.sha256, "net": self.settings.net})

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
        self._exchange = Exchange(
            store=node.store,
            partners=node.partners,
            signals=node.signals,
            clock=node.clock,
            ids=node.ids,
            signer=lambda: keyring.voice.signer("rcpt"),
            me=node.identity,
            documents=node.documents,
            own=lambda: keyring.trust,
            on_receipt=lambda tx, mid, stage, _at_ms: receipt_taken(tx, house.timetable, mid, stage),
            folder=node.folder,
            quota_bytes=node.settings.attachments.counterpart.in_bytes,
        )
        self._opener = Opener(
            store=node.store,
            vault=vault,
            partners=node.partners,
            signals=node.signals,
            me=node.identity,
            receipt_key=lambda: keyring.voice.signer("rcpt"),
            house=house,
            folder=node.folder,
        )
        self._watch = Watch(node.store, node.signals, node.clock, node.look_every_s, also=self._also)
        self._desk: Listener | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._is_up = False

    async def begin(self) -> None:
        """Listeners first: a port in use stops the start before anything is sent."""
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
            ledger=read_ledger,
            outcomes=partial(read_outcomes, me=node.settings.authority),
            check_note=node.checkpoints.check,
            waits_for=self.waits_for,
            folder=node.folder,
            run=self._run,
        )
        self._desk = desk_listener(make_app(desk, install_pages))
        await self._desk.start(node.settings.desk.host, node.settings.desk.port)
        await self._exchange.listen(node.settings.exchange.host, node.settings.exchange.port)
        await self._exchange.start()
        await self._watch.start()
        self._tasks = [
            asyncio.create_task(self._opener.run(), name="opening"),
            asyncio.create_task(self._notice(), name="notice"),
            asyncio.create_task(self._keep_keys(), name="keys"),
            *self._monthly(),
            asyncio.create_task(sweep_for_ever(node.store, node.folder, node.signals), name="sweeping"),
            asyncio.create_task(Follower(node.office).run(node.signals, node.look_every_s), name="following"),
        ]
        self._is_up = True

    def _monthly(self) -> list[asyncio.Task[None]]:
        """The list of open cases that each counterpart is sent once a month, unless the settings say not to."""
        node = self._node
        if node.settings.reconciliation == "off":
            return []
        relations = Relations(node.store, node.house, node.clock, node.ids, node.signals)
        monthly = Monthly(relations, node.house.timetable.calendar)
        return [asyncio.create_task(monthly.run(node.signals, MONTH_LOOK_S), name="monthly")]

    async def end(self) -> None:
        """No new work, then what is under way, then the rest. Each step is bounded."""
        self._is_up = False
        self._node.signals.close()
        await self._watch.stop()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._exchange.stop()
        if self._desk is not None:
            await self._desk.stop()
        self._claim.close()

    def waits_for(self) -> tuple[str, ...]:
        """What is missing for the node to be ready."""
        dead = tuple(task.get_name() for task in self._tasks if task.done())
        dead = (*dead, "token") if is_away(self._node.vault.hardware) else dead
        return dead if self._is_up else (*dead, "start")

    def _also(self, tx: Tx) -> None:
        self._node.checkpoints.sign_due(tx)
        self._node.checkpoints.link_heads(tx)

    async def _notice(self) -> None:
        """Commands beside a live node write to the same database; look when somebody else committed."""
        node, seen = self._node, -1
        while True:
            await asyncio.sleep(NOTICE_EVERY_S)
            with contextlib.suppress(StoreUnavailable):
                version = await node.store.foreign_version()
                if version != seen:
                    seen = version
                    await asyncio.to_thread(node.keyring.reload)
                    await asyncio.to_thread(node.partners.reload)
                    await self._exchange.refresh()
                    node.ring_all()

    async def _keep_keys(self) -> None:
        """What time brings to our keys."""
        while True:
            try:
                await self._node.keep_keys()
            except (StoreUnavailable, VaultChanged) as error:
                structlog.get_logger().warning("keys.later", reason=str(error))
            except Exception:  # noqa: BLE001 - the border of the task: keys that cannot turn today must tomorrow
                structlog.get_logger().exception("keys.not_kept")
            await asyncio.sleep(self._node.look_every_s)


@dataclass(frozen=True, slots=True)
class _Basis:
    """What a node is put together from."""

    settings: Settings
    vault: Vault
    store: Store
    keyring: Keyring
    clock: Clock
    ids: Ids


def _sealer(basis: _Basis, partners: Partners, signals: Signals) -> Sealer:
    """The node's voice: the keys its keyset calls active."""
    keyring = basis.keyring
    return Sealer(
        me=lambda: keyring.voice.identity, statement_keys=lambda: keyring.voice.signers("stmt"),
        envelope_key=lambda: keyring.voice.signer("env"), partners=partners, clock=basis.clock, ids=basis.ids,
        signals=signals,
    )  # fmt: skip


def _claim(home: Path, ids: Ids) -> tuple[IO[bytes], str]:
    """The home is this process's alone while it runs: two nodes on one database would speak with one voice twice.

    The file holds the name of this run, so that whoever reads it knows the node's listener from another's.
    """
    claim = (home / "running").open("ab")
    try:
        fcntl.flock(claim, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        claim.close()
        problem = f"a node runs from {home} already; stop it first, whatever addresses node.toml names now"
        raise ConfigInvalid([problem]) from error
    run = ids.random_bytes(16).hex()
    claim.truncate(0)
    claim.write(run.encode())
    claim.flush()
    return claim, run
