"""Two nodes that speak with one set of keys at the same time: a copied home, or stolen keys.

Rules
- Every start of a node has a name of its own, its run, and says it in the hellos of its couriers. A node that is
  started again is heard under the new run only; two runs that are each heard after the other began both live.
- Heard is what came authentic and later than the last hello of its run; so a hello played back proves nothing.
- In memory, a few runs for each counterpart: after our own restart two living ones are noticed anew.

    runs = Runs()
    heard = runs.hear(said)
    heard.began, heard.also
"""

from dataclasses import dataclass
from typing import Final

from protocol.hello import Hello

__all__ = ["Heard", "Runs"]

MOST_RUNS: Final = 8  # of one counterpart; more starts between two hellos of a living one are no accident


@dataclass(frozen=True, slots=True)
class Heard:
    """What a hello told: a start, and the run that lives beside it."""

    began: bool
    also: str | None = None


@dataclass(slots=True)
class _Run:
    """When a run was first and last heard: by our count, which only rises, and by its own clock."""

    first: int
    first_at: int
    last: int
    last_at: int

    def lives_beside(self, other: "_Run") -> bool:
        heard_after = self.last > other.first and other.last > self.first
        return heard_after and self.last_at > other.first_at and other.last_at > self.first_at


class Runs:
    """Of every counterpart."""

    def __init__(self) -> None:
        self._count = 0
        self._known: dict[str, dict[str, _Run]] = {}

    def hear(self, said: Hello | None) -> Heard:
        """An authentic hello. One that names no run (of an older node, or a command) is a start, as it always was."""
        if said is None or said.run is None:
            return Heard(began=said is not None)
        known = self._known.setdefault(said.from_, {})
        self._count += 1
        began = said.run not in known
        if began:
            known[said.run] = _Run(self._count, said.at, self._count, said.at)
            _forget_oldest(known)
        elif said.at > known[said.run].last_at:
            known[said.run].last, known[said.run].last_at = self._count, said.at
        return Heard(began, _beside(known, said.run))


def _beside(known: dict[str, _Run], run: str) -> str | None:
    """The run heard last among those that live beside it."""
    others = [(one.last, name) for name, one in known.items() if name != run and one.lives_beside(known[run])]
    return max(others)[1] if others else None


def _forget_oldest(known: dict[str, _Run]) -> None:
    if len(known) > MOST_RUNS:
        del known[min(known, key=lambda name: known[name].last)]
