"""What has no entry, or no tree: gone as a whole, or slipped in."""

from sqlalchemy import exists, select

from tracing.audit import marks
from tracing.audit.trees import PRIVATE
from tracing.audit.verifying.found import Bad
from tracing.audit.verifying.objects import is_named, speaks_of
from tracing.audit.verifying.promises import Links
from tracing.store import View
from tracing.tables import Counterpart, Envelope, Leaf, MatterMessage, Message, Receipt, Tree, table_of

__all__ = ["check_nothing_is_gone", "check_nothing_slipped_in", "check_peers"]

_counterparts, _envelopes, _leaves = map(table_of, (Counterpart, Envelope, Leaf))
_messages, _receipts, _trees, _of_matters = map(table_of, (Message, Receipt, Tree, MatterMessage))


def check_nothing_is_gone(view: View, trees: set[str], links: Links) -> None:
    """Bad where a tree is missing that must be here, or an entry is here of a tree that is not."""
    pinned = view.conn.execute(select(_counterparts.c.authority).where(_counterparts.c.on_node)).scalars()
    for name in sorted({PRIVATE, *links.heads, *pinned} - trees):
        raise Bad(f"{name}: the whole tree is gone")
    stray = view.conn.execute(
        select(_leaves.c.tree, _leaves.c.idx).where(_leaves.c.tree.not_in(select(_trees.c.name))).limit(1)
    ).first()
    if stray is not None:
        raise Bad(f"{stray.tree}:{stray.idx}: an entry of a tree that is gone")


def check_nothing_slipped_in(view: View) -> None:
    """An object whose leaf carries another object is one too: only the first under an id has no copy in its leaf.

    Held by the same condition by which ``objects`` finds the object of a leaf: what passes here was looked at there.
    """
    own, of_matter = (
        (_leaves.c.tree == PRIVATE, _leaves.c.idx == table.c.leaf, _leaves.c.ref == table.c.mid)
        for table in (_messages, _of_matters)
    )
    of_envelope = is_named(_envelopes.c.sender, _envelopes.c.mid), speaks_of(_envelopes, "env")
    of_receipt = is_named(_receipts.c.sender, _receipts.c.rid), speaks_of(_receipts, "rcpt")
    for name, key, known in (
        ("envelope", _envelopes.c.mid, (_leaves.c.ref == _envelopes.c.mid, *of_envelope)),
        ("receipt", _receipts.c.rid, (_leaves.c.ref == _receipts.c.rid, *of_receipt)),
        ("message", _messages.c.mid, own),
        ("message of a matter", _of_matters.c.mid, of_matter),
    ):
        carried = () if name.startswith("message") else (_leaves.c.object.is_(None),)
        stray = view.conn.execute(select(key).where(~exists().where(*known, *carried)).limit(1)).scalar()
        if stray is not None:
            raise Bad(f"{name} {stray}: stored without an entry in the trail")


def check_peers(view: View, links: Links) -> None:
    """What is held of a counterpart's log must be what was cosigned last, and entries are found by what they say."""
    if (wrong := links.peers.first_wrong(view) or marks.first_wrong(view)) is not None:
        raise Bad(wrong)
