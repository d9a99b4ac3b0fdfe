"""Opening accepted envelopes: unseal, verify, hand to casework, answer.

The queue is the table: rows with stage ``accepted``. Each envelope is one unit: its effect, its audit leaf and its
``opened`` or ``rejected`` receipt are committed together. From there on a crash is safe; before, the row is still
``accepted`` and is opened again at start. What came before the request of its case is ``held`` until that is opened.
A message whose attachments have not all come takes its effect at once and is ``waiting``: its ``opened`` receipt is
signed when they have (``arrivals``), so that a photograph on a slow line keeps no officer waiting.
"""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import structlog
from sqlalchemy import bindparam, literal_column, select, update

from keys.errors import CustodyUnsupported, HardwareUnavailable, KeyNotHeld, WrongPin
from keys.trust import Freshness
from keys.vault import Vault
from protocol import envelope, jws, strictjson
from protocol.errors import DecryptFailed, PolicyRefused, ProtocolError, UnknownKey
from protocol.lifecycle import Kind
from protocol.receipts import Stage
from tracing import post
from tracing.attachments import Folder
from tracing.casework.acts import House
from tracing.casework.receiving import NotYet, receive
from tracing.partners import Partner, Partners
from tracing.post import Identity
from tracing.seals.arrivals import Arrivals
from tracing.seals.claims import Claims
from tracing.signals import Signals
from tracing.store import AnyRow, Store, StoreUnavailable, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Counterpart, Envelope, table_of
from tracing.trust.following import STALE

__all__ = ["Opener"]

MOST_AT_ONCE = 32  # envelopes opened between two looks at the queue
BETWEEN_S = 0.1  # from one pass to the next: what comes meanwhile is opened, committed and answered together
PAUSE_S = 1.0  # after a fault, before the next pass
LOOK_AGAIN_S = 5.0  # a ring may be lost; the table is not
WIRE_BYTES = 8 * 1024 * 1024
KEYS_AWAY = (CustodyUnsupported, HardwareUnavailable, KeyNotHeld, WrongPin)  # not: content of one case that is damaged
_cases, _envelopes, _counterparts = table_of(Case), table_of(Envelope), table_of(Counterpart)

# Spelt out and not bound: only so does the index of what is to be opened serve.
_IS_WAITING = _envelopes.c.stage == literal_column("'accepted'")
_THIS = (_envelopes.c.sender == bindparam("sender")) & (_envelopes.c.mid == bindparam("of"))
# What was answered already may come back first: nothing of who still gives back is opened.
_IS_ASKED = (
    select(_counterparts.c.authority)
    .where(_counterparts.c.authority == _envelopes.c.sender, _counterparts.c.recovery.is_not(None))
    .exists()
)
_WAITING = Spelt(
    select(_envelopes.c.sender, _envelopes.c.mid, _envelopes.c.digest, _envelopes.c.wire, _envelopes.c.accepted_ms)
    .where(_IS_WAITING, _envelopes.c.direction == literal_column("'in'"), ~_IS_ASKED)
    .order_by(_envelopes.c.accepted_ms, _envelopes.c.seq)
    .limit(MOST_AT_ONCE)
)
_SETTLED = ("stage", "opened_ms", "case_id", "code")
_SETTLE = Spelt(
    update(_envelopes).where(_THIS, _IS_WAITING).values({name: bindparam(f"to_{name}") for name in _SETTLED})
)
_RELEASE = Spelt(
    update(_envelopes)
    .where(
        _envelopes.c.case_id == bindparam("case"),
        _envelopes.c.sender == bindparam("sender"),
        _envelopes.c.stage == "held",
    )
    .values(stage="accepted")
)


@dataclass(frozen=True, slots=True)
class _Looked:
    """What an envelope turned out to hold, or why that cannot be said; neither where its sender is in quarantine."""

    row: AnyRow
    verified: envelope.Verified | None = None
    fault: Exception | None = None

    @property
    def is_quarantined(self) -> bool:
        """What is known of the sender is too old to act on."""
        return self.verified is None and self.fault is None

    def proved(self) -> envelope.Verified:
        """The message, or the fault is raised."""
        if self.verified is None:
            raise self.fault or LookupError("nothing was looked into")
        return self.verified


