"""Messages of cases that have not begun here: after a while somebody is told, because only the request opens them.

Rules
- A message that overtook its request waits for it (``opening``); on line that lasts seconds, by file a bag or two.
- Where the request came to a home that was lost, it never comes again: the counterpart sees *accepted* and nothing
  more, and here is no case to show it in. After ``AFTER_MS`` an alarm names the cases; it ends by itself when none
  waits. One that a person closed comes back only with another message.

    tell(tx)  # alarm "request-missing": messages here wait for the request of their case, which is not here: ke.01a2...
"""

from typing import Final

from sqlalchemy import func, literal_column, select

from tracing.store import AnyRow, Tx, View
from tracing.tables import Case, Envelope, TrustAlarm, table_of
from tracing.trust.alarms import NODE, end_alarms, raise_alarm, restate

__all__ = ["AFTER_MS", "MISSING", "is_to_tell", "tell"]

MISSING: Final = "request-missing"
AFTER_MS: Final = 10 * 60_000
MOST_CASES: Final = 5  # named in the alarm
_alarms, _cases, _envelopes = map(table_of, (TrustAlarm, Case, Envelope))
_IS_HELD = (  # spelt out, so that the index of what is not opened serves
    (_envelopes.c.direction == literal_column("'in'"))
    & (_envelopes.c.stage == literal_column("'held'"))
    & _envelopes.c.case_id.is_not(None)
    & _envelopes.c.case_id.not_in(select(_cases.c.id))
)


def is_to_tell(view: View) -> bool:
    """Whether something may have to be said or ended: most looks see neither, and write nothing."""
    waits = select(_envelopes.c.mid).where(_IS_HELD).limit(1)
    told = select(_alarms.c.id).where(_alarms.c.code == MISSING, _alarms.c.done_ms.is_(None)).limit(1)
    return any(view.conn.execute(each).first() is not None for each in (told, waits))


def tell(tx: Tx) -> bool:
    """Raise, restate or end the alarm of each counterpart; True where there was something to say."""
    by_case = (
        select(_envelopes.c.sender, _envelopes.c.case_id, func.max(_envelopes.c.accepted_ms).label("newest_ms"))
        .where(_IS_HELD, _envelopes.c.accepted_ms <= tx.now_ms - AFTER_MS)
        .group_by(_envelopes.c.sender, _envelopes.c.case_id)
        .order_by(_envelopes.c.case_id)
    )
    found: dict[str, list[tuple[str, int]]] = {}
    for row in tx.conn.execute(by_case):
        found.setdefault(row.sender, []).append((row.case_id, row.newest_ms))
    known = {row.authority: row for row in tx.conn.execute(select(_alarms).where(_alarms.c.code == MISSING))}
    over = [one for one, row in known.items() if row.done_ms is None and one not in found]
    for authority in over:
        end_alarms(tx, authority, MISSING)
    news = [_say(tx, authority, waiting, known.get(authority)) for authority, waiting in found.items()]
    return bool(over) or any(news)


def _say(tx: Tx, authority: str, waiting: list[tuple[str, int]], known: AnyRow | None) -> bool:
    names = ", ".join(case for case, _ in waiting[:MOST_CASES])
    more = f" and {len(waiting) - MOST_CASES} more" if len(waiting) > MOST_CASES else ""
    said = f"messages here wait for the request of their case, which is not here: {names}{more}"
    newest_ms = max(accepted_ms for _, accepted_ms in waiting)
    if known is not None and known.done_ms is not None and known.done_by != NODE and newest_ms <= known.done_ms:
        return False
    if raise_alarm(tx, authority, MISSING, said):
        return True
    restate(tx, authority, MISSING, said)
    return False
