"""Who made which feed, and which one an address leads to. Every change is a leaf in its own transaction.

Whoever may make feeds of the team sees and revokes those of the team; whoever keeps the accounts, those of everybody.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from sqlalchemy import ColumnElement, bindparam, func, insert, or_, select, true, update

from protocol import base64url
from tracing import audit
from tracing.casework.errors import CaseworkError, NotFound
from tracing.casework.policy import Actor, may, permit
from tracing.store import Tx, View
from tracing.store.people import digest_of
from tracing.store.spelt import Spelt
from tracing.tables import CalendarFeed, User, table_of

__all__ = [
    "KINDS", "Feed", "TooManyFeeds", "behind", "is_stale", "living", "made_since", "note_use", "revoke",
    "subscribe",
]  # fmt: skip

SECRET_BYTES = 32
USED_EVERY_MS = 600_000  # a calendar that asks every minute writes every ten
KINDS = {"mine": ("reminders", 10), "team": ("subscribe-team", 20)}
"""Kind of feed -> who may make one, and how many may live: of a person, of the team."""
_feeds, _users = table_of(CalendarFeed), table_of(User)
_LIVES = _feeds.c.revoked_ms.is_(None)
_WITH_READER = select(_feeds, _users.c.language, _users.c.role, _users.c.active).join(
    _users, _users.c.name == _feeds.c.user_name
)
_BEHIND = Spelt(_WITH_READER.where(_feeds.c.sha256 == bindparam("sha256"), _LIVES))


class TooManyFeeds(CaseworkError):
    """As many feeds live as one person, or the team, may have."""

    code, title, status = "too-many-feeds", "No more feeds can be made", 409
    DETAIL: ClassVar[str] = "revoke one that nobody reads any more; the list says when each was read last"


@dataclass(frozen=True, slots=True)
class Feed:
    """One address. ``user`` made it, and ``language`` is his; ``used_ms``: read last, None never."""

    id: int
    whose: str  # one of KINDS
    user: str
    language: str
    made_ms: int
    used_ms: int | None


def subscribe(tx: Tx, actor: Actor, whose: str) -> tuple[Feed, str]:
    """A new feed and its secret, to be shown once. ValueError for another kind, Forbidden, TooManyFeeds."""
    if whose not in KINDS:
        raise ValueError(f"expected one of {', '.join(KINDS)}, got {whose[:40]!r}")
    verb, most = KINDS[whose]
    permit(actor, verb)
    of_kind = (_LIVES, _feeds.c.whose == whose, *((_feeds.c.user_name == actor.name,) if whose == "mine" else ()))
    if tx.conn.execute(select(func.count()).select_from(_feeds).where(*of_kind)).scalar_one() >= most:
        raise TooManyFeeds(f"{most} feeds are in use already: {TooManyFeeds.DETAIL}")
    secret = base64url.encode(tx.ids.random_bytes(SECRET_BYTES))
    own = {"sha256": digest_of(secret), "whose": whose, "user_name": actor.name, "made_ms": tx.now_ms}
    made = int(tx.conn.execute(insert(_feeds).values(own).returning(_feeds.c.id)).scalar_one())
    audit.note(tx, "cfg", actor.name, {"act": "subscribe", "actor": actor.name, "feed": made, "whose": whose})
    return Feed(made, whose, actor.name, actor.language, tx.now_ms, None), secret


def revoke(tx: Tx, actor: Actor, feed: int) -> Feed:
    """It leads nowhere from now on. NotFound for one that is not, or that this person does not see."""
    row = tx.conn.execute(_WITH_READER.where(_feeds.c.id == feed, _LIVES, _seen_by(actor))).first()
    if row is None:
        raise NotFound(f"no feed {feed} that you could revoke")
    tx.conn.execute(update(_feeds).where(_feeds.c.id == feed).values(revoked_ms=tx.now_ms))
    audit.note(tx, "cfg", row.user_name, {"act": "unsubscribe", "actor": actor.name, "feed": feed})
    return _feed(row)


def living(view: View, actor: Actor) -> list[Feed]:
    """Those a person sees, his own first, then the oldest first."""
    own_first = (_feeds.c.user_name != actor.name, _feeds.c.id)
    return [_feed(row) for row in view.conn.execute(_WITH_READER.where(_LIVES, _seen_by(actor)).order_by(*own_first))]


def made_since(view: View, actor: Actor, whose: str, since_ms: int) -> Feed | None:
    """The first of a kind that a person made since an instant."""
    own = (_feeds.c.user_name == actor.name, _feeds.c.whose == whose, _feeds.c.made_ms >= since_ms, _LIVES)
    row = view.conn.execute(_WITH_READER.where(*own).order_by(_feeds.c.id).limit(1)).first()
    return None if row is None else _feed(row)


def behind(view: View, secret: str) -> Feed | None:
    """The feed an address leads to; None for one that was revoked, or whose person may not read it now."""
    row = _BEHIND.first(view.conn, {"sha256": digest_of(secret)})
    if row is None:
        return None
    sleeps = row.whose == "mine" and not (row.active and may(row.role, KINDS["mine"][0]))
    return None if sleeps else _feed(row)


def note_use(tx: Tx, feed: Feed) -> None:
    """It was read now."""
    tx.conn.execute(update(_feeds).where(_feeds.c.id == feed.id).values(used_ms=tx.now_ms))


def is_stale(feed: Feed, now_ms: int) -> bool:
    """Whether its last use is to be noted again."""
    return feed.used_ms is None or not 0 <= now_ms - feed.used_ms < USED_EVERY_MS


def _seen_by(actor: Actor) -> ColumnElement[bool]:
    if may(actor.role, "users"):
        return true()
    own = _feeds.c.user_name == actor.name
    return or_(own, _feeds.c.whose == "team") if may(actor.role, KINDS["team"][0]) else own


def _feed(row: Any) -> Feed:
    return Feed(row.id, row.whose, row.user_name, row.language, row.made_ms, row.used_ms)
