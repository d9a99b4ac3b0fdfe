"""Something is withheld (ITI 22, 23; domain 7b.1 no. 12): the kind of information only, the ground, and the reason.

Rules: it goes with an answer, interim or final, before or after it; the answer is then partial.

Example
    {"withheld": ["consignee", "licence"], "ground": "confidentiality_law",
     "reason": "Section 5 of the Foreign Trade Act protects the parties of a licence."}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.limit import GroundedLimit
from protocol.messages.members import Code, Listed, Needed, OneOf, Text, Today
from protocol.messages.problems import Gap
from protocol.vocabulary.handling import Withheld
from protocol.vocabulary.sources import Source

__all__ = ["RestrictionNotice"]


class RestrictionNotice(GroundedLimit):
    """The requested authority gives less than it has."""

    KIND: ClassVar[Kind] = Kind.RESTRICTION_NOTICE
    TYPE: ClassVar[str] = "urn:itx:restriction-notice:1"

    withheld: Annotated[
        tuple[Code, ...],
        Listed,
        Field(max_length=20),
        OneOf(Withheld),
        Needed(Source.ITI_22, "Which kind of information is withheld?"),
    ] = ()
    withheld_note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """``other`` is named."""
        yield from super().conditions(today)
        if Withheld.OTHER in self.withheld and not (self.withheld_note or "").strip():
            ask = "Which other kind of information is withheld?"
            yield Gap("withheld_note", "the other kind in words", "nothing", Source.ITI_22, ask)
