"""What refusal, restriction and delay share: one of the four grounds of ITI 22, and the reason of ITI 23.

Rules
- Ours never names a ground without a reason, and blank text is no reason.
- A limit that arrives without one is kept, shown as "no reason given (23)", and a clarification is proposed.
- The coded ground with its citation comes before free text: what is signed stays for decades.
- An operational cause is no ground: workload or an archive search never stands in the place of ITI 22.
"""

from collections.abc import Iterator
from typing import Annotated

from protocol.messages.members import Code, Line, OneOf, Text, Today
from protocol.messages.message import Message
from protocol.messages.problems import Gap
from protocol.vocabulary.limits import LimitGround
from protocol.vocabulary.sources import Source

__all__ = ["GroundedLimit", "Limit"]

_ASK_GROUND = "On which of the grounds of ITI 22 does this rest?"
_ASK_REASON = "What are the reasons (ITI 23)?"


class Limit(Message):
    """A message that may rest on a ground of ITI 22."""

    ground: Annotated[Code | None, OneOf(LimitGround)] = None
    reason: Text | None = None
    citation: Line | None = None

    @property
    def has_reason(self) -> bool:
        """Whether anything was given as a reason."""
        return bool((self.reason or "").strip())

    def lacks_reason(self) -> Gap:
        """The gap of a ground that has none."""
        got = "nothing" if self.reason is None else "blank text"
        return Gap("reason", "the reason, in words", got, Source.ITI_23, _ASK_REASON)


class GroundedLimit(Limit):
    """A limit that needs both, always: it refuses or withholds."""

    def facts(self) -> frozenset[str]:
        """``no_reason``: it came without ground or reason."""
        return frozenset(() if self.ground and self.has_reason else {"no_reason"})

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Ground and reason."""
        yield from super().conditions(today)
        if self.ground is None:
            yield Gap("ground", "one of the four grounds of ITI 22", "nothing", Source.ITI_22, _ASK_GROUND)
        if not self.has_reason:
            yield self.lacks_reason()
