"""From a reminder to the rows of its notices, in one transaction: who hears of it, and what leaves when.

Rules
- One reminder and one addressee make one notice, or one line in the digest of a day: ``slot`` is unique. It holds the
  instant too, since the number of a reminder that was dropped (its date moved) may be another's later.
- What goes to all of a role goes to its team where that has a place of its own, else to each of the role who has one
  and is not away, in his own hours.
- A digest leaves when the reader's next working day begins; who said nothing of his hours has it at 8 in the zone of
  the node, Monday to Friday.
"""

from collections.abc import Container, Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracing.casework.attendance import ALWAYS, Hours, hours_of
from tracing.casework.telling import Reminded
from tracing.clock import from_ms, to_ms
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Notice, NoticeReminder, Reminder, User, table_of

__all__ = ["Addressee", "Hearer", "digest_ms", "hearers", "number_of", "put_digest", "put_reminder", "put_test"]

MINUTE_MS = 60_000
_noticed, _notices = table_of(NoticeReminder), table_of(Notice)
_reminders, _users = map(table_of, (Reminder, User))


@dataclass(frozen=True, slots=True)
class Addressee:
    """Whom a notice goes to: by which target, for which person or team, and what tells his notices from others'."""

    target: str
    key: str
    user: str | None
    role: str | None
    domain: str = ""  # what the name of a notice ends with behind an @, where it is a mail's


@dataclass(frozen=True, slots=True)
class Hearer:
    """Who hears of a reminder, and from when. ``name`` None: the team of the role."""

    name: str | None
    role: str
    from_ms: int


def hearers(tx: Tx, reminded: Reminded, *, teams: Container[str], reached: Iterable[str]) -> Iterator[Hearer]:
    """``teams``: roles that have a place of their own. ``reached``: the persons who have one."""
    whom = reminded.whom
    if whom.user is not None or whom.role in teams:
        yield Hearer(whom.user, whom.role, whom.from_ms)
        return
    now = from_ms(tx.now_ms)
    for name in _of_role(tx, whom.role, set(reached)):
        hours = hours_of(tx, name)
        if hours is not None and not hours.is_absent(now):
            yield Hearer(name, whom.role, to_ms(hours.from_when(now, urgent=reminded.is_urgent)))


def number_of(view: View, reminded: Reminded) -> int:
    """The number of the row just written."""
    this = (_reminders.c.deadline_id == reminded.deadline, _reminders.c.event == reminded.name)
    return int(view.conn.execute(select(_reminders.c.id).where(*this)).scalar_one())


def put_reminder(tx: Tx, to: Addressee, reminder: int, at_ms: int) -> None:
    """One reminder for itself, from an instant on."""
    _add(tx, _make(tx, f"reminder:{reminder}:{tx.now_ms}:{to.key}", "reminder", to, at_ms), reminder)


def put_digest(tx: Tx, to: Addressee, reminder: int, at_ms: int) -> None:
    """A line in the digest of that instant."""
    _add(tx, _make(tx, f"digest:{to.key}:{at_ms}", "digest", to, at_ms), reminder)


def put_test(tx: Tx, to: Addressee) -> None:
    """A notice that says that notices arrive; at most one a minute and addressee."""
    _make(tx, f"test:{to.key}:{tx.now_ms // MINUTE_MS}", "test", to, tx.now_ms)


def digest_ms(hours: Hours, zone: str, from_when_ms: int) -> int:
    """When the first digest leaves that is not before ``from_when_ms``; ``zone`` is the node's."""
    own = Hours(zone) if hours == ALWAYS else hours
    here = ZoneInfo(own.zone)
    today = from_ms(from_when_ms).astimezone(here).date()
    midnights = (datetime.combine(today + timedelta(days=after), time(), here) for after in (0, 1))
    openings = [to_ms(own.from_when(midnight, urgent=False)) for midnight in midnights]
    return next((opening for opening in openings if opening >= from_when_ms), openings[-1])


def _make(tx: Tx, slot: str, kind: str, to: Addressee, at_ms: int) -> int:
    name = tx.ids.uuid7().hex
    values = {
        "slot": slot, "kind": kind, "message_id": f"{name}@{to.domain}" if to.domain else name, "target": to.target,
        "to_user": to.user, "to_role": to.role, "made_ms": tx.now_ms, "from_ms": at_ms, "next_ms": at_ms, "tries": 0,
        "state": "waiting",
    }  # fmt: skip
    tx.conn.execute(insert(_notices).values(values).on_conflict_do_nothing())
    row = tx.conn.execute(select(_notices.c.id, _notices.c.state).where(_notices.c.slot == slot)).one()
    if row.state != "waiting" and kind == "digest":  # the clock went back: this digest has left already
        return _make(tx, f"{slot}:{tx.now_ms}", kind, to, at_ms)
    return int(row.id)


def _add(tx: Tx, notice: int, reminder: int) -> None:
    tx.conn.execute(insert(_noticed).values(notice_id=notice, reminder_id=reminder).on_conflict_do_nothing())


def _of_role(view: View, role: str, reached: set[str]) -> list[str]:
    query = select(_users.c.name).where(_users.c.active, _users.c.role == role).order_by(_users.c.name)
    return [name for name in view.conn.execute(query).scalars() if name in reached]
