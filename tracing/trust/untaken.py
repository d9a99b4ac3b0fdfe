"""Messages of ours that a counterpart refuses: they are parked, and look as if they were on their way.

Rules
- A message is *not taken* from the first time it was parked until it leaves the outbox: it is tried again at every
  hello, and is not forgotten while it is. After ``AFTER_MS`` an alarm says how many, why, and in which cases; it ends
  by itself when there is none. One that a person closed comes back only with another message.
- A request that was withdrawn is dealt with, and so is what else was said in its case.
- What is said in a case whose request is not taken waits behind it: there it would be a message of no case, and a
  withdrawal of what they never got. It goes at the first hello after the request has left, whatever became of it.

    tell(tx)  # alarm "not-taken": 1 message of ours is not taken there (key-revoked): ke.01a2...
    wait_behind(tx, case_id, mid)
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Select, and_, bindparam, exists, literal_column, select, update

from protocol.errors import BY_CODE
from protocol.lifecycle import Kind
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Message, Outbox, TrustAlarm, table_of
from tracing.trust.alarms import NODE, end_alarms, raise_alarm, restate

__all__ = [
    "AFTER_MS", "BEHIND", "IS_SETTLED", "NOT_TAKEN", "Untaken", "is_to_tell", "let_follow", "tell", "untaken",
    "wait_behind",
]  # fmt: skip

NOT_TAKEN: Final = "not-taken"
AFTER_MS: Final = 10 * 60_000
BEHIND: Final = "behind"
WAITS: Final = "waits: the request of its case is not taken there"
MOST_NAMED: Final = 5  # cases, and codes
_alarms, _cases, _messages, _outbox = map(table_of, (TrustAlarm, Case, Message, Outbox))
_request, _its_row = _messages.alias("request"), _outbox.alias("its_row")
_IS_PARKED = _outbox.c.parked_ms.is_not(None)  # spelt as the index of them is


def _request_of(case_id: Any) -> Select[Any]:
    """The row of the outbox of the request of a case, if it was parked."""
    of_request = (_request.c.mid == _its_row.c.ref) & (_request.c.kind == str(Kind.TRACE_REQUEST))
    return (
        select(_its_row.c.id)
        .join(_request, of_request)
        .where(_its_row.c.item == "envelope", _its_row.c.parked_ms.is_not(None), _request.c.case_id == case_id)
    )


_UNTAKEN_REQUEST = Spelt(_request_of(bindparam("case")))
IS_SETTLED = exists(
    select(_cases.c.id).where(
        _cases.c.id == _messages.c.case_id,
        _cases.c.state == literal_column("'withdrawn'"),
        exists(_request_of(_cases.c.id)),
    )
)
"""Of a row of messages: it is, or was said beside, a request that was not taken and is withdrawn."""


@dataclass(frozen=True, slots=True)
class Untaken:
    """Messages of ours that one counterpart does not take. ``newest_ms``: when the last of them was first parked."""

    count: int
    codes: tuple[str, ...]
    cases: tuple[str, ...]
    newest_ms: int

    @property
    def said(self) -> str:
        """How many, and why."""
        are = "1 message of ours is" if self.count == 1 else f"{self.count} messages of ours are"
        return f"{are} not taken there ({_some(self.codes)})"

    @property
    def said_whole(self) -> str:
        """And in which cases."""
        return f"{self.said}: {_some(self.cases)}" if self.cases else self.said


def _some(names: tuple[str, ...]) -> str:
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    return ", ".join(names[:MOST_NAMED]) + more


def untaken(view: View, until_ms: int) -> dict[str, Untaken]:
    """By counterpart: what was first parked up to this moment, and is not dealt with."""
    columns = (_outbox.c[name] for name in ("item", "ref", "counterpart", "last_error", "parked_ms"))
    query = (
        select(*columns, _messages.c.case_id)
        .outerjoin(_messages, _messages.c.mid == _outbox.c.ref)
        .where(_IS_PARKED, _outbox.c.parked_ms <= until_ms)
        .where(_messages.c.case_id.is_(None) | ~IS_SETTLED)
    )
    found: dict[str, list[AnyRow]] = {}
    for row in view.conn.execute(query):
        if row.item == "envelope":  # said here, and not in the query: the index of what is parked is the smaller one
            found.setdefault(row.counterpart, []).append(row)
    return {authority: _of(rows) for authority, rows in sorted(found.items())}


def _of(rows: list[AnyRow]) -> Untaken:
    codes = {_code(row.last_error or "no reason given") for row in rows}
    cases = {row.case_id for row in rows if row.case_id is not None}
    return Untaken(
        len({row.ref for row in rows}), tuple(sorted(codes)), tuple(sorted(cases)), max(row.parked_ms for row in rows)
    )


def _code(error: str) -> str:
    """The code at its end, or all of it where it ends with none."""
    last = error.rpartition(" ")[2]
    return last if last in BY_CODE else error


def is_to_tell(view: View) -> bool:
    """Whether something may have to be said or ended: most looks see neither, and write nothing."""
    parked = select(_outbox.c.id).where(_IS_PARKED).limit(1)
    told = select(_alarms.c.id).where(_alarms.c.code == NOT_TAKEN, _alarms.c.done_ms.is_(None)).limit(1)
    return any(view.conn.execute(each).first() is not None for each in (told, parked))


def tell(tx: Tx) -> bool:
    """Raise, restate or end the alarm of each counterpart; True where there was something to say."""
    found = untaken(tx, tx.now_ms - AFTER_MS)
    known = {row.authority: row for row in tx.conn.execute(select(_alarms).where(_alarms.c.code == NOT_TAKEN))}
    over = [one for one, row in known.items() if row.done_ms is None and one not in found]
    for authority in over:
        end_alarms(tx, authority, NOT_TAKEN)
    news = [_say(tx, authority, waiting, known.get(authority)) for authority, waiting in found.items()]
    return bool(over) or any(news)


def _say(tx: Tx, authority: str, waiting: Untaken, known: AnyRow | None) -> bool:
    by_person = known is not None and known.done_ms is not None and known.done_by != NODE
    if known is not None and by_person and waiting.newest_ms + AFTER_MS <= known.done_ms:  # told when it was closed
        return False
    if raise_alarm(tx, authority, NOT_TAKEN, waiting.said_whole):
        return True
    restate(tx, authority, NOT_TAKEN, waiting.said_whole)
    return False


# ---------------------------------------------------------------- behind a request that is not taken


def wait_behind(tx: Tx, case_id: str, mid: str) -> None:
    """A message that was just put into the outbox stays there while the request of its case is not taken."""
    this = and_(_outbox.c.item == "envelope", _outbox.c.ref == mid)
    if _UNTAKEN_REQUEST.first(tx.conn, {"case": case_id}) is not None:
        tx.conn.execute(update(_outbox).where(this).values(state=BEHIND, last_error=WAITS))


def let_follow(tx: Tx, counterpart: str) -> None:
    """What waited behind a request that has left since is due."""
    of_case = (_messages.c.mid == _outbox.c.ref, exists(_request_of(_messages.c.case_id)))
    still = exists(select(_messages.c.mid).where(*of_case))
    waits = and_(_outbox.c.counterpart == counterpart, _outbox.c.state == BEHIND, ~still)
    tx.conn.execute(update(_outbox).where(waits).values(state="due", next_ms=tx.now_ms, last_error=None))
