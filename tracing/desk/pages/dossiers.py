"""Dossiers: the list, and the page of one with its cases and one button for each act on all of them.

GET  /dossiers?counterpart=        the list
GET  /dossiers/{dossier}           a dossier, or a seizure at several counterparts
POST /dossiers/{dossier}/{verb}    approve, acknowledge, remind, record; then 303 back
"""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from protocol.lifecycle import State
from tracing.casework.errors import CaseworkError, Incomplete
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import dossier_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.acts import GIVEN
from tracing.desk.pages.failures import Failure, failure_of
from tracing.desk.pages.forms import Field, Form, read
from tracing.desk.pages.frame import Frame, frame_of, page, redirect
from tracing.desk.pages.moments import Badge, Here, standing_badge
from tracing.desk.pages.posted import Typed, read_posted
from tracing.desk.pages.rows import name_of, weapon_of
from tracing.desk.pages.tongue import N_, _, ngettext
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import SIGNED_IN, route
from tracing.store.cursors import CursorInvalid
from tracing.store.dossiers import DossierQuery, DossierWhole, list_dossiers, read_dossier

__all__ = ["ROUTES"]

OPEN = (State.DELIVERED, State.ACKNOWLEDGED, State.IN_PROGRESS, State.PARTIAL)
REFERENCE = Field("reference", N_("Our reference"), "code", N_("One for all of it."))
FORMS: dict[str, tuple[str, str, tuple[Field, ...]]] = {
    "approve": (N_("Release all of it, as the second person"), N_("Release it in the name of the State"), ()),
    "acknowledge": (N_("Acknowledge all of it"), N_("Acknowledge receipt"), (REFERENCE,)),
    "remind": (N_("Remind of all that is open"), N_("Send one reminder"), (Field("note", N_("Note"), "area"),)),
    "record": (
        N_("Record their acknowledgement of all of it"), N_("Record the reply"),
        (*GIVEN, Field("body.reference", N_("Their reference"), "code")),
    ),
}  # fmt: skip
SAID = {
    "approve": N_("Released in the name of the State."), "acknowledge": N_("Acknowledged, in one statement."),
    "remind": N_("Reminded, in one statement."),
    "record": N_("The reply is recorded, marked as not signed by the counterpart."),
}  # fmt: skip


@route("GET", "/dossiers", policy="list")
async def show_list(http_request: web.Request) -> web.Response:
    """The dossiers, a page of them."""
    asked = read_query(http_request, "counterpart", "cursor")
    frame, desk = frame_of(http_request), http_request.app[DESK]
    query = DossierQuery(counterpart=asked.get("counterpart"), cursor=asked.get("cursor"))
    try:
        found = await desk.store.read(lambda view: list_dossiers(view, query))
    except CursorInvalid as error:
        raise Refused("bad-cursor", "begin again at the first page") from error
    await desk.office.note_read(actor_of(http_request), tuple(item["dossier"] for item in found.items), "dossiers")
    following = f"/dossiers?{urlencode(asked | {'cursor': found.next})}" if found.next else None
    rows = [_row(item, desk, frame.here) for item in found.items]
    return page("dossiers.html", frame, rows=rows, next=following, paged="cursor" in asked)


@route("GET", "/dossiers/{dossier}", policy="list")
async def show_dossier(http_request: web.Request) -> web.Response:
    """One dossier with its cases."""
    return await _page(http_request, read_query(http_request, "said").get("said", ""))


@route("POST", "/dossiers/{dossier}/{verb}", policy=SIGNED_IN)
async def act(http_request: web.Request) -> web.Response:
    """One act on all of it; the office asks whether this person may do it."""
    name, verb, posted = dossier_of(http_request), http_request.match_info["verb"], await read_posted(http_request)
    _label, _button, parts = FORMS.get(verb, ("", "", ()))
    body = read(parts, posted.fields) | ({"kind": "acknowledge"} if verb == "record" else {})
    try:
        await http_request.app[DESK].office.dossier_move(actor_of(http_request), name, verb, body)
    except CaseworkError as error:
        if error.status in (403, 404) and not isinstance(error, Incomplete):
            raise
        return await _page(http_request, typed=Typed(verb, posted.fields, failure_of(error)), status=error.status)
    return redirect(f"/dossiers/{name}?said={verb}")


