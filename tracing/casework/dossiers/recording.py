"""One reply for a whole dossier that came by another channel: an acknowledgement, a delay, word of progress.

Recorded once, it stands in every case it fits. An answer is recorded in its own case, with what it says of its weapon.
"""

from dataclasses import replace
from datetime import datetime
from typing import Any

from tracing.casework import recording
from tracing.casework.acts import House
from tracing.casework.errors import IllegalMove, Incomplete, Problem, shown
from tracing.casework.recording import Recording
from tracing.casework.thread import load
from tracing.clock import Ids
from tracing.store import View
from tracing.store.dossiers import dossiers_of

__all__ = ["decide_recordings"]

OF_ALL = ("acknowledge", "delay", "progress")


def decide_recordings(  # noqa: PLR0917 - what an officer hands in, and where it goes
    house: House, view: View, dossier: str, body: dict[str, Any], now: datetime, ids: Ids
) -> tuple[Recording, ...]:
    """The same reply in every case of the dossier that it fits. IllegalMove where it fits none."""
    if body.get("kind") not in OF_ALL:
        problem = Problem(
            "kind", f"what can be said of all weapons at once: {', '.join(OF_ALL)}", shown(body.get("kind"))
        )
        raise Incomplete((problem,))
    decided = [
        made
        for case_ids in dossiers_of(view, dossier).values()
        for made in _of_one(house, view, case_ids, body, now, ids)
    ]
    if not decided:
        msg = f"record: no case of the dossier {dossier} takes this reply now"
        raise IllegalMove(msg)
    return tuple(decided)


def _of_one(  # noqa: PLR0917 - what an officer hands in, and where it goes
    house: House, view: View, case_ids: list[str], body: dict[str, Any], now: datetime, ids: Ids
) -> list[Recording]:
    """One letter of one counterpart: one id for it, in every case it fits."""
    made = []
    for case_id in case_ids:
        try:
            made.append(recording.decide(house, view, load(view, case_id), body, now, ids))
        except IllegalMove:
            continue
    return [replace(one, mid=made[0].mid) for one in made]
