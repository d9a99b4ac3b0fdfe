"""What the database knows of envelopes that come: their digests, our receipts for them, how many wait unopened.

known.stored(view, parsed)  ->  the wire bytes of our receipts, ``accepted`` first
"""

from typing import Final

from sqlalchemy import bindparam, case, exists, func, literal_column, select, text

from protocol.envelope import Envelope
from protocol.errors import BY_CODE
from tracing import tables
from tracing.exchange.judged import Outcome, Sure
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt

__all__ = ["MOST_UNOPENED", "before", "has_room", "known_digests", "stored"]

MOST_UNOPENED: Final = 10_000  # envelopes of one sender, some 150 MB: what comes in while nothing is opened for a day

_envelopes = tables.Envelope.__table__  # type: ignore[attr-defined]
_receipts = tables.Receipt.__table__  # type: ignore[attr-defined]
_DIGEST = Spelt(
    select(_envelopes.c.digest).where(_envelopes.c.sender == bindparam("sender"), _envelopes.c.mid == bindparam("mid"))
)
_UNOPENED = Spelt(
    select(func.count().label("count")).select_from(
        select(literal_column("1"))
        .where(
            _envelopes.c.sender == bindparam("sender"),
            text("direction = 'in' AND stage IN ('accepted', 'held', 'waiting')"),  # spelt out: so the index serves
        )
        .limit(MOST_UNOPENED)
        .subquery()
    )
)
_ISSUED = (
    select(_receipts.c.wire)
    .where(
        _receipts.c.mid == bindparam("mid"),
        _receipts.c.env == bindparam("env"),
        _receipts.c.recipient == bindparam("sender"),
        _receipts.c.direction == "out",
    )
    .order_by(case({"accepted": 0}, value=_receipts.c.stage, else_=1), _receipts.c.stored_ms, _receipts.c.rid)
)
_IS_HERE = exists().where(_envelopes.c.sender == bindparam("sender"), _envelopes.c.mid == bindparam("mid"))
_STORED = _ISSUED.where(_IS_HERE)
_GIVEN = Spelt(_ISSUED.with_only_columns(_receipts.c.stage, _receipts.c.code, _receipts.c.at_ms))


def known_digests(tx: Tx, sure: list[Sure]) -> dict[tuple[str, str], str]:
    """The digests of the envelopes that are stored under the ids of these."""
    keys = {(str(one.envelope.manifest.from_), str(one.envelope.manifest.mid)) for one in sure}
    found = {key: _DIGEST.scalar(tx.conn, {"sender": key[0], "mid": key[1]}) for key in keys}
    return {key: digest for key, digest in found.items() if digest is not None}


def has_room(tx: Tx, sender: str, outcome: Outcome) -> bool:
    """Whether one more of this sender is taken now; it is counted once in a request."""
    if sender not in outcome.room:
        outcome.room[sender] = MOST_UNOPENED - _UNOPENED.scalar(tx.conn, {"sender": sender})
    outcome.room[sender] -= 1
    return outcome.room[sender] >= 0


def stored(view: View, parsed: Envelope) -> list[bytes]:
    """All stored receipts of ours for this very envelope, ``accepted`` first; none where it was lost here.

    A node that comes back from an older copy is given back its receipts before it has the envelopes they are for again.
    Answered with them, the sender would let go of the only copy there is.
    """
    manifest = parsed.manifest
    query = {"mid": manifest.mid, "env": parsed.digest, "sender": manifest.from_}
    return list(view.conn.execute(_STORED, query).scalars())


def before(view: View, parsed: Envelope) -> AnyRow | None:
    """The receipt of ours that says what became of this very envelope, which itself is not here.

    One that says it is rejected for good stands: its sender goes by that, so it may have no effect here.
    """
    manifest = parsed.manifest
    found = _GIVEN.rows(view.conn, {"mid": manifest.mid, "env": parsed.digest, "sender": manifest.from_})
    final = [row for row in found if row.stage == "rejected" and BY_CODE[row.code].retry == "never"]
    return next(iter([*final, *found]), None)
