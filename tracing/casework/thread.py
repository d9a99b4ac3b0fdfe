"""Loading a case: its row, its messages, and the state that follows from them.

The state is never kept apart from the messages: ``fold`` computes it, the row only remembers the last result for lists.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from sqlalchemy import bindparam, literal_column, select, update

from protocol.lifecycle import CaseView, Kind, Role, Said, fold
from tracing.casework.errors import NotFound, NotOpenedYet, Stale
from tracing.store import AnyRow, Tx, View
from tracing.store.spelt import Spelt
from tracing.tables import Case, Counterpart, Draft, Envelope, Message, table_of

__all__ = ["Thread", "begun", "folded", "hold", "judged", "load", "refold", "remember", "role_of"]

cases, messages, envelopes, counterparts, drafts = map(table_of, (Case, Message, Envelope, Counterpart, Draft))

# Spelt out and not bound: only so does the index of pending drafts serve.
_DRAFT = select(drafts).where(drafts.c.case_id == bindparam("case"), drafts.c.status == literal_column("'pending'"))
_PENDING = Spelt(_DRAFT)
_OF_COUNTERPART = (counterparts.c.on_node, counterparts.c.country)
_COUNTERPART = Spelt(select(*_OF_COUNTERPART).where(counterparts.c.authority == bindparam("authority")))
_CASE = Spelt(
    select(cases, *_OF_COUNTERPART, _DRAFT.exists().label("has_draft"))
    .join(counterparts, counterparts.c.authority == cases.c.counterpart)
    .where(cases.c.id == bindparam("case"))
)
_SAID = Spelt(
    select(
        messages.c.mid, messages.c.kind, messages.c.sender, messages.c.re, messages.c.facts, messages.c.effect,
        messages.c.channel, messages.c.direction, messages.c.iat_ms, messages.c.logged_ms, messages.c.named_day,
        envelopes.c.stage, envelopes.c.accepted_ms,
    )
    .outerjoin(envelopes, (envelopes.c.sender == messages.c.sender) & (envelopes.c.mid == messages.c.mid))
    .where(messages.c.case_id == bindparam("case"))
    .order_by(messages.c.position)
)  # fmt: skip
_UNOPENED = Spelt(
    select(envelopes.c.mid)
    .where(
        envelopes.c.sender == bindparam("sender"),
        envelopes.c.stage == literal_column("'accepted'"),
        envelopes.c.direction == literal_column("'in'"),
    )
    .limit(1)
)
_JUDGE = Spelt(
    update(messages)
    .where(messages.c.mid == bindparam("of"), messages.c.case_id == bindparam("case"))
    .values(effect=bindparam("to_effect"))
)
_FOLDED = ("state", "overlays", "waiting_on", "priority", "requested_ms", "version", "updated_ms")
_SETTLED = (*_FOLDED, "due_ms", "counted")


def _remembering(names: tuple[str, ...]) -> Spelt:
    changed: dict[str, Any] = {name: bindparam(f"to_{name}") for name in names}
    return Spelt(update(cases).where(cases.c.id == bindparam("case")).values(changed))


_REMEMBER, _REMEMBER_ALL = _remembering(_FOLDED), _remembering(_SETTLED)


@dataclass(frozen=True, slots=True)
class Thread:
    """One case as a moment of the database shows it."""

    case: AnyRow
    on_node: bool
    said: tuple[Said, ...]
    rows: tuple[AnyRow, ...]  # the same messages: their effect, their channel, and how far their envelope came
    view: CaseView
    pending: AnyRow | None  # a draft waiting for a second person

    @property
    def us(self) -> Role:
        """The part this node plays."""
        return Role.REQUESTER if self.case.direction == "sent" else Role.REQUESTED

    @property
    def priority(self) -> str:
        """The priority in force: the last the requester gave."""
        return self.view.priority or str(self.case.priority)

    @property
    def state(self) -> str:
        """The contract's word for where the case stands; a case nobody released yet is a draft."""
        return str(self.view.state) if self.said else "draft"

    @property
    def requested_ms(self) -> int | None:
        """``at`` of the accepted receipt of the request, from which the other State's time is counted."""
        asked = (row.accepted_ms for row in self.rows if row.kind == Kind.TRACE_REQUEST and row.accepted_ms is not None)
        return next(asked, None)


def role_of(case_id: str, authority: str) -> Role:
    """The requester is named in the case id; whoever else speaks is the requested authority."""
    return Role.REQUESTER if case_id.rpartition(".")[0] == authority else Role.REQUESTED


