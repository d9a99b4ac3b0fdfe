"""Domestic enquiries of a case: asked, renewed, withdrawn, and a reply that came by letter or telephone recorded.

The link to the reply form stands in the answer to whoever asked for it and nowhere else: an answer given again under
its Idempotency-Key has ``"link": null``, and ``renew`` makes a new one.
"""

import json
from dataclasses import asdict

from aiohttp import web
from pydantic import BaseModel

from tracing.casework.enquiries import Enquiries, EnquiryOutcome
from tracing.desk.accounts import actor_of
from tracing.desk.answers import answer
from tracing.desk.api.asked import case_of, enquiry_of
from tracing.desk.api.entered import EnquiryEntered, RenewalEntered, ReplyEntered, WithdrawnEntered
from tracing.desk.api.keyed import Deed, Done, answer_once
from tracing.desk.api.said import EnquiryList, EnquirySaid
from tracing.desk.context import DESK
from tracing.desk.reading import read_object, read_query
from tracing.desk.routes import Described, Route, route

__all__ = ["ENQUIRY_ROUTES", "path_of"]

_HEADERS = ("Idempotency-Key",)
_PROBLEMS = ("not-found", "illegal-move", "incomplete", "erased")


def path_of(token: str) -> str:
    """Where the reply form of a link stands on this listener."""
    return f"/reply/{token}"


@route(
    "POST",
    "/api/v1/cases/{case}/enquiries",
    policy="enquire",
    describe=Described(
        tag="enquiries",
        summary="Ask a maker, dealer or agency at home; the link to its reply form is shown this once",
        body=EnquiryEntered,
        answer=EnquirySaid,
        status=201,
        headers=_HEADERS,
        problems=_PROBLEMS,
    ),
)
async def ask(http_request: web.Request) -> web.StreamResponse:
    enquiries, actor, case_id = _enquiries(http_request), actor_of(http_request), case_of(http_request)

    async def perform(_name: str | None) -> Done:
        return _done(await enquiries.ask(actor, case_id, await read_object(http_request)), 201)

    async def find(since_ms: int) -> Done | None:
        found = await enquiries.asked_since(actor, case_id, since_ms)
        return _done(found, 201) if found else None

    return await _told(http_request, Deed(perform, find))


@route(
    "GET",
    "/api/v1/cases/{case}/enquiries",
    policy="enquire",
    describe=Described(
        tag="enquiries",
        summary="Every enquiry of a case; the reading is noted in the audit trail",
        answer=EnquiryList,
        problems=("not-found", "erased"),
    ),
)
async def list_them(http_request: web.Request) -> web.StreamResponse:
    read_query(http_request)
    desk, actor, case_id = http_request.app[DESK], actor_of(http_request), case_of(http_request)
    found = await desk.office.enquiries.of_case(actor, case_id)
    await desk.office.note_read(actor, (case_id,), "enquiries")
    return answer({"items": [asdict(one) for one in found], "next": None})


def _act(verb: str, summary: str, body: type[BaseModel], state: str) -> Route:
    """The route of an act on one enquiry, which leaves it in ``state``."""

    async def serve(http_request: web.Request) -> web.StreamResponse:
        enquiries, actor, enquiry = _enquiries(http_request), actor_of(http_request), enquiry_of(http_request)

        async def perform(_name: str | None) -> Done:
            return _done(await _ACTS[verb](enquiries, actor, enquiry, await read_object(http_request)))

        async def find(since_ms: int) -> Done | None:
            found = await enquiries.ended_since(actor, enquiry, state, since_ms)
            return _done(found) if found else None

        return await _told(http_request, Deed(perform, find))

    said = Described("enquiries", summary, EnquirySaid, body=body, headers=_HEADERS, problems=_PROBLEMS)
    return Route("POST", f"/api/v1/enquiries/{{enquiry}}/{verb}", "enquire", serve, said)


_ACTS = {"reply": Enquiries.reply, "withdraw": Enquiries.withdraw, "renew": Enquiries.renew}


def _enquiries(http_request: web.Request) -> Enquiries:
    return http_request.app[DESK].office.enquiries


async def _told(http_request: web.Request, deed: Deed) -> web.Response:
    """What came of it, which shows the enquiry: a reading of its case, also when it is given again."""
    answered = await answer_once(http_request, deed)
    case = str(json.loads(answered.text or "")["case"])
    await http_request.app[DESK].office.note_read(actor_of(http_request), (case,), "enquiries")
    return answered


def _done(came_to: EnquiryOutcome, status: int = 200) -> Done:
    once = {"link": path_of(came_to.token)} if came_to.token else {}
    return Done(status, asdict(came_to.file) | {"link": None}, once)


ENQUIRY_ROUTES = (
    ask,
    list_them,
    _act("reply", "Record a reply that came by letter, telephone or otherwise", ReplyEntered, "answered"),
    _act("withdraw", "A reply is no longer needed; its link ends", WithdrawnEntered, "withdrawn"),
    _act("renew", "A new link in the place of the old one, and perhaps a new date", RenewalEntered, "renewed"),
)
