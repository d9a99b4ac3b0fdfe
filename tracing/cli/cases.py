"""``tracing case`` and ``tracing deadline``: looking at cases. Every look leaves its leaf in the private tree."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from tracing.casework.casefile import CaseFile
from tracing.casework.policy import Actor
from tracing.cli.call import by_command, call_of, work_at

__all__ = ["cases", "deadlines"]

cases = typer.Typer(no_args_is_help=True, help="Cases, sent and received.")
deadlines = typer.Typer(no_args_is_help=True, help="Due dates, and where they come from.")

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="The identifier of the case, the same at both nodes.")
]
HEADS = ("case", "state", "counterpart", "direction", "weapon", "due", "standing", "waiting on")


def officer() -> Actor:
    """Whoever works with the command acts as an officer, under a name that says how."""
    return Actor(by_command(), "officer")


@cases.command("list")
def list_cases(
    context: typer.Context,
    box: Annotated[str | None, typer.Option(help="received or sent.")] = None,
    state: Annotated[str | None, typer.Option(help="A state of the lifecycle.")] = None,
    counterpart: Annotated[str | None, typer.Option(help="An authority.")] = None,
    q: Annotated[str | None, typer.Option(help="A serial, a make or a reference.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
) -> None:
    """The cases of this node, newest first."""


@cases.command("show")
def show(context: typer.Context, case: CaseArgument) -> None:
    """Everything about one case."""
    call = call_of(context)
    file = work_at(call, lambda node: node.office.read_case(officer(), case))
    call.out.result(asdict(file), "\n".join(_lines(file)))


def _lines(file: CaseFile) -> list[str]:
    head = [
        f"Case {file.case}",
        f"  {file.direction}, {file.counterpart}, {file.priority}: {file.state}{' (' + ', '.join(file.overlays) + ')' if file.overlays else ''}",
        f"  due {file.due or '-'}, {file.standing or 'nothing owed'}; waiting on {file.waiting_on or 'nobody'}",
    ]
    told = [f"  {one['received']}  {one['sender']:<12} {one['kind']:<20} {one['signature']}" for one in file.messages]
    came = [f"  {one['mid']}: {one['stage']}{' (' + one['code'] + ')' if one['code'] else ''}" for one in file.delivery]
    return [
        *head,
        "Messages",
        *told,
        "Delivery of ours",
        *(came or ["  nothing sent by wire"]),
        *_due_lines(file.deadlines),
    ]


def _due_lines(running: list[dict[str, Any]]) -> list[str]:
    return [line for one in running for line in _due(one)]


def _due(one: dict[str, Any]) -> list[str]:
    done = f", done {one['ended']}" if one["ended"] else ""
    moved = f" (first {one['original_due']})" if one["original_due"] != one["due"] else ""
    return [
        f"Deadline {one['clock']}, owed by {one['owed_by']}: due {one['due']}{moved}, {one['standing']}{done}",
        f"  source: {one['source']} ({one['basis']})",
        *(f"  - {step}" for step in one["steps"]),
    ]


@deadlines.command("why")
def why(context: typer.Context, case: CaseArgument) -> None:
    """How the due dates of a case were computed: start, rule, skipped days, zone, source."""
    call = call_of(context)
    file = work_at(call, lambda node: node.office.read_case(officer(), case))
    text = "\n".join(_due_lines(file.deadlines)) or f"No deadline runs in case {case}: nothing was accepted in it yet."
    call.out.result({"case": case, "deadlines": file.deadlines}, text)


@deadlines.callback()
def _group() -> None:
    """Due dates, and where they come from."""
