"""Where a person is written to, and what of: the matrix of events, each at once, in a digest of the day, or off."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy import delete, insert, select

from tracing import audit
from tracing.channels.claims import try_parked_again
from tracing.channels.mail.returned import readmit
from tracing.channels.standing import MAIL
from tracing.channels.ways import SOUND, check_ways, way_of
from tracing.settings import Mailbox
from tracing.store import Tx, View
from tracing.tables import ChannelChoice, MailAddress, table_of

__all__ = ["Choice", "choice_of", "choose"]

NOWHERE = Mailbox("")
_addresses, _choices = table_of(MailAddress), table_of(ChannelChoice)


@dataclass(frozen=True, slots=True)
class Choice:
    """``address`` "": no mail at all. ``ways`` has every event."""

    address: Mailbox = NOWHERE
    ways: Mapping[str, str] = field(default_factory=lambda: dict(SOUND))

    def __post_init__(self) -> None:
        check_ways(self.ways)

    def way(self, event: str, *, is_urgent: bool) -> str:
        """How an event is told; what is urgent waits for no digest."""
        return way_of(self.ways, event, is_urgent=is_urgent) if self.address else "off"


def choice_of(view: View, name: str) -> Choice:
    """What a person chose."""
    address = view.conn.execute(select(_addresses.c.address).where(_addresses.c.user_name == name)).scalar()
    of_person = (_choices.c.user_name == name, _choices.c.channel == MAIL)
    rows = view.conn.execute(select(_choices.c.event, _choices.c.way).where(*of_person))
    return Choice(Mailbox(address or ""), dict(SOUND) | {row.event: row.way for row in rows})


def choose(tx: Tx, name: str, choice: Choice, actor: str) -> None:
    """From now on. What was parked for him is tried again where he has another address, or says that his is right."""
    before = choice_of(tx, name)
    tx.conn.execute(delete(_addresses).where(_addresses.c.user_name == name))
    tx.conn.execute(delete(_choices).where(_choices.c.user_name == name, _choices.c.channel == MAIL))
    if choice.address:
        tx.conn.execute(insert(_addresses).values(user_name=name, address=str(choice.address), set_ms=tx.now_ms))
    rows = [{"user_name": name, "channel": MAIL, "event": event, "way": way} for event, way in choice.ways.items()]
    tx.conn.execute(insert(_choices), rows)
    if choice.address:
        readmit(tx, choice.address, name, actor)
    if choice.address not in {"", before.address}:
        try_parked_again(tx, MAIL, name)
    what = {"act": "choose mail", "actor": actor, "user": name, "has_address": bool(choice.address)}
    audit.note(tx, "cfg", name, what | dict(choice.ways))
