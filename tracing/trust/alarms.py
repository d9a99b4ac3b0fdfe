"""What officers must know about keys: a trust document that was refused, and dates of our own that come near.

Rules
- One alarm for an authority and a code, open until an officer says why it is done; a freeze ends by itself when the
  clock of the other side moves again.
- The first time, and each time another document is refused or an alarm is raised anew, there is a leaf; never more
  than one a minute for an alarm that nobody closed, so that strangers cannot grow the log. One that a person closed is
  raised at once when its cause happens anew: what he found out was about what had happened until then.
- Lost keys are not dealt with before their sender was asked about every message they may have signed.
- The refused document is kept beside it: two documents of one version, both signed, prove that somebody speaks twice.

    raise_alarm(tx, "br", "rollback", "keyset 7 is held, 6 was shown", document)
"""

from dataclasses import dataclass
from hashlib import sha256
from typing import Final

import structlog
from sqlalchemy import insert, select, update

from tracing import audit
from tracing.store import AnyRow, Tx, View
from tracing.tables import TrustAlarm, table_of
from tracing.trust.contested import contested

__all__ = [
    "CAME_BACK", "REVOKED", "Alarm", "Unanswered", "end_alarms", "is_open", "open_alarms", "raise_alarm", "restate",
    "say_done",
]  # fmt: skip

REVOKED: Final = "keys-revoked"
CAME_BACK: Final = "came-back"  # a counterpart runs an older copy of itself
NODE: Final = "node"  # who ends an alarm whose cause is over
QUIET_MS: Final = 60_000
MOST_DOCUMENT: Final = 1024 * 1024  # a trust document is never larger
_alarms = table_of(TrustAlarm)


@dataclass(frozen=True, slots=True)
class Alarm:
    """An open alarm."""

    id: int
    authority: str
    code: str
    said: str
    first_ms: int
    last_ms: int


def open_alarms(view: View) -> tuple[Alarm, ...]:
    """Those nobody has dealt with yet, by authority."""
    columns = (getattr(_alarms.c, name) for name in Alarm.__slots__)
    rows = view.conn.execute(select(*columns).where(_alarms.c.done_ms.is_(None)).order_by(_alarms.c.authority))
    return tuple(Alarm(*row) for row in rows)


def is_open(view: View, authority: str, code: str) -> bool:
    """Whether this alarm is there and nobody dealt with it."""
    of = (_alarms.c.authority == authority, _alarms.c.code == code, _alarms.c.done_ms.is_(None))
    return view.conn.execute(select(_alarms.c.id).where(*of)).first() is not None


def raise_alarm(tx: Tx, authority: str, code: str, said: str, document: bytes | None = None) -> bool:
    """Open an alarm, or note that it goes on; True if it is news, which has its leaf."""
    digest = "" if document is None else sha256(document).hexdigest()
    of = (_alarms.c.authority == authority, _alarms.c.code == code)
    known = tx.conn.execute(select(_alarms).where(*of)).first()
    if known is not None and not _is_news(known, digest, tx.now_ms):
        tx.conn.execute(update(_alarms).where(*of).values(last_ms=tx.now_ms))
        return False
    row: dict[str, object] = {"sha256": digest, "said": said, "last_ms": tx.now_ms}
    row |= {"done_ms": None, "done_by": None, "done_why": None}
    row["document"] = document if document is not None and len(document) <= MOST_DOCUMENT else None
    if known is None:
        tx.conn.execute(insert(_alarms).values(row | {"authority": authority, "code": code, "first_ms": tx.now_ms}))
    else:
        tx.conn.execute(update(_alarms).where(*of).values(row))
    audit.note(tx, "key", authority, {"act": "alarm", "code": code, "said": said, "document": digest or None})
    log = structlog.get_logger()
    tx.after_commit(lambda: log.error("trust.alarm", authority=authority, code=code, said=said))
    return True


def restate(tx: Tx, authority: str, code: str, said: str) -> None:
    """What an open alarm is about has moved on: the trail has the former words, whoever looks sees these."""
    still = (_alarms.c.authority == authority, _alarms.c.code == code, _alarms.c.done_ms.is_(None))
    tx.conn.execute(update(_alarms).where(*still).values(said=said))


def _is_news(known: AnyRow, digest: str, now_ms: int) -> bool:
    if known.done_ms is not None and known.done_by != NODE:
        return True
    is_other = known.done_ms is not None or known.sha256 != digest
    return is_other and bool(now_ms >= known.last_ms + QUIET_MS)


def end_alarms(tx: Tx, authority: str, *codes: str, actor: str = NODE) -> None:
    """What raised these is over; the node saw it itself, or the actor dealt with it in another way."""
    still = (_alarms.c.authority == authority, _alarms.c.code.in_(codes), _alarms.c.done_ms.is_(None))
    for alarm in tx.conn.execute(select(_alarms.c.id).where(*still)).scalars().all():
        _end(tx, alarm, authority, actor)


class Unanswered(Exception):
    """Its sender was not yet asked about a message that a lost key may have signed."""


def say_done(tx: Tx, alarm: int, actor: str, why: str) -> bool:
    """An officer dealt with it, and says why it needs nobody any more; False where it is not open. Unanswered."""
    still = (_alarms.c.id == alarm, _alarms.c.done_ms.is_(None))
    row = tx.conn.execute(select(_alarms.c.authority, _alarms.c.code).where(*still)).first()
    if row is None:
        return False
    if row.code == REVOKED and contested(tx, row.authority, 1):
        raise Unanswered(f"{row.authority} is still to be asked about messages of the keys it lost")
    _end(tx, alarm, row.authority, actor, why)
    return True


def _end(tx: Tx, alarm: int, authority: str, actor: str, why: str | None = None) -> None:
    done = {"done_ms": tx.now_ms, "done_by": actor, "done_why": why}
    tx.conn.execute(update(_alarms).where(_alarms.c.id == alarm).values(done))
    audit.note(tx, "key", authority, {"act": "alarm-done", "actor": actor, "alarm": alarm, "why": why})
