"""Checkpoints: signed heads of the trees, so that the past cannot be told otherwise later.

Rules
- A checkpoint is a C2SP signed note under the tree's origin, signed with Ed25519 and ML-DSA-44 within 60 s of a new
  leaf (the watch calls ``sign_due``).
- The keys of the log turn like any others: the active pair signs, and a checkpoint of any year verifies by whichever of
  the listed keys signed it. One by a revoked key counts no more, so its tree is signed anew.
- The head is read back and recomputed before it is signed, from every entry since the last checkpoint: what was altered
  in between is reported, never signed.
- A checkpoint never bears an earlier time than one before it of the same tree, whatever the clock did: so a later one
  over fewer entries shows that a log went back (``protocol.witness``).
- Once a day every tree's head is a leaf of the private tree, and the private head a leaf of every other tree
  (``link_heads``), so that a counterpart's copy of one tree holds all of them in place.

    checkpoints = Checkpoints(lambda: keyring.voice.log, lambda: keyring.trust.log_keys)
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import structlog
from sqlalchemy import bindparam, func, literal_column, select, update

from keys.notes import LOG, WITNESS, Listed, named, read_signed
from protocol import checkpoint
from protocol.checkpoint import Checkpoint, NoteSignature
from protocol.errors import ProtocolError
from protocol.jws import Signer
from protocol.merkle import CompactRange, leaf_hash
from protocol.witness import Dated
from tracing.audit.trees import PRIVATE, TreeBroken, append, frontier, head, leaf_bytes, note
from tracing.store import AnyRow, Tx
from tracing.store.spelt import Spelt
from tracing.tables import Leaf, Tree, table_of

__all__ = ["LINK", "Checkpoints"]

DAY_MS = 86_400_000
LINK = "private.head"
_leaves, _trees = table_of(Leaf), table_of(Tree)
_GROWN = Spelt(select(_trees).where(_trees.c.size > _trees.c.checkpoint_size))
_ONE = Spelt(select(_trees).where(_trees.c.name == bindparam("tree")))
_COMMON = Spelt(select(_trees.c.name).where(_trees.c.name != PRIVATE).order_by(_trees.c.name))
_SIGN = Spelt(
    update(_trees)
    .where(_trees.c.name == bindparam("tree"))
    .values(checkpoint=bindparam("promise"), checkpoint_size=bindparam("signed"), checkpoint_ms=bindparam("at_ms"))
)
_SINCE = Spelt(
    select(_leaves.c.idx, _leaves.c.at_ms, _leaves.c.kind, _leaves.c.h, _leaves.c.hash)
    .where(_leaves.c.tree == bindparam("tree"), _leaves.c.idx >= bindparam("first"))
    .order_by(_leaves.c.idx)
)
_LINKED = Spelt(
    select(func.max(_leaves.c.at_ms)).where(
        _leaves.c.tree == PRIVATE, _leaves.c.kind == literal_column("'op'"), _leaves.c.ref == LINK
    )
)


class Checkpoints:
    """Signs and checks the heads of this node's trees.

    ``signers`` are the keys that sign now, one of each algorithm; ``listed`` is every key there ever was, and whether
    its checkpoints count.
    """

    def __init__(self, signers: Callable[[], Sequence[Signer]], listed: Callable[[], Listed]) -> None:
        self._signers = signers
        self._listed = listed
        self._looked: frozenset[str] = frozenset()  # the revoked keys when the checkpoints at rest were looked at

    def sign_due(self, tx: Tx) -> int:
        """Sign every tree that grew since its last checkpoint, or whose checkpoint counts no more; how many."""
        if not self.can_sign:
            structlog.get_logger().error("audit.no_key_signs_checkpoints")
            return 0
        return sum(self._sign(tx, tree) for tree in [*_GROWN.rows(tx.conn), *self._disowned(tx)])

    def sign(self, tx: Tx, name: str) -> bool:
        """Sign one tree now, whether or not it grew; False where it holds nothing, or what it holds does not follow."""
        tree = _ONE.first(tx.conn, {"tree": name})
        return tree is not None and tree.size > 0 and self.can_sign and self._sign(tx, tree)

    @property
    def can_sign(self) -> bool:
        """Whether the keys of the log are at hand, one of each algorithm."""
        return {signer.alg for signer in self._signers()} == LOG.keys()

    def _disowned(self, tx: Tx) -> list[AnyRow]:
        """Trees at rest whose checkpoint is by a key that was revoked since. One that never verified stays as it is."""
        revoked = frozenset(key.kid for key, counts in self._listed() if not counts)
        if revoked == self._looked:
            return []
        self._looked = revoked
        signed = (_trees.c.checkpoint.is_not(None), _trees.c.size == _trees.c.checkpoint_size)
        return [tree for tree in tx.conn.execute(select(_trees).where(*signed)) if self._is_disowned(tree)]

    def _is_disowned(self, tree: AnyRow) -> bool:
        counted, ever = self._promise(tree, ever=False), self._promise(tree, ever=True)
        return counted is None and ever is not None

    def _promise(self, tree: AnyRow, *, ever: bool) -> tuple[int, bytes] | None:
        try:
            return self._verified(tree.checkpoint, tree.origin, ever=ever)
        except ValueError:
            return None

    def _sign(self, tx: Tx, tree: AnyRow) -> bool:
        now = _followed(tx, tree)
        if now is None:
            structlog.get_logger().error("audit.head_does_not_follow", tree=tree.name, size=tree.size)
            return False
        at_ms = max(tx.now_ms, tree.checkpoint_ms or 0)
        note = self.write(tree.origin, now.size, now.root(), at_ms // 1000)
        _SIGN.run(tx.conn, {"tree": tree.name, "promise": note, "signed": now.size, "at_ms": at_ms})
        return True

    def write(self, origin: str, size: int, root: bytes, seconds: int) -> str:
        """The signed note over one head."""
        promise = Checkpoint(origin, size, root)
        return checkpoint.write(promise.body(), self._signatures(promise, origin, seconds, LOG))

    def cosign(self, head: Checkpoint, name: str, seconds: int) -> list[NoteSignature]:
        """The signatures of this node as a witness called ``name`` over the head of another's log."""
        return self._signatures(head, name, seconds, WITNESS)

    def _signatures(self, head: Checkpoint, name: str, seconds: int, kinds: Mapping[str, int]) -> list[NoteSignature]:
        keys = {key.kid: key for key, _ in self._listed()}
        return [named(name, keys[one.kid], kinds).sign(head, seconds, one.sign) for one in self._signers()]

    def cosigned(self, text: str, name: str) -> bool:
        """Whether a note bears this node's cosignature as ``name``, by keys that still count."""
        try:
            read_signed(text, name, self._listed(), WITNESS)
        except ProtocolError:
            return False
        return True

    def check(self, text: str, origin: str) -> tuple[int, bytes]:
        """Size and root a note promises. ValueError unless keys of this node's log signed it, one of each algorithm."""
        return self._verified(text, origin, ever=False)

    def read(self, text: str, origin: str) -> Dated:
        """What a note says that this node's log signed at any time, under a name of its own; else ProtocolError."""
        return read_signed(text, origin, self._listed(), LOG, ever=True)

    def _verified(self, text: str, origin: str, *, ever: bool) -> tuple[int, bytes]:
        try:
            head = read_signed(text, origin, self._listed(), LOG, ever=ever).head
        except ProtocolError as error:
            raise ValueError(str(error)) from error
        if head.origin != origin:
            raise ValueError(f"expected a checkpoint of {origin}")
        return head.size, head.root

    def link_heads(self, tx: Tx) -> bool:
        """Once a day the heads of all trees into the private one, then the private head into all; True if done now."""
        last = _LINKED.scalar(tx.conn)
        if last is not None and last // DAY_MS >= tx.now_ms // DAY_MS:
            return False
        heads = {one.name: now for one in _COMMON.rows(tx.conn) if (now := _whole_head(tx, one.name))}
        note(tx, "op", LINK, {"act": "link", "heads": {name: _spoken(now) for name, now in heads.items()}})
        salted = tx.ids.random_bytes(32) + head(tx, PRIVATE).range.root()
        for name in heads:
            append(tx, name, LINK, LINK, h=hashlib.sha256(salted).hexdigest(), what=salted)
        return True


def _followed(tx: Tx, tree: AnyRow) -> CompactRange | None:
    """The head, if it follows from the stored entries: each since the last checkpoint, the older ones as they stand."""
    try:
        before, since = frontier(tx, tree.name, tree.checkpoint_size), list[bytes]()
        for leaf in _SINCE.each(tx.conn, {"tree": tree.name, "first": tree.checkpoint_size}):
            if leaf.idx != before.size + len(since):
                return None
            if leaf.hash != leaf_hash(leaf_bytes(leaf.at_ms, leaf.kind, leaf.h)):
                return None
            since.append(leaf.hash)
        now = before.extend(since)
        return now if now == head(tx, tree.name).range else None
    except (TypeError, ValueError):  # TreeBroken, a size that is none, a value that no entry has
        return None


def _whole_head(tx: Tx, tree: str) -> CompactRange | None:
    """The head of a tree; a broken one is left out of the day's links, and told of when it should be signed."""
    try:
        return head(tx, tree).range
    except TreeBroken:
        return None


def _spoken(of: CompactRange) -> dict[str, Any]:
    return {"size": of.size, "root": of.root().hex()}
