"""How a case ends: withdrawal, closure, and what the answer was worth (MOSAIC 05.31 steps 4 and 5)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["ClosingCode", "DataWish", "RequesterOutcome", "Usefulness", "WithdrawalReason"]


class WithdrawalReason(Word):
    """Why the requester takes the request back."""

    NO_LONGER_NEEDED = "no_longer_needed", Source.PRACTICE
    ANSWERED_OTHERWISE = "answered_otherwise", Source.PRACTICE
    SENT_IN_ERROR = "sent_in_error", Source.PRACTICE
    DUPLICATE = "duplicate", Source.PRACTICE
    MISIDENTIFIED = "misidentified", Source.PRACTICE
    SUPERSEDED = "superseded", Source.PRACTICE
    OTHER = "other", Source.PRACTICE


class DataWish(Word):
    """What the requester wishes for the data already given."""

    KEEP = "keep", Source.PRACTICE
    DELETE = "delete", Source.PRACTICE


class ClosingCode(Word):
    """What the requester closes the case with."""

    DIVERSION_POINT_ESTABLISHED = "diversion_point_established", Source.MOSAIC_05_31
    LAST_LEGAL_HOLDER_ESTABLISHED = "last_legal_holder_established", Source.MOSAIC_05_31
    TRACED_ONWARD = "traced_onward", Source.MOSAIC_05_31
    NOT_TRACED = "not_traced", Source.MOSAIC_05_31
    REFUSED = "refused", Source.ITI_22
    MISDIRECTED = "misdirected", Source.PRACTICE
    NO_RESPONSE_LAPSED = "no_response_lapsed", Source.PRACTICE
    SUPERSEDED = "superseded", Source.PRACTICE
    OTHER = "other", Source.NODE


class RequesterOutcome(Word):
    """How a request ends without an answer: at the requester only, never as an outcome of the requested State."""

    NO_RESPONSE_LAPSED = "no_response_lapsed", Source.PRACTICE
    WITHDRAWN = "withdrawn", Source.PRACTICE
    SUPERSEDED = "superseded", Source.PRACTICE


class Usefulness(Word):
    """What the answer was worth."""

    USEFUL = "useful", Source.MOSAIC_05_31
    CONFIRMED_KNOWN = "confirmed_known", Source.MOSAIC_05_31
    NOT_USEFUL = "not_useful", Source.MOSAIC_05_31
    PREVENTIVE_ACTION_TAKEN = "preventive_action_taken", Source.MOSAIC_05_31
