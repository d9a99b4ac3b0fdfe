"""Committing: the rows of an act, its audit leaves and its deadlines, in the caller's transaction.

Everything a released act needs is written here or not at all; ``refold`` then says what state follows.
"""

import hashlib
from dataclasses import dataclass
from typing import Any

from sqlalchemy import bindparam, func, insert, select, update

from protocol import strictjson
from protocol.envelope import Verified
from protocol.messages import Message
from tracing import audit
from tracing.attachments.uploads import keep_for_draft
from tracing.casework import clocks, tallies
from tracing.casework.acts import Act, House
from tracing.casework.asked import summarise_anew
from tracing.casework.attaching import attach, attach_scans, scanned
from tracing.casework.elements.onward import link
from tracing.casework.policy import Actor
from tracing.casework.ports import Prepared, Recorded
from tracing.casework.standing import stand
from tracing.casework.summary import summarise, words_of
from tracing.casework.thread import Thread, begun, cases, drafts, folded, hold, judged, load, messages, refold
from tracing.store import Tx
from tracing.store.content import case_key, hide, index_words
from tracing.store.spelt import Spelt
from tracing.trust.untaken import wait_behind

__all__ = [
    "FirstMessage",
    "NewCase",
    "add_own",
    "add_received",
    "add_recorded",
    "add_regained",
    "begin_case",
    "keep_draft",
    "received_row",
    "settle",
    "store_draft",
    "store_released",
]

_ADD_CASE = Spelt(insert(cases))
_ADD_MESSAGE = Spelt(insert(messages))
_POSITION = select(func.count()).where(messages.c.case_id == cases.c.id).scalar_subquery()
_PLACE = Spelt(
    select(cases.c.id, cases.c.content_key, _POSITION.label("position")).where(cases.c.id == bindparam("case"))
)


@dataclass(frozen=True, slots=True)
class NewCase:
    """A case that begins: with whom, and who asks."""

    id: str
    counterpart: str
    direction: str
    priority: str
    dossier: str | None = None


@dataclass(frozen=True, slots=True)
class FirstMessage:
    """The request that opens a case: its row, what is stored of it, what its leaf says, and how far it has come."""

    message: Message
    row: dict[str, Any]
    inner: bytes
    what: dict[str, Any]
    stage: str | None = None
    accepted_ms: int | None = None


def begin_case(tx: Tx, house: House, new: NewCase, said: FirstMessage) -> Thread:
    """A case and its request. What follows from the two is known before either is written, so each is written once."""
    summary = summarise(said.message.to_body())
    key, case = _case_row(tx, new, summary)
    joined = {"stage": said.stage, "accepted_ms": said.accepted_ms, "logged_ms": tx.now_ms, "channel": None}
    thread = begun(tx, case, joined | said.row)
    clock_rows = clocks.first(tx, house.timetable, thread)
    limits = clocks.as_rows(clock_rows)
    settled = {"due_ms": clocks.nearest(limits), "counted": tallies.keep(tx, thread, limits)}
    _ADD_CASE.run(tx.conn, case | folded(thread, tx.now_ms) | settled)
    index_words(tx, new.id, words_of(summary))
    row = said.row | {"effect": str(thread.view.effects[said.row["mid"]])}
    _insert(tx, _Place(new.id, key, 0), row, said.inner, said.what)
    clocks.begin(tx, clock_rows)
    return thread


def _case_row(tx: Tx, new: NewCase, summary: dict[str, Any]) -> tuple[bytes, dict[str, Any]]:
    """The content key of a new case, and its row before anything was said in it."""
    wrapped, key = tx.cipher.new_key()
    return key, {
        "id": new.id,
        "counterpart": new.counterpart,
        "direction": new.direction,
        "state": "draft",
        "overlays": "",
        "priority": new.priority,
        "version": 0,
        "content_key": wrapped,
        "summary": hide(tx, key, summary, new.id, "summary"),
        "opened_ms": tx.now_ms,
        "updated_ms": tx.now_ms,
        "dossier": new.dossier,
        "owner": None,
        "counted": "",
    }


