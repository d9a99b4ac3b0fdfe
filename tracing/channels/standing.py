"""How it stands with a target: one row, written with what became of a notice, read by desk, doctor and worker.

One that takes nothing is tried again after a minute, then two, four, at most an hour; after half an hour of it the
administrators are told: in the log, in the audit trail, at the desk and by ``tracing doctor``.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import delete, func, literal_column, select, update

from tracing import audit
from tracing.clock import rfc3339
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Notice, TargetStanding, table_of

__all__ = [
    "IS_PARKED", "IS_WAITING", "MAIL", "Standing", "channel_of", "fail", "forget", "may_try", "pause_ms", "standing_of",
    "try_at_once", "well",
]  # fmt: skip

MAIL = "mail"  # the target of all mails
ALARM_MS = 30 * 60_000
SHORTEST_MS, LONGEST_MS = 60_000, 3_600_000
_notices, _standing = table_of(Notice), table_of(TargetStanding)
IS_WAITING = _notices.c.state == literal_column("'waiting'")  # spelt out: only so do their indexes serve
IS_PARKED = _notices.c.state == literal_column("'parked'")


@dataclass(frozen=True, slots=True)
class Standing:
    """``failing_ms`` None: it takes what it is given. ``parked``: notices it will never take."""

    failing_ms: int | None = None
    tries: int = 0
    next_ms: int = 0
    said: str = ""
    is_alarmed: bool = False
    sent_ms: int | None = None
    waiting: int = 0
    parked: int = 0

    def trouble(self, what: str) -> str | None:
        """One sentence for administrators on ``what`` ("the mail server"), None while all is well."""
        if self.is_alarmed:
            since = rfc3339(self.failing_ms)
            return f"{what} takes nothing since {since}: {self.said}; {self.waiting} notice(s) wait"
        return f"{self.parked} notice(s) were refused for good by {what}" if self.parked else None


def channel_of(target: str) -> str:
    """What kind of target it is, as trail and log say it: mail or webhook."""
    return target.partition(":")[0]


def pause_ms(tries: int) -> int:
    """How long until the next try."""
    return min(SHORTEST_MS << min(tries - 1, 10), LONGEST_MS)


def standing_of(view: View, target: str) -> Standing:
    """As it stands now."""
    row = view.conn.execute(select(_standing).where(_standing.c.target == target)).first()
    waiting, parked = (
        int(
            view.conn.execute(
                select(func.count()).select_from(_notices).where(state, _notices.c.target == target)
            ).scalar_one()
        )
        for state in (IS_WAITING, IS_PARKED)
    )
    if row is None:
        return Standing(waiting=waiting, parked=parked)
    return Standing(
        row.failing_ms, row.tries, row.next_ms, row.said or "", row.alarmed_ms is not None, row.sent_ms, waiting, parked
    )


def may_try(view: View, target: str, now_ms: int) -> bool:
    """Whether its pause is over; a clock that went back makes no pause longer."""
    next_ms = view.conn.execute(select(_standing.c.next_ms).where(_standing.c.target == target)).scalar() or 0
    return not 0 < next_ms - now_ms <= LONGEST_MS


def try_at_once(tx: Tx, channel: str) -> None:
    """A new start, or changed settings: no pause of such targets holds any longer."""
    of_channel = _standing.c.target == channel if channel == MAIL else _standing.c.target.startswith(f"{channel}:")
    tx.conn.execute(update(_standing).where(of_channel).values(next_ms=0))


def forget(tx: Tx, target: str) -> None:
    """There is no such target any more, or it is another one now."""
    tx.conn.execute(delete(_standing).where(_standing.c.target == target))


def fail(tx: Tx, target: str, said: str) -> None:
    """The target could not be used."""
    this = _standing.c.target == target
    row = tx.conn.execute(select(_standing.c.failing_ms, _standing.c.tries, _standing.c.alarmed_ms).where(this)).first()
    since = tx.now_ms if row is None or row.failing_ms is None else row.failing_ms
    tries = 1 if row is None else row.tries + 1
    alarmed_ms, channel = row.alarmed_ms if row is not None else None, channel_of(target)
    if alarmed_ms is None and tx.now_ms - since >= ALARM_MS:
        alarmed_ms = tx.now_ms
        audit.note(tx, "op", target, {"act": f"{channel}-alarm", "since_ms": since, "tries": tries})
        tx.after_commit(lambda: structlog.get_logger().error(f"{channel}.alarm", target=target, tries=tries))
    _keep(
        tx, target, failing_ms=since, tries=tries, next_ms=tx.now_ms + pause_ms(tries), said=said, alarmed_ms=alarmed_ms
    )
    tx.after_commit(lambda: structlog.get_logger().warning(f"{channel}.away", target=target, tries=tries))


def well(tx: Tx, target: str, *, took: bool) -> None:
    """The target took a notice, or refused one as one does that works."""
    was_alarmed = tx.conn.execute(select(_standing.c.alarmed_ms).where(_standing.c.target == target)).scalar()
    now_well: dict[str, int | str | None] = {"failing_ms": None, "tries": 0, "next_ms": 0, "said": None}
    _keep(tx, target, **now_well, alarmed_ms=None, **({"sent_ms": tx.now_ms} if took else {}))
    if was_alarmed is not None:
        audit.note(tx, "op", target, {"act": f"{channel_of(target)}-alarm-over"})


def _keep(tx: Tx, target: str, **values: int | str | None) -> None:
    whole = insert(_standing).values({"target": target} | values)
    tx.conn.execute(whole.on_conflict_do_update(index_elements=["target"], set_=values))
