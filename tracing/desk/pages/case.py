"""The page of one case, and every act that can be done there.

GET  /cases/{case}?do=answer&use=proposal     the page with a form open, prefilled
POST /cases/{case}/{verb}                     the act; then 303 back to the case, or the page again with what is wrong
"""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from aiohttp import web

from tracing.casework.casefile import CaseFile
from tracing.casework.errors import CaseworkError, Incomplete
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import case_of
from tracing.desk.api.attachments import ask_for_original
from tracing.desk.context import DESK
from tracing.desk.pages.acts import ACTS, GIVEN, ActForm, recorded_body
from tracing.desk.pages.casepage import case_view, request_of
from tracing.desk.pages.enquiry_rows import home_view
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Form, flatten, read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import Posted, Typed, read_posted
from tracing.desk.pages.steps import step_of
from tracing.desk.pages.tongue import N_, _
from tracing.desk.reading import read_query
from tracing.desk.routes import SIGNED_IN, route

__all__ = ["ROUTES", "SAID", "case_page"]

ORDER = ("acknowledge", "answer", "ask", "supply", "close", "delay", "refuse", "withdraw")
SAID = {
    "acknowledge": N_("Acknowledged."), "answer": N_("The answer is on its way."),
    "ask": N_("The question is on its way."), "supply": N_("The information is on its way."),
    "delay": N_("The delay is announced."), "refuse": N_("The refusal is on its way, with its ground and reason."),
    "withdraw": N_("The request is withdrawn."),
    "close": N_("The case is closed."), "record": N_("The reply is recorded, marked as not signed by the counterpart."),
    "original": N_("The original is asked for: it comes when their node has heard of it."),
    "approve": N_("Released in the name of the State."),
    "channel": N_("The other channel is noted."),
    "reply-home": N_("The reply is recorded."), "withdraw-home": N_("The enquiry is withdrawn; its link has ended."),
    "request": N_("The request is on its way."), "draft": N_("Prepared: it waits for a second person to release it."),
}  # fmt: skip
NO_RECORD = {
    "outcomes": [{"code": "no_record"}], "searched": [{"register": "", "complete": True}], "completeness": "full",
    "basis": ["registry"],
}  # fmt: skip
RECORDED = {
    "acknowledge": N_("Record their acknowledgement"), "answer": N_("Record their answer"),
    "refuse": N_("Record their refusal"), "delay": N_("Record their delay"),
    "ask": N_("Record their question"), "supply": N_("Record the information they supplied"),
    "withdraw": N_("Record their withdrawal"), "close": N_("Record their closing"),
}  # fmt: skip
SHORT = frozenset({"acknowledge"})  # short enough to stand open above what was asked
_GIVEN = tuple(replace(each, name=f"given.{each.name}") for each in GIVEN)
PARTICULARS = {"channel": "given.channel", "received": "given.received"}  # members of ``record`` -> their fields


@route("GET", "/cases/{case}", policy="read")
async def show_case(http_request: web.Request) -> web.Response:
    """The case; ``do`` opens a form, ``use`` fills it from the proposal, a template or what the request lacks."""
    asked = read_query(http_request, "do", "use", "said")
    return await case_page(http_request, case_of(http_request), asked)


@route("POST", "/cases/{case}/attachments/{mid}/{n}", policy="ask")
async def ask_for(http_request: web.Request) -> web.Response:
    """Ask for an original that its sender holds back."""
    case_id, _mid, _n = await ask_for_original(http_request)
    return redirect(f"/cases/{case_id}?said=original")


@route("POST", "/cases/{case}/{verb}", policy=SIGNED_IN)
async def act(http_request: web.Request) -> web.Response:
    """One act; the office asks whether this person may do it."""
    case_id, verb = case_of(http_request), http_request.match_info["verb"]
    posted = await read_posted(http_request)
    if posted.more:
        typed = Typed(_form_name(verb, posted), posted.fields, more=posted.more)
        return await case_page(http_request, case_id, {}, typed)
    try:
        outcome = await http_request.app[DESK].office.move(
            actor_of(http_request), case_id, verb, _body(verb, posted), if_match=posted.version
        )
    except CaseworkError as error:
        if error.status in (403, 404) and not isinstance(error, Incomplete):
            raise
        typed = Typed(
            _form_name(verb, posted), posted.fields, failure_of(error, PARTICULARS if verb == "record" else None)
        )
        return await case_page(http_request, case_id, {}, typed, error.status)
    return redirect(f"/cases/{case_id}?said={'draft' if outcome.delivery == 'draft' else verb}")


ROUTES = [show_case, ask_for, act]


def _form_name(verb: str, posted: Posted) -> str:
    return f"record-{posted.first('kind')}" if verb == "record" else verb


def _body(verb: str, posted: Posted) -> dict[str, Any]:
    """The body of the act, read with the fields of its form. A verb without a form has an empty one."""
    if verb == "record":
        kind = posted.first("kind")
        said = ACTS[kind].shape(read(ACTS[kind].parts, posted.fields)) if kind in ACTS else {}
        given = read(
            GIVEN,
            {name.removeprefix("given."): value for name, value in posted.fields.items() if name.startswith("given.")},
        )
        return recorded_body(kind, given, said)
    form = ACTS.get(verb)
    return form.shape(read(form.parts, posted.fields)) if form else {}


