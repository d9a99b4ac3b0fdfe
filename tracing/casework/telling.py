"""The seam of the channels: what each of them hears of a reminder, in the transaction that writes its row.

Rules
- The desk needs none: it reads the rows. A channel that sends something writes rows of its own, and sends later.
- What a person may choose about is one of ``EVENTS``, whatever rung of the ladder it was.

    look(tx, late_after_ms=..., tell=post.tell)
"""

from collections.abc import Callable
from dataclasses import dataclass

from tracing.casework.attendance import Recipient
from tracing.store import Tx

__all__ = ["EVENTS", "Reminded", "Tell", "at_the_desk_only", "event_of"]

EVENTS = ("near", "passed", "again", "escalated")
_OF_OWNER = frozenset({"owner", "officer"})


@dataclass(frozen=True, slots=True)
class Reminded:
    """A reminder just written: of which deadline, by which name, for whom, and whether its case is urgent."""

    deadline: int
    name: str  # near | passed | a rung in its own words
    whom: Recipient
    is_urgent: bool


Tell = Callable[[Tx, Reminded], None]


def at_the_desk_only(_tx: Tx, _reminded: Reminded) -> None:
    """No channel beside the desk."""


def event_of(name: str, to_role: str) -> str:
    """A date nears or has passed; its owner is reminded again; or it comes to somebody else, as it was not done."""
    if name in {"near", "passed"}:
        return name
    return "again" if to_role in _OF_OWNER else "escalated"