ROUTES = [show_list, show_dossier, act]


async def _page(
    http_request: web.Request, said: str = "", typed: Typed | None = None, status: int = 200
) -> web.Response:
    frame, desk, name = frame_of(http_request), http_request.app[DESK], dossier_of(http_request)
    whole = await desk.store.read(lambda view: read_dossier(view, name, desk.clock.now_ms()))
    if whole is None:
        raise Refused("not-found", f"no dossier {name} at this node")
    actor = actor_of(http_request)
    await desk.office.note_read(actor, tuple(item["case"] for item in whole.cases), "dossier")
    failure = typed.failure if typed else None
    return page(
        "dossier.html", frame, status=status, one=whole, failure=failure, failed=failure is not None,
        title=whole.title or _title(whole.counterparts, sum(whole.counts.values()), whole.opened_ms, desk, frame.here),
        whos=[name_of(one, desk.partners) for one in whole.counterparts], rows=_rows(whole, desk, frame),
        forms=_forms(whole, desk, actor.role, typed), letters=_letters(whole, desk),
        said=_(SAID[said]) if said in SAID else "",
    )  # fmt: skip


def _row(item: dict[str, Any], desk: Desk, here: Here) -> dict[str, Any]:
    called = item["title"] or _title([item["counterpart"]], item["cases"], item["opened_ms"], desk, here)
    return item | {"who": name_of(item["counterpart"], desk.partners), "title": called}


def _title(counterparts: list[str], weapons: int, opened_ms: int, desk: Desk, here: Here) -> str:
    """How a dossier is called whose sender gave it no name that we know: by sender, number of weapons, and day."""
    who = ", ".join(name_of(one, desk.partners) for one in counterparts)
    many = ngettext("%(num)d weapon", "%(num)d weapons", weapons) % {"num": weapons}
    return f"{who}, {many}, {here.day(opened_ms).striptags()}"


def _rows(whole: DossierWhole, desk: Desk, frame: Frame) -> list[dict[str, Any]]:
    return [
        item | {
            "weapon": weapon_of(item["weapon"]), "who": name_of(item["counterpart"], desk.partners),
            "badge": standing_badge(frame.here, item["due_ms"], item["standing"], None)
                if item["due_ms"] else Badge("calm", _("No date")),
        }
        for item in whole.cases
    ]  # fmt: skip


def _forms(whole: DossierWhole, desk: Desk, role: str, typed: Typed | None) -> list[dict[str, Any]]:
    """What can be done with all of it now, as far as its states tell; the office judges each case."""
    can = [verb for verb in FORMS if may(role, verb) and _fits(verb, whole, desk)]
    return [_form(verb, whole, typed) for verb in can]


def _fits(verb: str, whole: DossierWhole, desk: Desk) -> bool:
    is_open, ours = any(state in whole.counts for state in OPEN), whole.direction == "sent"
    by_letter = bool(_letters(whole, desk))
    fits: Mapping[str, bool] = {
        "approve": State.DRAFT in whole.counts,
        "acknowledge": not ours and State.DELIVERED in whole.counts,
        "remind": ours and is_open,
        "record": by_letter and bool({State.SENT, State.DELIVERED} & whole.counts.keys()),
    }
    return fits[verb]


def _letters(whole: DossierWhole, desk: Desk) -> list[str]:
    """The dossiers among these that go by letter: those of States without a node."""
    by_letter = {name for name in whole.counterparts if (one := desk.partners.get(name)) and not one.on_node}
    if whole.direction != "sent" or State.DRAFT in whole.counts:
        return []
    return sorted({item["dossier"] for item in whole.cases if item["counterpart"] in by_letter})


def _form(verb: str, whole: DossierWhole, typed: Typed | None) -> dict[str, Any]:
    label, button, parts = FORMS[verb]
    mine = typed if typed and typed.verb == verb else None
    failure: Failure | None = mine.failure if mine else None
    form = Form(parts, mine.form if mine else {}, failure.by_field if failure else {})
    return {
        "id": verb, "action": f"/dossiers/{whole.dossier}/{verb}", "label": _(label), "button": _(button),
        "open": mine is not None, "form": form,
    }  # fmt: skip
