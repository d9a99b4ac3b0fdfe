"""What follows from a message without an officer: corrections travel on, and elements are deleted by their day.

Rules
- ``note_duties`` is called in the transaction that takes a message: it only writes rows, so nothing is lost by a crash.
- The rest says what is to be done about a row; ``follower`` does it, in statements of the node itself.
- A corrected element is named to its recipient as superseded; what replaced it goes along where nothing forbids that.
- An element is deleted after the last day its provider allows, whether or not anybody looks; a certificate is sent.
"""

from datetime import date, timedelta

from sqlalchemy import ColumnElement, insert, select, update

from protocol.handling import Handling, Passing, Ref
from protocol.lifecycle import Effect
from protocol.messages import Correction, HandlingNotice
from protocol.messages.members import Day
from protocol.vocabulary.handling import Notice, RecipientKind
from protocol.vocabulary.requests import Restriction
from tracing.casework.elements.erasing import Erasure, erase
from tracing.casework.elements.gate import handling_of, held_in_order
from tracing.casework.elements.held import Held, held_message
from tracing.casework.elements.onward import carried
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread
from tracing.store import AnyRow, Tx, View
from tracing.tables import Case, Counterpart, Deletion, PassedElement, table_of

__all__ = [
    "certificate", "certified", "corrected_body", "delete_due", "deletions_due", "note_duties", "to_certify", "to_tell",
]  # fmt: skip

_passed, _deletions = table_of(PassedElement), table_of(Deletion)
_cases, _counterparts = table_of(Case), table_of(Counterpart)


# ---------------------------------------------------------------- noting


def note_duties(tx: Tx, thread: Thread, mid: str) -> None:
    """What message ``mid`` of another authority obliges us to, as rows; nothing for one without effect."""
    if thread.view.effects.get(mid) is not Effect.EFFECTIVE:
        return
    held = held_message(tx, thread.case, mid)
    if held is None or held.row.direction != "in":
        return
    if isinstance(held.message, Correction):
        _note_corrections(tx, thread, held.message, mid)
    _note_deletions(tx, thread, held)


def _note_corrections(tx: Tx, thread: Thread, correction: Correction, mid: str) -> None:
    for ref in correction.replaces:
        tx.conn.execute(
            update(_passed)
            .where(
                _passed.c.from_case == thread.case.id,
                _passed.c.mid == (ref.mid or ""),
                _passed.c.element == (ref.element or ""),
            )
            .values(corrected_by=mid, told_by=None)
        )


def _note_deletions(tx: Tx, thread: Thread, held: Held) -> None:
    """Rows for elements under ``delete_by``; a restriction change may set, move or lift the day."""
    details = held.message.restriction_details
    days = {
        (held.row.mid, one.name): details.delete_by if details else None
        for one in held.elements
        if Restriction.DELETE_BY in one.restrictions
    }
    if isinstance(held.message, HandlingNotice) and held.message.notice == Notice.RESTRICTION_CHANGE:
        for change in held.message.changes:
            is_to_go = Restriction.DELETE_BY in change.restrictions
            days[change.mid or "", change.element or ""] = (
                change.details.delete_by if is_to_go and change.details else None
            )
    for (mid, element), day in days.items():
        _set_day(tx, thread.case.id, mid, element, day)


def _set_day(tx: Tx, case_id: str, mid: str, element: str, day: str | None) -> None:
    this = (_deletions.c.case_id == case_id) & (_deletions.c.mid == mid) & (_deletions.c.element == element)
    tx.conn.execute(_deletions.delete().where(this, _deletions.c.done_ms.is_(None)))
    known = tx.conn.execute(select(_deletions.c.mid).where(this)).first()
    if day and known is None and Day().first(day) is not None:
        row = {"case_id": case_id, "mid": mid, "element": element, "after_day": day}
        tx.conn.execute(insert(_deletions).values(row))


# ---------------------------------------------------------------- what is to be done


def to_tell(view: View) -> list[str]:
    """The onward cases whose recipient has not heard of a correction yet."""
    waiting = (_passed.c.corrected_by.is_not(None)) & (_passed.c.told_by.is_(None))
    return list(view.conn.execute(select(_passed.c.case_id).where(waiting).distinct().limit(100)).scalars())


