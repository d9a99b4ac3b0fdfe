"""Who may do what: one table, asked by pages, API and commands alike.

Rules
- A verb names an act of a case or a room of the desk; a role holds a set of verbs.
- An administrator runs the node and sees no content (domain 7b.5); an auditor sees acts, not content.
- Who decides on trust (alarms about keys, suspending a counterpart) is an approver or a holder of keys, who needs no
  case for it; whether a contested message is its sender's, an officer asks by telephone.
- Where the node releases with two persons, the one who drafted never releases.
- ``carry`` is to put what waits, sealed as it is, into a file, and to take such files in: who works or runs the node.
- The content of one case may be released to one auditor for some days (``insight.py``): then he reads that case, and
  takes out its evidence for our own authority. ``Actor.opened`` says so; nothing else opens.
- ``pin`` is to compare the digest of a counterpart's card, and to see what changed on its contact card: whoever works
  with counterparts or answers for the node. It takes two of them (``trust/first_contact.py``).
"""

from dataclasses import dataclass

from protocol.lifecycle import VERBS as SAYS
from tracing.casework.errors import Forbidden

__all__ = ["NODE", "OPENED", "ROLES", "VERBS", "Actor", "Opened", "may", "permit"]

_ACTS = frozenset(SAYS) | {"request", "record", "enquire", "attach", "release", "ask-erase", "own"}
_BINDING = frozenset(
    {"propose-profile", "decide-profile", "set-targets", "correct-calendar", "redate"}
)  # what binds the authority
_TRUST = frozenset({"trust"})  # alarms about keys, and whom the node speaks with
_READING = frozenset({"list", "read", "deadlines", "counterparts", "ledger", "report"})
_REMINDED = frozenset({"reminders", "subscribe"})  # whoever is reminded may snooze, and say when he works
_TEAM = frozenset({"subscribe", "subscribe-team"})  # calendars of the team, which say nothing of what is in a case

OPENED = frozenset({"read", "release"})  # what a released case opens to its auditor, in that case

ROLES: dict[str, frozenset[str]] = {
    "officer": _ACTS | _READING | _REMINDED | {"ask-sender", "carry", "pin", "reconcile", "records"},
    "approver": _ACTS
    | _READING
    | _REMINDED
    | _BINDING
    | _TRUST
    | _TEAM
    | {"approve", "ask-sender", "carry", "erase", "give-content", "insight", "pin", "reconcile", "records"}
    | {"update-directory"},
    "liaison": _READING,
    "auditor": frozenset({"audit", "counterparts", "ask-content", "insight"}),
    "keyholder": _TRUST | {"counterparts", "pin"},
    "admin": _TEAM | {"users", "carry", "counterparts", "pin", "audit", "update-directory"},
}
VERBS: frozenset[str] = frozenset().union(*ROLES.values())


@dataclass(frozen=True, slots=True)
class Opened:
    """The one case whose content is released to a person, and by which release."""

    case: str
    release: str


@dataclass(frozen=True, slots=True)
class Actor:
    """The person who acts, as the audit trail names him."""

    name: str
    role: str
    language: str = "en"
    opened: Opened | None = None


NODE = Actor("node", "officer")
"""The node itself, where a message obliges it to something that waits for nobody."""


def may(role: str, verb: str) -> bool:
    """Whether ``role`` includes ``verb``. An unknown role or verb is never allowed."""
    return verb in ROLES.get(role, frozenset())


def permit(actor: Actor, verb: str, *cases: str) -> None:
    """Raise Forbidden unless the actor's role includes the verb, or all these ``cases`` are the one released to him."""
    opened = actor.opened
    if opened is not None and verb in OPENED and cases and all(one == opened.case for one in cases):
        return
    if not may(actor.role, verb):
        allowed = ", ".join(sorted(role for role in ROLES if may(role, verb))) or "nobody"
        msg = f"{verb}: the role {actor.role!r} does not include this; it belongs to: {allowed}"
        raise Forbidden(msg)
