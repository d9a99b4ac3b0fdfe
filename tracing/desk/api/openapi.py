"""The OpenAPI 3.1 document, made from the routes themselves: what is not described there does not exist.

Every described route is listed with its policy (``x-policy``), its parameters, its body, its answer and its problems.
"""

import re
from typing import Any

from aiohttp import web
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from tracing.casework.policy import ROLES
from tracing.desk.answers import answer
from tracing.desk.api.said import ProblemSaid
from tracing.desk.context import DESK
from tracing.desk.problems import KINDS
from tracing.desk.routes import PUBLIC, ROUTES, Described, Route, route

__all__ = ["OPENAPI_ROUTES", "document"]

REF = "#/components/schemas/{model}"
HEADERS = {
    "Idempotency-Key": "1 to 255 visible ASCII characters; for 30 days the same call has one effect and one answer",
    "If-Match": "the ETag of the case as it was read; 412 stale if it has changed since",
    "Prefer": "wait=S: hold the answer until the counterpart's accepted receipt is here, at most S (and 25) seconds",
}
CASEWORK = {
    "incomplete": 422,
    "unknown-counterpart": 422,
    "counterpart-suspended": 409,
    "illegal-move": 409,
    "by-letter-only": 409,
    "not-provable": 409,
    "too-many-feeds": 409,
    "restricted": 403,
    "stale": 412,
    "precondition-required": 428,
}
DOCUMENT: web.AppKey[dict[str, Any]] = web.AppKey("openapi", dict)


@route("GET", "/api/openapi.json", policy=PUBLIC, describe=Described(tag="api", summary="This document"))
async def show_document(http_request: web.Request) -> web.StreamResponse:
    app = http_request.app
    if "paths" not in app[DOCUMENT]:
        app[DOCUMENT].update(document(set(app[ROUTES].values()), app[DESK].settings.authority))
    return answer(app[DOCUMENT])


def document(routes: set[Route], authority: str) -> dict[str, Any]:
    """The document of these routes."""
    described = sorted((each for each in routes if each.describe), key=lambda each: (each.path, each.method))
    models = {
        model for each in described if each.describe for model in (each.describe.body, each.describe.answer) if model
    } | {ProblemSaid}
    _, schemas = models_json_schema(
        [(model, "validation") for model in sorted(models, key=lambda model: model.__name__)], ref_template=REF
    )
    paths: dict[str, dict[str, Any]] = {}
    for each in described:
        paths.setdefault(each.path, {})[each.method.lower()] = _operation(each)
    return {
        "openapi": "3.1.0",
        "info": {"title": f"Tracing requests: the officers' API of {authority}", "version": "1"},
        "jsonSchemaDialect": "https://json-schema.org/draft/2020-12/schema",
        "security": [{"bearer": []}],
        "paths": paths,
        "components": {
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
            "schemas": schemas["$defs"],
            "responses": {
                "Problem": {
                    "description": "RFC 9457",
                    "content": {"application/problem+json": {"schema": _ref(ProblemSaid)}},
                }
            },
        },
    }


def _operation(each: Route) -> dict[str, Any]:
    said = each.describe or Described("", "")
    operation: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{each.method.lower()}{each.path.removeprefix('/api')}").strip("_"),
        "tags": [said.tag],
        "summary": said.summary,
        "x-policy": each.policy,
        "x-roles": sorted(role for role, verbs in ROLES.items() if each.policy in verbs),
        "parameters": _parameters(each, said),
        "responses": _responses(each, said),
    }
    if said.body is not None:
        operation["requestBody"] = {"required": False, "content": {"application/json": {"schema": _ref(said.body)}}}
    if each.policy == PUBLIC:
        operation["security"] = []
    return operation


def _parameters(each: Route, said: Described) -> list[dict[str, Any]]:
    text = {"type": "string"}
    path = [
        {"name": name, "in": "path", "required": True, "schema": text} for name in re.findall(r"\{(\w+)\}", each.path)
    ]
    query = [
        {"name": name, "in": "query", "schema": {"type": "integer"} if name in {"limit", "year"} else text}
        for name in said.query
    ]
    return (
        path
        + query
        + [{"name": name, "in": "header", "description": HEADERS[name], "schema": text} for name in said.headers]
    )


def _responses(each: Route, said: Described) -> dict[str, Any]:
    whole = {"type": "object"} if said.media == "application/json" else {"type": "string"}
    schema = _ref(said.answer) if said.answer else whole
    content = {media: {"schema": schema} for media in (said.media, *said.also)}
    found: dict[str, Any] = {str(said.status): {"description": "Done", "content": content}}
    codes = (*said.problems, *(() if each.policy == PUBLIC else ("unauthenticated", "forbidden")), "unavailable")
    codes += ("bad-json", "bad-body", "too-large", "unsupported-media-type") if said.body else ()
    codes += ("key-reused",) if "Idempotency-Key" in said.headers else ()
    by_status: dict[int, list[str]] = {}
    for code in codes:
        by_status.setdefault(CASEWORK.get(code) or KINDS[code][0], []).append(code)
    for status, words in sorted(by_status.items()):
        found[str(status)] = {"$ref": "#/components/responses/Problem", "description": ", ".join(words)}
    return found


def _ref(model: type[BaseModel]) -> dict[str, str]:
    return {"$ref": REF.format(model=model.__name__)}


OPENAPI_ROUTES = (show_document,)
