"""Entries of the audit trail as they are asked for, and as a file: for the API, the page and the command alike.

Rules
- What is asked for stands in the query; a case may be named by the reference its requester gave it.
- A file holds exactly the entries asked for, from the newest to the oldest, as they stood when it was begun. That it
  was made is an entry of its own, durable before the first byte leaves; it names what was asked for.
- It is made piece by piece: memory does not grow with the trail. What breaks on the way cuts the connection.
- CSV is for spreadsheets: no cell of it is run as a formula (``records/rejects.py``). JSON lines are what the API says,
  an entry a line, with salt and object, so that each can be held against its hash.
"""

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any, Final
from zoneinfo import ZoneInfo

from aiohttp import web

from protocol import strictjson
from protocol.names import CaseId, DossierId, MatterId
from tracing import audit
from tracing.audit import PRIVATE
from tracing.audit.marks import catch_up, mark_some
from tracing.casework.references import cases_called
from tracing.desk.accounts import actor_of
from tracing.desk.answers import dump, instant
from tracing.desk.api.asked import authority_asked, instant_of, zone_of
from tracing.desk.context import DESK
from tracing.desk.problems import Refused
from tracing.records.rejects import neutral
from tracing.store import Store, StoreUnavailable, Tx, View
from tracing.store.cases import MOST_ITEMS, Page
from tracing.store.entries import EntryQuery, list_entries, tree_head

__all__ = [
    "FILTERS", "FORMS", "asked_entries", "begun", "bounded", "check_tree", "entry_of", "is_of_work", "named", "page_of",
    "pieces", "send_entries",
]  # fmt: skip

FILTERS: Final = ("tree", "kind", "act", "who", "case", "counterpart", "from", "until", "ref")
MEDIA: Final = {"csv": "text/csv", "jsonl": "application/jsonl"}
FORMS: Final = tuple(MEDIA)
HEADS: Final = ("tree", "entry", "at", "kind", "who", "act", "about", "cases", "release", "object", "salt", "h", "hash")
MOST_BYTES: Final = 8 * 1024 * 1024
DAY_LETTERS: Final = len("2026-12-24")
OF_WORK: Final = (CaseId, DossierId, MatterId)


# ---------------------------------------------------------------- what is asked for


async def asked_entries(http_request: web.Request, query: Mapping[str, str]) -> EntryQuery:
    """The entries asked for. Refused: ``bad-query``, and ``not-found`` for a reference that no case bears."""
    case = query.get("case", "").strip() or None
    if case is not None and not is_of_work(case):
        case = await named(http_request.app[DESK].store, case)
    asked = bounded(query, zone_of(http_request))
    return replace(asked, case=case, counterpart=authority_asked(query, "counterpart"))


def bounded(query: Mapping[str, str], zone: ZoneInfo) -> EntryQuery:
    """The same without a case. ``until`` a day has that day in it."""
    until = query.get("until", "")
    since_ms, until_ms = instant_of(query, "from", zone), instant_of(query, "until", zone)
    if len(until) == DAY_LETTERS:
        try:
            after = (date.fromisoformat(until) + timedelta(days=1)).isoformat()
        except OverflowError as error:
            raise Refused("bad-query", f"until: there is no day after {until}") from error
        until_ms = instant_of({"until": after}, "until", zone)
    for name in ("kind", "ref", "who", "act"):
        if not query.get(name, "").isprintable():
            raise Refused("bad-query", f"{name}: expected text without control characters")
    kind, ref, who, act = (query.get(name, "").strip() or None for name in ("kind", "ref", "who", "act"))
    tree = query.get("tree") or PRIVATE
    return EntryQuery(tree, kind, ref, who=who, act=act, since_ms=since_ms, until_ms=until_ms)


def is_of_work(text: str) -> bool:
    """Whether this is the id of a case, a dossier or a matter."""
    return any(kind.FORM.fullmatch(text) for kind in OF_WORK)


async def named(store: Store, reference: str) -> str:
    """The one case that bears this reference. Refused where none does, or several do."""
    found = await store.read(lambda view: cases_called(view, reference))
    if not found:
        raise Refused("not-found", f"case: no case here has the id or the reference {reference[:80]!r}")
    if len(found) > 1:
        raise Refused("bad-query", f"case: several have this reference, name one by its id: {', '.join(found)}")
    return found[0]


async def check_tree(store: Store, tree: str) -> dict[str, Any]:
    """The head of a tree. Refused: ``not-found``."""
    head = await store.read(lambda view: tree_head(view, tree)) if tree.isprintable() else None
    if head is None:
        raise Refused("not-found", f"no tree {tree[:80]!r}; there is {PRIVATE}, and one for each counterpart on a node")
    return head


async def page_of(store: Store, asked: EntryQuery) -> Page:
    """A page of entries. Refused ``unavailable`` where some that may belong to it cannot be found yet."""
    await _all_marked(store, asked)
    return await store.read(lambda view: list_entries(view, asked))


