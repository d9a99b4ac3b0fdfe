"""Giving back to a counterpart what it lost: it came back from an older copy (wire specification, section 22).

Rules
- A hello with ``have`` is answered with ``knows``. A node that has less of its own than we know, once it heard that,
  lost it, and says in ``sack`` what is left; only then anything is done. What is said while a hello is on its way is
  no loss.
- It is given own objects above what it has, as far as they are ready: its receipts, then its envelopes in order, each
  beside its statement sealed back to it.
- Sealing back needs the statement, which rests under the key of its case: the worker does it (``seals/returning``),
  from rows this room writes. Nothing is decrypted here.
- What it said under numbers that were used twice goes back as well, as far as it says that it does not have it
  (``samenumbers``), and receipts of its own for messages that it lost.
- Messages of ours that it accepted and lost go again by the outbox, with their attachments.
- Officers are told once. Asked again, the answer is the same: the rows say what is due.

    recalled = recall(tx, me="at", said=hello, ks=keyset, signals=signals)
    recalled.knows, recalled.items
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from heapq import nsmallest
from itertools import islice
from typing import Any, Final

from sqlalchemy import delete, func, select, update

from protocol.hello import Have, Hello, Knows
from protocol.payload import Keyset
from protocol.receipts import Sack
from tracing.exchange import waiting
from tracing.exchange.samenumbers import NONE, Twice, held_twice
from tracing.signals import Signals
from tracing.store import AnyRow, Tx
from tracing.store.inserting import insert
from tracing.tables import Attachment, Counterpart, Envelope, Outbox, Receipt, Returned, table_of
from tracing.trust.alarms import CAME_BACK, raise_alarm

__all__ = ["BELL", "Recalled", "recall"]

BELL: Final = "returning"
MOST_ITEMS: Final = 32
MOST_BYTES: Final = 1024 * 1024  # more than one item goes in one answer only below this; one alone has at most 3 MiB
AT_ONCE: Final = 500  # rows in one statement
LATE: Final = 256  # numbers are given in the order of commits, names before: so far they may be apart
RANKS: Final = {"urgent": 0, "routine": 1, "low": 2}
_counterparts, _envelopes, _receipts = table_of(Counterpart), table_of(Envelope), table_of(Receipt)
_outbox, _attachments, _returned = table_of(Outbox), table_of(Attachment), table_of(Returned)


@dataclass(frozen=True, slots=True)
class Recalled:
    """What to say in the answer, and what goes with it."""

    knows: Knows
    items: tuple[bytes, ...] = ()


def recall(tx: Tx, *, me: str, said: Hello, ks: Keyset | None, signals: Signals) -> Recalled:
    """What we hold of the sender of ``said``, which must say what it has."""
    have, of = said.have, str(said.from_)
    assert have is not None, "asked only then"
    seq = tx.conn.execute(select(_counterparts.c.in_hi).where(_counterparts.c.authority == of)).scalar_one()
    twice = held_twice(tx, of, me, have)
    named = [mid for _, mid in twice.named]
    tx.conn.execute(delete(_returned).where(*_given(of), _returned.c.seq <= have.seq, _returned.c.mid.not_in(named)))
    due = (_outbox.c.counterpart == of, _outbox.c.state == waiting.DUE)  # refused while it knew not what it had lost
    tx.conn.execute(update(_outbox).where(*due, _outbox.c.next_ms > tx.now_ms).values(next_ms=tx.now_ms))
    tx.after_commit(partial(signals.ring, f"outbox:{of}"))
    greatest = select(_receipts.c.rid).where(*_receipts_of(of, me)).order_by(_receipts.c.rid.desc()).limit(1)
    rid = tx.conn.execute(greatest).scalar()
    if have.sack is None:
        return Recalled(Knows.model_validate({"seq": seq, "rid": rid, "ks": ks, "back": 0, "lost": 0} | _said(twice)))
    envelopes = twice.count + (_name(tx, me, of, have.seq) if seq > have.seq else 0)
    _add(tx, of, twice.named)
    receipts, count = _receipts_above(tx, of, me, have)
    beside = _Beside(of, me, have)
    beside.add([rid] if rid else [])  # the asker looks for this one
    lost = _send_again(tx, me, of, have.sack, beside)
    receipts, back = [*beside.first(tx), *receipts], envelopes + count + beside.count
    knows = Knows.model_validate({"seq": seq, "rid": rid, "ks": ks, "back": back, "lost": lost} | _said(twice))
    if knows.back or lost:
        raise_alarm(
            tx, of, CAME_BACK, "it came back from an older copy; what it had said and taken since goes back to it"
        )
        for bell in (BELL, f"blobs:{of}"):
            tx.after_commit(partial(signals.ring, bell))
    return Recalled(knows, tuple(_bounded([*receipts, *_ready(tx, of)])))


def _said(twice: Twice) -> dict[str, Any]:
    return {} if twice == NONE else {"twice": twice.named}


def _bounded(items: list[bytes]) -> Iterator[bytes]:
    size = 0
    for item in items[:MOST_ITEMS]:
        if size and size + len(item) > MOST_BYTES:
            return
        size += len(item)
        yield item


# ---------------------------------------------------------------- what it said


def _name(tx: Tx, me: str, of: str, seq: int) -> int:
    """Rows for the envelopes of ``of`` above ``seq``, for the worker to seal; how many there are."""
    theirs = (_envelopes.c.sender == of, _envelopes.c.recipient == me, _envelopes.c.seq > seq)
    rows = tx.conn.execute(select(_envelopes.c.mid, _envelopes.c.seq).where(*theirs)).all()
    known = set(tx.conn.execute(select(_returned.c.mid).where(*_given(of))).scalars())
    _add(tx, of, [(row.seq, row.mid) for row in rows if row.mid not in known])
    return len(rows)


def _add(tx: Tx, of: str, new: Iterable[tuple[int, str]]) -> None:
    rows = [{"counterpart": of, "direction": "give", "mid": mid, "seq": seq} for seq, mid in new]
    if rows:
        tx.conn.execute(insert(_returned).on_conflict_do_nothing(), rows)


def _given(of: str) -> tuple[Any, ...]:
    return _returned.c.counterpart == of, _returned.c.direction == "give"


def _ready(tx: Tx, of: str) -> Iterator[bytes]:
    """Those that are sealed, in order and without a gap: the other side counts by the last it has."""
    query = select(_returned.c.sealed).where(*_given(of)).order_by(_returned.c.seq, _returned.c.mid).limit(MOST_ITEMS)
    for row in tx.conn.execute(query):
        if row.sealed is None:
            return
        yield row.sealed


def _receipts_of(of: str, me: str) -> tuple[Any, ...]:
    return _receipts.c.sender == of, _receipts.c.recipient == me


def _receipts_above(tx: Tx, of: str, me: str, have: Have) -> tuple[list[bytes], int]:
    """Receipts of its own that it does not have, the oldest first, and how many there are. Their ids rise with time."""
    theirs = (*_receipts_of(of, me), _receipts.c.rid > (have.rid or ""))
    count = tx.conn.execute(select(func.count()).select_from(_receipts).where(*theirs)).scalar_one()
    if not count:
        return [], 0
    some = select(_receipts.c.wire).where(*theirs).order_by(_receipts.c.rid).limit(MOST_ITEMS)
    return [b'{"receipt":' + wire + b"}" for wire in tx.conn.execute(some).scalars()], count


@dataclass(slots=True)
class _Beside:
    """Receipts of ``of`` below its last, for messages that it does not have: a copy of it signed those."""

    of: str
    me: str
    have: Have
    count: int = 0
    lowest: set[str] = field(default_factory=set)

    def look(self, tx: Tx, mids: list[str]) -> None:
        """Those for these messages as well."""
        if self.have.after is not None:
            these = (*_receipts_of(self.of, self.me), _receipts.c.mid.in_(mids))
            self.add(tx.conn.execute(select(_receipts.c.rid).where(*these)).scalars())

    def add(self, rids: Iterable[str]) -> None:
        """These, where they are not among those above its last, nor among those it was given."""
        after, last = self.have.after, self.have.rid
        if after is not None and last is not None:
            new = {rid for rid in rids if (after.rid or "") < rid <= last} - self.lowest
            self.count += len(new)
            self.lowest = set(nsmallest(MOST_ITEMS, self.lowest | new))

    def first(self, tx: Tx) -> list[bytes]:
        """As they are given back."""
        these = (*_receipts_of(self.of, self.me), _receipts.c.rid.in_(self.lowest))
        some = select(_receipts.c.wire).where(*these).order_by(_receipts.c.rid)
        return [b'{"receipt":' + wire + b"}" for wire in tx.conn.execute(some).scalars()]


# ---------------------------------------------------------------- what we said


def _send_again(tx: Tx, me: str, to: str, sack: Sack, beside: _Beside) -> int:
    """Envelopes that it accepted and does not have: they are due again, with what is attached to them."""
    lost, count = _lost(tx, me, to, sack), 0
    while some := list(islice(lost, AT_ONCE)):
        count += len(some)
        beside.look(tx, [row.mid for row in some])
        rows = [
            {"counterpart": to, "item": "envelope", "ref": row.mid, "rank": RANKS[row.priority], "state": "due",
             "next_ms": tx.now_ms, "attempts": 0}
            for row in some
        ]  # fmt: skip
        tx.conn.execute(insert(_outbox).on_conflict_do_nothing(), rows)
        ours = (_attachments.c.sender == me, _attachments.c.mid.in_([row.mid for row in some]))
        tx.conn.execute(update(_attachments).where(*ours).values(arrived_ms=None))
    return count


def _lost(tx: Tx, me: str, to: str, sack: Sack) -> Iterator[AnyRow]:
    """The newest first, until none below can be missing."""
    lowest = min([sack.hi + 1, *(first for first, _ in sack.missing)])
    columns = (_envelopes.c.mid, _envelopes.c.seq, _envelopes.c.priority, _envelopes.c.accepted_ms)
    ours = (_envelopes.c.sender == me, _envelopes.c.recipient == to, _envelopes.c.direction == "out")
    query, below = select(*columns).where(*ours).order_by(_envelopes.c.mid.desc()), 0
    for row in tx.conn.execute(query.execution_options(yield_per=LATE)):
        below = below + 1 if row.seq < lowest else 0
        if below > LATE:
            return
        if row.accepted_ms is not None and _is_missing(row.seq, sack):
            yield row


def _is_missing(seq: int, sack: Sack) -> bool:
    return seq > sack.hi or any(first <= seq <= last for first, last in sack.missing)
