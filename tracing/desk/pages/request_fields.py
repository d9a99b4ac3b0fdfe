"""The fields of a new request in the order of ITI 17, section by section. Names are the members of the body.

Lists of markings are longer than any screen; the kinds most often met come first.
"""

from dataclasses import dataclass

from tracing.desk.pages.forms import Field, Part, Rows, choice, ticks
from tracing.desk.pages.tongue import N_

__all__ = ["PARTS", "SECTIONS", "Section"]


@dataclass(frozen=True, slots=True)
class Section:
    """A heading, why it is asked, and its fields."""

    key: str
    title: str
    source: str
    parts: tuple[Part, ...]


_MARKINGS = Rows(
    "weapon.markings", N_("Other markings"),
    (
        choice("kind", N_("Kind"), "markings.kind", half=True),
        Field("text", N_("Text as marked"), "code", half=True),
        choice("component", N_("On"), "markings.component", half=True),
        choice("status", N_("State of the mark"), "markings.status", half=True),
    ),
    N_("The import mark decides whom to ask. Copy marks exactly; leave the text empty where nothing can be read."),
    N_("Add another marking"), empty=True,
)  # fmt: skip
_GROUNDS = Rows(
    "illicit", N_("Grounds of paragraph 6"),
    (
        choice("ground", N_("Ground"), "illicit.ground", required=True),
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
            choice("priority", N_("Priority"), "priority", required=True, half=True),
            Field("reply_by", N_("Reply wished by"), "date", half=True),
            Field("justification", N_("Why it is urgent"), hint=N_("Required for an urgent request.")),
        ),
    ),
    Section(
        "weapon", N_("The weapon"), "ITI 17(b)",
        (
            choice("weapon.class", N_("Class"), "weapon.class", required=True, half=True),
            choice("weapon.type", N_("Type"), "weapon.type", required=True, half=True),
            Field("weapon.make", N_("Make"), hint=N_("Empty where not known."), null=True, half=True),
            Field("weapon.model", N_("Model"), hint=N_("Empty where not known."), null=True, half=True),
            Field("weapon.calibre", N_("Calibre as marked"), "code", N_("For example 9x19 mm."), null=True, half=True),
            Field("weapon.country_of_manufacture", N_("Made in"), "country", N_("Where it was made, not designed."),
                null=True, half=True),
            Field("weapon.serial.text", N_("Serial"), "code",
                N_("As stamped. Put ? for each character that cannot be read; leave empty where none can."), null=True),
            choice("weapon.serial.status", N_("State of the serial"), "serial.status", required=True, half=True),
            choice("weapon.serial.component", N_("Serial is on"), "markings.component", half=True),
            _MARKINGS,
        ),
    ),
    Section("illicit", N_("Why it is illicit"), "ITI 6, 17(a)", (_GROUNDS,)),
    Section(
        "found", N_("How it was found"), "ITI 17(a)",
        (
            choice("found.mode", N_("How"), "found.mode", required=True, half=True),
            choice("found.context", N_("Context"), "found.context", half=True),
            Field("found.date", N_("Date"), "date", required=True, half=True),
            Field("found.place", N_("Place"), required=True, half=True),
            Field("found.circumstances", N_("Circumstances"), "area", required=True),
        ),
    ),
    Section(
        "use", N_("What is sought, and for what"), "ITI 17(c)",
        (
            ticks("intended_use", N_("Intended use of the answer"), "intended_use", required=True),
            Field("intended_use_note", N_("Another use, in words"), fold=True),
            ticks("sought", N_("Information sought"), "sought", N_("Nothing ticked means the last legal holder.")),
            Field("sought_note", N_("Other information, in words"), fold=True),
        ),
    ),
    Section(
        "handling", N_("Confidentiality and handling"), "ITI 15",
        (
            choice("confidentiality", N_("Confidentiality"), "confidentiality",
                N_("Empty: the standing declaration of this authority.")),
            Field("confidentiality_scope", N_("What cannot be guaranteed"), fold=True),
            Field("confidentiality_cause", N_("For which reason it cannot be guaranteed"),
                hint=N_("Only where it cannot, or only partly.")),
            ticks("restrictions", N_("How our request may be handled"), "restrictions", without=("text", "delete_by")),
        ),
    ),
    Section(
        "reference", N_("References"), "",
        (
            Field("reference", N_("Our reference"), "code", half=True),
            Field("contact", N_("Contact"), half=True),
            ticks("instruments", N_("Instruments invoked"), "instruments"),
            _CHECKS, Field("other_channels", N_("Also asked through"), "lines", N_("One a line."), fold=True),
            Field("note", N_("Note"), "area"),
        ),
    ),
)  # fmt: skip
PARTS: tuple[Part, ...] = tuple(part for section in SECTIONS for part in section.parts)
