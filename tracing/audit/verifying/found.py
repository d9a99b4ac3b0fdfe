"""What a verification comes to, and how it ends at the first thing that does not hold."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["AuditResult", "Bad", "CheckNote", "called"]

CheckNote = Callable[[str, str], tuple[int, bytes]]
"""(note, origin) -> (size, root) of a checkpoint whose signatures hold; ValueError otherwise."""


@dataclass(frozen=True, slots=True)
class AuditResult:
    """What the verification found. ``first_bad`` names the entry and what is wrong with it.

    ``resumed``: of each tree, how many entries had their objects held against them by an earlier run, cut short, which
    began at ``since_ms``. Nothing where this run did all of it.
    """

    leaves: int
    ok: bool
    first_bad: str | None
    trees: dict[str, int]
    resumed: Mapping[str, int] = field(default_factory=dict)
    since_ms: int | None = None


class Bad(Exception):
    """The first thing that does not hold."""


def called(tree: str, leaf: Any) -> str:
    """How an entry is named."""
    return f"{tree}:{leaf.idx} {leaf.kind} {leaf.ref}"
