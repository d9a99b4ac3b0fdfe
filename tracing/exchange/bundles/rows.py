"""The rows behind bundles: what waits for a counterpart, what went in which bundle, what is to be told of.

Rules
- What waits is what the outbox holds, and the attachments the counterpart lacks: parked or not, tried before or not. A
  file is another way to the same end, so whatever one carrier brought, the other need not.
- Receipts that a bundle draws wait in the outbox like those that follow: until the counterpart tells that it has them.
- What is told of (``back``) is told once: if that file is lost, the counterpart brings the same again.
"""

from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final, TypeVar

from sqlalchemy import bindparam, delete, func, or_, select, update

from protocol import receipts, strictjson
from protocol.receipts import Receipt as Said
from tracing.attachments import rows
from tracing.store import AnyRow, Tx, View
from tracing.store.inserting import insert
from tracing.tables import Attachment, Carried, Envelope, Outbox, Receipt, table_of

__all__ = [
    "BACK", "IN", "OUT", "attachments", "enqueue", "forget_told", "hear_landed", "hear_taken", "is_first", "note_back",
    "note_out", "to_tell", "waiting", "wires",
]  # fmt: skip

T = TypeVar("T")
OUT, BACK, IN = "out", "back", "in"
AT_ONCE: Final = 500  # names in one statement
RANK: Final = 1  # of receipts
_carried, _outbox, _attachments = table_of(Carried), table_of(Outbox), table_of(Attachment)
_envelopes, _receipts = table_of(Envelope), table_of(Receipt)
_THEIRS = _outbox.c.counterpart == bindparam("of")
_WAITING = select(_outbox.c.id, _outbox.c.item, _outbox.c.ref).where(_THEIRS).order_by(_outbox.c.rank, _outbox.c.id)
_WIRES = (
    select(_outbox.c.id, _outbox.c.item, func.coalesce(_envelopes.c.wire, _receipts.c.wire).label("wire"))
    .select_from(
        _outbox.outerjoin(
            _envelopes,
            (_outbox.c.item == "envelope")
            & (_envelopes.c.mid == _outbox.c.ref)
            & (_envelopes.c.sender == bindparam("me")),
        ).outerjoin(
            _receipts,
            (_outbox.c.item == "receipt")
            & (_receipts.c.rid == _outbox.c.ref)
            & (_receipts.c.sender == bindparam("me")),
        )
    )
    .where(
        _THEIRS, _outbox.c.id.in_(bindparam("ids", expanding=True)),
        or_(_envelopes.c.mid.is_not(None), _receipts.c.rid.is_not(None)),
    )
    .order_by(_outbox.c.rank, _outbox.c.id)
)  # fmt: skip
_LACKED = (
    select(_attachments.c.mid, _attachments.c.digest, _attachments.c.ct_len, _envelopes.c.stage)
    .join(
        _envelopes,
        (_envelopes.c.sender == _attachments.c.sender) & (_envelopes.c.mid == _attachments.c.mid),
    )
    .where(
        _attachments.c.counterpart == bindparam("of"), _attachments.c.direction == "out",
        _attachments.c.arrived_ms.is_(None), _attachments.c.wanted_ms.is_not(None),
        _envelopes.c.stage.in_(("queued", "sent", "accepted", "opened")),
    )
    .order_by(_attachments.c.wanted_ms, _attachments.c.mid, _attachments.c.n)
)  # fmt: skip


# ---------------------------------------------------------------- going out


def waiting(view: View, counterpart: str, items: Collection[str]) -> list[AnyRow]:
    """The outbox of a counterpart, most urgent first: id, item and ref of each row of these kinds."""
    return list(view.conn.execute(_WAITING.where(_outbox.c.item.in_(items)), {"of": counterpart}))


def wires(view: View, me: str, counterpart: str, ids: Sequence[int]) -> list[AnyRow]:
    """The bytes of some of those rows. One that was answered meanwhile is not there any more."""
    return list(view.conn.execute(_WIRES, {"me": me, "of": counterpart, "ids": list(ids)}))


def attachments(view: View, counterpart: str) -> list[AnyRow]:
    """The attachments it lacks: mid, digest, length, and how far the envelope that names each has come."""
    return list(view.conn.execute(_LACKED, {"of": counterpart}))


def to_tell(view: View, counterpart: str, item: str, most: int) -> list[str]:
    """What came in its bundles and is to be told of, the oldest first."""
    query = select(_carried.c.ref).where(*_of(counterpart, BACK, item)).order_by(_carried.c.at_ms, _carried.c.ref)
    return list(view.conn.execute(query.limit(most)).scalars())


