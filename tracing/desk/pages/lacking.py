"""What arrived incomplete but authentic: what it lacks, the question to ask, and the form that asks it (ITI 21, 23)."""

from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from protocol import messages
from protocol.messages import TraceRequest
from tracing.casework.casefile import CaseFile

__all__ = ["has_no_reason", "href_to_ask", "item_of", "request_lacks"]

_ITEMS = {
    "illicit": "illicit_ground", "ground": "illicit_ground", "citation": "legal_citation",
    "circumstances": "circumstances", "place": "place_of_find", "date": "date_of_find",
    "found": "circumstances", "mode": "circumstances", "markings": "markings", "serial": "serial", "status": "serial",
    "make": "make", "model": "model", "calibre": "calibre",
    "type": "type", "class": "type", "country_of_manufacture": "country_of_manufacture", "intended_use": "intended_use",
    "confidentiality": "confidentiality", "justification": "justification",
}  # fmt: skip
_LIMITS = frozenset({"refusal", "delay_notice", "restriction_notice"})


def item_of(member: str) -> str:
    """The code of ITI 21 for a member that is missing."""
    last = member.rpartition(".")[2]
    return _ITEMS.get(member) or _ITEMS.get(last) or "other"


def request_lacks(request: Mapping[str, Any]) -> list[dict[str, str]]:
    """What the request as it stands still lacks; what an amendment brought is asked for no more."""
    return [asdict(one) for one in messages.parse(TraceRequest.TYPE, dict(request)).lacks()] if request else []


def has_no_reason(one: Mapping[str, Any]) -> bool:
    """A delay, a restriction or a refusal of theirs that does not say why."""
    return one["kind"] in _LIMITS and any(lack["member"] in ("ground", "reason") for lack in one["lacks"])


def href_to_ask(file: CaseFile, one: Mapping[str, Any]) -> str:
    """The form that asks for what a message lacks, filled in; "" where nothing of the kind may be said now."""
    act = "clarify" if file.direction == "sent" else "ask"
    is_asked = one["lacks"] and one["effect"] == "effective" and act in file.allowed
    return f"/cases/{file.case}?do={act}&use={one['mid']}#act" if is_asked else ""
