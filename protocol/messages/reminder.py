"""A reminder of a duty (domain 7b.1 no. 25): which, due when by which limit, and the how manieth it is.

Rules
- It changes no state; it is evidence that was asked again.
- Only a limit of a treaty or of an agreement is quoted to the other side (``limit``); an own target stays at home.

Example
    {"duty": "answer", "due": "2026-12-10", "count": 2}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Line, Needed, OneOf, Whole
from protocol.messages.message import Message
from protocol.vocabulary.conversation import Duty
from protocol.vocabulary.sources import Source

__all__ = ["Reminder"]


class Reminder(Message):
    """Something is still owed."""

    KIND: ClassVar[Kind] = Kind.REMINDER
    TYPE: ClassVar[str] = "urn:itx:reminder:1"

    duty: Annotated[Code | None, OneOf(Duty), Needed(Source.ITI_18, "Of which duty is this a reminder?")] = None
    due: Annotated[Code | None, Day()] = None
    limit: Line | None = None
    count: Whole | None = None
