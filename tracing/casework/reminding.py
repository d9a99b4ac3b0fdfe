"""What a reminder says when the officer leaves it out: which duty, since when it is due, how many there were of it.

Only a limit of a treaty or of an agreement is quoted; our own target stays at home (domain 7b.3).
"""

from collections.abc import Iterator
from typing import Any

from sqlalchemy import select

from protocol.deadlines import Basis, ClockName
from protocol.lifecycle import Effect, Kind, Overlay, State
from protocol.vocabulary.conversation import Duty
from tracing.casework.elements.held import held_message
from tracing.casework.thread import Thread
from tracing.clock import from_ms
from tracing.store import View
from tracing.tables import Deadline, table_of

__all__ = ["reminded"]

_deadlines = table_of(Deadline)
_CLOCKS = {
    Duty.ACKNOWLEDGEMENT: ClockName.ACK,
    Duty.ANSWER: ClockName.ANSWER,
    Duty.INFORMATION: ClockName.INFO,
    Duty.EXPLANATION: ClockName.CLARIFY,
    Duty.CONSENT_DECISION: ClockName.CONSENT,
}


def reminded(view: View, thread: Thread, body: dict[str, Any]) -> dict[str, Any]:
    """``body`` with duty, count and a binding due date filled in, as far as the officer left them out."""
    duty = body.get("duty") or _owed(thread)
    count = 1 + sum(each == duty for each in _reminded_of(view, thread))
    return {"duty": duty, "count": count} | _binding(view, thread, duty) | {k: v for k, v in body.items() if v}


def _reminded_of(view: View, thread: Thread) -> Iterator[str | None]:
    """The duty of each reminder we sent that counts."""
    for one in thread.said:
        ours = one.kind is Kind.REMINDER and one.sender is thread.us
        if ours and thread.view.effects[one.mid] is Effect.EFFECTIVE:
            held = held_message(view, thread.case, one.mid)
            yield getattr(held.message, "duty", None) if held else None


def _owed(thread: Thread) -> str:
    """The duty that presses, of those the other side has."""
    pending = thread.view.pending
    if thread.case.direction == "received":
        return str(Duty.INFORMATION if Overlay.INFORMATION_PENDING in pending else Duty.CONSENT_DECISION)
    if thread.view.state is State.DELIVERED:
        return str(Duty.ACKNOWLEDGEMENT)
    if Overlay.CLARIFICATION_PENDING in pending:
        return str(Duty.EXPLANATION)
    return str(Duty.CONSENT_DECISION if Overlay.CONSENT_PENDING in pending else Duty.ANSWER)


def _binding(view: View, thread: Thread, duty: str) -> dict[str, Any]:
    """The date and the limit of a running clock that both are bound by."""
    clock = next((clock for word, clock in _CLOCKS.items() if word == duty), None)
    row = view.conn.execute(
        select(_deadlines.c.due_ms, _deadlines.c.basis, _deadlines.c.source)
        .where(
            _deadlines.c.case_id == thread.case.id,
            _deadlines.c.clock == str(clock),
            _deadlines.c.ended_ms.is_(None),
            _deadlines.c.paused_due_ms.is_(None),
        )
        .order_by(_deadlines.c.due_ms)
    ).first()
    if row is None or not Basis(row.basis).makes_late:
        return {}
    return {"due": from_ms(row.due_ms).date().isoformat(), "limit": row.source}
