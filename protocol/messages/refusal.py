"""A refusal: ground and reason, always both (ITI 22, 23; domain 7b.1 no. 13).

Rules: the requested State does not decide anew whether the weapon is illicit (ITI 16); there is no ground for that.

Example
    {"ground": "ongoing_investigation", "reason": "An investigation into the exporter is under way.",
     "resubmission": true}
"""

from collections.abc import Iterator
from typing import ClassVar

from protocol.lifecycle import Kind
from protocol.messages.limit import ASK_GROUND, ASK_REASON, Limit
from protocol.messages.members import Flag, Text, Today
from protocol.messages.problems import Gap
from protocol.vocabulary.sources import Source

__all__ = ["Refusal"]


class Refusal(Limit):
    """The requested authority does not answer."""

    KIND: ClassVar[Kind] = Kind.REFUSAL
    TYPE: ClassVar[str] = "urn:itx:refusal:1"

    resubmission: Flag | None = None
    other_channel: Text | None = None

    def facts(self) -> frozenset[str]:
        """``no_reason``: it came without ground or reason."""
        return frozenset(() if self.ground and self.has_reason else {"no_reason"})

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Both, always."""
        yield from super().conditions(today)
        if self.ground is None:
            yield Gap("ground", "one of the four grounds of ITI 22", "nothing", Source.ITI_22, ASK_GROUND)
        if not self.has_reason:
            got = "nothing" if self.reason is None else "blank text"
            yield Gap("reason", "the reason, in words", got, Source.ITI_23, ASK_REASON)
