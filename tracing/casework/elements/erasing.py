"""Erasing one element of a stored message: its value goes, the signature of the rest stays whole.

Rules
- The element goes wherever this node keeps it: the message in each of its cases, the sealed copy of the envelope, the
  bodies drafted for it, summary and search words of the case, what an enquiry told of it, and its copies in the cases
  it was passed on in. Each case is folded anew and gets a new version.
- An attachment goes by its name ``att.<n>``: its key with the message, its file at the next sweep, which is rung for.
- A leaf of the kind ``erase`` names message, element, who and why, and the digests of what rests now; only because of
  it does the audit trail hold.
- What is still on its way is not erased: its recipient would never get it.
- Not reached: backups, proofs already released, what the counterpart holds, and what officers wrote in words of theirs.

    erase(tx, actor, Erasure(case_id, mid, "outcomes.0", "data protection order 7/2026"))
"""

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

from sqlalchemy import select, update

from protocol import envelope
from protocol.attachments import place_of
from protocol.envelope import Inner
from protocol.handling import CARRIED
from protocol.lifecycle import Kind
from protocol.messages import PassedOn
from tracing import audit
from tracing.attachments import rows as attached
from tracing.casework.asked import summarise_without
from tracing.casework.elements.held import Held, read_held
from tracing.casework.enquiries import tasks
from tracing.casework.enquiries.telling import told_in
from tracing.casework.errors import IllegalMove, Incomplete, NotFound, NotProvable, Problem
from tracing.casework.policy import Actor
from tracing.casework.thread import cases, drafts, envelopes, messages, refold
from tracing.store import AnyRow, Tx
from tracing.store.content import case_key, hide, show
from tracing.tables import Outbox, PassedElement, table_of

__all__ = ["Erasure", "enter_erasure", "erase", "require_erasable"]

MOST_CHARS = 200
_outbox, _passed = table_of(Outbox), table_of(PassedElement)
_CARRYING = (Kind.TRACE_REQUEST, Kind.SPONTANEOUS_INFORMATION)


@dataclass(frozen=True, slots=True)
class Erasure:
    """Which element of which message, and why."""

    case: str
    mid: str
    element: str
    why: str


def enter_erasure(case_id: str, body: dict[str, Any]) -> Erasure:
    """The erasure an officer asks for. Raises Incomplete with every problem."""
    names = ("mid", "element", "why")
    given = {name: body.get(name) for name in names}
    bad = [name for name, text in given.items() if not isinstance(text, str) or not 0 < len(text.strip()) <= MOST_CHARS]
    faults = [Problem(name, f"a text of 1 to {MOST_CHARS} characters", "something else") for name in bad]
    faults += [Problem(name, "no such member", "one") for name in sorted(body.keys() - set(names))]
    if faults:
        raise Incomplete(tuple(faults))
    return Erasure(case_id, body["mid"], body["element"], body["why"])


def erase(tx: Tx, actor: Actor, asked: Erasure) -> None:
    """Erase the element in the caller's transaction. Raises NotFound, NotProvable, Incomplete or IllegalMove."""
    rows, digest = require_erasable(tx, asked)
    passed = [one for row in rows for one in _passed_on(tx, row.case_id, asked)]
    copies = [{"case": row.case_id, "inner": _without(tx, row, asked.element)} for row in rows]
    what = {"act": "erase", "actor": actor.name, "case": asked.case, "mid": asked.mid, "why": asked.why}
    gone = {"element": asked.element, "digest": digest, "copies": copies, "wire": _without_ct(tx, asked.mid)}
    if (place := place_of(asked.element)) is not None:
        attached.erase(tx, asked.mid, place)
    audit.note(tx, "erase", asked.mid, what | gone)
    for row in rows:
        thread = refold(tx, row.case_id)
        if row.kind in (Kind.TRACE_REQUEST, Kind.AMENDMENT):
            summarise_without(tx, thread)
            tasks.forget_told(tx, actor.name, thread.case, told_in(asked.element))
    for one in passed:
        erase(tx, actor, one)


def require_erasable(tx: Tx, asked: Erasure) -> tuple[list[AnyRow], str]:
    """The rows of the message and the digest of the element. Raises what ``erase`` raises."""
    rows = list(tx.conn.execute(select(messages).where(messages.c.mid == asked.mid)))
    if asked.case not in {row.case_id for row in rows}:
        raise NotFound(f"no message {asked.mid!r} in case {asked.case}")
    if any(row.direction == "in" and row.channel is not None for row in rows):
        raise NotProvable(f"message {asked.mid} was entered here and has no signed elements; enter it anew instead")
    _check_arrived(tx, asked.mid, asked.element)
    return rows, _digest_of(tx, rows[0], asked.element)


