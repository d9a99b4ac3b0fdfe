"""What an act in a case came to."""

from dataclasses import dataclass

from sqlalchemy import select

from tracing.casework.arrival import stage_of
from tracing.casework.thread import load
from tracing.store import View
from tracing.tables import ImportedRow, table_of

__all__ = ["Outcome", "imported_case"]

_imported = table_of(ImportedRow)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What an act came to. ``delivery``: draft, queued, sent, accepted, opened, rejected, or recorded for a letter."""

    case: str
    state: str
    counterpart: str
    mid: str | None
    delivery: str


def imported_case(view: View, row_digest: str) -> Outcome | None:
    """What the row of a list with this digest came to, None where none was taken yet."""
    row = view.conn.execute(select(_imported.c.case_id).where(_imported.c.row_digest == row_digest)).first()
    if row is None:
        return None
    thread = load(view, row.case_id)
    mid = next((one.mid for one in thread.said), None)
    return Outcome(row.case_id, thread.state, thread.case.counterpart, mid, stage_of(view, mid) if mid else "draft")
