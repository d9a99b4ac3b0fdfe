"""Audit: what was done at this node, by whom and when, and whether the trail holds. Acts, never content.

GET  /audit?tree=T         the entries of one tree, the newest first; the filter stands in the address; a case that is
                           named, by its id or its reference, shows who read it
GET  /audit/file?as=csv    the entries of the same filter as a file
POST /audit/verify         recomputes every tree from the stored bytes and says whether all of it holds
"""

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from protocol import strictjson
from tracing.audit import PRIVATE, AuditResult, verify
from tracing.audit.marks import catch_up
from tracing.casework.policy import may
from tracing.casework.references import cases_called
from tracing.desk.accounts import actor_of
from tracing.desk.api.asked import authority_asked, zone_of
from tracing.desk.api.trailfile import FILTERS, FORMS, asked_entries, bounded, check_tree, is_of_work, send_entries
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import Link, frame_of, page
from tracing.desk.pages.tongue import _
from tracing.desk.pages.troubles import troubles_of
from tracing.desk.pages.words import words
from tracing.desk.pages.words.deeds import DEEDS
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.store.cases import Page
from tracing.store.entries import EntryQuery, all_trees, list_entries, tree_head
from tracing.store.readers import Readers, read_by
from tracing.trust.nightly import last_verified
from tracing.trust.quorum import quorum

__all__ = ["ROUTES", "VERIFYING"]

MOST_VERIFIED: Final = 100_000  # entries; more would keep officers waiting, so the command does it beside the node
MOST_BYTES: Final = 8 * 1024 * 1024
KINDS: Final = ("read", "op", "cfg", "key", "erase", "ckpt.peer", "env.in", "env.out", "rcpt.in", "rcpt.out", "refused")
VERIFYING: web.AppKey[asyncio.Lock] = web.AppKey("verifying", asyncio.Lock)


@dataclass(frozen=True, slots=True)
class Asked:
    """The filter as it was typed, what it comes to, and the cases a reference may mean where that is not one."""

    typed: Mapping[str, str]
    entries: EntryQuery
    meant: tuple[str, ...] | None = None

    @property
    def is_narrowed(self) -> bool:
        return any(name != "tree" for name in self.typed)

    def href(self, path: str = "/audit", **more: str) -> str:
        """A page with this filter."""
        said = {name: value for name, value in {"tree": self.entries.tree, **self.typed, **more}.items() if value}
        return f"{path}?{urlencode(said)}"


@route("GET", "/audit", policy="audit")
async def show_audit(http_request: web.Request) -> web.Response:
    """The entries of one tree."""
    query = read_query(http_request, *FILTERS, "cursor")
    typed = {name: value.strip() for name in FILTERS if (value := query.get(name)) and value.strip()}
    asked = await _asked(http_request, typed)
    return await _shown(http_request, replace(asked, entries=replace(asked.entries, cursor=query.get("cursor"))), {})


@route("GET", "/audit/file", policy="audit")
async def send_file(http_request: web.Request) -> web.StreamResponse:
    """All entries of the filter as a download; that it was made is an entry."""
    query = read_query(http_request, *FILTERS, "as")
    return await send_entries(http_request, await asked_entries(http_request, query), query.get("as", FORMS[0]))


@route("POST", "/audit/verify", policy="audit")
async def verify_audit(http_request: web.Request) -> web.Response:
    """Recompute the whole trail, one person at a time; a long one is left to the command."""
    desk = http_request.app[DESK]
    async with http_request.app[VERIFYING]:
        found = await desk.store.read(lambda view: _verified(view, desk))
    asked = Asked({}, EntryQuery(PRIVATE))
    return await _shown(http_request, asked, {"found": found, "too_long": found is None})


ROUTES = [show_audit, send_file, verify_audit]


def _verified(view: View, desk: Desk) -> AuditResult | None:
    leaves = sum(head["size"] for tree in all_trees(view) if (head := tree_head(view, tree)))
    return verify(view, desk.check_note) if leaves <= MOST_VERIFIED else None


async def _asked(http_request: web.Request, typed: Mapping[str, str]) -> Asked:
    """The filter. A reference that means one case is that case; one that means none or several is said on the page."""
    entries = replace(
        bounded(typed, zone_of(http_request)), counterpart=authority_asked(typed, "counterpart"), case=typed.get("case")
    )
    case = entries.case
    if case is None or is_of_work(case):
        return Asked(typed, entries)
    meant = await http_request.app[DESK].store.read(lambda view: cases_called(view, case))
    if len(meant) == 1:
        return Asked(dict(typed) | {"case": meant[0]}, replace(entries, case=meant[0]))
    return Asked(typed, entries, tuple(meant))


async def _shown(http_request: web.Request, asked: Asked, said: dict[str, Any]) -> web.Response:
    desk, tree, actor = http_request.app[DESK], asked.entries.tree, actor_of(http_request)
    head = await check_tree(desk.store, tree)
    left = await catch_up(desk.store, tree) if asked.entries.needs_marks or asked.entries.case else 0
    trees, entries, troubles, also = await desk.store.read(lambda view: _read(view, desk, asked))
    tabs = [Link(f"/audit?tree={name}", _called(name), current=name == tree) for name in sorted(trees, key=_own_first)]
    shown: dict[str, Any] = {"tabs": tabs, "head": head, "rows": [item | _deed(item) for item in entries.items]}
    shown |= {"next": asked.href(cursor=entries.next) if entries.next else None, "left": left, "troubles": troubles}
    shown |= {"asked": asked, "kinds": KINDS, "acts": _acts(), "others": [name for name in trees if name != PRIVATE]}
    files = [(form, asked.href("/audit/file", **{"as": form})) for form in FORMS]
    shown |= {"files": files, "may_ask": may(actor.role, "ask-content"), "may_see": may(actor.role, "insight")}
    return page("audit.html", frame_of(http_request), **shown, **also, **said)


def _read(view: View, desk: Desk, asked: Asked) -> tuple[list[str], Page, list[str], dict[str, Any]]:
    entries = Page([], None) if asked.meant is not None else list_entries(view, asked.entries)
    also: dict[str, Any] = {"witnesses": quorum(view, desk.clock.now_ms(), desk.settings.audit.quorum)}
    also |= {"verified": last_verified(view), "readers": _readers(view, asked)}
    return all_trees(view), entries, troubles_of(view, desk), also


def _readers(view: View, asked: Asked) -> Readers | None:
    """Who read the case that is named; nothing where none is."""
    case = asked.entries.case
    return read_by(view, case) if case and asked.meant is None and asked.entries.tree == PRIVATE else None


def _acts() -> list[tuple[str, str]]:
    """Every act, by what it is called in the language of the page."""
    return sorted(((name, words(name, "deed")) for name in DEEDS["deed"]), key=lambda one: one[1].casefold())


def _own_first(tree: str) -> tuple[bool, str]:
    return tree != PRIVATE, tree


def _called(tree: str) -> str:
    return _("This node") if tree == PRIVATE else tree


def _deed(item: dict[str, Any]) -> dict[str, Any]:
    """Who did what, from an entry of the private tree; the others hold nothing but digests."""
    what = {} if item["object"] is None else strictjson.load(item["object"].encode(), MOST_BYTES)
    return {"actor": what.get("actor"), "act": what.get("act") or what.get("what"), "release": what.get("release")}
