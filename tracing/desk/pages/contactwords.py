"""A contact card of ITI paras 25 and 31 in words: as facts, and as what changed between two of them."""

from collections.abc import Mapping
from typing import Any

from tracing.desk.pages.tongue import N_, _
from tracing.trust.contacts import Change

__all__ = ["changed_facts", "facts_of"]

MEMBERS: Mapping[str, str] = {
    "name": N_("Point of contact"), "email": N_("E-mail"), "phone": N_("Telephone"), "address": N_("Address"),
    "hours": N_("Hours"), "languages": N_("Languages"), "holidays": N_("Holidays"),
    "marking_practices": N_("How weapons are marked"), "points": N_("Further points of contact"),
}  # fmt: skip


def facts_of(members: Mapping[str, Any]) -> list[tuple[str, str]]:
    """(term, text) of what is filled in, known members first; what a newer version says is shown under its own name."""
    order = [*MEMBERS, *(name for name in members if name not in MEMBERS)]
    return [(_term(name), text) for name in order if (text := _text(members.get(name)))]


def changed_facts(change: Change) -> list[tuple[str, str, str]]:
    """(term, before, after) of each member that differs; a dash where there was, or is, nothing."""
    return [(_term(name), _text(old) or "—", _text(new) or "—") for name, old, new in change.differences]


def _term(name: str) -> str:
    return _(MEMBERS[name]) if name in MEMBERS else name


def _text(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(text for one in value.values() if (text := _text(one)))
    if isinstance(value, list):
        between = "\n" if any(isinstance(one, Mapping) for one in value) else ", "
        return between.join(text for one in value if (text := _text(one)))
    return "" if value is None else str(value)
