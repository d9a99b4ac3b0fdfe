"""Reminders: what the caller is reminded of now, and putting one off."""

from dataclasses import asdict
from typing import Any

from aiohttp import web

from tracing.casework.nudges import Nudge, nudges, off_until, snooze
from tracing.clock import from_ms
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer, instant
from tracing.desk.api.asked import instant_of, reminder_of, zone_of
from tracing.desk.api.entered import SnoozeEntered
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import ReminderList, SnoozeSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_object, read_query
from tracing.desk.routes import Described, route

__all__ = ["REMINDER_ROUTES"]


@route(
    "GET",
    "/api/v1/reminders",
    policy="reminders",
    describe=Described(
        tag="reminders",
        summary="What I am reminded of now, the nearest date first; of each duty the latest reminder",
        answer=ReminderList,
        problems=("bad-query",),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, actor = http_request.app[DESK], actor_of(http_request)
    now = desk.clock.now()
    found = await desk.store.read(lambda view: nudges(view, actor, now))
    await desk.office.note_read(actor, tuple(sorted({one.case for one in found})), "reminders")
    return answer({"items": [_item(one) for one in found], "next": None})


@route(
    "POST",
    "/api/v1/reminders/{reminder}/snooze",
    policy="reminders",
    describe=Described(
        tag="reminders",
        summary="Put off what I am reminded of one duty, for 30 days at most",
        body=SnoozeEntered,
        answer=SnoozeSaid,
        headers=("Idempotency-Key",),
        problems=("not-found", "bad-body"),
    ),
)
async def put_off(http_request: web.Request) -> web.StreamResponse:
    desk, actor, reminder = http_request.app[DESK], actor_of(http_request), reminder_of(http_request)
    until_ms = _until_ms(http_request, await read_object(http_request))
    done = Done(200, {"reminder": reminder, "until": instant(until_ms)})

    async def perform(_name: str | None) -> Done:
        try:
            await desk.store.write(lambda tx: snooze(tx, actor, reminder, from_ms(until_ms)))
        except ValueError as error:
            raise Refused("bad-body", f"until: {error}") from error
        return done

    async def find(_since_ms: int) -> Done | None:
        return done if await desk.store.read(lambda view: off_until(view, reminder)) == until_ms else None

    return await answer_once(http_request, Deed(perform, find))


def _item(one: Nudge) -> dict[str, Any]:
    members = {name: value for name, value in asdict(one).items() if not name.endswith("_ms")}
    return members | {"due": instant(one.due_ms), "at": instant(one.at_ms)}


def _until_ms(http_request: web.Request, body: dict[str, Any]) -> int:
    until = body.get("until")
    if set(body) != {"until"} or not isinstance(until, str):
        raise Refused("bad-body", 'expected {"until": "2026-12-24T08:00:00Z"} and nothing else')
    try:
        return instant_of({"until": until}, "until", zone_of(http_request)) or 0
    except Refused as error:
        raise Refused("bad-body", error.problem.detail) from error


REMINDER_ROUTES = (list_them, put_off)
