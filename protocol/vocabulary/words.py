"""All closed lists of the wire in one table (decision 29): name of the list -> its words with their sources.

Rules
- The name of a list is where it stands in a message; the words are lower snake case and never change their meaning.
- A word this node does not know (a newer minor version's) is kept and shown as not understood, never refused.

Example
    >>> LISTS["illicit.ground"]("unsc_embargo").source.value
    'ITI 6(b)'
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType

from protocol.vocabulary import (
    conversation,
    deadlines,
    endings,
    finds,
    handling,
    limits,
    markings,
    outcomes,
    questions,
    requests,
    weapons,
)
from protocol.vocabulary.word import Word

__all__ = ["LISTS", "rows"]

LISTS: Mapping[str, type[Word]] = MappingProxyType(
    {
        "priority": requests.Priority,
        "weapon.class": weapons.WeaponClass,
        "weapon.type": weapons.WeaponType,
        "weapon.action": weapons.Action,
        "weapon.condition": weapons.Condition,
        "weapon.not_applicable": weapons.Inapplicable,
        "confidence": markings.Confidence,
        "normal.source": markings.NormalSource,
        "serial.status": markings.MarkStatus,
        "markings.kind": markings.MarkingKind,
        "markings.component": markings.Component,
        "markings.face": markings.Face,
        "markings.status": markings.MarkStatus,
        "illicit.ground": requests.IllicitGround,
        "found.mode": finds.FindMode,
        "found.context": finds.FindContext,
        "exceptions": finds.TracingException,
        "intended_use": requests.IntendedUse,
        "sought": requests.InformationSought,
        "confidentiality": requests.Confidentiality,
        "restrictions": requests.Restriction,
        "instruments": requests.Instrument,
        "items.code": questions.InformationItem,
        "limit.kind": limits.LimitKind,
        "limit.ground": limits.LimitGround,
        "delay.cause": limits.OperationalCause,
        "outcomes.code": outcomes.OutcomeCode,
        "outcomes.reason": outcomes.NoRecordReason,
        "outcomes.stock": outcomes.StockStatus,
        "completeness": outcomes.Completeness,
        "basis": outcomes.AnswerBasis,
        "evaluation.source": outcomes.SourceEvaluation,
        "evaluation.information": outcomes.InformationEvaluation,
        "transactions.type": outcomes.TransactionType,
        "transactions.precision": outcomes.DatePrecision,
        "requester.outcome": endings.RequesterOutcome,
        "withdrawal.reason": endings.WithdrawalReason,
        "withdrawal.data": endings.DataWish,
        "closure.code": endings.ClosingCode,
        "closure.usefulness": endings.Usefulness,
        "closure.disposition": finds.Disposition,
        "not_competent.reason": conversation.NotCompetentReason,
        "amendment.reason": conversation.AmendmentReason,
        "correction.cause": conversation.CorrectionReason,
        "reminder.duty": conversation.Duty,
        "information.subject": conversation.Subject,
        "profile.decision": conversation.ProfileDecisionWord,
        "profile.clock": deadlines.ClockWord,
        "profile.unit": deadlines.UnitWord,
        "profile.start": deadlines.StartWord,
        "profile.days": deadlines.DaysWord,
        "weekday": deadlines.WeekdayWord,
        "accessible": deadlines.AccessWord,
        "withheld": handling.Withheld,
        "notice": handling.Notice,
        "consent.decision": handling.Consent,
        "recipient.kind": handling.RecipientKind,
    }
)


def rows() -> Iterator[tuple[str, str, str]]:
    """Every word of every list: list, word, source; what documents and other languages are made from."""
    for name, words in LISTS.items():
        for word in words:
            yield name, word.value, word.source.value
