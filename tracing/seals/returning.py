"""What was lost and comes back: statements of a counterpart sealed back to it, and ours opened and taken again.

The queue is the table ``returned``. ``give``: an envelope whose sender lost it waits for its statement, which rests
here under the key of its case, to be sealed to its sender; ``exchange/recalling`` hands it out. ``take``: our own
statement, sealed back to us, goes into its case again once the case is here. Each row is one unit.

    returner = Returner(store=store, vault=vault, own=own, partners=partners, signals=signals, me=me, house=house)
    await returner.run()
"""

import asyncio
from collections.abc import Callable
from functools import partial
from typing import Any, Final

import structlog
from sqlalchemy import delete, select, update

from keys.errors import KeysError
from keys.trust import TrustSet
from keys.vault import Vault
from protocol import base64url, envelope, strictjson
from protocol.errors import ProtocolError
from tracing.casework.acts import House
from tracing.casework.regaining import NotYet, regain
from tracing.partners import Partners
from tracing.post import Identity
from tracing.seals.opening import KEYS_AWAY
from tracing.signals import Signals
from tracing.store import AnyRow, Store, StoreUnavailable, Tx, View
from tracing.store.content import Erased, case_key, show
from tracing.tables import Case, Envelope, Matter, MatterMessage, Message, Returned, table_of
from tracing.trust.samenumbers import tell

__all__ = ["BELL", "Returner"]

BELL: Final = "returning"
CLASS: Final = "back"  # in the context of what is sealed back
MOST_AT_ONCE: Final = 32
LOOK_AGAIN_S: Final = 5.0
PAUSE_S: Final = 1.0
MOST_BYTES: Final = 8 * 1024 * 1024
_returned, _envelopes = table_of(Returned), table_of(Envelope)
_cases, _messages, _matters, _heard = map(table_of, (Case, Message, Matter, MatterMessage))


class Returner:
    """Both ways of one node."""

    def __init__(
        self,
        *,
        store: Store,
        vault: Vault,
        own: Callable[[], TrustSet],
        partners: Partners,
        signals: Signals,
        me: Callable[[], Identity],
        house: House,
    ) -> None:
        self._store = store
        self._vault = vault
        self._own = own
        self._partners = partners
        self._signals = signals
        self._me = me
        self._house = house

    async def run(self) -> None:
        """For ever; ends by cancellation."""
        while True:
            try:
                while await self.give() or await self.take():
                    pass
            except StoreUnavailable as error:
                structlog.get_logger().warning("returning.store_unavailable", reason=str(error))
                await asyncio.sleep(PAUSE_S)
            except Exception:  # noqa: BLE001 - the border of the task: what fails now is tried again
                structlog.get_logger().exception("returning.failed")
                await asyncio.sleep(PAUSE_S)
            await self._signals.wait(BELL, LOOK_AGAIN_S)

    # ------------------------------------------------------------ giving back

    async def give(self) -> int:
        """Seal what waits for it, the lowest numbers first, for each by itself; how many."""
        return sum([await self._give_to(of) for of in await self._store.read(_to_whom)])

    async def _give_to(self, of: str) -> int:
        rows = await self._store.read(partial(_to_give, of))
        for done, row in enumerate(rows):
            try:
                sealed = await asyncio.to_thread(self._seal_back, row)
            except (StoreUnavailable, *KEYS_AWAY):
                raise
            except Exception:  # noqa: BLE001 - what cannot be sealed to one counterpart holds up no other
                structlog.get_logger().exception("returning.not_sealed", counterpart=of, mid=row.mid)
                return done
            if sealed is None:
                return done
            await self._store.write(partial(_give, row, sealed))
        return len(rows)

    def _seal_back(self, row: AnyRow) -> bytes | None:
        """The item of an answer; None where nothing can be sealed to its sender now."""
        partner = self._partners.get(row.counterpart)
        if partner is None or partner.trust is None:
            return None
        try:
            inner = self._store.read_now(lambda view: self._inner(view, row))
        except KEYS_AWAY:  # they come back: nothing is given up
            raise
        except (Erased, KeysError):
            inner = b""
        wire: bytes = row.wire
        if inner == b"" or b'"ct":' not in wire:
            return strictjson.dump({"gone": {"seq": row.seq, "mid": row.mid}})
        if inner is None:  # it was rejected here: there is no statement of it
            return b'{"back":null,"envelope":' + wire + b"}"
        me, kid = self._me(), partner.trust.kem("online").kid
        info = envelope.info(me.net, row.mid, me.authority, row.counterpart, kid, CLASS)
        _, ct = partner.trust.seal(info, envelope.pad(inner))
        back = strictjson.dump({"kid": kid, "ct": base64url.encode(ct)})
        return b'{"back":' + back + b',"envelope":' + wire + b"}"

    def _inner(self, view: View, row: AnyRow) -> bytes | None:
        """The statement as it rests here, else as it was sealed to us; None for one that was rejected."""
        for table, owners, name in ((_messages, _cases, "case_id"), (_heard, _matters, "matter_id")):
            thread = table.c[name]
            query = select(table.c.inner, thread.label("thread"), owners.c.content_key, owners.c.id)
            found = view.conn.execute(query.join(owners, owners.c.id == thread).where(table.c.mid == row.mid)).first()
            if found is not None:
                return show(view, case_key(view, found), found.inner, found.thread, "message", row.mid)
        if row.stage == "rejected":
            return None
        return self._opened(row)

    def _opened(self, row: AnyRow) -> bytes | None:
        """What was sealed to us and is not opened yet."""
        parsed = envelope.parse(strictjson.load(row.wire, MOST_BYTES))
        said = parsed.manifest
        info = envelope.info(said.net, said.mid, said.from_, said.to, said.kem.kid, said.cls)
        try:
            return envelope.unpad(self._vault.unseal(said.kem.kid, info, parsed.ct))
        except ProtocolError:
            return None

    # ------------------------------------------------------------ taking again

    async def take(self) -> int:
        """Put our own statements into their cases again; how many moved."""
        waiting, moved = await self._store.read(_to_take), 0
        whom: set[str] = set()
        for one in waiting:
            row = await self._store.read(partial(_with_wire, one))
            if row is not None and await self._take_one(row):
                moved += 1
                whom.add(row.counterpart)
        for of in whom:
            await self._store.write(partial(tell, me=self._me().authority, of=of, is_new=False))
        return moved

    async def _take_one(self, row: AnyRow) -> bool:
        log = structlog.get_logger().bind(counterpart=row.counterpart, mid=row.mid)
        try:
            verified = await asyncio.to_thread(self._verify, row)
            await self._store.write(lambda tx: self._regain(tx, row, verified))
        except NotYet:
            return False
        except ProtocolError as error:
            log.error("returning.refused", code=error.code, reason=str(error))  # noqa: TRY400 - foreseen
            await self._store.write(lambda tx: _done(tx, row))
        except (StoreUnavailable, *KEYS_AWAY):
            raise
        except Exception:  # a fault of ours in one message stops no other; it stays, and is tried again
            log.exception("returning.failed")
            return False
        self._signals.ring("opening")
        return True

    def _verify(self, row: AnyRow) -> envelope.Verified:
        """By our own signatures, inside and outside."""
        parsed = envelope.parse(strictjson.load(row.wire, MOST_BYTES))
        me, own, sealed = self._me(), self._own(), strictjson.load(row.sealed, MOST_BYTES)
        verify = own.evidence_verifier("env")
        authentic = envelope.authenticate(parsed, me=row.counterpart, net=me.net, verify=verify)
        info = envelope.info(me.net, row.mid, row.counterpart, me.authority, sealed["kid"], CLASS)
        plaintext = self._vault.unseal(sealed["kid"], info, base64url.decode(sealed["ct"]))
        inside = own.evidence_verifier("stmt")
        return envelope.open_inner(authentic, plaintext, verify=inside, required=_any, given_back=True)

    def _regain(self, tx: Tx, row: AnyRow, verified: envelope.Verified) -> None:
        thread = regain(tx, self._house, verified)
        ours = (_envelopes.c.sender == self._me().authority, _envelopes.c.mid == row.mid)
        tx.conn.execute(update(_envelopes).where(*ours).values(case_id=thread))
        _done(tx, row)


