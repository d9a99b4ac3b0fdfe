"""A request is amended (domain 7b.1 no. 8): every member given replaces the request's, whole; the others stand.

Rules
- A weapon that is amended is given whole, marks included, so that nobody has to put two halves together.
- Where the identification changed, the requested State may count its time anew (``identification``).

Example
    {"reason": "serial_read_again", "explanation": "The third digit is 8.", "weapon": {...}}
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.problems import Gap
from protocol.messages.trace_request import Check, Found, Plea, marks_apart, marks_back
from protocol.messages.weapon import Weapon
from protocol.vocabulary.conversation import AmendmentReason
from protocol.vocabulary.requests import Confidentiality, InformationSought, Instrument, IntendedUse
from protocol.vocabulary.sources import Source

__all__ = ["AMENDABLE", "Amendment"]

AMENDABLE = (
    "weapon", "illicit", "found", "intended_use", "intended_use_note", "sought", "sought_note", "confidentiality",
    "confidentiality_scope", "confidentiality_cause", "reply_by", "instruments", "checks", "other_channels",
    "reference", "contact",
)  # fmt: skip
"""The members of a request that an amendment may replace; its priority has an act of its own."""


class Amendment(Message):
    """The requester changes what it asked."""

    KIND: ClassVar[Kind] = Kind.AMENDMENT
    TYPE: ClassVar[str] = "urn:itx:amendment:1"
    SINGLES: ClassVar[tuple[str, ...]] = ("weapon", "found")
    LISTS: ClassVar[tuple[str, ...]] = ("markings", "illicit")

    reason: Annotated[Code | None, OneOf(AmendmentReason), Needed(Source.ITI_17, "Why is the request amended?")] = None
    explanation: Text | None = None
    weapon: Weapon | None = None
    illicit: Annotated[tuple[Plea, ...], Listed, Field(max_length=50)] = ()
    found: Found | None = None
    intended_use: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(IntendedUse)] = ()
    intended_use_note: Text | None = None
    sought: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(InformationSought)] = ()
    sought_note: Text | None = None
    confidentiality: Annotated[Code | None, OneOf(Confidentiality)] = None
    confidentiality_scope: Text | None = None
    confidentiality_cause: Text | None = None
    reply_by: Annotated[Code | None, Day()] = None
    instruments: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(Instrument)] = ()
    checks: Annotated[tuple[Check, ...], Listed, Field(max_length=200)] = ()
    other_channels: Annotated[tuple[Line, ...], Listed, Field(max_length=50)] = ()

    @classmethod
    def gather(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """Marks back under their weapon."""
        return marks_back(body)

    def to_elements(self) -> dict[str, Any]:
        """Each mark an element beside the weapon."""
        return marks_apart(self.to_body())

    def facts(self) -> frozenset[str]:
        """``identification``: it is another weapon now, or another reading of it."""
        return frozenset({"identification"} if self.weapon is not None else ())

    def changes(self) -> dict[str, Any]:
        """The members that replace those of the request."""
        return {name: value for name, value in self.to_body().items() if name in AMENDABLE}

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Something changes, and ``other`` is explained."""
        yield from super().conditions(today)
        if not self.changes():
            expected = f"at least one changed member ({', '.join(AMENDABLE[:6])}, ...)"
            yield Gap("weapon", expected, "nothing", Source.ITI_17, "What is amended?")
        if self.reason == AmendmentReason.OTHER and not (self.explanation or "").strip():
            yield Gap("explanation", "the other reason in words", "nothing", Source.ITI_17, "Why is it amended?")
