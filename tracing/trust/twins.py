"""Two nodes with one set of keys, as officers are told of them: at the counterpart that heard both, and at both.

Rules
- One alarm for an authority, about a pair of runs. Once an officer closed it, the same pair raises none again: somebody
  decided which of the two is to be, and whoever runs the other stops it.
- While ours is open, nothing is sent from here (``Partners.is_doubled``); what comes in is taken, as ever.

    heard_there(tx, "br", "at", my_run, other_run)
"""

from hashlib import sha256
from typing import Final

from sqlalchemy import select

from tracing.store import Tx
from tracing.tables import TrustAlarm, table_of
from tracing.trust.alarms import raise_alarm

__all__ = ["TWINS", "heard_here", "heard_there"]

TWINS: Final = "two-nodes"
SHOWN: Final = 8  # digits of a run; ``/readyz`` of a node names its own
_alarms = table_of(TrustAlarm)


def heard_here(tx: Tx, authority: str, one: str, other: str) -> bool:
    """A counterpart speaks as two; True if that is news."""
    runs = f"{one[:SHOWN]} and {other[:SHOWN]}"
    said = f"two nodes speak with its keys at once, runs {runs}: a copied home, or stolen keys"
    return _note(tx, authority, one, other, said)


def heard_there(tx: Tx, me: str, by: str, mine: str, other: str) -> bool:
    """A counterpart heard another node with our keys; True if that is news."""
    said = f"{by} hears another node with our keys, run {other[:SHOWN]}; this one is run {mine[:SHOWN]}"
    return _note(tx, me, mine, other, said)


def _note(tx: Tx, authority: str, one: str, other: str, said: str) -> bool:
    pair = " ".join(sorted((one, other))).encode()
    row = tx.conn.execute(
        select(_alarms.c.sha256, _alarms.c.done_ms).where(_alarms.c.authority == authority, _alarms.c.code == TWINS)
    ).first()
    if row is not None and row.done_ms is not None and row.sha256 == sha256(pair).hexdigest():
        return False
    return raise_alarm(tx, authority, TWINS, said, pair)
