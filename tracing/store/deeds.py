"""What somebody did in a case since an instant: asked when a call was cut off between its act and its answer.

An act of an officer is a message or a draft that bears his name; both are rows of the same transaction as its effect.
"""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, and_, select

from protocol import strictjson
from tracing.store.dossiers import dossiers_of
from tracing.store.unit import View
from tracing.tables import Case, Dossier, Draft, Envelope, Leaf, Message, table_of

__all__ = ["CaseDeed", "Wanted", "case_deed_since", "cases_of_dossier", "dossier_opened_since"]

_cases, _dossiers, _drafts = map(table_of, (Case, Dossier, Draft))
_envelopes, _leaves, _messages = map(table_of, (Envelope, Leaf, Message))


MOST_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True)
class Wanted:
    """An act looked for: this person's, in this case, by this verb, which says one of these kinds (any, if none)."""

    case: str
    actor: str
    verb: str
    kinds: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class CaseDeed:
    """An act found: as ``Outcome`` says it."""

    case: str
    state: str
    counterpart: str
    mid: str | None
    delivery: str


def case_deed_since(view: View, wanted: Wanted, since_ms: int) -> CaseDeed | None:
    """The first message or draft that fits, since then."""
    case = view.conn.execute(select(_cases.c.state, _cases.c.counterpart).where(_cases.c.id == wanted.case)).first()
    if case is None:
        return None
    if (row := view.conn.execute(_said(wanted, since_ms)).first()) is not None:
        delivery = row.stage if row.channel is None and row.stage else "recorded"
        return CaseDeed(wanted.case, case.state, case.counterpart, row.mid, delivery)
    own = (_drafts.c.case_id == wanted.case, _drafts.c.verb == wanted.verb, _drafts.c.drafted_by == wanted.actor)
    if view.conn.execute(select(_drafts.c.id).where(*own, _drafts.c.drafted_ms >= since_ms)).first() is not None:
        return CaseDeed(wanted.case, case.state, case.counterpart, None, "draft")
    return None


def _said(wanted: Wanted, since_ms: int) -> Select[Any]:
    said = select(_messages.c.mid, _messages.c.channel, _envelopes.c.stage)
    said = said.outerjoin(_envelopes, and_(_envelopes.c.mid == _messages.c.mid, _envelopes.c.direction == "out"))
    said = said.where(
        _messages.c.case_id == wanted.case, _messages.c.actor == wanted.actor, _messages.c.logged_ms >= since_ms
    )
    said = said.where(_messages.c.direction == ("in" if wanted.verb == "record" else "out"))
    return (said.where(_messages.c.kind.in_(wanted.kinds)) if wanted.kinds else said).order_by(_messages.c.position)


def dossier_opened_since(view: View, actor: str, title: str, since_ms: int) -> str | None:
    """What this person opened under this title since then: the id of the dossier, or of the seizure."""
    opened = select(_dossiers.c.id, _dossiers.c.seizure).where(
        _dossiers.c.direction == "sent", _dossiers.c.opened_ms >= since_ms
    )
    wanted = {"actor": actor, "title": view.cipher.token(title)}
    for dossier in view.conn.execute(opened.order_by(_dossiers.c.opened_ms)):
        leaf = (
            view.conn.execute(select(_leaves.c.object).where(_leaves.c.ref == dossier.id, _leaves.c.tree == "private"))
            .scalars()
            .first()
        )
        if leaf is not None and wanted.items() <= strictjson.load(leaf, MOST_BYTES).items():
            return str(dossier.seizure or dossier.id)
    return None


def cases_of_dossier(view: View, name: str) -> list[tuple[str, str, str, str]]:
    """(dossier, counterpart, case, state) of each case of a dossier or a seizure."""
    ids = [case for cases in dossiers_of(view, name).values() for case in cases]
    columns = (_cases.c.dossier, _cases.c.counterpart, _cases.c.id, _cases.c.state)
    rows = view.conn.execute(select(*columns).where(_cases.c.id.in_(ids)).order_by(_cases.c.id))
    return [(row.dossier, row.counterpart, row.id, row.state) for row in rows]
