"""Other channels used for the same weapon, noted on a case for our own file."""

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.api.entered import ChannelEntered
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import ChannelsSaid
from tracing.desk.context import DESK
from tracing.desk.reading import read_object
from tracing.desk.routes import Described, route

__all__ = ["CHANNEL_ROUTES"]


@route(
    "POST",
    "/api/v1/cases/{case}/channels",
    policy="record",
    describe=Described(
        tag="cases",
        summary="Note another channel used for the same weapon; it stays at this node",
        body=ChannelEntered,
        answer=ChannelsSaid,
        status=201,
        headers=("Idempotency-Key",),
        problems=("not-found", "illegal-move", "incomplete", "erased"),
    ),
)
async def note_channel(http_request: web.Request) -> web.StreamResponse:
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)

    async def perform(_name: str | None) -> Done:
        noted = await desk.office.note_channel(actor, case_id, await read_object(http_request))
        return Done(201, {"case": case_id, "channels": noted})

    async def find(_since_ms: int) -> Done | None:
        return None  # a note cut off between its act and its answer is noted again, which harms nothing

    answered = await answer_once(http_request, Deed(perform, find))
    await desk.office.note_read(actor, (case_id,), "channels")  # it shows all that are noted, also when given again
    return answered


CHANNEL_ROUTES = (note_channel,)
