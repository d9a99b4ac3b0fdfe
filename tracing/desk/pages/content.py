"""The content of a message for people: every member with its words, in the order of the Instrument.

Rules
- A member this node does not know is shown as it came and marked "not understood"; nothing is left out.
- Null means that its sender did not know, and is said; an empty list says "none".
- Values are typed here once (words, code, text, day), so that the template needs to know no member.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from protocol.vocabulary import COUNTRIES, FORMER
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.words import words

__all__ = ["Piece", "country_name", "describe"]

# member -> (label, what it is, list of words). "group" holds members of its own, "line" the same in one line.
MEMBERS: dict[str, tuple[str, str, str]] = {
    "kind": (N_("Kind"), "words", ""), "weapon": (N_("Weapon"), "group", ""), "class": (N_("Class"), "words", ""),
    "type": (N_("Type"), "words", ""), "make": (N_("Make"), "text", ""),
    "model": (N_("Model"), "text", ""), "calibre": (N_("Calibre"), "code", ""),
    "country_of_manufacture": (N_("Made in"), "country", ""),
    "serial": (N_("Serial"), "line", ""), "markings": (N_("Markings"), "lines", ""), "text": (N_("Text"), "code", ""),
    "status": (N_("Status"), "words", ""),
    "component": (N_("On"), "words", ""), "face": (N_("Face"), "words", ""), "action": (N_("Action"), "words", ""),
    "condition": (N_("Condition"), "words", ""),
    "illicit": (N_("Why it is illicit"), "groups", ""), "citation": (N_("Legal ground"), "text", ""),
    "resolution": (N_("Resolution"), "code", ""),
    "found": (N_("Found"), "group", ""), "mode": (N_("How"), "words", ""), "date": (N_("Date"), "day", ""),
    "place": (N_("Place"), "text", ""),
    "context": (N_("Context"), "words", ""), "circumstances": (N_("Circumstances"), "text", ""),
    "intended_use": (N_("Intended use"), "words", ""), "sought": (N_("Sought"), "words", ""),
    "priority": (N_("Priority"), "words", ""),
    "justification": (N_("Why it is urgent"), "text", ""), "reply_by": (N_("Reply wished by"), "day", ""),
    "outcomes": (N_("Outcome"), "groups", ""), "code": (N_("Finding"), "words", "outcome"),
    "state": (N_("State"), "country", ""), "licence": (N_("Licence"), "code", ""),
    "consignee": (N_("Consignee"), "text", ""), "party": (N_("Party"), "text", ""),
    "holder": (N_("Holder"), "text", ""),
    "completeness": (N_("Completeness"), "words", ""), "basis": (N_("Rests on"), "words", ""),
    "searched": (N_("Registers searched"), "lines", ""),
    "register": (N_("Register"), "text", ""), "from": (N_("From"), "code", ""), "to": (N_("To"), "code", ""),
    "complete": (N_("Complete"), "truth", ""), "gaps": (N_("Gaps"), "text", ""),
    "transactions": (N_("Transactions"), "groups", ""), "next_state": (N_("Ask next"), "country", ""),
    "ground": (N_("Ground"), "words", "ground"), "cause": (N_("Cause"), "words", ""),
    "reason": (N_("Reason"), "text", ""),
    "expected_date": (N_("Answer expected by"), "day", ""), "new_date": (N_("New date"), "day", ""),
    "until": (N_("Until"), "day", ""),
    "items": (N_("Asked for"), "groups", ""), "item": (N_("Item"), "words", ""),
    "question": (N_("Question"), "text", ""), "questions": (N_("Questions"), "text", ""),
    "needed_by": (N_("Needed by"), "day", ""), "blocking": (N_("Work waits for it"), "truth", ""),
    "answers": (N_("Supplied"), "groups", ""), "answer": (N_("Answer"), "text", ""),
    "not_available": (N_("Not available"), "truth", ""), "urgency_reason": (N_("Why not urgent"), "text", ""),
    "resubmission": (N_("A new request could succeed"), "truth", ""), "other_channel": (N_("Another way"), "text", ""),
    "open": (N_("Still open"), "text", ""), "preventive_action": (N_("Preventive action"), "text", ""),
    "statistics": (N_("May be counted in statistics"), "truth", ""),
    "event": (N_("Event"), "text", ""), "exporter": (N_("Exporter"), "text", ""),
    "stock": (N_("State stock"), "words", ""), "suggestion": (N_("Suggestion"), "text", ""),
    "candidates": (N_("Candidates"), "text", ""), "forward_to": (N_("Ask instead"), "text", ""),
    "evaluation": (N_("Evaluation"), "line", ""), "source": (N_("Source"), "words", ""),
    "information": (N_("Information"), "words", ""), "parties": (N_("Parties"), "lines", ""),
    "role": (N_("Role"), "text", ""), "name": (N_("Name"), "text", ""), "country": (N_("Country"), "country", ""),
    "precision": (N_("Precision"), "words", ""), "end_user_certificate": (N_("End-user certificate"), "code", ""),
    "lot": (N_("Lot"), "code", ""),
    "from_state": (N_("From"), "country", ""), "to_state": (N_("To"), "country", ""),
    "replaces": (N_("Replaces"), "code", ""), "diversion": (N_("Point of diversion"), "group", ""),
    "year": (N_("Year"), "code", ""), "importer": (N_("Importer"), "text", ""), "script": (N_("Script"), "text", ""),
    "transliteration": (N_("Transliteration"), "text", ""),
    "method": (N_("How it was read"), "text", ""), "brand": (N_("Brand"), "text", ""),
    "designer": (N_("Designer"), "text", ""), "factory_code": (N_("Factory code"), "code", ""),
    "licence_built": (N_("Built under licence"), "truth", ""), "country_of_design": (N_("Designed in"), "country", ""),
    "country_of_import": (N_("Imported into"), "country", ""),
    "year_of_manufacture": (N_("Year made"), "code", ""), "year_of_import": (N_("Year imported"), "code", ""),
    "control_part": (N_("Control part"), "words", ""), "description": (N_("Description"), "text", ""),
    "quantity": (N_("Quantity"), "text", ""), "jurisdiction": (N_("Jurisdiction"), "country", ""),
    "mission": (N_("Mission"), "text", ""), "examined_by": (N_("Examined by"), "text", ""),
    "examination": (N_("Examination"), "text", ""), "intended_use_note": (N_("Other use"), "text", ""),
    "sought_note": (N_("Other information"), "text", ""),
    "confidentiality_scope": (N_("What cannot be guaranteed"), "text", ""),
    "confidentiality_cause": (N_("For which reason"), "text", ""),
    "restriction_details": (N_("Handling in words"), "group", ""),
    "delete_by": (N_("Delete by"), "day", ""), "authorities": (N_("Authorities"), "text", ""),
    "their_reference": (N_("Your reference"), "code", ""), "parent": (N_("Follows from case"), "code", ""),
    "classification": (N_("Classification"), "text", ""), "exceptions": (N_("Could be left untraced"), "words", ""),
    "other_channels": (N_("Also asked through"), "text", ""),
    "unit": (N_("Handling unit"), "text", ""), "urgency_accepted": (N_("Urgency accepted"), "truth", ""),
    "restrictions_accepted": (N_("Restrictions accepted"), "truth", ""),
    "usefulness": (N_("Usefulness"), "words", ""), "disposition": (N_("The weapon now"), "words", ""),
    "data": (N_("Data already given"), "words", ""),
    "confidentiality": (N_("Confidentiality"), "words", ""), "restrictions": (N_("Handling"), "words", ""),
    "reference": (N_("Reference"), "code", ""), "instruments": (N_("Instruments"), "words", ""),
    "language": (N_("Language"), "code", ""), "dossier": (N_("Dossier"), "text", ""),
    "contact": (N_("Contact"), "text", ""), "checks": (N_("Checks made"), "lines", ""),
    "requester": (N_("Asked by"), "code", ""), "channel": (N_("Channel"), "words", ""),
    "noted": (N_("Noted"), "day", ""),
    "result": (N_("Result"), "text", ""), "note": (N_("Note"), "text", ""), "comment": (N_("Comment"), "text", ""),
    "erased": (N_("Erased here"), "truth", ""),
}  # fmt: skip
# Members that mean something else inside these groups and kinds of message.
ELSEWHERE: dict[tuple[str, str], tuple[str, str, str]] = {
    ("illicit", "ground"): (N_("Ground"), "words", "illicit"),
    ("items", "code"): (N_("Item"), "words", ""),
    ("answers", "code"): (N_("Item"), "words", ""),
    ("closure", "code"): (N_("Result"), "words", ""),
    ("outcomes", "reason"): (N_("Reason"), "words", ""),
    ("withdrawal", "reason"): (N_("Reason"), "words", ""),
    ("reply", "result"): (N_("Result"), "words", "found"),
    ("reply", "event"): (N_("Recorded"), "words", ""),
    ("restriction_details", "text"): (N_("Text"), "text", ""),
}
FIRST = ("code", "ground", "kind", "register", "item", "class", "type")  # what a group is about, before its particulars
ORDER = {member: at for at, member in enumerate(dict.fromkeys((*FIRST, *MEMBERS)))}
SAID = frozenset({"from", "to", "complete", "gaps", "method", "year", "country"})
DEEPEST = 6  # levels of a body that are laid out; what lies deeper is shown as JSON


@dataclass(frozen=True, slots=True)
class Piece:
    """One member laid out. ``value`` is a text, or pieces where ``kind`` is list, group or line."""

    label: str
    kind: str
    value: Any
    known: bool = True
    said: bool = False  # in one line with others its label must be said

    @property
    def is_wide(self) -> bool:
        """Whether it holds members of its own, and wants the whole width."""
        return self.kind == "group" or (self.kind == "list" and any(one.kind == "group" for one in self.value))


def describe(body: Mapping[str, Any], inside: str = "", depth: int = 0) -> list[Piece]:
    """The members of a body, known ones first and in their order. ``inside``: its kind of message, or its group."""
    members = sorted(body, key=lambda member: (ORDER.get(member, len(ORDER)), member))
    return [_piece(member, body[member], inside, depth) for member in members]


def country_name(code: Any) -> str:
    """The name of a country from its alpha-3 code; the code itself when there is none of that name."""
    found = COUNTRIES.get(str(code)) or FORMER.get(str(code))
    return found.name if found else str(code or "")


def _piece(member: str, value: Any, inside: str, depth: int) -> Piece:
    if member not in MEMBERS or depth > DEEPEST:
        return Piece(member, "text", _plain(value), known=False)
    label, kind, of = ELSEWHERE.get((inside, member)) or MEMBERS[member]
    if value is None:
        return Piece(_(label), "none", _("not known"))
    if isinstance(value, list | tuple):
        inner = tuple(
            _value(member, one, kind.removesuffix("s") if kind in ("lines", "groups") else kind, of, depth)
            for one in value
        )
        return Piece(_(label), "list", inner) if inner else Piece(_(label), "none", _("none"))
    found = _value(member, value, kind.removesuffix("s") if kind in ("lines", "groups") else kind, of, depth)
    return Piece(_(label), found.kind, found.value, said=member in SAID)


def _value(member: str, value: Any, kind: str, of: str, depth: int) -> Piece:
    if isinstance(value, Mapping):
        laid = [piece for piece in describe(value, member, depth + 1) if kind != "line" or piece.kind != "none"]
        return Piece("", "line" if kind == "line" else "group", laid)
    if isinstance(value, list | tuple):
        return Piece("", "text", _plain(value))
    if kind == "truth" or isinstance(value, bool):
        return Piece("", "words", _("yes") if value else _("no"))
    if kind == "words":
        return Piece("", "words", words(value, of))
    if kind == "country":
        return Piece("", "text", country_name(value))
    return Piece("", kind if kind in ("code", "day") else "text", str(value))


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