def store_released(tx: Tx, house: House, actor: Actor, act: Act) -> Thread:
    """An act that goes out now: case (when new), message, envelope, outbox, leaves, deadlines."""
    prepared = act.prepared
    if prepared is None:
        msg = "an act without a signed statement cannot be released"
        raise TypeError(msg)
    if act.version is None:
        thread = _begin_own(tx, house, actor, act, prepared)
        _send(tx, house, act, prepared)
        return thread
    hold(tx, act.case_id, act.version)
    add_own(tx, actor, act, prepared)
    _send(tx, house, act, prepared)
    wait_behind(tx, act.case_id, prepared.mid)
    return settle(tx, house, act.case_id)


def _begin_own(tx: Tx, house: House, actor: Actor, act: Act, prepared: Prepared) -> Thread:
    new = NewCase(act.case_id, act.counterpart, "sent", prepared.address.priority, act.dossier)
    row, what = _own_row(actor, act, prepared)
    stage = None if act.by_letter else "queued"
    return begin_case(tx, house, new, FirstMessage(prepared.message, row, prepared.inner, what, stage))


def _send(tx: Tx, house: House, act: Act, prepared: Prepared) -> None:
    """What goes with a message: its attachments, the case it goes on from, and the envelope unless it is a letter."""
    attach(tx, prepared, act.uploads, by_letter=act.by_letter)
    if act.onward is not None:
        link(tx, act.case_id, act.onward)
    if not act.by_letter:
        house.seal.issue(tx, prepared, act.case_id)


def settle(tx: Tx, house: House, case_id: str) -> Thread:
    """After something was said, taken or recorded: the state, what lists show, the clocks and the tallies follow."""
    thread = judged(tx, case_id)
    summarise_anew(tx, thread)
    stand(tx, house.timetable, thread)
    return thread


def store_draft(tx: Tx, actor: Actor, act: Act) -> Thread:
    """An act that waits for a second person. A newer draft takes the place of an older one."""
    if act.version is None:
        _open_draft(tx, act)
    else:
        hold(tx, act.case_id, act.version)
        tx.conn.execute(
            update(drafts).where(drafts.c.case_id == act.case_id, drafts.c.status == "pending").values(status="void")
        )
    keep_for_draft(tx, [upload.id for upload in act.uploads])
    return keep_draft(tx, actor, act.case_id, act.verb, act.body)


def _open_draft(tx: Tx, act: Act) -> None:
    """A case in which nothing is said yet."""
    priority = str(getattr(act.message, "priority", "routine") or "routine")
    summary = summarise(act.message.to_body())
    new = NewCase(act.case_id, act.counterpart, "sent", priority, act.dossier)
    _, case = _case_row(tx, new, summary)
    _ADD_CASE.run(tx.conn, case)
    index_words(tx, act.case_id, words_of(summary))


def keep_draft(tx: Tx, actor: Actor, case_id: str, verb: str, said: dict[str, Any]) -> Thread:
    """What waits for a second person, with its leaf; the case gets a new version."""
    draft_id = tx.ids.uuid7().hex
    body = hide(tx, case_key(tx, load(tx, case_id).case), said, case_id, "draft", draft_id)
    row = {"id": draft_id, "case_id": case_id, "verb": verb, "body": body, "drafted_by": actor.name}
    tx.conn.execute(insert(drafts).values(row | {"drafted_ms": tx.now_ms, "status": "pending"}))
    what = {"act": "draft", "verb": verb, "actor": actor.name, "case": case_id, "draft": draft_id}
    audit.note(tx, "op", case_id, what | {"sha256": hashlib.sha256(body).hexdigest()})
    return refold(tx, case_id)


