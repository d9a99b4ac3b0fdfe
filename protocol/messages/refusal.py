"""A refusal: ground and reason, always both (ITI 22, 23; domain 7b.1 no. 13).

Rules: the requested State does not decide anew whether the weapon is illicit (ITI 16); there is no ground for that.

Example
    {"ground": "ongoing_investigation", "reason": "An investigation into the exporter is under way.",
     "resubmission": true}
"""

from typing import ClassVar

from protocol.lifecycle import Kind
from protocol.messages.limit import GroundedLimit
from protocol.messages.members import Flag, Text

__all__ = ["Refusal"]


class Refusal(GroundedLimit):
    """The requested authority does not answer."""

    KIND: ClassVar[Kind] = Kind.REFUSAL
    TYPE: ClassVar[str] = "urn:itx:refusal:1"

    resubmission: Flag | None = None
    other_channel: Text | None = None
