"""Checkpoints: signed heads of the trees, so that the past cannot be told otherwise later.

Rules
- A checkpoint is a C2SP signed note under the tree's origin, signed with Ed25519 and ML-DSA-44 within 60 s of a new
  leaf (the watch calls ``sign_due``).
- The head is read back and recomputed before it is signed, from every entry since the last checkpoint: what was altered
  in between is reported, never signed.
- Once a day every tree's head is a leaf of the private tree, and the private head a leaf of every other tree
  (``link_heads``), so that a counterpart's copy of one tree holds all of them in place.

    checkpoints = Checkpoints.of(vault.signers("log"), vault.records("log"))
"""

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import structlog
from sqlalchemy import func, select, update

from keys.admission import admit
from keys.algorithms import verify as verify_signature
from keys.vault import PublicKeyRecord
from protocol import checkpoint
from protocol.checkpoint import Checkpoint, NoteKey
from protocol.errors import ProtocolError
from protocol.jws import Signer
from protocol.merkle import CompactRange, leaf_hash
from tracing.audit.trees import PRIVATE, TreeBroken, append, frontier, head, leaf_bytes, note
from tracing.store import AnyRow, Tx
from tracing.tables import Leaf, Tree, table_of

__all__ = ["LINK", "Checkpoints"]

KINDS = {"Ed25519": checkpoint.ED25519, "ML-DSA-44": checkpoint.MLDSA44}
DAY_MS = 86_400_000
LINK = "private.head"
_leaves, _trees = table_of(Leaf), table_of(Tree)


@dataclass(frozen=True, slots=True)
class _LogKey:
    """One key of the log: its public half, and how it signs."""

    alg: str
    raw: bytes
    sign: Callable[[bytes], bytes]

    def named(self, origin: str) -> NoteKey:
        return NoteKey(origin, KINDS[self.alg], self.raw)

    def verify(self, message: bytes, signature: bytes) -> None:
        verify_signature(admit(self.alg, self.raw), message, signature)


@dataclass(frozen=True, slots=True)
class Checkpoints:
    """Signs and checks the heads of this node's trees."""

    _keys: tuple[_LogKey, ...]

    @classmethod
    def of(cls, signers: Sequence[Signer], records: Sequence[PublicKeyRecord]) -> "Checkpoints":
        """From the vault's signers of the use ``log`` and their public records."""
        raw = {record.kid: record.raw for record in records}
        return cls(tuple(_LogKey(signer.alg, raw[signer.kid], signer.sign) for signer in signers))

    def sign_due(self, tx: Tx) -> int:
        """Sign every tree that grew since its last checkpoint; returns how many."""
        grown = tx.conn.execute(select(_trees).where(_trees.c.size > _trees.c.checkpoint_size)).all()
        return sum(self._sign(tx, tree) for tree in grown)

    def _sign(self, tx: Tx, tree: AnyRow) -> bool:
        now = _followed(tx, tree)
        if now is None:
            structlog.get_logger().error("audit.head_does_not_follow", tree=tree.name, size=tree.size)
            return False
        note = self.write(tree.origin, now.size, now.root(), tx.now_ms // 1000)
        values = {"checkpoint": note, "checkpoint_size": now.size, "checkpoint_ms": tx.now_ms}
        tx.conn.execute(update(_trees).where(_trees.c.name == tree.name).values(values))
        return True

    def write(self, origin: str, size: int, root: bytes, seconds: int) -> str:
        """The signed note over one head."""
        promise = Checkpoint(origin, size, root)
        return checkpoint.write(
            promise.body(), [key.named(origin).sign(promise, seconds, key.sign) for key in self._keys]
        )

    def check(self, text: str, origin: str) -> tuple[int, bytes]:
        """Size and root a note promises. ValueError unless every log key of this node signed it under ``origin``."""
        keys = {key.named(origin): key.verify for key in self._keys}
        try:
            promise, times = checkpoint.verify(checkpoint.read(text), keys)
        except ProtocolError as error:
            raise ValueError(str(error)) from error
        if promise.origin != origin or len(times) != len(keys):
            msg = "it is not signed by every key of this log, or speaks of another"
            raise ValueError(msg)
        return promise.size, promise.root

    def link_heads(self, tx: Tx) -> bool:
        """Once a day the heads of all trees into the private one, then the private head into all; True if done now."""
        links = (_leaves.c.tree == PRIVATE) & (_leaves.c.kind == "op") & (_leaves.c.ref == LINK)
        last = tx.conn.execute(select(func.max(_leaves.c.at_ms)).where(links)).scalar()
        if last is not None and last // DAY_MS >= tx.now_ms // DAY_MS:
            return False
        names = tx.conn.execute(select(_trees.c.name).where(_trees.c.name != PRIVATE).order_by(_trees.c.name))
        heads = {name: now for name in names.scalars().all() if (now := _whole_head(tx, name))}
        note(tx, "op", LINK, {"act": "link", "heads": {name: _spoken(now) for name, now in heads.items()}})
        salted = tx.ids.random_bytes(32) + head(tx, PRIVATE).range.root()
        for name in heads:
            append(tx, name, LINK, LINK, h=hashlib.sha256(salted).hexdigest(), what=salted)
        return True


def _followed(tx: Tx, tree: AnyRow) -> CompactRange | None:
    """The head, if it follows from the stored entries: each since the last checkpoint, the older ones as they stand."""
    new = (_leaves.c.tree == tree.name) & (_leaves.c.idx >= tree.checkpoint_size)
    try:
        now = frontier(tx, tree.name, tree.checkpoint_size)
        for leaf in tx.conn.execute(select(_leaves).where(new).order_by(_leaves.c.idx)):
            if leaf.idx != now.size or leaf.hash != leaf_hash(leaf_bytes(leaf.at_ms, leaf.kind, leaf.h)):
                return None
            now = now.append(leaf.hash)
        return now if now == head(tx, tree.name).range else None
    except ValueError:  # TreeBroken, or a size that is none
        return None


def _whole_head(tx: Tx, tree: str) -> CompactRange | None:
    """The head of a tree; a broken one is left out of the day's links, and told of when it should be signed."""
    try:
        return head(tx, tree).range
    except TreeBroken:
        return None


def _spoken(of: CompactRange) -> dict[str, Any]:
    return {"size": of.size, "root": of.root().hex()}
