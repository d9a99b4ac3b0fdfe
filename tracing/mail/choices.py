"""Where a person is written to, and what of: the matrix of events, each at once, in a digest of the day, or off."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select, update

from tracing import audit
from tracing.casework.telling import EVENTS
from tracing.mail.standing import IS_PARKED
from tracing.settings import Mailbox
from tracing.store import Tx, View
from tracing.tables import ChannelChoice, Mail, MailAddress, table_of

__all__ = ["CHANNEL", "SOUND", "WAYS", "Choice", "choice_of", "choose"]

CHANNEL = "mail"
NOWHERE = Mailbox("")
WAYS = ("at_once", "digest", "off")
SOUND: Mapping[str, str] = {"near": "digest", "passed": "at_once", "again": "digest", "escalated": "at_once"}
"""What holds until a person chooses: at once only where a date has passed, or somebody else did nothing."""
_addresses, _choices, _mails = map(table_of, (MailAddress, ChannelChoice, Mail))


@dataclass(frozen=True, slots=True)
class Choice:
    """``address`` "": no mail at all. ``ways`` has every event."""

    address: Mailbox = NOWHERE
    ways: Mapping[str, str] = field(default_factory=lambda: dict(SOUND))

    def __post_init__(self) -> None:
        if set(self.ways) != set(EVENTS) or not set(self.ways.values()) <= set(WAYS):
            raise ValueError(f"expected one of {', '.join(WAYS)} for each of {', '.join(EVENTS)}")

    def way(self, event: str, *, is_urgent: bool) -> str:
        """How an event is told; what is urgent waits for no digest."""
        way = self.ways[event] if self.address else "off"
        return "at_once" if way == "digest" and is_urgent else way


def choice_of(view: View, name: str) -> Choice:
    """What a person chose."""
    address = view.conn.execute(select(_addresses.c.address).where(_addresses.c.user_name == name)).scalar()
    of_person = (_choices.c.user_name == name, _choices.c.channel == CHANNEL)
    rows = view.conn.execute(select(_choices.c.event, _choices.c.way).where(*of_person))
    return Choice(Mailbox(address or ""), dict(SOUND) | {row.event: row.way for row in rows})


def choose(tx: Tx, name: str, choice: Choice, actor: str) -> None:
    """From now on. What was parked for this person is tried again where he has another address."""
    before = choice_of(tx, name)
    tx.conn.execute(delete(_addresses).where(_addresses.c.user_name == name))
    tx.conn.execute(delete(_choices).where(_choices.c.user_name == name, _choices.c.channel == CHANNEL))
    if choice.address:
        tx.conn.execute(insert(_addresses).values(user_name=name, address=str(choice.address), set_ms=tx.now_ms))
    rows = [{"user_name": name, "channel": CHANNEL, "event": event, "way": way} for event, way in choice.ways.items()]
    tx.conn.execute(insert(_choices), rows)
    if choice.address not in {"", before.address}:
        parked = (_mails.c.to_user == name, IS_PARKED)
        again = {"state": "waiting", "next_ms": tx.now_ms, "said": None, "ended_ms": None}
        tx.conn.execute(update(_mails).where(*parked).values(again))
    what = {"act": "choose mail", "actor": actor, "user": name, "has_address": bool(choice.address)}
    audit.note(tx, "cfg", name, what | dict(choice.ways))
