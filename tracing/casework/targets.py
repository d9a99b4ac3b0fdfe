"""This authority's own targets, in versions: set by a person who binds it, each with its leaf, never changed later.

A version holds from its day on, for one counterpart or for all. It is nobody's obligation and never leaves home.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import bindparam, func, insert, select

from protocol import strictjson
from protocol.deadlines import Profile
from protocol.deadlines.written import written_profile
from tracing import audit
from tracing.casework.policy import Actor, permit
from tracing.store import Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import DeadlineProfile, table_of

__all__ = ["Version", "own_targets", "set_targets", "versions"]

MOST_BYTES = 64 * 1024  # of one profile
_profiles = table_of(DeadlineProfile)
_IN_FORCE = Spelt(
    select(_profiles)
    .where(_profiles.c.counterpart == bindparam("counterpart"), _profiles.c.since <= bindparam("day"))
    .order_by(_profiles.c.since.desc(), _profiles.c.version.desc())
    .limit(1)
)


@dataclass(frozen=True, slots=True)
class Version:
    """One version, as it was set. ``counterpart`` is empty where it is for all."""

    counterpart: str
    version: int
    since: str
    set_by: str
    set_ms: int
    sha256: str
    body: dict[str, Any]


def own_targets(view: View, counterpart: str, day: date) -> Iterator[Profile]:
    """Those in force on a day: for the counterpart, then for all."""
    for whom in (counterpart, ""):
        row = _IN_FORCE.first(view.conn, {"counterpart": whom, "day": day.isoformat()})
        if row is not None:
            yield written_profile(strictjson.load(row.body.encode(), MOST_BYTES), row.version, counterpart=whom)


def set_targets(tx: Tx, actor: Actor, counterpart: str, body: dict[str, Any], since: date) -> Version:
    """A new version. ValueError says what of ``body`` cannot be counted; nothing is kept then."""
    permit(actor, "set-targets")
    latest = select(func.max(_profiles.c.version)).where(_profiles.c.counterpart == counterpart)
    number = (tx.conn.execute(latest).scalar_one() or 0) + 1
    written_profile(body, number, counterpart=counterpart)
    text = strictjson.dump(body).decode()
    digest = hashlib.sha256(text.encode()).hexdigest()
    own = {"counterpart": counterpart, "version": number, "since": since.isoformat(), "sha256": digest}
    tx.conn.execute(insert(_profiles).values(own | {"body": text, "set_by": actor.name, "set_ms": tx.now_ms}))
    audit.note(tx, "cfg", counterpart or "all", {"act": "set-targets", "actor": actor.name} | own)
    return Version(counterpart, number, since.isoformat(), actor.name, tx.now_ms, digest, body)


def versions(view: View) -> list[Version]:
    """Every version there is, the latest first."""
    rows = view.conn.execute(select(_profiles).order_by(_profiles.c.id.desc()))
    return [
        Version(
            row.counterpart, row.version, row.since, row.set_by, row.set_ms, row.sha256,
            strictjson.load(row.body.encode(), MOST_BYTES),
        )
        for row in rows
    ]  # fmt: skip
