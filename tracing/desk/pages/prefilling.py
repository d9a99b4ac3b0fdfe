"""What a form begins with: a proposal, a template, the questions a message calls for, the request as it stands."""

from collections.abc import Mapping, Sequence
from typing import Any

from protocol.lifecycle import Kind
from tracing.casework.casefile import CaseFile
from tracing.desk.pages.acts import ActForm
from tracing.desk.pages.elements import is_effective
from tracing.desk.pages.forms import Field, Part
from tracing.desk.pages.lacking import item_of, request_lacks

__all__ = ["NO_RECORD", "prefilled"]

NO_RECORD = {
    "outcomes": [{"code": "no_record"}], "searched": [{"register": "", "complete": True}], "completeness": "full",
    "basis": ["registry"],
}  # fmt: skip


def prefilled(
    act: ActForm, file: CaseFile, request: Mapping[str, Any], parts: Sequence[Part], use: str
) -> dict[str, Any]:
    """The body a form begins with. ``use``: ``proposal``, ``no-record``, ``lacks``, or the mid of a message."""
    if act.only_changes:
        return dict(request)
    if act.name == "answer" and use:
        return _answer(file, use)
    if act.name == "ask" and use:
        return {"items": _items(file, request, use)}
    if act.name == "supply":
        return {"answers": _questions(file)}
    if act.name == "delay" and file.awaiting:
        return {"cause": file.awaiting[0]}
    return _about(parts, use) | ({"question": _asked_of(file, use)} if act.name == "clarify" and use else {})


def _answer(file: CaseFile, use: str) -> dict[str, Any]:
    if use == "proposal" and file.proposal:
        return dict(file.proposal.get("answer") or {})
    return NO_RECORD if use == "no-record" else {}


def _items(file: CaseFile, request: Mapping[str, Any], use: str) -> list[dict[str, Any]]:
    """One question for each thing that the request, or the message named, lacks."""
    lacks = request_lacks(request) if use == "lacks" else _lacks_of(file, use)
    return [{"code": item_of(one["member"]), "question": one["question"]} for one in lacks]


def _questions(file: CaseFile) -> list[dict[str, Any]]:
    """The items of the last question, each waiting for its answer."""
    asked = [one for one in file.messages if one["kind"] == Kind.INFORMATION_REQUEST and is_effective(one)]
    items = asked[-1]["body"].get("items", []) if asked and "information_pending" in file.overlays else []
    return [{"code": item.get("code"), "question": item.get("question")} for item in items if isinstance(item, dict)]


def _about(parts: Sequence[Part], use: str) -> dict[str, Any]:
    """The message that is meant: the one named, else the first offered (it waits, or is the last)."""
    about = next((part for part in parts if isinstance(part, Field) and part.name == "about"), None)
    if about is None or not about.options:
        return {}
    return {"about": use if use in about.options else about.options[0]}


def _asked_of(file: CaseFile, mid: str) -> str:
    """The questions that a message of theirs calls for, one a line."""
    return "\n".join(one["question"] for one in _lacks_of(file, mid))


def _lacks_of(file: CaseFile, mid: str) -> list[Mapping[str, Any]]:
    return next((list(one["lacks"]) for one in file.messages if one["mid"] == mid), [])
