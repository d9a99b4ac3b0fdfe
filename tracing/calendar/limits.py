"""The limits and the calendar this node counts in, from its settings.

The ITI sets no number (paras 18 and 19: "prompt", "within a reasonable time"), so every number of this file is the
node's own target and says so wherever it is shown.
"""

from datetime import date, timedelta

from protocol.deadlines import Basis, ClockName, Limit, Profile, Unit
from protocol.vocabulary.requests import Priority
from tracing.calendar.national import Almanac
from tracing.casework.clocks import Timetable
from tracing.casework.ladders import Ladder
from tracing.settings import Settings, Span

__all__ = ["timetable"]

SOURCE = "own target of this node, set in node.toml; the ITI (18, 19) sets no number"
_LENGTH = {
    "seconds": timedelta(seconds=1),
    "hours": timedelta(hours=1),
    "calendar_days": timedelta(days=1),
    "working_days": timedelta(days=1),
}


def timetable(settings: Settings, today: date) -> Timetable:
    """The timetable in force from ``today`` on."""
    own = settings.deadlines
    pairs = {
        ClockName.ACK: (own.ack, own.ack_urgent),
        ClockName.ANSWER: (own.answer, own.answer_urgent),
        ClockName.INFO: (own.info, own.info_urgent),
        ClockName.CLARIFY: (own.clarify, own.clarify_urgent),
        ClockName.CONSENT: (own.consent, own.consent_urgent),
        ClockName.LAPSE: (own.lapse, own.lapse),
    }
    limits = {
        (clock, priority): _limit(urgent if priority is Priority.URGENT else routine)
        for clock, (routine, urgent) in pairs.items()
        for priority in Priority
    }
    almanac = Almanac(settings.calendar, settings.zone, settings.country)
    return Timetable(
        Profile("own", Basis.INTERNAL, SOURCE, limits), almanac.ours(today), _length(own.near),
        _length(own.near_urgent), almanac, settings.authority, settings.country, Ladder.of(own.ladder),
        own.lapse_reminders,
    )  # fmt: skip


def _limit(span: Span) -> Limit:
    return Limit(span.amount, Unit(span.unit))


def _length(span: Span) -> timedelta:
    return span.amount * _LENGTH[span.unit]
