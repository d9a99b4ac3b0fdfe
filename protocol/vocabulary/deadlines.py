"""What an agreed limit counts, for which clock, from when and by whose days (domain 7b.3)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["AccessWord", "ClockWord", "DaysWord", "StartWord", "UnitWord", "WeekdayWord"]


class ClockWord(Word):
    """The clocks two authorities may agree on."""

    ACK = "ack", Source.ITI_19
    ANSWER = "answer", Source.ITI_18
    INFO = "info", Source.ITI_21
    CLARIFY = "clarify", Source.ITI_23
    CONSENT = "consent", Source.ITI_15C


class UnitWord(Word):
    """What a limit counts."""

    HOURS = "hours", Source.BILATERAL
    WORKING_HOURS = "working_hours", Source.BILATERAL
    CALENDAR_DAYS = "calendar_days", Source.BILATERAL
    WORKING_DAYS = "working_days", Source.BILATERAL
    MONTHS = "months", Source.BILATERAL


class StartWord(Word):
    """From when an agreed limit is counted."""

    NEXT_DAY = "next_day", Source.BILATERAL
    SAME_DAY = "same_day", Source.BILATERAL
    NEXT_OPENING = "next_opening", Source.BILATERAL


class DaysWord(Word):
    """Whose days an agreed limit counts: of the side that owes, of the side that waits, of both."""

    OWING = "owing", Source.BILATERAL
    WAITING = "waiting", Source.BILATERAL
    BOTH = "both", Source.BILATERAL


class WeekdayWord(Word):
    """A day of the week on which an office is closed."""

    MONDAY = "monday", Source.PRACTICE
    TUESDAY = "tuesday", Source.PRACTICE
    WEDNESDAY = "wednesday", Source.PRACTICE
    THURSDAY = "thursday", Source.PRACTICE
    FRIDAY = "friday", Source.PRACTICE
    SATURDAY = "saturday", Source.PRACTICE
    SUNDAY = "sunday", Source.PRACTICE


class AccessWord(Word):
    """How the requested office reaches what it is asked for: urgent requests have another limit each (article 5.1)."""

    DIRECTLY = "directly", Source.EU_2023_977
    INDIRECTLY = "indirectly", Source.EU_2023_977
