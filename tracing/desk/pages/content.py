"""The content of a message for people: every member with its words, in the order of the Instrument.

Rules
- A member this node does not know is shown as it came and marked "not understood"; nothing is left out.
- Null means that its sender did not know, and is said; an empty list says "none".
- Values are typed here once (words, code, text, day), so that the template needs to know no member.
- What a message points at (``about``, elements) is named and linked where the case holds it (``Around``).
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tracing.desk.pages.countries import country_name
from tracing.desk.pages.members import ELSEWHERE, MEMBERS, ORDER, SAID
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words

__all__ = ["ALONE", "Around", "Link", "Mark", "Piece", "describe"]

DEEPEST = 6  # levels of a body that are laid out; what lies deeper is shown as JSON
POINTING = frozenset({"elements", "replaces", "changes"})  # lists of {mid, element}


@dataclass(frozen=True, slots=True)
class Link:
    """A place on this page, by name."""

    href: str
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """What later messages made of one element: superseded or not, and links to what they said."""

    struck: bool = False
    links: tuple[Link, ...] = ()


@dataclass(frozen=True, slots=True)
class Around:
    """What stands around a message: marks by the name of the element, links by mid and by (mid, element)."""

    marks: Mapping[str, Mark] = field(default_factory=dict)
    messages: Mapping[str, Link] = field(default_factory=dict)
    elements: Mapping[tuple[str, str], Link] = field(default_factory=dict)


ALONE = Around()


@dataclass(frozen=True, slots=True)
class Piece:
    """One member laid out. ``value`` is a text, a link, or pieces where ``kind`` is list, group or line."""

    label: str
    kind: str
    value: Any
    known: bool = True
    said: bool = False  # in one line with others its label must be said
    mark: Mark | None = None

    @property
    def is_wide(self) -> bool:
        """Whether it holds members of its own, and wants the whole width."""
        return self.kind == "group" or (self.kind == "list" and any(one.kind == "group" for one in self.value))


def describe(body: Mapping[str, Any], inside: str = "", around: Around = ALONE, depth: int = 0) -> list[Piece]:
    """The members of a body, known ones first and in their order. ``inside``: its kind of message, or its group."""
    pointed = _pointed(body, around) if inside in POINTING else []
    members = sorted(body, key=lambda member: (ORDER.get(member, len(ORDER)), member))
    taken = {"mid", "element"} if pointed else set()
    return pointed + [_piece(each, body[each], inside, around, depth) for each in members if each not in taken]


def _pointed(body: Mapping[str, Any], around: Around) -> list[Piece]:
    """What ``{"mid", "element"}`` names: a link where the case holds it, else both as they came."""
    mid, element = body.get("mid"), body.get("element")
    if not isinstance(mid, str) or not isinstance(element, str):
        return []
    link = around.elements.get((mid, element))
    return [Piece(_("Element"), "link", link) if link else Piece(_("Element"), "code", f"{element} ({mid})")]


def _piece(member: str, value: Any, inside: str, around: Around, depth: int) -> Piece:
    if member not in MEMBERS or depth > DEEPEST:
        return Piece(member, "text", _plain(value), known=False)
    label, kind, of = ELSEWHERE.get((inside, member)) or MEMBERS[member]
    mark = around.marks.get(member) if depth == 0 else None
    if value is None:
        return Piece(_(label), "none", _("not known"), mark=mark)
    one_kind = kind.removesuffix("s") if kind in ("lines", "groups") else kind
    if isinstance(value, list | tuple):
        inner = tuple(
            _value(member, one, (one_kind, of), around, depth, around.marks.get(f"{member}.{at}"))
            for at, one in enumerate(value)
        )
        return Piece(_(label), "list", inner, mark=mark) if inner else Piece(_(label), "none", _("none"), mark=mark)
    found = _value(member, value, (one_kind, of), around, depth, mark)
    return Piece(_(label), found.kind, found.value, said=member in SAID, mark=found.mark)


def _value(  # noqa: PLR0917 - one value, with all that decides how it is shown
    member: str, value: Any, how: tuple[str, str], around: Around, depth: int, mark: Mark | None
) -> Piece:
    kind, of = how
    if isinstance(value, Mapping):
        laid = describe(value, member, around, depth + 1)
        if kind == "line":
            return Piece("", "line", [piece for piece in laid if piece.kind != "none"], mark=mark)
        return Piece("", "group", laid, mark=mark)
    shown_kind, shown = _shown(value, kind, of, around)
    return Piece("", shown_kind, shown, mark=mark)


def _shown(value: Any, kind: str, of: str, around: Around) -> tuple[str, Any]:
    """A single value: how the template shows it, and what."""
    if isinstance(value, list | tuple):
        return "text", _plain(value)
    if kind == "truth" or isinstance(value, bool):
        return "words", _("yes") if value else _("no")
    if kind == "words":
        return "words", words(value, of)
    if kind == "country":
        return "text", country_name(value)
    if kind == "message":
        link = around.messages.get(str(value))
        return ("link", link) if link else ("code", str(value))
    return (kind if kind in ("code", "day") else "text"), str(value)


def _plain(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True)
