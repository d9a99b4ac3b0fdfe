"""What stands around every page: who this node is, who is signed in, where one can go, and the answer's headers.

Rules
- A page is text made here and nothing else: no inline code or style, no address outside the node (``app.CSP``).
- The style sheet and the script have a name that changes with their content, so that a browser may keep them for ever.
- Every text from outside passes a filter of ``text``; templates escape whatever else they are given.

    return page(http_request, "home.html", frame, rows=rows)
"""

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import jinja2
from aiohttp import web
from jinja2 import pass_context

from keys.card import groups
from tracing.casework.policy import may
from tracing.desk.accounts import actor_of, csrf_of
from tracing.desk.context import DESK
from tracing.desk.pages.countries import country_name, country_names
from tracing.desk.pages.forms import Field
from tracing.desk.pages.links import Link
from tracing.desk.pages.moments import Here, beside_basis
from tracing.desk.pages.sentences import told
from tracing.desk.pages.speaking import Spoken, spoken_to
from tracing.desk.pages.staleness import warnings_of
from tracing.desk.pages.text import code, shown
from tracing.desk.pages.titles import titled
from tracing.desk.pages.tongue import N_, _, ngettext, pgettext
from tracing.desk.pages.words import words

__all__ = ["Frame", "Link", "environment", "frame_of", "page", "redirect", "static", "static_path"]

ROOM = Path(__file__).resolve().parents[1]
STATIC = ROOM / "static"
COMMENT = re.compile(rb"/\*.*?\*/\s*", re.DOTALL)
LEAST_GZIP = 800  # bytes; below it packing gains nothing
ROOMS = (
    ("/", N_("Home"), "list"), ("/received", N_("Received"), "list"), ("/sent", N_("Sent"), "list"),
    ("/dossiers", N_("Dossiers"), "list"),
    ("/deadlines", N_("Deadlines"), "deadlines"),
    ("/counterparts", N_("Counterparts"), "counterparts"), ("/approvals", N_("Approvals"), "approve"),
    ("/audit", N_("Audit"), "audit"), ("/feeds", N_("Calendars"), "users"),
    ("/webhooks", N_("Webhooks"), "users"),
)  # fmt: skip
WITHIN = {  # of another address
    "/counterparts": ("/card", "/first-contact", "/keys", "/bundles"), "/deadlines": ("/reminders", "/feeds"),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Person:
    """Who is signed in, as the head of the page names it."""

    name: str
    role: str


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of a page that do not depend on its subject."""

    tongue: Spoken
    training: bool
    authority: str
    country: str
    name: str
    zone: str
    here: Here
    csrf: str = ""
    me: Person | None = None
    nav: Sequence[Link] = ()
    may_request: bool = False
    may_release: bool = False
    warnings: Sequence[Link] = ()
    css: str = ""
    icon: str = ""
    script: str = ""


def frame_of(http_request: web.Request, *, signed_in: bool = True) -> Frame:
    """The frame for whoever asks."""
    desk = http_request.app[DESK]
    actor = actor_of(http_request) if signed_in else None
    settings = desk.settings
    frame = Frame(
        tongue=spoken_to(http_request), training=settings.net == "training", authority=settings.authority,
        country=country_name(settings.country),
        name=settings.name, zone=settings.zone, here=Here(desk.clock.now(), ZoneInfo(settings.zone)),
        css=static_path("desk.css"), icon=static_path("desk.svg"), script=static_path("desk.js"),
    )  # fmt: skip
    if actor is None:
        return frame
    nav = tuple(_nav(http_request.path, actor.role))
    return replace(
        frame,
        csrf=csrf_of(http_request),
        me=Person(actor.name, actor.role),
        nav=nav,
        may_request=may(actor.role, "request"),
        may_release=may(actor.role, "approve"),
        warnings=warnings_of(desk) if may(actor.role, "counterparts") else (),
    )


def page(template: str, frame: Frame, *, status: int = 200, **view: Any) -> web.Response:
    """The page as an answer, packed when it is worth it."""
    text = environment().get_template(template).render(frame=frame, here=frame.here, **view)
    return packed(text.encode("utf-8", "backslashreplace"), status)


def packed(body: bytes, status: int = 200) -> web.Response:
    """HTML as an answer; every browser that matters takes gzip, and aiohttp unpacks for one that does not say so."""
    response = web.Response(body=body, status=status, content_type="text/html", charset="utf-8")
    if len(body) >= LEAST_GZIP:
        response.enable_compression()
    return response


def redirect(to: str) -> web.Response:
    """After an act: look at what came of it (303, so that a reload repeats nothing)."""
    return web.Response(status=303, headers={"Location": to})


@cache
def static_path(name: str) -> str:
    """The address of a static file, which changes with its content."""
    return f"/static/{hashlib.sha256(static(name)).hexdigest()[:12]}/{name}"


@cache
def static(name: str) -> bytes:
    """A static file as browsers get it: what a style sheet says to people is of no use to them, and weighs."""
    content = (STATIC / name).read_bytes()
    return COMMENT.sub(b"", content) if name.endswith(".css") else content


@cache
def environment() -> jinja2.Environment:
    """The templates, every value escaped, every missing one an error."""
    loader = jinja2.FileSystemLoader(ROOM / "templates")
    made = jinja2.Environment(
        loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"], auto_reload=False
    )  # fmt: skip
    made.install_gettext_callables(_, ngettext, newstyle=True, pgettext=pgettext)  # type: ignore[attr-defined] # added by the extension
    made.globals.update(country_names=country_names, static_path=static_path)
    made.filters.update(
        shown=shown,
        told=told,
        titled=titled,
        code=code,
        words=words,
        country=country_name,
        pairs=pairs,
        groups=groups,
        day=_day,
        due=_due,
        moment=_moment,
        ago=_ago,
        beside_basis=beside_basis,
    )
    return made


def pairs(parts: Sequence[Any]) -> Iterator[tuple[Any, Any]]:
    """Fields that share a line, two and two; others alone."""
    waiting = list(parts)
    while waiting:
        first = waiting.pop(0)
        both = isinstance(first, Field) and first.half and waiting and isinstance(waiting[0], Field) and waiting[0].half
        yield first, waiting.pop(0) if both else None


def _nav(path: str, role: str) -> Iterator[Link]:
    for href, label, verb in ROOMS:
        if may(role, verb):
            yield Link(
                href, _(label), current=path == href or (href != "/" and path.startswith((href, *WITHIN.get(href, ()))))
            )


@pass_context
def _day(context: jinja2.runtime.Context, value: Any) -> Any:
    return context["here"].day(value)


@pass_context
def _due(context: jinja2.runtime.Context, value: Any) -> Any:
    return context["here"].due(value)


@pass_context
def _moment(context: jinja2.runtime.Context, value: Any) -> Any:
    return context["here"].moment(value)


@pass_context
def _ago(context: jinja2.runtime.Context, value: Any) -> Any:
    return context["here"].ago(value)