def _any(_algs: frozenset[str]) -> None:
    """Which signatures were required when it was said, is for its recipient: it believed it."""


def _to_whom(view: View) -> list[str]:
    """Those for whom something waits to be sealed."""
    unsealed = (_returned.c.direction == "give", _returned.c.sealed.is_(None))
    return list(view.conn.execute(select(_returned.c.counterpart).where(*unsealed).distinct()).scalars())


def _given_to(of: str) -> tuple[Any, ...]:
    return _returned.c.counterpart == of, _returned.c.direction == "give"


def _to_give(of: str, view: View) -> list[AnyRow]:
    query = (
        select(_returned, _envelopes.c.wire, _envelopes.c.stage)
        .join(_envelopes, (_envelopes.c.sender == _returned.c.counterpart) & (_envelopes.c.mid == _returned.c.mid))
        .where(*_given_to(of), _returned.c.sealed.is_(None))
        .order_by(_returned.c.seq, _returned.c.mid)
    )
    return list(view.conn.execute(query.limit(MOST_AT_ONCE)).all())


def _give(row: AnyRow, sealed: bytes, tx: Tx) -> None:
    tx.conn.execute(update(_returned).where(*_this(row)).values(sealed=sealed))


def _to_take(view: View) -> list[AnyRow]:
    """Which wait, without what is large."""
    columns = (_returned.c.counterpart, _returned.c.direction, _returned.c.mid)
    waiting = select(*columns).where(_returned.c.direction == "take")
    return list(view.conn.execute(waiting.order_by(_returned.c.counterpart, _returned.c.seq)).all())


def _with_wire(row: AnyRow, view: View) -> AnyRow | None:
    """All of one, with the envelope it is in; None where another process has done it."""
    query = select(_returned, _envelopes.c.wire).join(
        _envelopes,
        (_envelopes.c.mid == _returned.c.mid)
        & (_envelopes.c.recipient == _returned.c.counterpart)
        & (_envelopes.c.direction == "out"),
    )
    return view.conn.execute(query.where(*_this(row))).first()


def _this(row: AnyRow) -> tuple[Any, ...]:
    same = (_returned.c.counterpart == row.counterpart, _returned.c.direction == row.direction)
    return *same, _returned.c.mid == row.mid


def _done(tx: Tx, row: AnyRow) -> None:
    tx.conn.execute(delete(_returned).where(*_this(row)))
