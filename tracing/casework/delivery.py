"""What a counterpart's receipt does to the case its message belongs to.

``accepted``: the clocks that count from the receipt start. ``opened``: a request counts as delivered. ``rejected`` for
ever: a request ends as ``rejected_invalid``; any other message is marked on the desk and the case goes on.
"""

from sqlalchemy import select

from protocol.lifecycle import Kind
from tracing.casework import clocks
from tracing.casework.clocks import Timetable
from tracing.casework.thread import messages, refold
from tracing.store import Tx

__all__ = ["receipt_taken"]


def receipt_taken(tx: Tx, timetable: Timetable, mid: str, stage: str, at_ms: int) -> None:
    """Called in the transaction that stored the receipt for our message ``mid``."""
    for row in tx.conn.execute(select(messages.c.case_id, messages.c.kind).where(messages.c.mid == mid)).all():
        changes = {"requested_ms": at_ms} if stage == "accepted" and row.kind == Kind.TRACE_REQUEST else {}
        clocks.follow(tx, timetable, refold(tx, row.case_id, **changes))
