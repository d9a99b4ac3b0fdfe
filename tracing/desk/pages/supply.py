"""The supply route on the page of a case: each step in words, who told it, and where to read it."""

from collections.abc import Mapping
from typing import Any

from tracing.casework.casefile import CaseFile
from tracing.casework.elements.route import ANSWERS, ASKED_ON, NOTHING_SAID, Route
from tracing.desk.pages.content import Link
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.elements import href_of
from tracing.desk.pages.rows import name_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.words import words
from tracing.partners import Partners

__all__ = ["supply_view", "tells_a_route"]

EVENTS = {
    "last_legal_holder": N_("Last legal holder"), "diversion": N_("Diversion"), "state_stock": N_("State stock"),
}  # fmt: skip
WHYS = {
    NOTHING_SAID: N_("Nothing that was said yet tells where the weapon went."),
    ASKED_ON: N_(
        "The requesting State asks on from another case, and passed on nothing of it that tells the route: "
        "what was answered to it goes no further than its provider allows (ITI 15(c))."
    ),
}


def tells_a_route(file: CaseFile) -> bool:
    """Whether anything in this case alone may say where the weapon went, or why nothing does."""
    return any(one["kind"] in ANSWERS or one["passed_on"] or one["body"].get("parent") for one in file.messages)


def supply_view(route: Route, file: CaseFile, partners: Partners, me: str) -> dict[str, Any] | None:
    """The steps in the order of their dates, with what is missing between them; None where nothing is to be said."""
    if not route.steps and not (len(route.cases) > 1 or route.why == ASKED_ON):
        return None
    gaps = {(gap["mid"], gap["after"]): gap for gap in route.gaps}
    steps = [_step(one, file, partners, me, gaps.get((one["mid"], one["element"]))) for one in route.steps]
    return {"steps": steps, "why": _(WHYS[route.why]) if route.why else ""}


def _step(
    one: Mapping[str, Any], file: CaseFile, partners: Partners, me: str, gap: Mapping[str, Any] | None
) -> dict[str, Any]:
    states = [country_name(one[end]) for end in ("from_state", "to_state") if one[end]]
    event = str(one["event"] or "")
    return {
        "event": _(EVENTS[event]) if event in EVENTS else words(event, "transactions.type"), "date": one["date"],
        "states": " \u2192 ".join(states), "facts": [one[fact] for fact in ("party", "licence", "place") if one[fact]],
        "told": _told(one, partners, me), "restrictions": one["restrictions"], "conditions": one.get("conditions"),
        "at": _evidence(one, file), "gap": _gap(gap) if gap else "",
    }  # fmt: skip


def _told(one: Mapping[str, Any], partners: Partners, me: str) -> str:
    """Whose word it is, how it came here, and whether it is signed."""
    by = _("us") if one["told_by"] == me else name_of(str(one["told_by"]), partners)
    signed = "" if one["signed"] else _(", not signed")
    if carrier := one.get("passed_on_by"):
        named = {"who": by, "carrier": name_of(str(carrier), partners), "signed": signed}
        return _("told by %(who)s, passed on by %(carrier)s%(signed)s") % named
    return _("told by %(who)s%(signed)s") % {"who": by, "signed": signed}


def _evidence(one: Mapping[str, Any], file: CaseFile) -> Link:
    """The message it stands in: of this case, or of a linked one."""
    page = "" if one["case"] == file.case else f"/cases/{one['case']}"
    return Link(page + href_of(str(one.get("passed_on_in") or one["mid"])), _("read it"))


def _gap(gap: Mapping[str, Any]) -> str:
    named = {"reached": country_name(gap["reached"]), "on": country_name(gap["goes_on"])}
    return _("How it came from %(reached)s to %(on)s is not told.") % named
