"""Whether enough counterparts cosign our trees: green, or amber. Amber is said, and stops nothing.

Rules
- A witness is *current* while it gave back a cosigned checkpoint of our tree with it within two days: trees grow daily
  (``audit.link_heads``), and every tree holds the head of the private one, so each witness vouches for all of it.
- The quorum of the settings says how many must be; a node without any counterpart on a node has nobody to ask.

    quorum(view, now_ms, needed=1).is_met
"""

from dataclasses import dataclass
from typing import Final, Literal

from sqlalchemy import and_, func, select

from tracing.store import AnyRow, View
from tracing.tables import Cosigned, Counterpart, Tree, table_of

__all__ = ["CURRENT_MS", "Quorum", "Standing", "quorum"]

CURRENT_MS: Final = 2 * 86_400_000
_trees, _cosigned, _counterparts = table_of(Tree), table_of(Cosigned), table_of(Counterpart)


@dataclass(frozen=True, slots=True)
class Standing:
    """One witness: entries of the tree with it, how many of them it cosigned, and when, by its clock."""

    witness: str
    size: int
    cosigned: int
    at_ms: int | None
    state: Literal["current", "late", "never"]


@dataclass(frozen=True, slots=True)
class Quorum:
    """All witnesses, and how many must be current."""

    needed: int
    witnesses: tuple[Standing, ...]

    @property
    def current(self) -> int:
        """How many are."""
        return sum(one.state == "current" for one in self.witnesses)

    @property
    def is_met(self) -> bool:
        """Green; amber else."""
        return self.current >= self.needed or not self.witnesses


def quorum(view: View, now_ms: int, needed: int) -> Quorum:
    """How our trees are witnessed now."""
    last = (
        select(
            _cosigned.c.witness, _cosigned.c.origin, func.max(_cosigned.c.size).label("cosigned"),
            func.max(_cosigned.c.at_ms).label("at_ms"), func.max(_cosigned.c.kept_ms).label("kept_ms"),
        )
        .group_by(_cosigned.c.witness, _cosigned.c.origin)
        .subquery()
    )  # fmt: skip
    query = (
        select(_trees.c.name, _trees.c.size, last.c.cosigned, last.c.at_ms, last.c.kept_ms)
        .join(_counterparts, and_(_counterparts.c.authority == _trees.c.name, _counterparts.c.on_node))
        .outerjoin(last, and_(last.c.witness == _trees.c.name, last.c.origin == _trees.c.origin))
        .order_by(_trees.c.name)
    )
    return Quorum(needed, tuple(_standing(row, now_ms) for row in view.conn.execute(query)))


def _standing(row: AnyRow, now_ms: int) -> Standing:
    if row.cosigned is None:
        return Standing(row.name, row.size, 0, None, "never")
    state: Literal["current", "late"] = "current" if now_ms - row.kept_ms <= CURRENT_MS else "late"
    return Standing(row.name, row.size, row.cosigned, row.at_ms, state)
