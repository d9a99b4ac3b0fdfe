"""One act as a page offers it: its fields, its words, and the body it makes.

Rules
- The names of the fields are the members of the body; what differs (a notice of one kind, an interim answer) is fixed
  in ``says`` or mended in ``shape``.
- A field that points at a message or at elements is filled with what this case has (``Points``, ``offering.py``).
- A handling rule in words, with a day or with authorities is one of the restrictions: filling it in says so.

    ACTS["notify-breach"].body(posted)  ->  {"notice": "breach", "scope": "...", "measures": "..."}
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from protocol.lifecycle import Kind, Overlay
from tracing.desk.pages.forms import Field, Part, Posted, read, ticks
from tracing.desk.pages.tongue import N_

__all__ = ["ANSWERS", "GIVEN_BY_ANYBODY", "HANDLING", "RESTRICTIONS", "TO_EXPLAIN", "ActForm", "Points"]

ANSWERS = frozenset({Kind.INTERIM_RESPONSE, Kind.FINAL_RESPONSE, Kind.CORRECTION})
TO_EXPLAIN = ANSWERS | {Kind.DELAY_NOTICE, Kind.RESTRICTION_NOTICE, Kind.REFUSAL}
GIVEN_BY_ANYBODY = ANSWERS | {Kind.TRACE_REQUEST, Kind.INFORMATION_SUPPLY, Kind.SPONTANEOUS_INFORMATION}


@dataclass(frozen=True, slots=True)
class Points:
    """What a field offers to point at: messages, or elements of messages, of one side."""

    field: str
    kinds: frozenset[Kind]
    ours: bool = False  # ours, where we act; theirs, where their reply is recorded
    pending: Overlay | None = None  # what makes this run comes first
    notice: str = ""  # of handling notices only this one


@dataclass(frozen=True, slots=True)
class ActForm:
    """One verb, or one variant of it."""

    name: str
    label: str
    explain: str
    button: str
    parts: tuple[Part, ...]
    said: str  # once it is done
    theirs: str = ""  # the same act as a reply of theirs that came by another channel
    verb: str = ""  # the verb of the API where it is not the name
    grave: bool = False
    points: tuple[Points, ...] = ()
    says: Mapping[str, Any] = field(default_factory=dict)  # members no field asks for
    shape: Callable[[dict[str, Any]], dict[str, Any]] = dict  # what the body still needs after its fields were read
    places: Mapping[str, str] = field(default_factory=dict)  # member -> the field that makes it, where names differ
    only_changes: bool = False  # prefilled with what is, and says only what differs from it

    @property
    def act(self) -> str:
        """The verb of the API."""
        return self.verb or self.name

    def body(self, posted: Posted) -> dict[str, Any]:
        """The body of the act."""
        return {**self.shape(_handled(read(self.parts, posted))), **self.says}


RESTRICTIONS = ticks(
    "restrictions", N_("How this may be handled"), "restrictions",
    N_("ITI 15. The receiving node enforces what it says."), without=("text", "delete_by"),
)  # fmt: skip
HANDLING: tuple[Part, ...] = (
    RESTRICTIONS,
    Field("restriction_details.delete_by", N_("To be deleted by"), "date", fold=True),
    Field("restriction_details.text", N_("Another restriction, in words"), fold=True),
    Field("restriction_details.authorities", N_("Only for these authorities"), "lines", N_("One a line."), fold=True),
)  # fmt: skip
_BY_DETAIL = {"delete_by": "delete_by", "text": "text", "authorities": "designated_authorities"}


def _handled(body: dict[str, Any]) -> dict[str, Any]:
    details = body.get("restriction_details")
    if not isinstance(details, dict):
        return body
    meant = [word for member, word in _BY_DETAIL.items() if member in details]
    given = list(body.get("restrictions", []))
    return body | {"restrictions": given + [word for word in meant if word not in given]}
