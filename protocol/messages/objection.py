"""The provider objects to a disclosure that was announced (Firearms Protocol 12.5).

Example
    {"about": "br:0198c5f1-...", "reason": "The consignee is a protected witness.", "proposal": "Name the State only."}
"""

from typing import Annotated, ClassVar

from protocol.lifecycle import Kind
from protocol.messages.members import Line, Needed, Text
from protocol.messages.message import Message
from protocol.messages.parts import about_fact
from protocol.vocabulary.sources import Source

__all__ = ["Objection"]


class Objection(Message):
    """Please do not, and why."""

    KIND: ClassVar[Kind] = Kind.OBJECTION
    TYPE: ClassVar[str] = "urn:itx:objection:1"

    about: Annotated[Line | None, Needed(Source.FIREARMS_PROTOCOL_12_5, "To which notice is objected?")] = None
    reason: Annotated[Text | None, Needed(Source.FIREARMS_PROTOCOL_12_5, "Why is it objected to?")] = None
    proposal: Text | None = None

    def facts(self) -> frozenset[str]:
        """``about:MID``."""
        return about_fact(self.about)
