"""Erasing one element or attachment of a message for good, from the page of its case.

GET  /cases/{case}/erase    what can be erased, in words, and why it is to be
POST /cases/{case}/erase    303 back to the case; or the form again with what is wrong
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from tracing.casework.casefile import CaseFile
from tracing.casework.errors import CaseworkError, Incomplete
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.context import DESK
from tracing.desk.pages.elements import elements_of, message_words
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Field, Form, pointer
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.moments import Here
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route

__all__ = ["ROUTES"]

WHY = Field(
    "why", N_("Why"), "text", N_("The order, law or request it follows; kept in the audit trail."), required=True
)


@route("GET", "/cases/{case}/erase", policy="ask-erase")
async def show_form(http_request: web.Request) -> web.Response:
    """What can be erased of the messages of a case."""
    read_query(http_request)
    return await _form(http_request, {}, None)


@route("POST", "/cases/{case}/erase", policy="ask-erase")
async def take(http_request: web.Request) -> web.Response:
    """Erase it, or have it wait for a second person."""
    case_id, desk, posted = case_of(http_request), http_request.app[DESK], await read_posted(http_request)
    mid, _blank, element = posted.first("element").partition(" ")
    try:
        await desk.office.erase(
            actor_of(http_request), case_id, {"mid": mid, "element": element, "why": posted.first("why")}
        )
    except CaseworkError as error:
        if error.status in (403, 404) and not isinstance(error, Incomplete):
            raise
        return await _form(http_request, posted.fields, failure_of(error, {"mid": "element"}), error.status)
    return redirect(f"/cases/{case_id}?said={'draft' if desk.settings.release == 'two' else 'erase'}")


ROUTES = [show_form, take]


async def _form(
    http_request: web.Request, values: Mapping[str, Sequence[str]], failure: Failure | None, status: int = 200
) -> web.Response:
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    two = desk.settings.release == "two"
    if not (two or may(actor.role, "erase")):
        raise Refused("forbidden", "at this node an approver erases")
    file = await desk.office.read_case(actor, case_of(http_request))
    names = _erasable(file, frame.here)
    chosen = Field("element", N_("What"), "select", options=tuple(names), names=names, required=True)
    form = Form((chosen, WHY), values, failure.by_field if failure else {})
    return page(
        "erase.html", frame, status=status, file=file, form=form, two=two,
        failure=failure.placed(form, "") if failure else None,
    )  # fmt: skip


def _erasable(file: CaseFile, here: Here) -> dict[str, str]:
    """Every element and attachment of a signed message that is still here, in words."""
    found: dict[str, str] = {}
    for one in file.messages:
        if one["channel"] is None or one["signature"] == "own":
            before, gone = message_words(one, here), set(one["erased"])
            named = elements_of(one) | {f"att.{each['n']}": _called(each) for each in one["attachments"]}
            kept = {name: said for name, said in named.items() if name not in gone}
            found |= {pointer(one["mid"], name): f"{before} \u2014 {said}" for name, said in kept.items()}
    return found


def _called(attachment: Mapping[str, Any]) -> str:
    return _("Attachment: %(name)s") % {"name": attachment["name"]}
