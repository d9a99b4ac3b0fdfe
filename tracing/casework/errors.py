"""What can stand in the way of an act, for the person who asked: one class each, with a stable code.

``status`` is the nearest HTTP status, so that the desk needs no table of its own.
"""

from dataclasses import dataclass
from typing import Any, ClassVar

from protocol.handling import Obstacle

__all__ = [
    "ByLetterOnly", "CaseworkError", "Forbidden", "IllegalMove", "Incomplete", "NotFound", "NotOpenedYet",
    "NotProvable", "Problem",
    "Restricted", "Stale", "Suspended", "Unavailable", "UnknownCounterpart", "Unseen", "shown",
]  # fmt: skip

MOST_SHOWN = 80


@dataclass(frozen=True)
class Problem:
    """One thing wrong with what an officer entered: where, what was expected, what came, which rule says so."""

    member: str
    expected: str
    got: str
    source: str = ""


class CaseworkError(Exception):
    """Base of the refusals an officer can mend."""

    code: ClassVar[str] = "refused"
    title: ClassVar[str] = "The act was refused"
    status: ClassVar[int] = 400
    retry_after_s: ClassVar[int | None] = None  # where trying again can help

    def __init__(self, detail: str) -> None:
        super().__init__(detail)
        self.detail = detail


class NotFound(CaseworkError):
    """No such case, or none that this person may see."""

    code, title, status = "not-found", "There is no such thing here", 404


class NotOpenedYet(NotFound):
    """No such case so far, and what its requester sent last waits to be opened: it may be there in a moment."""

    retry_after_s = 1


class Forbidden(CaseworkError):
    """The role of this person does not include the act, or a second person is needed."""

    code, title, status = "forbidden", "You may not do this", 403


class IllegalMove(CaseworkError):
    """The lifecycle does not allow this act in the state the case is in."""

    code, title, status = "illegal-move", "The case does not allow this now", 409


class NotProvable(CaseworkError):
    """The message is not one whose elements can be proved or erased: nobody signed it, or its keys are not known."""

    code, title, status = "not-provable", "This message cannot be proved by its elements", 409


class Restricted(CaseworkError):
    """What is to be released lies under a restriction of its provider (ITI 15); ``obstacles`` names each.

    ``case`` is the case in which it was given, for the audit trail.
    """

    code, title, status = "restricted", "A restriction of its provider stands in the way", 403

    def __init__(self, case: str, obstacles: tuple[Obstacle, ...]) -> None:
        super().__init__("; ".join(_sentence(one) for one in obstacles))
        self.case = case
        self.obstacles = obstacles


def _sentence(one: Obstacle) -> str:
    remedy = "its provider may be asked for consent" if one.can_ask else "no consent lifts it"
    return f"{one.ref.element} of {one.ref.mid}: {one.restriction} ({one.source}); {remedy}"


class ByLetterOnly(CaseworkError):
    """The counterpart has no node, and this act needs one."""

    code, title, status = "by-letter-only", "This counterpart has no node", 409


class Stale(CaseworkError):
    """The case changed since it was read."""

    code, title, status = "stale", "The case has changed since you read it", 412


class Unseen(CaseworkError):
    """What would be released was drafted after this person last looked (RFC 6585, section 3)."""

    code, title, status = "precondition-required", "Say which draft you mean", 428


class Incomplete(CaseworkError):
    """What was entered lacks something the ITI asks for, or holds something that cannot be understood."""

    code, title, status = "incomplete", "Something is missing or cannot be understood", 422

    def __init__(self, problems: tuple[Problem, ...]) -> None:
        super().__init__("; ".join(f"{p.member}: expected {p.expected}, got {p.got}" for p in problems))
        self.problems = problems


class UnknownCounterpart(CaseworkError):
    """The authority named is not pinned at this node."""

    code, title, status = "unknown-counterpart", "No such counterpart at this node", 422


class Suspended(CaseworkError):
    """Officers suspended this counterpart."""

    code, title, status = "counterpart-suspended", "This counterpart is suspended", 409


class Unavailable(CaseworkError):
    """The node cannot do it just now; nothing was done."""

    code, title, status = "unavailable", "The node cannot do this just now", 503
    retry_after_s = 5


def shown(value: Any) -> str:
    """A short quotation of what came, for the ``got`` of a problem."""
    if value is None:
        return "nothing"
    text = value if isinstance(value, str) else repr(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}..."
