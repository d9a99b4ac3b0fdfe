"""How it stands with the mail server: one row, written with what became of a mail, read by desk, doctor and worker.

A server that takes nothing is tried again after a minute, then two, four, at most an hour; after half an hour of it the
administrators are told: in the log, in the audit trail, at the desk and by ``tracing doctor``.
"""

from dataclasses import dataclass

import structlog
from sqlalchemy import func, literal_column, select, update

from tracing import audit
from tracing.clock import rfc3339
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Mail, MailStanding, table_of

__all__ = ["IS_PARKED", "IS_WAITING", "Standing", "fail", "may_try", "pause_ms", "standing_of", "try_at_once", "well"]

ALARM_MS = 30 * 60_000
SHORTEST_MS, LONGEST_MS = 60_000, 3_600_000
_mails, _standing = table_of(Mail), table_of(MailStanding)
IS_WAITING = _mails.c.state == literal_column("'waiting'")  # spelt out: only so do their indexes serve
IS_PARKED = _mails.c.state == literal_column("'parked'")


@dataclass(frozen=True, slots=True)
class Standing:
    """``failing_ms`` None: it takes what it is given. ``parked``: mails it refused for good."""

    failing_ms: int | None = None
    tries: int = 0
    next_ms: int = 0
    said: str = ""
    is_alarmed: bool = False
    sent_ms: int | None = None
    waiting: int = 0
    parked: int = 0

    @property
    def trouble(self) -> str | None:
        """One sentence for administrators, None while all is well."""
        if self.is_alarmed:
            since = rfc3339(self.failing_ms)
            return f"the mail server takes nothing since {since}: {self.said}; {self.waiting} mail(s) wait"
        return f"{self.parked} mail(s) were refused by the server for good" if self.parked else None


def pause_ms(tries: int) -> int:
    """How long until the next try."""
    return min(SHORTEST_MS << min(tries - 1, 10), LONGEST_MS)


def standing_of(view: View) -> Standing:
    """As it stands now."""
    row = view.conn.execute(select(_standing)).first()
    waiting, parked = (
        int(view.conn.execute(select(func.count()).select_from(_mails).where(state)).scalar_one())
        for state in (IS_WAITING, IS_PARKED)
    )
    if row is None:
        return Standing(waiting=waiting, parked=parked)
    return Standing(
        row.failing_ms, row.tries, row.next_ms, row.said or "", row.alarmed_ms is not None, row.sent_ms, waiting, parked
    )


def may_try(view: View, now_ms: int) -> bool:
    """Whether its pause is over; a clock that went back makes no pause longer."""
    next_ms = view.conn.execute(select(_standing.c.next_ms)).scalar() or 0
    return not 0 < next_ms - now_ms <= LONGEST_MS


def try_at_once(tx: Tx) -> None:
    """A new start, or changed settings: no pause holds any longer."""
    tx.conn.execute(update(_standing).values(next_ms=0))


def fail(tx: Tx, said: str) -> None:
    """The server could not be used."""
    row = tx.conn.execute(select(_standing.c.failing_ms, _standing.c.tries, _standing.c.alarmed_ms)).first()
    since = tx.now_ms if row is None or row.failing_ms is None else row.failing_ms
    tries = 1 if row is None else row.tries + 1
    alarmed_ms = row.alarmed_ms if row is not None else None
    if alarmed_ms is None and tx.now_ms - since >= ALARM_MS:
        alarmed_ms = tx.now_ms
        audit.note(tx, "op", "mail", {"act": "mail-alarm", "since_ms": since, "tries": tries})
        tx.after_commit(lambda: structlog.get_logger().error("mail.alarm", since_ms=since, tries=tries))
    _keep(tx, failing_ms=since, tries=tries, next_ms=tx.now_ms + pause_ms(tries), said=said, alarmed_ms=alarmed_ms)
    tx.after_commit(lambda: structlog.get_logger().warning("mail.server_away", tries=tries))


def well(tx: Tx, *, took: bool) -> None:
    """The server took a mail, or refused one as a server does that works."""
    was_alarmed = tx.conn.execute(select(_standing.c.alarmed_ms)).scalar() is not None
    now_well: dict[str, int | str | None] = {"failing_ms": None, "tries": 0, "next_ms": 0, "said": None}
    _keep(tx, **now_well, alarmed_ms=None, **({"sent_ms": tx.now_ms} if took else {}))
    if was_alarmed:
        audit.note(tx, "op", "mail", {"act": "mail-alarm-over"})


def _keep(tx: Tx, **values: int | str | None) -> None:
    whole = insert(_standing).values({"id": 1} | values)
    tx.conn.execute(whole.on_conflict_do_update(index_elements=["id"], set_=values))
