"""What became of attachments that arrived: does each open to what its sender said it is? Then the message is whole.

Rules
- Opening is a stream in a thread: a piece in memory at a time, and nothing is decoded.
- One that does not open, or is something else, is marked and shown. It ends nothing: the message that named it was
  signed and stays; an officer asks its sender.
- When everything that travels with a message was looked into, its envelope is ``opened`` and the receipt says so. From
  there on a crash is safe; before, the rows are looked into again.
"""

import asyncio
from collections.abc import Callable
from typing import Any

import structlog
from sqlalchemy import select, union_all, update

from keys.errors import SealUnreadable
from protocol import envelope
from protocol.attachments import Attachment
from protocol.errors import ProtocolError
from protocol.receipts import Stage
from tracing.attachments import Folder, opened, rows
from tracing.post import Identity
from tracing.store import AnyRow, Store, StoreUnavailable, Tx, View
from tracing.store.content import Erased, case_key, show
from tracing.tables import Case, Envelope, MatterMessage, Message, table_of

__all__ = ["Arrivals"]

Answer = Callable[[Tx, AnyRow, Stage, str | None, ProtocolError | None], None]
_cases, _envelopes = table_of(Case), table_of(Envelope)
_messages, _heard = table_of(Message), table_of(MatterMessage)
_MESSAGE = select(
    _messages.c.mid, _messages.c.case_id, _messages.c.inner, _messages.c.statement_digest, _cases.c.id,
    _cases.c.content_key,
).join(_cases, _cases.c.id == _messages.c.case_id)  # fmt: skip


class Arrivals:
    """``answer`` signs and queues a receipt for an envelope row in a transaction."""

    def __init__(self, store: Store, folder: Folder, me: Callable[[], Identity], answer: Answer) -> None:
        self._store = store
        self._folder = folder
        self._me = me
        self._answer = answer

    async def look_into(self) -> int:
        """Look into what arrived, and answer for messages that are whole; how many rows moved."""
        arrived, waiting = await self._store.read(lambda view: (rows.unproved(view), rows.complete_envelopes(view)))
        for row in arrived:
            await self._prove(row)
        if arrived:
            waiting = await self._store.read(rows.complete_envelopes)
        await asyncio.gather(*(self._say_opened(row) for row in waiting))
        return len(arrived) + len(waiting)

    async def _prove(self, row: AnyRow) -> None:
        fault = await asyncio.to_thread(self._fault, row)
        await self._store.write(lambda tx: rows.prove(tx, row, fault))

    async def _say_opened(self, row: AnyRow) -> None:
        try:
            await self._store.write(lambda tx: self._settle(tx, row))
        except StoreUnavailable:
            raise
        except Exception:  # noqa: BLE001 - as in opening: a fault of ours in one message stops no other
            structlog.get_logger().exception("arrivals.unanswered", counterpart=row.sender, mid=row.mid)
            await self._store.write(lambda tx: _hold(tx, row))

    def _fault(self, row: AnyRow) -> str | None:
        """Why the attachment cannot be read, or None."""
        log = structlog.get_logger().bind(counterpart=row.counterpart, mid=row.mid, n=row.n)
        try:
            told = self._store.read_now(lambda view: _told(view, row))
            for _ in opened(self._folder, told, net=self._me().net):
                pass
        except (SealUnreadable, OSError) as error:
            log.warning("arrivals.spoiled", reason=str(error) if isinstance(error, SealUnreadable) else "not on disk")
            return "spoiled"
        except Erased:
            return "erased"
        except StoreUnavailable:
            raise
        except Exception:  # the one border of this queue: a fault of ours in one file stops no other
            log.exception("arrivals.failed")
            return "internal"
        log.info("arrivals.whole")
        return None

    def _settle(self, tx: Tx, row: AnyRow) -> None:
        if _leave_waiting(tx, row, stage="opened", opened_ms=tx.now_ms):
            self._answer(tx, row, "opened", _digest(tx, row.mid), None)


def _leave_waiting(tx: Tx, row: AnyRow, **values: Any) -> bool:
    """Whether it was us who changed it: another process may have been quicker."""
    this = (_envelopes.c.sender == row.sender) & (_envelopes.c.mid == row.mid) & (_envelopes.c.stage == "waiting")
    return tx.conn.execute(update(_envelopes).where(this).values(values)).rowcount == 1


def _hold(tx: Tx, row: AnyRow) -> None:
    """Out of the queue until the next start, when it is opened once more; its effect stays."""
    _leave_waiting(tx, row, stage="held", code="internal")


def _digest(view: View, mid: str) -> str:
    """Of the statement that was taken. Earlier versions took attachments outside cases too."""
    taken = (select(one.c.statement_digest).where(one.c.mid == mid) for one in (_messages, _heard))
    return str(view.conn.execute(union_all(*taken).limit(1)).scalar_one())


def _told(view: View, row: AnyRow) -> Attachment:
    """What the message says of an attachment."""
    said = view.conn.execute(_MESSAGE.where(_messages.c.mid == row.mid)).first()
    if said is None:
        raise LookupError("expected the message of an attachment to be in a case")
    inner = show(view, case_key(view, said), said.inner, said.case_id, "message", said.mid)
    told = next((one for one in envelope.read_attachments(inner) if one.n == row.n), None)
    if told is None:
        raise Erased(said.case_id)
    return told.attachment
