"""First contact: a card is believed once two officers, each over another channel than it came by, compared its digest.

Rules
- The first one's digest must be that of the card, which is judged in full; the card is laid aside, nothing is believed
  of it, nothing is sent there and nothing taken from there.
- The second one is somebody else and enters the digest himself: it is never shown to him. Then it is pinned, in the
  names of both.
- Until then anybody of them may drop it. A card that was laid aside is judged again when it is confirmed.

    lay_aside(tx, card, digest, "ada", circle)
    confirm(tx, "at", digest, "bo", circle, log_origin=origin)
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from sqlalchemy import delete, func, insert, select

from keys import card as cards
from keys.card import Card
from keys.errors import DigestMismatch
from keys.trust import TrustSet
from tracing import audit
from tracing.partners import judge_card, pin
from tracing.store import Tx, View
from tracing.tables import FirstContact, table_of

__all__ = ["MOST_WAITING", "Circle", "NoSuchCard", "SameOfficer", "TooMany", "Waiting", "confirm", "drop", "lay_aside",
    "waiting", "waiting_for"]  # fmt: skip

MOST_WAITING: Final = 30  # cards laid aside: nobody compares more in a season
_contacts = table_of(FirstContact)


class SameOfficer(Exception):
    """The second comparison must be somebody else's."""


class NoSuchCard(Exception):
    """No card of that authority waits."""


class TooMany(Exception):
    """No more cards are laid aside until some are confirmed or dropped."""


@dataclass(frozen=True, slots=True)
class Circle:
    """Who is there already: the network, and everybody whose keys and ids a newcomer may not share."""

    net: str
    known: Sequence[TrustSet] = field(repr=False, default=())


@dataclass(frozen=True, slots=True)
class Waiting:
    """A card whose digest one officer has compared."""

    authority: str
    country: str
    name: str
    url: str | None
    compared_by: str
    compared_ms: int


def waiting(view: View) -> tuple[Waiting, ...]:
    """Every card that waits for a second officer, by authority."""
    columns = (_contacts.c[name] for name in Waiting.__slots__)
    return tuple(Waiting(*row) for row in view.conn.execute(select(*columns).order_by(_contacts.c.authority)))


def waiting_for(view: View, authority: str) -> Waiting | None:
    """The card of that authority, None where none waits."""
    return next((one for one in waiting(view) if one.authority == authority), None)


def lay_aside(tx: Tx, card: Card, digest: str, actor: str, circle: Circle, *, alike_ok: bool = False) -> Waiting:
    """The first officer has compared ``digest``. What ``judge_card`` raises, AlreadyPinned among it; or TooMany.

    A card that waits already is replaced only by the officer who laid it aside; SameOfficer tells another one that his
    is the confirmation.
    """
    trust = judge_card(tx, card, digest, at_ms=tx.now_ms, net=circle.net, known=circle.known, alike_ok=alike_ok)
    before = waiting_for(tx, trust.authority)
    if before is not None and before.compared_by != actor:
        raise SameOfficer(f"{before.compared_by} has compared a card of {trust.authority} already; confirm that one")
    if before is None and tx.conn.execute(select(func.count()).select_from(_contacts)).scalar_one() >= MOST_WAITING:
        raise TooMany(f"{MOST_WAITING} cards wait for a second officer; confirm or drop some first")
    tx.conn.execute(delete(_contacts).where(_contacts.c.authority == trust.authority))
    members = trust.authority, trust.country, trust.name, trust.url, actor, tx.now_ms
    found = Waiting(*members)
    row = {name: getattr(found, name) for name in Waiting.__slots__}
    tx.conn.execute(insert(_contacts).values(row | {"digest": digest, "card": _bytes(card), "alike": alike_ok}))
    audit.note(tx, "cfg", trust.authority, {"act": "compare", "actor": actor, "digest": digest})
    return found


def _bytes(card: Card) -> bytes:
    return cards.make(card.root_documents, card.keyset_document)


def confirm(tx: Tx, authority: str, digest: str, actor: str, circle: Circle, *, log_origin: str) -> TrustSet:
    """The second officer has compared ``digest``: the card is judged anew and pinned.

    NoSuchCard, SameOfficer, DigestMismatch, or what ``pin`` raises; nothing is changed then.
    """
    row = tx.conn.execute(select(_contacts).where(_contacts.c.authority == authority)).first()
    if row is None:
        raise NoSuchCard(f"no card of {authority} waits for a second officer")
    if row.compared_by == actor:
        raise SameOfficer(f"{actor} has compared this card already; the second comparison is somebody else's")
    if digest != row.digest:
        raise DigestMismatch(f"the digest given is not that of the card of {authority} that waits here")
    trust = pin(
        tx, Card.read(row.card), digest, f"{row.compared_by} and {actor}", net=circle.net, log_origin=log_origin,
        known=circle.known, alike_ok=row.alike,
    )  # fmt: skip
    tx.conn.execute(delete(_contacts).where(_contacts.c.authority == authority))
    return trust


def drop(tx: Tx, authority: str, actor: str) -> bool:
    """Nothing comes of this card; False where none waits."""
    dropped = tx.conn.execute(delete(_contacts).where(_contacts.c.authority == authority)).rowcount > 0
    if dropped:
        audit.note(tx, "cfg", authority, {"act": "card-dropped", "actor": actor})
    return dropped