def load(view: View, case_id: str) -> Thread:
    """The case with this id. Raises NotFound, or NotOpenedYet while something of its requester waits to be opened."""
    row = _CASE.first(view.conn, {"case": case_id})
    if row is None:
        raise _missing(view, case_id)
    pending = _PENDING.first(view.conn, {"case": case_id}) if row.has_draft else None
    return _threaded(row, tuple(_SAID.rows(view.conn, {"case": case_id})), pending)


def begun(view: View, case: Mapping[str, Any], message: Mapping[str, Any]) -> Thread:
    """A case and its first message before either is written; with the columns ``load`` would give them."""
    known = _COUNTERPART.first(view.conn, {"authority": case["counterpart"]})
    whole = SimpleNamespace(**case, on_node=known.on_node, country=known.country)
    return _threaded(whole, (SimpleNamespace(**message),), None)


def _threaded(case: Any, rows: tuple[Any, ...], pending: AnyRow | None) -> Thread:
    said = tuple(_said(row, case.id) for row in rows)
    opened, rejected = _delivered(case, said, rows)
    return Thread(case, bool(case.on_node), said, rows, fold(said, opened=opened, rejected=rejected), pending)


def _missing(view: View, case_id: str) -> NotFound:
    """Between ``accepted`` and ``opened`` there is no case yet, and an envelope does not say what it holds."""
    msg = f"no case {case_id!r} at this node"
    if _UNOPENED.first(view.conn, {"sender": case_id.rpartition(".")[0]}) is None:
        return NotFound(msg)
    return NotOpenedYet(f"{msg}; messages of its requester are being opened: look again in a moment")


def _said(row: Any, case_id: str) -> Said:
    sender, re, facts = role_of(case_id, row.sender), tuple(row.re.split()), frozenset(row.facts.split())
    return Said(row.mid, Kind(row.kind), sender, re, facts)


def hold(tx: Tx, case_id: str, version: int) -> Thread:
    """The case inside a transaction, or Stale when somebody moved it since version ``version``."""
    thread = load(tx, case_id)
    if thread.case.version != version:
        msg = f"case {case_id} moved from version {version} to {thread.case.version} meanwhile"
        raise Stale(msg)
    return thread


def refold(tx: Tx, case_id: str) -> Thread:
    """Compute the state anew after something was said or received, and remember it on the row and its messages."""
    thread = judged(tx, case_id)
    _REMEMBER.run(tx.conn, _to(thread, folded(thread, tx.now_ms)))
    return thread


def judged(tx: Tx, case_id: str) -> Thread:
    """The case after something was said or received, with the effects its messages now have; its row is as before."""
    thread = load(tx, case_id)
    for row in thread.rows:
        if row.effect != (effect := str(thread.view.effects[row.mid])):
            _JUDGE.run(tx.conn, {"of": row.mid, "case": case_id, "to_effect": effect})
    return thread


def remember(tx: Tx, thread: Thread, *, due_ms: int | None, counted: str) -> None:
    """Bring the row of a case in line with its messages, its nearest date and its tallies, in one statement."""
    values = folded(thread, tx.now_ms) | {"due_ms": due_ms, "counted": counted}
    _REMEMBER_ALL.run(tx.conn, _to(thread, values))


def folded(thread: Thread, now_ms: int) -> dict[str, Any]:
    """What the row of a case says that follows from its messages."""
    return {
        "state": thread.state,
        "overlays": " ".join(sorted(thread.view.overlays)),
        "waiting_on": {None: None, thread.us: "us"}.get(thread.view.waiting_on, "them"),
        "priority": thread.priority,
        "requested_ms": thread.requested_ms,
        "version": thread.case.version + 1,
        "updated_ms": now_ms,
    }


def _to(thread: Thread, values: Mapping[str, Any]) -> dict[str, Any]:
    return {f"to_{name}": value for name, value in values.items()} | {"case": thread.case.id}


def _delivered(case: Any, said: Sequence[Said], rows: Sequence[AnyRow]) -> tuple[frozenset[str], frozenset[str]]:
    """Which of the messages their recipient has opened, and which of ours it has rejected for ever."""
    us = Role.REQUESTER if case.direction == "sent" else Role.REQUESTED
    stages = {one.mid: row.stage for one, row in zip(said, rows, strict=True) if one.sender is us}
    if not case.on_node:  # by letter: a reply shows that the request arrived
        is_answered = len(stages) < len(said)
        return frozenset(one.mid for one in said if is_answered), frozenset()
    taken = frozenset(one.mid for one in said) if us is Role.REQUESTED else frozenset()  # what we hold we opened
    opened, rejected = ({mid for mid, stage in stages.items() if stage == what} for what in ("opened", "rejected"))
    return taken | opened, frozenset(rejected)
