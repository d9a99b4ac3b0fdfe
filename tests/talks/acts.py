"""What officers may want to say: verbs with bodies that are whole, whether or not the case allows them now."""

import random
from typing import Any

from protocol.lifecycle import VERBS, Kind
from tests.domain.bodies import body

__all__ = ["VERB_OF", "choose_body"]

VERB_OF: dict[Kind, str] = {kind: verb for verb, kind in VERBS.items()} | {Kind.INTERIM_RESPONSE: "answer"}

_DECLINED = {"urgency_accepted": False, "urgency_reason": "No danger is named."}
_OTHER_WORDS: dict[Kind, list[dict[str, Any]]] = {
    Kind.ACKNOWLEDGEMENT: [{}, _DECLINED, _DECLINED],
    Kind.INFORMATION_REQUEST: [{}, {"items": [{"code": "calibre"}]}],
    Kind.CLOSURE: [{}, {"code": "no_response_lapsed"}],
    Kind.DELAY_NOTICE: [{"new_date": "2037-01-15"}, {"new_date": "2037-02-15"}],
    Kind.HANDLING_NOTICE: [{}, {"notice": "breach", "scope": "Sent to a newspaper.", "measures": "Recalled."}],
    Kind.PRIORITY_CHANGE: [{"priority": word} for word in ("urgent", "routine", "low")],
}
_POINTED = ("outcomes.0", "weapon", "transactions.0")


def choose_body(kind: Kind, chance: random.Random, mids: list[str]) -> dict[str, Any]:
    """A body for an officer's act. ``mids``: the messages it may name where the office would choose one."""
    said = body(kind) | chance.choice(_OTHER_WORDS.get(kind, [{}]))
    if kind is Kind.INTERIM_RESPONSE:
        said["final"] = False
    for member in ("elements", "replaces"):
        if member in said:
            said[member] = [chance.choice(_POINTED)]
    if "about" in said:
        del said["about"]
        if mids and chance.random() < 0.3:
            said["about"] = chance.choice(mids)
    return {} if kind is Kind.REMINDER else said
