"""The attachments of a message: name, size, how far each has come, and the way to it."""

from collections.abc import Mapping
from typing import Any

from tracing.desk.pages.figures import size_of
from tracing.desk.pages.moments import Badge
from tracing.desk.pages.tongue import N_, _

__all__ = ["attached", "drafted"]

# state of an attachment -> (look, words)
STATES = {
    "here": ("good", N_("here")), "there": ("good", N_("arrived there")), "by_letter": ("calm", N_("kept here")),
    "waiting": ("note", N_("on its way")), "on_demand": ("calm", N_("held back until it is asked for")),
    "rejected": ("late", N_("rejected with its message")),
    "spoiled": ("late", N_("not what its sender said it is")),
}  # fmt: skip


def attached(one: Mapping[str, Any], mid: str, case_id: str, *, ours: bool) -> dict[str, Any]:
    """One attachment of the message ``mid``."""
    look, state = STATES.get(one["state"], ("calm", one["state"]))
    where = f"/cases/{case_id}/attachments/{mid}/{one['n']}"
    return {
        "name": one["name"], "kind": _("review copy") if one["copy_of"] is not None else one["type"],
        "size": size_of(one["length"]), "badge": Badge(look, _(state)), "fault": one["fault"],
        "href": f"/api/v1{where}" if ours or one["state"] == "here" else None,
        "ask": where if one["state"] == "on_demand" and not ours else None,
    }  # fmt: skip


def drafted(one: Mapping[str, Any], draft: str, case_id: str) -> dict[str, Any]:
    """One attachment of a draft: whoever releases it reads it before."""
    goes = _("held back until it is asked for") if one["on_demand"] else _("goes with it")
    return {
        "name": one["name"], "kind": _("review copy") if one["copy_of"] is not None else one["type"],
        "size": size_of(one["length"]), "badge": Badge("calm", goes), "fault": None, "ask": None,
        "href": f"/api/v1/cases/{case_id}/drafts/{draft}/attachments/{one['n']}",
    }  # fmt: skip
