"""Whose days a limit counts: our calendar and a counterpart's, as announced and as this authority corrected them.

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

__all__ = ["Almanac", "Corrections", "OfficeTold", "Sides", "corrections_of", "offices_of", "told_by"]

Corrections = Mapping[date, str | None]  # the name of a day off; None for a day that is worked

_days = table_of(CalendarDay)
_CORRECTED = Spelt(select(_days.c.day, _days.c.kind, _days.c.name).where(_days.c.authority == bindparam("authority")))


@dataclass(frozen=True, slots=True)
class OfficeTold:
    """What a counterpart announced of its office (directory update, ITI 31)."""

    authority: str
    zone: str | None = None
    weekend: tuple[str, ...] = ()
    off: frozenset[date] = frozenset()
    worked: frozenset[date] = frozenset()


class Almanac(Protocol):
    """Calendars by the day a clock begins."""

    def ours(self, day: date, corrections: Corrections = ...) -> WorkingCalendar: ...
    def theirs(self, country: str, told: OfficeTold, day: date, corrections: Corrections) -> WorkingCalendar: ...


@dataclass(frozen=True, slots=True)
class Sides:
    """The two authorities of a case; ``owes``: whether this node owes what is counted."""

    us: str
    them: str
    country: str  # of them
    owes: bool


def offices_of(view: View, almanac: Almanac, sides: Sides, limit: Limit, day: date) -> Sequence[WorkingCalendar]:
    """The calendars of a limit that begins on ``day``; days are those of the first one's zone."""
    owing, waiting = (True, False) if sides.owes else (False, True)
    ours = {
        Whose.OURS: (True,), Whose.THEIRS: (False,), Whose.OWING: (owing,), Whose.WAITING: (waiting,),
        Whose.BOTH: (owing, waiting),
    }[limit.whose]  # fmt: skip
    is_listed = limit.unit.skips_closed_days or limit.start is Start.NEXT_OPENING
    return tuple(
        _our_office(view, almanac, sides.us, day, is_listed=is_listed)
        if each
        else _their_office(view, almanac, sides, day)
        for each in ours
    )


def _our_office(view: View, almanac: Almanac, us: str, day: date, *, is_listed: bool) -> WorkingCalendar:
    return almanac.ours(day, corrections_of(view, us)) if is_listed else almanac.ours(day)


def _their_office(view: View, almanac: Almanac, sides: Sides, day: date) -> WorkingCalendar:
    told = told_by(view, sides.them, day)
    return almanac.theirs(sides.country, told, day, corrections_of(view, sides.them))


def corrections_of(view: View, authority: str) -> Corrections:
    """The days of an office that this authority corrected."""
    rows = _CORRECTED.rows(view.conn, {"authority": authority})
    return {date.fromisoformat(row.day): row.name if row.kind == "off" else None for row in rows}


def told_by(view: View, authority: str, day: date) -> OfficeTold:
    """What an authority announced that held on a day."""
    for one in announced(view, authority):
        if one.sender == authority and one.effective <= day:
            return _told(authority, one.body)
    return OfficeTold(authority)


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
