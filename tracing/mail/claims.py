"""Which mails a process sends now: claimed in the writer's turn, with what is to be said of them; and what came of it.

Rules
- A claim is ``next_ms`` put ahead: whoever dies with it leaves the mail to be sent ``CLAIM_MS`` later, under the same
  Message-ID. What is settled later than that is another's and is left alone.
- What is not due yet (put off, a clock that stands still) waits on; what is done, or has no reader now, ends unsent.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import delete, select, update

from tracing import audit
from tracing.casework.attendance import ALWAYS, hours_of
from tracing.mail import standing
from tracing.mail.choices import choice_of
from tracing.mail.posting import Post, teams_of
from tracing.mail.server import MailRefused
from tracing.mail.standing import IS_WAITING
from tracing.mail.subjects import Subject, subjects
from tracing.phrases import Reader
from tracing.settings import Mailbox, Settings
from tracing.store import Tx, View, people
from tracing.tables import Mail, MailReminder, table_of

__all__ = ["CLAIM_MS", "Claimed", "claim", "give_back", "is_due", "put_off", "refuse", "settle"]

CLAIM_MS = 300_000
MOST = 10
MOST_SEEN = 200  # rows looked at in one transaction, most of which may end unsent
_mailed, _mails = table_of(MailReminder), table_of(Mail)


@dataclass(frozen=True, slots=True)
class Claimed:
    """A mail to be sent now. ``until_ms`` is its claim."""

    id: int
    kind: str
    message_id: str
    whom: str  # an account, or a role: as the trail names it
    to: Mailbox
    reader: Reader
    told: tuple[Subject, ...]
    tries: int
    until_ms: int


def is_due(view: View, now_ms: int) -> bool:
    """Whether the server may be tried and a mail waits for it."""
    due = (IS_WAITING, _mails.c.next_ms <= now_ms)
    return (
        standing.may_try(view, now_ms)
        and view.conn.execute(select(_mails.c.id).where(*due).limit(1)).first() is not None
    )


def claim(tx: Tx, settings: Settings) -> list[Claimed]:
    """At most ``MOST`` mails to be sent now; what is not, is noted in its row."""
    due = (IS_WAITING, _mails.c.next_ms <= tx.now_ms)
    rows = tx.conn.execute(select(_mails).where(*due).order_by(_mails.c.next_ms, _mails.c.id).limit(MOST_SEEN)).all()
    claimed: list[Claimed] = []
    for row in rows:
        if len(claimed) == MOST:
            break
        if (one := _look(tx, settings, row)) is not None:
            claimed.append(one)
    return claimed


def _look(tx: Tx, settings: Settings, row: Any) -> Claimed | None:
    """This mail if it is to be sent now; else its row says when, or that it is over."""
    reading = _reading(tx, settings, row)
    told = _due_now(tx, settings, row) if row.kind != "test" else ()
    if reading is None or told is None:
        _end(tx, row.id, "unsent")
        return None
    if row.kind != "test" and not told:
        return None
    until_ms = tx.now_ms + CLAIM_MS
    tx.conn.execute(update(_mails).where(_mails.c.id == row.id).values(next_ms=until_ms))
    to, reader = reading
    whom = row.to_user or row.to_role
    return Claimed(row.id, row.kind, row.message_id, whom, to, reader, told, row.tries, until_ms)


def _due_now(tx: Tx, settings: Settings, row: Any) -> tuple[Subject, ...] | None:
    """What is to be told now; () when it was put off; None when nothing is left to tell."""
    still = [one for one in subjects(tx, row.id, tx.now_ms) if one.is_open]
    later = [one for one in still if one.from_ms > tx.now_ms]
    now = tuple(one for one in still if one.from_ms <= tx.now_ms)
    if row.kind == "digest":
        for one in later:
            this = (_mailed.c.mail_id == row.id, _mailed.c.reminder_id == one.reminder)
            tx.conn.execute(delete(_mailed).where(*this))
            Post(settings).put_in_digest(tx, row.to_user, one.reminder, one.from_ms)
        return now or None
    if later:
        tx.conn.execute(update(_mails).where(_mails.c.id == row.id).values(next_ms=later[0].from_ms))
    return now if still else None


def _reading(view: View, settings: Settings, row: Any) -> tuple[Mailbox, Reader] | None:
    """Where it goes and how that person or team reads; None where nobody does any more."""
    if row.to_user is None:
        address = teams_of(settings).get(row.to_role)
        return (address, Reader(settings.mail.language, settings.zone)) if address else None
    person, address = people.person(view, row.to_user), choice_of(view, row.to_user).address
    hours = hours_of(view, row.to_user)
    if person is None or not address:
        return None
    zone = settings.zone if hours is None or hours == ALWAYS else hours.zone
    return address, Reader(person.language, zone)


def settle(tx: Tx, one: Claimed) -> None:
    """The server took it: the row and its leaf."""
    if _end_claimed(tx, one, "sent", None):
        what = {"act": "mail", "kind": one.kind, "to": one.whom, "message_id": one.message_id}
        cases = sorted({each.case_id for each in one.told})
        audit.note(tx, "op", cases[0] if len(cases) == 1 else "mail", what | {"cases": cases})
    standing.well(tx, took=True)


def refuse(tx: Tx, one: Claimed, refused: MailRefused) -> None:
    """The server refused this mail: for good, or until its next try."""
    if not refused.is_final:
        put_off(tx, one, str(refused))
    elif _end_claimed(tx, one, "parked", str(refused)):
        audit.note(tx, "op", "mail", {"act": "mail-parked", "kind": one.kind, "to": one.whom})
        tx.after_commit(lambda: structlog.get_logger().error("mail.parked", mail=one.id))
    standing.well(tx, took=False)


def put_off(tx: Tx, one: Claimed, said: str | None) -> None:
    """It was tried and not taken: again after a pause that grows."""
    tries = one.tries + 1
    again = {"next_ms": tx.now_ms + standing.pause_ms(tries), "tries": tries, "said": said}
    tx.conn.execute(update(_mails).where(*_ours(one)).values(again))


def give_back(tx: Tx, claimed: Iterable[Claimed]) -> None:
    """Never tried: due as before."""
    for one in claimed:
        tx.conn.execute(update(_mails).where(*_ours(one)).values(next_ms=tx.now_ms))


def _end_claimed(tx: Tx, one: Claimed, state: str, said: str | None) -> bool:
    ended = {"state": state, "said": said, "ended_ms": tx.now_ms}
    return bool(tx.conn.execute(update(_mails).where(*_ours(one)).values(ended)).rowcount == 1)


def _ours(one: Claimed) -> tuple[Any, ...]:
    """Still ours: nobody claimed it since."""
    return (_mails.c.id == one.id, IS_WAITING, _mails.c.next_ms == one.until_ms)


def _end(tx: Tx, mail: int, state: str) -> None:
    tx.conn.execute(update(_mails).where(_mails.c.id == mail).values(state=state, ended_ms=tx.now_ms))
