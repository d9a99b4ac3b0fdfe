"""Committing: the rows of an act, its audit leaves and its deadlines, in the caller's transaction.

Everything a released act needs is written here or not at all; ``refold`` then says what state follows.
"""

import hashlib
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
from tracing.casework.summary import summarise, words_of
from tracing.casework.thread import Thread, cases, drafts, hold, load, messages, refold
from tracing.store import Tx
from tracing.store.content import case_key, hide, index_words
from tracing.store.spelt import Spelt

__all__ = [
    "add_own",
    "add_received",
    "add_recorded",
    "keep_draft",
    "open_case",
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


def open_case(
    tx: Tx,
    case_id: str,
    counterpart: str,
    direction: str,
    message: Message | None,
    *,
    priority: str,
    state: str,
    dossier: str | None = None,
) -> None:
    """A new case row with a content key of its own."""
    wrapped, key = tx.cipher.new_key()
    summary = summarise(message.to_body()) if message else {}
    row = {
        "id": case_id,
        "counterpart": counterpart,
        "direction": direction,
        "state": state,
        "overlays": "",
        "priority": priority,
        "version": 0,
        "content_key": wrapped,
        "summary": hide(tx, key, summary, case_id, "summary"),
        "opened_ms": tx.now_ms,
        "updated_ms": tx.now_ms,
        "dossier": dossier,
        "counted": "",
    }
    _ADD_CASE.run(tx.conn, row)
    index_words(tx, case_id, words_of(summary))


def store_released(tx: Tx, house: House, actor: Actor, act: Act) -> Thread:
    """An act that goes out now: case (when new), message, envelope, outbox, leaves, deadlines."""
    prepared = act.prepared
    if prepared is None:
        msg = "an act without a signed statement cannot be released"
        raise TypeError(msg)
    if act.version is None:
        open_case(
            tx,
            act.case_id,
            act.counterpart,
            "sent",
            act.message,
            priority=prepared.address.priority,
            state="sent",
            dossier=act.dossier,
        )
    else:
        hold(tx, act.case_id, act.version)
    add_own(tx, actor, act, prepared)
    attach(tx, prepared, act.uploads, by_letter=act.by_letter)
    if act.onward is not None:
        link(tx, act.case_id, act.onward)
    if not act.by_letter:
        house.seal.issue(tx, prepared, act.case_id)
    return settle(tx, house, act.case_id)


def settle(tx: Tx, house: House, case_id: str) -> Thread:
    """After something was said, taken or recorded: the state, what lists show, the clocks and the tallies follow."""
    thread = refold(tx, case_id)
    summarise_anew(tx, thread)
    clocks.follow(tx, house.timetable, thread)
    tallies.keep(tx, thread)
    return thread


def store_draft(tx: Tx, actor: Actor, act: Act) -> Thread:
    """An act that waits for a second person. A newer draft takes the place of an older one."""
    if act.version is None:
        priority = str(getattr(act.message, "priority", "routine") or "routine")
        open_case(
            tx, act.case_id, act.counterpart, "sent", act.message, priority=priority, state="draft", dossier=act.dossier
        )
    else:
        hold(tx, act.case_id, act.version)
        tx.conn.execute(
            update(drafts).where(drafts.c.case_id == act.case_id, drafts.c.status == "pending").values(status="void")
        )
    keep_for_draft(tx, [upload.id for upload in act.uploads])
    return keep_draft(tx, actor, act.case_id, act.verb, act.body)


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
    _insert(tx, case.id, row | own, inner, {"act": "record"} | own)


def add_received(tx: Tx, case_id: str, verified: Verified) -> None:
    """The row of a counterpart's verified statement."""
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
    _insert(tx, case_id, row | {"statement_digest": verified.statement_digest}, verified.inner, {"act": "receive"})


def add_own(tx: Tx, actor: Actor, act: Act, prepared: Prepared) -> None:
    """The row of a message we issue, in the case ``act`` names."""
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
    _insert(tx, act.case_id, row | own, prepared.inner, {"act": act.verb, "actor": actor.name})


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


def _insert(tx: Tx, case_id: str, row: dict[str, Any], inner: bytes, what: dict[str, Any]) -> None:
    """Store one message encrypted, with the leaf that holds who caused it and what was stored."""
    case = _PLACE.first(tx.conn, {"case": case_id})
    blob = hide(tx, case_key(tx, case), inner, case_id, "message", row["mid"])
    what |= {"case": case_id, "mid": row["mid"], "kind": row["kind"], "inner": hashlib.sha256(blob).hexdigest()}
    what["row"] = audit.message_digest(row)
    leaf = audit.note(tx, "op", row["mid"], what)
    own = {"position": case.position, "leaf": leaf, "logged_ms": tx.now_ms, "inner": blob}
    _ADD_MESSAGE.run(tx.conn, row | own)
