"""The fields of a new request in the order of ITI 17, section by section. Names are the members of the body.

Lists of markings are longer than any screen; the kinds most often met come first.
"""

from dataclasses import dataclass

from protocol.vocabulary import (
    COUNTRIES,
    FORMER,
    Component,
    Confidentiality,
    FindContext,
    FindMode,
    IllicitGround,
    InformationSought,
    Instrument,
    IntendedUse,
    MarkingKind,
    MarkStatus,
    Priority,
    Restriction,
    WeaponClass,
    WeaponType,
)
from protocol.vocabulary.word import Word
from tracing.desk.pages.forms import Field, Part, Rows
from tracing.desk.pages.tongue import N_

__all__ = ["COUNTRY_CODES", "PARTS", "SECTIONS", "Section"]

COUNTRY_CODES = (
    *sorted(COUNTRIES, key=lambda code: COUNTRIES[code].name),
    *sorted(FORMER, key=lambda code: FORMER[code].name),
)


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, why it is asked, and its fields."""

    key: str
    title: str
    source: str
    parts: tuple[Part, ...]


def _words(of: type[Word], *without: str) -> tuple[str, ...]:
    return tuple(word.value for word in of if word.value not in without)


_MARKINGS = Rows(
    "weapon.markings", N_("Other markings"),
    (
        Field("kind", N_("Kind"), "select", options=_words(MarkingKind), half=True),
        Field("text", N_("Text as marked"), "code", half=True),
        Field("component", N_("On"), "select", options=_words(Component), half=True),
        Field("status", N_("State of the mark"), "select", options=_words(MarkStatus), half=True),
    ),
    N_("The import mark decides whom to ask. Copy marks exactly; leave the text empty where nothing can be read."),
    N_("Add another marking"), empty=True,
)  # fmt: skip
_GROUNDS = Rows(
    "illicit", N_("Grounds of paragraph 6"),
    (
        Field("ground", N_("Ground"), "select", options=_words(IllicitGround), of="illicit", required=True),
        Field("citation", N_("Law or decision"), hint=N_("For example: Lei 10.826/2003, art. 16"), required=True),
        Field("resolution", N_("Resolution"), "code", N_("Only for an arms embargo: the number of the resolution.")),
    ),
    add=N_("Add another ground"),
)  # fmt: skip
_CHECKS = Rows(
    "checks", N_("Checks already made"),
    (Field("register", N_("Register"), half=True), Field("date", N_("Date"), "date", half=True),
        Field("result", N_("Result"))), add=N_("Add another check"),
)  # fmt: skip

SECTIONS: tuple[Section, ...] = (
    Section(
        "whom", N_("Whom to ask"), "",
        (
            Field("to", N_("Counterpart"), "select",
                N_("The State of the most recent import mark; without one, the State of manufacture."), required=True),
            Field("priority", N_("Priority"), "select", options=_words(Priority), required=True, half=True),
            Field("reply_by", N_("Reply wished by"), "date", half=True),
            Field("justification", N_("Why it is urgent"), hint=N_("Required for an urgent request.")),
        ),
    ),
    Section(
        "weapon", N_("The weapon"), "ITI 17(b)",
        (
            Field("weapon.class", N_("Class"), "select", options=_words(WeaponClass), required=True, half=True),
            Field("weapon.type", N_("Type"), "select", options=_words(WeaponType), required=True, half=True),
            Field("weapon.make", N_("Make"), hint=N_("Empty where not known."), null=True, half=True),
            Field("weapon.model", N_("Model"), hint=N_("Empty where not known."), null=True, half=True),
            Field("weapon.calibre", N_("Calibre as marked"), "code", N_("For example 9x19 mm."), null=True, half=True),
            Field("weapon.country_of_manufacture", N_("Made in"), "select", N_("Where it was made, not designed."),
                COUNTRY_CODES, "country", null=True, half=True),
            Field("weapon.serial.text", N_("Serial"), "code",
                N_("As stamped. Put ? for each character that cannot be read; leave empty where none can."), null=True),
            Field("weapon.serial.status", N_("State of the serial"), "select", options=_words(MarkStatus),
                required=True, half=True),
            Field("weapon.serial.component", N_("Serial is on"), "select", options=_words(Component), half=True),
            _MARKINGS,
        ),
    ),
    Section("illicit", N_("Why it is illicit"), "ITI 6, 17(a)", (_GROUNDS,)),
    Section(
        "found", N_("How it was found"), "ITI 17(a)",
        (
            Field("found.mode", N_("How"), "select", options=_words(FindMode), required=True, half=True),
            Field("found.context", N_("Context"), "select", options=_words(FindContext), half=True),
            Field("found.date", N_("Date"), "date", required=True, half=True),
            Field("found.place", N_("Place"), required=True, half=True),
            Field("found.circumstances", N_("Circumstances"), "area", required=True),
        ),
    ),
    Section(
        "use", N_("What is sought, and for what"), "ITI 17(c)",
        (
            Field("intended_use", N_("Intended use of the answer"), "ticks", options=_words(IntendedUse, "other"),
                required=True),
            Field("sought", N_("Information sought"), "ticks", N_("Nothing ticked means the last legal holder."),
                _words(InformationSought, "other")),
        ),
    ),
    Section(
        "handling", N_("Confidentiality and handling"), "ITI 15",
        (
            Field("confidentiality", N_("Confidentiality"), "select",
                N_("Empty: the standing declaration of this authority."), _words(Confidentiality)),
            Field("confidentiality_cause", N_("For which reason it cannot be guaranteed"),
                hint=N_("Only where it cannot, or only partly.")),
            Field("restrictions", N_("How our request may be handled"), "ticks",
                options=_words(Restriction, "text", "delete_by")),
        ),
    ),
    Section(
        "reference", N_("References"), "",
        (
            Field("reference", N_("Our reference"), "code", half=True),
            Field("contact", N_("Contact"), half=True),
            Field("instruments", N_("Instruments invoked"), "ticks", options=_words(Instrument)),
            _CHECKS, Field("note", N_("Note"), "area"),
        ),
    ),
)  # fmt: skip
PARTS: tuple[Part, ...] = tuple(part for section in SECTIONS for part in section.parts)
