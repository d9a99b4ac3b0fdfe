"""Something told unasked (Firearms Protocol 12, Arms Trade Treaty 11; domain 7b.1 no. 30), in a case or outside any.

Rules: weapon and marks are elements as in a request; what is told, too; so each can be passed on alone.

Example
    {"subject": "weapon_stolen", "information": "Reported stolen from a dealer on 3 May.", "weapon": {...}}
"""

from collections.abc import Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.answer import Evaluation, Transaction
from protocol.messages.members import Code, Day, Line, Listed, Needed, OneOf, Text
from protocol.messages.message import Message
from protocol.messages.parts import PassedOn
from protocol.messages.trace_request import marks_apart, marks_back
from protocol.messages.weapon import Weapon
from protocol.vocabulary.conversation import Subject
from protocol.vocabulary.sources import Source

__all__ = ["SpontaneousInformation"]

_12 = Source.FIREARMS_PROTOCOL_12


class SpontaneousInformation(Message):
    """You may want to know."""

    KIND: ClassVar[Kind] = Kind.SPONTANEOUS_INFORMATION
    TYPE: ClassVar[str] = "urn:itx:spontaneous-information:1"
    SINGLES: ClassVar[tuple[str, ...]] = ("weapon",)
    LISTS: ClassVar[tuple[str, ...]] = ("markings", "transactions", "passed_on")

    subject: Annotated[Code | None, OneOf(Subject), Needed(_12, "What is the information about?")] = None
    information: Annotated[Text | None, Needed(_12, "What is the information?")] = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    place: Line | None = None
    weapon: Weapon | None = None
    transactions: Annotated[tuple[Transaction, ...], Listed, Field(max_length=500)] = ()
    evaluation: Evaluation | None = None
    related_case: Line | None = None
    passed_on: Annotated[tuple[PassedOn, ...], Listed, Field(max_length=100)] = ()

    @classmethod
    def gather(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """Marks back under their weapon."""
        return marks_back(body)

    def to_elements(self) -> dict[str, Any]:
        """Each mark an element beside the weapon."""
        return marks_apart(self.to_body())
