"""What two authorities say about a case beside request and answer: reasons, duties, subjects (domain 7b.1, 9)."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["AmendmentReason", "CorrectionReason", "Duty", "NotCompetentReason", "ProfileDecisionWord", "Subject"]


class NotCompetentReason(Word):
    """Why the request went to the wrong authority."""

    NOT_MADE_HERE = "not_made_here", Source.MOSAIC_05_31
    NOT_IMPORTED_HERE = "not_imported_here", Source.MOSAIC_05_31
    SUCCESSOR_STATE = "successor_state", Source.PRACTICE
    LICENSED_PRODUCTION_ELSEWHERE = "licensed_production_elsewhere", Source.PRACTICE
    OTHER_AUTHORITY = "other_authority", Source.ITI_25
    OTHER = "other", Source.NODE


class AmendmentReason(Word):
    """Why a request is amended."""

    SERIAL_READ_AGAIN = "serial_read_again", Source.PRACTICE
    MARK_RECOVERED = "mark_recovered", Source.PRACTICE
    IDENTIFIED_ANEW = "identified_anew", Source.PRACTICE
    LEGAL_GROUND = "legal_ground", Source.ITI_17A
    CIRCUMSTANCES = "circumstances", Source.ITI_17A
    USE_CHANGED = "use_changed", Source.ITI_17C
    CLERICAL_ERROR = "clerical_error", Source.PRACTICE
    OTHER = "other", Source.NODE


class CorrectionReason(Word):
    """Why an answer is corrected."""

    RECORD_CORRECTED = "record_corrected", Source.ITI_18
    WRONG_WEAPON = "wrong_weapon", Source.ITI_18
    CLERICAL_ERROR = "clerical_error", Source.ITI_18
    NEW_INFORMATION = "new_information", Source.ITI_18
    OTHER = "other", Source.NODE


class Duty(Word):
    """What a reminder reminds of."""

    ACKNOWLEDGEMENT = "acknowledgement", Source.ITI_19
    ANSWER = "answer", Source.ITI_18
    INFORMATION = "information", Source.ITI_21
    EXPLANATION = "explanation", Source.ITI_23
    CONSENT_DECISION = "consent_decision", Source.ITI_15C


class Subject(Word):
    """What is told unasked."""

    WEAPON_STOLEN = "weapon_stolen", Source.FIREARMS_PROTOCOL_12
    WEAPON_LOST = "weapon_lost", Source.FIREARMS_PROTOCOL_12
    WEAPON_FOUND = "weapon_found", Source.FIREARMS_PROTOCOL_12
    DIVERSION = "diversion", Source.ARMS_TRADE_TREATY_11
    TRAFFICKING_PATTERN = "trafficking_pattern", Source.FIREARMS_PROTOCOL_12
    RECORD_FOUND = "record_found", Source.ITI_20
    CORRECTION = "correction", Source.ITI_18
    OTHER = "other", Source.NODE


class ProfileDecisionWord(Word):
    """What became of a proposed deadline profile."""

    ACCEPTED = "accepted", Source.BILATERAL
    DECLINED = "declined", Source.BILATERAL
    ENDED = "ended", Source.BILATERAL
