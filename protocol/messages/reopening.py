"""A closed case is opened again (domain 7b.1 no. 29): by either side, for a new fact, with new clocks.

Example
    {"fact": "A second weapon of the same shipment was found."}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Needed, Text
from protocol.messages.message import Message
from protocol.vocabulary.sources import Source

__all__ = ["Reopening"]


class Reopening(Message):
    """There is something new."""

    KIND: ClassVar[Kind] = Kind.REOPENING
    TYPE: ClassVar[str] = "urn:itx:reopening:1"

    fact: Annotated[Text | None, Needed(Source.MOSAIC_05_31, "What is the new fact?")] = None
