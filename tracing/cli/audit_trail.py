"""``tracing audit``: recomputing the whole trail, and naming the first entry that does not hold."""

import typer

from tracing import audit as trail
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
    """Recompute every tree from the stored bytes; exit code 6 names the first bad entry."""
    call = call_of(context)

    found = work_at(call, lambda node: _verified(node, call.out))
    document = {"leaves": found.leaves, "ok": found.ok, "first_bad": found.first_bad, "trees": found.trees}
    if not found.ok:
        raise Ends(Exit.INTEGRITY, f"the audit trail does not hold: {found.first_bad}", document)
    trees = "\n".join(f"  {name}: {size} entries" for name, size in found.trees.items())
    call.out.result(document, f"all {found.leaves} entries hold\n{trees}")


async def _verified(node: Node, out: Output) -> trail.AuditResult:
    total = await node.store.read(
        lambda view: sum(tree["size"] for name in all_trees(view) if (tree := tree_head(view, name)))
    )
    with out.bar("entries", total) as bar:
        return await node.store.read(lambda view: trail.verify(view, node.checkpoints.check, bar))
