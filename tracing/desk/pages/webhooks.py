"""Webhooks of reminders: an administrator names receivers; whoever one is for says what it is told.

GET  /webhooks                  every webhook, how it stands, and the form of a new one
POST /webhooks                  a new one; its secret is shown this once
POST /webhooks/{hook}           test, again, choose, move, rotate (a secret, shown this once) or remove
POST /reminders/webhooks/{hook} one's own: what it is told, and a test
"""

from collections.abc import Callable
from typing import Any, TypeVar

from aiohttp import web
from sqlalchemy import select

from tracing.casework.policy import Actor
from tracing.casework.telling import EVENTS
from tracing.channels import standing
from tracing.channels.claims import try_parked_again
from tracing.channels.ways import WAYS
from tracing.channels.webhooks import hooks as kept
from tracing.channels.webhooks.calls import Receiver
from tracing.channels.webhooks.hooks import Hook
from tracing.channels.webhooks.reach import check_url, shown
from tracing.desk.accounts import actor_of
from tracing.desk.context import DESK, Desk
from tracing.desk.pages.frame import frame_of, page, redirect
from tracing.desk.pages.mailing import EVENT_WORDS
from tracing.desk.pages.moments import Badge
from tracing.desk.pages.posted import Posted, read_posted
from tracing.desk.pages.tongue import N_, _
from tracing.desk.problems import Refused
from tracing.desk.reading import read_query
from tracing.desk.routes import route
from tracing.phrases import PHRASES
from tracing.store import Tx, View, people
from tracing.tables import Notice, table_of

__all__ = ["ROUTES", "own_webhooks"]

T = TypeVar("T")
DAY_MS = 86_400_000
OVERLAP_DAYS = 7
MOST_DIGITS = 18
_notices = table_of(Notice)
WAY_WORDS = {"at_once": N_("At once"), "digest": N_("Once a day"), "off": N_("Not here")}
STATES = {
    "waiting": Badge("note", N_("The last call waits")), "sent": Badge("good", N_("The last call was taken")),
    "unsent": Badge("calm", N_("The last call was not needed any more")),
    "parked": Badge("late", N_("The last call was not taken")),
}  # fmt: skip


@route("GET", "/webhooks", policy="users")
async def show_all(http_request: web.Request) -> web.Response:
    """The list and the form."""
    read_query(http_request)
    return await _shown(http_request)


@route("POST", "/webhooks", policy="users")
async def add(http_request: web.Request) -> web.Response:
    """A new webhook; or the form again with what is wrong."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    try:
        hook, url = _entered(posted), check_url(posted.first("url").strip(), desk.settings)
        secret = await desk.store.write(lambda tx: kept.add(tx, hook, url, actor.name))
    except ValueError as error:
        return await _shown(http_request, wrong=str(error), typed=posted, status=422)
    return await _shown(http_request, secret=secret, of=hook.name)


@route("POST", "/webhooks/{hook}", policy="users")
async def act(http_request: web.Request) -> web.Response:
    """One act on one webhook; or the list again with what is wrong."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    word = posted.first("act")
    if word not in ACTS:
        raise Refused("bad-query", f"act: expected one of {', '.join(ACTS)}, got {word[:40]!r}")
    number = _number(http_request)
    try:
        secret = await desk.store.write(lambda tx: ACTS[word](tx, desk, _fresh(tx, number, posted), posted, actor))
    except ValueError as error:
        return await _shown(http_request, wrong=str(error), status=422)
    desk.signals.ring("webhook")
    return redirect("/webhooks") if secret is None else await _shown(http_request, secret=secret, of=posted.first("of"))


@route("POST", "/reminders/webhooks/{hook}", policy="reminders")
async def choose_own(http_request: web.Request) -> web.Response:
    """What one's own webhook is told; the button ``test`` calls it now."""
    posted, desk, actor = await read_posted(http_request), http_request.app[DESK], actor_of(http_request)
    number = _number(http_request)

    def work(tx: Tx) -> None:
        hook = _hook(tx, number)
        if hook.to_user != actor.name:
            raise Refused("not-found", "no such webhook, or none of yours")
        _choose(tx, desk, hook, posted, actor)
        if posted.first("test"):
            Receiver(hook, desk.settings).put_test(tx)

    try:
        await desk.store.write(work)
    except ValueError as error:
        raise Refused("bad-body", str(error)) from error
    desk.signals.ring("webhook")
    return redirect("/reminders#webhooks")


ROUTES = [show_all, add, act, choose_own]


# ---------------------------------------------------------------- acts


def _test(tx: Tx, desk: Desk, hook: Hook, _posted: Posted, _actor: Actor) -> None:
    Receiver(hook, desk.settings).put_test(tx)


def _again(tx: Tx, _desk: Desk, hook: Hook, _posted: Posted, _actor: Actor) -> None:
    standing.forget(tx, hook.target)
    try_parked_again(tx, hook.target)


