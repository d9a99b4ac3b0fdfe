"""What follows from a message without an officer: corrections travel on, and elements are deleted by their day.

Rules
- ``note_duties`` is called in the transaction that takes a message: it only writes rows, so nothing is lost by a crash.
- The rest says what is to be done about a row; ``follower`` does it, in statements of the node itself.
- A corrected element is named to its recipient as superseded; what replaced it goes along where nothing forbids that.
- An element is deleted after the last day its provider allows, whether or not anybody looks; a certificate is sent.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, Update, bindparam, insert, select, update

from protocol.envelope import Verified
from protocol.handling import Handling, Ref
from protocol.lifecycle import Effect
from protocol.messages import Correction, HandlingNotice
from protocol.messages.members import Day
from protocol.vocabulary.handling import Notice
from protocol.vocabulary.requests import Restriction
from tracing.casework.dating import Timetable
from tracing.casework.elements.erasing import Erasure, erase
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.elements.held import Held, held_message
from tracing.casework.elements.retaining import keep_dates
from tracing.casework.errors import Forbidden, IllegalMove
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Counterpart, Deletion, Message, PassedElement, table_of

__all__ = [
    "SaidBeside", "certificate", "certified", "corrected_body", "delete_due", "deletions_due", "may_oblige",
    "note_duties", "to_certify", "to_tell", "told", "untold",
]  # fmt: skip

_passed, _deletions = table_of(PassedElement), table_of(Deletion)
_cases, _counterparts, _messages = map(table_of, (Case, Counterpart, Message))
MOST_AT_ONCE = 100  # cases of one look
MOST_NAMED = 50  # elements one message names

_TO_TELL = Spelt(
    select(_passed.c.case_id)
    .join(_cases, _cases.c.id == _passed.c.case_id)
    .join(_counterparts, _counterparts.c.authority == _cases.c.counterpart)
    .where(_passed.c.corrected_by.is_not(None), _passed.c.told_by.is_(None), _counterparts.c.on_node)
    .distinct()
    .limit(MOST_AT_ONCE)
)
_DELETIONS_DUE = Spelt(
    select(_deletions)
    .where(_deletions.c.after_day <= bindparam("last"), _deletions.c.done_ms.is_(None))
    .order_by(_deletions.c.case_id)
    .limit(500)
)
_TO_CERTIFY = Spelt(
    select(_deletions)
    .join(_cases, _cases.c.id == _deletions.c.case_id)
    .join(_counterparts, _counterparts.c.authority == _cases.c.counterpart)
    .where(_deletions.c.done_ms.is_not(None), _deletions.c.certified_by.is_(None), _counterparts.c.on_node)
    .order_by(_deletions.c.case_id)
    .limit(200)
)


# ---------------------------------------------------------------- noting


def may_oblige(said: Verified) -> bool:
    """Whether a message can leave us a duty at all; most cannot, and need not be read again to know."""
    return isinstance(said.message, HandlingNotice | Correction) or any(
        Restriction.DELETE_BY in one.restrictions for one in said.disclosures
    )


def note_duties(tx: Tx, timetable: Timetable, thread: Thread, mid: str) -> None:
    """What message ``mid`` of another authority obliges us to, as rows; nothing for one without effect."""
    if thread.view.effects.get(mid) is not Effect.EFFECTIVE:
        return
    held = held_message(tx, thread.case, mid)
    if held is None or held.row.direction != "in":
        return
    changes = isinstance(held.message, HandlingNotice) and held.message.notice == Notice.RESTRICTION_CHANGE
    if changes or isinstance(held.message, Correction):
        handling = handling_of(held_in_order(tx, thread))
        _note_corrections(tx, thread, handling, mid)
        _note_deletions(tx, timetable, thread, held, handling)
    elif not held.is_recorded:
        _note_deletions(tx, timetable, thread, held, handling_of([held]))


def _note_corrections(tx: Tx, thread: Thread, handling: Handling, mid: str) -> None:
    """What ``mid`` corrected of its sender's own; whoever says that another's words are superseded corrects nothing."""
    for ref in (ref for ref, by in handling.superseded.items() if by == mid):
        this = (_passed.c.from_case == thread.case.id, _passed.c.mid == ref.mid, _passed.c.element == ref.element)
        tx.conn.execute(update(_passed).where(*this).values(corrected_by=mid, told_by=None))


def _note_deletions(tx: Tx, timetable: Timetable, thread: Thread, held: Held, handling: Handling) -> None:
    """Rows for elements and attachments under ``delete_by``, those that were passed on to us included.

    Their provider's change of restrictions may set, move or lift the day.
    """
    given = {Ref(held.row.mid, one.name): one for one in (*held.elements, *held.borne)}
    days = {
        (ref.mid, ref.element): handling.lies[ref].details.delete_by
        for ref, one in given.items()
        if Restriction.DELETE_BY in one.restrictions
    }
    if isinstance(held.message, HandlingNotice):
        for change in held.message.changes:
            lying = handling.lies.get(Ref(change.mid or "", change.element or ""))
            if lying is None or lying.provider != held.row.sender:
                continue  # nobody sets a day for what another said
            is_to_go = Restriction.DELETE_BY in change.restrictions
            days[change.mid or "", change.element or ""] = (
                change.details.delete_by if is_to_go and change.details else None
            )
    for (mid, element), day in days.items():
        _set_day(tx, thread.case.id, mid, element, day)
    for mid in {mid for mid, _element in days}:
        keep_dates(tx, timetable, thread.case.id, mid)


def _set_day(tx: Tx, case_id: str, mid: str, element: str, day: str | None) -> None:
    this = (_deletions.c.case_id == case_id) & (_deletions.c.mid == mid) & (_deletions.c.element == element)
    tx.conn.execute(_deletions.delete().where(this, _deletions.c.done_ms.is_(None)))
    known = tx.conn.execute(select(_deletions.c.mid).where(this)).first()
    if day and known is None and Day().first(day) is not None:
        row = {"case_id": case_id, "mid": mid, "element": element, "after_day": day}
        tx.conn.execute(insert(_deletions).values(row))


# ---------------------------------------------------------------- what is to be done


def to_tell(view: View) -> list[str]:
    """The onward cases whose recipient has a node and has not heard of a correction yet."""
    return [row.case_id for row in _TO_TELL.rows(view.conn)]


def untold(view: View, case_id: str) -> list[AnyRow]:
    """The corrected elements that the recipient of a case has not heard of, at most as many as one message names."""
    waiting = (_passed.c.corrected_by.is_not(None)) & (_passed.c.told_by.is_(None))
    query = select(_passed).where(_passed.c.case_id == case_id, waiting).order_by(_passed.c.mid, _passed.c.element)
    return list(view.conn.execute(query.limit(MOST_NAMED)).all())


def corrected_body(view: View, rows: list[AnyRow]) -> dict[str, object]:
    """What is told in an onward case about corrections of elements it carried: which are superseded, and by what.

    What stands in their place is for an officer to pass on, under the restrictions it has.
    """
    told = "An element of another authority's answer that was passed on with our request has been corrected by it."
    return {"subject": "correction", "information": told, "passed_on": [_superseded(view, row) for row in rows]}


def _superseded(view: View, row: AnyRow) -> dict[str, object]:
    said = select(_messages.c.sender).where(_messages.c.case_id == row.from_case, _messages.c.mid == row.mid)
    provider = view.conn.execute(said).scalar() or "unknown"
    return {"provider": provider, "mid": row.mid, "element": row.element, "superseded_by": row.corrected_by}


class SaidBeside(IllegalMove):
    """Another look said this in between; whoever wanted to say it looks again."""

    code, title = "said-beside", "This was said already"


def told(tx: Tx, rows: list[AnyRow], mid: str) -> None:
    """Note what was told, in the transaction that stores it. SaidBeside where one of the rows is told already."""
    for row in rows:
        this = (_passed.c.case_id == row.case_id, _passed.c.mid == row.mid, _passed.c.element == row.element)
        waits = (_passed.c.corrected_by == row.corrected_by, _passed.c.told_by.is_(None))
        _only_once(tx, update(_passed).where(*this, *waits).values(told_by=mid), row)


def deletions_due(view: View, today: date) -> list[AnyRow]:
    """Elements whose last day is over and that are still here."""
    return _DELETIONS_DUE.rows(view.conn, {"last": (today - timedelta(days=1)).isoformat()})


def delete_due(tx: Tx, actor: Actor, due: AnyRow) -> None:
    """Erase one element whose last day is over, and note that it is gone. CaseworkError when it cannot be done now."""
    said = select(_messages.c.direction).where(_messages.c.case_id == due.case_id, _messages.c.mid == due.mid)
    if tx.conn.execute(said).scalar() != "in":
        msg = f"message {due.mid} is our own; no other authority has it deleted"
        raise Forbidden(msg)
    why = f"its provider allowed it to be kept until {due.after_day} (ITI 15)"
    erase(tx, actor, Erasure(due.case_id, due.mid, due.element, why))
    tx.conn.execute(update(_deletions).where(*_this(due)).values(done_ms=tx.now_ms))


def to_certify(view: View) -> dict[str, list[AnyRow]]:
    """Deleted elements whose provider has no certificate yet, by case; a State without a node gets none by wire."""
    found: dict[str, list[AnyRow]] = {}
    for row in _TO_CERTIFY.rows(view.conn):
        found.setdefault(row.case_id, []).append(row)
    return found


def certificate(rows: list[AnyRow], today: date) -> dict[str, object]:
    """The notice that elements were deleted."""
    elements = [{"mid": row.mid, "element": row.element} for row in rows]
    return {"notice": "deletion", "elements": elements, "date": today.isoformat()}


def certified(tx: Tx, rows: list[AnyRow], mid: str) -> None:
    """Note the certificate, in the transaction that stores it. SaidBeside where one of the rows has one already."""
    for row in rows:
        waits = _deletions.c.certified_by.is_(None)
        _only_once(tx, update(_deletions).where(*_this(row), waits).values(certified_by=mid), row)


def _only_once(tx: Tx, note: Update, row: AnyRow) -> None:
    if tx.conn.execute(note).rowcount != 1:
        msg = f"{row.element} of {row.mid} in case {row.case_id}: this was told in between"
        raise SaidBeside(msg)


def _this(row: AnyRow) -> tuple[ColumnElement[bool], ...]:
    return _deletions.c.case_id == row.case_id, _deletions.c.mid == row.mid, _deletions.c.element == row.element
