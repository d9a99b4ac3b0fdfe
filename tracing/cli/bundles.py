"""``tracing bundle``: the same messages by file, for a counterpart that no line reaches, or not now."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from protocol.errors import ProtocolError
from tracing.bundling import opener_of, packer_of, unpacker_of
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.counterparts import find
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted
from tracing.clock import rfc3339
from tracing.exchange.bundles.container import NoBundle
from tracing.exchange.bundles.packing import Made
from tracing.exchange.bundles.unpacking import Report, peek
from tracing.node import Node
from tracing.settings.values import Size

__all__ = ["bundles"]

bundles = typer.Typer(no_args_is_help=True, help="What waits for a counterpart as a file, and such files taken in.")


@bundles.command("export")
def export(
    context: typer.Context,
    to: Annotated[str, typer.Option(metavar="AUTHORITY", help="The counterpart it is for.")],
    output: Annotated[Path, typer.Option("-o", "--output", metavar="FILE", help="Where it is written, e.g. at.itx.")],
    split: Annotated[
        str | None, typer.Option(metavar="SIZE", help='Parts of at most so much, e.g. "10 MiB"; each stands alone.')
    ] = None,
) -> None:
    """Put everything that waits for a counterpart into one file. It goes on waiting until it is answered."""
    call, most = call_of(context), _size(split)

    async def work(node: Node) -> Made:
        await find(node, to)
        return await packer_of(node).pack(to, output, actor=by_command(), split_bytes=most)

    made = work_at(call, work)
    call.out.result(_made(made), _said_of(made))


def _size(text: str | None) -> int | None:
    if text is None:
        return None
    try:
        return Size(text).in_bytes
    except ValueError as error:
        raise Ends(Exit.USAGE, f"--split: {error}") from error


def _made(made: Made) -> dict[str, Any]:
    files = [{"file": str(one.place), "bytes": one.size, "sha256": one.sha256} for one in made.files]
    counts = {name: getattr(made, name) for name in ("envelopes", "receipts", "attachments", "told", "missing")}
    return {"bundle": made.bundle, "to": made.to, "files": files, "only_receipts": made.held} | counts


def _said_of(made: Made) -> str:
    counts = [
        counted(made.envelopes, "message", "messages"), counted(made.receipts, "receipt", "receipts"),
        counted(made.attachments, "attachment", "attachments"),
    ]  # fmt: skip
    lines = [f"{', '.join(str(one.place) for one in made.files)}: for {made.to}, {', '.join(counts)}"]
    if made.held:
        lines.append(f"only receipts: what is known of the keys of {made.to} is long past its date")
    if made.missing:
        lines.append(f"{counted(made.missing, 'attachment is', 'attachments are')} not at hand here and did not go")
    return "\n".join(lines)


@bundles.command("import")
def take(
    context: typer.Context,
    files: Annotated[list[Path], typer.Argument(metavar="FILE...", help="Bundles, in any order, any number of times.")],
    output: Annotated[
        Path | None, typer.Option("-o", "--output", metavar="REPLY", help="The bundle that goes back, with receipts.")
    ] = None,
) -> int:
    """Take bundles in: every message by itself, as if it had come on line. 3 where something was left out."""
    call = call_of(context)
    senders = {peeked for file in files if (peeked := _sender(file)) is not None}
    if output is not None and len(senders) > 1:
        raise Ends(Exit.USAGE, f"one reply goes to one counterpart; these are of {', '.join(sorted(senders))}")

    async def work(node: Node) -> tuple[list[dict[str, Any]], Made | None]:
        taken = [await _take(node, file) for file in files]
        sender = next((str(one["from"]) for one in taken if "from" in one), None)
        if output is None or sender is None:
            return taken, None
        return taken, await packer_of(node).pack(sender, output, actor=by_command())

    taken, reply = work_at(call, work)
    document = {"bundles": taken, "reply": None if reply is None else _made(reply)}
    call.out.result(document, "\n".join([*map(_line, taken), *([_said_of(reply)] if reply else [])]))
    return _code(taken)


def _sender(file: Path) -> str | None:
    """Who it says it is of; None where it says nothing that can be read, which is told when it is taken."""
    try:
        with file.open("rb") as source:
            return str(peek(source).from_)
    except (NoBundle, ProtocolError):
        return None


async def _take(node: Node, file: Path) -> dict[str, Any]:
    unpacker = unpacker_of(node, opener_of(node).open_all)
    try:
        with file.open("rb") as source:
            return {"file": str(file)} | _report(await unpacker.take(source, actor=by_command()))
    except (NoBundle, ProtocolError) as error:
        return {"file": str(file), "refused": error.code, "said": str(error)}


def _report(report: Report) -> dict[str, Any]:
    names = ("bundle", "part", "of", "accepted", "known", "receipts", "attachments")
    faults = [{"where": one.where, "code": one.code, "said": one.said} for one in report.faults]
    found = {"from": report.sender, "made": rfc3339(report.made_ms), "left_out": report.refused, "faults": faults}
    return {name: getattr(report, name) for name in names} | found


def _line(one: dict[str, Any]) -> str:
    if "refused" in one:
        return f"{one['file']}: refused ({one['refused']}): {one['said']}; nothing of it was taken"
    counts = [
        counted(one["accepted"], "new message", "new messages"), f"{one['known']} known",
        counted(one["receipts"], "receipt", "receipts"), counted(one["attachments"], "attachment", "attachments"),
    ]  # fmt: skip
    where = f"{one['file']}: part {one['part']} of {one['of']} from {one['from']}, made {one['made']}"
    lines = [f"{where}: {', '.join(counts)}"]
    lines += [f"  left out {fault['where']} ({fault['code']}): {fault['said']}" for fault in one["faults"]]
    if (more := one["left_out"] - len(one["faults"])) > 0:
        lines.append(f"  and {more} more")
    return "\n".join(lines)


def _code(taken: Sequence[dict[str, Any]]) -> int:
    """6 where a whole file was refused, 3 where something of one was left out."""
    if any("refused" in one for one in taken):
        return Exit.INTEGRITY
    return Exit.PROBLEMS if any(one["left_out"] for one in taken) else Exit.DONE
