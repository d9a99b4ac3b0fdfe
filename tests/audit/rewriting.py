"""A log of 300 entries rewritten in every way, by somebody who has its database and its real keys.

A counterpart cosigned it once and kept the file of a witness. Each alteration is made in the database; where it can be,
all that follows from it is made anew with the real keys of the log: hashes, tiles, head, checkpoint. Then the trail is
verified against that file, which must name the first entry that is not as it was. Nothing stays: every alteration is
undone before the next.

    python -m tests.audit.rewriting [--entries 300] [--sample N] [--seed 1]      # all of them without --sample
"""

import argparse
import json
import random
import secrets
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from hashlib import sha256
from itertools import combinations
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, delete, insert, select, update

from keys.admission import admit
from keys.vault import Vault
from protocol import checkpoint, merkle
from protocol.checkpoint import Checkpoint
from tests.given import new_store
from tracing import audit
from tracing.audit import Checkpoints, Vouched
from tracing.audit.trees import leaf_bytes
from tracing.audit.vouched import read_file, write_file
from tracing.store import Tx
from tracing.tables import Leaf, Tree, TreeTile, table_of

__all__ = ["WAYS", "Alteration", "Log", "alterations", "append", "judged"]

ENTRIES = 300
LOGS = ("Ed25519", "ML-DSA-44")
TREE, ORIGIN, WITNESS = "at", "itx.training/br/at", "itx.training/at/br"
_leaves, _trees, _tiles = map(table_of, (Leaf, Tree, TreeTile))
Row = dict[str, Any]


class _UndoneError(Exception):
    """What was altered is to stay as it was."""


@dataclass(frozen=True)
class Alteration:
    """One way to lie: what becomes of the rows, and where the first entry that is not as it was must be found."""

    way: str
    first: int
    change: Callable[[list[Row]], list[Row]]
    signed: bool = True  # all that follows is made anew with the real keys


class Log:
    """The log, and the file that its witness holds."""

    def __init__(self, folder: Path, entries: int = ENTRIES) -> None:
        self.entries = entries
        self.store = new_store(folder)
        self.checkpoints = _checkpoints(folder / "ours")
        self.store.write_now(self._begin)
        self.store.write_now(self.checkpoints.sign_due)
        self.vouched = self._witnessed(_checkpoints(folder / "theirs"))

    def _begin(self, tx: Tx) -> None:
        audit.open_tree(tx, audit.PRIVATE, "itx.training/br/private")
        audit.open_tree(tx, TREE, ORIGIN)
        for number in range(self.entries):
            tx.now_ms += 1
            append(tx, number)

    def _witnessed(self, witness: Checkpoints) -> Vouched:
        """By way of the file a counterpart would hand out."""
        rows, tree = self.store.read_now(lambda view: (_rows(view.conn), view.conn.execute(_OF_TREE).one()))
        head = Checkpoint.of(checkpoint.read(tree.checkpoint).body)
        lines = [*checkpoint.read(tree.checkpoint).signatures, *witness.cosign(head, WITNESS, 1)]
        file = "".join(write_file(checkpoint.write(head.body(), lines), (row["hash"] for row in rows)))
        note, hashes = read_file(file)
        read = Checkpoint.of(checkpoint.read(note).body)
        return Vouched(TREE, read.size, read.root, "the checkpoint that at cosigned", hashes)

    def first_bad(self, altered: Alteration | None = None) -> str | None:
        """What the verification names; None where all holds."""
        found: list[str | None] = []

        def work(tx: Tx) -> None:
            if altered is not None:
                self._alter(tx, altered)
            found.append(audit.verify(tx, self.checkpoints.check, against=[self.vouched]).first_bad)
            raise _UndoneError

        try:
            self.store.write_now(work)
        except _UndoneError:
            return found[0]
        raise AssertionError("it was to be undone")

    def _alter(self, tx: Tx, altered: Alteration) -> None:
        rows = altered.change(_rows(tx.conn))
        tx.conn.execute(delete(_leaves).where(_leaves.c.tree == TREE))
        if altered.signed:
            rows = [row | {"idx": at, "hash": _hashed(row)} for at, row in enumerate(rows)]
        if rows:
            tx.conn.execute(insert(_leaves), rows)
        if altered.signed:
            _sign_anew(tx, self.checkpoints, [row["hash"] for row in rows])


_OF_TREE = select(_trees).where(_trees.c.name == TREE)


def _checkpoints(folder: Path) -> Checkpoints:
    vault = Vault.create(folder, b"for tests only", secrets.token_bytes)
    records = [vault.new_key("log", alg, secrets.token_bytes) for alg in LOGS]
    listed = [(admit(one.alg, one.raw), True) for one in records]
    signers = vault.signers("log")
    return Checkpoints(lambda: signers, lambda: listed)


def append(tx: Tx, number: int) -> None:
    """An envelope whose bytes stand in the leaf itself."""
    wire = b"envelope %d" % number
    audit.append(tx, TREE, "env.in", f"at:{number}", h=_digest(wire), what=wire)


def _digest(wire: bytes) -> str:
    return sha256(wire).hexdigest()


