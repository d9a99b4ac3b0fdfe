"""What is said to a counterpart outside any case: one matter, and the forms that tell something or agree on deadlines.

GET  /matters/MATTER                      every statement of it; a proposal that waits for us has its decision beside it
POST /matters/MATTER                      decides the proposal: 303 to the matter again
GET  /counterparts/AUTHORITY/tell/VERB    the form of ``inform`` or ``propose-profile``
POST /counterparts/AUTHORITY/tell/VERB    says it: 303 to its matter; or the form again with what is wrong
"""

from collections.abc import Mapping, Sequence
from typing import Any

from aiohttp import web

from protocol.vocabulary import ClockWord, Priority, ProfileDecisionWord, Subject, UnitWord
from tracing.casework.errors import CaseworkError
from tracing.casework.matters.agreed import proposed_in
from tracing.casework.matters.file import MatterFile, read_matter
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of, matter_of
from tracing.desk.context import DESK
from tracing.desk.pages.content import describe
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Field, Form, Part, Rows, choice, read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.rows import name_of
from tracing.desk.pages.tongue import N_
from tracing.desk.reading import read_query
from tracing.desk.routes import Route, route
from tracing.store import View

__all__ = ["ROUTES", "SUBJECTS"]

SUBJECTS: Mapping[str, str] = {
    "spontaneous_information": N_("Information"), "profile_proposal": N_("Deadlines proposed"),
    "profile_decision": N_("Deadlines decided"), "reconciliation": N_("Open cases compared"),
    "directory_update": N_("Point of contact"),
}  # fmt: skip
"""What a matter is about, in plain words, by the kind of its first statement."""


def _words(words: type[Any]) -> tuple[str, ...]:
    return tuple(word.value for word in words)


_LIMITS = Rows(
    "limits", N_("Limits"),
    (
        Field("clock", N_("For"), "select", options=_words(ClockWord), required=True, half=True),
        Field("priority", N_("At priority"), "select", options=_words(Priority), required=True, half=True),
        Field("amount", N_("How many"), "number", required=True, half=True),
        Field("unit", N_("Of what"), "select", options=_words(UnitWord), required=True, half=True),
        choice("start", N_("Counted from"), "profile.start", fold=True, half=True),
        choice("days", N_("Whose days"), "profile.days", fold=True, half=True),
    ),
    add=N_("One more limit"),
)  # fmt: skip
FORMS: Mapping[str, tuple[str, tuple[Part, ...]]] = {
    "inform": (
        N_("Tell them something"),
        (
            Field("subject", N_("About"), "select", options=_words(Subject), required=True),
            Field("information", N_("Information"), "area", required=True),
            Field("date", N_("Date"), "date", half=True),
            Field("place", N_("Place"), half=True),
        ),
    ),
    "propose-profile": (
        N_("Propose deadlines"),
        (
            Field("name", N_("Name of the profile"), required=True, half=True),
            Field("from", N_("In force from"), "date", half=True),
            _LIMITS,
            Field("answer_counts_from_acknowledgement", N_("The answer counts from the acknowledgement"), "truth"),
            Field("question_pauses", N_("A question stops the clock"), "truth"),
            Field("explanation", N_("Explanation"), "area"),
        ),
    ),
}
DECIDING: tuple[Part, ...] = (
    Field("decision", N_("Decision"), "select", options=_words(ProfileDecisionWord), required=True),
    Field("reason", N_("Reason"), "area"),
)


# ---------------------------------------------------------------- one matter


@route("GET", "/matters/{matter}", policy="read")
async def show_matter(http_request: web.Request) -> web.Response:
    """Every statement of it."""
    read_query(http_request)
    return await _matter(http_request, {}, None)


