"""First contact at the desk: a card is brought in and compared by one officer, confirmed by another, or dropped.

GET  /first-contact                    what waits, who was introduced, and the form for a card
POST /first-contact                    the first officer's card and digest: 303 to the page again
GET  /first-contact/{authority}        the card that waits, for the second officer. The digest is not on it
POST /first-contact/{authority}        the second officer's digest: 303 to the new counterpart
POST /first-contact/{authority}/drop   nothing comes of it: 303 to what waits
"""

import asyncio
from typing import Any

from aiohttp import web

from keys import card as cards
from keys.errors import DigestMismatch, KeysError, LookAlike, NetworkMismatch
from keys.trust import TrustSet
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.countries import country_name
from tracing.desk.pages.failures import Failure, Wrong
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.parts import Picked, Written, parts_of
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.partners import AlreadyPinned
from tracing.store import Tx, View
from tracing.trust import first_contact
from tracing.trust.first_contact import Circle, NoSuchCard, SameOfficer, TooMany, Waiting
from tracing.trust.introductions import introductions_of, introductions_of_unknown
from tracing.trust.own import own_trust

__all__ = ["ROUTES"]

CARD, DIGEST, ALIKE = "card", "digest", "alike"  # names of fields
LABELS = {CARD: N_("Card"), DIGEST: N_("Digest")}


class OwnCard(Exception):
    """A node is not its own counterpart."""


_REFUSED = (KeysError, AlreadyPinned, SameOfficer, TooMany, OwnCard, ValueError)


def _confirm(tx: Tx, desk: Desk, authority: str, digest: str, actor: str) -> TrustSet:
    circle = _circle(tx, desk)
    own = circle.known[0].keyset
    assert own is not None, "own_trust has one"
    return first_contact.confirm(tx, authority, digest, actor, circle, log_origin=own.log.origin)


def _circle(view: View, desk: Desk) -> Circle:
    own = own_trust(view, desk.settings)
    return Circle(desk.settings.net, (own, *desk.partners.trusts()))


# ---------------------------------------------------------------- the first officer


@route("GET", "/first-contact", policy="pin")
async def show_waiting(http_request: web.Request) -> web.Response:
    """What waits, who was introduced, and the form."""
    read_query(http_request)
    return await _page(http_request, None)


@route("POST", "/first-contact", policy="pin")
async def lay_aside(http_request: web.Request) -> web.Response:
    """The first officer has compared the digest of this card."""
    typed, content = await _received(http_request)
    desk, actor = http_request.app[DESK], actor_of(http_request).name
    try:
        card, digest = cards.Card.read(content), cards.same_digest(typed.get(DIGEST, ""))
        await desk.store.write(lambda tx: _lay_aside(tx, desk, card, digest, actor, alike_ok=ALIKE in typed))
    except _REFUSED as error:
        return await _page(http_request, error, typed)
    return redirect("/first-contact")


def _lay_aside(tx: Tx, desk: Desk, card: cards.Card, digest: str, actor: str, *, alike_ok: bool) -> None:
    circle = _circle(tx, desk)
    if digest == circle.known[0].digest:
        raise OwnCard(_("this is the card of this node itself"))
    first_contact.lay_aside(tx, card, digest, actor, circle, alike_ok=alike_ok)


async def _received(http_request: web.Request) -> tuple[dict[str, str], bytes]:
    """What was typed, and the file. Refused: ``bad-body``, ``too-large``."""
    typed, content = dict[str, str](), bytearray()
    async for part in parts_of(http_request):
        if isinstance(part, Written):
            typed.setdefault(part.name, part.text)
        elif part.name == CARD:
            await _read_into(content, part)
        else:
            raise Refused("bad-body", "expected one file, the card", {"Connection": "close"})
    return typed, bytes(content)


async def _read_into(content: bytearray, part: Picked) -> None:
    async for piece in part.pieces:
        content += piece
        if len(content) > cards.MAX_CARD_BYTES:
            raise Refused("too-large", f"a card has at most {cards.MAX_CARD_BYTES} bytes", {"Connection": "close"})


