"""What an agreed limit counts and for which clock (domain 7b.3)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["ClockWord", "UnitWord"]


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
    CALENDAR_DAYS = "calendar_days", Source.BILATERAL
    WORKING_DAYS = "working_days", Source.BILATERAL
    MONTHS = "months", Source.BILATERAL
