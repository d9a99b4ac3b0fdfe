"""Whose days a limit counts: our calendar in targets of our own, else that of either side as it was announced.

What binds both is counted by what each side announced to the other (directory update), so that both nodes come to the
same date; on top lie the days that this authority corrected, which it should announce.

``Almanac`` is made by ``tracing/calendar``; casework only hands it what the database holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Protocol

from sqlalchemy import bindparam, select

from protocol.deadlines import Limit, Start, Whose, WorkingCalendar
from protocol.messages.members import Day, IsZone
from protocol.vocabulary.deadlines import WeekdayWord
from protocol.vocabulary.word import known
from tracing.casework.matters.agreed import announced
from tracing.store import View
from tracing.store.spelt import Spelt
from tracing.tables import CalendarDay, table_of

__all__ = ["Almanac", "Corrections", "OfficeTold", "Side", "Sides", "corrections_of", "offices_of", "told_by"]

Corrections = Mapping[date, str | None]  # the name of a day off; None for a day that is worked

_days = table_of(CalendarDay)
_CORRECTED = Spelt(select(_days.c.day, _days.c.kind, _days.c.name).where(_days.c.authority == bindparam("authority")))


@dataclass(frozen=True, slots=True)
class OfficeTold:
    """What an authority announced of its office (directory update, ITI 31)."""

    authority: str
    zone: str | None = None
    weekend: tuple[str, ...] = ()
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


class Almanac(Protocol):
    """Calendars by the day a clock begins."""

    def ours(self, day: date, corrections: Corrections = ...) -> WorkingCalendar: ...
    def announced(self, country: str, told: OfficeTold, day: date, corrections: Corrections) -> WorkingCalendar: ...
    def announces(self, corrections: Corrections, today: date) -> dict[str, Any]: ...


@dataclass(frozen=True, slots=True)
class Side:
    """One authority and its country (ISO 3166-1 alpha-3)."""

    authority: str
    country: str


@dataclass(frozen=True, slots=True)
class Sides:
    """The two authorities of a case; ``owes``: whether this node owes what is counted."""

    us: Side
    them: Side
    owes: bool


def offices_of(view: View, almanac: Almanac, sides: Sides, limit: Limit, day: date) -> tuple[WorkingCalendar, ...]:
    """The calendars of a limit that begins on ``day``; days are those of the first one's zone."""
    is_listed = limit.unit.skips_closed_days or limit.start is Start.NEXT_OPENING
    if limit.whose is Whose.OURS:
        return (almanac.ours(day, corrections_of(view, sides.us.authority)) if is_listed else almanac.ours(day),)
    owing, waiting = (sides.us, sides.them) if sides.owes else (sides.them, sides.us)
    whose = {
        Whose.THEIRS: (sides.them,), Whose.OWING: (owing,), Whose.WAITING: (waiting,), Whose.BOTH: (owing, waiting),
    }[limit.whose]  # fmt: skip
    return tuple(_as_announced(view, almanac, sides, side, day) for side in whose)


def _as_announced(view: View, almanac: Almanac, sides: Sides, side: Side, day: date) -> WorkingCalendar:
    """By what a side announced to the other: both come to the same days."""
    told = told_by(view, sides.them.authority, side.authority, day)
    return almanac.announced(side.country, told, day, corrections_of(view, side.authority))


def corrections_of(view: View, authority: str) -> Corrections:
    """The days of an office that this authority corrected."""
    rows = _CORRECTED.rows(view.conn, {"authority": authority})
    return {date.fromisoformat(row.day): row.name if row.kind == "off" else None for row in rows}


def told_by(view: View, counterpart: str, sender: str, day: date) -> OfficeTold:
    """What one of the two announced to the other that held on a day."""
    for one in announced(view, counterpart):
        if one.sender == sender and one.effective <= day:
            return _told(sender, one.body)
    return OfficeTold(sender)


def _told(authority: str, body: Mapping[str, Any]) -> OfficeTold:
    """Read from a body that another node wrote: what this version does not know is passed over."""
    weekend = tuple(dict.fromkeys(each for each in body.get("weekend", ()) if known(WeekdayWord, each)))
    return OfficeTold(
        authority,
        _zone(body.get("zone")),
        weekend if len(weekend) < len(WeekdayWord) else (),
        frozenset(_each_day(body.get("holidays", ()))),
        frozenset(_each_day(body.get("worked", ()))),
    )


def _zone(name: str | None) -> str | None:
    return None if name is None or IsZone().fault(name, None) else name


def _each_day(texts: Sequence[str]) -> list[date]:
    return [day for text in texts if (day := Day().first(text)) is not None]
