"""Asking to pass something on, and deciding about it (ITI 15(c); domain 7b.1 nos. 19, 20).

Rules
- A request names the elements, who is to get them and what for. Silence is never a yes.
- A decision names the request it decides. It may grant fewer elements than were asked for, bind them to conditions,
  end on a day, and be revoked by a later one; what was done before stays done.

Examples
    {"elements": [{"mid": "at:0198c5f0-...", "element": "outcomes.0"}],
     "recipient": {"kind": "third_state", "state": "SRB"}, "purpose": "criminal_investigation"}
    {"about": "br:0198c5f1-...", "decision": "granted_with_conditions", "conditions": "Not for use in court.",
     "restrictions": ["no_court_use"], "until": "2027-12-31"}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Flag, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.parts import ElementRef, Recipient, about_fact
from protocol.messages.problems import Gap
from protocol.vocabulary.handling import Consent
from protocol.vocabulary.requests import IntendedUse
from protocol.vocabulary.sources import Source

__all__ = ["ConsentDecision", "ConsentRequest"]


class ConsentRequest(Message):
    """Whoever holds something asks the one who gave it."""

    KIND: ClassVar[Kind] = Kind.CONSENT_REQUEST
    TYPE: ClassVar[str] = "urn:itx:consent-request:1"

    elements: Annotated[
        tuple[ElementRef, ...],
        Listed,
        Field(max_length=200),
        Needed(Source.ITI_15C, "Which elements are to be passed on?"),
    ] = ()
    recipient: Annotated[Recipient | None, Needed(Source.ITI_15C, "To whom are they to be passed?")] = None
    purpose: Annotated[
        Code | None, OneOf(IntendedUse), Needed(Source.ITI_15C, "What will the recipient use them for?")
    ] = None
    purpose_note: Text | None = None
    urgent: Flag | None = None
    needed_by: Annotated[Code | None, Day()] = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """``other`` is explained."""
        yield from super().conditions(today)
        if self.purpose == IntendedUse.OTHER and not (self.purpose_note or "").strip():
            ask = "Which other use will be made of them?"
            yield Gap("purpose_note", "the other use in words", "nothing", Source.ITI_15C, ask)


class ConsentDecision(Message):
    """The provider decides, or takes back what it decided."""

    KIND: ClassVar[Kind] = Kind.CONSENT_DECISION
    TYPE: ClassVar[str] = "urn:itx:consent-decision:1"

    about: Annotated[Line | None, Needed(Source.ITI_15C, "Which request for consent is decided?")] = None
    decision: Annotated[Code | None, OneOf(Consent), Needed(Source.ITI_15C, "Is consent given?")] = None
    conditions_: Annotated[Text | None, Field(alias="conditions")] = None
    elements: Annotated[tuple[ElementRef, ...], Listed, Field(max_length=200)] = ()
    until: Annotated[Code | None, Day()] = None
    reason: Text | None = None

    def facts(self) -> frozenset[str]:
        """``about:MID``."""
        return about_fact(self.about)

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Conditions that are spoken of are written down."""
        yield from super().conditions(today)
        if self.decision == Consent.GRANTED_WITH_CONDITIONS and not (self.conditions_ or "").strip():
            ask = "Under which conditions is consent given?"
            yield Gap("conditions", "the conditions in words", "nothing", Source.ITI_15C, ask)
