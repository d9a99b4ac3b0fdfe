"""The weapon of a request and its marks (ITI 17(b); domain 7a).

Rules
- Text as marked is kept verbatim; what could not be established is null, never a guess and never left out. What the
  weapon cannot have (a home-made one has no model) is named in ``not_applicable``: not known is another thing.
- A normal form stands beside the text as marked, with how sure it is and what it was taken from; never in its place.
- Country of manufacture, of design and of import are three things: a request goes by the first and the last.
- In the body a weapon holds its ``markings``; as signed, each mark is an element of its own.

Example
    {"class": "small_arm", "type": "pistol_self_loading", "make": "Glock", "model": "17", "calibre": "9x19 mm",
     "country_of_manufacture": "AUT", "serial": {"text": "ABC123", "status": "original", "component": "frame"},
     "markings": [{"kind": "import_mark", "text": "BRA 2016", "component": "frame", "status": "original"}]}
"""

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from protocol.messages.members import Code, Day, Flag, IsCountry, Line, Listed, Needed, OneOf, Text, Today
from protocol.messages.part import Element, Part
from protocol.messages.problems import Gap
from protocol.messages.serial import MAX_SERIAL_CHARS, Place, Serial, words_in
from protocol.vocabulary.markings import Component, Confidence, Face, MarkingKind, MarkStatus, NormalSource
from protocol.vocabulary.sources import Source
from protocol.vocabulary.weapons import TYPES, Action, Condition, Inapplicable, WeaponClass, WeaponType
from protocol.vocabulary.word import known

__all__ = ["Marking", "Normal", "Weapon"]

MAX_MARKINGS = 200  # a weapon refurbished by several armies bears some forty

_17B = Source.ITI_17B


class Marking(Element):
    """One mark, verbatim."""

    kind: Annotated[Code | None, OneOf(MarkingKind), Needed(_17B, "What kind of mark is it?")] = None
    text: Line | None = None
    component: Annotated[Code | None, OneOf(Component)] = None
    status: Annotated[Code | None, OneOf(MarkStatus)] = None
    face: Annotated[Code | None, OneOf(Face)] = None
    script: Line | None = None
    transliteration: Line | None = None
    method: Text | None = None
    uncertain: Annotated[tuple[Place, ...], Listed, Field(max_length=MAX_SERIAL_CHARS)] = ()
    confidence: Annotated[Code | None, OneOf(Confidence)] = None
    photo: Line | None = None
    country: Annotated[Code | None, IsCountry()] = None
    year: Annotated[Code | None, Day(reduced=True, past=True)] = None
    importer: Line | None = None
    note: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """A mark that is a serial is read like one."""
        yield from super().conditions(today)
        if self.kind == MarkingKind.SERIAL and self.text is not None and (why := words_in(self.text)) is not None:
            yield Gap("text", "a serial as stamped, or no text and a status", why, _17B)


class Normal(Part):
    """A normal form: what the text as marked is taken to mean (MOSAIC 05.31: verbatim, normalised, how sure)."""

    value: Annotated[Line | None, Needed(Source.MOSAIC_05_31, "What is the normal form?")] = None
    confidence: Annotated[Code | None, OneOf(Confidence), Needed(Source.MOSAIC_05_31, "How sure is it?")] = None
    source: Annotated[Code | None, OneOf(NormalSource)] = None


class Weapon(Element):
    """What is to be traced."""

    class_: Annotated[
        Code | None,
        OneOf(WeaponClass),
        Needed(_17B, "Is it a small arm, a light weapon, or a part of one?"),
    ] = Field(default=None, alias="class")
    type: Annotated[Code | None, OneOf(WeaponType), Needed(_17B, "What type of weapon is it?")] = None
    make: Annotated[Line | None, Needed(_17B, "Who made it?", null=True)] = None
    model: Annotated[Line | None, Needed(_17B, "Which model is it?", null=True)] = None
    calibre: Annotated[Line | None, Needed(_17B, "Which calibre is it, as marked?", null=True)] = None
    country_of_manufacture: Annotated[
        Code | None, IsCountry(), Needed(_17B, "In which country was it made?", null=True)
    ] = None
    serial: Annotated[Serial | None, Needed(_17B, "What is the serial, and in what state?")] = None
    markings: Annotated[
        tuple[Marking, ...],
        Listed,
        Field(max_length=MAX_MARKINGS),
        Needed(_17B, "Which marks does it bear, and where?", null=True),
    ] = ()
    action: Annotated[Code | None, OneOf(Action)] = None
    condition: Annotated[tuple[Code, ...], Listed, Field(max_length=20), OneOf(Condition)] = ()
    make_normal: Normal | None = None
    model_normal: Normal | None = None
    calibre_normal: Normal | None = None
    not_applicable: Annotated[tuple[Code, ...], Listed, Field(max_length=20), OneOf(Inapplicable)] = ()
    brand: Line | None = None
    designer: Line | None = None
    manufacturer: Line | None = None
    plant: Line | None = None
    factory_code: Line | None = None
    licence_built: Flag | None = None
    country_of_design: Annotated[Code | None, IsCountry()] = None
    country_of_import: Annotated[Code | None, IsCountry()] = None
    importer: Line | None = None
    year_of_manufacture: Annotated[Code | None, Day(reduced=True, past=True)] = None
    year_of_import: Annotated[Code | None, Day(reduced=True, past=True)] = None
    control_part: Annotated[Code | None, OneOf(Component)] = None
    photos: Annotated[tuple[Line, ...], Listed, Field(max_length=64)] = ()
    description: Text | None = None

    def conditions(self, today: Today) -> Iterator[Gap]:
        """The type is one of its class (ITI 4), and what does not apply has no value."""
        yield from super().conditions(today)
        for word in Inapplicable:
            if word in self.not_applicable and getattr(self, word) not in {None, ()}:
                ask = f"The {word} is given and yet said not to apply: which of the two is right?"
                yield Gap(word, "nothing, because it is said not to apply", "a value", word.source, ask)
        kind, type_ = known(WeaponClass, self.class_), known(WeaponType, self.type)
        if kind is not None and type_ is not None and type_ not in TYPES[kind]:
            expected = f"a type of class {kind} ({', '.join(sorted(TYPES[kind]))})"
            yield Gap("type", expected, f'"{type_}"', type_.source, f"{type_} is no {kind}: which of the two is right?")
