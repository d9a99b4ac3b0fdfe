"""An answer is corrected (ITI 18; domain 7b.1 no. 27): which elements fall, what stands in their place, and why.

Rules
- The elements named are superseded; the outcomes and transactions given here stand instead. Given none, they only fall.
- Whoever passed a corrected element on tells those it passed it to.

Example
    {"replaces": [{"mid": "at:0198c5f0-...", "element": "outcomes.0"}], "cause": "wrong_weapon",
     "reason": "The register held two weapons of this serial.",
     "outcomes": [{"code": "traced_exported", "state": "ARG", "date": "2016"}]}
"""

from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.answer import Outcome, Searched, Transaction
from protocol.messages.members import Code, IsCountry, Listed, Needed, OneOf, Text
from protocol.messages.message import Message
from protocol.messages.parts import ElementRef
from protocol.vocabulary.conversation import CorrectionReason
from protocol.vocabulary.outcomes import AnswerBasis, Completeness
from protocol.vocabulary.sources import Source

__all__ = ["Correction"]


class Correction(Message):
    """What was said before was wrong, or is not the whole any more."""

    KIND: ClassVar[Kind] = Kind.CORRECTION
    TYPE: ClassVar[str] = "urn:itx:correction:1"
    LISTS: ClassVar[tuple[str, ...]] = ("outcomes", "transactions")

    replaces: Annotated[
        tuple[ElementRef, ...], Listed, Field(max_length=200), Needed(Source.ITI_18, "Which elements are corrected?")
    ] = ()
    cause: Annotated[Code | None, OneOf(CorrectionReason)] = None
    reason: Annotated[Text | None, Needed(Source.ITI_18, "Why is the answer corrected?")] = None
    outcomes: Annotated[tuple[Outcome, ...], Listed, Field(max_length=200)] = ()
    transactions: Annotated[tuple[Transaction, ...], Listed, Field(max_length=500)] = ()
    searched: Annotated[tuple[Searched, ...], Listed, Field(max_length=200)] = ()
    basis: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(AnswerBasis)] = ()
    completeness: Annotated[Code | None, OneOf(Completeness)] = None
    next_state: Annotated[Code | None, IsCountry(former=False)] = None
