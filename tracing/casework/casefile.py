"""Reading one case whole: what the case page and ``GET /api/v1/cases/{case}`` show.

Pure reading: the audit leaf of the reading is written by the office. Instants are RFC 3339 in UTC with milliseconds.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select

from protocol import deadlines, strictjson
from protocol.attachments import Attachment, place_of
from protocol.lifecycle import Kind
from tracing.attachments.rows import of_messages
from tracing.casework import enquiries
from tracing.casework.attaching import Borne, borne_by, drafted_attachments
from tracing.casework.channels import channels_of
from tracing.casework.elements.held import Held, read_held
from tracing.casework.elements.passed import passed_on
from tracing.casework.elements.shown import handling_shown, links_shown
from tracing.casework.enquiries import EnquiryFile
from tracing.casework.policy import Actor
from tracing.casework.recording import recordable
from tracing.casework.thread import Thread, envelopes, load, messages
from tracing.casework.verbs import VERBS
from tracing.clock import from_ms, rfc3339
from tracing.records.proposing import propose
from tracing.store import AnyRow, View
from tracing.store.content import case_key, show_json
from tracing.tables import Carried, Counterpart, Deadline, Outbox, Reminder, table_of
from tracing.trust.contested import doubts

__all__ = ["CaseFile", "read_file"]

_deadlines, _outbox, _reminders = map(table_of, (Deadline, Outbox, Reminder))
_counterparts, _carried = table_of(Counterpart), table_of(Carried)
_OF_ENVELOPES = tuple(envelopes.c[name] for name in ("mid", "stage", "code", "digest", "accepted_ms", "opened_ms"))
_OF_OUTBOX = tuple(_outbox.c[name] for name in ("next_ms", "attempts", "last_error"))
_OF_CARRIAGE = (_counterparts.c.carriage, _carried.c.bundle, _carried.c.at_ms.label("bundled_ms"))
_BUNDLED = (
    (_carried.c.counterpart == envelopes.c.recipient)
    & (_carried.c.direction == "out")
    & (_carried.c.item == "envelope")
    & (_carried.c.ref == envelopes.c.mid)
)
MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class CaseFile:
    """Everything about one case, as the contract names it."""

    case: str
    state: str
    counterpart: str
    direction: str
    priority: str
    weapon: dict[str, Any] | None
    reference: str | None
    overlays: list[str]
    pending: dict[str, list[str]]
    waiting_on: str | None
    owner: str | None
    version: int
    late: bool
    dossier: str | None
    opened: str
    due: str | None
    standing: str | None
    allowed: list[str]
    recordable: list[str]
    messages: list[dict[str, Any]]
    delivery: list[dict[str, Any]]
    deadlines: list[dict[str, Any]]
    restrictions: list[dict[str, Any]]
    consents: list[dict[str, Any]]
    superseded: list[dict[str, Any]]
    parent: str | None
    onward: list[str]
    drafts: list[dict[str, Any]]
    reminders: list[dict[str, Any]]
    proposal: dict[str, Any] | None
    enquiries: list[dict[str, Any]]
    awaiting: list[str]
    channels: list[dict[str, Any]]


def read_file(view: View, case_id: str, actor: Actor, verbs: frozenset[str], now_ms: int) -> CaseFile:
    """The case as it stands. ``verbs`` are those the actor's role includes. Raises NotFound."""
    thread = load(view, case_id)
    replies = recordable(thread) if "record" in verbs else frozenset()
    case, key = thread.case, case_key(view, thread.case)
    asked_at_home = enquiries.of_case(view, key, case_id, now_ms) if "enquire" in verbs else ()
    summary = show_json(view, key, case.summary, case_id, "summary")
    of_case = select(messages).where(messages.c.case_id == case_id).order_by(messages.c.position)
    held = [read_held(view, key, row) for row in view.conn.execute(of_case)]
    borne = of_messages(view, [one.row.mid for one in held])
    doubted = doubts(view, case.counterpart, case_id)
    told = _superseded([_message(one, borne) | {"doubt": doubted.get(one.row.mid)} for one in held])
    handled, links = handling_shown(thread, held), links_shown(view, case_id)
    duties = select(_deadlines).where(_deadlines.c.case_id == case_id).order_by(_deadlines.c.due_ms)
    running = [_deadline(row, now_ms) for row in view.conn.execute(duties)]
    return CaseFile(
        case=case_id,
        state=thread.state,
        counterpart=case.counterpart,
        direction=case.direction,
        priority=case.priority,
        weapon=summary.get("weapon"),
        reference=summary.get("reference"),
        overlays=sorted(str(one) for one in thread.view.overlays),
        pending={str(overlay): list(mids) for overlay, mids in sorted(thread.view.pending.items())},
        waiting_on=case.waiting_on,
        owner=case.owner,
        version=case.version,
        late=thread.view.late,
        dossier=case.dossier,
        opened=rfc3339(case.opened_ms) or "",
        due=rfc3339(case.due_ms),
        standing=_worst(running),
        allowed=_allowed(thread, actor, verbs, recorded=bool(replies)),
        recordable=sorted(replies),
        messages=told,
        delivery=_delivery(view, case_id),
        deadlines=running,
        restrictions=handled.restrictions,
        consents=handled.consents,
        superseded=handled.superseded,
        parent=links.parent,
        onward=links.onward,
        drafts=_drafts(view, key, thread),
        reminders=_reminded(view, case_id),
        proposal=_proposal(view, thread, told, asked_at_home) if actor.opened is None else None,  # of other registers
        enquiries=[asdict(one) for one in asked_at_home],
        awaiting=enquiries.awaited(asked_at_home),
        channels=channels_of(view, key, case_id),
    )


