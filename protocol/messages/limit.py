"""What a refusal and a delay share: one of the four grounds of ITI 22, and the reason of ITI 23.

Rules
- Ours never names a ground without a reason, and blank text is no reason.
- A limit that arrives without one is kept, shown as "no reason given (23)", and a clarification is proposed.
- An operational cause is no ground: workload or an archive search never stands in the place of ITI 22.
"""

from typing import Annotated

from protocol.messages.members import Code, OneOf, Text
from protocol.messages.message import Message
from protocol.vocabulary.limits import LimitGround

__all__ = ["ASK_GROUND", "ASK_REASON", "Limit"]

ASK_GROUND = "On which of the grounds of ITI 22 does this rest?"
ASK_REASON = "What are the reasons (ITI 23)?"


class Limit(Message):
    """A message that may rest on a ground of ITI 22."""

    ground: Annotated[Code | None, OneOf(LimitGround)] = None
    reason: Text | None = None

    @property
    def has_reason(self) -> bool:
        """Whether anything was given as a reason."""
        return bool((self.reason or "").strip())
