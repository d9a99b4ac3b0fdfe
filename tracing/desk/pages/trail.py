"""Audit: what was done at this node, by whom and when, and whether the trail holds. Acts, never content.

GET  /audit?tree=T         the entries of one tree, the newest first; kind and ref (a case) leave the others out
POST /audit/verify         recomputes every tree from the stored bytes and says whether all of it holds
"""

import asyncio
from typing import Any, Final
from urllib.parse import urlencode

from aiohttp import web

from protocol import strictjson
from tracing.audit import PRIVATE, AuditResult, verify
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import Link, frame_of, page
from tracing.desk.pages.tongue import _
from tracing.desk.pages.troubles import troubles_of
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.store import View
from tracing.store.cases import Page
from tracing.store.entries import EntryQuery, all_trees, list_entries, tree_head
from tracing.trust.nightly import last_verified
from tracing.trust.quorum import quorum

__all__ = ["ROUTES", "VERIFYING"]

MOST_VERIFIED: Final = 100_000  # entries; more would keep officers waiting, so the command does it beside the node
MOST_BYTES: Final = 8 * 1024 * 1024
KINDS: Final = ("read", "op", "cfg", "key", "erase", "ckpt.peer", "env.in", "env.out", "rcpt.in", "rcpt.out", "refused")
VERIFYING: web.AppKey[asyncio.Lock] = web.AppKey("verifying", asyncio.Lock)


@route("GET", "/audit", policy="audit")
async def show_audit(http_request: web.Request) -> web.Response:
    """The entries of one tree."""
    asked = read_query(http_request, "tree", "kind", "ref", "cursor")
    kind, ref = (asked.get(name, "").strip() or None for name in ("kind", "ref"))
    return await _shown(http_request, EntryQuery(asked.get("tree", PRIVATE), kind, ref, asked.get("cursor")), {})


@route("POST", "/audit/verify", policy="audit")
async def verify_audit(http_request: web.Request) -> web.Response:
    """Recompute the whole trail, one person at a time; a long one is left to the command."""
    desk = http_request.app[DESK]
    async with http_request.app[VERIFYING]:
        found = await desk.store.read(lambda view: _verified(view, desk))
    return await _shown(http_request, EntryQuery(PRIVATE), {"found": found, "too_long": found is None})


ROUTES = [show_audit, verify_audit]


def _verified(view: View, desk: Desk) -> AuditResult | None:
    leaves = sum(head["size"] for tree in all_trees(view) if (head := tree_head(view, tree)))
    return verify(view, desk.check_note) if leaves <= MOST_VERIFIED else None


async def _shown(http_request: web.Request, wanted: EntryQuery, said: dict[str, Any]) -> web.Response:
    desk, tree = http_request.app[DESK], wanted.tree
    trees, head, entries, troubles, also = await desk.store.read(lambda view: _read(view, desk, wanted))
    if head is None:
        raise Refused("not-found", f"no tree {tree[:80]!r}; there is {PRIVATE}, and one for each counterpart on a node")
    tabs = [Link(f"/audit?tree={name}", _called(name), current=name == tree) for name in sorted(trees, key=_own_first)]
    rows = [item | _deed(item) for item in entries.items]
    shown: dict[str, Any] = {"tabs": tabs, "head": head, "rows": rows, "next": _following(wanted, entries.next)}
    shown |= {"asked": wanted, "kinds": KINDS, "troubles": troubles} | also
    return page("audit.html", frame_of(http_request), **shown, **said)


def _read(view: View, desk: Desk, wanted: EntryQuery) -> tuple[list[str], Any, Page, list[str], dict[str, Any]]:
    witnesses = quorum(view, desk.clock.now_ms(), desk.settings.audit.quorum)
    also = {"witnesses": witnesses, "verified": last_verified(view)}
    return all_trees(view), tree_head(view, wanted.tree), list_entries(view, wanted), troubles_of(view, desk), also


def _following(wanted: EntryQuery, cursor: str | None) -> str | None:
    """Where the page after this one is, with the same entries left out."""
    if cursor is None:
        return None
    said = {"tree": wanted.tree, "kind": wanted.kind, "ref": wanted.ref, "cursor": cursor}
    return f"/audit?{urlencode({name: value for name, value in said.items() if value})}"


def _own_first(tree: str) -> tuple[bool, str]:
    return tree != PRIVATE, tree


def _called(tree: str) -> str:
    return _("This node") if tree == PRIVATE else tree


def _deed(item: dict[str, Any]) -> dict[str, Any]:
    """Who did what, from an entry of the private tree; the others hold nothing but digests."""
    what = {} if item["object"] is None else strictjson.load(item["object"].encode(), MOST_BYTES)
    return {"actor": what.get("actor"), "act": what.get("act") or what.get("what")}
