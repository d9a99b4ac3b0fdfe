"""The acknowledgement of ITI 19: an act of a person, not the receipt of a machine.

Rules
- Everything is optional; who declines urgency says why (the requested State may not downgrade silently).
- ``accessible`` says whether what is asked for is reached directly or through others: Directive (EU) 2023/977 sets
  urgent requests another limit for each (article 5.1).

Example
    {"reference": "AT-2026-77", "unit": "Landeskriminalamt", "expected_date": "2026-12-10", "urgency_accepted": true}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Flag, Line, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.problems import Gap
from protocol.vocabulary.deadlines import AccessWord
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import known

__all__ = ["Acknowledgement"]


class Acknowledgement(Message):
    """The requested authority has the request and says who works on it."""

    KIND: ClassVar[Kind] = Kind.ACKNOWLEDGEMENT
    TYPE: ClassVar[str] = "urn:itx:acknowledgement:1"

    unit: Line | None = None
    expected_date: Annotated[Code | None, Day()] = None
    urgency_accepted: Flag | None = None
    urgency_reason: Text | None = None
    restrictions_accepted: Flag | None = None
    accessible: Annotated[Code | None, OneOf(AccessWord)] = None

    def facts(self) -> frozenset[str]:
        """``urgency_declined``: the two sides differ on the priority; ``accessible:W``: how the answer is reached."""
        access = known(AccessWord, self.accessible)
        declined = {"urgency_declined"} if self.urgency_accepted is False else frozenset[str]()
        return frozenset({*declined, *({f"accessible:{access}"} if access else ())})

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Declined urgency has a reason."""
        yield from super().conditions(today)
        if self.urgency_accepted is False and not (self.urgency_reason or "").strip():
            ask = "Why is the request not treated as urgent?"
            yield Gap("urgency_reason", "why the urgency is declined", "nothing", Source.ITI_18, ask)
