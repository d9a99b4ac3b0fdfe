"""Limits of ITI 22 and, strictly apart from them, operational causes of delay."""

from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import Word

__all__ = ["LimitGround", "LimitKind", "OperationalCause"]


class LimitKind(Word):
    """What is done on a ground of ITI 22."""

    DELAY = "delay", Source.ITI_22
    RESTRICT = "restrict", Source.ITI_22
    REFUSE = "refuse", Source.ITI_22


class LimitGround(Word):
    """The four grounds; there is no fifth."""

    ONGOING_INVESTIGATION = "ongoing_investigation", Source.ITI_22
    CONFIDENTIALITY_LAW = "confidentiality_law", Source.ITI_22
    CONFIDENTIALITY_NOT_GUARANTEED = "confidentiality_not_guaranteed", Source.ITI_22
    NATIONAL_SECURITY = "national_security", Source.ITI_22


class OperationalCause(Word):
    """Why an answer takes longer; never a ground, and never in a refusal."""

    AWAITING_MANUFACTURER = "awaiting_manufacturer", Source.PRACTICE
    AWAITING_DEALER = "awaiting_dealer", Source.PRACTICE
    AWAITING_OTHER_AGENCY = "awaiting_other_agency", Source.PRACTICE
    AWAITING_JUDICIAL_AUTHORISATION = "awaiting_judicial_authorisation", Source.PRACTICE
    AWAITING_THIRD_STATE = "awaiting_third_state", Source.PRACTICE
    ARCHIVE_SEARCH = "archive_search", Source.PRACTICE
    TRANSLATION = "translation", Source.PRACTICE
    WORKLOAD = "workload", Source.PRACTICE
    AWAITING_REQUESTER = "awaiting_requester", Source.PRACTICE
