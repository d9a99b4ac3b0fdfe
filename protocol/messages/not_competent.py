"""The request went to the wrong authority (domain 7b.1 no. 5): why, and whom to ask instead where that is known.

Example
    {"reason": "licensed_production_elsewhere", "suggested_state": "SRB",
     "explanation": "The design is ours; this pistol was built under licence in Kragujevac."}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, IsCountry, Line, Needed, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.problems import Gap
from protocol.vocabulary.conversation import NotCompetentReason
from protocol.vocabulary.sources import Source

__all__ = ["NotCompetent"]


class NotCompetent(Message):
    """Ask somebody else."""

    KIND: ClassVar[Kind] = Kind.NOT_COMPETENT
    TYPE: ClassVar[str] = "urn:itx:not-competent:1"

    reason: Annotated[
        Code | None, OneOf(NotCompetentReason), Needed(Source.MOSAIC_05_31, "Why is this authority not competent?")
    ] = None
    explanation: Text | None = None
    suggested_state: Annotated[Code | None, IsCountry(former=False)] = None
    suggested_authority: Line | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """``other`` is explained."""
        yield from super().conditions(today)
        if self.reason == NotCompetentReason.OTHER and not (self.explanation or "").strip():
            yield Gap(
                "explanation", "the other reason in words", "nothing", Source.PRACTICE, "Why is it not competent?"
            )
