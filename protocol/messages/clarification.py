"""Asking what a reason or an answer means, and explaining it (ITI 23; domain 7b.1 nos. 14, 15).

Rules
- A question names the one message it is about: a delay, a restriction, a refusal, or an answer.
- A reply explains, or says that no further explanation is possible and why; never both, never neither.

Examples
    {"about": "at:0198c5f0-...", "question": "Which provision protects the licence?"}
    {"about": "br:0198c5f1-...", "explanation": "Section 5, paragraph 2."}
    {"about": "br:0198c5f1-...", "no_further_explanation": true, "reason": "The proceedings are secret."}
"""

from collections.abc import Iterator
from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Flag, Line, Needed, Text, Today
from protocol.messages.message import Message
from protocol.messages.parts import about_fact
from protocol.messages.problems import Gap
from protocol.vocabulary.sources import Source

__all__ = ["ClarificationReply", "ClarificationRequest"]


class ClarificationRequest(Message):
    """The requester asks for an explanation."""

    KIND: ClassVar[Kind] = Kind.CLARIFICATION_REQUEST
    TYPE: ClassVar[str] = "urn:itx:clarification-request:1"

    about: Annotated[Line | None, Needed(Source.ITI_23, "Which message is to be explained?")] = None
    question: Annotated[Text | None, Needed(Source.ITI_23, "What is the question?")] = None

    def facts(self) -> frozenset[str]:
        """``about:MID``."""
        return about_fact(self.about)


class ClarificationReply(Message):
    """The requested authority explains, or says that it cannot."""

    KIND: ClassVar[Kind] = Kind.CLARIFICATION_REPLY
    TYPE: ClassVar[str] = "urn:itx:clarification-reply:1"

    about: Line | None = None
    explanation: Text | None = None
    no_further_explanation: Flag | None = None
    reason: Text | None = None

    def facts(self) -> frozenset[str]:
        """``about:MID``."""
        return about_fact(self.about)

    def conditions(self, today: Today) -> Iterator[Gap]:
        """One of the two; and why no more can be said."""
        yield from super().conditions(today)
        explains = bool((self.explanation or "").strip())
        if explains == bool(self.no_further_explanation):
            expected = 'an explanation, or "no_further_explanation": true, one of the two'
            got = "both" if explains else "neither"
            yield Gap("explanation", expected, got, Source.ITI_23, "What is the explanation?")
        if self.no_further_explanation and not (self.reason or "").strip():
            ask = "Why can no further explanation be given?"
            yield Gap("reason", "why no more can be said", "nothing", Source.ITI_23, ask)