def corrected_body(view: View, thread: Thread, source: Thread, me: str, today: date) -> dict[str, object]:
    """What is told in an onward case about corrections of elements it carried: superseded, and what stands instead."""
    rows = view.conn.execute(
        select(_passed).where(
            _passed.c.case_id == thread.case.id, _passed.c.corrected_by.is_not(None), _passed.c.told_by.is_(None)
        )
    ).all()
    held = held_in_order(view, source)
    by_mid = {one.row.mid: one for one in held}
    to = view.conn.execute(select(_counterparts).where(_counterparts.c.authority == thread.case.counterpart)).one()
    way = Passing(RecipientKind.THIRD_STATE, to.country, to.name)
    parts = [_superseded(by_mid, row) for row in rows]
    for mid in dict.fromkeys(row.corrected_by for row in rows):
        if mid in by_mid:
            parts += _instead(by_mid[mid], handling_of(held), way, me, today)
    told = "An element of another authority's answer that was passed on with our request has been corrected by it."
    return {"subject": "correction", "information": told, "passed_on": parts}


def _superseded(by_mid: dict[str, Held], row: AnyRow) -> dict[str, object]:
    provider = by_mid[row.mid].row.sender if row.mid in by_mid else ""
    return {"provider": provider, "mid": row.mid, "element": row.element, "superseded_by": row.corrected_by}


def _instead(correction: Held, handling: Handling, way: Passing, me: str, today: date) -> list[dict[str, object]]:
    """The elements of the correction that nothing forbids passing on."""
    refs = [Ref(correction.row.mid, one.name) for one in correction.elements if one.name != "rest"]
    free = [ref for ref in refs if not handling.obstacles(ref, way, me=me, today=today)]
    return [carried(correction, ref, handling.grant(ref, way, today)) for ref in free]


def deletions_due(view: View, today: date) -> list[AnyRow]:
    """Elements whose last day is over and that are still here."""
    last = (today - timedelta(days=1)).isoformat()
    due = (_deletions.c.after_day <= last) & (_deletions.c.done_ms.is_(None))
    return list(view.conn.execute(select(_deletions).where(due).order_by(_deletions.c.case_id).limit(500)).all())


def delete_due(tx: Tx, actor: Actor, due: AnyRow) -> None:
    """Erase one element whose last day is over, and note that it is gone. CaseworkError when it cannot be done now."""
    why = f"its provider allowed it to be kept until {due.after_day} (ITI 15)"
    erase(tx, actor, Erasure(due.case_id, due.mid, due.element, why))
    tx.conn.execute(update(_deletions).where(*_this(due)).values(done_ms=tx.now_ms))


def to_certify(view: View) -> dict[str, list[AnyRow]]:
    """Deleted elements whose provider has no certificate yet, by case; a State without a node gets none by wire."""
    query = (
        select(_deletions)
        .join(_cases, _cases.c.id == _deletions.c.case_id)
        .join(_counterparts, _counterparts.c.authority == _cases.c.counterpart)
        .where(_deletions.c.done_ms.is_not(None), _deletions.c.certified_by.is_(None), _counterparts.c.on_node)
        .order_by(_deletions.c.case_id)
        .limit(200)
    )
    found: dict[str, list[AnyRow]] = {}
    for row in view.conn.execute(query):
        found.setdefault(row.case_id, []).append(row)
    return found


def certificate(rows: list[AnyRow], today: date) -> dict[str, object]:
    """The notice that elements were deleted."""
    elements = [{"mid": row.mid, "element": row.element} for row in rows]
    return {"notice": "deletion", "elements": elements, "date": today.isoformat()}


def certified(tx: Tx, rows: list[AnyRow], mid: str) -> None:
    """Note the certificate, in the transaction that stores it."""
    for row in rows:
        tx.conn.execute(update(_deletions).where(*_this(row)).values(certified_by=mid))


def _this(row: AnyRow) -> tuple[ColumnElement[bool], ...]:
    return _deletions.c.case_id == row.case_id, _deletions.c.mid == row.mid, _deletions.c.element == row.element
