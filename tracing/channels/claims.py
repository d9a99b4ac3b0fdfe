"""Which notices a process sends now: claimed in the writer's turn, with what is to be said; and what came of it.

Rules
- A claim is ``next_ms`` put ahead: whoever dies with it leaves the notice to be sent ``CLAIM_MS`` later, under the same
  name. What is settled later than that is another's and is left alone.
- What is not due yet (put off, a clock that stands still) waits on; what is done, or has no reader now, ends unsent.
- What a target never takes is parked: at once where it says so, else when it has waited as long as its channel bears.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

import structlog
from sqlalchemy import delete, or_, select, update

from tracing import audit
from tracing.channels import standing
from tracing.channels.faults import NoticeRefused
from tracing.channels.standing import IS_PARKED, IS_WAITING, channel_of
from tracing.channels.subjects import Subject, subjects
from tracing.store import Tx, View
from tracing.tables import Notice, NoticeReminder, table_of

__all__ = [
    "CLAIM_MS", "Channel", "Claimed", "Parked", "claim", "end_all", "give_back", "is_due", "park_old", "put_off",
    "refuse", "settle", "try_parked_again",
]  # fmt: skip

T_co = TypeVar("T_co", covariant=True)
CLAIM_MS = 300_000
MOST = 10
MOST_SEEN = 200  # rows looked at in one transaction, most of which may end unsent
_noticed, _notices = table_of(NoticeReminder), table_of(Notice)


@dataclass(frozen=True, slots=True)
class Claimed(Generic[T_co]):
    """A notice to be sent now. ``until_ms`` is its claim, ``to`` how its channel reaches its reader."""

    id: int
    kind: str
    message_id: str
    target: str
    whom: str  # an account, a role or a webhook: as the trail names it
    to: T_co
    told: tuple[Subject, ...]
    tries: int
    until_ms: int
    made_ms: int
    from_ms: int


@dataclass(frozen=True, slots=True)
class Parked:
    """Instead of a reading: this reader gets nothing until somebody mends something."""

    said: str


class Channel(Protocol[T_co]):
    """What the claims ask of a channel; ``row`` is that of a notice."""

    @property
    def target(self) -> str: ...

    def reading(self, view: View, row: Any, /) -> tuple[str, T_co] | Parked | None:
        """Whom the trail names, and how he is reached; None where nobody reads it any more."""

    def put_in_digest(self, tx: Tx, row: Any, reminder: int, after_ms: int, /) -> None:
        """Tell the reader of this digest of a reminder in a later one."""


def is_due(view: View, target: str, now_ms: int) -> bool:
    """Whether the target may be tried and a notice waits for it."""
    due = (IS_WAITING, _notices.c.target == target, _notices.c.next_ms <= now_ms)
    return (
        standing.may_try(view, target, now_ms)
        and view.conn.execute(select(_notices.c.id).where(*due).limit(1)).first() is not None
    )


def claim(tx: Tx, channel: Channel[T_co]) -> list[Claimed[T_co]]:
    """At most ``MOST`` notices to be sent now; what is not, is noted in its row."""
    due = (IS_WAITING, _notices.c.target == channel.target, _notices.c.next_ms <= tx.now_ms)
    query = select(_notices).where(*due).order_by(_notices.c.next_ms, _notices.c.id).limit(MOST_SEEN)
    claimed: list[Claimed[T_co]] = []
    for row in tx.conn.execute(query).all():
        if len(claimed) == MOST:
            break
        if (one := _look(tx, channel, row)) is not None:
            claimed.append(one)
    return claimed


def _look(tx: Tx, channel: Channel[T_co], row: Any) -> Claimed[T_co] | None:
    """This notice if it is to be sent now; else its row says when, or that it is over."""
    reading = channel.reading(tx, row)
    told = _due_now(tx, channel, row) if row.kind != "test" else ()
    if reading is None or told is None:
        _end(tx, row.id, "unsent")
        return None
    if row.kind != "test" and not told:
        return None
    if isinstance(reading, Parked):
        _end(tx, row.id, "parked", reading.said)
        return None
    until_ms = tx.now_ms + CLAIM_MS
    tx.conn.execute(update(_notices).where(_notices.c.id == row.id).values(next_ms=until_ms))
    return Claimed(
        row.id, row.kind, row.message_id, row.target, *reading, told, row.tries, until_ms, row.made_ms, row.from_ms
    )


def _due_now(tx: Tx, channel: Channel[T_co], row: Any) -> tuple[Subject, ...] | None:
    """What is to be told now; () when it was put off; None when nothing is left to tell."""
    still = [one for one in subjects(tx, row.id, tx.now_ms) if one.is_open]
    later = [one for one in still if one.from_ms > tx.now_ms]
    now = tuple(one for one in still if one.from_ms <= tx.now_ms)
    if row.kind == "digest":
        for one in later:
            this = (_noticed.c.notice_id == row.id, _noticed.c.reminder_id == one.reminder)
            tx.conn.execute(delete(_noticed).where(*this))
            channel.put_in_digest(tx, row, one.reminder, one.from_ms)
        return now or None
    if later:
        tx.conn.execute(update(_notices).where(_notices.c.id == row.id).values(next_ms=later[0].from_ms))
    return now if still else None


def settle(tx: Tx, one: Claimed[Any]) -> None:
    """The target took it: the row and its leaf."""
    channel = channel_of(one.target)
    if _end_claimed(tx, one, "sent", None):
        what = {"act": channel, "kind": one.kind, "to": one.whom, "message_id": one.message_id}
        cases = sorted({each.case_id for each in one.told})
        audit.note(tx, "op", cases[0] if len(cases) == 1 else channel, what | {"cases": cases})
    standing.well(tx, one.target, took=True)


def refuse(tx: Tx, one: Claimed[Any], refused: NoticeRefused, most_ms: int | None = None) -> None:
    """The target refused this notice: for good, until its next try, or as often as in ``most_ms``."""
    if refused.is_final or (most_ms is not None and tx.now_ms - one.from_ms >= most_ms):
        _park(tx, one, str(refused))
    else:
        put_off(tx, one, str(refused))
    standing.well(tx, one.target, took=False)


def put_off(tx: Tx, one: Claimed[Any], said: str | None) -> None:
    """It was tried and not taken: again after a pause that grows."""
    tries = one.tries + 1
    again = {"next_ms": tx.now_ms + standing.pause_ms(tries), "tries": tries, "said": said}
    tx.conn.execute(update(_notices).where(*_ours(one)).values(again))


def _park(tx: Tx, one: Claimed[Any], said: str | None) -> None:
    """It is not tried again until somebody mends something."""
    channel = channel_of(one.target)
    if _end_claimed(tx, one, "parked", said):
        audit.note(tx, "op", channel, {"act": f"{channel}-parked", "kind": one.kind, "to": one.whom})
        tx.after_commit(lambda: structlog.get_logger().error(f"{channel}.parked", notice=one.id))


def park_old(tx: Tx, target: str, before_ms: int, said: str) -> None:
    """What should have left a target before then waits no longer."""
    old = (IS_WAITING, _notices.c.target == target, _notices.c.from_ms <= before_ms)
    ended = {"state": "parked", "said": said, "ended_ms": tx.now_ms}
    if count := tx.conn.execute(update(_notices).where(*old).values(ended)).rowcount:
        channel = channel_of(target)
        audit.note(tx, "op", channel, {"act": f"{channel}-parked", "target": target, "count": count})
        tx.after_commit(lambda: structlog.get_logger().error(f"{channel}.parked", target=target, count=count))


def try_parked_again(tx: Tx, target: str, user: str | None = None) -> int:
    """What was parked for a target (of one person: with his name) is due again; returns how many."""
    parked = [IS_PARKED, _notices.c.target == target] + ([_notices.c.to_user == user] if user is not None else [])
    again = {"state": "waiting", "next_ms": tx.now_ms, "from_ms": tx.now_ms, "said": None, "ended_ms": None}
    return int(tx.conn.execute(update(_notices).where(*parked).values(again)).rowcount)


def end_all(tx: Tx, target: str) -> None:
    """There is no such target any more."""
    left = (or_(IS_WAITING, IS_PARKED), _notices.c.target == target)
    tx.conn.execute(update(_notices).where(*left).values(state="unsent", ended_ms=tx.now_ms))


def give_back(tx: Tx, claimed: Iterable[Claimed[Any]]) -> None:
    """Never tried: due as before."""
    for one in claimed:
        tx.conn.execute(update(_notices).where(*_ours(one)).values(next_ms=tx.now_ms))


def _end_claimed(tx: Tx, one: Claimed[Any], state: str, said: str | None) -> bool:
    ended = {"state": state, "said": said, "ended_ms": tx.now_ms}
    return bool(tx.conn.execute(update(_notices).where(*_ours(one)).values(ended)).rowcount == 1)


def _ours(one: Claimed[Any]) -> tuple[Any, ...]:
    """Still ours: nobody claimed it since."""
    return (_notices.c.id == one.id, IS_WAITING, _notices.c.next_ms == one.until_ms)


def _end(tx: Tx, notice: int, state: str, said: str | None = None) -> None:
    tx.conn.execute(update(_notices).where(_notices.c.id == notice).values(state=state, said=said, ended_ms=tx.now_ms))
