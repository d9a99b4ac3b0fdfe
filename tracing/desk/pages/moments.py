"""Instants and dates as the desk writes them, and how a deadline stands.

Rules
- Times are shown in the zone of the node, which the foot of every page names; ``<time datetime>`` keeps the exact one.
- "Late" is said only against a limit that binds both sides (treaty, agreed). Against our own number it is "beyond our
  own target", and a date that only nears or runs is said in days.
"""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from markupsafe import Markup

from tracing.clock import from_ms
from tracing.desk.pages.dates import day_in_words
from tracing.desk.pages.tongue import _, ngettext

__all__ = ["BINDING", "Badge", "Here", "beside_basis", "standing_badge", "written_day"]

BINDING = frozenset({"treaty", "agreed"})


@dataclass(frozen=True, slots=True)
class Badge:
    """Words in a colour and a shape; ``look`` is a class of the style sheet."""

    look: str
    words: str


@dataclass(frozen=True, slots=True)
class Here:
    """The node's zone at one instant: what "today" and "in three days" mean on this page."""

    now: datetime
    zone: ZoneInfo

    @property
    def today(self) -> date:
        return self.now.astimezone(self.zone).date()

    @staticmethod
    def instant(at_ms: int) -> datetime:
        """The instant of a column."""
        return from_ms(at_ms)

    def day_of(self, instant: datetime) -> date:
        """The local day of an instant; a limit that ends at midnight belongs to the day it closes."""
        return (instant - timedelta(milliseconds=1)).astimezone(self.zone).date()

    def days_until(self, instant: datetime) -> int:
        """Whole local days from today to the instant; negative once its day has passed."""
        return (self.day_of(instant) - self.today).days

    def day(self, value: Any) -> Markup:
        """``12 Jun 2026`` from an instant, milliseconds, a date or ISO text. Other text is shown as it is."""
        instant = as_instant(value)
        if instant is not None:
            return _time(instant.isoformat(), day_in_words(instant.astimezone(self.zone).date()))
        try:
            return _time(str(value), day_in_words(value if isinstance(value, date) else date.fromisoformat(str(value))))
        except ValueError:
            return Markup("{}").format(value or "")

    def due(self, value: Any) -> Markup:
        """The day a deadline falls on: midnight at its end is the day it closes."""
        instant = as_instant(value)
        return _time(instant.isoformat(), day_in_words(self.day_of(instant))) if instant else Markup()

    def moment(self, value: Any) -> Markup:
        """``12 Jun 2026, 14:05`` in the zone of the node."""
        instant = as_instant(value)
        if instant is None:
            return Markup("{}").format(value or "")
        local = instant.astimezone(self.zone)
        return _time(instant.isoformat(), f"{day_in_words(local.date())}, {local:%H:%M}")

    def ago(self, value: Any) -> str:
        """How long since, in the largest unit that says enough."""
        instant = as_instant(value)
        if instant is None:
            return _("never")
        return in_words(self.now - instant)


def as_instant(value: Any) -> datetime | None:
    """The aware instant in a value of a page: a datetime, whole milliseconds, or ISO text with a time."""
    if isinstance(value, datetime):
        return value if value.tzinfo else value.replace(tzinfo=UTC)
    if isinstance(value, int):
        return from_ms(value)
    if isinstance(value, str) and "T" in value:
        return _parsed(value)
    return None


def _parsed(text: str) -> datetime | None:
    try:
        parsed = datetime.fromisoformat(text)
    except ValueError:
        return None
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def written_day(text: str) -> str:
    """The same of a date as a message writes it; what is no whole date is shown as it is."""
    try:
        return day_in_words(date.fromisoformat(text))
    except ValueError:
        return text


def in_words(span: timedelta) -> str:
    """``5 days ago``."""
    minutes = max(0, int(span.total_seconds() // 60))
    if minutes < 1:
        return _("just now")
    if minutes < 60:
        return ngettext("%(num)d minute ago", "%(num)d minutes ago", minutes) % {"num": minutes}
    if minutes < 48 * 60:
        return ngettext("%(num)d hour ago", "%(num)d hours ago", minutes // 60) % {"num": minutes // 60}
    return ngettext("%(num)d day ago", "%(num)d days ago", minutes // 1440) % {"num": minutes // 1440}


def beside_basis(source: str) -> str:
    """Where a number comes from, after the word of its basis: what that says already is not said again."""
    return re.sub(r"^own target(?: of this node,|:)? ", "", source)


def standing_badge(here: Here, due: Any, standing: str | None, basis: str | None, *, is_paused: bool = False) -> Badge:
    """How a deadline stands, in words fit for its basis."""
    if is_paused:
        return Badge("calm", _("Paused: a question waits"))
    instant = as_instant(due)
    if instant is None:
        return Badge("calm", _("No date"))
    days = here.days_until(instant)
    if standing == "overdue" or instant <= here.now:
        return _passed(-days, basis)
    words = _("Due today") if days <= 0 else ngettext("%(num)d day left", "%(num)d days left", days) % {"num": days}
    return Badge("soon" if standing == "due_soon" else "note", words)


def _passed(days: int, basis: str | None) -> Badge:
    if basis in BINDING:
        late = ngettext("%(num)d day late", "%(num)d days late", days) % {"num": days}
        return Badge("late", late if days > 0 else _("Late"))
    beyond = ngettext("%(num)d day beyond our own target", "%(num)d days beyond our own target", days) % {"num": days}
    return Badge("late", beyond if days > 0 else _("Beyond our own target"))


def _time(exact: str, words: str) -> Markup:
    return Markup('<time datetime="{}" class="nowrap">{}</time>').format(exact, words)
