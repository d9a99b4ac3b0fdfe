"""Whose a case is: taken, handed to another, or let go of."""

from typing import Any

from aiohttp import web

from tracing.casework.owning import hand_over, owner_of
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.api.entered import OwnerEntered
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import OwnerSaid
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.desk.reading import read_object
from tracing.desk.routes import Described, route

__all__ = ["OWNER_ROUTES"]


@route(
    "POST",
    "/api/v1/cases/{case}/owner",
    policy="own",
    describe=Described(
        tag="cases",
        summary="Whose the case is from now on: who is reminded of its duties first; null: nobody's",
        body=OwnerEntered,
        answer=OwnerSaid,
        headers=("Idempotency-Key",),
        problems=("not-found", "bad-body"),
    ),
)
async def own(http_request: web.Request) -> web.StreamResponse:
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    owner = _owner(await read_object(http_request))
    done = Done(200, {"case": case_id, "owner": owner})

    async def perform(_name: str | None) -> Done:
        try:
            await desk.store.write(lambda tx: hand_over(tx, actor, case_id, owner))
        except ValueError as error:
            raise Refused("bad-body", f"owner: {error}") from error
        return done

    async def find(_since_ms: int) -> Done | None:
        return done if await desk.store.read(lambda view: owner_of(view, case_id)) == owner else None

    return await answer_once(http_request, Deed(perform, find))


def _owner(body: dict[str, Any]) -> str | None:
    owner = body.get("owner", 0)
    if set(body) != {"owner"} or not (owner is None or isinstance(owner, str)):
        raise Refused("bad-body", 'expected {"owner": "ada"} or {"owner": null} and nothing else')
    return owner


OWNER_ROUTES = (own,)
