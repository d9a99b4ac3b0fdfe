"""A new request: the form, the page to check what was written, and the sending.

GET  /requests/new?like=CASE    the form, filled from an earlier request of ours
POST /requests/check            the answers to check; nothing is kept here, nothing is sent
POST /requests/attachments      the form with files: the form again, with them ticked
POST /requests                  opens the case: 303 to it; or the form again with what is wrong
"""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from aiohttp import web

from protocol import messages
from protocol.lifecycle import Kind
from tracing.casework.errors import CaseworkError, Incomplete, Problem
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.asked import request_of
from tracing.desk.pages.content import describe
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.failures import Failure, failure_of, filled
from tracing.desk.pages.forms import Field, flatten, read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import Posted, read_posted
from tracing.desk.pages.request_fields import PARTS, SECTIONS, Section
from tracing.desk.pages.sentences import told
from tracing.desk.pages.text import shown
from tracing.desk.pages.tongue import N_, _
from tracing.desk.pages.uploading import Waiting, attached_to, files_field, receive, unattachable, waiting_of
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.partners import Partner

__all__ = ["ROUTES"]

FRESH = {
    "priority": "routine",
    "weapon": {"class": "small_arm", "serial": {"status": "original"}},
    "restrictions": ["no_onward_without_consent"],
    "instruments": ["iti"],
}
NOT_REPEATED = ("reference", "reply_by", "dossier", "weapon", "checks")  # a like request is about another weapon


@route("GET", "/requests/new", policy="request")
async def new_request(http_request: web.Request) -> web.Response:
    """The empty form, or one filled from an earlier request."""
    asked = read_query(http_request, "like", "to")
    body = (
        FRESH
        | (await _like(http_request, asked["like"]) if "like" in asked else {})
        | ({"to": asked["to"]} if "to" in asked else {})
    )
    return await _form(http_request, flatten(body))


@route("POST", "/requests/attachments", policy="request")
async def attach(http_request: web.Request) -> web.Response:
    """Files for the request; the form comes back as it was typed, with the files ticked."""
    posted, failure = await receive(http_request)
    return await _form(http_request, posted.fields, failure, 422 if failure else 200)


@route("POST", "/requests/check", policy="request")
async def check_request(http_request: web.Request) -> web.Response:
    """What would be sent, to be read once more; or the form with everything that is missing."""
    posted = await read_posted(http_request)
    if posted.more:
        return await _form(http_request, posted.fields, more=posted.more)
    body = read(PARTS, posted.fields)
    if "back" in posted.fields:
        return await _form(http_request, posted.fields)
    waiting = await waiting_of(http_request)
    if problems := (*_problems(http_request.app[DESK], body), *unattachable(posted, waiting)):
        return await _form(http_request, posted.fields, failure_of(Incomplete(problems)), 422)
    return _check(http_request, body, posted, waiting)


@route("POST", "/requests", policy="request")
async def send_request(http_request: web.Request) -> web.Response:
    """Open the case, and send it where one person may."""
    posted = await read_posted(http_request)
    body = read(PARTS, posted.fields)
    try:
        body |= await attached_to(http_request, posted)
        outcome = await http_request.app[DESK].office.request(actor_of(http_request), body)
    except CaseworkError as error:
        return await _form(http_request, posted.fields, failure_of(error), error.status)
    return redirect(f"/cases/{outcome.case}?said={'draft' if outcome.delivery == 'draft' else 'request'}")


ROUTES = [new_request, attach, check_request, send_request]


async def _like(http_request: web.Request, case_id: str) -> dict[str, Any]:
    """The parts of an earlier request that another weapon of the same find shares."""
    actor = actor_of(http_request)
    if not may(actor.role, "read"):
        return {}
    file = await http_request.app[DESK].office.read_case(actor, case_id)
    request = request_of(file)
    body = dict(request["body"]) if request and file.direction == "sent" else {}
    return {name: value for name, value in body.items() if name not in NOT_REPEATED} | {"to": file.counterpart}


