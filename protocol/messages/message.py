"""What all bodies have in common.

Rules
- A message is a value: frozen, parsed once, never half built. ``parse`` and ``build`` (``kinds.py``) make them.
- ``to_body()`` is the body as officers and the API know it; ``to_elements()`` the same body as it is signed, each
  leaf group in a place of its own (decision 4). ``gather`` leads back.
- ``lacks()`` never refuses anything: it says what to ask (ITI 21, 23).
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, IsLanguage, Line, Listed, Needed, Text, Today
from protocol.messages.part import Element, Part, gaps, plain, strangers
from protocol.messages.problems import Gap, Lack
from protocol.vocabulary.requests import Restriction
from protocol.vocabulary.sources import Source

__all__ = ["Message", "RestrictionDetails", "Translation"]


class RestrictionDetails(Part):
    """What some restrictions need beside their word: the text, the day, the authorities (ITI 15(a))."""

    text: Annotated[Text | None, Field()] = None
    delete_by: Annotated[Code | None, Day()] = None
    authorities: Annotated[tuple[Line, ...], Listed, Field(max_length=100)] = ()


class Translation(Part):
    """A courtesy translation of one text: the text itself is what was said (domain 9)."""

    member: Annotated[Line | None, Needed(Source.PRACTICE, "Which text is translated?")] = None
    language: Annotated[Code | None, IsLanguage(), Needed(Source.PRACTICE, "Into which language?")] = None
    text: Annotated[Text | None, Needed(Source.PRACTICE, "What is the translation?")] = None


class Message(Element):
    """The body of one statement. ``restrictions`` is the default for all its elements."""

    KIND: ClassVar[Kind]
    TYPE: ClassVar[str]
    SINGLES: ClassVar[tuple[str, ...]] = ()
    LISTS: ClassVar[tuple[str, ...]] = ()
    SAID_EMPTY: ClassVar[frozenset[str]] = frozenset()

    restriction_details: RestrictionDetails | None = None
    reference: Line | None = None
    contact: Line | None = None
    language: Annotated[Code | None, IsLanguage()] = None
    note: Text | None = None
    translations: Annotated[tuple[Translation, ...], Listed, Field(max_length=50)] = ()

    @classmethod
    def prepare(cls, body: Mapping[str, Any], standing: str | None) -> dict[str, Any]:
        """Our own body with what may be left unsaid filled in (``standing``: the declaration of the contact card)."""
        del standing
        return dict(body)

    @classmethod
    def gather(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """The body as officers know it, from the body as it was signed."""
        return dict(body)

    def to_body(self) -> dict[str, Any]:
        """The body as JSON, in the shape of the API."""
        return plain(self)

    def to_elements(self) -> dict[str, Any]:
        """The body as JSON, its ``SINGLES`` and ``LISTS`` at the top: what ``elements.split`` takes."""
        return self.to_body()

    def lacks(self) -> tuple[Lack, ...]:
        """What a received message should say and does not, with the question to ask."""
        found = gaps(self, strict=False)
        return tuple(Lack(gap.member, gap.source.value, gap.question) for gap in found if gap.question)

    def not_understood(self) -> tuple[str, ...]:
        """The members that a newer version brought; kept, and shown as not understood."""
        return tuple(strangers(self))

    def facts(self) -> frozenset[str]:
        """What the lifecycle needs to know of the content, as single words."""
        return frozenset()

    def doubts(self, today: date) -> tuple[Gap, ...]:
        """What an officer should look at again though it may be sent."""
        del today
        return ()

    def conditions(self, today: Today) -> Iterator[Gap]:
        """A restriction that needs a text or a day has it."""
        yield from super().conditions(today)
        details = self.restriction_details or RestrictionDetails()
        if Restriction.TEXT in self.restrictions and not (details.text or "").strip():
            yield Gap("restriction_details.text", "the text of the restriction", "nothing", Source.ITI_15)
        if Restriction.DELETE_BY in self.restrictions and details.delete_by is None:
            yield Gap("restriction_details.delete_by", "the date to delete by", "nothing", Source.ITI_15)
