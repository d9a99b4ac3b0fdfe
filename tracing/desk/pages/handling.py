"""How what was said may be handled: the restrictions in force on each element, and the consents asked and decided.

Rules
- A change of restrictions holds from its receipt (ITI 15); silence is no consent, and a later decision replaces one.
- Each restriction stands once, with all it lies on.
"""

from collections.abc import Mapping
from typing import Any

from protocol.elements import REST
from protocol.lifecycle import Kind
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.content import Link
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.elements import consented, element_links, elements_of, href_of, is_effective, pointed_at
from tracing.desk.pages.moments import Badge, Here
from tracing.desk.pages.tongue import _
from tracing.desk.pages.words import words

__all__ = ["consents_of", "in_force", "recipient_words", "restrictions_of"]

LOOKS = {"granted": "good", "granted_with_conditions": "good", "denied": "late", "revoked": "late"}


def in_force(file: CaseFile) -> dict[tuple[str, str], list[str]]:
    """The restrictions that lie on each element now."""
    return {(one["mid"], one["element"]): list(one["restrictions"]) for one in file.restrictions}


def restrictions_of(file: CaseFile) -> list[dict[str, str]]:
    """Each restriction once, with what it lies on: a whole message, or elements of one."""
    said = {one["mid"]: one for one in file.messages}
    on: dict[str, dict[str, set[str]]] = {}
    for (mid, element), restrictions in in_force(file).items():
        for restriction in restrictions if mid in said else ():
            on.setdefault(restriction, {}).setdefault(mid, set()).add(element)
    return [
        {
            "restriction": name,
            "on": "; ".join(_lies_on(said[mid], names) for mid, names in found.items() if mid in said),
        }
        for name, found in on.items()
    ]


def _lies_on(one: Mapping[str, Any], names: set[str]) -> str:
    """``rest`` carries what stands in no other element: with it, the restriction was said of the whole."""
    kind = words(one["kind"], "kind").lower()
    if REST in names:
        return _("all of the %(kind)s") % {"kind": kind}
    known = elements_of(one)
    return f"{kind}: {', '.join(known.get(name, name).partition(':')[0].lower() for name in sorted(names))}"


# ---------------------------------------------------------------- consents


def consents_of(file: CaseFile, here: Here, who: str) -> list[dict[str, Any]]:
    """Every consent asked for in this case, with what came of it; the newest first."""
    links = element_links(file, here)
    requests = {one["mid"]: one for one in file.messages if one["kind"] == Kind.CONSENT_REQUEST and is_effective(one)}
    decisions: dict[str, list[dict[str, Any]]] = {}
    for one in file.messages:
        if one["kind"] == Kind.CONSENT_DECISION and is_effective(one):
            decisions.setdefault(str(one["body"].get("about")), []).append(one)
    return [
        _consent(one, decisions.get(mid, []), requests, links, who) for mid, one in reversed(list(requests.items()))
    ]


def _consent(
    asked: Mapping[str, Any], decisions: list[dict[str, Any]], requests: Mapping[str, Mapping[str, Any]],
    links: Mapping[tuple[str, str], Link], who: str,
) -> dict[str, Any]:  # fmt: skip
    body, last = asked["body"], decisions[-1] if decisions else None
    meant = consented(last, requests) if last else pointed_at(asked, "elements")
    return {
        "href": href_of(asked["mid"]), "sent": asked["sent"],
        "asked_by": _("we ask") if asked["signature"] == "own" else _("%(who)s asks") % {"who": who},
        "recipient": recipient_words(body.get("recipient")), "purpose": body.get("purpose"),
        "elements": [links.get(pointer, Link(href_of(pointer[0]), pointer[1])) for pointer in meant],
        "badge": _decided(last), "conditions": last["body"].get("conditions") if last else None,
        "until": last["body"].get("until") if last else None, "decided": last["sent"] if last else None,
        "earlier": [
            {"href": href_of(one["mid"]), "sent": one["sent"], "badge": _decided(one)} for one in decisions[:-1]
        ],
    }  # fmt: skip


def _decided(one: Mapping[str, Any] | None) -> Badge:
    if one is None:
        return Badge("soon", _("Not decided: silence is no consent"))
    decision = str(one["body"].get("decision") or "")
    return Badge(LOOKS.get(decision, "calm"), words(decision, "consent.decision"))


def recipient_words(recipient: Any) -> str:
    """``A third State: Serbia, Directorate for firearms``."""
    if not isinstance(recipient, Mapping):
        return _("nobody named")
    named = [country_name(recipient.get("state")), recipient.get("name")]
    facts = ", ".join(str(one) for one in named if one)
    kind = words(recipient.get("kind"), "recipient.kind")
    return f"{kind}: {facts}" if facts else kind
