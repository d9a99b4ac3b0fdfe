"""The rows of the outbox: what waits for a counterpart, and what becomes of it.

rows = store.read_now(lambda view: waiting.due(view, "ke", "br", now_ms, busy=set(), most_bytes=1 << 20))
store.write_now(lambda tx: waiting.leave(tx, [row.id for row in rows]))
"""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import and_, bindparam, delete, func, or_, select, update

from tracing import tables
from tracing.exchange.items import MAX_ITEMS, Beside, post_body
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.trust.untaken import BEHIND, let_follow

__all__ = [
    "DUE", "Row", "among", "body_of", "due", "leave", "mark_sent", "note_failure", "park", "put_off", "release",
    "say_held",
]  # fmt: skip

DUE, PARKED = "due", "parked"
ITEMS = ("envelope", "receipt")
HELD = "held: the keys of the counterpart are long past their date"
_outbox = tables.Outbox.__table__  # type: ignore[attr-defined]
_envelopes = tables.Envelope.__table__  # type: ignore[attr-defined]
_receipts = tables.Receipt.__table__  # type: ignore[attr-defined]

_ENVELOPE = and_(
    _outbox.c.item == "envelope", _envelopes.c.mid == _outbox.c.ref, _envelopes.c.sender == bindparam("me")
)
_RECEIPT = and_(_outbox.c.item == "receipt", _receipts.c.rid == _outbox.c.ref, _receipts.c.sender == bindparam("me"))
_WITH_WIRE = (
    select(
        _outbox.c.id, _outbox.c.item, _outbox.c.ref, _outbox.c.attempts,
        func.coalesce(_envelopes.c.wire, _receipts.c.wire).label("wire"),
    )
    .select_from(_outbox.outerjoin(_envelopes, _ENVELOPE).outerjoin(_receipts, _RECEIPT))
    .where(
        _outbox.c.counterpart == bindparam("counterpart"), _outbox.c.state == DUE,
        _outbox.c.next_ms <= bindparam("now_ms"),
        or_(_envelopes.c.mid.is_not(None), _receipts.c.rid.is_not(None)),
    )
    .order_by(_outbox.c.rank, _outbox.c.next_ms, _outbox.c.id)
)  # fmt: skip
_DUE = Spelt(_WITH_WIRE.limit(MAX_ITEMS))
_DUE_AMONG = _WITH_WIRE.where(
    _outbox.c.id.not_in(bindparam("busy", expanding=True)), _outbox.c.item.in_(bindparam("items", expanding=True))
).limit(MAX_ITEMS)
_LEAVE = Spelt(delete(_outbox).where(_outbox.c.id == bindparam("row")))
_AMONG = _WITH_WIRE.where(_outbox.c.id.in_(bindparam("ids", expanding=True))).limit(MAX_ITEMS)


@dataclass(frozen=True, slots=True)
class Row:
    """One item that waits, with the bytes to send."""

    id: int
    item: str
    ref: str
    attempts: int
    wire: bytes

    @property
    def is_envelope(self) -> bool:
        """An envelope, not a receipt."""
        return self.item == "envelope"


def due(
    view: View,
    me: str,
    counterpart: str,
    now_ms: int,
    *,
    busy: Collection[int],
    most_bytes: int,
    items: Collection[str] = ITEMS,
) -> list[Row]:
    """What to send in one post, most urgent first: at least one row of these kinds if any is due, up to the limits."""
    where = {"me": me, "counterpart": counterpart, "now_ms": now_ms}
    if not busy and items == ITEMS:
        return _read(_DUE.each(view.conn, where), most_bytes)
    return _read(view.conn.execute(_DUE_AMONG, where | {"busy": list(busy), "items": list(items)}), most_bytes)


def among(
    view: View,
    me: str,
    counterpart: str,
    now_ms: int,
    *,
    groups: Sequence[frozenset[int]],
    held: Collection[int],
    most_bytes: int,
) -> tuple[frozenset[int], list[Row]]:
    """The first of the groups of which some rows are due, with these; an empty list if there is none."""
    where = {"me": me, "counterpart": counterpart, "now_ms": now_ms}
    for group in groups:
        rows = _read(view.conn.execute(_AMONG, where | {"ids": list(group.difference(held))}), most_bytes)
        if rows:
            return group, rows
    return frozenset(), []


def _read(found: Iterable[AnyRow], most_bytes: int) -> list[Row]:
    """Fetched one by one: what goes over the limit is not read. Whatever is left of it ends with the transaction."""
    rows: list[Row] = []
    size = 0
    for each in found:
        size += len(each.wire)
        if rows and size > most_bytes:
            break
        rows.append(Row(each.id, each.item, each.ref, each.attempts, each.wire))
    return rows


def body_of(rows: Sequence[Row], beside: Beside) -> bytes:
    """One post of these rows, and what rides on it."""
    envelopes, receipts = ([row.wire for row in rows if row.is_envelope is kind] for kind in (True, False))
    return post_body(envelopes, receipts, beside=beside)


def leave(tx: Tx, ids: Iterable[int]) -> None:
    """These were answered."""
    for row_id in ids:
        _LEAVE.run(tx.conn, {"row": row_id})


def put_off(tx: Tx, row_id: int, next_ms: int, error: str) -> None:
    """Try this one again later."""
    _change(tx, _outbox.c.id == row_id, next_ms=next_ms, attempts=_outbox.c.attempts + 1, last_error=error)


def park(tx: Tx, row_id: int, error: str) -> None:
    """This one fails whatever is done; it stays for an officer to see, and for the next start."""
    since_ms = func.coalesce(_outbox.c.parked_ms, tx.now_ms)
    parked = {"state": PARKED, "attempts": _outbox.c.attempts + 1, "last_error": error, "parked_ms": since_ms}
    _change(tx, _outbox.c.id == row_id, **parked)


def release(tx: Tx, counterpart: str) -> None:
    """Everything is due now, but for what waits behind a request that is not taken."""
    _change(tx, and_(_outbox.c.counterpart == counterpart, _outbox.c.state != BEHIND), state=DUE, next_ms=tx.now_ms)
    let_follow(tx, counterpart)


def note_failure(tx: Tx, counterpart: str, error: str) -> None:
    """The counterpart was not reached: said on every row that waits for it."""
    waiting = and_(_outbox.c.counterpart == counterpart, _outbox.c.state == DUE)
    _change(tx, waiting, attempts=_outbox.c.attempts + 1, last_error=error)


def say_held(tx: Tx, counterpart: str) -> None:
    """Why its messages do not go: said on each."""
    theirs = and_(_outbox.c.counterpart == counterpart, _outbox.c.item == "envelope")
    _change(tx, theirs, last_error=HELD)


def mark_sent(tx: Tx, me: str, rows: Iterable[Row]) -> None:
    """These were sent and the answer was lost: the counterpart may have them."""
    mids = [row.ref for row in rows if row.is_envelope]
    ours = and_(_envelopes.c.sender == me, _envelopes.c.mid.in_(mids), _envelopes.c.stage == "queued")
    tx.conn.execute(update(_envelopes).where(ours).values(stage="sent"))


def _change(tx: Tx, which: Any, **values: Any) -> None:
    tx.conn.execute(update(_outbox).where(which).values(values))
