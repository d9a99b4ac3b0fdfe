"""The request to trace one weapon (ITI 16, 17; domain 7b.1 no. 1).

Rules
- It says why the weapon is illicit and by which law, how it was found, and what the answer will be used for.
- It says whether confidentiality can be kept, at the time it asks (ITI 15); ours falls back on the declaration of the
  contact card.
- ``priority`` defaults to routine, ``sought`` to the last legal holder; urgency is justified.
- An onward request names its ``parent``, and carries what may be passed on of the answer there (``passed_on``).
- Missing contents never make a received request invalid: ``lacks()`` gives the question to ask (ITI 21).

Example: the request body of the contract, without ``to``.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Annotated, Any, ClassVar

from pydantic import Field

from protocol.lifecycle import Kind
from protocol.messages.members import Code, Day, IsCountry, Line, Listed, Needed, OneOf, Text, Today, Whole
from protocol.messages.message import Message
from protocol.messages.part import Element, Part
from protocol.messages.parts import PassedOn
from protocol.messages.priority_change import priority_fact
from protocol.messages.problems import Gap
from protocol.messages.weapon import Weapon
from protocol.vocabulary.countries import FORMER
from protocol.vocabulary.finds import FindContext, FindMode, TracingException
from protocol.vocabulary.requests import (
    Confidentiality,
    IllicitGround,
    InformationSought,
    Instrument,
    IntendedUse,
    Priority,
)
from protocol.vocabulary.sources import Source
from protocol.vocabulary.word import known

__all__ = ["Check", "Found", "Plea", "TraceRequest", "marks_apart", "marks_back"]


def marks_apart(body: dict[str, Any]) -> dict[str, Any]:
    """A body as it is signed: each mark of its weapon an element beside it."""
    weapon = body.get("weapon")
    if isinstance(weapon, dict) and "markings" in weapon:
        body["markings"] = weapon.pop("markings")
    return body


def marks_back(body: Mapping[str, Any]) -> dict[str, Any]:
    """A body as officers know it: the marks under their weapon."""
    gathered = dict(body)
    weapon = gathered.get("weapon")
    weapon = {} if weapon is None else weapon  # null says the same as nothing
    if "markings" in gathered and isinstance(weapon, dict) and "markings" not in weapon:
        gathered["weapon"] = weapon | {"markings": gathered.pop("markings")}
    return gathered


class Plea(Element):
    """One ground on which the weapon is illicit; a request may plead several (ITI 6, 17(a))."""

    ground: Annotated[
        Code | None, OneOf(IllicitGround), Needed(Source.ITI_17A, "On which ground is the weapon considered illicit?")
    ] = None
    citation: Annotated[
        Line | None, Needed(Source.ITI_17A, "Which law or decision makes it illicit? Please cite it.")
    ] = None
    resolution: Line | None = None
    note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """An embargo is named by its resolution."""
        yield from super().conditions(today)
        if self.ground == IllicitGround.UNSC_EMBARGO and not (self.resolution or "").strip():
            ask = "Which resolution of the Security Council imposes the embargo?"
            yield Gap("resolution", "the number of the resolution", "nothing", Source.ITI_6B, ask)


class Found(Element):
    """How the weapon came to light (ITI 16, 17(a); SDG 16.4.2)."""

    mode: Annotated[
        Code | None, OneOf(FindMode), Needed(Source.ITI_17A, "Was the weapon seized, found or surrendered?")
    ] = None
    date: Annotated[Code | None, Day(past=True), Needed(Source.ITI_17A, "When was it found?")] = None
    place: Annotated[Line | None, Needed(Source.ITI_17A, "Where was it found?")] = None
    circumstances: Annotated[Text | None, Needed(Source.ITI_17A, "In what circumstances was it found?")] = None
    context: Annotated[Code | None, OneOf(FindContext)] = None
    quantity: Whole | None = None
    jurisdiction: Annotated[Code | None, IsCountry(former=False)] = None
    mission: Line | None = None
    examined_by: Line | None = None
    examination: Text | None = None
    note: Text | None = None


class Check(Part):
    """What the requester looked up before it asked."""

    register_: Line | None = Field(default=None, alias="register")
    date: Annotated[Code | None, Day(past=True)] = None
    result: Text | None = None


class TraceRequest(Message):
    """One weapon, one requested State."""

    KIND: ClassVar[Kind] = Kind.TRACE_REQUEST
    TYPE: ClassVar[str] = "urn:itx:trace-request:1"
    SINGLES: ClassVar[tuple[str, ...]] = ("weapon", "found")
    LISTS: ClassVar[tuple[str, ...]] = ("markings", "illicit", "passed_on")

    priority: Annotated[Code | None, OneOf(Priority)] = None
    justification: Text | None = None
    weapon: Annotated[Weapon | None, Needed(Source.ITI_17B, "Which weapon is to be traced?")] = None
    illicit: Annotated[
        tuple[Plea, ...], Listed, Field(max_length=50), Needed(Source.ITI_17A, "Why is the weapon considered illicit?")
    ] = ()
    found: Annotated[Found | None, Needed(Source.ITI_17A, "How, when and where was the weapon found?")] = None
    intended_use: Annotated[
        tuple[Code, ...],
        Listed,
        Field(max_length=50),
        OneOf(IntendedUse),
        Needed(Source.ITI_17C, "What will the answer be used for?"),
    ] = ()
    intended_use_note: Text | None = None
    sought: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(InformationSought)] = ()
    sought_note: Text | None = None
    confidentiality: Annotated[
        Code | None,
        OneOf(Confidentiality),
        Needed(Source.ITI_15, "Can you guarantee confidentiality and keep restrictions on the answer?"),
    ] = None
    confidentiality_scope: Text | None = None
    confidentiality_cause: Text | None = None
    reply_by: Annotated[Code | None, Day()] = None
    their_reference: Line | None = None
    instruments: Annotated[tuple[Code, ...], Listed, Field(max_length=50), OneOf(Instrument)] = ()
    dossier: Line | None = None
    parent: Line | None = None
    passed_on: Annotated[tuple[PassedOn, ...], Listed, Field(max_length=100)] = ()
    classification: Line | None = None
    checks: Annotated[tuple[Check, ...], Listed, Field(max_length=200)] = ()
    exceptions: Annotated[tuple[Code, ...], Listed, Field(max_length=20), OneOf(TracingException)] = ()
    other_channels: Annotated[tuple[Line, ...], Listed, Field(max_length=50)] = ()

    @classmethod
    def prepare(cls, body: Mapping[str, Any], standing: str | None) -> dict[str, Any]:
        """Priority, what is sought and the standing declaration, where the officer left them out."""
        filled = {name: value for name, value in body.items() if value not in (None, []) or name not in _DEFAULTED}
        defaults = {"priority": Priority.ROUTINE.value, "sought": [InformationSought.LAST_LEGAL_HOLDER.value]}
        return defaults | ({} if standing is None else {"confidentiality": standing}) | filled

    @classmethod
    def gather(cls, body: Mapping[str, Any]) -> dict[str, Any]:
        """Marks back under their weapon."""
        return marks_back(body)

    def to_elements(self) -> dict[str, Any]:
        """Each mark an element beside the weapon (decision 4)."""
        return marks_apart(self.to_body())

    def facts(self) -> frozenset[str]:
        """``priority:W``, and ``carried:W`` for each instrument it invokes that this version knows."""
        carried = {f"carried:{word}" for each in self.instruments if (word := known(Instrument, each))}
        return priority_fact(self.priority) | carried

    def conditions(self, today: Today) -> Iterator[Gap]:
        """Urgency is justified, and ``other`` is explained."""
        yield from super().conditions(today)
        if self.priority == Priority.URGENT and not (self.justification or "").strip():
            ask = "What makes the request urgent?"
            yield Gap("justification", "what makes the request urgent", "nothing", Priority.URGENT.source, ask)
        if IntendedUse.OTHER in self.intended_use and not (self.intended_use_note or "").strip():
            ask = "Which other use will be made of the answer?"
            yield Gap("intended_use_note", "the other use in words", "nothing", Source.ITI_17C, ask)
        if InformationSought.OTHER in self.sought and not (self.sought_note or "").strip():
            ask = "Which other information is sought?"
            yield Gap("sought_note", "the other information in words", "nothing", Source.ITI_20, ask)
        if self.confidentiality in _LIMITED and not (self.confidentiality_cause or "").strip():
            ask = "What cannot be kept confidential, and which law is the cause?"
            yield Gap("confidentiality_cause", "the legal cause", "nothing", Source.ITI_15, ask, blocks=False)

    def doubts(self, today: date) -> tuple[Gap, ...]:
        """A wish in the past, a weapon that practice would not trace, a maker's State that is gone."""
        return tuple(self._doubts(today))

    def _doubts(self, today: date) -> Iterator[Gap]:
        wish = Day().first(self.reply_by or "")
        if wish is not None and wish < today:
            yield Gap("reply_by", f"a date from today on ({today})", f'"{wish}"', Source.NODE)
        for at, word in enumerate(self.exceptions):
            yield Gap(f"exceptions.{at}", "a weapon that is usually traced", f'"{word}"', Source.MOSAIC_05_31)
        made_in = FORMER.get((self.weapon and self.weapon.country_of_manufacture) or "")
        if made_in is not None:
            expected = f"a successor State to ask ({', '.join(made_in.successors)})"
            yield Gap("weapon.country_of_manufacture", expected, made_in.name, Source.ISO_3166)


_DEFAULTED = frozenset({"priority", "sought", "confidentiality"})
_LIMITED = frozenset({Confidentiality.CANNOT_GUARANTEE, Confidentiality.PARTLY})