async def _page(
    http_request: web.Request, error: Exception | None, typed: dict[str, str] | None = None
) -> web.Response:
    failure = _failure(error) if error else None
    found, unknown = await http_request.app[DESK].store.read(
        lambda view: (first_contact.waiting(view), introductions_of_unknown(view))
    )
    return page(
        "firstcontact.html", frame_of(http_request), status=422 if failure else 200, rows=[_row(one) for one in found],
        introduced=unknown, failure=failure, digest=(typed or {}).get(DIGEST, ""),
        looks_alike=isinstance(error, LookAlike),
    )  # fmt: skip


def _row(one: Waiting) -> dict[str, Any]:
    return {name: getattr(one, name) for name in Waiting.__slots__} | {"country": country_name(one.country)}


# ---------------------------------------------------------------- the second officer


@route("GET", "/first-contact/{authority}", policy="pin")
async def show_card(http_request: web.Request) -> web.Response:
    """The card that waits, without its digest: it has to come from elsewhere."""
    read_query(http_request)
    return await _card(http_request, None)


@route("POST", "/first-contact/{authority}", policy="pin")
async def confirm(http_request: web.Request) -> web.Response:
    """The second officer has compared the digest: it is a counterpart now."""
    posted, desk, authority = await read_posted(http_request), http_request.app[DESK], authority_of(http_request)
    actor = actor_of(http_request).name
    try:
        digest = cards.same_digest(posted.first(DIGEST))
        await desk.store.write(lambda tx: _confirm(tx, desk, authority, digest, actor))
    except NoSuchCard as error:
        raise Refused("not-found", str(error)) from error
    except _REFUSED as error:
        return await _card(http_request, _failure(error))
    await asyncio.to_thread(desk.partners.reload)
    return redirect(f"/counterparts/{authority}")


@route("POST", "/first-contact/{authority}/drop", policy="pin")
async def drop(http_request: web.Request) -> web.Response:
    """Nothing comes of this card."""
    await read_posted(http_request)
    authority, actor = authority_of(http_request), actor_of(http_request).name
    if not await http_request.app[DESK].store.write(lambda tx: first_contact.drop(tx, authority, actor)):
        raise Refused("not-found", f"no card of {authority} waits for a second officer")
    return redirect("/first-contact")


async def _card(http_request: web.Request, failure: Failure | None) -> web.Response:
    authority = authority_of(http_request)
    found, heard = await http_request.app[DESK].store.read(
        lambda view: (first_contact.waiting_for(view, authority), introductions_of(view, authority))
    )
    if found is None:
        raise Refused("not-found", f"no card of {authority} waits for a second officer")
    is_mine = found.compared_by == actor_of(http_request).name
    return page(
        "secondofficer.html", frame_of(http_request), status=422 if failure else 200, one=_row(found),
        introduced=heard, is_mine=is_mine, failure=failure,
    )  # fmt: skip


# ---------------------------------------------------------------- why not


def _failure(error: Exception) -> Failure:
    """In one sentence. The digest that a card claims is never in it: whoever made a false card made its digest too."""
    words, member = _words(error)
    return Failure(_("Nothing was pinned"), words, (Wrong(member, words, "", _(LABELS[member]), member),))


def _words(error: Exception) -> tuple[str, str]:
    if isinstance(error, DigestMismatch):
        return _(
            "This is not the digest of the card. Compare it once more with the authority, all sixteen groups, over "
            "another channel than the card came by; do not take it from the card."
        ), DIGEST
    if isinstance(error, NetworkMismatch):
        return _("Training and real nodes do not talk to each other: this card is of the other kind."), CARD
    if isinstance(error, SameOfficer | TooMany):
        return str(error), DIGEST
    return _("This card cannot be taken: %(why)s.") % {"why": str(error)[:400]}, CARD


ROUTES = [show_waiting, lay_aside, show_card, confirm, drop]
