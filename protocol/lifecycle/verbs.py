"""The verbs of the officers' API, and the kind of message each says.

Example
    >>> kind_of("refuse").value, kind_of("answer", final=False).value, kind_of("approve")
    ('refusal', 'interim_response', None)
"""

from collections.abc import Mapping
from types import MappingProxyType

from protocol.lifecycle.words import Kind

__all__ = ["CONTRACT_VERBS", "VERBS", "kind_of"]

VERBS: Mapping[str, Kind] = MappingProxyType(
    {
        "acknowledge": Kind.ACKNOWLEDGEMENT,
        "ask": Kind.INFORMATION_REQUEST,
        "supply": Kind.INFORMATION_SUPPLY,
        "amend": Kind.AMENDMENT,
        "answer": Kind.FINAL_RESPONSE,  # with "final": false an interim response, see kind_of
        "delay": Kind.DELAY_NOTICE,
        "restrict": Kind.RESTRICTION_NOTICE,
        "refuse": Kind.REFUSAL,
        "refer": Kind.REFERRAL,
        "clarify": Kind.CLARIFICATION_REQUEST,
        "explain": Kind.CLARIFICATION_REPLY,
        "remind": Kind.REMINDER,
        "withdraw": Kind.WITHDRAWAL,
        "correct": Kind.CORRECTION,
        "progress": Kind.PROGRESS,
        "prioritise": Kind.PRIORITY_CHANGE,
        "not-competent": Kind.NOT_COMPETENT,
        "notify": Kind.HANDLING_NOTICE,
        "object": Kind.OBJECTION,
        "consent-request": Kind.CONSENT_REQUEST,
        "consent-decision": Kind.CONSENT_DECISION,
        "close": Kind.CLOSURE,
        "reopen": Kind.REOPENING,
        "inform": Kind.SPONTANEOUS_INFORMATION,
    }
)
"""The verbs that say something to the counterpart of a case; ``inform`` stands beside those of the contract."""

CONTRACT_VERBS = (
    "approve", "acknowledge", "ask", "supply", "amend", "answer", "delay", "restrict", "refuse", "refer", "clarify",
    "explain", "remind", "withdraw", "correct", "progress", "prioritise", "not-competent", "notify", "object",
    "consent-request", "consent-decision", "record", "close", "reopen",
)  # fmt: skip
"""Every verb the contract names; ``approve`` and ``record`` say nothing of their own."""


def kind_of(verb: str, *, final: bool = True) -> Kind | None:
    """The kind a verb says, or None for a verb that says nothing; ``answer`` with ``final=False`` is interim."""
    if verb == "answer" and not final:
        return Kind.INTERIM_RESPONSE
    return VERBS.get(verb)
