"""``tracing audit verify``: recomputing the whole trail, hashing every attachment, naming the first that does not hold.

What counterparts witness of it, and we of theirs, is in ``witnesses``, under the same noun.
"""

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from protocol import checkpoint
from protocol.checkpoint import Checkpoint
from protocol.errors import ProtocolError
from tracing import audit as trail
from tracing.attachments import checking
from tracing.audit.vouched import MOST_FILE, Vouched, read_file
from tracing.cli.call import Call, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import Bar
from tracing.clock import from_ms
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


Afresh = Annotated[bool, typer.Option("--afresh", help="Look at every object, whatever an earlier run did.")]


@audit.command("verify")
def verify(context: typer.Context, against: Against = None, *, afresh: Afresh = False) -> None:
    """Recompute every tree from the stored bytes and hash every attachment; exit code 6 names the first that is bad.

    Against a counterpart's checkpoint also a history that was rewritten and signed anew is found.

    Cut short and called again within a day, it goes on where it ended, and says so (`resumed from`). Entries and what
    they carry, hashes, heads, checkpoints and attachments are all looked at again even then. One thing is not: whether
    what lies beside the log, and the earlier run had passed (an envelope, a receipt, a message at rest), was altered
    since. With --afresh nothing is left out; the node's own verification each night leaves nothing out either.
    """
    call = call_of(context)

    found, files, wrong = work_at(call, lambda node: _verified(node, call, against or (), afresh=afresh))
    first_bad = found.first_bad or wrong
    document = {"leaves": found.leaves, "ok": first_bad is None, "first_bad": first_bad, "trees": found.trees}
    document |= {"attachments": files, "against": len(against or ()), "resumed_from": _resumed(found)}
    if first_bad is not None:
        raise Ends(Exit.INTEGRITY, f"the audit trail does not hold: {first_bad}", document)
    trees = "\n".join(f"  {name}: {size} entries" for name, size in found.trees.items())
    said = f"all {found.leaves} entries hold\n{trees}\nall {files} attachments are whole"
    call.out.result(document, said + _resumed_in_words(found))


def _resumed(found: trail.AuditResult) -> dict[str, Any] | None:
    """How many entries had their objects looked at by an earlier run, and since when; None where this one did all."""
    if found.since_ms is None:
        return None
    return {"entries": sum(found.resumed.values()), "trees": dict(found.resumed), "since_ms": found.since_ms}


def _resumed_in_words(found: trail.AuditResult) -> str:
    if found.since_ms is None:
        return ""
    since = from_ms(found.since_ms).isoformat(timespec="seconds")
    return (
        f"\nresumed from entry {sum(found.resumed.values())}: what the entries before it speak of was looked at by a"
        f" run that began at {since} and was cut short; an envelope, receipt or message of these that was altered since"
        " then shows with --afresh"
    )


async def _verified(
    node: Node, call: Call, against: Sequence[Path], *, afresh: bool
) -> tuple[trail.AuditResult, int, str | None]:
    """The trail, how many attachments there must be, and what is wrong with the first that is not right."""
    vouched = [await _vouched(node, file) for file in against]
    marks = trail.Marks(call.home / trail.MARKS, node.store.cipher, node.clock.now_ms())
    if afresh:
        marks.forget()
    total = await node.store.read(
        lambda view: sum(tree["size"] for name in all_trees(view) if (tree := tree_head(view, name)))
    )
    with call.out.bar("entries", total, silent=True) as bar, _interruptible(bar) as hear:
        found = await node.store.read(lambda view: trail.verify(view, node.checkpoints.check, hear, vouched, marks))
    digests = await node.store.read(checking.expected)
    with call.out.bar("attachments", len(digests), silent=True) as bar, _interruptible(bar) as hear:
        wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, hear)
        while wrong is not None and wrong[0] not in (left := await node.store.read(checking.expected)):
            digests = [one for one in digests if one in left]  # what went lawfully meanwhile is not missing
            wrong = await asyncio.to_thread(checking.first_wrong, node.folder, digests, hear)
    marks.forget()
    return found, len(digests), wrong[1] if wrong else None


class _CutShort(Exception):
    """Whoever waits for the verification waits no more."""


@contextmanager
def _interruptible(bar: Bar) -> Iterator[Bar]:
    """The bar; once its block is left, whoever still tells it of progress in a thread of his own ends there."""
    left = threading.Event()

    def hear(done: int) -> None:
        if left.is_set():
            raise _CutShort
        bar(done)

    try:
        yield hear
    finally:
        left.set()


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
