"""Parts that several kinds of message share: a pointer to an element, and who is to get one.

Example
    {"mid": "at:0198c5f0-...", "element": "outcomes.0"}
    {"kind": "third_state", "state": "SRB", "name": "Directorate for firearms"}
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from protocol.messages.members import Code, IsCountry, Line, Needed, OneOf, Proof, Text, Today
from protocol.messages.message import RestrictionDetails
from protocol.messages.part import Element, Part
from protocol.messages.problems import Gap
from protocol.names import MessageId
from protocol.vocabulary.handling import RecipientKind
from protocol.vocabulary.sources import Source

__all__ = ["ElementRef", "PassedOn", "Recipient", "about_fact"]


class ElementRef(Part):
    """One element of one message of the case: which message, and the element's name in it."""

    mid: Annotated[Line | None, Needed(Source.ITI_15, "Which message is meant?")] = None
    element: Annotated[Line | None, Needed(Source.ITI_15, "Which element of the message is meant?")] = None


class Recipient(Part):
    """Who is to get something."""

    kind: Annotated[Code | None, OneOf(RecipientKind), Needed(Source.ITI_15C, "Who is the recipient?")] = None
    state: Annotated[Code | None, IsCountry(former=False)] = None
    name: Line | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """A third State is named."""
        yield from super().conditions(today)
        if self.kind == RecipientKind.THIRD_STATE and self.state is None:
            yield Gap("state", "the State it goes to", "nothing", Source.ITI_15C, "Which State is to get it?")


class PassedOn(Element):
    """An element that a third authority gave, passed on with what proves it (ITI 15(c)).

    ``disclosure`` is the element as it was disclosed, ``statement`` the signed statement it belongs to; both are absent
    where the element is only said to be ``superseded_by`` a later message. ``conditions`` are those of the consent.
    """

    provider: Annotated[Line | None, Needed(Source.ITI_15C, "Who gave this information?")] = None
    mid: Annotated[Line | None, Needed(Source.ITI_15C, "In which message was it given?")] = None
    element: Annotated[Line | None, Needed(Source.ITI_15C, "Which element of that message is it?")] = None
    disclosure: Proof | None = None
    statement: Proof | None = None
    conditions_: Annotated[Text | None, Field(alias="conditions")] = None
    restriction_details: RestrictionDetails | None = None
    superseded_by: Line | None = None


def about_fact(mid: str | None) -> frozenset[str]:
    """The fact that names the one message answered; what has not the form of a message id names none."""
    try:
        return frozenset({f"about:{MessageId(mid or '')}"})
    except ValueError:
        return frozenset()
