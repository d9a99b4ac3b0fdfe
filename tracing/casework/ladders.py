"""A ladder: when a duty that is still open is said again, and to whom. Pure: instants in, rungs out.

Rules
- A rung is an offset from the due date, before or after, with who is told: the owner of the case, his deputy, the
  approvers, the head of the office. ``near`` and ``passed`` are said beside it, by the watch.
- Of two rungs at one offset the first one written stands.
- What fell while nobody looked is said too, each rung once.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from tracing.settings.values import Rung

__all__ = ["Ladder"]


@dataclass(frozen=True, slots=True)
class Ladder:
    """Rungs in order of their offsets."""

    rungs: tuple[Rung, ...] = ()

    @classmethod
    def of(cls, rungs: Iterable[Rung]) -> "Ladder":
        """In order, one at each offset."""
        by_offset: dict[int, Rung] = {}
        for rung in rungs:
            by_offset.setdefault(rung.offset_ms, rung)
        return cls(tuple(by_offset[offset] for offset in sorted(by_offset)))

    def first(self, due_ms: int, since_ms: int) -> int | None:
        """When the first rung falls of a date that is known since an instant: those before it are passed over."""
        return next((due_ms + one.offset_ms for one in self.rungs if due_ms + one.offset_ms >= since_ms), None)

    def next_after(self, due_ms: int, offset_ms: int) -> int | None:
        """When the rung after an offset falls."""
        return next((due_ms + one.offset_ms for one in self.rungs if one.offset_ms > offset_ms), None)

    def fallen(self, due_ms: int, from_ms: int, now_ms: int) -> tuple[Rung, ...]:
        """The rungs that fell from one instant (inclusive) to another (inclusive)."""
        return tuple(one for one in self.rungs if from_ms <= due_ms + one.offset_ms <= now_ms)
