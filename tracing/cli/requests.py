"""``tracing request``: one request from a file, or many from a list. The running node sends what is written here.

A list is judged whole before anything is written: a mapping that does not fit or an unknown counterpart stops it there.
Then every row is one case, committed by itself and known by its digest, so that a run that was cut short is simply run
again. Rejected rows come back as the same list with a column that says what to mend.
"""

import asyncio
import contextlib
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from tracing.casework.errors import CaseworkError, Incomplete, Unavailable
from tracing.cli.call import call_of, officer, work_at
from tracing.cli.counterparts import find
from tracing.cli.files import read_object
from tracing.cli.output import Output
from tracing.node import Node
from tracing.records.importing import Problem, Row, read_requests
from tracing.records.mapping import Mapping
from tracing.records.rejects import Rejects
from tracing.records.sheets import Sheet

__all__ = ["requests"]

requests = typer.Typer(no_args_is_help=True, help="Tracing requests of our own.")

LARGEST = 1024 * 1024  # a request is some kilobytes
AT_ONCE = 256  # rows on their way to the database together: they share commits, and turns with a running node
TRIES = 6  # a busy node may keep the database longer than one wait for a turn


@requests.command("send")
def send(
    context: typer.Context,
    file: Annotated[
        Path,
        typer.Argument(
            metavar="FILE.json", exists=True, dir_okay=False, help="A request, as POST /api/v1/requests takes it."
        ),
    ],
) -> None:
    """Open a case from a request in a file; it goes out at once unless a second person must release it."""
    call = call_of(context)
    body = read_object(file, LARGEST, "a request")
    outcome = work_at(call, lambda node: node.office.request(officer(), body))
    text = f"case {outcome.case} to {outcome.counterpart}: {outcome.state}, {outcome.delivery}"
    if outcome.delivery == "draft":
        text += " (a second person must release it at the desk)"
    call.out.result(asdict(outcome), text)


# ---------------------------------------------------------------- many


@dataclass(slots=True)
class Tally:
    """How an import goes."""

    rows: int = 0
    accepted: int = 0


@requests.command("import")
def import_list(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE.csv", exists=True, dir_okay=False, help="The list.")],
    to: Annotated[str, typer.Option(metavar="AUTHORITY", help="Whom all of them ask.")],
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="Which column is what; TOML.")
    ] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Judge every row; write none, nor their file.")] = False,  # noqa: FBT002 - a switch
    rejects: Annotated[Path | None, typer.Option(help="Where rejected rows go; FILE.rejects.csv by default.")] = None,
) -> None:
    """Open a case for every row of a list; rejected rows come back in a file with a column that says why."""
    call = call_of(context)
    chosen = Mapping.load(mapping) if mapping else Mapping.standard("requests")
    place = rejects or (None if dry_run else file.with_name(f"{file.stem}.rejects.csv"))
    with Sheet.open(file, chosen) as sheet, Rejects(place, sheet) as rejected:
        tally = work_at(call, lambda node: _Import(node, sheet, chosen, rejected, to, dry_run=dry_run).run(call.out))
        count = rejected.count
    document = {
        "rows": tally.rows, "accepted": tally.accepted, "rejected": count,
        "rejects": str(place) if count and place else None, "dry_run": dry_run,
    }  # fmt: skip
    text = f"{tally.rows} rows: {tally.accepted} accepted, {count} rejected"
    text += f" (see {place or 'why with --rejects FILE'})" if count else ""
    call.out.result(document, text + ("; nothing was written" if dry_run else ""))


class _Import:
    """One run over a list."""

    def __init__(
        self, node: Node, sheet: Sheet, mapping: Mapping, rejected: Rejects, to: str, *, dry_run: bool
    ) -> None:
        self._node = node
        self._sheet = sheet
        self._mapping = mapping
        self._rejected = rejected
        self._to = to
        self._dry_run = dry_run
        self._tally = Tally()

    async def run(self, out: Output) -> Tally:
        """Judge and commit row by row, some of them at once, in the order of the list."""
        await find(self._node, self._to)
        with out.bar(f"rows of {self._sheet.name}", self._sheet.lines) as bar:
            rows = self._rows()
            while portion := [row for _, row in zip(range(AT_ONCE), rows, strict=False)]:
                await self._take(portion)
                bar(self._tally.rows)
        return self._tally

    def _rows(self) -> Iterator[Row]:
        settings, today = self._node.settings, self._node.clock.now().date()
        return read_requests(self._sheet, self._mapping, to=self._to, standing=settings.confidentiality, today=today)

    async def _take(self, portion: list[Row]) -> None:
        good = [row for row in portion if row.body is not None and not self._dry_run]
        ends = dict(zip((row.number for row in good), await asyncio.gather(*map(self._commit, good)), strict=True))
        for row in portion:
            self._tally.rows += 1
            fault = row if row.body is None else ends.get(row.number)
            if fault is None:
                self._tally.accepted += 1
            else:
                self._rejected.add(fault)

    async def _commit(self, row: Row) -> Row | None:
        """None when the row is committed, now or by an earlier run; else the row with its reasons."""
        assert row.body is not None
        try:
            await self._request(row.body, row.digest)
        except Unavailable:
            raise
        except CaseworkError as error:
            return Row(row.number, row.digest, None, tuple(_reasons(row.number, error)), row.notes, row.cells)
        return None

    async def _request(self, body: dict[str, Any], digest: str) -> None:
        for _ in range(TRIES - 1):
            with contextlib.suppress(Unavailable):
                await self._node.office.request(officer(), body, row_digest=digest)
                return
        await self._node.office.request(officer(), body, row_digest=digest)


def _reasons(number: int, error: CaseworkError) -> list[Problem]:
    if isinstance(error, Incomplete):
        return [
            Problem(number, one.member, f"expected {one.expected}, got {one.got} ({one.source})")
            for one in error.problems
        ]
    return [Problem(number, "row", error.detail)]
