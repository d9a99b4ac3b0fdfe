"""A point of contact made known, or changed (ITI 25, 31; domain 7b.1 no. 31). Keys change by keysets, not by this.

It may introduce other States' authorities, each by the digest its sender compared when it pinned them: a hint for the
recipient's officers, who compare it with the authority itself.

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
from protocol.messages.members import (
    Code,
    Day,
    IsCountry,
    IsLanguage,
    IsZone,
    Line,
    Listed,
    Needed,
    OneOf,
    Spelt,
    Text,
)  # fmt: skip
from protocol.messages.message import Message
from protocol.messages.part import Part
from protocol.vocabulary.deadlines import WeekdayWord
from protocol.vocabulary.requests import Confidentiality
from protocol.vocabulary.sources import Source

__all__ = ["Contact", "DirectoryUpdate", "Introduction"]


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


class Introduction(Part):
    """Another State's authority, by the digest the sender knows it by: a hint, by which nobody is believed."""

    authority: Annotated[
        Code | None,
        Spelt(r"[a-z0-9][a-z0-9.-]{1,62}", "an id of an authority such as br"),
        Needed(Source.ITI_31, "Which authority is introduced?"),
    ] = None
    country: Annotated[Code | None, IsCountry(former=False)] = None
    name: Line | None = None
    digest: Annotated[
        Code | None,
        Spelt(r"[0-9a-f]{64}", "a digest of 64 hexadecimal digits in small letters"),
        Needed(Source.ITI_31, "By which digest of its card is it known?"),
    ] = None


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
    introduces: Annotated[tuple[Introduction, ...], Listed, Field(max_length=50)] = ()
