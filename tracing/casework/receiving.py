"""What a counterpart's message does here: the effect of one verified statement, in the caller's transaction.

Rules
- A statement of a thread that is not between these two, or in the wrong direction, is refused: ``policy``.
- One that is well formed but not allowed now is kept without effect and shown.
- One that arrives before the request it belongs to waits (``NotYet``): its envelope stays accepted and is looked at
  again when the request has come. So does one in a case of ours that a copy of this home may have opened.
- What is said outside any case goes into a thread of its own, a matter (``hearing``).
- A dossier holds a bounded number of cases: a request for one more is refused, ``policy``.
- The same statement twice has one effect: the id of a message is its primary key.
"""

from collections import Counter

from sqlalchemy import bindparam, func, literal_column, select

from protocol.envelope import Verified
from protocol.errors import PolicyRefused
from protocol.lifecycle import TABLE, Kind, Role
from protocol.statement import MAX_RE
from tracing.casework.acts import House
from tracing.casework.elements.following import may_oblige, note_duties
from tracing.casework.matters.hearing import MOST_MESSAGES, hear
from tracing.casework.matters.rows import is_matter
from tracing.casework.summary import dossier_of, is_dossier
from tracing.casework.thread import Thread, cases, envelopes, messages, role_of
from tracing.casework.writing import FirstMessage, NewCase, add_received, begin_case, received_row, settle
from tracing.store import Tx
from tracing.store.spelt import Spelt
from tracing.trust.samenumbers import may_come_back

__all__ = ["MOST_MESSAGES", "NotYet", "receive"]

ROOM = 40  # beyond MOST_MESSAGES, for what moves a case on
MOST_CASES = MAX_RE  # of one dossier; our own node sends fewer
_SPEAKS: dict[Kind, frozenset[Role]] = {
    kind: frozenset(role for _, said, role in TABLE if said is kind) for kind in Kind
}
_MOVING = frozenset(kind for (state, kind, _), rule in TABLE.items() if rule.leads_to is not state)
_COUNTERPART = Spelt(select(cases.c.counterpart).where(cases.c.id == bindparam("case")))
_CAME = Spelt(
    select(envelopes.c.stage, envelopes.c.accepted_ms).where(
        envelopes.c.sender == bindparam("sender"), envelopes.c.mid == bindparam("mid")
    )
)
_HELD = Spelt(
    select(func.count().label("all"), func.count().filter(messages.c.mid == bindparam("mid")).label("this")).where(
        messages.c.case_id == bindparam("case")
    )
)


class NotYet(Exception):
    """The request this statement belongs to has not arrived; keep the envelope and look again."""


def receive(tx: Tx, house: House, verified: Verified) -> str:
    """Take one statement into its case, or all cases of its dossier; returns the thread. PolicyRefused or NotYet."""
    statement = verified.statement
    thread, sender, kind = str(statement.thread), str(statement.from_), verified.message.KIND
    if is_matter(thread):
        hear(tx, house, verified)
        return thread
    _check_parties(thread, sender, str(house.authority))
    if role_of(thread, sender) not in _SPEAKS[kind]:
        msg = f"{kind} is not said by the {role_of(thread, sender)} authority"
        raise PolicyRefused(msg)
    if not is_dossier(thread) and _is_first(tx, thread, sender):
        _note(tx, house, _begin(tx, house, verified, thread, sender), verified)
        return thread
    for case_id in _cases_of(tx, verified, thread, sender):
        held = _HELD.first(tx.conn, {"case": case_id, "mid": statement.mid})
        if not held.this:
            _refuse_endless(case_id, held.all, kind)
            add_received(tx, case_id, verified)
            _note(tx, house, settle(tx, house, case_id), verified)
    return thread


def _note(tx: Tx, house: House, thread: Thread, verified: Verified) -> None:
    """What the statement obliges us to."""
    if may_oblige(verified):
        note_duties(tx, house.timetable, thread, verified.statement.mid)


