"""The answer to questions about a request, or information given unasked (ITI 21).

Rules: each item is answered, or said not to be available; never both, never neither.

Example
    {"answers": [{"code": "calibre", "answer": "9x19 mm"},
                 {"code": "photograph", "not_available": true, "reason": "the weapon was destroyed"}]}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Flag, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.vocabulary.questions import InformationItem
from protocol.vocabulary.sources import Source

__all__ = ["Given", "InformationSupply"]


class Given(Part):
    """One item: answered, or not available."""

    code: Annotated[Code | None, OneOf(InformationItem)] = None
    question: Text | None = None
    answer: Text | None = None
    not_available: Flag | None = None
    reason: Text | None = None
    photo: Line | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Exactly one of the two."""
        yield from super().conditions(today)
        is_answered = bool((self.answer or "").strip())
        if is_answered == bool(self.not_available):
            got = "both" if is_answered else "neither"
            expected = 'an answer, or "not_available": true, one of the two'
            yield Gap("answer", expected, got, Source.ITI_21, "What is the answer to this item?")


class InformationSupply(Message):
    """The requester answers."""

    KIND: ClassVar[Kind] = Kind.INFORMATION_SUPPLY
    TYPE: ClassVar[str] = "urn:itx:information-supply:1"

    answers: Annotated[
        tuple[Given, ...], Listed, Field(max_length=100), Needed(Source.ITI_21, "What is supplied?")
    ] = ()
