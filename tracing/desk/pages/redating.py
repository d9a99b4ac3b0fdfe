"""Other dates that a changed calendar proposes, on the page of deadlines: taken or left by who binds the authority."""

from typing import Any

from aiohttp import web

from tracing.casework.policy import Actor, may
from tracing.casework.redating import leave, proposals, take
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import redirect
from tracing.desk.pages.rows import name_of
from tracing.desk.problems import Refused
from tracing.desk.reading import read_form
from tracing.desk.routes import route

__all__ = ["ROUTES", "proposed"]

MOST_DIGITS = 18


async def proposed(desk: Desk, actor: Actor) -> list[dict[str, Any]]:
    """What waits for this person; nothing for who decides nothing."""
    if not may(actor.role, "redate"):
        return []
    found = await desk.store.read(proposals)
    await desk.office.note_read(actor, tuple(sorted({one.case for one in found})), "deadlines")
    return [
        {
            "deadline": one.deadline, "href": f"/cases/{one.case}", "case": one.case, "clock": one.clock,
            "who": name_of(one.counterpart, desk.partners), "owed_by": one.owed_by, "due_ms": one.due_ms,
            "proposed_ms": one.proposed_ms, "steps": one.steps,
        }
        for one in found
    ]  # fmt: skip


@route("POST", "/deadlines/{deadline}", policy="redate")
async def decide(http_request: web.Request) -> web.Response:
    """Take the new date or leave the old one; then the page again."""
    form, desk, actor = await read_form(http_request), http_request.app[DESK], actor_of(http_request)
    text = http_request.match_info["deadline"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refused("bad-query", f"deadline: expected a number of the list, got {text[:40]!r}")
    deadline, word = int(text), form.get("decide", "")
    if word == "take":
        timetable = desk.office.house.timetable
        await desk.store.write(lambda tx: take(tx, timetable, actor, deadline))
    elif word == "leave":
        await desk.store.write(lambda tx: leave(tx, actor, deadline))
    else:
        raise Refused("bad-query", f"decide: expected take or leave, got {word[:40]!r}")
    return redirect("/deadlines")


ROUTES = [decide]
