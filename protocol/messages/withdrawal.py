"""The requester takes its request back (domain 7b.1 no. 16). Answers already given stay, under their restrictions.

Example
    {"reason": "answered_otherwise", "data": "keep", "note": "The maker answered by letter."}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Needed, OneOf, Today
from protocol.messages.message import Message
from protocol.messages.problems import Gap
from protocol.vocabulary.endings import DataWish, WithdrawalReason
from protocol.vocabulary.sources import Source

__all__ = ["Withdrawal"]


class Withdrawal(Message):
    """No answer is needed any more."""

    KIND: ClassVar[Kind] = Kind.WITHDRAWAL
    TYPE: ClassVar[str] = "urn:itx:withdrawal:1"

    reason: Annotated[
        Code | None, OneOf(WithdrawalReason), Needed(Source.PRACTICE, "Why is the request withdrawn?")
    ] = None
    data: Annotated[Code | None, OneOf(DataWish)] = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """``other`` is explained."""
        yield from super().conditions(today)
        if self.reason == WithdrawalReason.OTHER and not (self.note or "").strip():
            yield Gap("note", "the other reason in words", "nothing", Source.PRACTICE, "Why is it withdrawn?")
