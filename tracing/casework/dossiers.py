"""Dossiers: one seizure, many weapons; sent and acknowledged as one, one case per weapon inside.

Rules
- A dossier is one letter: every weapon is checked first, then all cases are opened in one transaction, or none.
- Each weapon has a statement of its own that names the dossier; an acknowledgement may name all of it at once (its
  thread is the dossier, its ``re`` the request of each case).
"""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert, select

from protocol.lifecycle import Kind
from protocol.names import AuthorityId, CaseId, DossierId
from tracing import audit
from tracing.casework.acts import Act, House, build_message, decide_request, find_counterpart
from tracing.casework.errors import IllegalMove, Incomplete, NotFound, Problem
from tracing.casework.policy import Actor
from tracing.casework.ports import Address, Prepared
from tracing.casework.thread import Thread, cases, hold, load
from tracing.casework.writing import add_own, settle, store_draft, store_released
from tracing.clock import Ids
from tracing.store import AnyRow, Tx, View
from tracing.store.content import case_key, hide
from tracing.tables import Dossier, table_of

__all__ = [
    "DossierAct",
    "decide_acknowledgement",
    "decide_dossier",
    "dossier_cases",
    "store_acknowledgement",
    "store_dossier",
]

_dossiers = table_of(Dossier)
MOST_WEAPONS = 1000  # one acknowledgement names them all, and ``re`` holds 1,024
MOST_TITLE = 200


@dataclass(frozen=True, slots=True)
class DossierAct:
    """A dossier decided: its acts, one per weapon."""

    dossier: DossierId
    counterpart: str
    title: str
    acts: tuple[Act, ...]


def decide_dossier(
    house: House, view: View, body: dict[str, Any], today: date, ids: Ids, *, release: bool
) -> DossierAct:
    """``{"to", "title", "weapons": [{"weapon": {...}, ...}, ...], ...}``; what stands outside it holds for all.

    Raises Incomplete with every problem of every weapon, named ``weapons.3.weapon.serial``.
    """
    to = find_counterpart(view, body.get("to"))
    title, weapons = _title(body), _weapons(body)
    dossier = DossierId.new(house.authority, ids.uuid7())
    common = {name: value for name, value in body.items() if name not in ("weapons", "title")} | {
        "dossier": str(dossier)
    }
    acts, problems = [], []
    for number, own in enumerate(weapons):
        try:
            acts.append(
                decide_request(
                    house, view, common | own, CaseId.new(house.authority, ids.uuid7()), today, release=release
                )
            )
        except Incomplete as error:
            problems += [replace(problem, member=f"weapons.{number}.{problem.member}") for problem in error.problems]
    if problems:
        raise Incomplete(tuple(problems))
    return DossierAct(dossier, to.authority, title, tuple(replace(act, dossier=dossier) for act in acts))


def store_dossier(tx: Tx, house: House, actor: Actor, decided: DossierAct) -> tuple[Thread, ...]:
    """Open every case of the dossier in this transaction. Its title rests under the key of its first case."""
    threads = tuple(
        store_released(tx, house, actor, act) if act.prepared else store_draft(tx, actor, act) for act in decided.acts
    )
    title = hide(tx, case_key(tx, threads[0].case), decided.title, decided.dossier, "title")
    row = {
        "id": decided.dossier,
        "counterpart": decided.counterpart,
        "direction": "sent",
        "title": title,
        "opened_ms": tx.now_ms,
    }
    tx.conn.execute(insert(_dossiers).values(row))
    token = tx.cipher.token(decided.title)  # a retry finds the dossier by it; nobody reads it
    what = {"act": "dossier", "actor": actor.name, "dossier": decided.dossier, "title": token}
    audit.note(tx, "op", decided.dossier, what | {"cases": [act.case_id for act in decided.acts]})
    return threads


def dossier_cases(view: View, dossier: str) -> list[AnyRow]:
    """The cases of a dossier, sent or received. Raises NotFound."""
    rows = view.conn.execute(
        select(cases.c.id, cases.c.state, cases.c.counterpart, cases.c.direction)
        .where(cases.c.dossier == dossier)
        .order_by(cases.c.id)
    ).all()
    if not rows:
        msg = f"no dossier {dossier!r} at this node"
        raise NotFound(msg)
    return list(rows)


@dataclass(frozen=True, slots=True)
class Acknowledged:
    """One statement for all cases of a dossier that wait for an acknowledgement."""

    act: Act
    prepared: Prepared
    versions: dict[str, int]


def decide_acknowledgement(house: House, view: View, dossier: str, body: dict[str, Any], today: date) -> Acknowledged:
    """One acknowledgement for every case of the dossier that waits for one. IllegalMove if none does."""
    threads = [load(view, row.id) for row in dossier_cases(view, dossier)]
    open_now = [thread for thread in threads if thread.said and Kind.ACKNOWLEDGEMENT in thread.view.allowed(thread.us)]
    if not open_now:
        states = ", ".join(sorted({thread.state for thread in threads}))
        msg = f"acknowledge: no case of the dossier {dossier} waits for it; its cases are {states}"
        raise IllegalMove(msg)
    message = build_message(house, Kind.ACKNOWLEDGEMENT, body, today)
    first = open_now[0].case
    heads = tuple(sorted({head for thread in open_now for head in thread.view.heads}))
    prepared = house.seal.prepare(
        message, Address(AuthorityId(first.counterpart), dossier, heads, first.priority), by_letter=False
    )
    act = Act(dossier, "acknowledge", first.counterpart, message, body, prepared, None, dossier)
    return Acknowledged(act, prepared, {thread.case.id: thread.case.version for thread in open_now})


def store_acknowledgement(tx: Tx, house: House, actor: Actor, decided: Acknowledged) -> tuple[Thread, ...]:
    """One envelope, one message in each case."""
    house.seal.issue(tx, decided.prepared, decided.act.case_id)
    threads = []
    for case_id, version in decided.versions.items():
        hold(tx, case_id, version)
        add_own(tx, actor, replace(decided.act, case_id=case_id), decided.prepared)
        threads.append(settle(tx, house, case_id))
    return tuple(threads)


def _title(body: dict[str, Any]) -> str:
    title = body.get("title", "")
    if not isinstance(title, str) or not title.strip() or len(title) > MOST_TITLE:
        raise Incomplete(
            (Problem("title", f"a short name of the dossier, 1 to {MOST_TITLE} characters", repr(title)[:80]),)
        )
    return title


def _weapons(body: dict[str, Any]) -> list[dict[str, Any]]:
    weapons = body.get("weapons")
    if (
        not isinstance(weapons, list)
        or not 1 <= len(weapons) <= MOST_WEAPONS
        or not all(isinstance(one, dict) for one in weapons)
    ):
        raise Incomplete(
            (
                Problem(
                    "weapons",
                    f"a list of 1 to {MOST_WEAPONS} objects, each with what differs: weapon, found, ...",
                    type(weapons).__name__,
                ),
            )
        )
    return weapons
