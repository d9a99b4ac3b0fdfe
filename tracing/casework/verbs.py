"""The officers' verbs: what each says, and whether its release takes two persons where the node asks for that.

domain 7b.5 names the acts that need an authorising officer: the request, and whatever answers, delays or refuses.
"""

from dataclasses import dataclass
from typing import Any

from protocol.lifecycle import Kind

__all__ = ["VERBS", "Verb", "kind_said"]


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the contract."""

    kind: Kind
    two_persons: bool = False


VERBS: dict[str, Verb] = {
    "acknowledge": Verb(Kind.ACKNOWLEDGEMENT),
    "ask": Verb(Kind.INFORMATION_REQUEST),
    "supply": Verb(Kind.INFORMATION_SUPPLY),
    "answer": Verb(Kind.FINAL_RESPONSE, two_persons=True),
    "delay": Verb(Kind.DELAY_NOTICE, two_persons=True),
    "refuse": Verb(Kind.REFUSAL, two_persons=True),
    "withdraw": Verb(Kind.WITHDRAWAL),
    "close": Verb(Kind.CLOSURE),
}


def kind_said(verb: str, body: dict[str, Any]) -> tuple[Kind, dict[str, Any]]:
    """The kind of message a verb says, and its body without what only steers the verb (``"final": false``)."""
    if verb == "answer" and body.get("final") is False:
        return Kind.INTERIM_RESPONSE, {name: value for name, value in body.items() if name != "final"}
    return VERBS[verb].kind, {name: value for name, value in body.items() if name != "final" or verb != "answer"}
