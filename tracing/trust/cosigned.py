"""This node's own logs before their witnesses: what is offered to be cosigned, and what comes back.

Rules
- Offered is the newest checkpoint at rest, with the proof from the size that the witness cosigned last. The first one
  after a start is signed anew: an older copy of this database shows itself by it.
- What comes back counts with the signatures of our own log and of the witness, one of each algorithm.
- A note that our keys signed and that is not in our history tells officers here: another node has our keys, or the
  database is an older copy or was rewritten. The witness is then shown the head we have of that very size, so that it
  holds the proof too.

    offered(view, "at")  ->  Offer
    keep(tx, me, returned)
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import bindparam, func, select

from keys.notes import WITNESS, read_signed
from protocol import checkpoint, merkle
from protocol import witness as wire
from protocol.checkpoint import Checkpoint
from protocol.errors import SchemaInvalid
from protocol.witness import MOST_LEAVES, Dated, Offer
from tracing import audit
from tracing.audit import Checkpoints
from tracing.audit.trees import Subtrees, hashes_of
from tracing.partners import Partner
from tracing.store import AnyRow, Tx, View
from tracing.store.inserting import insert
from tracing.store.spelt import Spelt
from tracing.tables import Cosigned, Tree, table_of
from tracing.trust.alarms import is_open, raise_alarm
from tracing.trust.witnessing import pair_origin

__all__ = ["STRANGE", "Returned", "admitted", "due", "keep", "look", "look_alone", "offered"]

STRANGE: Final = "log-strange"  # the alarm: a checkpoint of ours that is not in our history
DAY_MS: Final = 86_400_000
MOST_MS: Final = 2**53 - 1
_trees, _cosigned = table_of(Tree), table_of(Cosigned)
_TREE = Spelt(select(_trees).where(_trees.c.name == bindparam("tree")))
_LAST = Spelt(
    select(func.max(_cosigned.c.size)).where(
        _cosigned.c.witness == bindparam("tree"), _cosigned.c.origin == bindparam("log")
    )
)


@dataclass(frozen=True, slots=True)
class Returned:
    """A checkpoint of ours as a witness gave it back: our signatures and its own hold."""

    witness: str
    note: str
    head: Checkpoint
    seconds: int


# ---------------------------------------------------------------- offering


def due(view: View, witness: str) -> Offer | None:
    """The newest checkpoint where this witness has not cosigned it."""
    tree = _TREE.first(view.conn, {"tree": witness})
    is_due = tree is not None and tree.checkpoint_size > _last(view, tree)
    return offered(view, witness) if is_due else None


def offered(view: View, witness: str, old: int | None = None) -> Offer | None:
    """The newest checkpoint of the tree with ``witness``; from ``old`` where it said what it holds. None for none."""
    tree = _TREE.first(view.conn, {"tree": witness})
    if tree is None or tree.checkpoint is None:
        return None
    size = tree.checkpoint_size
    start = min(_last(view, tree) if old is None else old, size)
    steps = merkle.consistency_proof(start, size, Subtrees(view, witness)) if start else []
    given = size - start <= MOST_LEAVES
    return wire.offer(tree.checkpoint, start, steps, hashes_of(view, witness, start, size - start) if given else None)


def _last(view: View, tree: AnyRow) -> int:
    return int(_LAST.scalar(view.conn, {"tree": tree.name, "log": tree.origin}) or 0)


def admitted(tx: Tx, witness: str, size: int, checkpoints: Checkpoints) -> Offer | None:
    """What is here where the witness holds another history of ours: our head of that size, else our newest."""
    tree, here = _TREE.first(tx.conn, {"tree": witness}), audit.head(tx, witness).range
    if size > here.size:
        return offered(tx, witness, 0) if checkpoints.sign(tx, witness) else None
    seconds = max(tx.now_ms, tree.checkpoint_ms or 0) // 1000
    return wire.offer(checkpoints.write(tree.origin, size, audit.recompute(tx, witness, size), seconds), size, [], None)


# ---------------------------------------------------------------- what comes back


def look(text: object, partner: Partner, me: str, checkpoints: Checkpoints) -> Returned:
    """A cosigned note as ``partner`` gave it, its signatures proved. ProtocolError where it is none."""
    if not isinstance(text, str):
        raise SchemaInvalid("expected a cosigned checkpoint as text")
    origin = Checkpoint.of(checkpoint.read(text).body).origin
    ours = checkpoints.read(text, origin)
    return Returned(partner.authority, text, ours.head, look_alone(text, partner, me).seconds)


def look_alone(text: str, partner: Partner, me: str, *, ever: bool = False) -> Dated:
    """What ``partner`` cosigned, and when; whose it is, is not looked at. ``ever``: by a key revoked since as well."""
    name = pair_origin(partner, me)
    assert partner.trust is not None, "pair_origin"
    return read_signed(text, name, partner.trust.log_keys, WITNESS, ever=ever)


def keep(tx: Tx, me: str, found: Returned) -> bool:
    """Keep it; False where it is not in our history: officers are told. One of a former log changes nothing."""
    tree, here = _TREE.first(tx.conn, {"tree": found.witness}), audit.head(tx, found.witness).range
    if tree.origin != found.head.origin:
        return True
    if found.head.size > here.size or audit.recompute(tx, found.witness, found.head.size) != found.head.root:
        _tell(tx, me, found, here.size)
        return False
    day = {"witness": found.witness, "origin": found.head.origin, "day": tx.now_ms // DAY_MS}
    said = {"size": found.head.size, "note": found.note, "at_ms": min(found.seconds * 1000, MOST_MS)}
    said["kept_ms"] = tx.now_ms
    tx.conn.execute(insert(_cosigned).values(day | said).on_conflict_do_update(index_elements=list(day), set_=said))
    return True


def _tell(tx: Tx, me: str, found: Returned, here: int) -> None:
    if is_open(tx, me, STRANGE):
        return
    said = f"{found.witness} holds a checkpoint of our log over {found.head.size} entries that is not in our history"
    raise_alarm(tx, me, STRANGE, f"{said}; {here} entries are here", found.note.encode())
