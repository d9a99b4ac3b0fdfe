"""A point of contact made known, or changed (ITI 25, 31; domain 7b.1 no. 31). Keys change by keysets, not by this.

Rules
- Limits that both agreed on are counted by what each side makes known here: its zone, its weekend, the days off beyond
  the public holidays of its country (``holidays``), and those of them that it works (``worked``).

Example
    {"contacts": [{"name": "National tracing point", "office": "Ministry of the Interior", "email": "desk@example.org",
      "languages": ["en", "pt"], "hours": "Monday to Friday, 08:00 to 16:00"}], "from": "2027-01-01"}
"""

from typing import Annotated, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, IsLanguage, IsZone, Line, Listed, Needed, OneOf, Text
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.vocabulary.deadlines import WeekdayWord
from protocol.vocabulary.requests import Confidentiality
from protocol.vocabulary.sources import Source

__all__ = ["Contact", "DirectoryUpdate"]


class Contact(Part):
    """One point of contact of ITI 25: an office, not a person's private address."""

    name: Annotated[Line | None, Needed(Source.ITI_25, "What is the point of contact called?")] = None
    office: Line | None = None
    address: Text | None = None
    telephone: Line | None = None
    email: Line | None = None
    languages: Annotated[tuple[Code, ...], Listed, Field(max_length=30), IsLanguage()] = ()
    hours: Line | None = None
    urgent: Line | None = None


class DirectoryUpdate(Message):
    """Who is reached where, when, in which language, and how weapons are marked there."""

    KIND: ClassVar[Kind] = Kind.DIRECTORY_UPDATE
    TYPE: ClassVar[str] = "urn:itx:directory-update:1"

    contacts: Annotated[
        tuple[Contact, ...], Listed, Field(max_length=50), Needed(Source.ITI_31, "Who is the point of contact?")
    ] = ()
    zone: Annotated[Code | None, IsZone()] = None
    weekend: Annotated[tuple[Code, ...], Listed, Field(max_length=6), OneOf(WeekdayWord)] = ()
    holidays: Annotated[tuple[Code, ...], Listed, Field(max_length=400), Day()] = ()
    worked: Annotated[tuple[Code, ...], Listed, Field(max_length=400), Day()] = ()
    marking_practices: Text | None = None
    confidentiality: Annotated[Code | None, OneOf(Confidentiality)] = None
    confidentiality_cause: Text | None = None
    from_: Annotated[Code | None, Day(), Field(alias="from")] = None
