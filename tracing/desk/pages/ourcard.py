"""Our own card: the digest that counterparts' officers compare, in groups and as a QR code; and the contact card.

GET  /card           the digest, the contact card as it travels now, the file for counterparts
GET  /card/file      the card itself, for any channel
GET  /card/contact   the form of the contact card of ITI paras 25 and 31
POST /card/contact   what was entered: 303 to the card; or the form again with what is wrong

The QR code bears the 64 digits alone, in capitals: what reads it aloud or types it leaves nothing to be cut away.
"""

from collections.abc import Mapping, Sequence
from typing import Any

import segno
from aiohttp import web
from markupsafe import Markup

from keys import card as cards
from keys.trust import TrustSet
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.contactwords import facts_of
from tracing.desk.pages.failures import Failure, Wrong
from tracing.desk.pages.forms import Field, Form, Part, Rows, flatten, read
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.trust.contacts import ContactCard, ContactInvalid, Edited, edit_contact, edited_contact, own_contact
from tracing.trust.own import own_trust

__all__ = ["ROUTES", "in_groups", "qr_code"]

GROUPS_IN_A_LINE = 4
QUIET_ZONE = 4  # modules around a QR code, of ISO/IEC 18004
PIXELS = 5  # of a module: a camera reads it at arm's length, and a narrow screen still holds it

_POINT = (
    Field("name", N_("Point of contact"), required=True),
    Field("email", N_("E-mail"), half=True),
    Field("phone", N_("Telephone"), half=True),
    Field("address", N_("Address"), half=True),
    Field("hours", N_("Hours"), half=True),
    Field("languages", N_("Languages"), "lines", N_("One a line, as two letters: en.")),
)
PARTS: tuple[Part, ...] = (
    *_POINT,
    Field("holidays", N_("Holidays"), "lines", N_("One a line, such as 2026-12-25.")),
    Field("marking_practices", N_("How weapons are marked here"), "area", N_("ITI para 31(b).")),
    Rows("points", N_("Further points of contact"), _POINT, add=N_("One more point of contact")),
)


@route("GET", "/card", policy="counterparts")
async def show_card(http_request: web.Request) -> web.Response:
    """The digest and the contact card."""
    read_query(http_request)
    desk, frame = http_request.app[DESK], frame_of(http_request)
    trust, contact, edited = await desk.store.read(lambda view: _look(view, desk))
    return page(
        "ourcard.html", frame, lines=in_groups(trust.digest), qr=qr_code(trust.digest), trust=trust,
        facts=facts_of(contact.model_dump(mode="json")), edited=edited,
        may_edit=may(actor_of(http_request).role, "update-directory"),
    )  # fmt: skip


def _look(view: View, desk: Desk) -> tuple[TrustSet, Any, Edited | None]:
    return own_trust(view, desk.settings), own_contact(view, desk.settings), edited_contact(view)


def in_groups(digest: str) -> list[str]:
    """Sixteen groups of four, four to a line."""
    groups = cards.groups(digest).split()
    return [" ".join(groups[at : at + GROUPS_IN_A_LINE]) for at in range(0, len(groups), GROUPS_IN_A_LINE)]


def qr_code(digest: str) -> Markup:
    """The digest as an SVG to stand in a page: no address, no style, no script."""
    code = segno.make_qr(digest.upper(), error="q")
    drawn = code.svg_inline(
        border=QUIET_ZONE, scale=PIXELS, svgclass="qr", lineclass=None, dark="#000", light="#fff"
    )  # fmt: skip
    named = Markup('<svg role="img" aria-label="{}" ').format(_("The digest as a QR code"))
    return named + Markup(drawn.removeprefix("<svg "))  # noqa: S704 - made of digits, above


@route("GET", "/card/file", policy="counterparts")
async def take_card(http_request: web.Request) -> web.Response:
    """The card, byte for byte what ``tracing card`` writes."""
    read_query(http_request)
    desk = http_request.app[DESK]
    trust = await desk.store.read(lambda view: own_trust(view, desk.settings))
    body = cards.make(trust.root_documents, trust.keyset_document or b"")
    named = f'attachment; filename="{trust.authority}.card"'
    return web.Response(body=body, content_type="application/octet-stream", headers={"Content-Disposition": named})


# ---------------------------------------------------------------- the contact card


@route("GET", "/card/contact", policy="update-directory")
async def show_form(http_request: web.Request) -> web.Response:
    """The card as it stands."""
    read_query(http_request)
    desk = http_request.app[DESK]
    edited = await desk.store.read(edited_contact)
    card = ContactCard.model_validate(desk.settings.contact.model_dump()) if edited is None else edited.card
    return _form(http_request, _as_fields(card), None)


def _as_fields(card: ContactCard) -> dict[str, list[str]]:
    members = card.model_dump(mode="json")
    for point in (members, *members["points"]):
        for name in ("languages", "holidays"):
            point[name] = "\n".join(point.get(name) or ())
    return flatten(members)


@route("POST", "/card/contact", policy="update-directory")
async def edit(http_request: web.Request) -> web.Response:
    """Take what was entered; the node issues a keyset that bears it by itself."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    if posted.more:
        return _form(http_request, posted.fields, None, more=posted.more)
    try:
        await desk.store.write(lambda tx: edit_contact(tx, read(PARTS, posted.fields), actor.name))
    except ContactInvalid as error:
        return _form(http_request, posted.fields, _failure(error), 422)
    return redirect("/card")


def _failure(error: ContactInvalid) -> Failure:
    wrong = tuple(Wrong(member, expected, "") for member, expected in error.problems)
    return Failure(_("There is something to mend"), _("Nothing was changed."), wrong)


def _form(
    http_request: web.Request, values: Mapping[str, Sequence[str]], failure: Failure | None, status: int = 200,
    more: str = "",
) -> web.Response:  # fmt: skip
    form = Form(PARTS, values, {}, more)
    placed = failure.placed(form, "") if failure else None
    shown = Form(PARTS, values, placed.by_field if placed else {}, more)
    return page("contactcard.html", frame_of(http_request), status=status, form=shown, failure=placed)


ROUTES = [show_card, take_card, show_form, edit]