def _check_arrived(tx: Tx, mid: str, element: str) -> None:
    waits = tx.conn.execute(select(_outbox.c.id).where(_outbox.c.item == "envelope", _outbox.c.ref == mid)).first()
    if waits is not None:
        raise IllegalMove(f"message {mid} is still on its way; erase it once its recipient has taken it over")
    place = place_of(element)
    row = None if place is None else attached.of_messages(tx, [mid]).get((mid, place))
    if row is None or row.direction != "out" or row.stage not in attached.DELIVERED:
        return
    if row.wanted_ms is not None and row.arrived_ms is None:
        raise IllegalMove(f"{element} of message {mid} is still on its way; erase it once its recipient has it")


def _passed_on(tx: Tx, case_id: str, asked: Erasure) -> list[Erasure]:
    """The same element as messages of ours in other cases carry it."""
    this = (_passed.c.from_case == case_id, _passed.c.mid == asked.mid, _passed.c.element == asked.element)
    found = []
    for onward in tx.conn.execute(select(_passed.c.case_id).where(*this)).scalars():
        ours = (messages.c.case_id == onward, messages.c.direction == "out", messages.c.kind.in_(_CARRYING))
        for row in tx.conn.execute(select(messages).where(*ours)).all():
            held = read_held(tx, case_key(tx, _case(tx, onward)), row)
            found += [Erasure(onward, row.mid, name, asked.why) for name in _places(held, asked)]
    return found


def _places(held: Held, asked: Erasure) -> list[str]:
    """Where a message carries the element, unless it was erased there before."""
    parts: Sequence[PassedOn] = getattr(held.message, CARRIED, ())
    names = [f"{CARRIED}.{n}" for n, one in enumerate(parts) if _is_this(one, asked)]
    return [name for name in names if name not in held.erased]


def _is_this(one: PassedOn, asked: Erasure) -> bool:
    """Whether it carries the value; where an element is only said to be superseded there is none."""
    return (one.mid, one.element) == (asked.mid, asked.element) and one.disclosure is not None


def _digest_of(tx: Tx, row: AnyRow, name: str) -> str:
    """The digest the statement signs for the element. Incomplete where there is none of this name, or none any more."""
    inner = Inner.at_rest(_shown(tx, row))
    found = next((one.digest for one in inner.disclosures if one.name == name), None)
    if found is None:
        held = ", ".join(one.name for one in inner.disclosures)
        raise Incomplete((Problem("element", f"an element of the message: {held or 'none is left'}", "another name"),))
    return found


# ---------------------------------------------------------------- where it is kept


def _case(tx: Tx, case_id: str) -> AnyRow:
    query = select(cases.c.id, cases.c.content_key).where(cases.c.id == case_id)
    return tx.conn.execute(query).one()


def _shown(tx: Tx, row: AnyRow) -> bytes:
    return show(tx, case_key(tx, _case(tx, row.case_id)), row.inner, row.case_id, "message", row.mid)


def _without(tx: Tx, row: AnyRow, name: str) -> str:
    """Store the message without the element, in one of its cases; the digest of what rests now."""
    key = case_key(tx, _case(tx, row.case_id))
    left = envelope.erase(_shown(tx, row), name)
    blob = hide(tx, key, left, row.case_id, "message", row.mid)
    this = (messages.c.mid == row.mid, messages.c.case_id == row.case_id)
    tx.conn.execute(update(messages).where(*this).values(inner=blob))
    if row.direction == "out":
        _forget_drafts(tx, key, row.case_id)
    return sha256(blob).hexdigest()


def _forget_drafts(tx: Tx, key: bytes, case_id: str) -> None:
    """What was drafted and released, or given up, is not needed again."""
    done = (drafts.c.case_id == case_id, drafts.c.status != "pending")
    for row in tx.conn.execute(select(drafts.c.id).where(*done)).all():
        body = hide(tx, key, {}, case_id, "draft", row.id)
        tx.conn.execute(update(drafts).where(drafts.c.id == row.id).values(body=body))


def _without_ct(tx: Tx, mid: str) -> str | None:
    """Take the sealed copy away; the digest of what is left of the envelope, None where there is none."""
    row = tx.conn.execute(select(envelopes.c.sender, envelopes.c.wire).where(envelopes.c.mid == mid)).first()
    if row is None:
        return None
    left = envelope.without_ct(row.wire)
    this = (envelopes.c.sender == row.sender, envelopes.c.mid == mid)
    tx.conn.execute(update(envelopes).where(*this).values(wire=left))
    return sha256(left).hexdigest()