def _allowed(thread: Thread, actor: Actor, verbs: frozenset[str], *, recorded: bool) -> list[str]:
    """The verbs this person may use now: the lifecycle's, ``approve`` of another's draft, ``record`` of a reply."""
    kinds = thread.view.allowed(thread.us) if thread.said else frozenset[Kind]()
    can = {name for name, verb in VERBS.items() if verb.kind in kinds}
    if thread.pending is not None and thread.pending.drafted_by != actor.name:
        can.add("approve")
    if recorded:
        can.add("record")
    return sorted(can & verbs)


def _superseded(told: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What was passed on to us, marked where a later message says that its provider corrected it."""
    passed = [part for one in told for part in one["passed_on"]]
    by = {(part["mid"], part["element"]): part["superseded_by"] for part in passed if part["superseded_by"]}
    for part in passed:
        part["superseded_by"] = by.get((part["mid"], part["element"]))
    return told


def _message(held: Held, borne: Mapping[tuple[str, int], AnyRow]) -> dict[str, Any]:
    """One message with its attachments, as a page shows it."""
    row, message, recorded = held.row, held.message, held.is_recorded
    is_whole = all(place_of(name) is not None for name in held.erased)  # only attachments are missing, if anything
    marks = frozenset[str]() if is_whole else {"erased"}
    lacks = (
        [{"member": one.member, "paragraph": one.paragraph, "question": one.question} for one in message.lacks()]
        if row.direction == "in" and is_whole  # what was erased was there: nothing to ask
        else []
    )
    signature = "not signed by the counterpart" if recorded else "verified" if row.direction == "in" else "own"
    return {
        "mid": row.mid,
        "sender": row.sender,
        "type": message.TYPE,
        "kind": row.kind,
        "body": message.to_body(),
        "sent": rfc3339(row.iat_ms),
        "received": rfc3339(row.logged_ms),
        "signature": signature,
        "effect": row.effect,
        "channel": row.channel,
        "actor": row.actor,
        "statement": row.statement_digest,
        "lacks": lacks,
        "erased": list(held.erased),
        "passed_on": passed_on(message),
        "not_understood": [path for path in message.not_understood() if path.rpartition(".")[2] not in marks],
        "note": held.note,
        "attachments": [_attachment(one) for one in borne_by(held.inner, row, borne)],
    }


def _attachment(borne: Borne) -> dict[str, Any]:
    """One attachment of a message. ``copy_of`` is the place of the original it is a review copy of."""
    one = borne.attachment
    return {
        "n": borne.n,
        "name": one.name,
        "type": one.type,
        "length": one.length,
        "sha256": one.sha256,
        "state": borne.state,
        "fault": borne.fault,
        "on_demand": one.on_demand,
        "copy_of": one.copy_of,
        "restrictions": list(borne.restrictions),
    }


def _delivery(view: View, case_id: str) -> list[dict[str, Any]]:
    """How far each of our messages came, by which carrier, and when it is tried again."""
    query = (
        select(*_OF_ENVELOPES, _outbox.c.state.label("outbox"), *_OF_OUTBOX, *_OF_CARRIAGE)
        .outerjoin(_carried, _BUNDLED)
        .outerjoin(_counterparts, _counterparts.c.authority == envelopes.c.recipient)
        .outerjoin(_outbox, (_outbox.c.item == "envelope") & (_outbox.c.ref == envelopes.c.mid))
        .join(messages, (messages.c.sender == envelopes.c.sender) & (messages.c.mid == envelopes.c.mid))
        .where(messages.c.case_id == case_id, envelopes.c.direction == "out")
        .order_by(envelopes.c.stored_ms, envelopes.c.seq)
    )
    return [
        {
            "mid": row.mid,
            "stage": row.stage,
            "code": row.code,
            "envelope": row.digest,
            "accepted": rfc3339(row.accepted_ms),
            "opened": rfc3339(row.opened_ms),
            "parked": row.outbox == "parked",
            "carrier": _carrier(row),
            "bundle": row.bundle,
            "bundled": rfc3339(row.bundled_ms),
            "next_try": rfc3339(row.next_ms) if row.outbox == "due" and row.carriage != "file" else None,
            "attempts": row.attempts or 0,
            "last_error": row.last_error,
        }
        for row in view.conn.execute(query)
    ]


def _carrier(row: AnyRow) -> str:
    """How it is to go, or went: what arrived came by the bundle it was in, where it was in one."""
    by_file = row.carriage == "file" if row.stage in {"queued", "sent"} else row.bundle is not None
    return "file" if by_file else "online"


def _deadline(row: AnyRow, now_ms: int) -> dict[str, Any]:
    ended = row.ended_ms is not None
    at = row.ended_ms if ended else now_ms
    standing = str(deadlines.standing(from_ms(row.due_ms), from_ms(at), from_ms(row.due_ms) - from_ms(row.near_ms)))
    return {
        "clock": row.clock,
        "owed_by": row.owed_by,
        "due": rfc3339(row.due_ms if row.paused_due_ms is None else row.paused_due_ms),
        "paused": row.paused_due_ms is not None,
        "original_due": rfc3339(row.original_due_ms),
        "started": rfc3339(row.started_ms),
        "basis": row.basis,
        "source": row.source,
        "steps": strictjson.load(row.steps.encode(), MOST_BYTES),
        "standing": standing,
        "ended": rfc3339(row.ended_ms),
    }


def _worst(running: list[dict[str, Any]]) -> str | None:
    """The standing of the open deadline that presses most."""
    for standing in ("overdue", "due_soon", "on_time"):
        if any(one["standing"] == standing and one["ended"] is None for one in running):
            return standing
    return None


def _drafts(view: View, key: bytes, thread: Thread) -> list[dict[str, Any]]:
    draft = thread.pending
    if draft is None:
        return []
    body = show_json(view, key, draft.body, thread.case.id, "draft", draft.id)
    return [
        {
            "draft": draft.id,
            "verb": draft.verb,
            "body": body,
            "drafted_by": draft.drafted_by,
            "drafted": rfc3339(draft.drafted_ms),
            "attachments": [_to_be_attached(n, one) for n, one in enumerate(drafted_attachments(view, body))],
        }
    ]


def _to_be_attached(n: int, one: Attachment) -> dict[str, Any]:
    """What a draft will bear once it is released."""
    told = {"n": n, "name": one.name, "type": one.type, "length": one.length, "sha256": one.sha256}
    return told | {"on_demand": one.on_demand, "copy_of": one.copy_of}


def _reminded(view: View, case_id: str) -> list[dict[str, Any]]:
    query = (
        select(_reminders, _deadlines.c.clock, _deadlines.c.owed_by)
        .join(_deadlines, _deadlines.c.id == _reminders.c.deadline_id)
        .where(_reminders.c.case_id == case_id)
    )
    return [
        {
            "event": row.event,
            "clock": row.clock,
            "owed_by": row.owed_by,
            "at": rfc3339(row.at_ms),
            "late": row.late,
            "done": rfc3339(row.done_ms),
        }
        for row in view.conn.execute(query.order_by(_reminders.c.at_ms))
    ]


def _proposal(
    view: View, thread: Thread, told: list[dict[str, Any]], asked_at_home: tuple[EnquiryFile, ...]
) -> dict[str, Any] | None:
    """What the national records and the replies to domestic enquiries say of the weapon now: an answer to confirm."""
    if Kind.FINAL_RESPONSE not in thread.view.allowed(thread.us) or not thread.said:
        return None
    weapon = next((one["body"].get("weapon") for one in told if one["kind"] == Kind.TRACE_REQUEST), None) or {}
    found = enquiries.assemble(weapon, propose(view, weapon), asked_at_home)
    if found.body is None and not found.candidates and not asked_at_home:
        return None
    return {
        "answer": found.body,
        "reasons": list(found.reasons),
        "candidates": [str(one) for one in found.candidates],
        "enquiries": [one.enquiry for one in asked_at_home if one.state == "answered"],
    }
