"""Ask the next State (domain 7b.1 no. 17): where the weapon went, and whether our answer may be shown there.

Rules
- Advice only: the requester decides whether it asks on, in a case of its own that names this one as its parent.
- ``consent`` says whether the elements named may be passed to that State (ITI 15(c)); left out, it is not given.

Example
    {"state": "SRB", "date": "2016-04-02", "licence": "EX-2016-118", "consent": "granted_with_conditions",
     "conditions": "Not the consignee.", "elements": [{"mid": "at:0198c5f0-...", "element": "outcomes.0"}]}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, IsCountry, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.parts import ElementRef
from protocol.messages.problems import Gap
from protocol.vocabulary.handling import Consent
from protocol.vocabulary.sources import Source

__all__ = ["Referral"]


class Referral(Message):
    """The requested authority names whom to ask next."""

    KIND: ClassVar[Kind] = Kind.REFERRAL
    TYPE: ClassVar[str] = "urn:itx:referral:1"

    state: Annotated[
        Code | None, IsCountry(former=False), Needed(Source.MOSAIC_05_31, "Which State is to be asked next?")
    ] = None
    authority: Line | None = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    licence: Line | None = None
    consent: Annotated[Code | None, OneOf(Consent)] = None
    conditions_: Annotated[Text | None, Field(alias="conditions")] = None
    elements: Annotated[tuple[ElementRef, ...], Listed, Field(max_length=200)] = ()
    explanation: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Conditions that are spoken of are written down."""
        yield from super().conditions(today)
        if self.consent == Consent.GRANTED_WITH_CONDITIONS and not (self.conditions_ or "").strip():
            ask = "Under which conditions may it be passed on?"
            yield Gap("conditions", "the conditions in words", "nothing", Source.ITI_15C, ask)
