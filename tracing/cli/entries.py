"""``tracing audit entries|readers|mark-anew``: entries of the trail found, taken out as a file; who read a case."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any
from zoneinfo import ZoneInfo

import typer

from tracing.audit import PRIVATE
from tracing.audit.marks import EVERYTHING, catch_up, mark_anew
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import counted, table
from tracing.cli.witnesses import audit
from tracing.clock import rfc3339
from tracing.desk.api.trailfile import FORMS, begun, bounded, check_tree, entry_of, is_of_work, named, page_of, pieces
from tracing.desk.problems import Refused
from tracing.node import Node
from tracing.store.cases import Page
from tracing.store.cursors import CursorInvalid
from tracing.store.entries import EntryQuery
from tracing.store.readers import Readers, read_by

__all__ = ["audit"]

HEADS = ("entry", "at", "kind", "who", "act", "about")
READER_HEADS = ("who", "times", "first", "last", "how")
Tree = Annotated[str, typer.Option(help="private, or the authority of a counterpart.")]
Case = Annotated[str | None, typer.Option(help="A case, by its id or the reference its requester gave it.")]
Form = Annotated[str, typer.Option("--format", help="Of the file: csv or jsonl.")]
File = Annotated[Path | None, typer.Option("--output", "-o", metavar="FILE", help="All of them, into this new file.")]


@audit.command("entries")
def entries(
    context: typer.Context,
    tree: Tree = PRIVATE,
    kind: Annotated[str | None, typer.Option(help="read, op, cfg, key, ...")] = None,
    act: Annotated[str | None, typer.Option(help="What was done, as entries say it.")] = None,
    who: Annotated[str | None, typer.Option(help="A person, or command:NAME.")] = None,
    case: Case = None,
    counterpart: Annotated[str | None, typer.Option(help="An authority; of the private tree.")] = None,
    since: Annotated[str | None, typer.Option("--from", metavar="DAY", help="2026-12-24, or an instant.")] = None,
    until: Annotated[str | None, typer.Option(metavar="DAY", help="That day included, or an instant.")] = None,
    ref: Annotated[str | None, typer.Option(help="What they are about, such as the id of a message.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
    form: Form = "csv",
    output: File = None,
) -> None:
    """Entries of the trail, the newest first; with -o all of them as a file, which is an entry too."""
    call = call_of(context)
    said = {"tree": tree, "kind": kind, "act": act, "who": who, "from": since, "until": until, "ref": ref}
    query = {name: value for name, value in said.items() if value is not None}
    asked = _refusing(lambda: bounded(query, ZoneInfo(call.settings.zone)))
    asked = replace(asked, case=case, counterpart=counterpart, limit=limit, cursor=cursor)
    if output is not None:
        if form not in FORMS:
            raise Ends(Exit.USAGE, f"--format is one of {', '.join(FORMS)}")
        if output.exists():
            raise Ends(Exit.FAILED, f"{output} is there already; name another file")
        count = work_at(call, lambda node: _to_file(node, asked, form, output))
        document = {"file": str(output), "bytes": count, "format": form}
        call.out.result(document, f"{output}: {counted(count, 'byte', 'bytes')}; that it was made is an entry")
        return
    page = work_at(call, lambda node: _page(node, asked))
    items = [entry_of(item) for item in page.items]
    call.out.result({"items": items, "next": page.next}, table(HEADS, map(_row, items)) if items else "no entry")


@audit.command("readers")
def readers(
    context: typer.Context,
    case: Annotated[str, typer.Argument(metavar="CASE", help="Its id, or the reference its requester gave it.")],
) -> None:
    """Who read a case: how often, from when to when, and how."""
    call = call_of(context)
    name, found = work_at(call, lambda node: _readers(node, case))
    items = [
        {"who": one.who, "times": one.times, "first": rfc3339(one.first_ms), "last": rfc3339(one.last_ms),
         "ways": sorted(one.ways), "releases": sorted(one.releases)}
        for one in found.items
    ]  # fmt: skip
    rows = [
        (one.who, one.times, rfc3339(one.first_ms), rfc3339(one.last_ms), ", ".join(sorted(one.ways)))
        for one in found.items
    ]
    document = {"case": name, "items": items, "whole": found.is_whole}
    call.out.result(document, table(READER_HEADS, rows) if rows else "nobody read it")


@audit.command("mark-anew")
def mark_all_anew(context: typer.Context) -> None:
    """Make the marks by which entries are found from the entries again, where `audit verify` says so."""
    call = call_of(context)
    call.confirm("Filters find little until all entries are marked again. Go on?")
    work_at(call, _marked_anew)
    call.out.result({"marked": True}, "every entry has its marks")


async def _marked_anew(node: Node) -> None:
    await node.store.write(lambda tx: mark_anew(tx, by_command()))
    await _mark_all(node)


async def _mark_all(node: Node) -> None:
    for tree in [PRIVATE, *(one.authority for one in node.partners.all() if one.on_node)]:
        await catch_up(node.store, tree, EVERYTHING)


async def _page(node: Node, asked: EntryQuery) -> Page:
    asked = await _whole(node, asked)
    try:
        return await page_of(node.store, asked)
    except CursorInvalid as error:
        raise Ends(Exit.USAGE, f"--cursor: {error}") from error


async def _readers(node: Node, case: str) -> tuple[str, Readers]:
    asked = await _whole(node, EntryQuery(PRIVATE, case=case))
    name = str(asked.case)
    return name, await node.store.read(lambda view: read_by(view, name))


async def _whole(node: Node, asked: EntryQuery) -> EntryQuery:
    """The tree is there, the case has its id, and all entries their marks."""
    try:
        await check_tree(node.store, asked.tree)
        if asked.case is not None and not is_of_work(asked.case):
            asked = replace(asked, case=await named(node.store, asked.case))
    except Refused as refused:
        raise Ends(Exit.FAILED, refused.problem.detail) from refused
    if asked.needs_marks:
        await catch_up(node.store, asked.tree, EVERYTHING)
    return asked


async def _to_file(node: Node, asked: EntryQuery, form: str, output: Path) -> int:
    """All of them; the file appears whole or not at all, for its owner only. How many bytes it has."""
    asked = await _whole(node, asked)
    whole = await node.store.write(lambda tx: begun(tx, by_command(), asked, form))
    return _written(output, pieces(node.store, whole, form))


def _written(output: Path, some: Iterator[bytes]) -> int:
    part = output.with_name(f"{output.name}.part")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        for piece in some:
            file.write(piece)
        file.flush()
        os.fsync(file.fileno())
        count = file.tell()
    part.replace(output)
    return count


def _row(entry: dict[str, Any]) -> tuple[Any, ...]:
    what = entry["object"] or {}
    act = what.get("act") or what.get("what")
    return entry["index"], entry["at"], entry["kind"], what.get("actor"), act, entry["ref"]


def _refusing(work: Any) -> EntryQuery:
    try:
        found: EntryQuery = work()
    except Refused as refused:
        raise Ends(Exit.USAGE, refused.problem.detail) from refused
    return found
