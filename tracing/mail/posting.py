"""From a reminder to the rows of its mails, in one transaction; and the mail a person tries his address with.

Rules
- One reminder and one reader make one mail, or one line in the digest of a day: ``slot`` is unique. It holds the
  instant too, since the number of a reminder that was dropped (its date moved) may be another's later.
- What goes to all of a role goes to the address of the team where the settings name one, else to each of the role who
  has an address and is not away, in his own hours.
- A digest leaves when the reader's next working day begins; who said nothing of his hours has it at 8 in the zone of
  the node, Monday to Friday.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tracing.casework.attendance import ALWAYS, Hours, hours_of
from tracing.casework.telling import Reminded, event_of
from tracing.clock import from_ms, to_ms
from tracing.mail.choices import choice_of
from tracing.settings import Mailbox, Settings
from tracing.store import Tx, View
from tracing.store.inserting import insert
from tracing.tables import Mail, MailAddress, MailReminder, Reminder, User, table_of

__all__ = ["Post", "teams_of"]

MINUTE_MS = 60_000
_addresses, _mailed, _mails = map(table_of, (MailAddress, MailReminder, Mail))
_reminders, _users = map(table_of, (Reminder, User))


@dataclass(frozen=True, slots=True)
class _Reader:
    """``name`` None: the team of the role."""

    name: str | None
    role: str
    from_ms: int

    @property
    def key(self) -> str:
        return f"role:{self.role}" if self.name is None else f"user:{self.name}"


def teams_of(settings: Settings) -> dict[str, Mailbox]:
    """The roles that have an address of their own."""
    teams = {"officer": settings.mail.officers, "approver": settings.mail.approvers}
    return {role: address for role, address in teams.items() if address}


@dataclass(frozen=True, slots=True)
class Post:
    """What makes mails of reminders; only where the settings name a server."""

    settings: Settings

    def tell(self, tx: Tx, reminded: Reminded) -> None:
        """The mails of one reminder."""
        whom = reminded.whom
        event, reminder = event_of(reminded.name, whom.role), _reminder(tx, reminded)
        for reader in self._readers(tx, reminded):
            way = "at_once"
            if reader.name is not None:
                way = choice_of(tx, reader.name).way(event, is_urgent=reminded.is_urgent)
            if way == "at_once":
                slot, kind = f"reminder:{reminder}:{tx.now_ms}:{reader.key}", "reminder"
                self._add(tx, self._make(tx, slot, kind, reader, reader.from_ms), reminder)
            elif way == "digest":
                self.put_in_digest(tx, reader.name or "", reminder, reader.from_ms)

    def put_in_digest(self, tx: Tx, name: str, reminder: int, after_ms: int) -> None:
        """Tell a person of a reminder in the first digest from an instant on that has not left."""
        at_ms = self._digest_ms(hours_of(tx, name) or ALWAYS, max(after_ms, tx.now_ms + 1))
        reader = _Reader(name, "", at_ms)
        self._add(tx, self._make(tx, f"digest:{reader.key}:{at_ms}", "digest", reader, at_ms), reminder)

    def put_test(self, tx: Tx, name: str) -> None:
        """A mail that says that mail arrives; at most one a minute and person."""
        slot = f"test:user:{name}:{tx.now_ms // MINUTE_MS}"
        self._make(tx, slot, "test", _Reader(name, "", tx.now_ms), tx.now_ms)

    def _readers(self, tx: Tx, reminded: Reminded) -> Iterator[_Reader]:
        whom = reminded.whom
        if whom.user is not None or whom.role in teams_of(self.settings):
            yield _Reader(whom.user, whom.role, whom.from_ms)
            return
        now = from_ms(tx.now_ms)
        for name in _of_role(tx, whom.role):
            hours = hours_of(tx, name)
            if hours is not None and not hours.is_absent(now):
                yield _Reader(name, whom.role, to_ms(hours.from_when(now, urgent=reminded.is_urgent)))

    def _make(self, tx: Tx, slot: str, kind: str, reader: _Reader, at_ms: int) -> int:
        values = {
            "slot": slot, "kind": kind, "message_id": f"{tx.ids.uuid7().hex}@{self.settings.mail.sender.domain}",
            "to_user": reader.name, "to_role": reader.role if reader.name is None else None, "made_ms": tx.now_ms,
            "from_ms": at_ms, "next_ms": at_ms, "tries": 0, "state": "waiting",
        }  # fmt: skip
        tx.conn.execute(insert(_mails).values(values).on_conflict_do_nothing())
        row = tx.conn.execute(select(_mails.c.id, _mails.c.state).where(_mails.c.slot == slot)).one()
        if row.state != "waiting" and kind == "digest":  # the clock went back: this digest has left already
            return self._make(tx, f"{slot}:{tx.now_ms}", kind, reader, at_ms)
        return int(row.id)

    @staticmethod
    def _add(tx: Tx, mail: int, reminder: int) -> None:
        tx.conn.execute(insert(_mailed).values(mail_id=mail, reminder_id=reminder).on_conflict_do_nothing())

    def _digest_ms(self, hours: Hours, from_when_ms: int) -> int:
        own = Hours(self.settings.zone) if hours == ALWAYS else hours
        zone = ZoneInfo(own.zone)
        today = from_ms(from_when_ms).astimezone(zone).date()
        midnights = (datetime.combine(today + timedelta(days=after), time(), zone) for after in (0, 1))
        openings = [to_ms(own.from_when(midnight, urgent=False)) for midnight in midnights]
        return next((opening for opening in openings if opening >= from_when_ms), openings[-1])


def _reminder(tx: Tx, reminded: Reminded) -> int:
    """The number of the row just written."""
    this = (_reminders.c.deadline_id == reminded.deadline, _reminders.c.event == reminded.name)
    return int(tx.conn.execute(select(_reminders.c.id).where(*this)).scalar_one())


def _of_role(view: View, role: str) -> list[str]:
    query = select(_users.c.name).join(_addresses, _addresses.c.user_name == _users.c.name)
    query = query.where(_users.c.active, _users.c.role == role).order_by(_users.c.name)
    return list(view.conn.execute(query).scalars())
