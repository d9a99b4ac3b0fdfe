"""What interim and final responses share: outcomes, on what they rest, what was searched (ITI 18, 20; domain 7a).

Rules
- An answer gives at least one outcome; each outcome is an element with restrictions of its own (ITI 15).
- "No record" says which registers were searched, for which years and with which gaps: without that it is worthless.

Example
    {"outcomes": [{"code": "traced_exported", "state": "BRA", "date": "2016-04-02", "licence": "A-1"}],
     "completeness": "full", "basis": ["registry"],
     "searched": [{"register": "exports", "from": "1998", "to": "2026", "complete": true}], "next_state": "BRA"}
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.messages.members import Code, Day, Flag, IsCountry, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.part import Element, Part
from protocol.messages.problems import Gap
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
from protocol.vocabulary.sources import Source

__all__ = ["Answer", "Evaluation", "Outcome", "Party", "Searched", "Transaction"]

_20 = Source.ITI_20


class Evaluation(Part):
    """How far source and information can be relied on."""

    source: Annotated[Code | None, OneOf(SourceEvaluation)] = None
    information: Annotated[Code | None, OneOf(InformationEvaluation)] = None


class Outcome(Element):
    """One thing the requested State found, or did not find."""

    code: Annotated[Code | None, OneOf(OutcomeCode), Needed(_20, "What is the outcome?")] = None
    state: Annotated[Code | None, IsCountry()] = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    licence: Line | None = None
    consignee: Text | None = None
    exporter: Text | None = None
    holder: Text | None = None
    place: Line | None = None
    event: Text | None = None
    stock: Annotated[Code | None, OneOf(StockStatus)] = None
    reason: Annotated[Code | None, OneOf(NoRecordReason)] = None
    suggestion: Text | None = None
    candidates: Annotated[tuple[Line, ...], Listed, Field(max_length=100)] = ()
    forward_to: Line | None = None
    evaluation: Evaluation | None = None
    note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """What the requester will have to ask next, if it is not said."""
        yield from super().conditions(today)
        if self.code == OutcomeCode.NO_RECORD and self.reason is None:
            ask = "Why is there no record: retention expired, records lost, firm closed, never recorded?"
            yield Gap("reason", "why there is no record", "nothing", Source.ITI_12, ask, blocks=False)
        if self.code == OutcomeCode.TRACED_EXPORTED and self.state is None:
            yield Gap("state", "the State it went to", "nothing", _20, "To which State was it exported?", blocks=False)


class Searched(Part):
    """One register, and what it covers."""

    register_: Annotated[Line | None, Needed(_20, "Which register was searched?")] = Field(
        default=None, alias="register"
    )
    from_: Annotated[Code | None, Day(reduced=True), Needed(_20, "From which year does the register reach?")] = Field(
        default=None, alias="from"
    )
    to: Annotated[Code | None, Day(reduced=True), Needed(_20, "Up to which year does the register reach?")] = None
    complete: Flag | None = None
    gaps: Text | None = None


class Party(Part):
    """Somebody in a transaction."""

    role: Line | None = None
    name: Line | None = None
    country: Annotated[Code | None, IsCountry()] = None


class Transaction(Element):
    """One step in the life of the weapon."""

    type: Annotated[Code | None, OneOf(TransactionType), Needed(_20, "What kind of transaction was it?")] = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    precision: Annotated[Code | None, OneOf(DatePrecision)] = None
    parties: Annotated[tuple[Party, ...], Listed, Field(max_length=50)] = ()
    licence: Line | None = None
    end_user_certificate: Line | None = None
    lot: Line | None = None
    from_state: Annotated[Code | None, IsCountry()] = None
    to_state: Annotated[Code | None, IsCountry()] = None
    note: Text | None = None


class Answer(Message):
    """Outcomes so far, or for good."""

    SINGLES: ClassVar[tuple[str, ...]] = ()
    LISTS: ClassVar[tuple[str, ...]] = ("outcomes", "transactions")
    FINAL: ClassVar[bool]

    outcomes: Annotated[tuple[Outcome, ...], Listed, Field(max_length=200), Needed(_20, "What was found?")] = ()
    completeness: Annotated[Code | None, OneOf(Completeness), Needed(_20, "Is the answer complete?")] = None
    basis: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(AnswerBasis)] = ()
    searched: Annotated[tuple[Searched, ...], Listed, Field(max_length=200)] = ()
    transactions: Annotated[tuple[Transaction, ...], Listed, Field(max_length=500)] = ()
    next_state: Annotated[Code | None, IsCountry(former=False)] = None
    evaluation: Evaluation | None = None

    @classmethod
    def prepare(cls, body: Mapping[str, Any], standing: str | None) -> dict[str, Any]:
        """``final`` of the API only chose the kind; where it contradicts the kind it stays, and is refused."""
        filled = super().prepare(body, standing)
        return {name: value for name, value in filled.items() if name != "final" or value is not cls.FINAL}

    def conditions(self, today: Today) -> Iterator[Gap]:
        """No record is worth nothing without the registers searched."""
        yield from super().conditions(today)
        if not self.searched and any(outcome.code == OutcomeCode.NO_RECORD for outcome in self.outcomes):
            ask = "Which registers were searched, for which years?"
            expected = "the registers searched, with the years they cover"
            yield Gap("searched", expected, "nothing", Source.ITI_20, ask)