@route("POST", "/matters/{matter}", policy="decide-profile")
async def decide(http_request: web.Request) -> web.Response:
    """Accept, decline or end what was proposed in it."""
    posted, desk, matter = await read_posted(http_request), http_request.app[DESK], matter_of(http_request)
    about = {"about": posted.first("about")} if posted.first("about") else {}
    try:
        file = await desk.relations.read(lambda view: read_matter(view, matter))
        body = read(DECIDING, posted.fields) | about
        await desk.relations.say(actor_of(http_request), file.counterpart, "decide-profile", body)
    except CaseworkError as error:
        return await _matter(http_request, posted.fields, failure_of(error), error.status)
    return redirect(f"/matters/{matter}")


async def _matter(
    http_request: web.Request, values: Mapping[str, Sequence[str]], failure: Failure | None, status: int = 200
) -> web.Response:
    frame, desk, actor, matter = frame_of(http_request), http_request.app[DESK], actor_of(http_request), matter_of(
        http_request
    )  # fmt: skip
    file, open_to = await desk.relations.read(lambda view: _look(view, matter))
    await desk.relations.note_read(actor, matter, "matter", file.messages)
    form = Form(DECIDING, values, failure.by_field if failure else {})
    return page(
        "matter.html", frame, status=status, file=file, who=name_of(file.counterpart, desk.partners),
        subject=SUBJECTS.get(file.kind, file.kind), form=form, failure=failure.placed(form, "") if failure else None,
        about=open_to if may(actor.role, "decide-profile") else None, may_request=may(actor.role, "request"),
        said=[one | {"pieces": describe(one["body"], one["kind"])} for one in file.messages], subjects=SUBJECTS,
    )  # fmt: skip


def _look(view: View, matter: str) -> tuple[MatterFile, str | None]:
    """The matter, and the proposal in it that can still be decided or ended."""
    file = read_matter(view, matter)
    found = proposed_in(view, matter)
    return file, next((one.term.mid for one in found if one.status in {"proposed", "accepted"}), None)


# ---------------------------------------------------------------- telling


def _show(verb: str) -> Route:
    async def serve(http_request: web.Request) -> web.StreamResponse:
        read_query(http_request)
        return _form(http_request, verb, {}, None)

    return Route("GET", f"/counterparts/{{authority}}/tell/{verb}", verb, serve)


def _tell(verb: str) -> Route:
    async def serve(http_request: web.Request) -> web.StreamResponse:
        posted, desk, authority = await read_posted(http_request), http_request.app[DESK], authority_of(http_request)
        if posted.more:
            return _form(http_request, verb, posted.fields, None, more=posted.more)
        body = _counted(read(FORMS[verb][1], posted.fields))
        try:
            told = await desk.relations.say(actor_of(http_request), authority, verb, body)
        except CaseworkError as error:
            return _form(http_request, verb, posted.fields, failure_of(error), error.status)
        return redirect(f"/matters/{told.matter}")

    return Route("POST", f"/counterparts/{{authority}}/tell/{verb}", verb, serve)


MOST_DIGITS = 7


def _counted(body: dict[str, Any]) -> dict[str, Any]:
    """Numbers as numbers; what is none goes on as it was typed, and is refused by name."""
    for limit in body.get("limits", []):
        text = limit.get("amount")
        if isinstance(text, str) and text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS:
            limit["amount"] = int(text)
    return body


def _form(  # noqa: PLR0917 - a form, and what came of it
    http_request: web.Request, verb: str, values: Mapping[str, Sequence[str]], failure: Failure | None,
    status: int = 200, more: str = "",
) -> web.Response:  # fmt: skip
    desk, authority = http_request.app[DESK], authority_of(http_request)
    title, parts = FORMS[verb]
    form = Form(parts, values, failure.by_field if failure else {}, more)
    return page(
        "tell.html", frame_of(http_request), status=status, title=title, form=form, authority=authority, verb=verb,
        who=name_of(authority, desk.partners), failure=failure.placed(form, "") if failure else None,
    )  # fmt: skip


ROUTES = [show_matter, decide, *(make(verb) for verb in FORMS for make in (_show, _tell))]
