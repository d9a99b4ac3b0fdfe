"""A question about contents of ITI 17 that are missing (ITI 21).

Rules
- One item for each thing that is missing: its code, the question in words where the code does not say it, and whether
  the work stands still without it (``blocking``; then the requester owes the next move).
- An item without a code is ``other``, and then has a question.

Example
    {"items": [{"code": "photograph", "question": "A photograph of the left side of the slide?", "blocking": true}],
     "needed_by": "2026-12-01"}
"""

from collections.abc import Iterator, Mapping
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Flag, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.messages.problems import Gap
from protocol.vocabulary.questions import InformationItem
from protocol.vocabulary.sources import Source

__all__ = ["InformationRequest", "Item"]


class Item(Part):
    """One thing that is asked for."""

    code: Annotated[Code | None, OneOf(InformationItem), Needed(Source.ITI_21, "What is asked for?")] = None
    question: Text | None = None
    blocking: Flag | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """What no code names is asked in words."""
        yield from super().conditions(today)
        if self.code == InformationItem.OTHER and not (self.question or "").strip():
            yield Gap("question", "the question in words", "nothing", Source.ITI_21, "What is the question?")


class InformationRequest(Message):
    """The requested authority asks."""

    KIND: ClassVar[Kind] = Kind.INFORMATION_REQUEST
    TYPE: ClassVar[str] = "urn:itx:information-request:1"

    items: Annotated[
        tuple[Item, ...], Listed, Field(max_length=100), Needed(Source.ITI_21, "Which information is asked for?")
    ] = ()
    needed_by: Annotated[Code | None, Day()] = None

    @classmethod
    def prepare(cls, body: Mapping[str, Any], standing: str | None) -> dict[str, Any]:
        """A bare question is one of code ``other``."""
        filled = super().prepare(body, standing)
        if isinstance(items := filled.get("items"), list):
            other = {"code": InformationItem.OTHER.value}
            filled["items"] = [
                other | item if isinstance(item, dict) and "question" in item else item for item in items
            ]
        return filled

    def facts(self) -> frozenset[str]:
        """``blocking``: at least one item stops the work."""
        return frozenset({"blocking"} if any(item.blocking for item in self.items) else ())
