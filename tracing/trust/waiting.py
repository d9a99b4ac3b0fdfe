"""What waits because a counterpart is held or suspended: messages to it, and messages of it that are not opened.

waiting_with(view, "br").quarantined
"""

from dataclasses import dataclass

from sqlalchemy import func, select

from tracing.store import View
from tracing.tables import Envelope, Outbox, table_of
from tracing.trust.following import STALE

__all__ = ["Waiting", "waiting_with"]

_envelopes, _outbox = map(table_of, (Envelope, Outbox))


@dataclass(frozen=True, slots=True)
class Waiting:
    """Numbers of messages."""

    outbound: int
    quarantined: int


def waiting_with(view: View, authority: str) -> Waiting:
    """Of one counterpart."""
    going = (_outbox.c.counterpart == authority, _outbox.c.item == "envelope")
    held = (_envelopes.c.direction == "in", _envelopes.c.sender == authority, _envelopes.c.stage == "held")
    outbound = select(func.count()).select_from(_outbox).where(*going)
    quarantined = select(func.count()).select_from(_envelopes).where(*held, _envelopes.c.code == STALE)
    return Waiting(view.conn.execute(outbound).scalar_one(), view.conn.execute(quarantined).scalar_one())
