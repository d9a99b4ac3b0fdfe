"""The entries of one tree, in their order: numbered without a gap, and each hash that of its entry.

Rows come as the driver gives them, a few hundred at a time: that is half of what ten million of them cost.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import bindparam, select

from protocol import merkle
from tracing.audit.trees import leaf_bytes
from tracing.audit.verifying.found import Bad, called
from tracing.audit.vouched import Vouched
from tracing.store import View
from tracing.store.spelt import Spelt
from tracing.tables import Leaf, table_of

__all__ = ["AT_ONCE", "Carried", "check_leaf", "check_vouched", "leaves_of"]

AT_ONCE: Final = 200  # entries; the longest objects have 1.4 MB
LOWEST: Final = -(2**63)
_leaves = table_of(Leaf)
_NEXT = Spelt(
    select(
        _leaves.c.idx, _leaves.c.at_ms, _leaves.c.kind, _leaves.c.ref, _leaves.c.h, _leaves.c.hash, _leaves.c.salt,
        _leaves.c.object,
    )
    .where(_leaves.c.tree == bindparam("tree"), _leaves.c.idx >= bindparam("first"))
    .order_by(_leaves.c.idx)
    .limit(AT_ONCE)
)  # fmt: skip


def leaves_of(view: View, tree: str) -> Iterator[Sequence[Any]]:
    """All entries of a tree, some at a time."""
    first = LOWEST
    while found := _NEXT.rows(view.conn, {"tree": tree, "first": first}):
        yield found
        first = found[-1].idx + 1


def check_leaf(tree: str, leaf: Any, expected: int) -> None:
    """Bad unless it stands where it should, as it was hashed."""
    if leaf.idx != expected:
        raise Bad(f"{tree}:{expected}: missing; the next entry here is {called(tree, leaf)}")
    try:
        hashed = merkle.leaf_hash(leaf_bytes(leaf.at_ms, leaf.kind, leaf.h))
    except (TypeError, ValueError):  # no entry of any node has such values
        hashed = b""
    if hashed != leaf.hash:
        raise Bad(f"{called(tree, leaf)}: the entry was altered, its hash does not follow from it")


def check_vouched(tree: str, leaf: Any, vouched: Sequence[Vouched]) -> None:
    """Bad where somebody outside holds another entry of this place."""
    for one in vouched:
        if one.differs(leaf.idx, leaf.hash):
            raise Bad(f"{called(tree, leaf)}: another entry stood here in {one.by}")


@dataclass(slots=True)
class Carried:
    """A digest of what entries carry and no hash of theirs covers, name, salt and object, for whoever marks them."""

    chain: bytes = b""
    rest: list[bytes] = field(default_factory=list)

    def add(self, leaf: Any) -> None:
        """The next entry."""
        if len(self.rest) == AT_ONCE:
            self.chain = self.digest()
            self.rest.clear()
        self.rest.append(b"".join(map(_told_apart, (leaf.ref, leaf.salt, leaf.object))))

    def digest(self) -> bytes:
        """Of all so far; the same whoever stopped where on the way."""
        return sha256(self.chain + b"".join(self.rest)).digest()


def _told_apart(value: Any) -> bytes:
    """The value, so that no other and no two beside each other are written like it."""
    written = b"b" + value if isinstance(value, bytes) else repr(value).encode()
    return b"%d:%b" % (len(written), written)
