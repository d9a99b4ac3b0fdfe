"""What is agreed with a counterpart about deadlines, and what it made known of itself: read from the signed matters."""

from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import select

from protocol.agreements import Proposed, agreed_on, agreed_profile, proposals
from protocol.deadlines import Profile
from protocol.lifecycle import Kind
from protocol.messages import DirectoryUpdate
from protocol.messages.members import Day
from tracing.casework.matters.rows import matter_messages, matters, read_message, terms_with
from tracing.clock import from_ms
from tracing.store import View

__all__ = ["Announced", "announced", "profile_with", "proposed_with", "stands_with"]


def proposed_with(view: View, counterpart: str) -> tuple[Proposed, ...]:
    """Every proposal between the two, ours and theirs, with what became of it; the latest first."""
    return proposals(terms_with(view, counterpart))


def stands_with(view: View, counterpart: str, day: date) -> Proposed | None:
    """The agreement that stands on a day."""
    return agreed_on(terms_with(view, counterpart), day)


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
    """Every directory update between the two, the one in force last first by its day, then by its sending."""
    query = (
        select(matter_messages, matters.c.content_key)
        .join(matters, matters.c.id == matter_messages.c.matter_id)
        .where(matters.c.counterpart == counterpart, matter_messages.c.kind == str(Kind.DIRECTORY_UPDATE))
        .where(matters.c.content_key.is_not(None))
    )
    found = []
    for row in view.conn.execute(query):
        message = read_message(view, view.cipher.unwrap(row.content_key), row)
        named = Day().first((isinstance(message, DirectoryUpdate) and message.from_) or "")
        effective = named or from_ms(row.iat_ms).date()
        found.append(Announced(row.mid, row.sender, row.iat_ms, effective, message.to_body()))
    return tuple(sorted(found, key=lambda one: (one.effective, one.sent_ms, one.mid), reverse=True))
