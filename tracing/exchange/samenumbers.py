"""Messages under one number: a home and its copy both spoke, and the home asks for what the copy said (section 22).

Rules
- Whoever is asked names what it holds under numbers that were used twice, or under a number of which the asker has a
  message it is not sure of: by number and id, a few at once, above what the asker says it has. It is given those back.
- The asker moves on only along what was named, which is signed: over messages it has now, and over those the other says
  it cannot give back. So whoever stands on the way can make it pass over nothing, and each message is passed once.
- A program without this names nothing, and is named nothing.

    found = held_twice(tx, of="ke", me="at", have=have)     # at the one that is asked: found.named, found.count
    has_all(view, me="ke", of="at", named=knows.twice)      # at the one that asks
    moved = pass_over(tx, me="ke", of="at", have=have, named=knows.twice, items=returned)
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, and_, exists, func, or_, select

from protocol.hello import MAX_TWICE, MAX_UNSURE, After, Have, Numbered
from tracing import post
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Counterpart, Envelope, Outbox, Returned, table_of

__all__ = ["NONE", "Twice", "has_all", "held_twice", "now_after", "pass_over", "unsure"]

MOST_GONE: Final = 64  # kept of what cannot come back, to be named in the alarm
_counterparts, _envelopes, _outbox, _returned = map(table_of, (Counterpart, Envelope, Outbox, Returned))
_other = _envelopes.alias("other")


@dataclass(frozen=True, slots=True)
class Twice:
    """The first messages to name, and how many there are."""

    named: tuple[tuple[int, str], ...] = ()
    count: int = 0


NONE: Final = Twice()


# ---------------------------------------------------------------- the one that is asked


def held_twice(tx: Tx, of: str, me: str, have: Have) -> Twice:
    """What ``of`` said under numbers up to its last that it may not know of; nothing where it does not ask."""
    if have.after is None:
        return NONE
    query = select(_counterparts.c.twice_from).where(_counterparts.c.authority == of)
    lowest = tx.carry.get(("counterpart", of), {}).get("twice_from") or tx.conn.execute(query).scalar()
    wanted = [_is_other(seq, mid) for seq, mid in have.unsure or ()]
    if lowest is not None:
        wanted.append(and_(_envelopes.c.seq >= lowest, _has_other()))
    if not wanted:
        return NONE
    seq, mid = have.after.seq, have.after.mid or ""
    theirs = (_envelopes.c.sender == of, _envelopes.c.recipient == me, _envelopes.c.direction == "in")
    between = (_envelopes.c.seq >= max(seq, 1), _envelopes.c.seq <= have.seq)
    above = or_(_envelopes.c.seq > seq, _envelopes.c.mid > mid)
    found = select(_envelopes.c.seq, _envelopes.c.mid).where(*theirs, *between, above, or_(*wanted))
    rows = tx.conn.execute(found.order_by(_envelopes.c.seq, _envelopes.c.mid).limit(MAX_TWICE)).all()
    count = len(rows)
    if count == MAX_TWICE:
        count = tx.conn.execute(select(func.count()).select_from(found.subquery())).scalar_one()
    return Twice(tuple((row.seq, row.mid) for row in rows), count)


def _is_other(seq: int, mid: str) -> ColumnElement[bool]:
    return and_(_envelopes.c.seq == seq, _envelopes.c.mid != mid)


def _has_other() -> ColumnElement[bool]:
    same = (_other.c.sender == _envelopes.c.sender, _other.c.recipient == _envelopes.c.recipient)
    return exists().where(*same, _other.c.seq == _envelopes.c.seq, _other.c.mid != _envelopes.c.mid)


# ---------------------------------------------------------------- the one that asks


def now_after(view: View, of: str, rid: str | None) -> After:
    """How far it is with ``of``; ``rid`` is the last of the receipts it was given beside the order."""
    columns = (_counterparts.c.same_seq, _counterparts.c.same_mid)
    row = view.conn.execute(select(*columns).where(_counterparts.c.authority == of)).one()
    return After.model_validate({"seq": row.same_seq, "mid": row.same_mid, "rid": rid})


def unsure(view: View, me: str, of: str, above: int) -> tuple[tuple[int, str], ...] | None:
    """The lowest of our messages that wait to be sent; None where there are none."""
    ours = (_envelopes.c.sender == me, _envelopes.c.seq > above, _envelopes.c.stage.in_(("queued", "sent")))
    query = (
        select(_envelopes.c.seq, _envelopes.c.mid)
        .join(_outbox, _outbox.c.ref == _envelopes.c.mid)
        .where(_outbox.c.counterpart == of, _outbox.c.item == "envelope", *ours)
        .order_by(_envelopes.c.seq, _envelopes.c.mid)
        .limit(MAX_UNSURE)
    )
    return tuple((row.seq, row.mid) for row in view.conn.execute(query)) or None


def has_all(view: View, me: str, of: str, named: Sequence[Numbered]) -> bool:
    """Whether every message named is here."""
    return all(_is_here(view, me, of, seq, mid) for seq, mid in named)


def _is_here(view: View, me: str, of: str, seq: int, mid: str) -> bool:
    ours = (_envelopes.c.sender == me, _envelopes.c.mid == mid, _envelopes.c.recipient == of, _envelopes.c.seq == seq)
    return view.conn.execute(select(_envelopes.c.mid).where(*ours)).first() is not None


def pass_over(tx: Tx, me: str, of: str, have: Have, *, named: Sequence[Numbered], items: Iterable[Any]) -> bool:
    """Move on along what was named; True where that is over something that is here."""
    assert have.after is not None, "asked only then"
    gone, at, moved = _said_gone(items), (have.after.seq, have.after.mid or ""), False
    for seq, mid in named:
        if not at < (seq, str(mid)) <= (have.seq, "~"):
            break
        is_here = _is_here(tx, me, of, seq, mid)
        if not is_here:
            if (seq, mid) not in gone or mid.authority != me:
                break
            _keep_gone(tx, of, seq, mid)
        at, moved = (seq, str(mid)), moved or is_here
    if at != (have.after.seq, have.after.mid or ""):
        post.change_counterpart(tx, of, same_seq=at[0], same_mid=at[1])
    return moved


def _said_gone(items: Iterable[Any]) -> set[tuple[Any, Any]]:
    said = [item["gone"] for item in items if isinstance(item, dict) and isinstance(item.get("gone"), dict)]
    pairs = [(one.get("seq"), one.get("mid")) for one in said]
    return {(seq, mid) for seq, mid in pairs if isinstance(seq, int) and isinstance(mid, str)}


def _keep_gone(tx: Tx, of: str, seq: int, mid: str) -> None:
    these = (_returned.c.counterpart == of, _returned.c.direction == "gone")
    if tx.conn.execute(select(func.count()).select_from(_returned).where(*these)).scalar_one() < MOST_GONE:
        row = {"counterpart": of, "direction": "gone", "mid": mid, "seq": seq, "sealed": None}
        tx.conn.execute(insert(_returned).values(row).on_conflict_do_nothing())
