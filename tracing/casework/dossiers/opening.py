"""Opening the dossiers of one seizure: every weapon is checked, then all cases are opened, or none."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import insert

from protocol.names import CaseId, DossierId
from tracing import audit
from tracing.casework.acts import Act, House, decide_request
from tracing.casework.errors import Incomplete, Problem
from tracing.casework.policy import Actor
from tracing.casework.thread import Thread
from tracing.casework.writing import store_draft, store_released
from tracing.clock import Ids
from tracing.store import Tx, View
from tracing.store.content import case_key, hide
from tracing.tables import Dossier, table_of

__all__ = ["DossierAct", "Seizure", "decide_seizure", "store_seizure"]

_dossiers = table_of(Dossier)
MOST_WEAPONS = 1000  # one acknowledgement names them all, and ``re`` holds 1,024
MOST_TITLE = 200


@dataclass(frozen=True, slots=True)
class DossierAct:
    """A dossier decided: its acts, one per weapon."""

    dossier: DossierId
    counterpart: str
    acts: tuple[Act, ...]


@dataclass(frozen=True, slots=True)
class Seizure:
    """What is opened in one go. ``seizure`` is None where all weapons go to one counterpart."""

    title: str
    dossiers: tuple[DossierAct, ...]
    seizure: DossierId | None = None


def decide_seizure(house: House, view: View, body: dict[str, Any], today: date, ids: Ids, *, release: bool) -> Seizure:
    """``{"to", "title", "weapons": [{"weapon": {...}, ...}, ...], ...}``; what stands outside it holds for all.

    A weapon may name a ``to`` of its own. Raises Incomplete with every problem of every weapon, named
    ``weapons.3.weapon.serial``.
    """
    title, weapons = _title(body), _weapons(body)
    common = {name: value for name, value in body.items() if name not in ("weapons", "title")}
    dossiers: dict[str, DossierId] = {}
    acts, problems = [], []
    for number, own in enumerate(weapons):
        entered = common | own
        dossier = dossiers.setdefault(str(entered.get("to")), DossierId.new(house.authority, ids.uuid7()))
        case_id = CaseId.new(house.authority, ids.uuid7())
        try:
            act = decide_request(house, view, entered | {"dossier": dossier}, case_id, today, release=release)
            acts.append(replace(act, dossier=dossier))
        except Incomplete as error:
            problems += [replace(problem, member=_place(number, own, problem.member)) for problem in error.problems]
    if problems:
        raise Incomplete(tuple(problems))
    found = tuple(_of(dossier, acts) for dossier in dossiers.values())
    return Seizure(title, found, DossierId.new(house.authority, ids.uuid7()) if len(found) > 1 else None)


def store_seizure(tx: Tx, house: House, actor: Actor, decided: Seizure) -> tuple[Thread, ...]:
    """Open every case of every dossier in this transaction."""
    return tuple(thread for one in decided.dossiers for thread in _store(tx, house, actor, decided, one))


def _store(tx: Tx, house: House, actor: Actor, seizure: Seizure, decided: DossierAct) -> tuple[Thread, ...]:
    """The cases of one dossier. Its title rests under the key of its first case."""
    threads = tuple(
        store_released(tx, house, actor, act) if act.prepared else store_draft(tx, actor, act) for act in decided.acts
    )
    first = threads[0].case
    row = {
        "id": decided.dossier,
        "counterpart": decided.counterpart,
        "direction": "sent",
        "title": hide(tx, case_key(tx, first), seizure.title, decided.dossier, "title"),
        "title_case": first.id,
        "seizure": seizure.seizure,
        "opened_ms": tx.now_ms,
    }
    tx.conn.execute(insert(_dossiers).values(row))
    token = tx.cipher.token(seizure.title)  # a retry finds the dossier by it; nobody reads it
    what = {"act": "dossier", "actor": actor.name, "dossier": decided.dossier, "title": token}
    what |= {"seizure": seizure.seizure} if seizure.seizure else {}
    audit.note(tx, "op", decided.dossier, what | {"cases": [act.case_id for act in decided.acts]})
    return threads


def _of(dossier: DossierId, acts: list[Act]) -> DossierAct:
    mine = tuple(act for act in acts if act.dossier == dossier)
    return DossierAct(dossier, mine[0].counterpart, mine)


def _place(number: int, own: dict[str, Any], member: str) -> str:
    """Where a problem stands: in the weapon, unless the one counterpart of all is meant."""
    return member if member == "to" and "to" not in own else f"weapons.{number}.{member}"


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
