"""What became of every request, counted in the databases of all nodes: none may be lost, none may act twice.

reckon({"br": Path(...), "at": Path(...)}, answered={"br.0190..."}).holds
"""

import sqlite3
from collections.abc import Collection, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

__all__ = ["Reckoning", "reckon"]

REQUESTS = "SELECT case_id FROM messages WHERE kind = 'trace_request' AND direction = ?"
OPENED = (
    "SELECT count(*) FROM envelopes WHERE direction = 'out' AND stage = 'opened'"
    " AND mid IN (SELECT mid FROM messages WHERE kind = 'trace_request' AND direction = 'out')"
)
REJECTED = "SELECT count(*) FROM envelopes WHERE stage = 'rejected'"
PROMISED = "SELECT sender, mid, env FROM receipts WHERE direction = 'in' AND stage = 'accepted'"
HELD = "SELECT mid, digest FROM envelopes WHERE direction = 'in'"


@dataclass(frozen=True)
class Reckoning:
    """``false_receipts`` promise an envelope that its receiver does not hold; ``lost`` and ``doubled`` are cases."""

    answered: int
    sent: int
    received: int
    opened: int
    rejected: int
    lost: int
    doubled: int
    false_receipts: int

    @property
    def holds(self) -> bool:
        none_missing = self.answered == self.sent == self.received == self.opened
        return none_missing and not (self.lost or self.doubled or self.false_receipts or self.rejected)


def reckon(databases: Mapping[str, Path], answered: Collection[str] | None = None) -> Reckoning:
    """Count. ``answered`` are the cases officers were told of; without it, all that were sent."""
    sent = _each(databases, REQUESTS, "out")
    received = _each(databases, REQUESTS, "in")
    promised = set(sent if answered is None else answered)
    return Reckoning(
        answered=len(promised), sent=len(sent), received=len(received),
        opened=sum(row[0] for row in _rows(databases, OPENED)),
        rejected=sum(row[0] for row in _rows(databases, REJECTED)),
        lost=len(promised - set(received)) + len(promised - set(sent)),
        doubled=len(sent) - len(set(sent)) + len(received) - len(set(received)),
        false_receipts=_false_receipts(databases),
    )  # fmt: skip


def _false_receipts(databases: Mapping[str, Path]) -> int:
    held = {(name, *row) for name, path in databases.items() for row in _rows({name: path}, HELD)}
    return sum(tuple(row) not in held for row in _rows(databases, PROMISED))


def _each(databases: Mapping[str, Path], query: str, *values: Any) -> list[str]:
    return [row[0] for row in _rows(databases, query, *values)]


def _rows(databases: Mapping[str, Path], query: str, *values: Any) -> list[Any]:
    found: list[Any] = []
    for path in databases.values():
        with closing(sqlite3.connect(path, timeout=30)) as db:
            found += db.execute(query, values).fetchall()
    return found