async def _all_marked(store: Store, asked: EntryQuery) -> None:
    if asked.needs_marks and (left := await catch_up(store, asked.tree)):
        msg = f"the trail is being put in order for filters: {left} entries are left; try again, or ask without filters"
        raise Refused("unavailable", msg, {"Retry-After": "30"})


# ---------------------------------------------------------------- entries


def entry_of(item: Mapping[str, Any]) -> dict[str, Any]:
    """One entry as the API says it."""
    what = strictjson.load(item["object"].encode(), MOST_BYTES) if item["object"] is not None else None
    return {name: value for name, value in item.items() if name != "at_ms"} | {
        "at": instant(item["at_ms"]),
        "object": what,
    }


def said_of(asked: EntryQuery) -> dict[str, Any]:
    """What was asked for, as the entry of a file says it."""
    members = ("tree", "kind", "act", "who", "case", "counterpart", "since_ms", "until_ms", "ref")
    return {name: value for name in members if (value := getattr(asked, name)) is not None}


def begun(tx: Tx, actor: str, asked: EntryQuery, form: str) -> EntryQuery:
    """The entry of a file, and what goes into it: the entries before that one, or of a counterpart's tree those now."""
    while asked.needs_marks and mark_some(tx, asked.tree):
        pass  # those that came since it was looked last: few
    size = audit.head(tx, asked.tree).range.size
    what = {"what": "entries", "actor": actor, "form": form, "asked": said_of(asked), "below": size}
    audit.note(tx, "read", "entries", what)
    return replace(asked, below=size, cursor=None, limit=MOST_ITEMS)


def lines_of(items: list[dict[str, Any]], form: str) -> bytes:
    """Some entries as they stand in a file."""
    entries = [entry_of(item) for item in items]
    if form == "jsonl":
        return b"".join(dump(one) + b"\n" for one in entries)
    return _cells(map(_row, entries, items))


def head_of(form: str) -> bytes:
    """What stands before the first entry. A byte order mark lets spreadsheets show accents rightly."""
    return b"" if form == "jsonl" else "\ufeff".encode() + _cells([HEADS])


def _row(entry: Mapping[str, Any], item: Mapping[str, Any]) -> tuple[str, ...]:
    what = entry["object"] or {}
    listed = what.get("cases", what.get("case"))
    cases = listed if isinstance(listed, list) else [listed or ""]
    said = (
        entry["tree"], str(entry["index"]), entry["at"], entry["kind"], what.get("actor"),
        what.get("act") or what.get("what"), entry["ref"], " ".join(map(str, cases)), what.get("release"),
        item["object"], entry["salt"], entry["h"], entry["hash"],
    )  # fmt: skip
    return tuple("" if cell is None else str(cell) for cell in said)


def _cells(rows: Any) -> bytes:
    text = io.StringIO()
    csv.writer(text, lineterminator="\r\n").writerows([neutral(cell) for cell in row] for row in rows)
    return text.getvalue().encode()


def pieces_of(view: View, asked: EntryQuery, form: str) -> tuple[bytes, str | None]:
    """The next piece of a file, and where the one after it begins."""
    page = list_entries(view, asked)
    return lines_of(page.items, form), page.next


async def send_entries(http_request: web.Request, asked: EntryQuery, form: str) -> web.StreamResponse:
    """The file as a download. Refused: ``bad-query``, ``not-found``, ``unavailable``."""
    desk, actor = http_request.app[DESK], actor_of(http_request)
    if form not in FORMS:
        raise Refused("bad-query", f"as: expected one of {', '.join(FORMS)}, got {form[:40]!r}")
    await check_tree(desk.store, asked.tree)
    await _all_marked(desk.store, asked)
    whole = await desk.store.write(lambda tx: begun(tx, actor.name, asked, form))
    response = web.StreamResponse(headers={"Content-Disposition": f'attachment; filename="{file_name(asked, form)}"'})
    response.content_type, response.charset = MEDIA[form], "utf-8"
    await response.prepare(http_request)
    if http_request.method == "HEAD":
        return response
    try:
        await response.write(head_of(form))
        async for piece in _read(desk.store, whole, form):
            await response.write(piece)
        await response.write_eof()
    except (StoreUnavailable, ConnectionError):
        if http_request.transport is not None:
            http_request.transport.abort()  # nothing half looks whole
    return response


async def _read(store: Store, asked: EntryQuery, form: str) -> Any:
    """The pieces, one look at the database each."""
    while True:
        piece, cursor = await store.read(lambda view, asked=asked: pieces_of(view, asked, form))  # type: ignore[misc]
        if piece:
            yield piece
        if cursor is None:
            return
        asked = replace(asked, cursor=cursor)


def pieces(store: Store, asked: EntryQuery, form: str) -> Iterator[bytes]:
    """The same for the command, which has no event loop to wait in: head and all."""
    yield head_of(form)
    cursor: str | None = None
    while True:
        now = replace(asked, cursor=cursor)
        piece, cursor = store.read_now(lambda view, now=now: pieces_of(view, now, form))  # type: ignore[misc]
        yield piece
        if cursor is None:
            return


def file_name(asked: EntryQuery, form: str) -> str:
    """What the file is called."""
    return f"audit-{asked.tree}.{form}"
