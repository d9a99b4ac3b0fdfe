"""Where a case stands: its row, its clocks and its tallies follow from its messages, in the transaction of the change.

stand(tx, timetable, judged(tx, case_id))   # after something was said, taken or receipted
"""

from tracing.casework import clocks, tallies
from tracing.casework.clocks import Timetable
from tracing.casework.thread import Thread, remember
from tracing.store import Tx

__all__ = ["stand"]


def stand(tx: Tx, timetable: Timetable, thread: Thread) -> None:
    """Bring clocks and tallies in line with the messages of a case, and all that follows onto its row, written once."""
    limits = clocks.follow(tx, timetable, thread)
    words = tallies.keep(tx, thread, limits)
    remember(tx, thread, due_ms=clocks.nearest(limits), counted=words)
