"""Two calendar readers that know nothing of the library that writes: what each of them understands of a feed."""

from dataclasses import dataclass
from datetime import date
from typing import Any

import vobject
from ical.calendar_stream import IcsCalendarStream

__all__ = ["READERS", "Understood"]


@dataclass(frozen=True)
class Understood:
    """One event. ``at``: a day, or an instant with its offset."""

    uid: str
    at: date
    summary: str
    description: str
    sequence: int
    status: str


def by_ical(data: bytes) -> list[Understood]:
    """Of the library behind a home automation's calendars: strict, by types."""
    found = IcsCalendarStream.calendar_from_ics(data.decode())
    return [
        Understood(
            one.uid,
            one.dtstart,
            one.summary or "",
            one.description or "",
            one.sequence or 0,
            one.status.value if one.status else "",
        )
        for one in found.events
    ]


def by_vobject(data: bytes) -> list[Understood]:
    """Of the library behind calendar servers: by the grammar of RFC 5545 and its older relatives."""
    whole = vobject.readOne(data.decode())
    return [
        Understood(
            one.uid.value, one.dtstart.value, one.summary.value, _text(one, "description"),
            int(_text(one, "sequence") or 0), _text(one, "status"),
        )
        for one in getattr(whole, "vevent_list", [])
    ]  # fmt: skip


def _text(event: Any, name: str) -> str:
    return getattr(event, name).value if hasattr(event, name) else ""


READERS = {"ical": by_ical, "vobject": by_vobject}
