"""Matters: what two authorities say to each other outside any case, as rows of the database.

Rules
- A matter is a thread of its own, named ``<authority>.m<uuid>`` after whoever began it, with a content key of its own.
- It has no state: every statement counts as it stands. Only a decision about a deadline profile can be without effect
  (``protocol.agreements``); it is kept and shown then.
- What became of each proposal of deadlines is remembered beside it (``profiles_proposed``), anew with every statement
  of its matter and with a rejection: clocks look it up without reading any other proposal.
- ``re`` of what we say names every statement that nothing in the matter has named yet.
"""

import hashlib
from dataclasses import dataclass
from typing import Any, cast

from sqlalchemy import bindparam, delete, insert, select, update

from protocol import agreements, envelope
from protocol.agreements import Proposed, Term
from protocol.lifecycle import Effect, Kind
from protocol.messages import Message, ProfileDecision, ProfileProposal
from protocol.names import MatterId, MessageId
from tracing import audit
from tracing.casework.errors import NotFound
from tracing.casework.thread import envelopes
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, hide, show
from tracing.store.spelt import Spelt
from tracing.tables import Matter, MatterMessage, ProfileProposed, table_of

__all__ = [
    "MatterThread", "add_message", "is_matter", "judge_all", "judge_anew", "load_matter", "mark_read", "mark_unread",
    "matter_messages", "matters", "open_matter", "profiles", "read_message", "term",
]  # fmt: skip

matters, matter_messages, profiles = map(table_of, (Matter, MatterMessage, ProfileProposed))
_ABOUT_DEADLINES = frozenset({Kind.PROFILE_PROPOSAL, Kind.PROFILE_DECISION})

_OF_ENVELOPE = (envelopes.c.sender == matter_messages.c.sender) & (envelopes.c.mid == matter_messages.c.mid)
_ONE = Spelt(select(matters).where(matters.c.id == bindparam("matter")))
_SAID = Spelt(
    select(matter_messages, envelopes.c.stage)
    .outerjoin(envelopes, _OF_ENVELOPE)
    .where(matter_messages.c.matter_id == bindparam("matter"))
    .order_by(matter_messages.c.position)
)
_MATTER_OF = Spelt(
    select(matter_messages.c.matter_id, matter_messages.c.kind).where(matter_messages.c.mid == bindparam("mid"))
)


@dataclass(frozen=True, slots=True)
class MatterThread:
    """One matter as a moment of the database shows it; of each message its row, with how far our envelope came."""

    row: AnyRow
    said: tuple[AnyRow, ...]

    @property
    def heads(self) -> tuple[str, ...]:
        """What the next statement must name in its ``re``."""
        named = {mid for one in self.said for mid in one.re.split()}
        return tuple(sorted(one.mid for one in self.said if one.mid not in named))


def is_matter(thread: str) -> bool:
    """Whether a thread is a matter, by the form of its name."""
    try:
        return bool(MatterId(thread))
    except ValueError:
        return False


def load_matter(view: View, matter_id: str) -> MatterThread:
    """The matter with this id. Raises NotFound."""
    row = _ONE.first(view.conn, {"matter": matter_id})
    if row is None:
        msg = f"no matter {matter_id!r} at this node"
        raise NotFound(msg)
    return MatterThread(row, tuple(_SAID.rows(view.conn, {"matter": matter_id})))


def open_matter(
    tx: Tx, matter_id: str, counterpart: str, *, direction: str, kind: str, once: str | None = None
) -> None:
    """A new matter with a content key of its own. IntegrityError when ``once`` was sent before."""
    wrapped, _ = tx.cipher.new_key()
    row = {"id": matter_id, "counterpart": counterpart, "direction": direction, "kind": kind, "once": once}
    at = {"content_key": wrapped, "opened_ms": tx.now_ms, "updated_ms": tx.now_ms}
    tx.conn.execute(insert(matters).values(row | at))


