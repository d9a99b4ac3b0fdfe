"""What a counterpart's receipt does to the case its message belongs to.

``accepted``: the clocks that count from the receipt start. ``opened``: a request counts as delivered. ``rejected`` for
ever: a request ends as ``rejected_invalid``; any other message is marked on the desk and the case goes on. Outside
cases a proposal or a decision about deadlines then decides nothing.
"""

from sqlalchemy import bindparam, select

from tracing.casework.clocks import Timetable
from tracing.casework.matters.rows import judge_anew
from tracing.casework.standing import stand
from tracing.casework.thread import judged, messages
from tracing.store import Tx
from tracing.store.spelt import Spelt

__all__ = ["receipt_taken"]

_CASES_OF = Spelt(select(messages.c.case_id).where(messages.c.mid == bindparam("mid")))


def receipt_taken(tx: Tx, timetable: Timetable, mid: str, stage: str) -> None:
    """Called in the transaction that stored the receipt for our message ``mid``, after it was noted on the envelope."""
    if stage == "rejected":
        judge_anew(tx, mid)
    for row in _CASES_OF.rows(tx.conn, {"mid": mid}):
        stand(tx, timetable, judged(tx, row.case_id))
