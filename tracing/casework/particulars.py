"""How a reply came that was not signed: by which channel, on what day, with what to say about it."""

from datetime import UTC, date, datetime
from typing import Any

from tracing.casework.errors import Incomplete, Problem

__all__ = ["CHANNELS", "particulars"]

CHANNELS = ("letter", "note_verbale", "email", "telephone", "interpol", "siena", "meeting", "other")
MOST_NOTE = 4000


def particulars(body: dict[str, Any], now: datetime) -> tuple[str, datetime, str]:
    """By which channel a reply came, when, and a note. Raises Incomplete."""
    problems = []
    channel, note = body.get("channel"), body.get("note", "")
    if channel not in CHANNELS:
        problems.append(Problem("channel", f"one of {', '.join(CHANNELS)}", repr(channel)[:80]))
    if not isinstance(note, str) or len(note) > MOST_NOTE:
        problems.append(Problem("note", f"a text of at most {MOST_NOTE} characters", type(note).__name__))
    received = _instant(body.get("received"), now)
    if received is None:
        problems.append(
            Problem(
                "received",
                "the date the reply came, such as 2026-11-20, not in the future",
                repr(body.get("received"))[:80],
            )
        )
    if problems or received is None:
        raise Incomplete(tuple(problems))
    return str(channel), received, note


def _instant(value: Any, now: datetime) -> datetime | None:
    """A date as the instant its day began, today as now."""
    if value is None:
        return now
    try:
        day = date.fromisoformat(value)
    except (TypeError, ValueError):
        return None
    if day > now.date():
        return None
    return now if day == now.date() else datetime(day.year, day.month, day.day, tzinfo=UTC)