def _choose(tx: Tx, _desk: Desk, hook: Hook, posted: Posted, actor: Actor) -> None:
    ways = {event: posted.first(event) for event in EVENTS}
    if ways != hook.ways:
        kept.change_ways(tx, hook, ways, actor.name)


def _move(tx: Tx, desk: Desk, hook: Hook, posted: Posted, actor: Actor) -> None:
    kept.move(tx, hook, check_url(posted.first("url").strip(), desk.settings), actor.name)


def _rotate(tx: Tx, _desk: Desk, hook: Hook, _posted: Posted, actor: Actor) -> str:
    return kept.rotate(tx, hook, OVERLAP_DAYS * DAY_MS, actor.name)


def _remove(tx: Tx, _desk: Desk, hook: Hook, _posted: Posted, actor: Actor) -> None:
    kept.remove(tx, hook, actor.name)


ACTS: dict[str, Callable[[Tx, Desk, Hook, Posted, Actor], str | None]] = {
    "test": _test, "again": _again, "choose": _choose, "move": _move, "rotate": _rotate, "remove": _remove,
}  # fmt: skip


def _number(http_request: web.Request) -> int:
    text = http_request.match_info["hook"]
    if not (text.isascii() and text.isdecimal() and len(text) <= MOST_DIGITS):
        raise Refused("not-found", "the path does not name a webhook")
    return int(text)


def _hook(view: View, number: int) -> Hook:
    if (hook := kept.hook_of(view, number)) is None:
        raise Refused("not-found", "there is no such webhook any more")
    return hook


def _fresh(view: View, number: int, posted: Posted) -> Hook:
    """As the page showed it: a form that is sent twice makes no second secret."""
    hook = _hook(view, number)
    if posted.version != hook.set_ms % 10**9:
        raise ValueError(N_("the webhook was changed since this page was shown: look again"))
    return hook


def _entered(posted: Posted) -> Hook:
    kind, whom = posted.first("kind"), posted.first("user").strip()
    return Hook(
        posted.first("name").strip(), whom if kind == "person" else None, kind if kind in kept.ROLES else None,
        posted.first("language"),
    )  # fmt: skip


# ---------------------------------------------------------------- what is shown


def own_webhooks(view: View, desk: Desk, actor: Actor) -> list[dict[str, Any]]:
    """Those of a person, with the matrix of each."""
    return [_view(view, desk, hook) for hook in kept.all_hooks(view) if hook.to_user == actor.name]


async def _shown(
    http_request: web.Request, *, status: int = 200, typed: Posted | None = None, **said: Any
) -> web.Response:
    desk = http_request.app[DESK]
    rows, names = await desk.store.read(lambda view: _look(view, desk))
    fields = {name: typed.first(name) if typed else "" for name in ("name", "url", "kind", "user", "language")}
    view = {"wrong": "", "secret": "", "of": "", "days": OVERLAP_DAYS} | said
    return page(
        "webhooks.html", frame_of(http_request), status=status, rows=rows, names=names, typed=fields,
        kinds=[("node", _("Every reminder")), ("officer", _("All officers")), ("approver", _("All approvers")),
               ("person", _("One person"))],
        languages=sorted(PHRASES), **view,
    )  # fmt: skip


def _look(view: View, desk: Desk) -> tuple[list[dict[str, Any]], list[str]]:
    names = [one["name"] for one in people.all_users(view) if one["active"]]
    return [_view(view, desk, hook) for hook in kept.all_hooks(view)], names


def _view(view: View, _desk: Desk, hook: Hook) -> dict[str, Any]:
    found = standing.standing_of(view, hook.target)
    whom = {None: _("Every reminder"), "officer": _("All officers"), "approver": _("All approvers")}[hook.to_role]
    return {
        "id": hook.id, "name": hook.name, "whom": hook.to_user or whom, "host": shown(kept.private_of(view, hook).url),
        "version": hook.set_ms % 10**9, "last": _last(view, hook), "waiting": found.waiting, "parked": found.parked,
        "failing": found.said if found.failing_ms is not None else "", "language": hook.language,
        "events": [
            {"name": event, "label": _(EVENT_WORDS[event]),
             "ways": [(way, _(WAY_WORDS[way]), hook.ways[event] == way) for way in WAYS]}
            for event in EVENTS
        ],
    }  # fmt: skip


def _last(view: View, hook: Hook) -> dict[str, Any] | None:
    """What became of the last call."""
    query = select(_notices).where(_notices.c.target == hook.target).order_by(_notices.c.id.desc()).limit(1)
    row = view.conn.execute(query).first()
    if row is None:
        return None
    badge = STATES[row.state]
    return {"badge": Badge(badge.look, _(badge.words)), "at_ms": row.ended_ms or row.made_ms, "said": row.said}
