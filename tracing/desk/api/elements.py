"""The elements of a case's messages: which there are, a proof of some of them for a third, and the erasing of one.

A proof is answered as the file itself. It is made anew each time and takes no Idempotency-Key: what is released must
not rest a second time among the answers kept for repeated calls.
"""

from aiohttp import web

from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer
from tracing.desk.api.asked import case_of
from tracing.desk.api.entered import ElementErased, ProofEntered
from tracing.desk.api.said import ElementList, Proof
from tracing.desk.context import DESK
from tracing.desk.reading import read_object, read_query
from tracing.desk.routes import Described, route

__all__ = ["ELEMENT_ROUTES"]


@route(
    "GET",
    "/api/v1/cases/{case}/elements",
    policy="read",
    opens=True,
    describe=Described(
        tag="elements",
        summary="The elements of every signed message of a case; the reading is noted in the audit trail",
        answer=ElementList,
        problems=("not-found", "erased"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    found = await http_request.app[DESK].office.elements(actor_of(http_request), case_of(http_request))
    return answer({"items": found, "next": None})


@route(
    "POST",
    "/api/v1/cases/{case}/elements/proof",
    policy="release",
    describe=Described(
        tag="elements",
        summary="A proof of some elements of one message, for somebody without a node; the release is noted",
        body=ProofEntered,
        answer=Proof,
        problems=("not-found", "restricted", "incomplete", "not-provable", "stale", "erased"),
    ),
)
async def prove(http_request: web.Request) -> web.StreamResponse:
    case_id, body = case_of(http_request), await read_object(http_request)
    made = await http_request.app[DESK].office.release(actor_of(http_request), case_id, body)
    headers = {"Content-Disposition": 'attachment; filename="elements.json"'}
    return web.Response(body=made.data, content_type="application/json", headers=headers)


@route(
    "POST",
    "/api/v1/cases/{case}/elements/erase",
    policy="ask-erase",
    describe=Described(
        tag="elements",
        summary="Erase one element of a stored message for good; signature and audit trail go on holding. Where two "
        "persons release, it waits in the case and approve does it; elsewhere an approver erases",
        body=ElementErased,
        answer=ElementList,
        problems=("not-found", "incomplete", "illegal-move", "not-provable", "erased"),
    ),
)
async def erase(http_request: web.Request) -> web.StreamResponse:
    office, actor, case_id = http_request.app[DESK].office, actor_of(http_request), case_of(http_request)
    await office.erase(actor, case_id, await read_object(http_request))
    return answer({"items": await office.elements(actor, case_id), "next": None})


ELEMENT_ROUTES = (list_them, prove, erase)
