"""``tracing audit``: recomputing the whole trail, hashing every attachment, and naming the first that does not hold."""

import asyncio

import typer

from tracing import audit as trail
from tracing.attachments import checking
from tracing.cli.call import call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import Output
from tracing.node import Node
from tracing.store.entries import all_trees, tree_head

__all__ = ["audit"]

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


@audit.callback()
def _group() -> None:
    """The audit trail of this node."""


@audit.command("verify")
def verify(context: typer.Context) -> None:
    """Recompute every tree from the stored bytes and hash every attachment; exit code 6 names the first that is bad."""
    call = call_of(context)

    found, files, wrong = work_at(call, lambda node: _verified(node, call.out))
    first_bad = found.first_bad or wrong
    document = {"leaves": found.leaves, "ok": first_bad is None, "first_bad": first_bad, "trees": found.trees}
    document |= {"attachments": files}
    if first_bad is not None:
        raise Ends(Exit.INTEGRITY, f"the audit trail does not hold: {first_bad}", document)
    trees = "\n".join(f"  {name}: {size} entries" for name, size in found.trees.items())
    call.out.result(document, f"all {found.leaves} entries hold\n{trees}\nall {files} attachments are whole")


async def _verified(node: Node, out: Output) -> tuple[trail.AuditResult, int, str | None]:
    """The trail, how many attachments there must be, and what is wrong with the first that is not right."""
    total = await node.store.read(
        lambda view: sum(tree["size"] for name in all_trees(view) if (tree := tree_head(view, name)))
    )
    with out.bar("entries", total) as bar:
        found = await node.store.read(lambda view: trail.verify(view, node.checkpoints.check, bar))
    digests = await node.store.read(checking.expected)
    with out.bar("attachments", len(digests)) as bar:
        wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, bar)
        while wrong is not None and wrong[0] not in (left := await node.store.read(checking.expected)):
            digests = [one for one in digests if one in left]  # what went lawfully meanwhile is not missing
            wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, bar)
    return found, len(digests), wrong[1] if wrong else None