def add_recorded(tx: Tx, actor: Actor, thread: Thread, mid: str, recorded: Recorded) -> None:
    """The row of a reply by another channel, marked as not signed by the counterpart."""
    case = thread.case
    inner = strictjson.dump(
        {
            "recorded": recorded.message.to_body(),
            "kind": str(recorded.message.KIND),
            "channel": recorded.channel,
            "note": recorded.note,
        }
        | scanned(recorded.uploads)
    )
    attach_scans(tx, case.counterpart, mid, recorded.uploads)
    row = _message_row(
        case.id,
        mid,
        recorded.message,
        sender=case.counterpart,
        direction="in",
        re=thread.view.heads,
        iat_ms=recorded.received_ms,
    )
    own = {"actor": actor.name, "channel": recorded.channel}
    _insert(tx, _place(tx, case.id), row | own, inner, {"act": "record"} | own)


def add_received(tx: Tx, case_id: str, verified: Verified) -> None:
    """The row of a counterpart's verified statement."""
    _insert(tx, _place(tx, case_id), received_row(case_id, verified), verified.inner, {"act": "receive"})


def add_regained(tx: Tx, case_id: str, verified: Verified, by: str) -> None:
    """The row of a statement of our own that this node lost and was given back."""
    row = received_row(case_id, verified) | {"direction": "out", "actor": by}
    _insert(tx, _place(tx, case_id), row, verified.inner, {"act": by})


def received_row(case_id: str, verified: Verified) -> dict[str, Any]:
    """A counterpart's verified statement as the row of a message."""
    statement = verified.statement
    row = _message_row(
        case_id,
        statement.mid,
        verified.message,
        sender=statement.from_,
        direction="in",
        re=statement.re,
        iat_ms=statement.iat,
    )
    return row | {"statement_digest": verified.statement_digest}


def add_own(tx: Tx, actor: Actor, act: Act, prepared: Prepared) -> None:
    """The row of a message we issue, in the case ``act`` names."""
    row, what = _own_row(actor, act, prepared)
    _insert(tx, _place(tx, act.case_id), row, prepared.inner, what)


def _own_row(actor: Actor, act: Act, prepared: Prepared) -> tuple[dict[str, Any], dict[str, Any]]:
    """A message we issue as a row, and what its leaf says."""
    row = _message_row(
        act.case_id,
        prepared.mid,
        prepared.message,
        sender=prepared.mid.authority,
        direction="out",
        re=prepared.address.re,
        iat_ms=prepared.iat_ms,
    )
    own = {
        "actor": actor.name,
        "channel": "letter" if act.by_letter else None,
        "statement_digest": prepared.statement_digest,
    }
    return row | own, {"act": act.verb, "actor": actor.name}


def _message_row(
    case_id: str, mid: str, message: Message, *, sender: str, direction: str, re: tuple[str, ...], iat_ms: int
) -> dict[str, Any]:
    return {
        "mid": mid,
        "case_id": case_id,
        "direction": direction,
        "sender": sender,
        "kind": str(message.KIND),
        "effect": "effective",
        "re": " ".join(re),
        "facts": " ".join(sorted(message.facts())),
        "iat_ms": iat_ms,
        "named_day": getattr(message, "new_date", None) or getattr(message, "needed_by", None),
    }


@dataclass(frozen=True, slots=True)
class _Place:
    """Where a message goes: its case, the key of it, and how many messages are there before it."""

    case_id: str
    key: bytes
    position: int


def _place(tx: Tx, case_id: str) -> _Place:
    case = _PLACE.first(tx.conn, {"case": case_id})
    return _Place(case_id, case_key(tx, case), case.position)


def _insert(tx: Tx, place: _Place, row: dict[str, Any], inner: bytes, what: dict[str, Any]) -> None:
    """Store one message encrypted, with the leaf that holds who caused it and what was stored."""
    blob = hide(tx, place.key, inner, place.case_id, "message", row["mid"])
    what |= {"case": place.case_id, "mid": row["mid"], "kind": row["kind"], "inner": hashlib.sha256(blob).hexdigest()}
    what["row"] = audit.message_digest(row)
    leaf = audit.note(tx, "op", row["mid"], what)
    own = {"position": place.position, "leaf": leaf, "logged_ms": tx.now_ms, "inner": blob}
    _ADD_MESSAGE.run(tx.conn, row | own)
