"""Two real nodes in one process, without sockets: what one's outbox holds is handed to the other's inbox by hand.

Everything else is theirs: founded homes, real keys, real SQLite files, office, courier, inbox, opener.
"""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from sqlalchemy import select

from protocol.jws import Signer
from tests.world import World
from tracing.casework.delivery import receipt_taken
from tracing.clock import SystemClock
from tracing.connecting.faults import AnswerBroken
from tracing.exchange import waiting
from tracing.exchange.client import Answer
from tracing.exchange.courier import Courier, Means
from tracing.exchange.inbox import Inbox
from tracing.exchange.items import MAX_ITEMS, post_body
from tracing.exchange.pace import Pace
from tracing.exchange.refreshing import Refresher
from tracing.exchange.waiting import Row
from tracing.exchange.witnessing import Witnessing
from tracing.node import Node
from tracing.seals.opening import Opener
from tracing.store import Tx, View
from tracing.tables import Outbox, Receipt, table_of

__all__ = ["ASKS", "GIVES", "Item", "Pair", "Side"]

ASKS, GIVES = "br", "at"
MOST_BYTES = 1 << 30
_outbox, _receipts = table_of(Outbox), table_of(Receipt)
_WAITING = (
    select(_outbox.c.id, _outbox.c.ref, _receipts.c.mid)
    .outerjoin(_receipts, (_outbox.c.item == "receipt") & (_receipts.c.rid == _outbox.c.ref))
    .order_by(_outbox.c.id)
)


@dataclass(frozen=True)
class Item:
    """One row of an outbox: its id, and the message it is or is a receipt for."""

    row: int
    mid: str


class Hand:
    """A Wire that is one call into the other node. With ``deaf`` the answer is lost after the other has taken all."""

    def __init__(self) -> None:
        self.to: Inbox | None = None
        self.deaf = False

    async def post(self, authority: str, url: str, body: bytes) -> Answer:
        """Hand it over."""
        assert self.to is not None, "set when the pair is complete"
        reply = await self.to.take(body)
        if self.deaf:
            raise AnswerBroken("the answer is lost")
        return Answer(reply.status, reply.body)

    async def get(self, authority: str, url: str, path: str) -> Answer:
        """Nobody asks for documents here."""
        raise AnswerBroken("there are no documents on this wire")

    async def close(self) -> None:
        """Nothing to let go of."""


class Side:
    """One node and its way to the other."""

    def __init__(self, node: Node, other: str) -> None:
        self.node = node
        self.other = other
        self.hand = Hand()
        (key, *_) = node.vault.signers("rcpt", node.trust.active("rcpt"))
        self.refresher = Refresher(
            store=node.store, partners=node.partners, signals=node.signals, wire=self.hand, clock=node.clock,
            refused=lambda _code: None,
        )  # fmt: skip
        pace = Pace()
        self.witnessing = Witnessing(
            node.store, node.partners, node.checkpoints, node.clock, me=lambda: node.identity().authority,
            origin=lambda: node.keyring.voice.keyset.log.origin, hint=self.refresher.hint, every_s=pace.offer_s,
        )  # fmt: skip
        self.inbox = self._inbox(key)
        self.opener = Opener(
            store=node.store, vault=node.vault, partners=node.partners, signals=node.signals, me=node.identity,
            receipt_key=lambda: key, house=node.house, folder=node.folder,
        )  # fmt: skip
        self.courier = Courier(
            other,
            Means(
                node.store, node.partners, node.signals, self.hand, node.clock, node.ids, node.identity, lambda: key,
                self._receipt_taken, pace, node.folder, node.documents, self.refresher.hint, self.witnessing,
            ),
        )  # fmt: skip

    def _inbox(self, key: Signer) -> Inbox:
        node = self.node
        return Inbox(
            store=node.store, partners=node.partners, signals=node.signals, clock=node.clock, me=node.identity,
            signer=lambda: key, on_receipt=self._receipt_taken, heard=lambda _authority, _started: None,
            refused=lambda _code: None, refresher=self.refresher, witnessing=self.witnessing,
        )  # fmt: skip

    def _receipt_taken(self, tx: Tx, mid: str, stage: str, _at_ms: int) -> None:
        receipt_taken(tx, self.node.house.timetable, mid, stage)

    async def waiting(self) -> list[Item]:
        """What is on its way from here."""
        rows = await self.node.store.read(lambda view: view.conn.execute(_WAITING).all())
        return [Item(row.id, row.mid or row.ref) for row in rows]

    async def send(self, rows: Sequence[int], *, deaf: bool = False) -> dict[int, Row]:
        """Hand these rows over, in this order; returns what was handed over, for ``again``."""
        sent: dict[int, Row] = {}
        for first in range(0, len(rows), MAX_ITEMS):
            some = await self._read(rows[first : first + MAX_ITEMS])
            if some:
                self.hand.deaf = deaf
                await self.courier._send(some, alone=False)
                sent |= {one.id: one for one in some}
        return sent

    async def _read(self, ids: Sequence[int]) -> list[Row]:
        now_ms, me = self.node.clock.now_ms() + 10**9, self.node.identity().authority

        def look(view: View) -> list[Row]:
            groups = [frozenset(ids)]
            return waiting.among(view, me, self.other, now_ms, groups=groups, held=(), most_bytes=MOST_BYTES)[1]

        rows = {row.id: row for row in await self.node.store.read(look)}
        return [rows[one] for one in ids if one in rows]

    async def again(self, rows: Sequence[Row]) -> None:
        """The other gets once more what it got before; nobody hears its answer."""
        assert self.hand.to is not None, "set when the pair is complete"
        for first in range(0, len(rows), MAX_ITEMS):
            some = rows[first : first + MAX_ITEMS]
            envelopes, receipts = ([one.wire for one in some if one.is_envelope is kind] for kind in (True, False))
            await self.hand.to.take(post_body(envelopes, receipts))

    async def open_all(self) -> None:
        """Open what was taken."""
        while await self.opener.open_waiting():
            pass


class Pair:
    """``sides[ASKS]`` and ``sides[GIVES]``: the first opens the cases."""

    def __init__(self, folder: Path) -> None:
        self.world = World(folder, SystemClock())
        for authority in (ASKS, GIVES):
            self.world.found(authority)
        for one, other in ((ASKS, GIVES), (GIVES, ASKS)):
            self.world.introduce(one, other)
        self.sides = {one: Side(self.world[one], other) for one, other in ((ASKS, GIVES), (GIVES, ASKS))}
        for side in self.sides.values():
            side.hand.to = self.sides[side.other].inbox

    async def open_all(self) -> None:
        """Both open what they took."""
        await asyncio.gather(*(side.open_all() for side in self.sides.values()))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for node in self.world.nodes.values():
            node.close()
