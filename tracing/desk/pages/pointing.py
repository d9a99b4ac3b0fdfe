"""What a form offers to point at: messages and elements of this case, in words, those that wait first."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from protocol.elements import REST
from protocol.lifecycle import Kind, Overlay
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.acts import ActForm, Points
from tracing.desk.pages.elements import elements_of, is_effective, message_words, pointed_at
from tracing.desk.pages.forms import Field, Part, pointer
from tracing.desk.pages.handling import in_force
from tracing.desk.pages.moments import Here
from tracing.desk.pages.words import words

__all__ = ["pointing"]


def pointing(act: ActForm, file: CaseFile, here: Here, *, swapped: bool) -> tuple[Part, ...] | None:
    """The fields of an act with what they may point at; None where one that is required has nothing.

    ``swapped``: the act is one of theirs, recorded here; what is ours to them is theirs to us.
    """
    parts = []
    for part in act.parts:
        points = next((one for one in act.points if one.field == part.name), None)
        if points is None or not isinstance(part, Field):
            parts.append(part)
            continue
        names = _names(points, act, file, here, ours=points.ours is not swapped)
        if names:
            parts.append(replace(part, options=tuple(names), names=names))
        elif part.required:
            return None
    return tuple(parts)


def _names(points: Points, act: ActForm, file: CaseFile, here: Here, *, ours: bool) -> dict[str, str]:
    found = [one for one in file.messages if _is_meant(one, points, ours=ours)]
    if points.field == "about":
        waiting = file.pending.get(points.pending or "", [])
        newest = list(reversed(found))
        first = [one for one in newest if one["mid"] in waiting]
        later = [one for one in newest if one["mid"] not in waiting]
        return {one["mid"]: message_words(one, here) for one in (*first, *later)}
    elements = dict(_elements(found, file, here))
    if act.name == "consent-decision":
        asked = _asked_about(file, ours=not ours)
        return {name: said for name, said in elements.items() if name in asked} or elements
    return elements


def _is_meant(one: Mapping[str, Any], points: Points, *, ours: bool) -> bool:
    mine = (one["signature"] == "own") is ours
    noticed = not points.notice or one["body"].get("notice") == points.notice
    return mine and noticed and one["kind"] in points.kinds and is_effective(one)


def _elements(found: list[dict[str, Any]], file: CaseFile, here: Here) -> Iterator[tuple[str, str]]:
    """Every element still standing, with its message where several speak, and with the restrictions on it."""
    fallen = {(one["mid"], one["element"]) for one in file.superseded}
    restricted = in_force(file)
    for one in found:
        before = f"{message_words(one, here)} \u2014 " if len(found) > 1 else ""
        for name, said in elements_of(one).items():
            if (one["mid"], name) not in fallen:
                on = [words(each, "restrictions").lower() for each in restricted.get((one["mid"], name), [])]
                after = f" ({', '.join(on)})" if on and name != REST else ""
                yield pointer(one["mid"], name), f"{before}{said}{after}"


def _asked_about(file: CaseFile, *, ours: bool) -> set[str]:
    """The elements that requests for consent name, those that wait for a decision if any does."""
    asked = [one for one in file.messages if one["kind"] == Kind.CONSENT_REQUEST and is_effective(one)]
    waiting = file.pending.get(Overlay.CONSENT_PENDING, [])
    of_side = [one for one in asked if (one["signature"] == "own") is ours]
    meant = [one for one in of_side if one["mid"] in waiting] or of_side
    return {pointer(*named) for one in meant for named in pointed_at(one, "elements")}
