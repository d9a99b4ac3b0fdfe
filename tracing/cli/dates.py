"""``tracing deadline targets|calendar|moved``: what dates are counted by, and what changed of them.

Whoever works with the command beside the node binds the authority, as an approver does at the desk; each act has its
leaf under a name that says how.
"""

from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer

from protocol.messages.members import Day
from tracing.casework import redating, targets
from tracing.casework.policy import Actor
from tracing.cli.call import by_command, call_of, work_at
from tracing.cli.cases import deadlines
from tracing.cli.exits import Ends, Exit
from tracing.cli.files import read_json
from tracing.cli.output import table
from tracing.clock import rfc3339
from tracing.node import Node

__all__ = ["deadlines"]

MOST_BYTES = 64 * 1024
Counterpart = Annotated[str, typer.Option("--counterpart", help="Targets for this authority alone.")]
DayArgument = Annotated[str, typer.Argument(metavar="DAY", help="An ISO date, 2027-03-10.")]


def _approver() -> Actor:
    return Actor(by_command(), "approver")


def _day(text: str) -> date:
    day = Day().first(text)
    if day is None:
        raise Ends(Exit.USAGE, f"expected a date such as 2027-03-10, got {text[:40]!r}")
    return day


@deadlines.command("targets")
def own_targets(
    context: typer.Context,
    file: Annotated[Path | None, typer.Argument(exists=True, dir_okay=False, help="A profile to set (JSON).")] = None,
    counterpart: Counterpart = "",
    since: Annotated[str, typer.Option("--from", help="The day it holds from; today if left out.")] = "",
) -> None:
    """Show this authority's own targets in all their versions, or set a new one."""
    call = call_of(context)
    body = None if file is None else read_json(file, MOST_BYTES)
    day = _day(since) if since else None

    async def work(node: Node) -> list[targets.Version]:
        if body is not None:
            today = day or node.clock.now().date()
            await node.store.write(lambda tx: targets.set_targets(tx, _approver(), counterpart, body, today))
        return await node.store.read(targets.versions)

    try:
        found = work_at(call, work)
    except ValueError as error:
        raise Ends(Exit.FAILED, f"{file}: {error}; nothing was set") from error
    rows = [[one.counterpart or "all", str(one.version), one.since, one.set_by, one.body["name"]] for one in found]
    text = (
        table(("for", "version", "from", "set by", "name"), rows) if rows else "the settings alone: no targets are set"
    )
    call.out.result({"targets": [_said(one) for one in found]}, text)


def _said(one: targets.Version) -> dict[str, Any]:
    return {
        "counterpart": one.counterpart or None, "version": one.version, "from": one.since, "set_by": one.set_by,
        "set": rfc3339(one.set_ms), "sha256": one.sha256, "profile": one.body,
    }  # fmt: skip


@deadlines.command("calendar")
def calendar(
    context: typer.Context,
    day: DayArgument,
    kind: Annotated[str, typer.Argument(metavar="KIND", help="off, worked, or listed (as the list has it).")],
    of: Annotated[str, typer.Option("--of", help="Whose office; our own if left out.")] = "",
    name: Annotated[str, typer.Option(help="What the day is called.")] = "day off set by this authority",
) -> None:
    """Correct one day of an office; a running node then holds the dates of open deadlines against it."""
    call, when = call_of(context), _day(day)
    whose = of or call.settings.authority

    async def work(node: Node) -> None:
        await node.store.write(lambda tx: redating.correct(tx, _approver(), whose, when, kind=kind, name=name))

    try:
        work_at(call, work)
    except ValueError as error:
        raise Ends(Exit.USAGE, str(error)) from error
    call.out.result({"authority": whose, "day": day, "kind": kind}, f"{day} is {kind} in the calendar of {whose}")


@deadlines.command("moved")
def moved(
    context: typer.Context,
    deadline: Annotated[int | None, typer.Argument(metavar="DEADLINE", help="One of the list.")] = None,
    decide: Annotated[str, typer.Option(help="take the new date, or leave the old one.")] = "",
) -> None:
    """Other dates that a changed calendar proposes for limits that bind both, and what is done with one of them."""
    call = call_of(context)
    if (deadline is None) != (decide not in {"take", "leave"}):
        raise Ends(Exit.USAGE, "give both a deadline of the list and --decide take or leave, or neither")

    async def work(node: Node) -> list[redating.Proposal]:
        if deadline is not None and decide == "take":
            timetable = node.house.timetable
            await node.store.write(lambda tx: redating.take(tx, timetable, _approver(), deadline))
        elif deadline is not None:
            await node.store.write(lambda tx: redating.leave(tx, _approver(), deadline))
        return await node.store.read(redating.proposals)

    found = [_proposed(one) for one in work_at(call, work)]
    rows = [[str(one[head]) for head in HEADS] for one in found]
    call.out.result({"moved": found}, table(HEADS, rows) if rows else "no other date is proposed")


HEADS = ("deadline", "case", "clock", "owed_by", "due", "proposed")


def _proposed(one: redating.Proposal) -> dict[str, Any]:
    return {
        "deadline": one.deadline, "case": one.case, "counterpart": one.counterpart, "clock": one.clock,
        "owed_by": one.owed_by, "due": rfc3339(one.due_ms), "proposed": rfc3339(one.proposed_ms),
        "steps": list(one.steps),
    }  # fmt: skip
