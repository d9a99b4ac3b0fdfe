"""What an officer asks for when he exports evidence: of which case, of one message or all, for whom and for what."""

from dataclasses import dataclass
from typing import Any, Final

from protocol.names import CaseId
from protocol.vocabulary.handling import RecipientKind
from tracing.casework.elements.proving import PURPOSES
from tracing.casework.errors import Incomplete, NotFound, Problem, shown

__all__ = ["Export", "enter_export"]

MOST_CHARS: Final = 200
_MEMBERS: Final = frozenset({"message", "to", "purpose"})


@dataclass(frozen=True, slots=True)
class Export:
    """The evidence asked for. ``mid`` None means all of the case; ``purpose`` is a word of ``RecipientKind``."""

    case: CaseId
    mid: str | None
    to: str
    purpose: str
    is_ours: bool = False  # made for our own authority, and nobody else


def enter_export(case_id: str, body: dict[str, Any], us: str) -> Export:
    """The export an officer asks for; to our own authority ``us`` where he names no other. Raises Incomplete."""
    body = {"to": us, "purpose": str(RecipientKind.OWN_AUTHORITY)} | body
    problems = [
        Problem(name, f"{what}, of at most {MOST_CHARS} characters", shown(body[name]))
        for name, what in (("message", "the id of a message of this case"), ("to", "an authority, or who receives it"))
        if name in body and not _is_text(body[name])
    ]
    if body["purpose"] not in PURPOSES:
        problems.append(Problem("purpose", f"one of {', '.join(PURPOSES)}", shown(body["purpose"])))
    problems += [Problem(name, "no such member", "one") for name in sorted(body.keys() - _MEMBERS)]
    if problems:
        raise Incomplete(tuple(problems))
    ours = body["to"] == us and body["purpose"] == RecipientKind.OWN_AUTHORITY
    return Export(_case(case_id), body.get("message"), body["to"], body["purpose"], ours)


def _case(case_id: str) -> CaseId:
    try:
        return CaseId(case_id)
    except ValueError as error:
        msg = f"no case {shown(case_id)} at this node"
        raise NotFound(msg) from error


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and bool(value.strip()) and len(value) <= MOST_CHARS
