"""Who reads what the node says outside the desk, and what the authority allows to stand in it."""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Self
from zoneinfo import ZoneInfo

from protocol.deadlines import ClockName
from tracing.clock import from_ms, to_ms
from tracing.phrases.languages import PHRASES, Phrases
from tracing.settings import Settings

__all__ = ["CASE_DIGITS", "House", "Reader", "closed_day", "one_line", "written_date"]

CASE_DIGITS = 12  # of a case's number: its end, which tells cases apart and names no State
LONGEST_NAME = 120
ISOLATE, ISOLATED = "\u2068", "\u2069"


@dataclass(frozen=True, slots=True)
class House:
    """What holds of everything a node says outside the desk. ``desk_url`` "": no links."""

    is_training: bool
    names_counterparts: bool
    desk_url: str

    @classmethod
    def of(cls, settings: Settings) -> Self:
        """As the settings say."""
        return cls(settings.net == "training", settings.mail.names_counterparts, settings.desk_url)


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads it, and in which zone."""

    language: str
    zone: str

    @property
    def phrases(self) -> Phrases:
        return PHRASES.get(self.language, PHRASES["en"])

    def duty(self, clock: str, owed_by: str) -> str:
        """What is due and by whom; a date of our own is owed to nobody."""
        say = self.phrases
        if not ClockName(clock).is_duty:
            return say.clocks[clock]
        return f"{say.clocks[clock]}{say.comma}{say.by_us if owed_by == 'us' else say.by_them}"

    def value(self, text: str) -> str:
        """A value as it stands in a line of this language."""
        return f"{ISOLATE}{text}{ISOLATED}" if self.language == "ar" else text


def closed_day(due_ms: int, zone: str) -> date | None:
    """The local day at whose end a limit ends (24:00, also where clocks change at midnight); None within a day."""
    there = ZoneInfo(zone)
    local = from_ms(due_ms).astimezone(there)
    if to_ms(datetime.combine(local.date(), time(), there)) != due_ms:
        return None
    return local.date() - timedelta(days=1)


def written_date(due_ms: int, zone: str) -> str:
    """``2026-12-24, 24:00`` or ``2026-12-24, 15:30``, as ISO 8601 writes dates and times."""
    day = closed_day(due_ms, zone)
    if day is not None:
        return f"{day:%Y-%m-%d}, 24:00"
    return f"{from_ms(due_ms).astimezone(ZoneInfo(zone)):%Y-%m-%d, %H:%M}"


def one_line(text: str) -> str:
    """A name from outside, without what is not seen: controls, marks of direction, breaks of lines."""
    seen = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(seen.split())[:LONGEST_NAME]
