"""Which process opens what, where several share one database: accepted envelopes are claimed by rows with an end.

Rules
- A claim is a lease on one envelope, taken in the writer's turn and given back where its effect is committed.
- Whoever dies with claims keeps others from these envelopes for ``leases.LEASE_S``, and no longer.
- A claim that ended too soon costs work, never a second effect: the envelope's row decides (``opening``).
"""

from sqlalchemy import delete, exists, func, insert, literal_column, select

from tracing.store import AnyRow, Tx
from tracing.store.leases import LEASE_S, database_ms
from tracing.tables import Envelope, Lease, table_of

__all__ = ["Claims"]

MOST = 32
_envelopes, _leases = table_of(Envelope), table_of(Lease)
_DUTY = func.concat("open:", _envelopes.c.sender, "/", _envelopes.c.mid)
_IS_WAITING = (_envelopes.c.stage == literal_column("'accepted'")) & (_envelopes.c.direction == literal_column("'in'"))
_WANTED = ("sender", "mid", "digest", "wire", "accepted_ms")


class Claims:
    """The claims of one process, by the name of its run."""

    def __init__(self, name: str) -> None:
        self._name = name

    def take(self, tx: Tx) -> list[AnyRow]:
        """Envelopes that wait to be opened and are nobody's now, the oldest first; from the commit on they are ours."""
        now_ms = database_ms(tx.conn)
        tx.conn.execute(delete(_leases).where(_leases.c.duty.startswith("open:"), _leases.c.until_ms <= now_ms))
        is_taken = exists().where(_leases.c.duty == _DUTY)
        query = select(*(_envelopes.c[name] for name in _WANTED)).where(_IS_WAITING, ~is_taken)
        rows = list(tx.conn.execute(query.order_by(_envelopes.c.accepted_ms, _envelopes.c.seq).limit(MOST)).all())
        until_ms = now_ms + int(LEASE_S * 1000)
        claims = [{"duty": _duty(row), "holder": self._name, "until_ms": until_ms} for row in rows]
        if claims:
            tx.conn.execute(insert(_leases), claims)
        return rows

    def give_back(self, tx: Tx, row: AnyRow) -> None:
        """It is settled, or somebody may try it again."""
        tx.conn.execute(delete(_leases).where(_leases.c.duty == _duty(row), _leases.c.holder == self._name))


def _duty(row: AnyRow) -> str:
    return f"open:{row.sender}/{row.mid}"
