"""``tracing case`` and ``tracing deadline``: looking at cases. Every look leaves its leaf in the private tree."""

from dataclasses import asdict
from typing import Annotated, Any

import typer

from tracing.casework.casefile import CaseFile
from tracing.cli.call import call_of, officer, work_at
from tracing.cli.exits import Ends, Exit
from tracing.cli.output import table
from tracing.clock import rfc3339
from tracing.desk.api.asked import search_of
from tracing.node import Node
from tracing.store.cases import BOXES, CaseQuery, Page, list_cases
from tracing.store.cursors import CursorInvalid
from tracing.trust.contested import ASKED, DISOWNED

__all__ = ["cases", "deadlines"]

cases = typer.Typer(no_args_is_help=True, help="Cases, sent and received.")
deadlines = typer.Typer(no_args_is_help=True, help="Due dates, and where they come from.")

CaseArgument = Annotated[
    str, typer.Argument(metavar="CASE", help="The identifier of the case, the same at both nodes.")
]
HEADS = ("case", "state", "counterpart", "direction", "weapon", "due", "standing", "waiting on")


@cases.command("list")
def list_them(
    context: typer.Context,
    box: Annotated[str | None, typer.Option(help="received or sent.")] = None,
    state: Annotated[str | None, typer.Option(help="A state of the lifecycle.")] = None,
    counterpart: Annotated[str | None, typer.Option(help="An authority.")] = None,
    q: Annotated[str | None, typer.Option(help="A serial, a make or a reference.")] = None,
    limit: Annotated[int, typer.Option(min=1, max=200)] = 50,
    cursor: Annotated[str | None, typer.Option(help="`next` of the page before.")] = None,
) -> None:
    """The cases of this node, the newest change first."""
    call = call_of(context)
    words, phrases = search_of(q)
    query = CaseQuery(box, state, counterpart, words=words, phrases=phrases, cursor=cursor, limit=limit)
    if box is not None and box not in BOXES:
        raise Ends(Exit.USAGE, f"--box is one of {', '.join(BOXES)}")
    page = work_at(call, lambda node: _page(node, query))
    items = [_item(item) for item in page.items]
    rows = [[_short(item[head.replace(" ", "_")]) for head in HEADS] for item in items]
    call.out.result({"items": items, "next": page.next}, table(HEADS, rows) if rows else "no case")


async def _page(node: Node, query: CaseQuery) -> Page:
    try:
        page = await node.store.read(lambda view: list_cases(view, query, node.clock.now_ms()))
    except CursorInvalid as error:
        raise Ends(Exit.USAGE, f"--cursor: {error}") from error
    await node.office.note_read(officer(), tuple(item["case"] for item in page.items), "list")
    return page


def _item(item: dict[str, Any]) -> dict[str, Any]:
    instants = {name: rfc3339(item[f"{name}_ms"]) for name in ("due", "opened", "updated")}
    return {name: value for name, value in item.items() if not name.endswith("_ms")} | instants


def _short(value: Any) -> Any:
    if isinstance(value, dict):
        return " ".join(str(value[name]) for name in ("make", "model", "calibre") if value.get(name)) or value.get(
            "type"
        )
    return value


@cases.command("show")
def show(context: typer.Context, case: CaseArgument) -> None:
    """Everything about one case."""
    call = call_of(context)
    file = work_at(call, lambda node: node.office.read_case(officer(), case))
    call.out.result(asdict(file), "\n".join(_lines(file)))


DOUBTS = {None: "", ASKED: ", by a lost key: ask its sender", DISOWNED: ", not its own, says its sender"}


def _lines(file: CaseFile) -> list[str]:
    head = [
        f"Case {file.case}",
        f"  {file.direction}, {file.counterpart}, {file.priority}: {' + '.join([file.state, *file.overlays])}",
        f"  due {file.due or '-'}, {file.standing or 'nothing owed'}; waiting on {file.waiting_on or 'nobody'}",
    ]
    told = [
        f"  {one['received']}  {one['sender']:<12} {one['kind']:<20} {one['signature']}{DOUBTS[one['doubt']]}"
        for one in file.messages
    ]
    came = [f"  {one['mid']}: {_stage(one)}" for one in file.delivery]
    return [
        *head,
        "Messages",
        *told,
        "Delivery of ours",
        *(came or ["  nothing sent by wire"]),
        *_due_lines(file.deadlines),
    ]


def _stage(one: dict[str, Any]) -> str:
    """How far a message came, and why no further."""
    is_under_way = one["stage"] in {"queued", "sent"}
    why = one["code"] or (one["last_error"] if is_under_way else None)
    stage = "parked" if one["parked"] else one["stage"]
    return f"{stage} ({why})" if why else stage


def _due_lines(running: list[dict[str, Any]]) -> list[str]:
    return [line for one in running for line in _due(one)]


def _due(one: dict[str, Any]) -> list[str]:
    done = f", done {one['ended']}" if one["ended"] else ""
    stands = "paused, the earliest date" if one["paused"] and not done else one["standing"]
    moved = f" (first {one['original_due']})" if one["original_due"] != one["due"] else ""
    return [
        f"Deadline {one['clock']}, owed by {one['owed_by']}: due {one['due']}{moved}, {stands}{done}",
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