def _is_first(tx: Tx, case_id: str, sender: str) -> bool:
    """Whether nothing is here of this case yet. PolicyRefused where it is another authority's."""
    known = _COUNTERPART.scalar(tx.conn, {"case": case_id})
    if known not in (None, sender):  # who asks learns nothing of another's case
        msg = f"the case {case_id} is not one with {sender}"
        raise PolicyRefused(msg)
    return known is None


def _cases_of(tx: Tx, verified: Verified, thread: str, sender: str) -> list[str]:
    """The case the thread names; of a dossier the cases whose messages the statement answers."""
    if not is_dossier(thread):
        return [thread]
    named = messages.c.mid.in_([str(one) for one in verified.statement.re])
    mine = (cases.c.dossier == thread) & (cases.c.counterpart == sender)
    joined = select(cases.c.id, messages.c.mid).join(messages, messages.c.case_id == cases.c.id)
    found = _meant([(row.id, row.mid) for row in tx.conn.execute(joined.where(mine, named).order_by(cases.c.id))])
    if not found:
        msg = f"no case of the dossier {thread} with {sender} is named in re"
        raise PolicyRefused(msg)
    return found


def _meant(named: list[tuple[str, str]]) -> list[str]:
    """The cases a statement speaks of, from (case, message it names).

    What was said of a whole dossier stands in all its cases: naming it tells none of them from the others. So a message
    of one case alone decides; where only shared ones are named, all their cases are meant.
    """
    held = Counter(mid for _, mid in named)
    own = dict.fromkeys(case_id for case_id, mid in named if held[mid] == 1)
    return list(own or dict.fromkeys(case_id for case_id, _ in named))


def _refuse_endless(case_id: str, held: int, kind: Kind) -> None:
    """Folding a case costs more with each message; nobody honest comes near the bound.

    What answers, ends or moves the case on another way finds some room beyond it: a case that was talked full ends.
    """
    if held >= MOST_MESSAGES + (ROOM if kind in _MOVING else 0):
        msg = f"the case {case_id} holds {held} messages; no more are taken"
        raise PolicyRefused(msg)


def _is_full(tx: Tx, dossier: str) -> bool:
    """One statement may speak of all of a dossier, in one transaction: it holds no more cases than ``re`` can name."""
    some = select(literal_column("1")).where(cases.c.dossier == dossier).limit(MOST_CASES).subquery()
    return int(tx.conn.execute(select(func.count()).select_from(some)).scalar_one()) >= MOST_CASES


def _check_parties(case_id: str, sender: str, me: str) -> None:
    requester = case_id.rpartition(".")[0]
    if requester not in (sender, me):
        msg = f"the case {case_id} is not between {sender} and {me}"
        raise PolicyRefused(msg)


def _begin(tx: Tx, house: House, verified: Verified, case_id: str, sender: str) -> Thread:
    """A case begins with its request; anything else has to wait for it, or was never asked."""
    if role_of(case_id, sender) is not Role.REQUESTER:
        if may_come_back(tx, str(house.authority), sender):  # a copy of this home may have opened it
            raise NotYet(case_id)
        msg = f"no case {case_id} was opened here"
        raise PolicyRefused(msg)
    if verified.message.KIND is not Kind.TRACE_REQUEST:
        raise NotYet(case_id)
    priority = str(getattr(verified.message, "priority", None) or "routine")
    dossier = dossier_of(verified.message, sender)
    if dossier is not None and _is_full(tx, dossier):
        msg = f"the dossier {dossier} holds {MOST_CASES} cases; what is more goes into another one"
        raise PolicyRefused(msg)
    new = NewCase(case_id, sender, "received", priority, dossier)
    came = _CAME.first(tx.conn, {"sender": sender, "mid": verified.statement.mid})
    stage, accepted_ms = (came.stage, came.accepted_ms) if came else (None, None)
    row = received_row(case_id, verified)
    said = FirstMessage(verified.message, row, verified.inner, {"act": "receive"}, stage, accepted_ms)
    return begin_case(tx, house, new, said)
