"""Numbers that were used twice: a copy of a home ran beside it, and each counted on from where the copy was made.

Rules
- A counterpart that says another message under a number it used already is told to officers at once (``number-twice``),
  and so is the home that learns it of itself (``copy-spoke``): what a counterpart does is no reason to wait for a copy.
- Of our own the alarm names the numbers, the cases, what is not read again yet, what cannot come back, and messages of
  the counterpart that were refused here because their case was not here then: it says those anew.
- While there is reason to think that a copy of this home ran, a message in a case of ours that is not here may be one
  in a case the copy opened: it waits instead of being refused.

    notice(tx, "ke", me="at", seq=7)            # it said another message under 7: True if that is news
    tell(tx, me="ke", of="at")                  # what is the matter with ours
    may_come_back(view, me="ke", of="at")
"""

from collections.abc import Iterable, Sequence
from typing import Any, Final

from sqlalchemy import Select, bindparam, exists, func, literal_column, or_, select

from keys.trust import TrustSet
from tracing.post import change_counterpart
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Counterpart, Envelope, Returned, TrustAlarm, table_of
from tracing.trust.alarms import raise_alarm, restate
from tracing.trust.foreign import FOREIGN
from tracing.trust.twins import TWINS

__all__ = ["LOST", "NUMBERS", "OURS", "is_refounded", "may_come_back", "notice", "tell"]

NUMBERS: Final = "number-twice"  # the alarm: of a counterpart
OURS: Final = "copy-spoke"  # and of ourselves, at a counterpart
LOST: Final = "restored"  # the alarm that something of ours is not here
MOST_NAMED: Final = 8  # of each kind in the alarm
MOST_LOOKED_AT: Final = 1000
_counterparts, _envelopes, _returned, _alarms = map(table_of, (Counterpart, Envelope, Returned, TrustAlarm))
_cases = table_of(Case)
_other = _envelopes.alias("other")
_UNDER = Spelt(
    select(_envelopes.c.mid)
    .where(
        _envelopes.c.sender == bindparam("sender"),
        _envelopes.c.recipient == bindparam("me"),
        _envelopes.c.seq == bindparam("number"),
    )
    .order_by(_envelopes.c.mid)
    .limit(2)
)


def is_refounded(trust: TrustSet | None) -> bool:
    """A new home in the place of a lost node: it begins its numbers anew."""
    return trust is not None and trust.keyset is not None and f"/R{trust.root.ver}" in trust.keyset.log.origin


# ---------------------------------------------------------------- of a counterpart


def notice(tx: Tx, sender: str, *, me: str, seq: int) -> bool:
    """Asked of a message that came out of order: whether its number was used before; officers are told."""
    under = _UNDER.rows(tx.conn, {"sender": sender, "me": me, "number": seq})
    if len(under) < 2:
        return False
    query = select(_counterparts.c.twice_from).where(_counterparts.c.authority == sender)
    lowest = tx.carry.get(("counterpart", sender), {}).get("twice_from") or tx.conn.execute(query).scalar()
    if lowest is None or seq < lowest:
        change_counterpart(tx, sender, twice_from=seq)
    said = f"it says different messages under one number, noticed first under {seq}: {under[0].mid} and {under[1].mid}"
    return raise_alarm(tx, sender, NUMBERS, said)


# ---------------------------------------------------------------- of ourselves


def tell(tx: Tx, me: str, of: str, *, is_new: bool = True) -> None:
    """Raise the alarm about our own numbers to ``of``, or say anew how it stands.

    Not ``is_new``: it is raised only where a case came back of which a message was refused here.
    """
    said, refused = (
        _words(tx, me, of),
        select(_cases.c.id).where(_cases.c.id.in_(_refused(me, of, _envelopes.c.case_id))),
    )
    if not ((is_new or tx.conn.execute(refused.limit(1)).first()) and raise_alarm(tx, of, OURS, said)):
        restate(tx, of, OURS, said)


def _words(view: View, me: str, of: str) -> str:
    twice = _used_twice(view, me, of)
    said = [f"a copy of this home spoke with {of}"]
    if twice:
        said.append(f"numbers used twice: {_ranges(sorted({row.seq for row in twice}))}")
    if cases := sorted({row.case_id for row in twice if row.case_id}):
        said.append(f"cases: {_some(cases)}")
    if (count := _count(view, of, "take")) and twice:
        said.append(f"{count} not read again yet")
    if gone := _gone(view, of):
        said.append(f"cannot come back: {_some([f'{row.mid} (number {row.seq})' for row in gone])}")
    if rows := view.conn.execute(_refused(me, of, _envelopes.c.mid, _envelopes.c.case_id)).all():
        refused = [f"{row.mid} in {row.case_id}" for row in sorted(rows, key=lambda row: row.mid)]
        said.append(f"refused here because their case was not, for {of} to say anew: {_some(refused)}")
    return "; ".join(said)


def _used_twice(view: View, me: str, of: str) -> Sequence[AnyRow]:
    """Our messages under numbers that another of ours has too: the newest, a bounded number."""
    same = (_other.c.sender == _envelopes.c.sender, _other.c.recipient == _envelopes.c.recipient)
    other = exists().where(*same, _other.c.seq == _envelopes.c.seq, _other.c.mid != _envelopes.c.mid)
    ours = (_envelopes.c.sender == me, _envelopes.c.recipient == of, other)
    query = select(_envelopes.c.seq, _envelopes.c.mid, _envelopes.c.case_id).where(*ours)
    return view.conn.execute(query.order_by(_envelopes.c.seq.desc()).limit(MOST_LOOKED_AT)).all()


def _count(view: View, of: str, direction: str) -> int:
    these = (_returned.c.counterpart == of, _returned.c.direction == direction)
    return int(view.conn.execute(select(func.count()).select_from(_returned).where(*these)).scalar_one())


def _gone(view: View, of: str) -> Sequence[AnyRow]:
    these = (_returned.c.counterpart == of, _returned.c.direction == "gone")
    return view.conn.execute(select(_returned.c.seq, _returned.c.mid).where(*these).order_by(_returned.c.seq)).all()


def _refused(me: str, of: str, *columns: Any) -> Select[Any]:
    """Their messages in cases of ours that were not here."""
    theirs = (_envelopes.c.sender == of, _envelopes.c.recipient == me, _envelopes.c.case_id.is_not(None))
    these = (*theirs, _envelopes.c.stage == literal_column("'rejected'"))
    return select(*columns).where(*these).limit(MOST_LOOKED_AT)


def _some(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def _ranges(numbers: Iterable[int]) -> str:
    found: list[tuple[int, int]] = []
    for number in numbers:
        if found and number == found[-1][1] + 1:
            found[-1] = (found[-1][0], number)
        else:
            found.append((number, number))
    return _some([str(first) if first == last else f"{first} to {last}" for first, last in found])


# ---------------------------------------------------------------- what waits for it


def may_come_back(view: View, me: str, of: str) -> bool:
    """Whether a case of ours with ``of`` that is not here may have been opened by a copy of this home.

    Numbers that the counterpart used twice are no reason: it would keep us waiting.
    """
    ours = (_alarms.c.authority == me) & (_alarms.c.code == TWINS)
    theirs = (_alarms.c.authority == of) & _alarms.c.code.in_((LOST, FOREIGN, OURS))
    still = select(_alarms.c.id).where(_alarms.c.done_ms.is_(None), or_(ours, theirs)).limit(1)
    return view.conn.execute(still).first() is not None or _count(view, of, "take") > 0
