"""Whose a case is: the officer who is reminded of its duties first. Nobody's, until somebody takes it or is given it.

Rules
- Whoever works with cases may take one, give it to another who does, or let go of it; one who left has none.
- The deadlines of a case say whose they are, so that a list of one's own walks over nobody else's.
"""

from sqlalchemy import select, update

from tracing import audit
from tracing.casework.errors import NotFound
from tracing.casework.policy import Actor, may, permit
from tracing.casework.thread import cases
from tracing.store import Tx, View
from tracing.store.people import person
from tracing.tables import Deadline, table_of

__all__ = ["hand_over", "owner_of"]

_deadlines = table_of(Deadline)


def hand_over(tx: Tx, actor: Actor, case_id: str, to: str | None) -> None:
    """The case is theirs from now on; None: nobody's. NotFound, or ValueError for a person who works with no cases."""
    permit(actor, "own")
    owner = tx.conn.execute(select(cases.c.owner).where(cases.c.id == case_id)).first()
    if owner is None:
        raise NotFound(f"no case {case_id!r} at this node")
    if to is not None and not _works(tx, to):
        raise ValueError(f"expected an officer or approver of this node, got {to[:40]!r}")
    if owner.owner == to:
        return
    tx.conn.execute(update(cases).where(cases.c.id == case_id).values(owner=to))
    tx.conn.execute(update(_deadlines).where(_deadlines.c.case_id == case_id).values(owner=to))
    audit.note(tx, "op", case_id, {"act": "own", "actor": actor.name, "case": case_id, "owner": to})


def owner_of(view: View, case_id: str) -> str | None:
    """Whose it is; None too where there is no such case."""
    owner: str | None = view.conn.execute(select(cases.c.owner).where(cases.c.id == case_id)).scalar()
    return owner


def _works(tx: Tx, name: str) -> bool:
    found = person(tx, name)
    return found is not None and may(found.role, "own")