class Opener:
    """Takes accepted envelopes in order of acceptance."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        partners: Partners,
        signals: Signals,
        me: Callable[[], Identity],
        receipt_key: Callable[[], jws.Signer],
        house: House,
        folder: Folder,
        claims: Claims | None = None,
    ) -> None:
        self._store = store
        self._vault = vault
        self._partners = partners
        self._signals = signals
        self._me = me
        self._receipt_key = receipt_key
        self._house = house
        self._claims = claims
        self._arrivals = Arrivals(store, folder, me, self._answer)

    async def run(self) -> None:
        """Open for ever; ends by cancellation. Whatever fails is tried again, after a pause."""
        is_start, loop = True, asyncio.get_running_loop()
        while True:
            began = loop.time()
            try:
                if is_start:  # what waited for another version of this program, or of its settings, is tried once more
                    await self._store.write(_look_again)
                    is_start = False
                # What comes meanwhile rings: only a full look shows that more was there already.
                while await self.open_waiting() == MOST_AT_ONCE or await self._arrivals.look_into():
                    pass
            except StoreUnavailable as error:
                structlog.get_logger().warning("opening.store_unavailable", reason=str(error))
                await asyncio.sleep(PAUSE_S)
            except KEYS_AWAY as error:  # nothing is decided about a message while the keys are away
                structlog.get_logger().error("opening.keys_unavailable", reason=str(error))
                await asyncio.sleep(PAUSE_S)
            except Exception:  # noqa: BLE001 - the border of the task: nobody starts it again, so nothing opens if it ends
                structlog.get_logger().exception("opening.pass_failed")
                await asyncio.sleep(PAUSE_S)
            await self._signals.wait("opening", LOOK_AGAIN_S)
            await asyncio.sleep(max(0.0, began + BETWEEN_S - loop.time()))

    async def open_all(self) -> None:
        """Open until nothing waits, also what was released meanwhile: for commands, where nobody rings."""
        while await self.open_waiting() or await self._arrivals.look_into():
            pass

    async def open_waiting(self) -> int:
        """Open what is waiting, at most ``MOST_AT_ONCE``; returns how many there were."""
        rows = await self._store.read(_waiting)
        if rows and self._claims is not None:
            rows = await self._store.write(self._claims.take)
        looked = await asyncio.get_running_loop().run_in_executor(None, self._look_into, rows) if rows else []
        await asyncio.gather(*map(self._open_one, looked))
        return len(rows)

    def _look_into(self, rows: list[AnyRow]) -> list["_Looked"]:
        """Unseal and verify, each by itself and all in one turn of a thread; nothing is decided yet."""
        return [self._look(row) for row in rows]

    def _look(self, row: AnyRow) -> "_Looked":
        if self._is_quarantined(row.sender):
            return _Looked(row)
        try:
            return _Looked(row, self._verify(row))
        except Exception as error:  # noqa: BLE001 - whatever it was is judged where the envelope is
            return _Looked(row, fault=error)

    async def _open_one(self, looked: "_Looked") -> None:
        row = looked.row
        try:
            await self._open_or_refuse(row, looked)
        except _AlreadyDone:
            pass
        except (StoreUnavailable, *KEYS_AWAY):
            raise
        except Exception:  # noqa: BLE001 - the one border of this queue: a fault of ours in one message stops no other
            structlog.get_logger().exception("opening.failed", counterpart=row.sender, mid=row.mid)
            await self._store.write(lambda tx: _hold(tx, row, None, code="internal"))

    async def _open_or_refuse(self, row: AnyRow, looked: "_Looked") -> None:
        if looked.is_quarantined:
            await self._store.write(lambda tx: _hold(tx, row, None, code=STALE))
            return
        try:
            verified = looked.proved()
            await self._store.write(lambda tx: self._take(tx, row, verified))
            if verified.message.KIND is Kind.DIRECTORY_UPDATE:  # an introduction may have raised an alarm
                await asyncio.to_thread(self._partners.reload)
        except NotYet as missing:
            case_id = str(missing)
            if not await self._store.write(lambda tx: _hold(tx, row, case_id)):
                self._signals.ring("opening")
        except ProtocolError as error:
            refused = error
            facts = {"counterpart": row.sender, "mid": row.mid, "code": error.code, "reason": str(error)}
            if error.retry == "later":  # the sender does not send it again: we look again, with newer documents of his
                structlog.get_logger().warning("opening.held", **facts)
                await self._store.write(lambda tx: _hold(tx, row, None, code=refused.code))
            else:
                structlog.get_logger().warning("opening.rejected", **facts)
                await self._store.write(lambda tx: self._reject(tx, row, refused, self._unknown(looked, refused)))

    # ------------------------------------------------------------ one envelope

    def _is_quarantined(self, sender: str) -> bool:
        """Whether what we know of the sender is too old to act on; ``trust.following`` lets its messages go on."""
        partner = self._partners.get(sender)
        if partner is None or partner.trust is None:
            return False
        return partner.freshness(self._store.clock.now_ms()) is Freshness.HELD

    def _verify(self, row: AnyRow) -> envelope.Verified:
        """Numbered steps of protocol/envelope.py, from the stored bytes alone."""
        parsed = envelope.parse(strictjson.load(row.wire, WIRE_BYTES))
        partner = self._partner(row.sender)
        me, manifest, at_ms = self._me(), parsed.manifest, row.accepted_ms
        outside, inside = partner.verifier_of("env", at_ms), partner.verifier_of("stmt", at_ms)
        authentic = envelope.authenticate(parsed, me=me.authority, net=me.net, verify=outside)
        info = envelope.info(me.net, manifest.mid, manifest.from_, manifest.to, manifest.kem.kid, manifest.cls)
        plaintext = self._unseal(manifest.kem.kid, info, parsed.ct)
        assert partner.trust is not None, "there is a verifier"
        required = partner.trust.require_statement_algs
        return envelope.open_inner(authentic, plaintext, verify=inside, required=required)

    def _unseal(self, kid: str, info: bytes, ct: bytes) -> bytes:
        """What was sealed to a key we do not have never opens here, so its sender must hear that: decrypt-failed."""
        try:
            return self._vault.unseal(kid, info, ct)
        except UnknownKey as error:
            raise DecryptFailed(str(error)) from error

    def _partner(self, sender: str) -> Partner:
        partner = self._partners.get(sender)
        if partner is None:
            msg = f"the keys of {sender} are not known here"
            raise UnknownKey(msg)
        return partner

    def _take(self, tx: Tx, row: AnyRow, verified: envelope.Verified) -> None:
        case_id = receive(tx, self._house, verified)
        is_whole = all(one.attachment.on_demand for one in verified.attachments)
        released = _RELEASE.run(tx.conn, {"case": case_id, "sender": row.sender})
        _settle(tx, row, "opened" if is_whole else "waiting", case_id=case_id)  # last: else it is looked at above too
        if is_whole:
            self._answer(tx, row, "opened", verified.statement_digest, None)
        partner = self._partners.get(row.sender)
        if partner is not None and partner.gave_back:  # statements of our own may have waited for this one
            tx.after_commit(partial(self._signals.ring, "returning"))
        for bell in ("opening", "following") if released or verified.attachments else ("following",):
            tx.after_commit(partial(self._signals.ring, bell))

    def _unknown(self, looked: "_Looked", error: ProtocolError) -> str | None:
        """The thread of ours that it names and that may not be here: officers are told if that comes back."""
        thread = str(looked.verified.statement.thread) if looked.verified else ""
        is_ours = thread.rpartition(".")[0] == self._me().authority
        return thread if is_ours and isinstance(error, PolicyRefused) else None

    def _reject(self, tx: Tx, row: AnyRow, error: ProtocolError, thread: str | None) -> None:
        is_here = thread and tx.conn.execute(select(_cases.c.id).where(_cases.c.id == thread)).first()
        _settle(tx, row, "rejected", code=error.code, case_id=None if is_here else thread)
        self._answer(tx, row, "rejected", None, error)

    def _answer(self, tx: Tx, row: AnyRow, stage: Stage, st: str | None, error: ProtocolError | None) -> None:
        post.issue_receipt(
            tx, me=self._me(), signer=self._receipt_key(), to=row.sender, mid=row.mid, env=row.digest, stage=stage,
            st=st, code=error.code if error else None, retry=error.retry if error else None, late=False, queue=True,
            signals=self._signals,
        )  # fmt: skip


def _waiting(view: View) -> list[AnyRow]:
    return _WAITING.rows(view.conn)


def _settle(tx: Tx, row: AnyRow, stage: str, *, case_id: str | None = None, code: str | None = None) -> None:
    """Mark the envelope, once: another opener may have been quicker."""
    settled = zip(_SETTLED, (stage, tx.now_ms, case_id, code), strict=True)
    values = {f"to_{name}": value for name, value in settled} | {"sender": row.sender, "of": row.mid}
    if _SETTLE.run(tx.conn, values) != 1:
        raise _AlreadyDone(row.mid)


class _AlreadyDone(Exception):
    """Another process opened this envelope between our look and our commit; nothing is left to do."""


def _hold(tx: Tx, row: AnyRow, case_id: str | None, code: str | None = None) -> bool:
    """Keep an envelope: its case has not begun (looked at again when the request is opened), or we failed at it.

    The request may have been opened between our look and this commit; then nothing would release the envelope any
    more, so it is not held (False) but looked at once more.
    """
    if case_id is not None and tx.conn.execute(select(_cases.c.id).where(_cases.c.id == case_id)).first():
        return False
    tx.conn.execute(
        update(_envelopes)
        .where(_envelopes.c.sender == row.sender, _envelopes.c.mid == row.mid, _envelopes.c.stage == "accepted")
        .values(stage="held", case_id=case_id, code=code)
    )
    return True


def _look_again(tx: Tx) -> None:
    """At start: open what is held once more."""
    held = (_envelopes.c.stage == "held") & (_envelopes.c.direction == "in")
    tx.conn.execute(update(_envelopes).where(held).values(stage="accepted", code=None))