async def case_page(
    http_request: web.Request, case_id: str, asked: Mapping[str, str], typed: Typed | None = None, status: int = 200
) -> web.Response:
    """The case as it stands, with what a person typed into one of its forms and what was wrong with it."""
    frame, desk, actor = frame_of(http_request), http_request.app[DESK], actor_of(http_request)
    file = await desk.office.read_case(actor, case_id)
    view, two = case_view(file, frame.here, desk.partners), desk.settings.release == "two"
    forms, records = _forms(file, asked, typed, two=two), _record_forms(file, typed)
    at_home = home_view(file, typed, frame.here, may_ask=may(actor.role, "enquire"), may_note=may(actor.role, "record"))
    failure = typed.failure if typed else None
    if failure and typed:
        every = [*forms, *records, *at_home["forms"]]
        failure = next((_placed(failure, form) for form in every if form["id"] == typed.verb), failure)
    has_answer = bool((file.proposal or {}).get("answer"))
    said = _(SAID[asked["said"]]) if asked.get("said") in SAID else ""
    return page(
        "case.html", frame, status=status, forms=forms, records=records,
        records_open=any(one["open"] for one in records), failure=failure, failed=failure is not None, said=said,
        at_home=at_home,
        ask_href=_href(file, "ask", "lacks") if view["lacks"] else "",
        use_href=_href(file, "answer", "proposal") if has_answer else "",
        **view,
    )  # fmt: skip


def _placed(failure: Failure, form: Mapping[str, Any]) -> Failure:
    whole: Form = form["form"]
    given: Form | None = form["given"]
    return failure.placed(replace(whole, parts=(*whole.parts, *(given.parts if given else ()))), f"{form['id']}-")


def _href(file: CaseFile, verb: str, use: str) -> str:
    return f"/cases/{file.case}?do={verb}&use={use}#act" if verb in file.allowed else ""


def _forms(file: CaseFile, asked: Mapping[str, str], typed: Typed | None, *, two: bool) -> list[dict[str, Any]]:
    """The forms of the verbs allowed now; the one asked for is open, else that of the next step if it is short."""
    step = step_of(file.direction, file.state, file.overlays, file.waiting_on).verb
    first = typed.verb if typed else asked.get("do") or (step if step in SHORT else "")
    return [_act_form(ACTS[verb], file, asked, typed, first, two=two) for verb in ORDER if verb in file.allowed]


def _act_form(
    form: ActForm, file: CaseFile, asked: Mapping[str, str], typed: Typed | None, first: str, *, two: bool
) -> dict[str, Any]:
    mine = typed if typed and typed.verb == form.verb else None
    values = mine.form if mine else flatten(_prefilled(form.verb, file, asked))
    failure = mine.failure if mine else None
    return {
        "verb": form.verb, "id": form.verb, "label": _(form.label), "explain": _(form.explain),
        "button": _(form.button), "grave": form.grave, "open": first == form.verb,
        "second": two and form.verb in ("answer", "delay", "refuse"),
        "form": Form(form.parts, values, failure.by_field if failure else {}, mine.more if mine else ""), "given": None,
    }  # fmt: skip


def _record_forms(file: CaseFile, typed: Typed | None) -> list[dict[str, Any]]:
    """A reply by another channel: one form for each kind of reply, all of the verb ``record``."""
    if "record" not in file.allowed:
        return []
    kinds = (
        ("acknowledge", "answer", "refuse", "delay", "ask")
        if file.direction == "sent"
        else ("supply", "withdraw", "close")
    )
    shown = []
    for kind in kinds:
        form, name = ACTS[kind], f"record-{kind}"
        mine = typed if typed and typed.verb == name else None
        failure = mine.failure if mine else None
        values = mine.form if mine else {}
        problems = failure.by_field if failure else {}
        shown.append({
            "verb": "record", "id": name, "kind": kind, "label": _(RECORDED[kind]), "explain": "",
            "button": _("Record the reply"), "grave": False, "open": mine is not None, "second": False,
            "form": Form(form.parts, values, problems, mine.more if mine else ""),
            "given": Form(_GIVEN, values, problems),
        })  # fmt: skip
    return shown


def _prefilled(verb: str, file: CaseFile, asked: Mapping[str, str]) -> dict[str, Any]:
    """What a form begins with: the proposal, a template, the questions the request calls for."""
    use = asked.get("use") if asked.get("do") == verb else None
    if verb == "answer" and use == "proposal" and file.proposal:
        return dict(file.proposal.get("answer") or {})
    if verb == "answer" and use == "no-record":
        return NO_RECORD
    if verb == "ask" and use == "lacks":
        request = request_of(file)
        return {
            "items": [
                {"code": _item_of(one["member"]), "question": one["question"]}
                for one in (request or {}).get("lacks", [])
            ]
        }
    if verb == "supply":
        return _questions(file)
    return {"cause": file.awaiting[0]} if verb == "delay" and file.awaiting else {}


def _questions(file: CaseFile) -> dict[str, Any]:
    """The items of the last question, each waiting for its answer."""
    asked = next((one for one in reversed(file.messages) if one["kind"] == "information_request"), None)
    items = asked["body"].get("items", []) if asked and "information_pending" in file.overlays else []
    return {
        "answers": [
            {"code": item.get("code"), "question": item.get("question")} for item in items if isinstance(item, dict)
        ]
    }


def _item_of(member: str) -> str:
    """The code of ITI 21 for a member that is missing."""
    last = member.rpartition(".")[2]
    return ITEMS.get(member) or ITEMS.get(last) or "other"


ITEMS = {
    "illicit": "illicit_ground", "ground": "illicit_ground", "citation": "legal_citation",
    "circumstances": "circumstances", "place": "place_of_find", "date": "date_of_find",
    "found": "circumstances", "mode": "circumstances", "markings": "markings", "serial": "serial", "status": "serial",
    "make": "make", "model": "model", "calibre": "calibre",
    "type": "type", "class": "type", "country_of_manufacture": "country_of_manufacture", "intended_use": "intended_use",
    "confidentiality": "confidentiality", "justification": "justification",
}  # fmt: skip
