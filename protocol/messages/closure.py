"""The requester closes the case and says what the answer was worth (MOSAIC 05.31 steps 4 and 5; ITI 9).

Rules: the closing code is required; usefulness, what became of the weapon and whether the case may be counted in
published statistics are feedback the answering State is owed, and optional.

Example
    {"code": "diversion_point_established", "usefulness": "useful", "disposition": "retained_as_evidence",
     "statistics": true, "diversion": {"state": "BRA", "date": "2018", "event": "stolen from a dealer"}}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Flag, IsCountry, Line, Needed, OneOf, Text
from protocol.messages.message import Message
from protocol.messages.part import Element
from protocol.vocabulary.endings import ClosingCode, Usefulness
from protocol.vocabulary.finds import Disposition
from protocol.vocabulary.sources import Source

__all__ = ["Closure", "Diversion"]


class Diversion(Element):
    """Where the weapon left legal hands (SDG 16.4.2)."""

    state: Annotated[Code | None, IsCountry()] = None
    place: Line | None = None
    date: Annotated[Code | None, Day(reduced=True, past=True)] = None
    event: Text | None = None


class Closure(Message):
    """The end, and the feedback."""

    KIND: ClassVar[Kind] = Kind.CLOSURE
    TYPE: ClassVar[str] = "urn:itx:closure:1"
    SINGLES: ClassVar[tuple[str, ...]] = ("diversion",)

    code: Annotated[
        Code | None, OneOf(ClosingCode), Needed(Source.MOSAIC_05_31, "With which result is the case closed?")
    ] = None
    usefulness: Annotated[Code | None, OneOf(Usefulness)] = None
    disposition: Annotated[Code | None, OneOf(Disposition)] = None
    preventive_action: Text | None = None
    statistics: Flag | None = None
    diversion: Diversion | None = None

    def facts(self) -> frozenset[str]:
        """``lapsed``: nobody answered, and the requester waits no longer."""
        return frozenset({"lapsed"} if self.code == ClosingCode.NO_RESPONSE_LAPSED else ())
