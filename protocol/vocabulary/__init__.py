"""The closed lists of the domain, each word with its source (domain 7a).

Rules: a word's value is its wire form; all lists stand in ``words.LISTS``; paragraph numbers only in ``sources``.
"""

from protocol.vocabulary.countries import COUNTRIES, FORMER, Country, UnknownCountry, country, is_country
from protocol.vocabulary.endings import ClosingCode, DataWish, Usefulness, WithdrawalReason
from protocol.vocabulary.finds import Disposition, FindContext, FindMode, TracingException
from protocol.vocabulary.limits import LimitGround, LimitKind, OperationalCause
from protocol.vocabulary.markings import Component, Face, MarkingKind, MarkStatus
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
from protocol.vocabulary.weapons import TYPES, Action, Condition, WeaponClass, WeaponType
from protocol.vocabulary.word import Word, known
from protocol.vocabulary.words import LISTS, rows

__all__ = [
    "COUNTRIES", "FORMER", "LISTS", "TYPES", "Action", "AnswerBasis", "ClosingCode", "Completeness", "Component",
    "Condition", "Confidentiality", "Country", "DataWish", "DatePrecision", "Disposition", "Face", "FindContext",
    "FindMode", "IllicitGround", "InformationEvaluation", "InformationItem", "InformationSought", "Instrument",
    "IntendedUse", "LimitGround", "LimitKind", "MarkStatus", "MarkingKind", "NoRecordReason", "OperationalCause",
    "OutcomeCode", "Priority", "Restriction", "Source", "SourceEvaluation", "StockStatus", "TracingException",
    "TransactionType", "UnknownCountry", "Usefulness", "WeaponClass", "WeaponType", "WithdrawalReason", "Word",
    "country", "is_country", "known", "rows",
]  # fmt: skip
