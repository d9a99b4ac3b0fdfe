"""One statement for a whole dossier: an acknowledgement, or a reminder of what is still owed (ITI 19; domain 9)."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlalchemy import func, select

from protocol.lifecycle import VERBS, Kind
from protocol.names import AuthorityId
from protocol.statement import MAX_RE
from tracing.casework.acts import Act, House, build_message
from tracing.casework.errors import IllegalMove
from tracing.casework.policy import Actor
from tracing.casework.ports import Address
from tracing.casework.reminding import reminded
from tracing.casework.thread import Thread, hold, load, messages
from tracing.casework.writing import add_own, settle
from tracing.store import Tx, View
from tracing.store.dossiers import dossiers_of

__all__ = ["SAID_OF_ALL", "ForAll", "decide_for_all", "store_for_all"]

SAID_OF_ALL = ("acknowledge", "remind")
"""The verbs that may be said of all of a dossier at once; every answer is given in its own case."""


@dataclass(frozen=True, slots=True)
class ForAll:
    """One statement and the cases it speaks of, each in the version it was decided on."""

    act: Act
    versions: dict[str, int]


def decide_for_all(  # noqa: PLR0917 - an act, read from left to right
    house: House, view: View, dossier: str, verb: str, body: dict[str, Any], today: date
) -> tuple[ForAll, ...]:
    """One statement for every case of the dossier that takes it now, one for each dossier of a seizure.

    Raises NotFound, IllegalMove where no case takes it, or Incomplete.
    """
    found = dossiers_of(view, dossier)
    threads = {name: [load(view, case_id) for case_id in cases] for name, cases in found.items()}
    kind = VERBS[verb]
    takers = {name: [one for one in some if _takes(one, kind)] for name, some in threads.items()}
    decided = [_decide(house, view, (name, verb), some, body, today) for name, some in takers.items() if some]
    if not decided:
        states = ", ".join(sorted({one.state for some in threads.values() for one in some}))
        msg = f"{verb}: no case of the dossier {dossier} waits for it; its cases are {states}"
        raise IllegalMove(msg)
    return tuple(decided)


def store_for_all(tx: Tx, house: House, actor: Actor, decided: Sequence[ForAll]) -> tuple[Thread, ...]:
    """One envelope for each statement (none where it goes by letter), one message in each case."""
    return tuple(thread for one in decided for thread in _store(tx, house, actor, one))


def _store(tx: Tx, house: House, actor: Actor, decided: ForAll) -> list[Thread]:
    act, threads = decided.act, []
    assert act.prepared is not None
    if not act.by_letter:
        house.seal.issue(tx, act.prepared, act.case_id)
    for case_id, version in decided.versions.items():
        hold(tx, case_id, version)
        add_own(tx, actor, replace(act, case_id=case_id), act.prepared)
        threads.append(settle(tx, house, case_id))
    return threads


def _takes(thread: Thread, kind: Kind) -> bool:
    return bool(thread.said) and thread.view.allows(thread.us, kind, frozenset())


def _that_fit(view: View, threads: list[Thread]) -> dict[str, tuple[Thread, frozenset[str]]]:
    """As many cases as one statement can name in its ``re``, with what it names of each; the rest takes another one.

    Of each case its heads; where a head stands in other cases too (what was said of all of them), its request beside.
    """
    shared = _shared(view, {head for thread in threads for head in thread.view.heads})
    fitting: dict[str, tuple[Thread, frozenset[str]]] = {}
    named: frozenset[str] = frozenset()
    for thread in threads:
        heads = frozenset(thread.view.heads)
        mine = heads | {one.mid for one in thread.said if one.kind is Kind.TRACE_REQUEST and heads & shared}
        if len(named | mine) > MAX_RE:
            break
        named |= mine
        fitting[thread.case.id] = thread, mine
    return fitting


def _shared(view: View, mids: set[str]) -> set[str]:
    """Those of the messages that stand in more than one case."""
    several = select(messages.c.mid).where(messages.c.mid.in_(mids)).group_by(messages.c.mid).having(func.count() > 1)
    return set(view.conn.execute(several).scalars())


def _decide(  # noqa: PLR0917 - an act, read from left to right
    house: House, view: View, what: tuple[str, str], threads: list[Thread], body: dict[str, Any], today: date
) -> ForAll:
    dossier, verb = what
    kind = VERBS[verb]
    if kind is Kind.REMINDER:
        threads, body = _reminded(view, threads, body)
    message = build_message(house, kind, body, today)
    first, by_letter = threads[0], not threads[0].on_node
    fitting = _that_fit(view, threads)
    re = tuple(sorted(frozenset[str]().union(*(named for _, named in fitting.values()))))
    address = Address(AuthorityId(first.case.counterpart), dossier, re, first.priority)
    prepared = house.seal.prepare(message, address, by_letter=by_letter)
    act = Act(dossier, verb, first.case.counterpart, message, body, prepared, None, dossier, by_letter=by_letter)
    return ForAll(act, {case_id: thread.case.version for case_id, (thread, _) in fitting.items()})


def _reminded(view: View, threads: list[Thread], body: dict[str, Any]) -> tuple[list[Thread], dict[str, Any]]:
    """The cases that owe one and the same duty, and the reminder of it.

    The duty is the one the officer named, else that which most cases owe. The reminder says the highest count of any
    case, and the earliest date that binds both.
    """
    said = [(thread, reminded(view, thread, body)) for thread in threads]
    (duty, _), *_ = Counter(one["duty"] for _, one in said).most_common(1)
    same = [(thread, one) for thread, one in said if one["duty"] == duty]
    dated = min((one for _, one in same if "due" in one), key=lambda one: one["due"], default={})
    return [thread for thread, _ in same], same[0][1] | dated | {"count": max(one["count"] for _, one in same)}
