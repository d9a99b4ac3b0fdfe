"""Releasing what another person drafted: only what one means, and never what took its place unseen.

Rules
- Who names the draft (``{"draft": id}``) or the version of the case (If-Match) releases exactly that.
- Who names neither releases what waits, unless he read the case before it was drafted and not since: what he saw was
  something else. A program that never looks relies on its own order of work, and is let through.
"""

from typing import Any

from sqlalchemy import select

from protocol import strictjson
from tracing.audit import PRIVATE
from tracing.casework.errors import Stale, Unseen
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread
from tracing.store import View
from tracing.tables import Leaf, table_of

__all__ = ["check_meant"]

MOST_BYTES = 8 * 1024 * 1024
_leaves = table_of(Leaf)


def check_meant(view: View, actor: Actor, thread: Thread, body: dict[str, Any], if_match: int | None) -> None:
    """Raise Stale when another draft waits than the one named, Unseen when it came after the actor last looked."""
    draft = thread.pending
    if draft is None:
        return
    if "draft" in body and body["draft"] != draft.id:
        msg = f"another draft waits in case {thread.case.id} than the one named; read the case again"
        raise Stale(msg)
    if "draft" in body or if_match is not None:
        return
    last = _last_read_ms(view, actor, thread.case.id)
    if last is not None and last < draft.drafted_ms:
        msg = (
            f"what waits in case {thread.case.id} was drafted after you last read it: read it again, or name it with "
            '{"draft": id} or If-Match'
        )
        raise Unseen(msg)


def _last_read_ms(view: View, actor: Actor, case_id: str) -> int | None:
    """When this person last read the case whole, as the audit trail has it."""
    reads = (
        select(_leaves.c.at_ms, _leaves.c.object)
        .where(_leaves.c.ref == case_id, _leaves.c.tree == PRIVATE, _leaves.c.kind == "read")
        .order_by(_leaves.c.idx.desc())
    )
    for row in view.conn.execute(reads):
        what = strictjson.load(row.object, MOST_BYTES)
        if (what.get("actor"), what.get("what")) == (actor.name, "case"):
            return int(row.at_ms)
    return None
