"""``tracing records``: the national records that answers come from."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from tracing import audit
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.output import Output, table
from tracing.node import Node
from tracing.records.importing import Row
from tracing.records.mapping import Mapping
from tracing.records.national import Found, add, batches, find, read_records
from tracing.records.rejects import Rejects
from tracing.records.sheets import Sheet
from tracing.store import Tx

__all__ = ["records"]

records = typer.Typer(no_args_is_help=True, help="The national records that answers come from.")


@records.command("import")
def import_list(
    context: typer.Context,
    file: Annotated[
        Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help="A register, exported as a list.")
    ],
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Which column is what; TOML.")
    ] = None,
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv by default.")] = None,
) -> None:
    """Take a register's entries; the same entry twice is one."""
    call = call_of(context)
    chosen = Mapping.load(mapping) if mapping else Mapping.standard("national_records")
    place = rejects or file.with_name(f"{file.stem}.rejects.csv")
    with Sheet.open(file, chosen) as sheet, Rejects(place, sheet) as rejected:
        rows, new = work_at(call, lambda node: _take(node, sheet, chosen, rejected, call.out))
        count = rejected.count
    document = {
        "rows": rows, "accepted": rows - count, "new": new, "rejected": count, "rejects": str(place) if count else None,
    }  # fmt: skip
    text = (
        f"{rows} rows: {rows - count} accepted, {new} of them new; {count} rejected{f' (see {place})' if count else ''}"
    )
    call.out.result(document, text)


async def _take(node: Node, sheet: Sheet, mapping: Mapping, rejected: Rejects, out: Output) -> tuple[int, int]:
    rows, new = 0, 0
    with out.bar(f"rows of {sheet.name}", sheet.lines) as bar:
        for batch in batches(read_records(sheet, mapping)):
            new += await node.store.write(lambda tx, batch=batch: _store(tx, batch, sheet))  # type: ignore[misc]
            for row in batch:
                if row.body is None:
                    rejected.add(row)
            rows += len(batch)
            bar(rows)
    return rows, new


def _store(tx: Tx, batch: tuple[Row, ...], sheet: Sheet) -> int:
    new = add(tx, batch)
    if new:
        what = {"act": "import records", "actor": by_command(), "file": sheet.digest.hex(), "new": new}
        audit.note(tx, "op", "records", what)
    return new


@records.command("find")
def look_up(
    context: typer.Context,
    text: Annotated[str, typer.Argument(help="A serial (? for unread positions), a make, a model, a party.")],
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
) -> None:
    """Find entries by serial, then by make, model, party or licence."""
    call = call_of(context)
    found = work_at(call, lambda node: _find(node, text, limit))
    items = [asdict(one.record) | {"grade": one.grade, "matched": one.matched} for one in found]
    heads = ("grade", "serial", "make", "model", "event", "date", "state", "register")
    rows = [
        (
            one.grade,
            one.record.serial_text,
            one.record.make,
            one.record.model,
            one.record.event,
            one.record.event_date,
            one.record.state,
            one.record.registry,
        )
        for one in found
    ]
    call.out.result({"items": items}, table(heads, rows) if rows else "nothing found")


async def _find(node: Node, text: str, limit: int) -> list[Found]:
    """The search is noted like a reading, without what was sought: a serial does not belong into the trail."""
    found = await node.store.read(lambda view: find(view, text, limit))
    what = {"act": "search records", "actor": by_command(), "found": len(found)}
    await node.store.write(lambda tx: audit.note(tx, "read", "records", what))
    return found
