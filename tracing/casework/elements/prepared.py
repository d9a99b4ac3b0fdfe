"""An erasure prepared by one person and done by another, where two persons release.

Rules
- It waits in the case like any draft, under the verb ``erase``, and is released by ``approve``. What waits there
  already is not pushed aside by it.
- What cannot be erased is refused when it is prepared, and judged anew when it is done.
"""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import update

from tracing.casework.elements.erasing import Erasure, enter_erasure, erase, require_erasable
from tracing.casework.errors import IllegalMove
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread, drafts, hold, load
from tracing.casework.writing import keep_draft
from tracing.store import AnyRow, Tx

__all__ = ["ERASE", "PreparedErasure", "do_prepared", "prepare_erasure"]

ERASE: Final = "erase"


@dataclass(frozen=True, slots=True)
class PreparedErasure:
    """What waits, the draft it waits as, and the version of the case it was looked at in."""

    asked: Erasure
    draft: str
    version: int

    @classmethod
    def of(cls, thread: Thread, draft: AnyRow, body: dict[str, Any]) -> "PreparedErasure":
        """From the draft and what it holds."""
        return cls(enter_erasure(thread.case.id, body), draft.id, thread.case.version)


def prepare_erasure(tx: Tx, actor: Actor, asked: Erasure) -> None:
    """Have it wait for a second person. IllegalMove where something waits already, and what ``erase`` raises."""
    thread = load(tx, asked.case)
    require_erasable(tx, asked)
    if thread.pending is not None:
        msg = f"erase: something waits in case {asked.case} for a second person already; have that decided first"
        raise IllegalMove(msg)
    keep_draft(tx, actor, asked.case, ERASE, {"mid": asked.mid, "element": asked.element, "why": asked.why})


def do_prepared(tx: Tx, actor: Actor, prepared: PreparedErasure) -> Thread:
    """The second person's transaction."""
    hold(tx, prepared.asked.case, prepared.version)
    released = {"status": "released", "released_by": actor.name}
    tx.conn.execute(update(drafts).where(drafts.c.id == prepared.draft).values(released))
    erase(tx, actor, prepared.asked)
    return load(tx, prepared.asked.case)
