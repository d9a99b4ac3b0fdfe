"""The requester changes the priority (domain 7b.1 no. 26): clocks are counted anew from here on, never backwards.

Example
    {"priority": "urgent", "justification": "The trial begins on Monday."}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Needed, OneOf, Text
from protocol.messages.message import Message
from protocol.vocabulary.requests import Priority
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import known

__all__ = ["PriorityChange", "priority_fact"]


def priority_fact(priority: str | None) -> frozenset[str]:
    """The fact that names a priority this version knows."""
    word = known(Priority, priority)
    return frozenset({f"priority:{word}"} if word else ())


class PriorityChange(Message):
    """More or less urgent than it was."""

    KIND: ClassVar[Kind] = Kind.PRIORITY_CHANGE
    TYPE: ClassVar[str] = "urn:itx:priority-change:1"

    priority: Annotated[Code | None, OneOf(Priority), Needed(Source.EU_2023_977, "What is the priority now?")] = None
    justification: Annotated[Text | None, Needed(Source.EU_2023_977, "Why does the priority change?")] = None

    def facts(self) -> frozenset[str]:
        """``priority:W``."""
        return priority_fact(self.priority)
