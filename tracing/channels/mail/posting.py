"""Who is written to of a reminder: persons at the addresses they chose, teams at those of the settings."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import select

from tracing.casework.attendance import ALWAYS, hours_of
from tracing.casework.telling import Reminded, event_of
from tracing.channels.claims import Parked
from tracing.channels.mail.choices import choice_of
from tracing.channels.mail.returned import reason_of
from tracing.channels.notices import Addressee, digest_ms, hearers, number_of, put_digest, put_reminder, put_test
from tracing.channels.standing import MAIL
from tracing.phrases import Reader
from tracing.settings import Mailbox, Settings
from tracing.store import Tx, View, people
from tracing.tables import MailAddress, table_of

__all__ = ["Post", "Recipient", "teams_of"]

_addresses = table_of(MailAddress)


@dataclass(frozen=True, slots=True)
class Recipient:
    """Where a mail goes and how that person or team reads."""

    address: Mailbox
    reader: Reader


def teams_of(settings: Settings) -> dict[str, Mailbox]:
    """The roles that have an address of their own."""
    teams = {"officer": settings.mail.officers, "approver": settings.mail.approvers}
    return {role: address for role, address in teams.items() if address}


@dataclass(frozen=True, slots=True)
class Post:
    """The channel of mails; only where the settings name a server."""

    settings: Settings
    target = MAIL

    def tell(self, tx: Tx, reminded: Reminded) -> None:
        """The mails of one reminder."""
        event, reminder = event_of(reminded.name, reminded.whom.role), number_of(tx, reminded)
        reached = tx.conn.execute(select(_addresses.c.user_name)).scalars()
        for hearer in hearers(tx, reminded, teams=teams_of(self.settings), reached=reached):
            if hearer.name is None:
                put_reminder(tx, self._team(hearer.role), reminder, hearer.from_ms)
                continue
            way = choice_of(tx, hearer.name).way(event, is_urgent=reminded.is_urgent)
            if way == "at_once":
                put_reminder(tx, self._person(hearer.name), reminder, hearer.from_ms)
            elif way == "digest":
                self._put_in_digest(tx, hearer.name, reminder, hearer.from_ms)

    def put_in_digest(self, tx: Tx, row: Any, reminder: int, after_ms: int) -> None:
        """Tell a person of a reminder in the first digest from an instant on that has not left."""
        self._put_in_digest(tx, row.to_user, reminder, after_ms)

    def put_test(self, tx: Tx, name: str) -> None:
        """A mail that says that mail arrives; at most one a minute and person."""
        put_test(tx, self._person(name))

    def reading(self, view: View, row: Any) -> tuple[str, Recipient] | Parked | None:
        """Where a mail goes now; None where nobody reads it any more."""
        found = self._of_team(row) if row.to_user is None else self._of_person(view, row)
        if found is None:
            return None
        if (reason := reason_of(view, found.address)) is not None:
            return Parked(f"nothing is sent to this address: {reason}")
        return row.to_user or row.to_role, found

    def _of_team(self, row: Any) -> Recipient | None:
        address = teams_of(self.settings).get(row.to_role)
        return Recipient(address, Reader(self.settings.mail.language, self.settings.zone)) if address else None

    def _of_person(self, view: View, row: Any) -> Recipient | None:
        person, address = people.person(view, row.to_user), choice_of(view, row.to_user).address
        if person is None or not address:
            return None
        hours = hours_of(view, row.to_user)
        zone = self.settings.zone if hours is None or hours == ALWAYS else hours.zone
        return Recipient(address, Reader(person.language, zone))

    def _put_in_digest(self, tx: Tx, name: str, reminder: int, after_ms: int) -> None:
        at_ms = digest_ms(hours_of(tx, name) or ALWAYS, self.settings.zone, max(after_ms, tx.now_ms + 1))
        put_digest(tx, self._person(name), reminder, at_ms)

    def _person(self, name: str) -> Addressee:
        return Addressee(MAIL, f"user:{name}", name, None, self.settings.mail.sender.domain)

    def _team(self, role: str) -> Addressee:
        return Addressee(MAIL, f"role:{role}", None, role, self.settings.mail.sender.domain)
