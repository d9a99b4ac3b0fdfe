"""Deadlines two authorities agree on (domain 7b.2, 7b.3): one proposes, the other decides; either may end it later.

Rules
- Numbers are whole and positive, each with its unit; a profile that is not accepted binds nobody.
- ``start`` and ``days`` of a limit are optional: the day it starts on is not counted, and days are those of who owes.
- A decision names the proposal it decides.

Examples
    {"name": "br-at 2027", "limits": [{"clock": "answer", "priority": "routine", "amount": 20, "unit": "working_days"}],
     "from": "2027-01-01"}
    {"about": "br:0198c5f1-...", "decision": "accepted"}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Flag, Line, Listed, Needed, OneOf, Text, Today, Whole
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.messages.parts import about_fact
from protocol.messages.problems import Gap
from protocol.vocabulary.conversation import ProfileDecisionWord
from protocol.vocabulary.deadlines import ClockWord, DaysWord, StartWord, UnitWord
from protocol.vocabulary.requests import Priority
from protocol.vocabulary.sources import Source

__all__ = ["AgreedLimit", "ProfileDecision", "ProfileProposal"]

_AGREED = Source.BILATERAL


class AgreedLimit(Part):
    """One number: for which clock, at which priority, how much of what."""

    clock: Annotated[Code | None, OneOf(ClockWord), Needed(_AGREED, "Which clock is limited?")] = None
    priority: Annotated[Code | None, OneOf(Priority), Needed(_AGREED, "For which priority?")] = None
    amount: Annotated[Whole | None, Needed(_AGREED, "How long is the limit?")] = None
    unit: Annotated[Code | None, OneOf(UnitWord), Needed(_AGREED, "In which unit?")] = None
    start: Annotated[Code | None, OneOf(StartWord)] = None
    days: Annotated[Code | None, OneOf(DaysWord)] = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """At least one."""
        yield from super().conditions(today)
        if self.amount == 0:
            yield Gap("amount", "at least 1", "0", _AGREED, "How long is the limit?")


class ProfileProposal(Message):
    """One side proposes."""

    KIND: ClassVar[Kind] = Kind.PROFILE_PROPOSAL
    TYPE: ClassVar[str] = "urn:itx:profile-proposal:1"

    name: Annotated[Line | None, Needed(_AGREED, "What is the profile called?")] = None
    limits: Annotated[
        tuple[AgreedLimit, ...], Listed, Field(max_length=50), Needed(_AGREED, "Which limits are proposed?")
    ] = ()
    answer_counts_from_acknowledgement: Flag | None = None
    question_pauses: Flag | None = None
    from_: Annotated[Code | None, Day(), Field(alias="from")] = None
    explanation: Text | None = None


class ProfileDecision(Message):
    """The other side decides; later either may end what was agreed."""

    KIND: ClassVar[Kind] = Kind.PROFILE_DECISION
    TYPE: ClassVar[str] = "urn:itx:profile-decision:1"

    about: Annotated[Line | None, Needed(_AGREED, "Which proposal is decided?")] = None
    decision: Annotated[Code | None, OneOf(ProfileDecisionWord), Needed(_AGREED, "Is it accepted?")] = None
    reason: Text | None = None

    def facts(self) -> frozenset[str]:
        """``about:MID``."""
        return about_fact(self.about)