def note_out(tx: Tx, me: str, counterpart: str, bundle: str, mids: Iterable[str]) -> None:
    """These envelopes are in the file ``bundle``; one that was only queued counts as sent from now on."""
    _note(tx, counterpart, OUT, bundle, [("bundle", bundle)])
    for some in _some(mids):
        _note(tx, counterpart, OUT, bundle, [("envelope", mid) for mid in some])
        ours = (_envelopes.c.sender == me, _envelopes.c.mid.in_(some), _envelopes.c.stage == "queued")
        tx.conn.execute(update(_envelopes).where(*ours).values(stage="sent"))


def forget_told(tx: Tx, counterpart: str, item: str, refs: Iterable[str]) -> None:
    """It is told of in a file that is complete."""
    for some in _some(refs):
        tx.conn.execute(delete(_carried).where(*_of(counterpart, BACK, item), _carried.c.ref.in_(some)))


# ---------------------------------------------------------------- coming in


def hear_taken(tx: Tx, counterpart: str, rids: Iterable[str]) -> int:
    """Receipts of ours that it has: they leave the outbox. How many were waiting."""
    gone = 0
    for some in _some(rids):
        these = (_outbox.c.counterpart == counterpart, _outbox.c.item == "receipt", _outbox.c.ref.in_(some))
        gone += tx.conn.execute(delete(_outbox).where(*these)).rowcount
    return gone


def is_first(tx: Tx, counterpart: str, bundle: str) -> bool:
    """Whether no part of this bundle came before: what it asks for is given once, however often it is taken in."""
    row = {"counterpart": counterpart, "direction": IN, "item": "bundle", "ref": bundle, "bundle": bundle}
    return bool(tx.conn.execute(insert(_carried).values(row | {"at_ms": tx.now_ms}).on_conflict_do_nothing()).rowcount)


def hear_landed(tx: Tx, counterpart: str, digests: Iterable[str]) -> None:
    """Attachments of ours that are whole there."""
    for some in _some(digests):
        theirs = (_attachments.c.counterpart == counterpart, _attachments.c.direction == "out")
        found = tx.conn.execute(
            select(_attachments).where(*theirs, _attachments.c.arrived_ms.is_(None), _attachments.c.digest.in_(some))
        )
        for row in found.all():
            rows.note_sent(tx, row)


def enqueue(tx: Tx, counterpart: str, drawn: Iterable[bytes]) -> None:
    """Our receipts for the counterpart that its bundle drew wait for the way back."""
    for some in _some(_rids(drawn, counterpart)):
        made = [
            {"counterpart": counterpart, "item": "receipt", "ref": rid, "rank": RANK, "state": "due",
             "next_ms": tx.now_ms, "attempts": 0}
            for rid in some
        ]  # fmt: skip
        tx.conn.execute(insert(_outbox).on_conflict_do_nothing(), made)


def _rids(drawn: Iterable[bytes], to: str) -> Iterator[str]:
    for wire in drawn:
        receipt = receipts.parse(strictjson.load(wire, 2 * Said.MAX_BYTES)).receipt
        if receipt.to == to:
            yield receipt.rid


def note_back(tx: Tx, counterpart: str, bundle: str, refs: Iterable[tuple[str, str]]) -> None:
    """These (item, ref) of it are here: to be told of in the next bundle."""
    for some in _some(refs):
        _note(tx, counterpart, BACK, bundle, some)


def _note(tx: Tx, counterpart: str, direction: str, bundle: str, some: Sequence[tuple[str, str]]) -> None:
    made: list[dict[str, Any]] = [
        {"counterpart": counterpart, "direction": direction, "item": item, "ref": ref, "bundle": bundle,
         "at_ms": tx.now_ms}
        for item, ref in some
    ]  # fmt: skip
    newest = {"bundle": bundle, "at_ms": tx.now_ms}
    key = [_carried.c.counterpart, _carried.c.direction, _carried.c.item, _carried.c.ref]
    tx.conn.execute(insert(_carried).on_conflict_do_update(index_elements=key, set_=newest), made)


def _of(counterpart: str, direction: str, item: str) -> tuple[Any, ...]:
    return _carried.c.counterpart == counterpart, _carried.c.direction == direction, _carried.c.item == item


def _some(all_of_them: Iterable[T]) -> Iterator[list[T]]:
    left = iter(all_of_them)
    while some := list(islice(left, AT_ONCE)):
        yield some
