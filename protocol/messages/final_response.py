"""The answer (ITI 18, 20; domain 7b.1 no. 11). Rules and example: ``answer.py``."""

from collections.abc import Iterator
from typing import ClassVar

from protocol.lifecycle import Kind
from protocol.messages.answer import Answer
from protocol.messages.members import Today
from protocol.messages.problems import Gap
from protocol.vocabulary.sources import Source

__all__ = ["FinalResponse"]


class FinalResponse(Answer):
    """All that will be given."""

    KIND: ClassVar[Kind] = Kind.FINAL_RESPONSE
    TYPE: ClassVar[str] = "urn:itx:final-response:1"
    FINAL: ClassVar[bool] = True

    def conditions(self, today: Today) -> Iterator[Gap]:
        """It says on what it rests."""
        yield from super().conditions(today)
        if not self.basis:
            expected = "at least one of the records the answer rests on"
            yield Gap("basis", expected, "nothing", Source.ITI_18, "On which records does the answer rest?")
