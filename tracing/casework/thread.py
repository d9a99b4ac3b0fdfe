"""Loading a case: its row, its messages, and the state that follows from them.

The state is never kept apart from the messages: ``fold`` computes it, the row only remembers the last result for lists.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select, update

from protocol.lifecycle import CaseView, Kind, Role, Said, fold
from tracing.casework.errors import NotFound, Stale
from tracing.store import AnyRow, Tx, View
from tracing.tables import Case, Counterpart, Draft, Envelope, Message, table_of

__all__ = ["Thread", "hold", "load", "load_for_counterpart", "refold", "role_of"]

cases, messages, envelopes, counterparts, drafts = map(table_of, (Case, Message, Envelope, Counterpart, Draft))


@dataclass(frozen=True, slots=True)
class Thread:
    """One case as a moment of the database shows it."""

    case: AnyRow
    on_node: bool
    said: tuple[Said, ...]
    view: CaseView
    rejected: frozenset[str]  # of our messages those their recipient rejected for ever
    pending: AnyRow | None  # a draft waiting for a second person

    @property
    def us(self) -> Role:
        """The part this node plays."""
        return Role.REQUESTER if self.case.direction == "sent" else Role.REQUESTED

    @property
    def state(self) -> str:
        """The contract's word for where the case stands; a case nobody released yet is a draft."""
        return str(self.view.state) if self.said else "draft"


def role_of(case_id: str, authority: str) -> Role:
    """The requester is named in the case id; whoever else speaks is the requested authority."""
    return Role.REQUESTER if case_id.rpartition(".")[0] == authority else Role.REQUESTED


def load(view: View, case_id: str) -> Thread:
    """The case with this id. Raises NotFound."""
    row = view.conn.execute(
        select(cases, counterparts.c.on_node)
        .join(counterparts, counterparts.c.authority == cases.c.counterpart)
        .where(cases.c.id == case_id)
    ).first()
    if row is None:
        msg = f"no case {case_id!r} at this node"
        raise NotFound(msg)
    pending = view.conn.execute(select(drafts).where(drafts.c.case_id == case_id, drafts.c.status == "pending")).first()
    said = _said(view, case_id)
    opened, rejected = _delivered(view, row, said)
    return Thread(row, row.on_node, said, fold(said, opened=opened, rejected=rejected), rejected, pending)


def load_for_counterpart(view: View, case_id: str, counterpart: str) -> Thread | None:
    """The case if it is between us and ``counterpart``, else None: a counterpart learns nothing of other cases."""
    row = view.conn.execute(select(cases.c.id).where(cases.c.id == case_id, cases.c.counterpart == counterpart)).first()
    return load(view, case_id) if row else None


def hold(tx: Tx, case_id: str, version: int) -> Thread:
    """The case inside a transaction, or Stale when somebody moved it since version ``version``."""
    thread = load(tx, case_id)
    if thread.case.version != version:
        msg = f"case {case_id} moved from version {version} to {thread.case.version} meanwhile"
        raise Stale(msg)
    return thread


def refold(tx: Tx, case_id: str, **changes: Any) -> Thread:
    """Compute the state anew after something was said or received, and remember it on the row and its messages."""
    thread = load(tx, case_id)
    for mid, effect in thread.view.effects.items():
        tx.conn.execute(
            update(messages)
            .where(messages.c.mid == mid, messages.c.case_id == case_id, messages.c.effect != str(effect))
            .values(effect=str(effect))
        )
    waiting = {None: None, thread.us: "us"}.get(thread.view.waiting_on, "them")
    values = {
        "state": thread.state,
        "overlays": " ".join(sorted(thread.view.overlays)),
        "waiting_on": waiting,
        "version": thread.case.version + 1,
        "updated_ms": tx.now_ms,
    }
    tx.conn.execute(update(cases).where(cases.c.id == case_id).values(values | changes))
    return thread


def _said(view: View, case_id: str) -> tuple[Said, ...]:
    columns = (messages.c.mid, messages.c.kind, messages.c.sender, messages.c.re, messages.c.facts)
    rows = view.conn.execute(select(*columns).where(messages.c.case_id == case_id).order_by(messages.c.position))
    return tuple(
        Said(row.mid, Kind(row.kind), role_of(case_id, row.sender), tuple(row.re.split()), frozenset(row.facts.split()))
        for row in rows
    )


def _delivered(view: View, case: AnyRow, said: Sequence[Said]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of the messages their recipient has opened, and which of ours it has rejected for ever."""
    us = Role.REQUESTER if case.direction == "sent" else Role.REQUESTED
    ours = [one.mid for one in said if one.sender is us]
    if not case.on_node:  # by letter: a reply shows that the request arrived
        is_answered = len(ours) < len(said)
        return frozenset(one.mid for one in said if is_answered), frozenset()
    columns = (envelopes.c.mid, envelopes.c.stage)
    sent = envelopes.c.mid.in_(ours) & (envelopes.c.direction == "out")
    stages = {row.mid: row.stage for row in view.conn.execute(select(*columns).where(sent))} if ours else {}
    taken = frozenset(one.mid for one in said) if us is Role.REQUESTED else frozenset()  # what we hold we opened
    opened, rejected = ({mid for mid, stage in stages.items() if stage == what} for what in ("opened", "rejected"))
    return taken | opened, frozenset(rejected)
