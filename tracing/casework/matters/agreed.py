"""What is agreed with a counterpart about deadlines, and what it made known of itself: read from the signed matters.

Clocks ask for the agreement of a day with every new duty: that is one look at an index and one message, however much
was proposed.
"""

from dataclasses import dataclass
from datetime import date
from typing import Any, cast

from sqlalchemy import Select, bindparam, func, literal_column, select

from protocol.agreements import Proposed, agreed_profile
from protocol.deadlines import Profile
from protocol.lifecycle import Kind
from protocol.messages import DirectoryUpdate, ProfileProposal
from protocol.messages.members import Day
from tracing.casework.matters.rows import matter_messages, matters, profiles, read_message, term
from tracing.clock import from_ms
from tracing.store import AnyRow, View
from tracing.store.spelt import Spelt

__all__ = [
    "MOST_OPEN", "Announced", "announced", "open_of", "profile_with", "proposal", "proposed_in", "proposed_with",
    "stands_with",
]  # fmt: skip

MOST_OPEN = 20  # proposals of one authority that wait for a decision; two would do
MOST_READ = 100  # of a list: what waits first, then the latest

_PROPOSED = (
    select(matter_messages, matters.c.content_key, profiles.c.status, profiles.c.since)
    .join(profiles, profiles.c.mid == matter_messages.c.mid)
    .join(matters, matters.c.id == matter_messages.c.matter_id)
    .where(matters.c.content_key.is_not(None))
)
_STANDS = Spelt(
    _PROPOSED.where(
        profiles.c.counterpart == bindparam("counterpart"),
        profiles.c.status == literal_column("'accepted'"),  # spelt out: only so does the index serve
        profiles.c.since <= bindparam("day"),
    )
    .order_by(profiles.c.since.desc(), profiles.c.iat_ms.desc(), profiles.c.uuid.desc())
    .limit(1)
)


def proposed_with(view: View, counterpart: str) -> tuple[Proposed, ...]:
    """The proposals between the two, ours and theirs, with what became of them; the latest first.

    Where there are very many: those that wait, then the latest.
    """
    waits = profiles.c.status == "proposed"
    query = _PROPOSED.where(profiles.c.counterpart == counterpart).order_by(waits.desc(), profiles.c.iat_ms.desc())
    return _read(view, query.limit(MOST_READ))


def proposed_in(view: View, matter: str) -> tuple[Proposed, ...]:
    """The proposals of one matter, the latest first."""
    return _read(view, _PROPOSED.where(profiles.c.matter_id == matter))


def proposal(view: View, counterpart: str, mid: str) -> Proposed | None:
    """One proposal between the two."""
    found = _read(view, _PROPOSED.where(profiles.c.counterpart == counterpart, profiles.c.mid == mid))
    return found[0] if found else None


def open_of(view: View, counterpart: str, sender: str) -> int:
    """How many proposals of ``sender`` wait for a decision of the other."""
    waiting = profiles.c.status == literal_column("'proposed'")
    mine = (profiles.c.counterpart == counterpart) & (profiles.c.sender == sender)
    return int(view.conn.execute(select(func.count()).where(mine, waiting)).scalar_one())


def _read(view: View, query: Select[Any]) -> tuple[Proposed, ...]:
    found = [_proposed(view, row) for row in view.conn.execute(query)]
    return tuple(sorted(found, key=lambda one: (one.term.iat_ms, one.term.mid), reverse=True))


def _proposed(view: View, row: AnyRow) -> Proposed:
    said = term(view, view.cipher.unwrap(row.content_key), row)
    since = date.fromisoformat(row.since) if row.since else None
    return Proposed(said, cast("ProfileProposal", said.message), row.status, since)


def stands_with(view: View, counterpart: str, day: date) -> Proposed | None:
    """The agreement that stands on a day, as ``protocol.agreements`` has it."""
    row = _STANDS.first(view.conn, {"counterpart": counterpart, "day": day.isoformat()})
    return None if row is None else _proposed(view, row)


def profile_with(view: View, counterpart: str, day: date) -> Profile | None:
    """The limits that bind both sides from a clock that begins on ``day``."""
    agreement = stands_with(view, counterpart, day)
    return None if agreement is None else agreed_profile(agreement)


@dataclass(frozen=True, slots=True)
class Announced:
    """One update of a point of contact: whose, by which statement, from which day on."""

    mid: str
    sender: str
    sent_ms: int
    effective: date
    body: dict[str, Any]


def announced(view: View, counterpart: str) -> tuple[Announced, ...]:
    """The latest directory updates between the two, the one in force last first by its day, then by its sending."""
    query = (
        select(matter_messages, matters.c.content_key)
        .join(matters, matters.c.id == matter_messages.c.matter_id)
        .where(matters.c.counterpart == counterpart, matter_messages.c.kind == str(Kind.DIRECTORY_UPDATE))
        .where(matters.c.content_key.is_not(None))
        .order_by(matter_messages.c.logged_ms.desc())
        .limit(MOST_READ)
    )
    found = []
    for row in view.conn.execute(query):
        message = read_message(view, view.cipher.unwrap(row.content_key), row)
        named = Day().first((isinstance(message, DirectoryUpdate) and message.from_) or "")
        effective = named or from_ms(row.iat_ms).date()
        found.append(Announced(row.mid, row.sender, row.iat_ms, effective, message.to_body()))
    return tuple(sorted(found, key=lambda one: (one.effective, one.sent_ms, one.mid), reverse=True))
