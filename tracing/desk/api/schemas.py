"""What nodes say to each other, as JSON Schemas: the published documents, made from the models this node runs on."""

from aiohttp import web

from protocol.schemas import published
from tracing.desk.answers import answer
from tracing.desk.problems import Refused
from tracing.desk.routes import PUBLIC, Described, route

__all__ = ["SCHEMA_ROUTES"]


@route(
    "GET", "/api/schemas/{name}", policy=PUBLIC,
    describe=Described(
        tag="schemas", summary="The schema of a kind of message (refusal.json), index.json or vocabulary.json",
        problems=("not-found",),
    ),
)  # fmt: skip
async def show_schema(http_request: web.Request) -> web.StreamResponse:
    return _shown(http_request.match_info["name"])


@route(
    "GET", "/api/schemas/wire/{name}", policy=PUBLIC,
    describe=Described(
        tag="schemas", summary="The schema of what carries a message: statement.json, envelope.json, receipt.json",
        problems=("not-found",),
    ),
)  # fmt: skip
async def show_wire_schema(http_request: web.Request) -> web.StreamResponse:
    return _shown(f"wire/{http_request.match_info['name']}")


def _shown(path: str) -> web.StreamResponse:
    if path not in published():
        raise Refused("not-found", "expected the name of a published schema, as listed in /api/schemas/index.json")
    return answer(published()[path])


SCHEMA_ROUTES = (show_schema, show_wire_schema)
