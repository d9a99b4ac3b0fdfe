"""``tracing audit``: recomputing the whole trail, and naming the first entry that does not hold."""

import typer

from tracing.audit import AuditResult
from tracing.cli.call import call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.node import Node

__all__ = ["audit"]

audit = typer.Typer(no_args_is_help=True, help="The audit trail.")


@audit.callback()
def _group() -> None:
    """The audit trail of this node."""


@audit.command("verify")
def verify(context: typer.Context) -> None:
    """Recompute every tree from the stored bytes; exit code 6 names the first bad entry."""
    call = call_of(context)

    async def work(node: Node) -> AuditResult:
        return await node.verify_audit()

    found = work_at(call, work)
    document = {"leaves": found.leaves, "ok": found.ok, "first_bad": found.first_bad, "trees": found.trees}
    if not found.ok:
        raise Ends(Exit.INTEGRITY, f"the audit trail does not hold: {found.first_bad}", document)
    trees = "\n".join(f"  {name}: {size} entries" for name, size in found.trees.items())
    call.out.result(document, f"all {found.leaves} entries hold\n{trees}")
