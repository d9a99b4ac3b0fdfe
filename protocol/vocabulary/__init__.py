"""The closed lists of the domain, each word with its source (domain 7a).

Rules: a word's value is its wire form; all lists stand in ``words.LISTS``; paragraph numbers only in ``sources``.
"""

from protocol.vocabulary.calibres import CALIBRES, Calibre, CalibreForm
from protocol.vocabulary.conversation import (
    AmendmentReason,
    CorrectionReason,
    Duty,
    NotCompetentReason,
    ProfileDecisionWord,
    Subject,
)
from protocol.vocabulary.countries import COUNTRIES, FORMER, Country, UnknownCountry, country, is_country
from protocol.vocabulary.deadlines import AccessWord, ClockWord, DaysWord, StartWord, UnitWord, WeekdayWord
from protocol.vocabulary.endings import ClosingCode, DataWish, RequesterOutcome, Usefulness, WithdrawalReason
from protocol.vocabulary.finds import Disposition, FindContext, FindMode, TracingException
from protocol.vocabulary.handling import Consent, Notice, RecipientKind, Withheld
from protocol.vocabulary.limits import LimitGround, LimitKind, OperationalCause
from protocol.vocabulary.markings import Component, Confidence, Face, MarkingKind, MarkStatus, NormalSource
from protocol.vocabulary.outcomes import (
    AnswerBasis,
    Completeness,
    DatePrecision,
    InformationEvaluation,
    NoRecordReason,
    OutcomeCode,
    SourceEvaluation,
    StockStatus,
    TransactionType,
)
from protocol.vocabulary.questions import InformationItem
from protocol.vocabulary.requests import (
    Confidentiality,
    IllicitGround,
    InformationSought,
    Instrument,
    IntendedUse,
    Priority,
    Restriction,
)
from protocol.vocabulary.sources import Source
from protocol.vocabulary.weapons import TYPES, Action, Condition, Inapplicable, WeaponClass, WeaponType
from protocol.vocabulary.word import Word, known
from protocol.vocabulary.words import LISTS, rows

__all__ = [
    "CALIBRES",
    "COUNTRIES",
    "FORMER",
    "LISTS",
    "TYPES",
    "AccessWord",
    "Action",
    "AmendmentReason",
    "AnswerBasis",
    "Calibre",
    "CalibreForm",
    "ClockWord",
    "ClosingCode",
    "Completeness",
    "Component",
    "Condition",
    "Confidence",
    "Confidentiality",
    "Consent",
    "CorrectionReason",
    "Country",
    "DataWish",
    "DatePrecision",
    "DaysWord",
    "Disposition",
    "Duty",
    "Face",
    "FindContext",
    "FindMode",
    "IllicitGround",
    "Inapplicable",
    "InformationEvaluation",
    "InformationItem",
    "InformationSought",
    "Instrument",
    "IntendedUse",
    "LimitGround",
    "LimitKind",
    "MarkStatus",
    "MarkingKind",
    "NoRecordReason",
    "NormalSource",
    "NotCompetentReason",
    "Notice",
    "OperationalCause",
    "OutcomeCode",
    "Priority",
    "ProfileDecisionWord",
    "RecipientKind",
    "RequesterOutcome",
    "Restriction",
    "Source",
    "SourceEvaluation",
    "StartWord",
    "StockStatus",
    "Subject",
    "TracingException",
    "TransactionType",
    "UnitWord",
    "UnknownCountry",
    "Usefulness",
    "WeaponClass",
    "WeaponType",
    "WeekdayWord",
    "WithdrawalReason",
    "Withheld",
    "Word",
    "country",
    "is_country",
    "known",
    "rows",
]  # fmt: skip
