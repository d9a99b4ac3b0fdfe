"""The officers' verbs: what each says, and whether its release takes two persons where the node asks for that.

domain 7b.5 names the acts that need an authorising officer: the request, whatever answers, delays, limits or refuses,
consents asked and decided, and the notice of a breach.
"""

from dataclasses import dataclass
from typing import Any

from protocol.lifecycle import VERBS as SAYS
from protocol.lifecycle import Kind
from protocol.vocabulary.endings import ClosingCode
from protocol.vocabulary.handling import Notice

__all__ = ["VERBS", "Verb", "facts_said", "kind_said"]

_TWO_PERSONS = frozenset(
    {"answer", "delay", "restrict", "refuse", "correct", "consent-request", "consent-decision"}
)  # nos. 9 to 13, 19, 20 and 27 of domain 7b.1


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb of the contract."""

    kind: Kind
    needs_second: bool = False

    def two_persons(self, body: dict[str, Any]) -> bool:
        """Whether this act is released by a second person; of the notices that of a breach is (no. 24)."""
        return self.needs_second or (self.kind is Kind.HANDLING_NOTICE and body.get("notice") == Notice.BREACH.value)


VERBS: dict[str, Verb] = {verb: Verb(kind, verb in _TWO_PERSONS) for verb, kind in SAYS.items()}


def kind_said(verb: str, body: dict[str, Any]) -> tuple[Kind, dict[str, Any]]:
    """The kind of message a verb says, and its body without what only steers the verb (``"final": false``)."""
    if verb == "answer" and body.get("final") is False:
        return Kind.INTERIM_RESPONSE, {name: value for name, value in body.items() if name != "final"}
    return VERBS[verb].kind, {name: value for name, value in body.items() if name != "final" or verb != "answer"}


def facts_said(verb: str, body: dict[str, Any]) -> frozenset[str]:
    """What of a body decides whether the verb is legal at all: a closure because nobody answered is one of its own."""
    lapsed = verb == "close" and body.get("code") == ClosingCode.NO_RESPONSE_LAPSED.value
    return frozenset({"lapsed"} if lapsed else ())
