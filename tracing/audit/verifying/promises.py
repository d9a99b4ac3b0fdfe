"""What promised a head of a tree: its checkpoint, its witnesses, and the other trees; each must be kept.

The trees keep each other's heads, one a day: a tree rewritten or taken away breaks with the others. What is learnt of
them is kept over the whole verification; the private tree, which holds the heads of the others, is read first.
"""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from protocol import merkle, strictjson
from protocol.errors import ProtocolError
from tracing.audit.checkpoints import LINK
from tracing.audit.trees import PRIVATE
from tracing.audit.verifying.columns import MOST_BYTES
from tracing.audit.verifying.found import Bad, CheckNote, called
from tracing.audit.vouched import Peers, Vouched, at_rest
from tracing.store import AnyRow, View

__all__ = ["Links", "Promised", "check_promises", "is_linking", "promises"]

PEER: Final = "ckpt.peer"
ACT_LINK: Final = b'"act":"link"'  # in the canonical form of a day's link; spares reading every other act

Promised = dict[int, list[tuple[str, bytes]]]
"""By size: what promised a head of that size, and the root it promised."""


@dataclass(slots=True)
class Links:
    """The heads the trees keep of each other: of every tree by name and size, and the private ones."""

    heads: defaultdict[str, dict[int, bytes]] = field(default_factory=lambda: defaultdict(dict))
    private: set[bytes] = field(default_factory=set)
    peers: Peers = field(default_factory=Peers)

    def learn(self, tree: str, leaf: Any, root: Callable[[], bytes]) -> None:
        """What an entry says of a head (see ``is_linking``); ``root`` is that of its tree as of this entry."""
        try:
            if tree != PRIVATE:
                if leaf.object[-merkle.HASH_BYTES :] not in self.private:
                    raise Bad(f"{PRIVATE}: the head that {tree}:{leaf.idx} keeps of it belongs to another history")
            elif leaf.kind == PEER:
                self.peers.learn(leaf.ref, strictjson.load(leaf.object, MOST_BYTES))
            else:
                self._learn_heads(strictjson.load(leaf.object, MOST_BYTES), root)
        except (ProtocolError, KeyError, TypeError, ValueError, AttributeError) as error:
            raise Bad(f"{called(tree, leaf)}: the object it speaks of has no form that a node writes") from error

    def _learn_heads(self, what: dict[str, Any], root: Callable[[], bytes]) -> None:
        if what.get("act") == "link":
            for name, said in what["heads"].items():
                self.heads[name][said["size"]] = bytes.fromhex(said["root"])
            self.private.add(root())


def is_linking(tree: str, leaf: Any) -> bool:
    """Whether an entry may say something of a head of ours or of a counterpart's."""
    if tree != PRIVATE:
        return bool(leaf.kind == LINK)
    if leaf.kind == "op":
        return bool(leaf.ref == LINK or (isinstance(leaf.object, bytes) and ACT_LINK in leaf.object))
    return bool(leaf.kind == PEER)


def promises(view: View, tree: AnyRow, check_note: CheckNote, links: Links, vouched: Sequence[Vouched]) -> Promised:
    """All that is promised of one tree; Bad for a note that is none."""
    found: Promised = {}
    for size, root in links.heads[tree.name].items():
        found.setdefault(size, []).append(("the private tree", root))
    try:
        cosigned = [*at_rest(view, tree), *((one.size, one.by, one.root) for one in vouched)]
    except ValueError as error:
        raise Bad(f"{tree.name}: {error}") from error
    for size, by, root in cosigned:
        found.setdefault(size, []).append((by, root))
    if tree.checkpoint is not None:
        try:
            size, root = check_note(tree.checkpoint, tree.origin)
        except ValueError as error:
            raise Bad(f"{tree.name}: its checkpoint does not verify: {error}") from error
        found.setdefault(size, []).insert(0, ("the checkpoint", root))
    return found


def check_promises(tree: str, frontier: merkle.CompactRange, promised: list[tuple[str, bytes]], sure: int) -> None:
    """``sure``: entries below a promise that held, so the first bad one is not among them."""
    for what, root in promised:
        if root != frontier.root():
            raise Bad(
                f"{tree}:{sure}: {what} over {frontier.size} entries promised another history; the first that is bad"
                f" is here or above"
            )