async def _form(
    http_request: web.Request,
    values: Mapping[str, Sequence[str]],
    failure: Failure | None = None,
    status: int = 200,
    more: str = "",
) -> web.Response:
    frame, desk = frame_of(http_request), http_request.app[DESK]
    files = files_field(await waiting_of(http_request), "/requests/attachments", fold=False)
    sections = (*_sections(desk), Section("attachments", N_("Attachments"), "", (files,)))
    parts = tuple(part for section in sections for part in section.parts)
    form = filled(parts, values, failure, more)
    placed = failure.placed(form, "") if failure else None
    return page(
        "compose.html",
        frame,
        status=status,
        form=form,
        sections=sections,
        failure=placed,
        failed=placed is not None,
        two=desk.settings.release == "two",
    )


def _sections(desk: Desk) -> tuple[Section, ...]:
    """The sections with the counterparts of this node to choose from."""
    choices = tuple(
        one.authority
        for one in sorted(desk.partners.all(), key=lambda one: country_name(one.country))
        if not one.is_suspended
    )
    whom = SECTIONS[0]
    first = whom.parts[0]
    if not isinstance(first, Field):
        raise TypeError("the first field of a request is its counterpart")
    return (replace(whom, parts=(replace(first, options=choices, names=_names(desk)), *whom.parts[1:])), *SECTIONS[1:])


def _names(desk: Desk) -> dict[str, str]:
    """Country, name and id of each: a country may have several authorities."""
    return {
        one.authority: f"{country_name(one.country)} — {one.name} ({', '.join(_marks(one))})"
        for one in desk.partners.all()
    }


def _marks(one: Partner) -> list[str]:
    return [one.authority] if one.on_node else [one.authority, _("by letter")]


def _problems(desk: Desk, body: Mapping[str, Any]) -> tuple[Problem, ...]:
    """Everything that would stand in the way of sending this."""
    found = (
        [] if desk.partners.get(str(body.get("to"))) else [Problem("to", _("a counterpart of this node"), _("nothing"))]
    )
    content = {name: value for name, value in body.items() if name != "to"}
    try:
        messages.build(
            Kind.TRACE_REQUEST, content, today=desk.clock.now().date(), standing=desk.settings.confidentiality
        )
    except messages.Incomplete as error:
        found += [Problem(one.member, one.expected, one.got, one.source) for one in error.problems]
    return tuple(found)


def _check(http_request: web.Request, body: dict[str, Any], posted: Posted, waiting: Sequence[Waiting]) -> web.Response:
    frame, desk = frame_of(http_request), http_request.app[DESK]
    content = {name: value for name, value in body.items() if name != "to"}
    message = messages.build(
        Kind.TRACE_REQUEST, content, today=desk.clock.now().date(), standing=desk.settings.confidentiality
    )
    hidden = [(name, value) for name, values in posted.fields.items() for value in values if value]
    doubts = [one.expected for one in message.doubts(desk.clock.now().date())]
    to = desk.partners.get(body["to"])
    borne = [one for one in waiting if one.id in posted.fields.get("attachments", ())]
    return page(
        "check.html", frame, body=describe(message.to_body()), attached=borne, hidden=hidden,
        doubts=[*map(told, doubts), *map(shown, _routing(desk, body))],
        who=_names(desk)[body["to"]],
        on_node=bool(to and to.on_node), two=desk.settings.release == "two",
    )  # fmt: skip


def _routing(desk: Desk, body: Mapping[str, Any]) -> list[str]:
    """A word where the State asked is not the one practice asks first (domain 7b.4)."""
    weapon, to = body["weapon"], desk.partners.get(body["to"])
    marked = any(mark.get("kind") == "import_mark" for mark in weapon.get("markings", []))
    made_in = weapon.get("country_of_manufacture")
    if to is None or marked or not made_in or made_in == to.country:
        return []
    if made_in == desk.settings.country:
        return [_("The weapon was made in this State: look in the national records first.")]
    return [
        _(
            "No import mark is given and the weapon was made in %(made_in)s: "
            "practice asks the State of manufacture first."
        )
        % {"made_in": country_name(made_in)}
    ]
