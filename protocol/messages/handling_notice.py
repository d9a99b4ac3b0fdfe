"""What a holder or a provider must tell about the handling of information (ITI 15; domain 7b.1 nos. 21 to 24).

| ``notice`` | Says | Must carry |
|---|---|---|
| confidentiality | what can no longer be guaranteed | ``scope``, ``cause`` (the law), ``date`` from when |
| prior_disclosure | a disclosure that cannot be avoided | ``elements``, ``recipient``, ``cause``, ``date`` |
| restriction_change | the provider tightens or relaxes what lies on an element | ``changes`` |
| breach | something was released that should not have been | ``scope`` (the facts), ``measures`` |
| deletion | elements were deleted, as their provider asked | ``elements``, ``date`` |

A restriction change applies from its receipt and undoes nothing that was done before.

Example
    {"notice": "restriction_change", "changes": [{"mid": "at:0198c5f0-...", "element": "outcomes.0",
     "restrictions": ["no_court_use"]}]}
"""

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, Listed, Needed, OneOf, Text, Today
from protocol.messages.message import Message, RestrictionDetails
from protocol.messages.parts import ElementRef, Recipient
from protocol.messages.problems import Gap
from protocol.vocabulary.handling import Notice
from protocol.vocabulary.requests import Restriction
from protocol.vocabulary.sources import Source

__all__ = ["HandlingNotice", "RestrictionChange"]


class RestrictionChange(ElementRef):
    """What lies on one element from now on; an empty list lifts every restriction."""

    SAID_EMPTY: ClassVar[frozenset[str]] = frozenset({"restrictions"})
    restrictions: Annotated[tuple[Code, ...], Listed, Field(max_length=32), OneOf(Restriction)] = ()
    details: RestrictionDetails | None = None


_MUST_CARRY: Mapping[str, tuple[tuple[str, str], ...]] = MappingProxyType(
    {
        Notice.CONFIDENTIALITY: (
            ("scope", "What can no longer be kept confidential?"),
            ("cause", "Which law or decision is the cause?"),
        ),
        Notice.PRIOR_DISCLOSURE: (
            ("elements", "Which elements will be disclosed?"),
            ("recipient", "To whom will they be disclosed?"),
            ("cause", "On which legal basis will they be disclosed?"),
            ("date", "When will they be disclosed?"),
        ),
        Notice.RESTRICTION_CHANGE: (("changes", "Which restrictions change, on which elements?"),),
        Notice.BREACH: (
            ("scope", "What was released, to whom, and how did it come about?"),
            ("measures", "What was done about it?"),
        ),
        Notice.DELETION: (("elements", "Which elements were deleted?"), ("date", "When were they deleted?")),
    }
)


class HandlingNotice(Message):
    """One notice; its variant says which."""

    KIND: ClassVar[Kind] = Kind.HANDLING_NOTICE
    TYPE: ClassVar[str] = "urn:itx:handling-notice:1"

    notice: Annotated[Code | None, OneOf(Notice), Needed(Source.ITI_15, "What is this a notice of?")] = None
    scope: Text | None = None
    cause: Text | None = None
    measures: Text | None = None
    date: Annotated[Code | None, Day()] = None
    elements: Annotated[tuple[ElementRef, ...], Listed, Field(max_length=200)] = ()
    recipient: Recipient | None = None
    changes: Annotated[tuple[RestrictionChange, ...], Listed, Field(max_length=200)] = ()

    def facts(self) -> frozenset[str]:
        """``prior_disclosure``: its provider may object."""
        return frozenset({"prior_disclosure"} if self.notice == Notice.PRIOR_DISCLOSURE else ())

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Each variant carries what it must."""
        yield from super().conditions(today)
        for member, ask in _MUST_CARRY.get(self.notice or "", ()):
            value = getattr(self, member)
            if value in (None, ()) or (isinstance(value, str) and not value.strip()):
                yield Gap(member, f"what a notice of {self.notice} must carry", "nothing", Source.ITI_15, ask)
