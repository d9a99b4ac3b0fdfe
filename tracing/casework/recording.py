"""A reply that came by letter, telephone or another system: recorded by an officer in the same case.

Same clocks, same ledger, marked as not signed by the counterpart. The same verb records the reply of a State that has
a node but answered otherwise.

    {"kind": "acknowledge", "channel": "note_verbale", "received": "2026-11-20", "body": {"reference": "X-12"}}
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from protocol.lifecycle import TABLE, Kind, State, When
from protocol.names import MessageId
from tracing.casework.acts import House, build_message
from tracing.casework.attaching import named_uploads
from tracing.casework.elements.following import note_duties
from tracing.casework.errors import IllegalMove, Incomplete, Problem, shown
from tracing.casework.particulars import particulars
from tracing.casework.policy import Actor
from tracing.casework.ports import Recorded
from tracing.casework.thread import Thread, hold
from tracing.casework.verbs import VERBS, kind_said
from tracing.casework.writing import add_recorded, settle
from tracing.clock import Ids, to_ms
from tracing.store import Tx, View

__all__ = ["Recording", "decide", "opens_the_gate", "recordable", "store"]

_OF_HANDLING = frozenset({Kind.HANDLING_NOTICE, Kind.CONSENT_DECISION, Kind.REFERRAL})
"""What may relax restrictions: it comes signed where the other authority has a node, and by letter only where not."""


@dataclass(frozen=True, slots=True)
class Recording:
    """A recorded reply, decided and not yet stored."""

    case_id: str
    mid: MessageId
    recorded: Recorded
    version: int
    counterpart: str


def decide(  # noqa: PLR0917 - what an officer hands in, and what it is judged by
    house: House, view: View, thread: Thread, body: dict[str, Any], now: datetime, ids: Ids
) -> Recording:
    """What an officer entered, judged as if the counterpart had said it; attachments are scans of the reply."""
    fitting = _fitting(thread)
    if not fitting:
        msg = f"record: the case is {thread.state}; there is nothing the other authority could have replied to"
        raise IllegalMove(msg)
    verb = body.get("kind")
    if not isinstance(verb, str) or verb not in VERBS:
        raise Incomplete((Problem("kind", f"one of {', '.join(sorted(VERBS))}", shown(verb)),))
    content = body.get("body", {})
    if not isinstance(content, dict):
        raise Incomplete((Problem("body", "an object with what the reply says", type(content).__name__),))
    kind, said = kind_said(verb, content)
    if kind not in fitting:
        msg = f"record {verb}: the case is {thread.state}; a reply of this kind does not fit it now"
        raise IllegalMove(msg)
    channel, received, note = particulars(body, now)
    _, uploads = named_uploads(view, body)
    message = build_message(house, kind, said, now.date())
    mid = MessageId.new(thread.case.counterpart, ids.uuid7())
    return Recording(
        thread.case.id,
        mid,
        Recorded(message, channel, to_ms(received), note, uploads),
        thread.case.version,
        thread.case.counterpart,
    )


def opens_the_gate(body: dict[str, Any]) -> bool:
    """Whether what is recorded could free an element of its restrictions: an approver enters such a letter."""
    verb = body.get("kind")
    return isinstance(verb, str) and verb in VERBS and VERBS[verb].kind in _OF_HANDLING


def recordable(thread: Thread) -> frozenset[str]:
    """The verbs the other authority may have said now, and whose recording fits the case."""
    fitting = _fitting(thread)
    return frozenset(verb for verb, entry in VERBS.items() if entry.kind in fitting)


def store(tx: Tx, house: House, actor: Actor, recording: Recording) -> Thread:
    """The transaction of a recorded reply."""
    thread = hold(tx, recording.case_id, recording.version)
    add_recorded(tx, actor, thread, recording.mid, recording.recorded)
    after = settle(tx, house, recording.case_id)
    note_duties(tx, house.timetable, after, recording.mid)
    return after


def _fitting(thread: Thread) -> frozenset[Kind]:
    """The kinds of message that a reply by another channel may be now."""
    if not thread.said:
        return frozenset()
    first = frozenset(kind for kind in Kind if _first_reply(thread, kind))
    fitting = thread.view.allowed(thread.us.other) | first
    return fitting - _OF_HANDLING if thread.on_node else fitting


def _first_reply(thread: Thread, kind: Kind) -> bool:
    """By letter the first reply shows that the request arrived: what may be said in ``delivered`` may be recorded."""
    rule = TABLE.get((State.DELIVERED, kind, thread.us.other))
    return thread.state == State.SENT and not thread.on_node and rule is not None and rule.when is When.ALWAYS
