"""``tracing audit verify``: recomputing the whole trail, hashing every attachment, naming the first that does not hold.

What counterparts witness of it, and we of theirs, is in ``witnesses``, under the same noun.
"""

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from protocol import checkpoint
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError
from tracing import audit as trail
from tracing.attachments import checking
from tracing.audit.vouched import MOST_FILE, Vouched, read_file
from tracing.cli.call import call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import Output
from tracing.node import Node
from tracing.store.entries import all_trees, tree_head
from tracing.trust import cosigned

__all__ = ["audit"]

audit = typer.Typer(no_args_is_help=True, help="The audit trail, and its witnesses.")
Against = Annotated[
    list[Path] | None,
    typer.Option(
        metavar="FILE", exists=True, dir_okay=False,
        help="A checkpoint of this node that a counterpart holds (`tracing audit witnessed` there); once for each.",
    ),
]  # fmt: skip


@audit.callback()
def _group() -> None:
    """The audit trail of this node."""


@audit.command("verify")
def verify(context: typer.Context, against: Against = None) -> None:
    """Recompute every tree from the stored bytes and hash every attachment; exit code 6 names the first that is bad.

    Against a counterpart's checkpoint also a history that was rewritten and signed anew is found.
    """
    call = call_of(context)

    found, files, wrong = work_at(call, lambda node: _verified(node, call.out, against or ()))
    first_bad = found.first_bad or wrong
    document = {"leaves": found.leaves, "ok": first_bad is None, "first_bad": first_bad, "trees": found.trees}
    document |= {"attachments": files, "against": len(against or ())}
    if first_bad is not None:
        raise Ends(Exit.INTEGRITY, f"the audit trail does not hold: {first_bad}", document)
    trees = "\n".join(f"  {name}: {size} entries" for name, size in found.trees.items())
    call.out.result(document, f"all {found.leaves} entries hold\n{trees}\nall {files} attachments are whole")


async def _verified(node: Node, out: Output, against: Sequence[Path]) -> tuple[trail.AuditResult, int, str | None]:
    """The trail, how many attachments there must be, and what is wrong with the first that is not right."""
    vouched = [await _vouched(node, file) for file in against]
    total = await node.store.read(
        lambda view: sum(tree["size"] for name in all_trees(view) if (tree := tree_head(view, name)))
    )
    with out.bar("entries", total) as bar:
        found = await node.store.read(lambda view: trail.verify(view, node.checkpoints.check, bar, vouched))
    digests = await node.store.read(checking.expected)
    with out.bar("attachments", len(digests)) as bar:
        wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, bar)
        while wrong is not None and wrong[0] not in (left := await node.store.read(checking.expected)):
            digests = [one for one in digests if one in left]  # what went lawfully meanwhile is not missing
            wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, bar)
    return found, len(digests), wrong[1] if wrong else None


async def _vouched(node: Node, file: Path) -> Vouched:
    """What a file says of one of our trees, once our own log or the counterpart of it is proved to have signed."""
    with file.open("rb") as source:
        raw = source.read(MOST_FILE + 1)
    try:
        note, hashes = read_file(raw.decode("utf-8"))
        head = Checkpoint.of(checkpoint.read(note).body)
    except (ProtocolError, UnicodeDecodeError) as error:
        raise Ends(Exit.INTEGRITY, f"{file} is no checkpoint: {error}") from error
    trees = await node.store.read(lambda view: [tree_head(view, name) for name in all_trees(view)])
    named = [tree["tree"] for tree in trees if tree is not None and tree["origin"] == head.origin]
    if not named:
        raise Ends(Exit.FAILED, f"{file} is of {head.origin[:255]!r}, and no tree of this node is called so now")
    by = _signer(node, note, named[0], head.origin)
    if by is None:
        raise Ends(
            Exit.INTEGRITY, f"{file} is signed neither by the log of this node nor by {named[0]}: it proves nothing"
        )
    return Vouched(named[0], head.size, head.root, by, hashes)


def _signer(node: Node, note: str, tree: str, origin: str) -> str | None:
    """In words, who signed it; None where nobody did whom this node knows."""
    partner = node.partners.get(tree)
    try:
        if partner is not None:
            cosigned.look_alone(note, partner, node.settings.authority, ever=True)
            return f"the checkpoint that {tree} cosigned"
    except ProtocolError:
        pass  # its own signature alone will do: who brought the file vouches for when
    try:
        node.checkpoints.read(note, origin)
    except ProtocolError:
        return None
    return "the checkpoint of this node that was handed in"
