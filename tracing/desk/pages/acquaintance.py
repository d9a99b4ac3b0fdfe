"""How a counterpart is known: what changed on its contact card until somebody saw it, and who introduced it.

POST /counterparts/{authority}/contact-seen   an officer has seen what changed: 303 to the counterpart again
POST /counterparts/{authority}/introduce      another counterpart is told by which digest we know it: 303 to the matter
"""

import asyncio
from dataclasses import dataclass
from typing import Any

from aiohttp import web

from tracing.casework.matters.introducing import introduce
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_of
from tracing.desk.context import DESK
from tracing.desk.pages.contactwords import changed_facts
from tracing.desk.pages.frame import redirect
from tracing.desk.pages.posted import read_posted
from tracing.desk.problems import Refused
from tracing.desk.routes import route
from tracing.store import View
from tracing.trust.contacts import changes_of, own_contact, see_changes
from tracing.trust.introductions import Heard, introductions_of

__all__ = ["ROUTES", "Acquaintance", "acquaintance_of"]

MOST_DIGITS = 18  # of the number of a change


@dataclass(frozen=True, slots=True)
class Acquaintance:
    """What the page of a counterpart shows of it."""

    changes: tuple[dict[str, Any], ...]
    introductions: tuple[tuple[Heard, bool], ...]  # with whether it names the digest it is pinned by
    unseen: int | None  # the newest change that nobody has seen


def acquaintance_of(view: View, authority: str, digest: str | None) -> Acquaintance:
    """What changed on its card and who introduced it; ``digest`` is the one it is pinned by."""
    changes = changes_of(view, authority)
    shown = tuple(
        {"at_ms": one.at_ms, "seen_ms": one.seen_ms, "seen_by": one.seen_by, "rows": changed_facts(one)}
        for one in changes
    )
    heard = tuple((one, one.digest == digest) for one in introductions_of(view, authority))
    return Acquaintance(shown, heard, next((one.id for one in changes if one.seen_ms is None), None))


@route("POST", "/counterparts/{authority}/contact-seen", policy="pin")
async def see(http_request: web.Request) -> web.Response:
    """What was on the page when it was made has been seen; what came after it has not."""
    posted, authority = await read_posted(http_request), authority_of(http_request)
    desk, actor, last = http_request.app[DESK], actor_of(http_request).name, posted.first("last")
    if not (last.isascii() and last.isdecimal() and len(last) <= MOST_DIGITS):
        raise Refused("bad-body", "expected the number of the last change that was shown")
    await desk.store.write(lambda tx: see_changes(tx, authority, int(last), actor))
    await asyncio.to_thread(desk.partners.reload)
    return redirect(f"/counterparts/{authority}")


@route("POST", "/counterparts/{authority}/introduce", policy="update-directory")
async def introduce_it(http_request: web.Request) -> web.Response:
    """Tell another counterpart by which digest this one is pinned here."""
    posted, authority = await read_posted(http_request), authority_of(http_request)
    desk, actor = http_request.app[DESK], actor_of(http_request)
    contact = await desk.store.read(lambda view: own_contact(view, desk.settings))
    partner = desk.partners.get(authority)
    told = await introduce(desk.relations, actor, partner, to=posted.first("to"), contact=contact)
    return redirect(f"/matters/{told.matter}" if may(actor.role, "read") else f"/counterparts/{told.counterpart}")


ROUTES = [see, introduce_it]