def _rows(conn: Connection) -> list[Row]:
    found = conn.execute(select(_leaves).where(_leaves.c.tree == TREE).order_by(_leaves.c.idx)).all()
    return [dict(row._mapping) for row in found]


def _hashed(row: Row) -> bytes:
    return merkle.leaf_hash(leaf_bytes(row["at_ms"], row["kind"], row["h"]))


def _sign_anew(tx: Tx, checkpoints: Checkpoints, hashes: Sequence[bytes]) -> None:
    """Head, tiles and checkpoint, as if the log had always been so."""
    head = merkle.CompactRange()
    for one in hashes:
        head = head.append(one)
    tx.conn.execute(delete(_tiles).where(_tiles.c.tree == TREE))
    for first in range(0, len(hashes) - len(hashes) % 256, 256):
        tile = {"tree": TREE, "level": 1, "idx": first // 256, "hash": merkle.root(hashes[first : first + 256])}
        tx.conn.execute(insert(_tiles).values(tile))
    blank = {"size": head.size, "peaks": b"".join(head.peaks), "checkpoint": None, "checkpoint_size": 0}
    tx.conn.execute(update(_trees).where(_trees.c.name == TREE).values(blank))
    if hashes and not checkpoints.sign(tx, TREE):
        raise AssertionError("the head does not follow: the alteration was made badly")


# ---------------------------------------------------------------- ways to lie


def _edited(at: int, **changed: Any) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        return [*rows[:at], rows[at] | changed, *rows[at + 1 :]]

    return change


def _another(at: int) -> dict[str, Any]:
    """Another envelope in the place of one."""
    wire = b"another envelope %d" % at
    return {"object": wire, "h": _digest(wire)}


def _inserted(at: int) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [*rows[:at], rows[at] | _another(at) | {"ref": "at:new"}, *rows[at:]]


def _without(at: int) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [*rows[:at], *rows[at + 1 :]]


def _swapped(one: int, other: int) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        found = list(rows)
        found[one], found[other] = rows[other] | {"idx": one}, rows[one] | {"idx": other}
        return found

    return change


def _edits(entries: int) -> Iterator[Alteration]:
    for at in range(entries):
        yield Alteration("edit", at, _edited(at, **_another(at)))
        yield Alteration("edit of a time", at, _edited(at, at_ms=at))
        yield Alteration("edit, unsigned", at, _edited(at, **_another(at)), signed=False)


def _deletions(entries: int) -> Iterator[Alteration]:
    for at in range(entries):
        yield Alteration("deletion, signed anew", at, _without(at))
        yield Alteration("deletion", at, _without(at), signed=False)


def _insertions(entries: int) -> Iterator[Alteration]:
    return (Alteration("insertion", at, _inserted(at)) for at in range(entries))


def _truncations(entries: int) -> Iterator[Alteration]:
    for size in range(entries):
        yield Alteration("truncation", size, lambda rows, size=size: rows[:size])
        yield Alteration("truncation, unsigned", size, lambda rows, size=size: rows[:size], signed=False)


def _swaps(entries: int) -> Iterator[Alteration]:
    return (Alteration("swap", one, _swapped(one, other)) for one, other in combinations(range(entries), 2))


WAYS: dict[str, Callable[[int], Iterator[Alteration]]] = {
    "edits": _edits, "deletions": _deletions, "insertions": _insertions, "truncations": _truncations, "swaps": _swaps,
}  # fmt: skip


def alterations(way: str, entries: int, sample: int | None, seed: int) -> list[Alteration]:
    """All alterations of one kind, or so many of them by chance."""
    every = list(WAYS[way](entries))
    return every if sample is None or sample >= len(every) else random.Random(seed).sample(every, sample)


def judged(log: Log, altered: Alteration) -> str | None:
    """What is wrong with the verification of an alteration; None where it named the first bad entry."""
    said = log.first_bad(altered)
    if said is None:
        return f"{altered.way} at {altered.first}: not found"
    named = said.startswith((f"{TREE}:{altered.first} ", f"{TREE}:{altered.first}:"))
    return None if named else f"{altered.way} at {altered.first}: named {said}"


def _say(document: dict[str, Any]) -> None:
    sys.stdout.write(json.dumps(document) + "\n")
    sys.stdout.flush()


def main() -> int:
    parser = argparse.ArgumentParser(prog="tests.audit.rewriting")
    parser.add_argument("--entries", type=int, default=ENTRIES)
    parser.add_argument("--sample", type=int)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    found: Counter[str] = Counter()
    with tempfile.TemporaryDirectory() as folder:
        log = Log(Path(folder), options.entries)
        assert log.first_bad() is None, "the unaltered log holds"
        for way in WAYS:
            every = alterations(way, options.entries, options.sample, options.seed)
            wrong = [said for altered in every if (said := judged(log, altered)) is not None]
            found["altered"] += len(every)
            found["named"] += len(every) - len(wrong)
            _say({"way": way, "altered": len(every), "named": len(every) - len(wrong), "wrong": wrong[:5]})
        log.store.close()
    _say({"entries": options.entries, "seed": options.seed, **found})
    return 0 if found["altered"] == found["named"] else 1


if __name__ == "__main__":
    sys.exit(main())