def add_message(  # noqa: PLR0917 - one statement, and what is kept with it
    tx: Tx, matter_id: str, row: dict[str, Any], inner: bytes, what: dict[str, Any], compared: Any = None
) -> None:
    """One statement, encrypted, with the leaf that holds who caused it; then what counts in the matter is judged.

    ``compared`` is what this node made of it at that moment; it is kept beside it, encrypted too.
    """
    thread = load_matter(tx, matter_id)
    key = case_key(tx, thread.row)
    blob = hide(tx, key, inner, matter_id, "message", row["mid"])
    what |= {"case": matter_id, "mid": row["mid"], "kind": row["kind"], "inner": hashlib.sha256(blob).hexdigest()}
    what["row"] = audit.message_digest(row | {"case_id": matter_id})
    leaf = audit.note(tx, "op", row["mid"], what)
    own = {"matter_id": matter_id, "position": len(thread.said), "leaf": leaf, "logged_ms": tx.now_ms, "inner": blob}
    own["compared"] = None if compared is None else hide(tx, key, compared, matter_id, "compared", row["mid"])
    tx.conn.execute(insert(matter_messages).values(row | own))
    tx.conn.execute(update(matters).where(matters.c.id == matter_id).values(updated_ms=tx.now_ms))
    _judge(tx, matter_id)


def _judge(tx: Tx, matter_id: str) -> None:
    """A decision counts or is kept, anew with every statement of its matter: its proposal may come after it."""
    thread = load_matter(tx, matter_id)
    key = case_key(tx, thread.row)
    if not any(one.kind in _ABOUT_DEADLINES for one in thread.said):
        return
    about = [one for one in thread.said if one.kind in _ABOUT_DEADLINES and one.stage != "rejected"]
    terms = [term(tx, key, one) for one in about]
    counts = agreements.counting(terms)
    tx.conn.execute(delete(profiles).where(profiles.c.matter_id == matter_id))
    for proposed in agreements.proposals(terms):
        tx.conn.execute(insert(profiles).values(_remembered(thread.row, proposed)))
    for one in about:
        effect = str(Effect.EFFECTIVE if one.mid in counts else Effect.KEPT)
        if effect != one.effect:
            tx.conn.execute(update(matter_messages).where(matter_messages.c.mid == one.mid).values(effect=effect))


def mark_unread(tx: Tx, matter_id: str) -> None:
    """Something came in it that nobody here has read."""
    tx.conn.execute(update(matters).where(matters.c.id == matter_id).values(unread_ms=tx.now_ms))


def mark_read(tx: Tx, matter_id: str) -> None:
    """Somebody read it."""
    waits = (matters.c.id == matter_id) & matters.c.unread_ms.is_not(None)
    tx.conn.execute(update(matters).where(waits).values(unread_ms=None))


def read_message(view: View, key: bytes, row: AnyRow) -> Message:
    """What a row of ``matter_messages`` says."""
    _, message, _ = envelope.read_own(show(view, key, row.inner, row.matter_id, "message", row.mid))
    return message


def _remembered(matter: AnyRow, proposed: Proposed) -> dict[str, Any]:
    said, since = proposed.term, proposed.since
    row = {"mid": said.mid, "matter_id": matter.id, "counterpart": matter.counterpart, "sender": said.sender}
    row |= {"status": proposed.status, "since": since.isoformat() if since else None}
    return row | {"iat_ms": said.iat_ms, "uuid": MessageId(said.mid).partition(":")[2]}


def judge_anew(tx: Tx, mid: str) -> None:
    """After the recipient of ``mid`` rejected it: a proposal or decision it never took over decides nothing."""
    row = _MATTER_OF.first(tx.conn, {"mid": mid})
    if row is not None and row.kind in _ABOUT_DEADLINES:
        _judge(tx, row.matter_id)


def judge_all(tx: Tx) -> None:
    """At start: judge the matters whose proposals an earlier version of this program did not remember."""
    known = select(profiles.c.matter_id)
    proposed = matter_messages.c.kind == str(Kind.PROFILE_PROPOSAL)
    forgotten = select(matter_messages.c.matter_id).where(proposed, matter_messages.c.matter_id.not_in(known))
    joined = forgotten.join(matters, matters.c.id == matter_messages.c.matter_id)
    for matter_id in tx.conn.execute(joined.where(matters.c.content_key.is_not(None)).distinct()).scalars().all():
        _judge(tx, matter_id)


def term(view: View, key: bytes, row: AnyRow) -> Term:
    """``row`` is of one of the two kinds that speak about deadlines."""
    message = cast("ProfileProposal | ProfileDecision", read_message(view, key, row))
    return Term(row.mid, row.matter_id, row.sender, row.iat_ms, message)
