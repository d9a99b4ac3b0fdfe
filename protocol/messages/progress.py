"""What is being done about a request (ITI 18; domain 7b.1 no. 3a). It sets no date: that is a delay notice's business.

Example
    {"doing": "The maker searches its archive.", "expected_date": "2027-01-15"}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Needed, Text
from protocol.messages.message import Message
from protocol.vocabulary.sources import Source

__all__ = ["Progress"]


class Progress(Message):
    """The requested authority is at work."""

    KIND: ClassVar[Kind] = Kind.PROGRESS
    TYPE: ClassVar[str] = "urn:itx:progress:1"

    doing: Annotated[Text | None, Needed(Source.ITI_18, "What is being done?")] = None
    expected_date: Annotated[Code | None, Day()] = None
